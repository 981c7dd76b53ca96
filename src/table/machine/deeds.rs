//! Deeds: what people and the game master do to the game beside telling. Recorded before anyone is told. PURE.
//! What a deed comes to is decided in `crate::game`.

use super::dice::OpenDice;
use super::{Answer, Ask, By, Scribe};
use crate::domain::{Actor, Audience, Deed, Denied, Doer, EventKind, GameEvent, LoreTold, TurnNo};
use crate::game::{self, Standing};
use crate::table::frame::FrameBody;

impl Scribe<'_> {
    pub(super) fn deed(&mut self, by: By, deed: Deed, ask: Ask) {
        let by = match (by, &deed) {
            (By::Person(person), Deed::AnswerRoll { request, nonce }) => {
                return self.answer_roll(&person, *request, nonce, ask);
            }
            (by, _) => by,
        };
        let (doer, actor, turn) = match by {
            By::Person(person) => {
                let seat = self.seat(&person);
                (Doer::Seat(seat, person.role), Actor::Seat(seat), None)
            }
            By::Gm(turn) if self.turn_goes_on(turn) => (Doer::Gm, Actor::Gm, Some(turn)),
            By::Gm(_) => return self.refuse(ask, Denied::TurnOver.into()),
        };
        if let Deed::Roll { notation, .. } = &deed {
            // Dice belong to a scene. One is opened only for what can be thrown.
            if let Err(denied) = game::dice::check(notation) {
                return self.refuse(ask, denied.into());
            }
            self.ensure_scene();
        }
        let dice = self.machine.dice();
        let state = &self.machine.state;
        let cup = dice.as_ref().map(OpenDice::cup);
        let standing = Standing { game: &state.tale.game, seats: &state.ledger.seats, cup };
        let happened = match game::decide(standing, doer, deed) {
            Ok(happened) => happened,
            Err(denied) => return self.refuse(ask, denied.into()),
        };
        if happened.is_empty() {
            return self.answer(ask, Answer::Happened(Vec::new()));
        }
        self.ensure_scene();
        if let (Some(_), Some(live)) = (turn, &mut self.machine.live) {
            live.acted = true;
        }
        let first = self.step.record.len();
        for (audience, event) in happened {
            self.happen(audience, actor, turn, event);
        }
        let seen = self.step.record[first..].iter().filter(|event| event.audience.admits(doer.viewer()));
        let seen = seen.cloned().collect();
        self.answer(ask, Answer::Happened(seen));
    }

    /// Records what happened in the game and shows it: to those it is for, and a letter's envelope to everyone.
    pub(super) fn happen(&mut self, audience: Audience, by: Actor, turn: Option<TurnNo>, what: GameEvent) {
        let kind = EventKind::Game(what.clone());
        let event = self.record_for(audience.clone(), by, turn, None, kind);
        if what.is_letter() && !audience.is_table() {
            self.show(FrameBody::Letter { event, by });
        }
        self.show_to(audience, FrameBody::Game { event, by, what });
    }

    /// Records what the turn is told of the lorebooks. Nobody is shown it: it names what not everyone may know of.
    pub(super) fn lore_told(&mut self, turn: TurnNo, told: LoreTold) {
        if self.turn_goes_on(turn) {
            let kind = EventKind::Game(GameEvent::LoreTold(told));
            self.record_for(Audience::Gm, Actor::Program, Some(turn), None, kind);
        }
    }

    /// The turn is run anew: what its provider did in the run that failed is undone, and what it was told of the
    /// lorebooks is forgotten. People who saw something of it are told.
    pub(super) fn take_back_deeds(&mut self, turn: TurnNo, acted: bool) {
        if acted {
            return self.happen(Audience::Table, Actor::Program, Some(turn), GameEvent::TakenBack);
        }
        let tale = &self.machine.state.tale;
        if tale.open_turn.as_ref().is_none_or(|open| *open.game_without == tale.game) {
            return;
        }
        let kind = EventKind::Game(GameEvent::TakenBack);
        self.record_for(Audience::Gm, Actor::Program, Some(turn), None, kind);
    }

    fn turn_goes_on(&self, turn: TurnNo) -> bool {
        self.machine.live.as_ref().is_some_and(|live| live.turn == turn && live.ending.is_none())
    }
}
