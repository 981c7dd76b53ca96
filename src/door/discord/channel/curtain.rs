//! The stop card as a channel shows it: the last messages become one neutral line each, and it is said that play pauses.
//! It does not know who stopped play; the table does not tell.

use super::{Channel, Notice, subject};
use crate::domain::{EventSeq, TurnNo};
use crate::door::discord::telling::{Over, Phase, Telling};
use crate::door::discord::wording as own;

impl Channel {
    /// Covers turns, whether they are on show or were before.
    pub(super) async fn curtain(&mut self, turns: &[TurnNo]) {
        self.soon = None;
        self.checks.clear();
        for turn in turns {
            if self.telling(*turn).is_none() {
                self.take_up(*turn).await;
            }
            if let Some(telling) = self.telling(*turn) {
                telling.phase = Phase::Over(Over::Curtained);
            }
        }
        self.not_before = tokio::time::Instant::now();
    }

    /// Takes the messages of a turn that was shown before into hand again.
    async fn take_up(&mut self, turn: TurnNo) {
        let links = self.stage.knobs.borrow().links;
        self.tellings.push_front(Telling::new(self.stage.id, turn, links));
        for anew in [true, false] {
            let out = &self.stage.out;
            match out.store.messages_about(&out.place, subject(turn, anew)).await {
                Ok(rows) if !rows.is_empty() => return self.adopt(turn, anew, &rows, &[]),
                Ok(_) => {}
                Err(failure) => drop(self.fail(&failure.into(), "what is to be covered").await),
            }
        }
    }

    pub(super) fn safety_notice(&mut self, event: EventSeq, text: &str) {
        self.notices.push_back(Notice::new(format!("safety:{event}"), own::aside(text)));
    }
}
