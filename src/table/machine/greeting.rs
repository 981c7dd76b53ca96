//! A scene that a character of the cast opens with a greeting of their card: a turn that nobody acted in and no provider
//! answered. PURE. What the table keeps out of its story stays out, and nobody whom a person plays is spoken for.

use super::turns::Live;
use super::{Opening, Scribe};
use crate::domain::{
    Actor, Denied, EventKind, Greeting, PartDenied, Refusal, Reply, SeatId, Span, Spent, TurnNo, TurnOutcome,
};
use crate::table::frame::{FrameBody, TurnEnd};

impl Scribe<'_> {
    /// Why a greeting is not told, if it is not.
    pub(super) fn refuses_greeting(&self, greeting: &Greeting) -> Option<Refusal> {
        let ledger = &self.machine.state.ledger;
        let played = ledger.parts.player_of(&greeting.by.slug).and_then(|seat| ledger.seat(seat));
        if let Some(player) = played {
            let (character, player) = (greeting.by.name.clone(), player.name.clone());
            return Some(PartDenied::SpeaksForThemselves { character, player }.into());
        }
        self.machine.bounds().crossed_by(&greeting.words).then(|| Denied::CrossesALine.into())
    }

    /// Tells it. It costs nothing, and whoever answers next is told all of it with the whole story.
    pub(super) fn greet(&mut self, seat: SeatId, greeting: Greeting) {
        let limit = greeting.words.floor_char_boundary(self.machine.setup.reply_bytes);
        let text = greeting.words[..limit].trim().to_owned();
        let reply = Reply { spans: vec![Span { speaker: Some(greeting.by.name), text }] };
        let rung = self.machine.rung(self.now);
        let (provider, model) = (rung.provider.clone(), rung.model.clone());
        let turn = TurnNo::new(self.machine.state.ledger.last_turn + 1);
        let opens = EventKind::TurnOpened { turn, said: Vec::new(), provider: provider.clone(), model, retry_of: None };
        let opened = self.record(Actor::Seat(seat), Some(turn), None, opens);
        self.show(FrameBody::TurnOpened { turn, said: Vec::new(), provider });
        self.show(FrameBody::Text { turn, append: reply.to_markdown() });
        let live = Live::new(turn, rung, Opening::Full, opened, self.now);
        let spent = Spent { cost_micros: Some(0), ..Spent::default() };
        self.end_turn(&live, TurnOutcome::Answered { reply: reply.clone() }, spent, None);
        self.show(FrameBody::TurnEnded { turn, end: TurnEnd::Answered { title: None, reply } });
    }
}
