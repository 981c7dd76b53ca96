//! The stop card: play stops at once, what was told last is covered, and goes on when both sides agree. PURE.
//! Nobody's seat stands in what is recorded; who stopped play is known by a mark that lives in memory only.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

use super::commands::AfterFold;
use super::turns::Ending;
use super::{Answer, Ask, Effect, Scribe};
use crate::domain::{
    Actor, BranchWhy, CardChoice, Covered, Direction, EventKind, EventSeq, Refusal, SafetyAct, SafetyDone, SafetyEvent,
    SkipWhy, TurnNo,
};
use crate::table::frame::FrameBody;

/// How many beats are covered at once.
const COVERED: usize = 2;
/// After this long the host alone has play go on, in milliseconds: whoever stopped it may have left for good.
const A_DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What is known of a pause beside the log. A restart forgets it; then the host alone has play go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    /// Those who stopped play and are not ready yet. Not even a mark of theirs is written down.
    #[serde(skip)]
    marks: BTreeSet<u64>,
    /// A host is ready.
    host_is_ready: bool,
    /// What was chosen while the run was still ending.
    chosen: VecDeque<CardChoice>,
    /// The turn that was running when play was stopped, as long as it was not taken out.
    stopped: Option<TurnNo>,
}

impl Scribe<'_> {
    pub(super) fn safety(&mut self, mark: u64, host: bool, act: SafetyAct, ask: Ask) {
        let paused = self.machine.state.ledger.paused.is_some();
        match act {
            SafetyAct::Stop => self.stop_play(mark, ask),
            _ if !paused => self.refuse(ask, Refusal::NotPaused),
            SafetyAct::Choose(choice) => self.chosen(mark, choice, ask),
            SafetyAct::Ready => {
                self.machine.card.marks.remove(&mark);
                self.resume_if_agreed(ask);
            }
            SafetyAct::Resume if !host => self.refuse(ask, Refusal::NotHost),
            SafetyAct::Resume => {
                self.machine.card.marks.remove(&mark);
                self.machine.card.host_is_ready = true;
                self.resume_if_agreed(ask);
            }
        }
    }

    /// In this order: the run is ended, nothing is taken any more, the last beats are covered, and all are told.
    fn stop_play(&mut self, mark: u64, ask: Ask) {
        let paused = self.machine.state.ledger.paused.is_some();
        let running = self.machine.live.as_mut().map(|live| {
            live.ending = Some(Ending::Card);
            live.turn
        });
        if let Some(turn) = running {
            self.then(Effect::Cancel { turn });
        }
        let turns = self.last_turns(running);
        self.machine.card.stopped = running.or(self.machine.card.stopped);
        self.machine.card.marks.insert(mark);
        self.machine.card.host_is_ready = false;
        if !paused {
            let event = self.record(Actor::Program, None, None, EventKind::Safety(SafetyEvent::Paused));
            self.cover(turns);
            self.show(FrameBody::Paused { event });
        }
        self.answer(ask, Answer::Safe(SafetyDone::Paused));
    }

    /// The turn that runs and the beats before it, the newest first.
    fn last_turns(&self, running: Option<TurnNo>) -> Vec<TurnNo> {
        let told = self.machine.state.tale.recent.iter().rev().map(|beat| beat.turn);
        running.into_iter().chain(told).take(COVERED).collect()
    }

    /// Has nobody read these turns any more, nor what happened in the game since the oldest of them began.
    fn cover(&mut self, turns: Vec<TurnNo>) {
        let tale = &self.machine.state.tale;
        let before = tale.recent.iter().rev().find(|beat| !turns.contains(&beat.turn)).map(|beat| beat.event);
        let since = before.or(tale.scene.as_ref().map(|scene| scene.opened)).unwrap_or(EventSeq::new(0)).next();
        let covered = Covered { turns, since };
        let kind = EventKind::Safety(SafetyEvent::Covered(covered.clone()));
        let event = self.record(Actor::Program, None, None, kind);
        self.show(FrameBody::Curtained { event, covered });
    }

    fn chosen(&mut self, mark: u64, choice: CardChoice, ask: Ask) {
        let marks = &self.machine.card.marks;
        if !marks.is_empty() && !marks.contains(&mark) {
            return self.refuse(ask, Refusal::NotPaused);
        }
        self.machine.card.chosen.push_back(choice);
        self.answer(ask, Answer::Safe(SafetyDone::Chosen(choice)));
        if self.machine.live.is_none() {
            self.carry_out_choices();
        }
    }

    /// Carries out what was chosen, now that no run adds to the story any more.
    pub(super) fn carry_out_choices(&mut self) {
        while self.machine.after_fold.is_none()
            && let Some(choice) = self.machine.card.chosen.pop_front()
        {
            let direction = match choice {
                CardChoice::Pause => continue,
                CardChoice::Rewind => None,
                CardChoice::Fade => Some(Direction::Fade),
                CardChoice::Skip => Some(Direction::Skip),
            };
            self.take_out();
            if let Some(direction) = direction {
                self.record(Actor::Program, None, None, EventKind::Safety(SafetyEvent::Directed { direction }));
            }
        }
    }

    /// Takes the last thing out of the story: the turn that was stopped, else the last beat.
    fn take_out(&mut self) {
        for action in self.waiting(|_| true) {
            self.skip(action, SkipWhy::Cleared);
        }
        let stopped = self.machine.card.stopped.take();
        let state = &self.machine.state;
        let parent = state.ledger.branch;
        let (at, gone) = match (stopped, state.tale.last_before_rolls, state.tale.last_turn) {
            (Some(turn), ..) => (state.ledger.seq, Some(turn)),
            (None, Some(before), gone) => (before, gone),
            // Nothing was told yet.
            (None, None, _) => return,
        };
        if let Some(turn) = gone {
            self.cover(vec![turn]);
        }
        self.branch(parent, at, BranchWhy::StopCard);
        self.fold(AfterFold::Card);
    }

    fn resume_if_agreed(&mut self, ask: Ask) {
        let since = self.machine.state.ledger.paused.map_or(0, |since| since.millis());
        let long = self.now.millis() - since >= A_DAY_MS;
        let card = &self.machine.card;
        if !(card.host_is_ready && (card.marks.is_empty() || long)) || self.machine.live.is_some() {
            return self.answer(ask, Answer::Safe(SafetyDone::Noted));
        }
        self.machine.card = Card::default();
        let event = self.record(Actor::Program, None, None, EventKind::Safety(SafetyEvent::Resumed));
        self.answer(ask, Answer::Safe(SafetyDone::Resumed));
        self.show(FrameBody::Resumed { event });
        self.put_off(self.now.millis() - since);
        self.take_waiting();
    }
}
