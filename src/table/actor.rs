//! A table's actor: the one task that changes the table. Records first, then does what the machine says.
//! It decides nothing; what is to happen is decided in `machine`.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, error, info, warn};

use crate::domain::{
    Audience, Event, EventKind, Fault, FaultKind, Finished, ProviderEvent, SourceId, TableId, TableName, Timestamp,
    TurnNo, TurnOutcome,
};
use crate::provider::Registry;
use crate::store::{Store, StoreError};
use crate::story::Chronicle;
use crate::table::folder::TableFolder;
use crate::table::frame::{Frame, FrameBody};
use crate::table::handle::{Message, Reply, TableError, TableView};
use crate::table::machine::{Answer, Ask, Effect, Input, Machine, Opening, Step};
use crate::table::slots::RunSlots;
use crate::table::state::{TableState, fold_tale};
use crate::table::{order, settings::TableSettings};
use crate::telemetry::new_error_id;

/// How many events lie between two snapshots: what opening a table has to fold at most.
const SNAPSHOT_EVERY: u64 = 200;
/// How many frames a slow door may lag behind before it misses some.
const FRAMES: usize = 1024;
/// How many messages of doors may wait for the actor.
const INBOX: usize = 64;
/// How many events of a provider may wait for the actor.
const PROVIDER_EVENTS: usize = 256;
/// How long the actor waits before it tries again to write down what nobody can be asked to repeat.
const SAVE_AGAIN: Duration = Duration::from_secs(1);

/// What all tables share.
#[derive(Clone)]
pub struct Parts {
    /// The record.
    pub store: Store,
    /// Who can answer.
    pub providers: Registry,
    /// How many may answer at once.
    pub slots: RunSlots,
    /// Where stories are written.
    pub stories: Chronicle,
    /// Where the tables' own folders are.
    pub tables_dir: PathBuf,
    /// Where tasks are started.
    pub tasks: TaskTracker,
    /// Fires when the program ends.
    pub ending: CancellationToken,
    /// How long a running turn may go on after that.
    pub finish_within: Duration,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// One open table.
pub(super) struct Actor {
    id: TableId,
    name: TableName,
    settings: Arc<TableSettings>,
    folder: TableFolder,
    parts: Parts,
    machine: Machine,
    frames: broadcast::Sender<Arc<Frame>>,
    asks: HashMap<Ask, Reply>,
    next_ask: u64,
    run: Option<Run>,
    snapshot_at: u64,
}

/// The provider's run of the present turn.
struct Run {
    turn: TurnNo,
    events: mpsc::Receiver<ProviderEvent>,
    cancel: CancellationToken,
    ended: bool,
}

/// What woke the actor.
enum Woken {
    Message(Option<Message>),
    Provider(Option<ProviderEvent>),
    Ending,
}

/// What was done with a step's record.
enum Saved {
    Yes,
    /// It is undone: the one who asked was told.
    No,
    /// The program ends and it could not be written.
    Never,
}

impl Actor {
    /// Folds the table's state from the log.
    pub(super) async fn load(
        id: TableId,
        name: TableName,
        settings: Arc<TableSettings>,
        parts: Parts,
    ) -> Result<Self, StoreError> {
        let (state, snapshot_at) = load_state(&parts.store, id).await?;
        let (frames, _) = broadcast::channel(FRAMES);
        let folder = TableFolder::new(&parts.tables_dir, &name, settings.workspace.clone());
        let machine = Machine::new(settings.setup.clone(), state);
        let (asks, next_ask, run) = (HashMap::new(), 0, None);
        Ok(Self { id, name, settings, folder, parts, machine, frames, asks, next_ask, run, snapshot_at })
    }

    /// The ends of the channels by which doors reach this table.
    pub(super) fn channels(&self) -> (mpsc::Sender<Message>, mpsc::Receiver<Message>, broadcast::Sender<Arc<Frame>>) {
        let (inbox, messages) = mpsc::channel(INBOX);
        (inbox, messages, self.frames.clone())
    }

    /// Plays until the program ends.
    pub(super) async fn play(mut self, mut messages: mpsc::Receiver<Message>) {
        self.input(Input::Opened).await;
        loop {
            match self.wake(&mut messages).await {
                Woken::Message(Some(message)) => self.message(message).await,
                Woken::Provider(event) => self.provider(event).await,
                Woken::Message(None) | Woken::Ending => break,
            }
        }
        drop(messages);
        self.finish().await;
    }

    async fn wake(&mut self, messages: &mut mpsc::Receiver<Message>) -> Woken {
        // Every branch is cancel-safe: `recv` loses nothing when another branch wins.
        tokio::select! {
            biased;
            () = self.parts.ending.cancelled() => Woken::Ending,
            event = next_event(&mut self.run) => Woken::Provider(event),
            message = messages.recv() => Woken::Message(message),
        }
    }

    /// Lets a running turn end by itself for a while, then cuts it off; either way its outcome is recorded.
    async fn finish(&mut self) {
        self.input(Input::Closing).await;
        let mut patience = std::pin::pin!(tokio::time::sleep(self.parts.finish_within));
        let mut cut_off = false;
        while self.run.is_some() {
            tokio::select! {
                event = next_event(&mut self.run) => self.provider(event).await,
                () = &mut patience, if !cut_off => {
                    cut_off = true;
                    self.input(Input::Interrupt).await;
                }
            }
        }
        self.snapshot().await;
        debug!(table = %self.name, "table closed");
    }

    // --- doors ---

    async fn message(&mut self, message: Message) {
        match message {
            Message::View { reply } => drop(reply.send(self.view())),
            Message::Say { person, source, text, reply } => match self.heard_before(&source).await {
                Ok(Some(answer)) => drop(reply.send(Ok(answer))),
                Ok(None) => {
                    let ask = self.expect_answer(reply);
                    self.input(Input::Say { person, source, text, ask }).await;
                }
                Err(failure) => drop(reply.send(Err(self.not_saved(&failure)))),
            },
            Message::Edit { source, text, reply } => {
                self.amend(&source, reply, |action, ask| Input::Edit { action, text, ask }).await;
            }
            Message::Withdraw { source, reply } => {
                self.amend(&source, reply, |action, ask| Input::Withdraw { action, ask }).await;
            }
            Message::Command { person, command, reply } => {
                let ask = self.expect_answer(reply);
                self.input(Input::Command { person, command, ask }).await;
            }
        }
    }

    /// Hearing the same action twice is hearing it once.
    async fn heard_before(&self, source: &SourceId) -> Result<Option<Answer>, StoreError> {
        let known = self.parts.store.action_by_source(self.id, source).await?;
        Ok(known.map(|known| Answer::Heard { action: known.action, ahead: 0 }))
    }

    async fn amend(
        &mut self,
        source: &SourceId,
        reply: Reply,
        input: impl FnOnce(crate::domain::ActionId, Ask) -> Input,
    ) {
        match self.parts.store.action_by_source(self.id, source).await {
            Ok(Some(known)) => {
                let ask = self.expect_answer(reply);
                self.input(input(known.action, ask)).await;
            }
            Ok(None) => drop(reply.send(Err(crate::domain::Refusal::NotWaiting.into()))),
            Err(failure) => drop(reply.send(Err(self.not_saved(&failure)))),
        }
    }

    fn expect_answer(&mut self, reply: Reply) -> Ask {
        self.next_ask += 1;
        let ask = Ask(self.next_ask);
        self.asks.insert(ask, reply);
        ask
    }

    fn view(&self) -> TableView {
        let TableState { ledger, tale } = self.machine.state();
        let (provider, model) = self.machine.provider();
        TableView {
            name: self.name.clone(),
            provider,
            model,
            session: ledger.session.is_some(),
            scene: tale.scene.as_ref().map(|scene| (scene.number, scene.title.clone())),
            last: tale.recent.back().cloned(),
            turns: tale.beats,
            running: ledger.running.as_ref().map(|running| running.turn),
            waiting: ledger.waiting.len(),
            seats: ledger.seats.clone(),
            today: ledger.day,
            spent_micros: ledger.spent_micros,
        }
    }

    // --- steps ---

    /// Takes an input and does what follows from it, until nothing follows.
    async fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let before = asked_by(&input).map(|ask| (ask, self.machine.clone()));
            let step = self.machine.handle((self.parts.now)(), input);
            match self.save(&step, before).await {
                Saved::Yes => {}
                Saved::No => continue,
                Saved::Never => return,
            }
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
                let refused = self.not_saved(&failure);
                if let Some(reply) = self.asks.remove(&ask) {
                    drop(reply.send(Err(refused)));
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

    fn not_saved(&self, failure: &StoreError) -> TableError {
        let error = new_error_id();
        error!(table = %self.name, error_id = %error, error = %failure, detail = ?failure, "could not be saved");
        TableError::NotSaved { error, disk_full: failure.is_full() }
    }

    async fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Answer { ask, answer } => {
                if let Some(reply) = self.asks.remove(&ask) {
                    // The one who asked may have gone; the record stands all the same.
                    drop(reply.send(answer.map_err(TableError::from)));
                }
            }
            Effect::Show(frame) => self.show(frame),
            Effect::Run { turn, opening } => self.run(turn, &opening).await,
            Effect::Cancel { turn } => {
                if let Some(run) = self.run.as_ref().filter(|run| run.turn == turn) {
                    run.cancel.cancel();
                }
            }
            Effect::Fold { path } => return Some(Input::Folded { tale: self.fold(&path).await? }),
            Effect::WriteStory { from } => self.write_story(from).await,
        }
        None
    }

    fn show(&self, frame: Frame) {
        // Nobody looking on is fine.
        drop(self.frames.send(Arc::new(frame)));
    }

    /// Folds the story along a line of play. Failing to read is met as failing to write is: by trying again.
    async fn fold(&self, path: &[crate::domain::PathStep]) -> Option<crate::domain::Tale> {
        loop {
            match load_tale(&self.parts.store, self.id, &self.machine.state().ledger, path).await {
                Ok(tale) => return Some(tale),
                Err(failure) => drop(self.not_saved(&failure)),
            }
            tokio::select! {
                () = tokio::time::sleep(SAVE_AGAIN) => {}
                () = self.parts.ending.cancelled() => return None,
            }
        }
    }

    async fn write_story(&self, from: crate::domain::SceneNo) {
        let state = self.machine.state();
        let path = state.ledger.path();
        let written = self.parts.stories.bring_up_to_date(&self.parts.store, self.id, &self.name, state, &path, from);
        if let Err(failure) = written.await {
            let error_id = new_error_id();
            error!(table = %self.name, %error_id, error = %failure, detail = ?failure, "story file not written");
        }
    }

    async fn snapshot(&mut self) {
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

    // --- the provider ---

    async fn run(&mut self, turn: TurnNo, opening: &Opening) {
        let (provider_name, model) = self.machine.provider();
        let span = tracing::info_span!("turn", table = %self.name, turn = %turn, provider = %provider_name);
        let (events, receiver) = mpsc::channel(PROVIDER_EVENTS);
        let cancel = CancellationToken::new();
        self.run = Some(Run { turn, events: receiver, cancel: cancel.clone(), ended: false });
        let Some(provider) = self.parts.providers.get(&provider_name) else {
            let fault = Fault::new(FaultKind::NotInstalled, format!("no provider named `{provider_name}`"));
            drop(events.send(ProviderEvent::Failed(fault)).await);
            return;
        };
        let order = match order::write(&self.machine, &self.settings, &self.folder, &*provider, turn, model, opening).await
        {
            Ok(order) => order,
            Err(failure) => {
                let fault = Fault::new(FaultKind::NotStarted, format!("the table's folder: {failure}"));
                drop(events.send(ProviderEvent::Failed(fault)).await);
                return;
            }
        };
        let slot = if provider.is_process() { self.parts.slots.try_take() } else { None };
        if provider.is_process() && slot.is_none() {
            let ahead = self.parts.slots.waiting();
            self.show(Frame::public(FrameBody::Queued { turn, ahead }));
        }
        let slots = self.parts.slots.clone();
        let task = async move {
            let _slot = match slot {
                Some(slot) => Some(slot),
                None if provider.is_process() => tokio::select! {
                    slot = slots.take() => Some(slot),
                    () = cancel.cancelled() => {
                        let fault = Fault::new(FaultKind::Killed, "cancelled before it began");
                        drop(events.send(ProviderEvent::Failed(fault)).await);
                        return;
                    }
                },
                None => None,
            };
            info!(prompt_bytes = order.prompt.len(), resume = order.resume.is_some(), "turn goes to the provider");
            provider.run(order, events, cancel).await;
        };
        self.parts.tasks.spawn(task.instrument(span));
    }

    async fn provider(&mut self, event: Option<ProviderEvent>) {
        let Some(run) = self.run.as_mut() else { return };
        let turn = run.turn;
        let end = match event {
            Some(ProviderEvent::Finished(finished)) => Ok(finished),
            Some(ProviderEvent::Failed(fault)) => Err(fault),
            Some(event) => {
                log_event(&self.name, turn, &event);
                return self.input(Input::Heard { turn, event }).await;
            }
            None => Err(Fault::new(FaultKind::Other, "the driver ended without a word")),
        };
        if std::mem::replace(&mut run.ended, true) {
            return;
        }
        self.run = None;
        let error = new_error_id();
        if let Err(fault) = &end {
            warn!(table = %self.name, turn = %turn, error_id = %error, fault = %fault.kind, detail = %fault.detail,
                "provider failed");
        }
        self.input(Input::Ended { turn, end, error }).await;
    }

    fn log(&self, events: &[Event]) {
        for event in events {
            match &event.kind {
                EventKind::ActionSaid { source, seat, text } => {
                    info!(table = %self.name, action = %event.seq, seat = %seat, source = %source, bytes = text.len(),
                        "action kept");
                }
                EventKind::TurnEnded { turn, outcome, spent, duration_ms, first_text_ms, .. } => {
                    let (provider, _) = self.machine.provider();
                    let cost_usd = spent.cost_micros.map(|micros| micros as f64 / 1e6);
                    let error_id = match outcome {
                        TurnOutcome::Failed { error, .. } => Some(error.to_string()),
                        _ => None,
                    };
                    info!(table = %self.name, turn = %turn, provider = %provider, outcome = outcome.name(), duration_ms,
                        first_text_ms, cost_usd, tokens_in = spent.tokens_in, tokens_out = spent.tokens_out, error_id,
                        "turn ended");
                }
                kind => debug!(table = %self.name, event = %event.seq, kind = kind.name(), "event kept"),
            }
        }
    }
}

fn log_event(table: &TableName, turn: TurnNo, event: &ProviderEvent) {
    match event {
        ProviderEvent::Text { .. } | ProviderEvent::Block { .. } => {}
        ProviderEvent::Started { model, version, .. } => {
            let model = model.as_ref().map(|model| model.as_str());
            info!(table = %table, turn = %turn, model, version, "provider started");
        }
        ProviderEvent::Unknown { name } => warn!(table = %table, turn = %turn, event = %name, "unknown provider event"),
        ProviderEvent::Retrying { attempt, of, wait_ms, cause } => {
            warn!(table = %table, turn = %turn, attempt, of, wait_ms, cause = %cause, "provider tries again");
        }
        other => info!(table = %table, turn = %turn, event = ?other, "provider reports"),
    }
}

/// The ask that an input carries: the person who made it can be told that it was not saved.
fn asked_by(input: &Input) -> Option<Ask> {
    match input {
        Input::Say { ask, .. }
        | Input::Edit { ask, .. }
        | Input::Withdraw { ask, .. }
        | Input::Command { ask, .. } => Some(*ask),
        Input::Heard { .. } | Input::Ended { .. } | Input::Folded { .. } | Input::Opened
        | Input::Closing
        | Input::Interrupt => None,
    }
}

async fn next_event(run: &mut Option<Run>) -> Option<ProviderEvent> {
    match run {
        Some(run) => run.events.recv().await,
        None => std::future::pending().await,
    }
}

/// The state by snapshot and the events after it; with the position of the snapshot.
async fn load_state(store: &Store, table: TableId) -> Result<(TableState, u64), StoreError> {
    let snapshot = store.newest_snapshot(table).await?;
    let snapshot = snapshot.and_then(|row| serde_json::from_str::<TableState>(&row.state).ok());
    let mut state = snapshot.unwrap_or_default();
    let snapshot_at = state.ledger.seq.get();
    let mut branched = false;
    for event in store.events_after(table, state.ledger.seq).await? {
        branched |= matches!(event.kind, EventKind::BranchOpened { .. });
        state.apply(&event);
    }
    if branched {
        let path = state.ledger.path();
        state.tale = load_tale(store, table, &state.ledger, &path).await?;
    }
    Ok((state, snapshot_at))
}

/// The tale along a line of play by the nearest snapshot that lies on it.
async fn load_tale(
    store: &Store,
    table: TableId,
    ledger: &crate::table::state::Ledger,
    path: &[crate::domain::PathStep],
) -> Result<crate::domain::Tale, StoreError> {
    let snapshot = store.snapshot_on_path(table, path).await?;
    let snapshot = snapshot.and_then(|row| serde_json::from_str::<TableState>(&row.state).ok().map(|s| (row.seq, s.tale)));
    let (after, tale) = snapshot.unwrap_or_else(|| (crate::domain::EventSeq::new(0), ledger.empty_tale()));
    let events = store.story_events_on_path(table, path, after).await?;
    Ok(fold_tale(tale, &events))
}
