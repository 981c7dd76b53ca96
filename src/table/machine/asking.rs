//! What the provider asks people for in the middle of a turn: who may answer, what holds for the scene, when it counts
//! as declined. PURE.
//! It knows no CLI and no button; a request that nobody settles is settled here, so that no run waits for ever.

use super::{Ask, Effect, Scribe};
use crate::domain::{
    Actor, AskId, AskReply, Done, EventKind, EventSeq, Person, PersonId, ProviderEvent, Refusal, Request, Role, SeatId,
    Settlement, Timestamp, TurnNo, Verdict, WORDS,
};
use crate::table::asks::OpenAsk;
use crate::table::frame::FrameBody;

/// How many requests of one turn may be open at once; more are declined unheard.
const OPEN: usize = 8;

/// How many requests one turn may make that people see; more are declined unheard.
const A_TURN: u32 = 100;

impl Scribe<'_> {
    /// Takes what concerns asking out of what a provider reports.
    pub(super) fn heard_asking(&mut self, turn: TurnNo, event: ProviderEvent) -> Option<ProviderEvent> {
        match event {
            ProviderEvent::Asked { key, request } => self.asked(turn, key, request),
            ProviderEvent::Unasked { key } => {
                let asks = &self.machine.state.ledger.asks;
                let ask = asks.open.iter().find(|open| open.turn == turn && open.key == key).map(|open| open.ask);
                if let Some(ask) = ask {
                    self.settle(ask, Settlement::Lapsed, None);
                }
            }
            other => return Some(other),
        }
        None
    }

    fn asked(&mut self, turn: TurnNo, key: u32, request: Request) {
        let open = self.machine.state.ledger.asks.open.len();
        let Some(live) = self.machine.live.as_mut().filter(|live| live.turn == turn) else { return };
        live.asked = live.asked.saturating_add(1);
        let heard = live.ending.is_none() && live.asked <= A_TURN && open < OPEN;
        let (Some(wait), true) = (self.machine.setup.ask_ms, heard) else {
            return self.then(Effect::Tell { turn, key, verdict: Verdict::Deny });
        };
        let until = Timestamp::from_millis(self.now.millis().saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)));
        let allowed = self.machine.state.ledger.asks.allows(&request);
        let kind = EventKind::Asked { turn, key, request: request.clone(), until };
        let ask = AskId::new(self.record(Actor::Gm, Some(turn), None, kind).get());
        if allowed {
            return self.settle(ask, Settlement::AsBefore, None);
        }
        self.show(FrameBody::Asked { ask, turn, request, until });
    }

    /// Whether this person may answer this now.
    pub(super) fn may_answer(&self, person: &Person, ask: AskId, reply: &AskReply) -> Result<(), Refusal> {
        let open = self.machine.state.ledger.asks.find(ask).ok_or(Refusal::AskSettled)?;
        let running = self.machine.live.as_ref().is_some_and(|live| live.turn == open.turn && live.ending.is_none());
        if !running {
            return Err(Refusal::AskSettled);
        }
        match &open.request {
            _ if person.role == Role::Host => {}
            Request::Leave { .. } => return Err(Refusal::NotHost),
            Request::Choice { .. } if self.acted(&person.id) => {}
            Request::Choice { .. } => return Err(Refusal::NotAsked),
        }
        let fits = match (&open.request, reply) {
            (_, AskReply::Deny) | (Request::Leave { .. }, AskReply::Once | AskReply::Scene) => true,
            (Request::Choice { choices, .. }, AskReply::Choice(at)) => *at < choices.len(),
            (Request::Choice { .. }, AskReply::Words(words)) => {
                !words.trim().is_empty() && words.chars().count() <= WORDS
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(Refusal::NoAnswer { limit: WORDS }) }
    }

    fn acted(&self, person: &PersonId) -> bool {
        let ledger = &self.machine.state.ledger;
        let said = ledger.running.iter().flat_map(|running| &running.said);
        ledger.seat_of(person).is_some_and(|seat| said.into_iter().any(|said| said.seat == seat.id))
    }

    /// Settles a request as a person wishes who may.
    pub(super) fn answered(&mut self, seat: SeatId, ask: AskId, reply: AskReply, token: Ask) {
        let Some(open) = self.machine.state.ledger.asks.find(ask).cloned() else {
            return self.refuse(token, Refusal::AskSettled);
        };
        let settlement = match (reply, &open.request) {
            (AskReply::Once, _) => Settlement::Once,
            (AskReply::Scene, _) => Settlement::Scene,
            (AskReply::Choice(at), Request::Choice { choices, .. }) => {
                Settlement::Answered { words: choices.get(at).cloned().unwrap_or_default() }
            }
            (AskReply::Words(words), _) => Settlement::Answered { words: words.trim().to_owned() },
            (AskReply::Deny | AskReply::Choice(_), _) => Settlement::Denied,
        };
        self.answer(token, super::Answer::Done(Done::Answered(ask)));
        let scene = settlement == Settlement::Scene;
        self.settle(ask, settlement, Some(seat));
        if scene {
            self.settle_like(&open);
        }
    }

    /// What is allowed for the scene is allowed for what is asked already.
    fn settle_like(&mut self, allowed: &OpenAsk) {
        let asks = &self.machine.state.ledger.asks;
        let same: Vec<_> = asks.open.iter().filter(|open| asks.allows(&open.request)).map(|open| open.ask).collect();
        for ask in same.into_iter().filter(|ask| *ask != allowed.ask) {
            self.settle(ask, Settlement::AsBefore, None);
        }
    }

    /// Time has passed: what nobody answered counts as declined.
    pub(super) fn due(&mut self) {
        let now = self.now;
        for ask in self.open(|open| open.until <= now) {
            self.settle(ask, Settlement::TimedOut, None);
        }
    }

    /// The turn is over, or its run begins anew: nobody waits for an answer any more.
    pub(super) fn lapse(&mut self) {
        for ask in self.open(|_| true) {
            self.settle(ask, Settlement::Lapsed, None);
        }
    }

    fn open(&self, which: impl Fn(&OpenAsk) -> bool) -> Vec<AskId> {
        let open = self.machine.state.ledger.asks.open.iter();
        open.filter(|open| which(open)).map(|open| open.ask).collect()
    }

    /// Writes down how a request was settled, then tells the provider and those who look on.
    fn settle(&mut self, ask: AskId, settlement: Settlement, by: Option<SeatId>) {
        let Some(open) = self.machine.state.ledger.asks.find(ask).cloned() else { return };
        let OpenAsk { turn, key, request, .. } = open;
        let cause = Some(EventSeq::new(ask.get()));
        let actor = by.map_or(Actor::Program, Actor::Seat);
        self.record(actor, Some(turn), cause, EventKind::AskSettled { ask, settlement: settlement.clone() });
        let verdict = match (&settlement, &request) {
            (Settlement::Once | Settlement::Scene | Settlement::AsBefore, _) => Some(Verdict::Allow),
            (Settlement::Denied | Settlement::TimedOut, _) => Some(Verdict::Deny),
            (Settlement::Answered { words }, Request::Choice { choices, .. }) => {
                let at = choices.iter().position(|choice| choice == words);
                Some(at.map_or_else(|| Verdict::Words(words.clone()), Verdict::Choice))
            }
            (Settlement::Answered { .. }, Request::Leave { .. }) => Some(Verdict::Deny),
            (Settlement::Lapsed, _) => None,
        };
        if let Some(verdict) = verdict {
            self.then(Effect::Tell { turn, key, verdict });
        }
        let by = by.and_then(|seat| self.machine.state.ledger.seat(seat)).map(|seat| seat.name.clone());
        self.show(FrameBody::AskSettled { ask, request, settlement, by });
    }
}
