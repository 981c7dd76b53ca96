//! Commands: what people may ask beside playing, and who may ask it. PURE.
//! Undo, retry and reset write branches; nothing is ever deleted.

use serde::{Deserialize, Serialize};

use super::turns::Ending;
use super::{Answer, Ask, Effect, Scribe};
use crate::domain::{
    self, Actor, BranchId, BranchWhy, Command, Done, EventKind, EventSeq, Greeting, ModelName, Person, ProviderName,
    RATING, Rating, Refusal, Role, Said, SeatId, SkipWhy, Tale, TurnNo,
};
use crate::table::frame::FrameBody;

/// The longest title, in characters.
pub const TITLE_CHARS: usize = 80;

/// What goes on when the story has been folded anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum AfterFold {
    Undo { ask: Ask, done: Done },
    Retry { ask: Ask, turn: TurnNo, said: Vec<Said> },
    Card,
}

impl Scribe<'_> {
    pub(super) fn command(&mut self, person: &Person, command: Command, ask: Ask) {
        if let Err(refusal) = self.may_command(person, &command) {
            return self.refuse(ask, refusal);
        }
        let seat = self.seat(person);
        match command {
            Command::Stop => self.stop(seat, ask),
            Command::Undo => self.undo(ask),
            Command::Retry => self.retry(ask),
            Command::Reset => self.reset(seat, ask),
            Command::Provider { provider, model } => self.choose(seat, provider, model, ask),
            Command::Model(model) => {
                // The one that was chosen, also while another answers in its place.
                let provider = self.machine.ladder().swap_remove(0).provider;
                self.choose(seat, provider, model, ask);
            }
            Command::SceneNew { title, greeting } => self.scene_new(seat, title, greeting, ask),
            Command::SceneEnd => self.scene_end(seat, ask),
            Command::SceneTitle(title) => self.scene_title(seat, title, ask),
            Command::Style { facet, value } => self.set_style(seat, &facet, &value, ask),
            Command::Answer { ask: request, reply } => self.answered(seat, request, reply, ask),
        }
    }

    pub(super) fn may_command(&self, person: &Person, command: &Command) -> Result<(), Refusal> {
        if person.role == Role::Spectator {
            return Err(Refusal::Spectator);
        }
        if let Command::Answer { ask, reply } = command {
            return self.may_answer(person, *ask, reply);
        }
        let at_rest = matches!(command, Command::Provider { .. } | Command::Model(_) | Command::Style { .. });
        if self.machine.state.ledger.paused.is_some() && !at_rest {
            return Err(Refusal::Paused);
        }
        let anyone = matches!(command, Command::Stop | Command::Undo | Command::Retry);
        if !anyone && person.role != Role::Host {
            return Err(Refusal::NotHost);
        }
        let any_time = at_rest || *command == Command::Stop;
        let closing = self.machine.closing && *command == Command::Retry;
        if closing || (!any_time && self.machine.live.is_some()) {
            return Err(Refusal::TurnRunning);
        }
        Ok(())
    }

    pub(super) fn done(&mut self, ask: Ask, done: Done) {
        self.answer(ask, Answer::Done(done.clone()));
        self.show(FrameBody::Changed(done));
    }

    pub(super) fn stop(&mut self, seat: SeatId, ask: Ask) {
        let Some(live) = self.machine.live.as_mut() else { return self.refuse(ask, Refusal::NoTurnRunning) };
        live.ending = Some(Ending::Stop(Some(seat)));
        let turn = live.turn;
        self.then(Effect::Cancel { turn });
        for action in self.waiting(|waiting| waiting.seat == seat) {
            self.skip(action, SkipWhy::Cleared);
        }
        self.done(ask, Done::Stopping(turn));
    }

    pub(super) fn undo(&mut self, ask: Ask) {
        let state = &self.machine.state;
        if let (Some(turn), Some(before)) = (state.tale.last_turn, state.tale.last_before_rolls) {
            let parent = state.ledger.branch;
            self.branch(parent, before, BranchWhy::Undo { turn });
            return self.fold(AfterFold::Undo { ask, done: Done::Undone(turn) });
        }
        let root = state.ledger.path().first().map(|step| step.branch);
        let reset = state.ledger.branches.iter().find(|b| Some(b.id) == root && b.why == BranchWhy::Reset).copied();
        let Some(reset) = reset else { return self.refuse(ask, Refusal::NothingToUndo) };
        self.branch(reset.parent, reset.opened_after, BranchWhy::UndoReset);
        self.fold(AfterFold::Undo { ask, done: Done::ResetUndone });
    }

    pub(super) fn retry(&mut self, ask: Ask) {
        let state = &self.machine.state;
        if let Some((turn, said)) = state.ledger.unanswered.clone() {
            if let Some(empty) = self.machine.refuses(said.iter().map(|said| said.seat), self.now) {
                return self.refuse(ask, Refusal::Spent(empty));
            }
            self.done(ask, Done::Retrying(turn));
            return self.open_turn(said, Some(turn));
        }
        let last = state.tale.recent.back().map(|beat| (beat.turn, beat.said.clone()));
        let (Some((turn, said)), Some(before)) = (last, state.tale.last_before) else {
            return self.refuse(ask, Refusal::NothingToRetry);
        };
        if let Some(empty) = self.machine.refuses(said.iter().map(|said| said.seat), self.now) {
            return self.refuse(ask, Refusal::Spent(empty));
        }
        let parent = state.ledger.branch;
        self.branch(parent, before, BranchWhy::Retry { turn });
        self.fold(AfterFold::Retry { ask, turn, said });
    }

    pub(super) fn branch(&mut self, parent: BranchId, at: EventSeq, why: BranchWhy) {
        let last = self.machine.state.ledger.branches.last().map_or(0, |branch| branch.id.get());
        let branch = BranchId::new(last + 1);
        self.record(Actor::Program, None, None, EventKind::BranchOpened { branch, parent, at, why });
    }

    pub(super) fn fold(&mut self, after: AfterFold) {
        self.machine.after_fold = Some(after);
        let path = self.machine.state.ledger.path();
        self.then(Effect::Fold { path });
    }

    pub(super) fn folded(&mut self, tale: Tale) {
        let Some(after) = self.machine.after_fold.take() else { return };
        self.machine.state.tale = tale;
        self.settle_dice();
        self.forget_clock();
        let from = self.present_scene();
        self.then(Effect::WriteStory { from });
        match after {
            AfterFold::Undo { ask, done } => {
                self.done(ask, done);
                self.take_waiting();
            }
            AfterFold::Card => self.carry_out_choices(),
            AfterFold::Retry { ask, turn, said } => {
                self.done(ask, Done::Retrying(turn));
                self.open_turn(said, Some(turn));
            }
        }
    }

    pub(super) fn reset(&mut self, seat: SeatId, ask: Ask) {
        for action in self.waiting(|_| true) {
            self.skip(action, SkipWhy::Cleared);
        }
        let parent = self.machine.state.ledger.branch;
        self.branch(parent, EventSeq::new(0), BranchWhy::Reset);
        self.open_scene(Actor::Seat(seat), None);
        let scene = self.present_scene();
        self.done(ask, Done::Reset(scene));
    }

    fn set_style(&mut self, seat: SeatId, facet: &str, value: &str, ask: Ask) {
        let (facet, value) = match domain::check_style(facet, value) {
            Ok(checked) => checked,
            Err(fault) => return self.refuse(ask, fault.into()),
        };
        if facet == RATING && value == Rating::Mature.word() && !self.machine.adults {
            return self.refuse(ask, Refusal::NotForAdults);
        }
        let kind = EventKind::StyleSet { facet: facet.to_owned(), value: value.clone() };
        self.record(Actor::Seat(seat), None, None, kind);
        self.age_known(self.machine.adults);
        self.done(ask, Done::Styled(facet.to_owned(), value));
    }

    pub(super) fn choose(&mut self, seat: SeatId, provider: ProviderName, model: Option<ModelName>, ask: Ask) {
        let kind = EventKind::ProviderChosen { provider: provider.clone(), model: model.clone() };
        self.record(Actor::Seat(seat), None, None, kind);
        self.done(ask, Done::Provider(provider, model));
    }

    pub(super) fn scene_new(&mut self, seat: SeatId, title: Option<String>, greeting: Option<Greeting>, ask: Ask) {
        let title = match title.map(|title| check_title(&title)).transpose() {
            Ok(title) => title,
            Err(refusal) => return self.refuse(ask, refusal),
        };
        if let Some(refusal) = greeting.as_ref().and_then(|greeting| self.refuses_greeting(greeting)) {
            return self.refuse(ask, refusal);
        }
        let ended = self.machine.state.tale.scene.as_ref().map(|scene| scene.number);
        if let Some(scene) = ended {
            self.record(Actor::Seat(seat), None, None, EventKind::SceneEnded { scene });
        }
        self.open_scene(Actor::Seat(seat), title);
        let scene = self.present_scene();
        self.done(ask, Done::SceneOpened(scene));
        if let Some(greeting) = greeting {
            self.greet(seat, greeting);
        }
        self.then(Effect::WriteStory { from: ended.unwrap_or(scene) });
    }

    pub(super) fn scene_end(&mut self, seat: SeatId, ask: Ask) {
        let Some(scene) = self.machine.state.tale.scene.as_ref().map(|scene| scene.number) else {
            return self.refuse(ask, Refusal::NoScene);
        };
        self.record(Actor::Seat(seat), None, None, EventKind::SceneEnded { scene });
        self.settle_dice();
        self.done(ask, Done::SceneEnded(scene));
        self.then(Effect::WriteStory { from: scene });
    }

    pub(super) fn scene_title(&mut self, seat: SeatId, title: String, ask: Ask) {
        let Some(scene) = self.machine.state.tale.scene.as_ref().map(|scene| scene.number) else {
            return self.refuse(ask, Refusal::NoScene);
        };
        let title = match check_title(&title) {
            Ok(title) => title,
            Err(refusal) => return self.refuse(ask, refusal),
        };
        self.record(Actor::Seat(seat), None, None, EventKind::SceneTitled { scene, title: title.clone() });
        self.done(ask, Done::SceneTitled(scene, title));
        self.then(Effect::WriteStory { from: scene });
    }
}

/// One line of 1 to [`TITLE_CHARS`] characters.
fn check_title(title: &str) -> Result<String, Refusal> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() || title.chars().count() > TITLE_CHARS || title.chars().any(char::is_control) {
        return Err(Refusal::BadTitle { limit: TITLE_CHARS });
    }
    Ok(title)
}
