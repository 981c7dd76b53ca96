//! A run's place among `limits.running_turns`: given back while people are waited for, and taken again before their
//! answer is handed on. It knows no table; that people are waited for, and what they said, is told to it.

use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc;

use crate::domain::Verdict;
use crate::provider::asking::Answering;
use crate::table::slots::{RunSlots, Slot};

/// What a run's place is told.
#[derive(Debug)]
pub(super) enum Word {
    /// The run waits for people.
    Waits,
    /// It goes on without them.
    GoesOn,
    /// What people said to what it asked.
    Answer(u32, Verdict),
}

/// The place of one run.
pub(super) struct Place {
    /// Where places are; none for a run that needs none.
    pub(super) slots: Option<RunSlots>,
    /// The one it has now.
    pub(super) held: Option<Slot>,
    pub(super) words: mpsc::UnboundedReceiver<Word>,
    pub(super) answering: Answering,
}

impl Place {
    /// Follows the run to its end.
    pub(super) async fn keep(mut self, run: impl Future<Output = ()>) {
        let mut run = pin!(run);
        loop {
            // A run that nobody speaks to any more only goes on.
            let word = tokio::select! {
                () = &mut run => return,
                Some(word) = self.words.recv() => word,
            };
            if matches!(word, Word::Waits) {
                self.held = None;
                continue;
            }
            tokio::select! {
                () = &mut run => return,
                () = self.take() => {}
            }
            if let Word::Answer(key, verdict) = word {
                self.answering.give(key, verdict);
            }
        }
    }

    /// Takes a place again, behind those who wait for one.
    async fn take(&mut self) {
        if let Some(slots) = self.slots.as_ref().filter(|_| self.held.is_none()) {
            self.held = Some(match slots.ask() {
                Ok(slot) => slot,
                Err(ticket) => ticket.slot().await,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::asking::{Answers, answers};

    /// A run that ends with the first answer, at the only place there is.
    fn running(slots: &RunSlots) -> (mpsc::UnboundedSender<Word>, Place, Answers) {
        let (tell, words) = mpsc::unbounded_channel();
        let (answering, answers) = answers();
        let held = slots.ask().ok();
        assert!(held.is_some());
        (tell, Place { slots: Some(slots.clone()), held, words, answering }, answers)
    }

    #[tokio::test]
    async fn a_run_that_waits_for_people_lets_another_run_and_goes_on_when_that_is_over() {
        let slots = RunSlots::new(1);
        let (tell, place, mut answers) = running(&slots);
        let Err(other) = slots.ask() else { panic!("the only place is taken") };
        tell.send(Word::Waits).unwrap();
        let mut kept = pin!(place.keep(async move { drop(answers.next().await) }));
        let other = tokio::select! {
            slot = other.slot() => slot,
            () = &mut kept => panic!("nobody has answered"),
        };
        tell.send(Word::Answer(1, Verdict::Allow)).unwrap();
        // However often it is looked after, it does not go on while the other runs.
        for _ in 0..10 {
            tokio::select! {
                biased;
                () = &mut kept => panic!("it went on without a place"),
                () = tokio::task::yield_now() => {}
            }
        }
        drop(other);
        kept.await;
        assert!(slots.ask().is_ok(), "and its place is free again");
    }

    #[tokio::test]
    async fn a_run_that_ends_while_it_waits_takes_no_place() {
        let slots = RunSlots::new(1);
        let (tell, place, _answers) = running(&slots);
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let mut kept = pin!(place.keep(async move { drop(ended.await) }));
        tell.send(Word::Waits).unwrap();
        let Err(other) = slots.ask() else { panic!("the only place is taken") };
        let _other = tokio::select! {
            slot = other.slot() => slot,
            () = &mut kept => panic!("it has not ended"),
        };
        tell.send(Word::GoesOn).unwrap();
        drop(end);
        kept.await;
    }
}
