//! The actor of one lane: owns the agent's process, starts it at first need, ends it when it idles, and passes between
//! it and the turns what the link says.
//! It decides nothing about the protocol; see `link.rs`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info, warn};

use super::dialect::Dialect;
use super::faults;
use super::lane::Lane;
use super::launch::{self, Started};
use super::link::{Key, Link, Manner, Out};
use crate::domain::{Fault, FaultKind, ProviderEvent};
use crate::provider::TurnOrder;
use crate::provider::asking::Given;
use crate::provider::cli::{CliSettings, SHARED_STOP_LIMIT};
use crate::provider::process::{Ending, Grace, Heard};
use crate::provider::watch::{Notice, Watch};

/// How long a process may take to go by itself once its input has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long an agent may take to introduce itself.
const INTRODUCTION: Duration = Duration::from_secs(60);

/// The longest wait before a process that keeps dying is started again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is wished of the actor.
#[derive(Debug)]
pub(super) enum Wish {
    /// A turn.
    Turn {
        /// Its name in this driver.
        key: Key,
        /// What it needs.
        order: Box<TurnOrder>,
        /// Where it is told. What goes in here is bounded by what a turn may write, not by the channel: a table that
        /// listens slowly must not hold up the others.
        tell: mpsc::UnboundedSender<ProviderEvent>,
    },
    /// An answer of people's to what a turn asked.
    Answer(Key, Given),
    /// The end of a turn.
    Cancel(Key),
}

/// The actor.
#[derive(Debug)]
pub(super) struct Agent {
    settings: Arc<CliSettings>,
    lane: Lane,
    wishes: mpsc::Receiver<Wish>,
    link: Link,
    running: Option<Running>,
    turns: HashMap<Key, Clock>,
    /// The moment from which the link counts time.
    epoch: Instant,
    /// Processes that died in a row without a finished turn.
    deaths: u32,
    /// No process is started before.
    not_before: Instant,
    idle_since: Instant,
}

#[derive(Debug)]
struct Running {
    started: Started,
    since: Instant,
    /// It is being killed; the fault for the turns that it takes along.
    killed: Option<Fault>,
}

impl Running {
    /// Ends the process as it likes it best: the end of its input, then time to write down its sessions. gemini, ended
    /// by a signal right after a turn, knows nothing of the conversation later.
    async fn farewell(mut self) {
        self.started.process.close_input();
        let gone = async { while !matches!(self.started.process.next().await, Heard::Ended(_)) {} };
        if timeout(FAREWELL, gone).await.is_err() {
            self.started.process.stop(Grace::default()).await;
        }
    }
}

/// What is kept of a turn beside the link.
#[derive(Debug)]
struct Clock {
    tell: mpsc::UnboundedSender<ProviderEvent>,
    watch: Watch,
    room: usize,
    /// When its process is killed because it does not stop.
    kill_at: Option<Instant>,
}

impl Agent {
    pub(super) fn new(settings: Arc<CliSettings>, lane: Lane, wishes: mpsc::Receiver<Wish>) -> Self {
        let dialect = Dialect::of(&settings.name);
        let sign_in = dialect.sign_in().filter(|(variable, _)| settings.has_variable(variable));
        let sign_in = sign_in.map(|(_, way)| way.to_owned());
        let asks_for_model = dialect == Dialect::Other;
        let now = Instant::now();
        Self {
            link: Link::new(Manner { replay: dialect.replay(), sign_in, asks_for_model }),
            settings,
            lane,
            wishes,
            running: None,
            turns: HashMap::new(),
            epoch: now,
            deaths: 0,
            not_before: now,
            idle_since: now,
        }
    }

    /// Works until the program ends and no turn is on its way.
    pub(super) async fn run(mut self) {
        let ending = self.settings.ending.clone();
        loop {
            if ending.is_cancelled() && self.turns.is_empty() && self.wishes.is_empty() {
                break;
            }
            let wake = self.wake();
            // Every branch is cancel-safe: a wish, a line or a moment that was not taken is there the next time.
            tokio::select! {
                wish = self.wishes.recv() => match wish {
                    Some(wish) => self.wish(wish),
                    None => break,
                },
                heard = next(&mut self.running) => self.heard(heard),
                () = ending.cancelled(), if !ending.is_cancelled() => {}
                () = sleep_until(wake) => {}
            }
            self.on_time().await;
        }
        self.wishes.close();
        if let Some(running) = self.running.take() {
            running.farewell().await;
        }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// When something is due at the latest.
    fn wake(&self) -> Instant {
        let mut due = vec![self.idle_since + self.settings.idle];
        for clock in self.turns.values() {
            due.extend(clock.watch.due().into_iter().chain(clock.kill_at));
        }
        due.extend(self.link.due().map(|due| self.epoch + due));
        match &self.running {
            None if !self.turns.is_empty() => due.push(self.not_before),
            Some(running) if !self.link.is_ready() => due.push(running.since + INTRODUCTION),
            _ => {}
        }
        due.into_iter().min().unwrap_or_else(|| Instant::now() + self.settings.idle)
    }

    fn wish(&mut self, wish: Wish) {
        let now = self.now();
        let out = match wish {
            Wish::Turn { key, order, tell } => {
                let settings = &self.settings;
                let watch = Watch::new(Instant::now(), Some(settings.quiet_notice), Some(settings.timeout));
                let room = settings.turn_limit();
                self.turns.insert(key, Clock { tell, watch, room, kill_at: None });
                self.link.begin(key, *order, now)
            }
            Wish::Answer(key, given) => self.link.given(key, given),
            Wish::Cancel(key) => self.stop(key, Fault::new(FaultKind::Other, "the turn was cancelled")),
        };
        self.perform(out);
    }

    /// Stops a turn, and sees to it that it does stop.
    fn stop(&mut self, key: Key, why: Fault) -> Vec<Out> {
        let limit = self.settings.stop_limit.unwrap_or(SHARED_STOP_LIMIT);
        if let Some(clock) = self.turns.get_mut(&key) {
            clock.kill_at.get_or_insert(Instant::now() + limit);
        }
        self.link.stop(key, why)
    }

    fn heard(&mut self, heard: Heard) {
        let now = self.now();
        let out = match heard {
            Heard::Line(line) => self.link.line(&line, now),
            Heard::LineTooLong(_) | Heard::TooMuch => {
                self.kill(Fault::new(FaultKind::Flood, "the agent wrote a line that is too long"));
                Vec::new()
            }
            Heard::Ended(ending) => self.ended(ending),
            Heard::Quiet(_) | Heard::TimeUp => Vec::new(),
        };
        self.perform(out);
    }

    /// Does what the link says, in order. What comes of it is done as well.
    fn perform(&mut self, out: Vec<Out>) {
        let mut todo = std::collections::VecDeque::from(out);
        while let Some(out) = todo.pop_front() {
            match out {
                Out::Send(line) => {
                    if let Some(running) = &mut self.running {
                        running.started.process.send(line.as_bytes());
                    }
                }
                Out::Heard(key) => {
                    if let Some(clock) = self.turns.get_mut(&key) {
                        clock.watch.heard(Instant::now());
                    }
                }
                Out::Waits(key, waits) => {
                    if let Some(clock) = self.turns.get_mut(&key) {
                        let now = Instant::now();
                        if waits { clock.watch.hold(now) } else { clock.watch.release(now) }
                    }
                }
                Out::Tell(key, event) => todo.extend(self.tell(key, event)),
                Out::Abandon => self.kill(Fault::new(FaultKind::Garbled, "the agent was given up")),
            }
        }
    }

    fn tell(&mut self, key: Key, event: ProviderEvent) -> Vec<Out> {
        let Some(clock) = self.turns.get_mut(&key) else { return Vec::new() };
        let size = match &event {
            ProviderEvent::Text { text, .. } | ProviderEvent::Block { text, .. } => text.len(),
            _ => size_of::<ProviderEvent>(),
        };
        if matches!(event, ProviderEvent::Finished(_) | ProviderEvent::Failed(_)) {
            self.over(key, event);
            return Vec::new();
        }
        if clock.room < size {
            return self.stop(key, Fault::new(FaultKind::Flood, "the turn told more than is taken"));
        }
        clock.room -= size;
        if clock.tell.send(event).is_err() {
            return self.stop(key, Fault::new(FaultKind::Other, "nobody listens any more"));
        }
        Vec::new()
    }

    /// A turn has its end. The listener may be gone; then nobody wants to know.
    fn over(&mut self, key: Key, event: ProviderEvent) {
        if matches!(event, ProviderEvent::Finished(_)) {
            self.deaths = 0;
        } else if let Some(running) = &self.running {
            running.started.sweep();
        }
        if let Some(clock) = self.turns.remove(&key) {
            let _ = clock.tell.send(event);
        }
        if self.turns.is_empty() {
            self.idle_since = Instant::now();
        }
    }

    /// Kills the process; its turns end when it is gone.
    fn kill(&mut self, why: Fault) {
        if let Some(running) = &mut self.running {
            running.killed.get_or_insert(why);
            running.started.process.begin_stop(Grace::NONE);
        }
    }

    fn ended(&mut self, ending: Ending) -> Vec<Out> {
        let Some(running) = self.running.take() else { return Vec::new() };
        let stderr = running.started.process.stderr();
        let introduced = self.link.is_ready();
        let fault = running.killed.unwrap_or_else(|| died(ending, introduced, &stderr));
        self.deaths = self.deaths.saturating_add(1);
        let wait =
            Duration::from_millis(250).saturating_mul(1 << self.deaths.min(10).saturating_sub(1)).min(LONGEST_WAIT);
        self.not_before = Instant::now() + wait;
        if self.turns.is_empty() {
            debug!(provider = %self.settings.name, ?ending, "the agent ended");
        } else {
            warn!(provider = %self.settings.name, ?ending, turns = self.turns.len(), fault = %fault.kind, "the agent ended in a turn");
        }
        self.link.broken(&fault)
    }

    /// Does what is due: turns that wait for a process, that take too long, that do not stop; a process that idles.
    async fn on_time(&mut self) {
        let now = self.now();
        let out = self.link.on_time(now);
        self.perform(out);
        self.look_at_turns();
        self.look_at_process().await;
    }

    fn look_at_turns(&mut self) {
        let now = Instant::now();
        let keys: Vec<Key> = self.turns.keys().copied().collect();
        for key in keys {
            let Some(clock) = self.turns.get_mut(&key) else { continue };
            if clock.kill_at.is_some_and(|at| at <= now) {
                clock.kill_at = None;
                self.kill(Fault::new(FaultKind::Interrupted, "the agent was killed because another turn did not stop"));
                continue;
            }
            // Many turns share a process, so its processor time tells nothing about this one.
            let out = match clock.watch.check(now, || 0) {
                Some(Notice::Quiet(silence)) => {
                    vec![Out::Tell(key, ProviderEvent::Quiet { seconds: silence.as_secs() })]
                }
                Some(Notice::TimeUp) => self.stop(key, Fault::new(FaultKind::Silent, "the time for the turn is up")),
                None => Vec::new(),
            };
            self.perform(out);
        }
    }

    async fn look_at_process(&mut self) {
        let now = Instant::now();
        match &self.running {
            None if !self.turns.is_empty() && now >= self.not_before => self.start().await,
            Some(running) if !self.link.is_ready() && now >= running.since + INTRODUCTION => {
                self.kill(Fault::new(FaultKind::NotStarted, "the agent did not introduce itself"));
            }
            Some(_) if self.turns.is_empty() && now >= self.idle_since + self.settings.idle => {
                if let Some(running) = self.running.take() {
                    running.farewell().await;
                    let out = self.link.broken(&Fault::new(FaultKind::Killed, "it idled"));
                    self.perform(out);
                }
                self.idle_since = now;
            }
            None if self.turns.is_empty() && now >= self.idle_since + self.settings.idle => self.idle_since = now,
            _ => {}
        }
    }

    async fn start(&mut self) {
        let out = match launch::start(&self.settings, &self.lane).await {
            Ok(started) => {
                info!(provider = %self.settings.name, pid = started.process.pid(), "the agent was started");
                self.running = Some(Running { started, since: Instant::now(), killed: None });
                self.link.connected()
            }
            Err(fault) => {
                warn!(provider = %self.settings.name, fault = %fault, "the agent could not be started");
                self.link.broken(&fault)
            }
        };
        self.perform(out);
    }
}

/// What is heard next of a process; of none, nothing ever.
async fn next(running: &mut Option<Running>) -> Heard {
    match running {
        Some(running) => running.started.process.next().await,
        None => std::future::pending().await,
    }
}

/// The fault of the turns of a process that ended by itself.
fn died(ending: Ending, introduced: bool, stderr: &str) -> Fault {
    let last = stderr.trim().lines().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" ");
    let kind = match ending {
        _ if !introduced && faults::spoken_on_stderr(stderr).is_some() => FaultKind::NotSignedIn,
        Ending::Exited(_) if !introduced => FaultKind::NotStarted,
        Ending::Exited(_) | Ending::Signalled(_) | Ending::Unseen => FaultKind::Interrupted,
    };
    Fault::new(kind, format!("{ending:?}; {}", last.chars().take(600).collect::<String>()))
}
