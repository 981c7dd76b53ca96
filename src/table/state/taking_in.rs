//! How a ledger takes in the next event. PURE.
//! The tale is folded in `table/tale.rs`.

use super::{Branch, COVERS, Ledger, Running, Summing, Waiting};
use crate::domain::{
    ActionId, Event, EventKind, PartEvent, ProviderName, SafetyEvent, Said, Seat, Session, SkipWhy, TurnNo, TurnOutcome,
};

impl Ledger {
    /// Takes in the next event, for whoever looks on and does not need the tale.
    pub(in crate::table) fn apply(&mut self, event: &Event) {
        self.asks.apply(event);
        match &event.kind {
            EventKind::SeatJoined { seat, person, name, role } => {
                self.seats.push(Seat { id: *seat, person: person.clone(), name: name.clone(), role: *role });
            }
            EventKind::SeatChanged { seat, name, role } => {
                if let Some(known) = self.seats.iter_mut().find(|known| known.id == *seat) {
                    known.name.clone_from(name);
                    known.role = *role;
                }
            }
            EventKind::ProviderChosen { provider, model } => {
                self.chosen = Some((provider.clone(), model.clone()));
                self.contract_changed();
                self.rests.forget();
            }
            EventKind::ActionSaid { seat, text, files, character, .. } => self.waiting.push_back(Waiting {
                action: ActionId::new(event.seq.get()),
                seat: *seat,
                text: text.clone(),
                files: files.clone(),
                audience: event.audience.clone(),
                character: character.clone(),
                interrupted: 0,
                asked: event.cause.is_some(),
            }),
            EventKind::ActionEdited { action, text } => {
                if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.action == *action) {
                    waiting.text.clone_from(text);
                }
            }
            EventKind::ActionSkipped { action, why: SkipWhy::InterruptedTwice } => self.lay_aside(*action),
            EventKind::ActionWithdrawn { action } | EventKind::ActionSkipped { action, .. } => {
                self.waiting.retain(|waiting| waiting.action != *action);
            }
            EventKind::TurnOpened { turn, said, provider, .. } => self.open_turn(*turn, said, provider),
            EventKind::RungLeft { provider, next, why, spent, .. } => {
                self.money.attempted(event.at.utc_day(), provider, *why, *spent);
                self.leave_rung(event, next);
            }
            EventKind::MoneyReserved { micros, .. } => self.money.reserve(*micros),
            EventKind::PurseKnown { provider, purse } => self.money.learn(provider, *purse),
            EventKind::SummaryBegun { of, provider, micros, again, .. } => {
                let (of, provider, micros, again) = (*of, provider.clone(), *micros, *again);
                self.money.set_aside(micros);
                self.summing.push(Summing { of, provider, micros, again });
            }
            EventKind::SummaryEnded { of, outcome, spent } => {
                if let Some(at) = self.summing.iter().position(|summing| summing.of == *of) {
                    let Summing { provider, micros, .. } = self.summing.remove(at);
                    self.money.summed_up(event.at.utc_day(), &provider, micros, outcome, *spent);
                }
            }
            EventKind::TurnEnded { outcome, spent, session, .. } => {
                if let Some(running) = &self.running {
                    self.money.settle(event.at.utc_day(), &running.provider, outcome, *spent);
                }
                self.end_turn(outcome, session.as_ref());
            }
            EventKind::SceneOpened { scene, .. } => {
                self.last_scene = self.last_scene.max(scene.get());
                self.session = None;
            }
            EventKind::SceneEnded { .. } => self.session = None,
            EventKind::Game(happened) => self.dice.apply(happened),
            EventKind::StyleSet { facet, value } => {
                self.style.set(facet, value);
                self.contract_changed();
            }
            EventKind::Part(happened) => {
                self.parts.apply(happened);
                if !matches!(happened, PartEvent::Aloud { .. }) {
                    self.contract_changed();
                }
            }
            EventKind::Safety(safety) => self.keep_safe(event, safety),
            EventKind::SceneTitled { .. }
            | EventKind::Asked { .. }
            | EventKind::AskSettled { .. }
            | EventKind::Trespassed { .. } => {}
            EventKind::BranchOpened { branch, parent, at, why } => {
                self.dice.next = 0;
                self.branches.push(Branch {
                    id: *branch,
                    parent: *parent,
                    at: *at,
                    why: *why,
                    scenes_before: self.last_scene,
                    opened_after: self.seq,
                });
                self.branch = *branch;
                self.session = None;
                self.unanswered = None;
            }
        }
        self.seq = event.seq;
    }

    fn keep_safe(&mut self, event: &Event, safety: &SafetyEvent) {
        match safety {
            SafetyEvent::Paused => self.paused = Some(event.at),
            SafetyEvent::Resumed => self.paused = None,
            SafetyEvent::Directed { direction } => self.direction = Some(*direction),
            SafetyEvent::Covered(covered) => {
                self.covered.push_back((event.seq, covered.clone()));
                while self.covered.len() > COVERS {
                    self.covered.pop_front();
                }
            }
            SafetyEvent::Adults { adults } => {
                self.adults = *adults;
                self.contract_changed();
            }
            SafetyEvent::Bounded { mark, bounds } => {
                if bounds.is_empty() {
                    self.bounds.remove(mark);
                } else {
                    self.bounds.insert(mark.clone(), bounds.clone());
                }
                self.contract_changed();
            }
        }
    }

    /// The contract and the cast are told with a new session only: none is resumed that was told another, be it one that a
    /// running turn is about to leave.
    fn contract_changed(&mut self) {
        self.session = None;
        if let Some(running) = self.running.as_mut() {
            running.stale = true;
        }
    }

    /// An action that the program's end cut off too often counts as unanswered: a person may have it run again.
    fn lay_aside(&mut self, action: ActionId) {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.action == action) else { return };
        let Some(Waiting { action, seat, text, files, audience, character, .. }) = self.waiting.remove(at) else {
            return;
        };
        let name = self.seat(seat).map_or_else(String::new, |seat| seat.name.clone());
        let said = Said { action, seat, name, text, files, audience, character };
        let turn = TurnNo::new(self.last_turn);
        match &mut self.unanswered {
            Some((of, aside)) if *of == turn => aside.push(said),
            other => *other = Some((turn, vec![said])),
        }
    }

    fn open_turn(&mut self, turn: TurnNo, said: &[Said], provider: &ProviderName) {
        let mut interrupted = 0;
        self.waiting.retain(|waiting| {
            let taken = said.iter().any(|said| said.action == waiting.action);
            if taken {
                interrupted = interrupted.max(waiting.interrupted);
            }
            !taken
        });
        self.last_turn = self.last_turn.max(turn.get());
        self.alone = if said.is_empty() { self.alone + 1 } else { 0 };
        self.money.open(said.iter().map(|said| said.seat));
        self.running =
            Some(Running { turn, said: said.to_vec(), provider: provider.clone(), interrupted, stale: false });
    }

    fn leave_rung(&mut self, event: &Event, next: &ProviderName) {
        self.rests.take(event);
        // The new one is told everything, and what the other remembers is not what was told.
        self.session = None;
        if let Some(running) = self.running.as_mut() {
            running.provider = next.clone();
            running.stale = false;
        }
    }

    fn end_turn(&mut self, outcome: &TurnOutcome, session: Option<&Session>) {
        // Without a reply the provider may remember words that the story does not have: its memory is dropped.
        self.session = None;
        let Some(running) = self.running.take() else { return };
        match outcome {
            TurnOutcome::Answered { .. } => {
                self.session = session.filter(|_| !running.stale).cloned();
                self.direction = None;
                self.unanswered = None;
                self.rests.answered(running.provider);
            }
            TurnOutcome::Failed { .. } | TurnOutcome::Stopped { .. } => {
                self.unanswered = Some((running.turn, running.said));
            }
            TurnOutcome::Interrupted => {
                for said in running.said.into_iter().rev() {
                    self.waiting.push_front(Waiting {
                        action: said.action,
                        seat: said.seat,
                        text: said.text,
                        files: said.files,
                        audience: said.audience,
                        character: said.character,
                        interrupted: running.interrupted + 1,
                        asked: false,
                    });
                }
            }
        }
    }
}
