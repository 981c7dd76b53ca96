//! One step after another: the machine's record is made durable, then its effects are done in order.
//! What a person asked for and could not be saved did not happen; what nobody can repeat is tried until it is saved.

use std::collections::VecDeque;
use std::time::Duration;

use tracing::{error, warn};

use super::{Actor, load};
use crate::domain::{Audience, PathStep, Tale};
use crate::store::{StoreError, StoreFault};
use crate::table::frame::{Frame, FrameBody};
use crate::table::handle::TableError;
use crate::table::machine::{Ask, Effect, Input, Machine, Step};
use crate::telemetry::new_error_id;

/// How many events lie between two snapshots: what opening a table has to fold at most.
const SNAPSHOT_EVERY: u64 = 200;
/// How long the actor waits before it tries again to write down what nobody can be asked to repeat.
const SAVE_AGAIN: Duration = Duration::from_secs(1);

/// What was done with a step's record.
enum Saved {
    Yes,
    /// It is undone: the one who asked was told.
    No,
    /// The program ends and it could not be written.
    Never,
}

impl Actor {
    /// Takes an input and does what follows from it, until nothing follows.
    pub(super) async fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let before = asked_by(&input).map(|ask| (ask, self.machine.clone()));
            let (seen, now) = (self.keeping.look(&input, &self.machine), (self.parts.now)());
            let step = self.parts.purse.handle(self.id, &mut self.machine, now, input);
            match self.save(&step, before).await {
                Saved::Yes => {}
                Saved::No => continue,
                Saved::Never => return,
            }
            self.keeping.took(seen, now, self.machine.house(), &step);
            inputs.extend(self.over(&step.record).await);
            for effect in step.then {
                if let Some(next) = self.perform(effect).await {
                    inputs.push_back(next);
                }
            }
            if self.machine.state().ledger.seq.get() >= self.snapshot_at + SNAPSHOT_EVERY {
                self.snapshot().await;
            }
        }
    }

    /// Records an input from which nothing follows. False if the program ends before it is written.
    pub(super) async fn note(&mut self, input: Input) -> bool {
        let (seen, now) = (self.keeping.look(&input, &self.machine), (self.parts.now)());
        let step = self.machine.handle(now, input);
        let saved = matches!(self.save(&step, None).await, Saved::Yes);
        if saved {
            self.keeping.took(seen, now, self.machine.house(), &step);
        }
        saved
    }

    /// Makes the step's record durable. A person's request that cannot be saved did not happen; what no person can
    /// repeat is tried until it succeeds.
    async fn save(&mut self, step: &Step, before: Option<(Ask, Machine)>) -> Saved {
        if step.record.is_empty() {
            return Saved::Yes;
        }
        let mut told = false;
        loop {
            let failure = match self.parts.store.append(self.id, step.record.clone()).await {
                Ok(()) => {
                    self.log(&step.record);
                    return Saved::Yes;
                }
                Err(failure) => failure,
            };
            if let Some((ask, machine)) = before {
                self.machine = machine;
                self.parts.purse.note_state(self.id, (self.parts.now)(), self.machine.state());
                let refused = self.not_saved(&failure);
                if let Some(waiter) = self.asks.remove(&ask) {
                    waiter.answer(Err(refused));
                }
                return Saved::No;
            }
            if !told {
                told = true;
                if let TableError::NotSaved { error, disk_full } = self.not_saved(&failure) {
                    self.show(Frame { audience: Audience::Table, body: FrameBody::NotSaved { error, disk_full } });
                }
            }
            tokio::select! {
                () = tokio::time::sleep(SAVE_AGAIN) => {}
                () = self.parts.ending.cancelled() => return Saved::Never,
            }
        }
    }

    pub(super) fn not_saved(&self, failure: &StoreError) -> TableError {
        let error = new_error_id();
        self.parts.metrics.not_saved();
        error!(table = %self.name, error_id = %error, error = failure as &dyn std::error::Error, "could not be saved");
        TableError::NotSaved { error, disk_full: failure.fault() == StoreFault::Full }
    }

    async fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Answer { ask, answer } => {
                if let Some(waiter) = self.asks.remove(&ask) {
                    waiter.answer(answer.map_err(TableError::from));
                }
            }
            Effect::Show(frame) => self.show(frame),
            Effect::SumUp { of, rung, micros } => self.sum_up(of, rung, micros).await,
            Effect::Run { turn, opening } => self.run(turn, &opening).await,
            Effect::Tell { turn, key, verdict } => self.tell(turn, key, verdict),
            Effect::Cancel { turn } => {
                if let Some(run) = self.run.as_ref().filter(|run| run.turn == turn) {
                    run.cancel.cancel();
                }
            }
            Effect::Fold { path } => return Some(Input::Folded { tale: Box::new(self.fold(&path).await?) }),
            Effect::WriteStory { from } => self.write_story(from).await,
            Effect::MendStory { from } => {
                if !self.story_is_current().await {
                    self.write_story(from).await;
                }
            }
        }
        None
    }

    pub(super) fn show(&self, frame: Frame) {
        self.frames.send(frame);
    }

    /// Folds the story along a line of play. Failing to read is met as failing to write is: by trying again.
    async fn fold(&self, path: &[PathStep]) -> Option<Tale> {
        loop {
            match load::tale(&self.parts.store, self.id, &self.machine.state().ledger, path).await {
                Ok(tale) => return Some(tale),
                Err(failure) => drop(self.not_saved(&failure)),
            }
            tokio::select! {
                () = tokio::time::sleep(SAVE_AGAIN) => {}
                () = self.parts.ending.cancelled() => return None,
            }
        }
    }

    pub(super) async fn snapshot(&mut self) {
        let state = self.machine.state();
        let seq = state.ledger.seq;
        if seq.get() == self.snapshot_at {
            return;
        }
        let text = match serde_json::to_string(state) {
            Ok(text) => text,
            Err(failure) => return warn!(table = %self.name, error = %failure, "snapshot not written"),
        };
        match self.parts.store.save_snapshot(self.id, state.ledger.branch, seq, text).await {
            Ok(()) => self.snapshot_at = seq.get(),
            // A snapshot is a cache: without it opening takes longer, nothing else.
            Err(failure) => warn!(table = %self.name, error = %failure, "snapshot not written"),
        }
    }
}

/// The ask that an input carries: the person who made it can be told that it was not saved.
fn asked_by(input: &Input) -> Option<Ask> {
    match input {
        Input::Say { ask, .. }
        | Input::SayAs { ask, .. }
        | Input::Part { ask, .. }
        | Input::Sit { ask, .. }
        | Input::Edit { ask, .. }
        | Input::Withdraw { ask, .. }
        | Input::Command { ask, .. }
        | Input::Safety { ask, .. }
        | Input::Bound { ask, .. }
        | Input::Deed { ask, .. } => Some(*ask),
        Input::LoreTold { .. }
        | Input::SumUp { .. }
        | Input::SummedUp { .. }
        | Input::Age { .. }
        | Input::Heard { .. }
        | Input::Ended { .. }
        | Input::Folded { .. }
        | Input::Due
        | Input::Opened
        | Input::Release
        | Input::Closing
        | Input::Interrupt => None,
    }
}
