//! Deeds: what people and the game master do to the game beside telling. Recorded before anyone is told. PURE.
//! What a deed comes to is decided in `crate::game`.

use super::bounds::deed_crosses;
use super::dice::OpenDice;
use super::{Answer, Ask, By, Machine, Scribe};
use crate::domain::{
    Actor, Audience, Deed, Denied, Doer, EventKind, FightDeed, Game, GameEvent, Kit, LoreTold, Refusal, RollRequest,
    SheetOf, TurnNo, TurnsDeed, Viewer, WorldEvent,
};
use crate::game::dice::Cup;
use crate::game::{self, Standing};
use crate::table::frame::FrameBody;

impl Machine {
    /// Gives the table its kit, or the reason why it cannot be read.
    #[must_use]
    pub fn with_kit(mut self, kit: Result<Kit, String>) -> Self {
        self.kit = kit;
        self
    }

    /// What deeds are judged by.
    pub(super) fn standing<'a>(&'a self, cup: Option<Cup<'a>>) -> Standing<'a> {
        let kit = self.kit.as_ref().map_err(String::as_str);
        Standing { game: &self.state.tale.game, seats: &self.state.ledger.seats, kit, cup }
    }

    /// The game as far as `viewer` may know it, with everybody's sheet as the kit has it.
    pub fn game(&self, viewer: Viewer) -> Game {
        let mut game = self.state.tale.game.seen_by(viewer);
        if let Ok(kit) = &self.kit {
            game.sheets = game.sheets.filled(kit, &self.state.ledger.seats);
        }
        game
    }

    /// The deed with a roll that has a name in the kit written out, and a character by whoever plays them.
    fn named(&self, mut deed: Deed) -> Deed {
        if let (Ok(kit), Deed::Roll { notation, .. } | Deed::AskRoll(RollRequest { notation, .. })) =
            (&self.kit, &mut deed)
            && let Some(roll) = kit.check(notation)
        {
            *notation = roll;
        }
        // The sheet of a character whom somebody plays is that player's.
        if let Deed::Sheet(sheet) = &mut deed
            && let Some(of) = sheet.of_mut()
            && let SheetOf::Other(name) = &*of
            && let Some(seat) = self.state.ledger.parts.player_called(name)
        {
            *of = SheetOf::Seat(seat);
        }
        deed
    }
}

impl Scribe<'_> {
    /// A scene that is moved may be called something else from then on.
    fn title_scene(&mut self, by: Actor, event: &GameEvent) {
        if let GameEvent::World(WorldEvent::Moved { title: Some(title), .. }) = event
            && let Some(scene) = self.machine.state.tale.scene.as_ref().map(|scene| scene.number)
        {
            let title = title.chars().take(super::TITLE_CHARS).collect();
            self.record(by, None, None, EventKind::SceneTitled { scene, title });
        }
    }

    pub(super) fn deed(&mut self, by: By, deed: Deed, ask: Ask) {
        if matches!(by, By::Person(_)) && self.machine.state.ledger.paused.is_some() {
            return self.refuse(ask, Refusal::Paused);
        }
        let by = match (by, &deed) {
            (By::Person(person), Deed::AnswerRoll { request, nonce }) => {
                return self.answer_roll(&person, *request, nonce, ask);
            }
            (By::Person(person), Deed::Turns(TurnsDeed::Go)) => return self.go(&person, ask),
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
        let deed = self.machine.named(deed);
        if let Deed::Roll { notation, .. } = &deed {
            // Dice belong to a scene. One is opened only for what can be thrown.
            if let Err(denied) = game::dice::check(notation) {
                return self.refuse(ask, denied.into());
            }
            self.ensure_scene();
        }
        if matches!(deed, Deed::Fight(FightDeed::Start { .. } | FightDeed::Join { .. })) {
            // Initiative is thrown.
            self.ensure_scene();
        }
        let lets_act = matches!(deed, Deed::Fight(_) | Deed::Turns(_));
        let dice = self.machine.dice();
        let standing = self.machine.standing(dice.as_ref().map(OpenDice::cup));
        let (style, bounds) = (self.machine.style(), self.machine.bounds());
        let happened = match game::decide(standing, doer, deed) {
            Ok(happened) if turn.is_some() && deed_crosses(&bounds, &happened) => {
                return self.refuse(ask, Denied::CrossesALine.into());
            }
            Ok(happened) if doer == Doer::Gm && style.decoys() => {
                game::with_decoys(happened, standing, style.get("language").unwrap_or_default(), &bounds)
            }
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
            self.title_scene(actor, &event);
            self.happen(audience, actor, turn, event);
        }
        let seen = self.step.record[first..].iter().filter(|event| event.audience.admits(doer.viewer()));
        let seen = seen.cloned().collect();
        self.answer(ask, Answer::Happened(seen));
        if lets_act {
            self.take_waiting();
        }
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
        // While a reply is told anew, what was done stands and nothing more is done.
        let goes_on = |live: &super::turns::Live| live.turn == turn && live.ending.is_none() && live.first.is_none();
        self.machine.live.as_ref().is_some_and(goes_on)
    }
}
