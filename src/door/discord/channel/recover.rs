//! What is in the log and not yet in the channel: after a start, and after frames were missed.
//! It sends nothing itself; it puts on show what has to be completed or explained.

use tracing::info;

use super::curtain::happened_within;
use super::{Channel, LETTERS, Notice, spoken, subject};
use crate::domain::{EventKind, SkipWhy, TurnNo, TurnOutcome};
use crate::door::discord::convert;
use crate::door::discord::telling::{Over, Phase, Shown};
use crate::door::discord::wording as own;
use crate::door::wording;
use crate::store::{ActionRow, ActionState, Parcel, ParcelState, StoreError};
use crate::table::TurnEnd;

/// How many unseen ends are looked at at once; a table played for months elsewhere does not fill the memory.
const LOOKED_AT: usize = 500;
/// More messages than one turn ever has.
const PARTS: usize = 64;

impl Channel {
    /// Puts on show what the log has and the channel has not.
    pub(super) async fn recover(&mut self) {
        if let Err(failure) = self.recover_asks().await {
            self.fail(&failure.into(), "what the provider asks").await;
        }
        // Before what was not shown yet: what is covered is not to be shown after all.
        if let Err(failure) = self.recover_covers().await {
            self.fail(&failure.into(), "what is to be covered").await;
        }
        if let Err(failure) = self.unshown().await {
            self.fail(&failure.into(), "what was not shown yet").await;
        }
        self.recover_cards().await;
        let Ok(view) = self.stage.table.view().await else { return };
        // The outbox sees to it that an envelope which stands there already is not put there again.
        for (letter, by) in view.letters {
            let subject = format!("{LETTERS}{letter}");
            if view.covered.iter().all(|(event, covered)| !happened_within(&subject, *event, covered)) {
                self.letter(letter, by);
            }
        }
        if let Some(turn) = view.running
            && self.telling(turn).is_none()
        {
            // Its beginning was not seen, so its text is shown when it is whole.
            self.begin(turn);
            if let Some(telling) = self.telling(turn) {
                telling.gap = true;
            }
        }
    }

    async fn unshown(&mut self) -> Result<(), StoreError> {
        let out = self.stage.out.clone();
        let ends = out.store.turn_ends_after(self.stage.id, self.stage.shown, LOOKED_AT).await?;
        if ends.is_empty() {
            self.unsent().await?;
            return self.doubled().await;
        }
        let provider = self.provider().await;
        let (mut elsewhere, mut last) = (0, self.stage.shown);
        for end in &ends {
            let EventKind::TurnEnded { turn, outcome, .. } = &end.kind else { continue };
            let mut rows = out.store.messages_about(&out.place, subject(*turn, true)).await?;
            let anew = !rows.is_empty();
            if !anew {
                rows = out.store.messages_about(&out.place, subject(*turn, false)).await?;
            }
            let voices = out.store.messages_about(&out.place, spoken(*turn)).await?;
            let new = rows.is_empty() && voices.is_empty() && self.telling(*turn).is_none();
            let actions = out.store.actions_of_turn(self.stage.id, *turn).await?;
            let here = actions.iter().any(|action| action.source.as_str().starts_with(convert::DOOR));
            if matches!(outcome, TurnOutcome::Interrupted) {
                self.laid_aside(*turn, &actions);
            }
            // Of a turn that was cut off before it said anything there is nothing to explain; its actions were taken up
            // again. A turn that was played elsewhere is counted, and not told here again.
            if new && (!here || matches!(outcome, TurnOutcome::Interrupted)) {
                elsewhere += usize::from(!here);
                self.begin(*turn);
                self.over(*turn, Over::Nothing);
                last = *turn;
                continue;
            }
            self.begin(*turn);
            self.adopt(*turn, anew, &rows, &voices);
            self.end(*turn, &end_of(outcome), &provider);
        }
        if elsewhere > 0 {
            info!(channel = out.channel, turns = elsewhere, "turns played elsewhere are not shown");
            self.notices.push_back(Notice::new(format!("elsewhere:{last}"), own::played_elsewhere(elsewhere)));
        }
        self.unsent().await?;
        self.doubled().await
    }

    /// Says of what was cut off twice that it will not be tried again; the table said so before anybody looked on.
    fn laid_aside(&mut self, turn: TurnNo, actions: &[ActionRow]) {
        for row in actions.iter().filter(|row| row.state == ActionState::Skipped) {
            let notice = Notice {
                reply_to: match convert::heard_at(&row.source) {
                    Some((None, message)) => Some(message),
                    _ => None,
                },
                again: Some(turn),
                ..Notice::new(
                    format!("skipped:{}", row.action),
                    own::aside(wording::skipped(SkipWhy::InterruptedTwice)),
                )
            };
            // The button is that of the newest turn it was in.
            self.notices.retain(|other| other.subject != notice.subject);
            self.notices.push_back(notice);
        }
    }

    fn over(&mut self, turn: TurnNo, over: Over) {
        if let Some(telling) = self.telling(turn).filter(|telling| telling.phase == Phase::Running) {
            telling.phase = Phase::Over(over);
        }
    }

    /// What an earlier run of the program sent of this turn.
    pub(super) fn adopt(&mut self, turn: TurnNo, anew: bool, rows: &[Parcel], voices: &[Parcel]) {
        let Some(telling) = self.telling(turn).filter(|telling| telling.phase == Phase::Running) else { return };
        telling.anew |= anew;
        for row in rows {
            let part = usize::try_from(row.part).unwrap_or(PARTS);
            if part < PARTS && telling.shown.get(part).is_none_or(|shown| *shown == Shown::Planned) {
                telling.note(part, shown(row));
            }
        }
        for row in voices {
            let part = usize::try_from(row.part).unwrap_or(PARTS);
            if part < PARTS {
                telling.note_spoken(part, shown(row));
            }
        }
    }

    /// Notices that were planned and perhaps not sent.
    async fn unsent(&mut self) -> Result<(), StoreError> {
        // What was covered to its end is among no covers any more, and is not to be shown either.
        let covered = self.stage.table.view().await.map(|view| view.covered).unwrap_or_default();
        for row in self.stage.out.store.unsent_messages(&self.stage.out.place).await? {
            let Some(body) = row.body.filter(|body| Notice::is_body(body)) else { continue };
            let notice = Notice::read(row.subject, &body);
            let is_over = covered.iter().any(|(event, covered)| happened_within(&notice.subject, *event, covered));
            if is_over || self.is_covered(&notice.subject) {
                continue;
            }
            if self.notices.iter().all(|other| other.subject != notice.subject) {
                self.notices.push_back(notice);
            }
        }
        Ok(())
    }
}

fn shown(row: &Parcel) -> Shown {
    match row.state {
        ParcelState::Planned => Shown::Planned,
        ParcelState::Sent(message) => Shown::There { message, draft: None },
        ParcelState::Dropped => Shown::Gone,
    }
}

fn end_of(outcome: &TurnOutcome) -> TurnEnd {
    match outcome {
        TurnOutcome::Answered { reply } => TurnEnd::Answered { title: None, reply: reply.clone() },
        TurnOutcome::Failed { fault, error, until } => {
            TurnEnd::Failed { fault: *fault, error: error.clone(), until: *until }
        }
        TurnOutcome::Stopped { .. } => TurnEnd::Stopped,
        TurnOutcome::Interrupted => TurnEnd::Interrupted,
    }
}
