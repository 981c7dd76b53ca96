//! Whose action is taken now: what waits until its seat may act, until all have said something, or until a deadline. PURE.
//! Who may act is decided in `crate::game::turns`, the order of a fight in `crate::game::fight`.

use super::{Answer, Ask, Machine, Scribe};
use crate::domain::{
    Actor, Audience, Denied, EventKind, EventSeq, Floor, Game, GameEvent, Held, Person, Refusal, Role, SeatId,
    SourceId, Timestamp, TurnMode, TurnNo, TurnsDenied, TurnsEvent,
};
use crate::game::{fight, turns};
use crate::table::frame::FrameBody;
use crate::table::state::Waiting;

/// How many actions of one seat may wait for its move.
pub(super) const AHEAD: usize = 3;

impl Machine {
    /// Who acts now.
    pub fn floor(&self) -> Floor {
        turns::floor(&self.state.tale.game, &self.state.ledger.seats)
    }

    /// The seats whose actions wait to be told together.
    pub fn declared(&self) -> Vec<SeatId> {
        let mut seats = Vec::new();
        for waiting in self.state.ledger.waiting.iter().filter(|waiting| !comes_first(waiting)) {
            if !seats.contains(&waiting.seat) {
                seats.push(waiting.seat);
            }
        }
        seats
    }

    /// When those who said nothing are waited for no longer.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let ledger = &self.state.ledger;
        let busy = self.live.is_some() || self.after_fold.is_some() || self.closing || self.held.is_some();
        let until = self.state.tale.game.turns.until.filter(|_| !busy && ledger.paused.is_none())?;
        (!self.declared().is_empty()).then_some(until)
    }
}

/// What the game master asked for, and what a turn had taken before it was cut off, waits for nobody's move.
fn comes_first(waiting: &Waiting) -> bool {
    waiting.asked || waiting.interrupted > 0
}

impl Scribe<'_> {
    /// Why what this seat just said is not told next; none where nothing keeps it but another turn.
    pub(super) fn held(&self, seat: SeatId) -> Option<Held> {
        let floor = self.machine.floor();
        if let Some(whose) = floor.whose.clone().filter(|_| !floor.admits(seat)) {
            let fight = self.machine.state.tale.game.turns.mode == TurnMode::Initiative;
            return Some(if fight { Held::NotYourMove(whose) } else { Held::NotYourFloor(whose) });
        }
        let missing = floor.missing(&self.machine.declared());
        (!missing.is_empty()).then_some(Held::Declared(missing))
    }

    /// Whether a seat that is not to act yet has said enough for now.
    pub(super) fn may_wait(&self, person: &Person) -> Result<(), Refusal> {
        let (floor, setup, ledger) = (self.machine.floor(), &self.machine.setup, &self.machine.state.ledger);
        let admitted = ledger.seat_of(&person.id).map_or(floor.whose.is_none(), |seat| floor.admits(seat.id));
        if admitted {
            // Those who wait for their move take no place from those who are to act.
            let waiting = ledger.waiting.iter().filter(|waiting| floor.admits(waiting.seat)).count();
            return if waiting >= setup.waiting { Err(Refusal::QueueFull { limit: setup.waiting }) } else { Ok(()) };
        }
        let own = |waiting: &&Waiting| ledger.seat(waiting.seat).is_some_and(|seat| seat.person == person.id);
        let full = ledger.waiting.iter().filter(own).count() >= AHEAD || ledger.waiting.len() >= setup.waiting * 2;
        if full { Err(Refusal::OutOfTurn { limit: AHEAD }) } else { Ok(()) }
    }

    /// For so long nobody could say anything: those who are waited for have that much more time.
    pub(super) fn put_off(&mut self, millis: i64) {
        if let Some(until) = self.machine.state.tale.game.turns.until {
            let until = Some(Timestamp::from_millis(until.millis().saturating_add(millis)));
            self.happen(Audience::Table, Actor::Program, None, GameEvent::Turns(TurnsEvent::Clock { until }));
        }
    }

    /// Which of what waits a turn may take now.
    pub(super) fn taken_now(&self) -> impl Fn(&Waiting) -> bool + use<> {
        let floor = self.machine.floor();
        let ready = floor.missing(&self.machine.declared()).is_empty();
        move |waiting| comes_first(waiting) || (ready && floor.admits(waiting.seat))
    }

    /// Whether all of what waits belongs into one turn, however long it is.
    pub(super) fn together(&self) -> bool {
        !self.machine.floor().awaited.is_empty()
    }

    /// Those who were waited for long enough hold back, once their deadline has passed.
    pub(super) fn close_if_late(&mut self) {
        if self.machine.deadline().is_some_and(|until| until <= self.now) {
            self.hold_back();
        }
    }

    /// Whoever said nothing does the safe thing, which is written down like anything that is done.
    fn hold_back(&mut self) {
        let missing = self.machine.floor().missing(&self.machine.declared());
        for seat in missing {
            let source = SourceId::new(format!("default:{}", self.machine.state.ledger.seq.next()));
            let text = turns::HOLDS_BACK.to_owned();
            let kind = EventKind::ActionSaid { source, seat, text, files: Vec::new(), character: None };
            self.record(Actor::Program, None, None, kind);
        }
    }

    /// Sets the deadline when the first one has said something, and takes it away when nobody has any more.
    pub(super) fn settle_clock(&mut self) {
        let game = &self.machine.state.tale.game;
        let (until, declared) = (game.turns.until, !self.machine.declared().is_empty());
        let busy = self.machine.live.is_some() || self.machine.after_fold.is_some();
        let until = match (until, game.turns.mode.patience_ms()) {
            (None, Some(patience)) if declared && !busy => {
                Some(Timestamp::from_millis(self.now.millis().saturating_add(patience)))
            }
            (Some(_), _) if !declared => None,
            _ => return,
        };
        let clock = GameEvent::Turns(TurnsEvent::Clock { until });
        self.happen(Audience::Table, Actor::Program, None, clock);
    }

    /// Play goes on from elsewhere: the deadline that was set there is not that of what waits now.
    pub(super) fn forget_clock(&mut self) {
        if self.machine.state.tale.game.turns.until.is_some() {
            let clock = GameEvent::Turns(TurnsEvent::Clock { until: None });
            self.happen(Audience::Table, Actor::Program, None, clock);
        }
    }

    /// A host does not want to wait for the others any longer.
    pub(super) fn go(&mut self, person: &Person, ask: Ask) {
        let denied = |denied: TurnsDenied| Refusal::Denied(Denied::Turns(denied));
        if person.role != Role::Host {
            return self.refuse(ask, denied(TurnsDenied::NotByYou));
        }
        if !self.together() {
            return self.refuse(ask, denied(TurnsDenied::NotGathered));
        }
        if self.machine.live.is_some() || self.machine.after_fold.is_some() {
            return self.refuse(ask, Refusal::TurnRunning);
        }
        let floor = self.machine.floor();
        if !self.machine.declared().iter().any(|seat| floor.admits(*seat)) {
            return self.refuse(ask, denied(TurnsDenied::NothingSaid));
        }
        self.seat(person);
        let first = self.step.record.len();
        self.hold_back();
        let done = self.step.record[first..].to_vec();
        self.answer(ask, Answer::Happened(done));
        self.take_waiting();
    }

    /// The deadline may have come.
    pub(super) fn wait_no_longer(&mut self) {
        if self.machine.deadline().is_some_and(|until| until <= self.now) {
            self.take_waiting();
        }
    }

    /// Shows that somebody said something, or no more, where the others are waited for.
    pub(super) fn show_declared(&mut self) {
        if self.together() {
            self.show(FrameBody::Gathered);
        }
    }

    /// After a turn in which who is on move acted, the next one is, unless the game master let the move pass on itself or
    /// still waits for a roll. `before` is how often it had passed on without the game master.
    pub(super) fn pass_the_move(&mut self, turn: TurnNo, before: Option<(EventSeq, u64)>) {
        let tale = &self.machine.state.tale;
        let Some(fight) = tale.game.fight.as_ref().filter(|_| tale.game.turns.mode == TurnMode::Initiative) else {
            return;
        };
        let Some(place) = fight.moving().filter(|_| moves(&tale.game) == before) else { return };
        let since = tale.recent.iter().filter(|beat| beat.event > fight.moved);
        let acted = since.flat_map(|beat| &beat.said).any(|said| place.seats().any(|seat| seat == said.seat));
        let owed = tale.game.dice.asked.iter().any(|kept| kept.event > fight.moved);
        if !acted || owed {
            return;
        }
        let happened = fight::advance(self.machine.standing(None), fight, None);
        for (audience, what) in happened {
            self.happen(audience, Actor::Program, Some(turn), what);
        }
    }
}

/// Which fight goes on and how often its move passed on.
pub(super) fn moves(game: &Game) -> Option<(EventSeq, u64)> {
    game.fight.as_ref().map(|fight| (fight.since, fight.moves))
}
