//! The one `codex app-server` of all tables: started at first need, kept while it is used, started again after it
//! died. Tells each turn what concerns it; knows nothing of what a turn means.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};

use super::asking;
use super::connection::{Connection, Opened};
use super::frame::{Frame, Refusal, thread_of};
use super::request;
use crate::domain::{Fault, FaultKind};
use crate::provider::cli::CliSettings;
use crate::provider::process::{Grace, Heard};

/// How many words may wait for one turn. One that takes them in more slowly than this loses its place: the others
/// are not held up by it.
const MAILBOX: usize = 4096;

/// How many wishes may wait.
const INBOX: usize = 64;

/// The rest after a first death; doubles with each that follows without a good turn between.
const FIRST_REST: Duration = Duration::from_millis(250);

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Whose words are whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TurnKey(u64);

/// What a turn may call for. Each is under way at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Opening the conversation.
    Conversation,
    /// The turn.
    Turn,
    /// Stopping it.
    Interrupt,
    /// Closing the conversation.
    Close,
}

/// What a turn hears.
#[derive(Debug)]
pub(super) enum Word {
    /// The answer to a call.
    Answer(Call, Result<Value, Refusal>),
    /// News of its conversation, or of everybody's account.
    Note(String, Value),
    /// It asks for something and waits for the answer; the call's id, method and particulars.
    Asked(Value, String, Value),
    /// It asked leave for this tool and was refused.
    Refused(&'static str),
    /// The program is gone, and why.
    Gone(FaultKind, String),
}

/// How a turn leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Its end was told.
    Over,
    /// It would not stop: the program has to go.
    Stuck,
}

enum Ask {
    Join { words: mpsc::Sender<Word>, place: oneshot::Sender<Result<(TurnKey, Opened), Fault>> },
    Call { turn: TurnKey, call: Call, method: &'static str, params: Value },
    Say { turn: TurnKey, line: String },
    Leave { turn: TurnKey, how: Leaving },
}

/// The way to the server. Dropping the last one ends it.
#[derive(Clone, Debug)]
pub(super) struct Server {
    inbox: mpsc::Sender<Ask>,
}

/// A turn's place at the server.
#[derive(Debug)]
pub(super) struct Place {
    key: TurnKey,
    inbox: mpsc::Sender<Ask>,
    /// What the program told of itself.
    pub(super) opened: Opened,
    /// What is heard. Ends when it was taken in too slowly.
    pub(super) words: mpsc::Receiver<Word>,
}

impl Server {
    /// Starts the task that looks after the server; the program itself is started at the first turn.
    pub(super) fn new(settings: Arc<CliSettings>) -> Self {
        let (inbox, asks) = mpsc::channel(INBOX);
        let tasks = settings.tasks.clone();
        tasks.spawn(Keeper::new(settings, asks).run());
        Self { inbox }
    }

    /// Takes a place for a turn; starts the program if it does not run.
    pub(super) async fn join(&self) -> Result<Place, Fault> {
        let (tx, words) = mpsc::channel(MAILBOX);
        let (place, answer) = oneshot::channel();
        let ended = || Fault::new(FaultKind::NotStarted, "this program ends");
        self.inbox.send(Ask::Join { words: tx, place }).await.map_err(|_| ended())?;
        let (key, opened) = answer.await.map_err(|_| ended())??;
        Ok(Place { key, inbox: self.inbox.clone(), opened, words })
    }
}

impl Place {
    /// Calls for something; the answer comes as a word.
    pub(super) async fn call(&self, call: Call, (method, params): (&'static str, Value)) {
        // A keeper that is gone has told so by ending the words.
        let _ = self.inbox.send(Ask::Call { turn: self.key, call, method, params }).await;
    }

    /// Answers a question.
    pub(super) async fn say(&self, line: String) {
        let _ = self.inbox.send(Ask::Say { turn: self.key, line }).await;
    }

    /// Gives the place up.
    pub(super) async fn leave(&self, how: Leaving) {
        let _ = self.inbox.send(Ask::Leave { turn: self.key, how }).await;
    }
}

struct Keeper {
    settings: Arc<CliSettings>,
    asks: mpsc::Receiver<Ask>,
    running: Option<Connection>,
    turns: BTreeMap<TurnKey, mpsc::Sender<Word>>,
    threads: HashMap<String, TurnKey>,
    /// Conversations whose turn went away without a word; they are stopped as soon as they are heard of.
    orphans: HashSet<String>,
    calls: HashMap<u64, (TurnKey, Call)>,
    last_turn: u64,
    /// Deaths without a good turn between them.
    deaths: u32,
    rest_until: Instant,
    idle_since: Instant,
}

impl Keeper {
    fn new(settings: Arc<CliSettings>, asks: mpsc::Receiver<Ask>) -> Self {
        let now = Instant::now();
        Self {
            settings,
            asks,
            running: None,
            turns: BTreeMap::new(),
            threads: HashMap::new(),
            orphans: HashSet::new(),
            calls: HashMap::new(),
            last_turn: 0,
            deaths: 0,
            rest_until: now,
            idle_since: now,
        }
    }

    /// All branches are cancel-safe. When everything ends, the turns that run may still end by themselves.
    async fn run(mut self) {
        let ending = self.settings.ending.clone();
        loop {
            self.forget_the_gone();
            let unused = self.turns.is_empty();
            if ending.is_cancelled() && unused {
                break;
            }
            let idle = unused && self.running.is_some();
            tokio::select! {
                ask = self.asks.recv() => match ask {
                    Some(ask) => self.take(ask).await,
                    None => break,
                },
                heard = next(&mut self.running) => self.hear(heard).await,
                () = sleep_until(self.idle_since + self.settings.idle), if idle => self.stop("not used", Grace::default()).await,
                () = ending.cancelled(), if !ending.is_cancelled() => {}
            }
        }
        self.stop("the end", Grace::default()).await;
    }

    async fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Join { words, place } => {
                let opened = self.open().await;
                let joined = opened.map(|opened| (self.seat(words), opened));
                if let Err(Ok((key, _))) = place.send(joined) {
                    self.remove(key);
                }
            }
            Ask::Call { turn, call, method, params } => {
                let Some(running) = self.running.as_mut().filter(|_| self.turns.contains_key(&turn)) else { return };
                let id = running.call(method, &params);
                self.calls.insert(id, (turn, call));
            }
            Ask::Say { turn, line } => {
                if let Some(running) = self.running.as_mut().filter(|_| self.turns.contains_key(&turn)) {
                    running.say(&line);
                }
            }
            // One that is not known here was told already that its program is gone.
            Ask::Leave { turn, .. } if !self.turns.contains_key(&turn) => {}
            Ask::Leave { turn, how: Leaving::Over } => {
                self.remove(turn);
                self.deaths = 0;
            }
            Ask::Leave { turn, how: Leaving::Stuck } => {
                self.remove(turn);
                self.stop("a turn would not stop", Grace::NONE).await;
                self.gone(FaultKind::Interrupted, "ended because another turn would not stop");
            }
        }
    }

    fn seat(&mut self, words: mpsc::Sender<Word>) -> TurnKey {
        self.last_turn += 1;
        let key = TurnKey(self.last_turn);
        self.turns.insert(key, words);
        key
    }

    /// Starts the program unless it runs.
    async fn open(&mut self) -> Result<Opened, Fault> {
        if let Some(running) = &self.running {
            return Ok(running.opened().clone());
        }
        tokio::select! {
            () = sleep_until(self.rest_until) => {}
            () = self.settings.ending.cancelled() => {
                return Err(Fault::new(FaultKind::NotStarted, "this program ends"));
            }
        }
        match Connection::open(&self.settings).await {
            Ok(connection) => {
                info!(provider = %self.settings.name, version = connection.opened().version, "app-server started");
                Ok(self.running.insert(connection).opened().clone())
            }
            Err(fault) => {
                if fault.kind != FaultKind::NotInstalled {
                    self.died();
                }
                Err(fault)
            }
        }
    }

    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Line(line) => self.frame(Frame::read(&line)),
            Heard::LineTooLong(_) | Heard::TooMuch => {
                // Whose line it was nobody knows.
                self.stop("a line over the limit", Grace::NONE).await;
                self.gone(FaultKind::Flood, "a line over the limit");
            }
            Heard::Ended(ending) => {
                let stderr = self.running.take().map(|running| running.evidence()).unwrap_or_default();
                warn!(provider = %self.settings.name, ?ending, "app-server died");
                self.died();
                self.gone(FaultKind::Interrupted, &format!("{ending:?}; {stderr}"));
            }
            Heard::Quiet(_) | Heard::TimeUp => {} // each turn has its own watch
        }
    }

    fn frame(&mut self, frame: Frame) {
        match frame {
            Frame::Answer { id, outcome } => self.answer(id, outcome),
            Frame::Note { method, params } => self.note(method, params),
            Frame::Question { id, method, params } => {
                let turn = thread_of(&params).and_then(|thread| self.threads.get(thread).copied());
                if let Some(turn) = turn.filter(|_| asking::matter(&id, &method, &params).is_some()) {
                    return self.tell(turn, Word::Asked(id, method, params));
                }
                if let Some(running) = &mut self.running {
                    running.say(&request::refusal(&id, &method));
                }
                if let (Some(turn), Some(tool)) = (turn, request::tool_asked_for(&method)) {
                    self.tell(turn, Word::Refused(tool));
                }
            }
            Frame::Noise(line) => debug!(provider = %self.settings.name, line, "app-server wrote no JSON"),
        }
    }

    fn answer(&mut self, id: u64, outcome: Result<Value, Refusal>) {
        let thread = outcome.as_ref().ok().and_then(|answer| answer["thread"]["id"].as_str()).map(str::to_owned);
        let Some((turn, call)) = self.calls.remove(&id) else {
            // Its turn went away meanwhile; a conversation left open would keep its settings.
            if let (Some(thread), Some(running)) = (thread, &mut self.running) {
                running.call("thread/unsubscribe", &json!({"threadId": thread}));
            }
            return;
        };
        if let (Call::Conversation, Some(thread)) = (call, thread) {
            self.orphans.remove(&thread);
            self.threads.insert(thread, turn);
        }
        self.tell(turn, Word::Answer(call, outcome));
    }

    /// News without a conversation are everybody's.
    fn note(&mut self, method: String, params: Value) {
        let Some(thread) = thread_of(&params) else {
            for turn in self.turns.keys().copied().collect::<Vec<_>>() {
                self.tell(turn, Word::Note(method.clone(), params.clone()));
            }
            return;
        };
        if let Some(turn) = self.threads.get(thread).copied() {
            self.tell(turn, Word::Note(method, params));
        } else if let (Some(turn), Some(running)) = (params["turnId"].as_str(), &mut self.running)
            && self.orphans.remove(thread)
        {
            running.call("turn/interrupt", &json!({"threadId": thread, "turnId": turn}));
            running.call("thread/unsubscribe", &json!({"threadId": thread}));
        }
    }

    fn tell(&mut self, turn: TurnKey, word: Word) {
        let told = self.turns.get(&turn).is_some_and(|words| words.try_send(word).is_ok());
        if !told {
            self.abandon(turn);
        }
    }

    /// Gives up a turn that listens no more, or too slowly.
    fn abandon(&mut self, turn: TurnKey) {
        let own = self.threads.iter().filter(|(_, own)| **own == turn).map(|(thread, _)| thread.clone());
        self.orphans.extend(own);
        self.remove(turn);
    }

    fn remove(&mut self, turn: TurnKey) {
        self.turns.remove(&turn);
        self.threads.retain(|_, own| *own != turn);
        self.calls.retain(|_, (own, _)| *own != turn);
        self.idle_since = Instant::now();
    }

    fn forget_the_gone(&mut self) {
        let gone: Vec<TurnKey> =
            self.turns.iter().filter(|(_, words)| words.is_closed()).map(|(key, _)| *key).collect();
        gone.into_iter().for_each(|turn| self.abandon(turn));
    }

    /// Tells all turns that the program is gone.
    fn gone(&mut self, kind: FaultKind, detail: &str) {
        for words in std::mem::take(&mut self.turns).into_values() {
            // A mailbox that is full ends, which says as much.
            let _ = words.try_send(Word::Gone(kind, detail.to_owned()));
        }
        self.threads.clear();
        self.orphans.clear();
        self.calls.clear();
        self.idle_since = Instant::now();
    }

    fn died(&mut self) {
        let rest = FIRST_REST.saturating_mul(2_u32.saturating_pow(self.deaths)).min(LONGEST_REST);
        self.deaths = self.deaths.saturating_add(1);
        self.rest_until = Instant::now() + rest;
    }

    async fn stop(&mut self, why: &str, grace: Grace) {
        let Some(running) = self.running.take() else { return };
        let ending = running.stop(grace).await;
        info!(provider = %self.settings.name, why, ?ending, "app-server stopped");
    }
}

async fn next(running: &mut Option<Connection>) -> Heard {
    match running {
        Some(running) => running.next().await,
        None => pending().await,
    }
}
