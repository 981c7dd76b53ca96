//! What people say and do: taking a seat, waiting, changing one's mind. PURE.
//! It opens no turn itself; it only asks for it.

use super::{Answer, Ask, Scribe};
use crate::domain::{
    ActionId, Actor, Attachment, Audience, EventKind, EventSeq, GameEvent, Part, Person, Refusal, Role, RollFor,
    SeatId, SkipWhy, SourceId,
};
use crate::format::spans::Reading;
use crate::game::dice;
use crate::table::frame::FrameBody;
use crate::table::state::Waiting;

/// How something is said.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// Whether only the game master is to know.
    pub(super) secret: bool,
    /// As which character, aloud; none says it as the seat's lines are said.
    pub(super) character: Option<Part>,
}

impl Scribe<'_> {
    pub(super) fn say(
        &mut self,
        person: &Person,
        source: SourceId,
        (text, files): (String, Vec<Attachment>),
        how: Way,
        ask: Ask,
    ) {
        let Way { secret, character } = how;
        if let Err(refusal) = self.may_say(person, &text) {
            return self.refuse(ask, refusal);
        }
        let told = self.machine.setup.reading == Reading::Narrative;
        let notations: Vec<String> = match dice::inline(if told { &text } else { "" }) {
            Ok(notations) => notations.into_iter().map(ToOwned::to_owned).collect(),
            Err(denied) => return self.refuse(ask, denied.into()),
        };
        let seat = self.seat(person);
        let (voice, aloud) = match self.voice(seat, character) {
            Ok(voice) => voice,
            Err(denied) => return self.refuse(ask, denied.into()),
        };
        // A whisper is heard by nobody, so it is said in nobody's voice.
        let aloud = voice.clone().filter(|_| aloud && !secret);
        let (audience, shown) = match secret {
            true => (Audience::Seats(vec![seat]), RollFor::Gm),
            false => (Audience::Table, RollFor::Public),
        };
        let rolls = match self.inline_rolls(seat, &source, &notations, shown) {
            Ok(rolls) => rolls,
            Err(denied) => return self.refuse(ask, denied.into()),
        };
        let kind =
            EventKind::ActionSaid { source: source.clone(), seat, text, files, character: voice.map(|part| part.name) };
        let action = ActionId::new(self.record_for(audience.clone(), Actor::Seat(seat), None, None, kind).get());
        let (ahead, held) = (self.machine.state.ledger.waiting.len() - 1, self.held(seat));
        let is_aloud = aloud.is_some();
        self.answer(ask, Answer::Heard { action, ahead, aloud, held: held.clone() });
        self.show_to(audience.clone(), FrameBody::Heard { action, source, seat, aloud: is_aloud, held });
        self.show_declared();
        for roll in rolls {
            self.happen(audience.clone(), Actor::Seat(seat), None, GameEvent::Rolled(Box::new(roll)));
        }
        self.take_waiting();
    }

    pub(super) fn may_say(&self, person: &Person, text: &str) -> Result<(), Refusal> {
        self.may_act(person)?;
        check_action(text, self.machine.setup.action_bytes)?;
        self.may_wait(person)
    }

    /// Whether a person may do anything now, whoever's move it is.
    pub(super) fn may_act(&self, person: &Person) -> Result<(), Refusal> {
        if person.role == Role::Spectator {
            return Err(Refusal::Spectator);
        }
        if self.machine.state.ledger.paused.is_some() { Err(Refusal::Paused) } else { Ok(()) }
    }

    /// The person's seat; they take one, or it follows their new name and role.
    pub(super) fn seat(&mut self, person: &Person) -> SeatId {
        let ledger = &self.machine.state.ledger;
        let (name, role) = (person.name.clone(), person.role);
        match ledger.seat_of(&person.id) {
            Some(seat) if seat.name == name && seat.role == role => seat.id,
            Some(seat) => {
                let seat = seat.id;
                self.record(Actor::Seat(seat), None, None, EventKind::SeatChanged { seat, name, role });
                seat
            }
            None => {
                let seat = SeatId::new(u32::try_from(ledger.seats.len()).unwrap_or(u32::MAX).saturating_add(1));
                let kind = EventKind::SeatJoined { seat, person: person.id.clone(), name, role };
                self.record(Actor::Seat(seat), None, None, kind);
                seat
            }
        }
    }

    pub(super) fn edit(&mut self, action: ActionId, text: String, ask: Ask) {
        let Some((seat, audience)) = self.whose(action) else { return self.refuse(ask, Refusal::NotWaiting) };
        if let Err(refusal) = check_action(&text, self.machine.setup.action_bytes) {
            return self.refuse(ask, refusal);
        }
        let same = |waiting: &Waiting| waiting.action == action && waiting.text == text;
        if self.machine.state.ledger.waiting.iter().any(same) {
            return self.answer(ask, Answer::Amended);
        }
        let cause = Some(EventSeq::new(action.get()));
        let kind = EventKind::ActionEdited { action, text };
        self.record_for(audience, Actor::Seat(seat), None, cause, kind);
        self.answer(ask, Answer::Amended);
    }

    pub(super) fn withdraw(&mut self, action: ActionId, ask: Ask) {
        let Some((seat, audience)) = self.whose(action) else { return self.refuse(ask, Refusal::NotWaiting) };
        let cause = Some(EventSeq::new(action.get()));
        self.record_for(audience, Actor::Seat(seat), None, cause, EventKind::ActionWithdrawn { action });
        self.answer(ask, Answer::Amended);
        self.show_declared();
        self.settle_clock();
    }

    /// Whose a waiting action is, and who may know of it.
    fn whose(&self, action: ActionId) -> Option<(SeatId, Audience)> {
        let waiting = self.machine.state.ledger.waiting.iter().find(|waiting| waiting.action == action)?;
        Some((waiting.seat, waiting.audience.clone()))
    }

    pub(super) fn skip(&mut self, action: ActionId, why: SkipWhy) {
        let cause = Some(EventSeq::new(action.get()));
        let audience = self.whose(action).map_or(Audience::Table, |(_, audience)| audience);
        self.record_for(audience.clone(), Actor::Program, None, cause, EventKind::ActionSkipped { action, why });
        self.show_to(audience, FrameBody::Skipped { action, why });
    }
}

fn check_action(text: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::EmptyAction);
    }
    if text.len() > limit {
        return Err(Refusal::ActionTooLong { bytes: text.len(), limit });
    }
    Ok(())
}
