//! A table driven by hand, for all that is tested of the machine; each matter has a file of its own beside this.

use super::*;
use crate::domain::{BlockKey, FaultKind, PersonId, Role, SkipWhy, Spent, Spoken, TurnOutcome};
use crate::table::frame::TurnEnd;
use crate::table::state::fold_tale;

mod any_order;
mod asking;
mod bounds;
mod dice;
mod floor;
mod game;
mod greeting;
mod hold;
mod ladder;
mod money;
mod parts;
mod rest;
mod safety;
mod style;
mod summaries;
mod trespass;
mod turns;

/// A table driven by hand: it keeps the log, folds when asked and holds what was shown.
struct Bench {
    machine: Machine,
    log: Vec<Event>,
    shown: Vec<FrameBody>,
    frames: Vec<Frame>,
    answers: Vec<Result<Answer, Refusal>>,
    running: Option<(TurnNo, Opening)>,
    verdicts: Vec<(u32, Verdict)>,
    now: i64,
    asks: u64,
}

fn setup() -> Setup {
    Setup {
        provider: ProviderName::new("claude"),
        model: None,
        fallbacks: Vec::new(),
        reading: spans::Reading::Narrative,
        action_bytes: 1_000,
        waiting: 5,
        turn_bytes: 2_000,
        reply_bytes: 10_000,
        ask_ms: Some(60_000),
        budget: Budget::default(),
        summaries: false,
    }
}

fn person(name: &str) -> Person {
    Person { id: PersonId::new(format!("terminal:{name}")), name: name.to_owned(), role: Role::Host }
}

impl Bench {
    fn new() -> Self {
        Self::with(setup(), Vec::new())
    }

    /// A table opened on a log, as after a restart.
    fn with(setup: Setup, log: Vec<Event>) -> Self {
        Self::at(1_000, setup, log)
    }

    fn at(now: i64, setup: Setup, log: Vec<Event>) -> Self {
        let machine = Machine::new(setup, fold(&log));
        let (shown, frames, answers, running) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut bench = Self { machine, log, shown, frames, answers, running, verdicts: Vec::new(), now, asks: 0 };
        bench.input(Input::Opened);
        bench
    }

    fn restart(&self) -> Self {
        Self::at(self.now, self.machine.setup.clone(), self.log.clone())
    }

    fn input(&mut self, input: Input) {
        self.now += 1;
        let step = self.machine.handle(Timestamp::from_millis(self.now), input);
        self.log.extend(step.record);
        for effect in step.then {
            match effect {
                Effect::Answer { answer, .. } => self.answers.push(answer),
                Effect::Show(frame) => {
                    self.shown.push(frame.body.clone());
                    self.frames.push(frame);
                }
                Effect::Run { turn, opening } => {
                    assert!(self.running.as_ref().is_none_or(|(running, _)| *running == turn), "two turns at once");
                    self.running = Some((turn, opening));
                }
                Effect::Tell { key, verdict, .. } => self.verdicts.push((key, verdict)),
                Effect::Cancel { .. } | Effect::SumUp { .. } | Effect::WriteStory { .. } | Effect::MendStory { .. } => {
                }
                Effect::Fold { path } => {
                    let tale = fold_path(&self.machine.state.ledger.empty_tale(), &self.log, &path);
                    self.input(Input::Folded { tale: Box::new(tale) });
                }
            }
        }
    }

    fn ask(&mut self) -> Ask {
        self.asks += 1;
        Ask(self.asks)
    }

    fn say(&mut self, name: &str, text: &str) {
        let ask = self.ask();
        let source = SourceId::new(format!("test:{}", ask.0));
        self.input(Input::Say {
            person: person(name),
            source,
            text: text.to_owned(),
            files: Vec::new(),
            secret: false,
            ask,
        });
    }

    fn command(&mut self, command: Command) {
        let ask = self.ask();
        self.input(Input::Command { person: person("ana"), command, ask });
    }

    fn text(&mut self, text: &str) {
        let turn = self.running.as_ref().expect("a turn runs").0;
        let block = BlockKey { message: "m".to_owned(), index: 0 };
        self.input(Input::Heard { turn, event: ProviderEvent::Text { block, text: text.to_owned() } });
    }

    fn end(&mut self, end: Result<Finished, Fault>) {
        let (turn, _) = self.running.take().expect("a turn runs");
        self.input(Input::Ended { turn, end, error: ErrorId::new("E-TEST") });
    }

    fn reply(&mut self, text: &str) {
        let turn = self.running.as_ref().expect("a turn runs").0;
        let event = ProviderEvent::Started { session: "s1".to_owned(), model: None, version: None };
        self.input(Input::Heard { turn, event });
        self.text(text);
        self.end(Ok(Finished { text: None, spent: Spent { cost_micros: Some(1_000), ..Spent::default() } }));
    }

    fn fail(&mut self, kind: FaultKind) {
        self.end(Err(Fault::new(kind, "test")));
    }

    fn play(&mut self, action: &str, reply: &str) {
        self.say("ana", action);
        self.reply(reply);
    }

    fn told(&self) -> Vec<String> {
        self.machine.state.tale.recent.iter().map(|beat| beat.reply.to_markdown()).collect()
    }

    fn last_answer(&self) -> &Result<Answer, Refusal> {
        self.answers.last().expect("something was answered")
    }
}

fn lies_on(event: &Event, path: &[PathStep]) -> bool {
    path.iter().any(|step| step.branch == event.branch && step.upto.is_none_or(|upto| event.seq <= upto))
}

fn fold_path(empty: &Tale, log: &[Event], path: &[PathStep]) -> Tale {
    let story = |event: &&Event| event.kind.scope() == crate::domain::Scope::Story && lies_on(event, path);
    fold_tale(empty.clone(), log.iter().filter(story))
}

/// The state from nothing but the log, as a table is opened without a snapshot.
fn fold(log: &[Event]) -> TableState {
    let mut state = TableState::default();
    for event in log {
        state.apply(event);
    }
    let path = state.ledger.path();
    state.tale = fold_path(&state.ledger.empty_tale(), log, &path);
    state
}
