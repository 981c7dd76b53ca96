//! The `droid` driver: a process per turn, spoken to in stream-jsonrpc, which alone of its modes streams text.
//! Never lets a turn end without its one typed end, and never takes an empty session for the one that was asked for.

mod asking;
mod dialogue;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::dialogue::{Dialogue, Step, Subject};
use super::TurnOrder;
use super::asking::{self as people, Asking};
use super::cli::{CliDriver, CliSettings};
use super::process::{Ending, Grace, Heard, Process, ProcessSpec};
use crate::domain::{Fault, FaultKind, ProviderEvent};

/// Of our environment, what this CLI may see beside the common list: its sign-in and its address.
const OWN_VARIABLES: &[&str] = &["FACTORY_*"];

/// By itself it would replace itself with a newer release.
const DEFAULTS: &[(&str, &str)] = &[("FACTORY_DROID_AUTO_UPDATE_ENABLED", "false")];

/// Its mode for programs. Its flags for models and permissions mean nothing in it.
const MODE: &[&str] = &["exec", "--input-format", "stream-jsonrpc", "--output-format", "stream-jsonrpc"];

/// How long the program may stay after it told its end. By itself it would stay for six seconds, in which a table would
/// wait for its turn's end; what it was told is on the disk by then.
const LINGER: Duration = Duration::from_millis(200);

/// How much time it gets to go then.
const FAREWELL: Grace = Grace { interrupt: Duration::from_millis(200), terminate: Duration::from_millis(500) };

/// How long it may take to stop a turn before it is ended.
const INTERRUPTING: Duration = Duration::from_secs(1);

/// The driver.
#[derive(Debug)]
pub struct Droid {
    settings: CliSettings,
}

impl Droid {
    /// A driver with these settings. Starts nothing.
    pub fn new(settings: CliSettings) -> Self {
        Self { settings }
    }

    fn spec(&self, order: &TurnOrder, system: PathBuf) -> ProcessSpec {
        let settings = &self.settings;
        let mut args: Vec<OsString> = MODE.iter().map(OsString::from).collect();
        // The one flag that counts in this mode. A loaded session keeps its old system prompt; this one is told anew.
        args.extend([OsString::from("--append-system-prompt-file"), system.into_os_string()]);
        args.extend(settings.extra_args().iter().map(OsString::from));
        settings.one_turn(args, &order.folder, settings.environment(OWN_VARIABLES, DEFAULTS))
    }
}

impl CliDriver for Droid {
    fn settings(&self) -> &CliSettings {
        &self.settings
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        &["AGENTS.md"]
    }

    fn takes_tools(&self) -> bool {
        true
    }

    async fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let (_scratch, system) = match self.settings.papers(&order.system) {
            Ok(papers) => papers,
            Err(fault) => return ProviderEvent::Failed(fault),
        };
        let process = match self.settings.start(self.spec(&order, system)).await {
            Ok(process) => process,
            Err(fault) => return ProviderEvent::Failed(fault),
        };
        let subject = Subject {
            resume: order.resume.map(|session| session.id),
            model: order.model,
            tools: order.allowed_tools,
            asks: order.asking.as_ref().map(|asking| asking.every_tool),
            game: order.tools,
            folder: order.folder,
            prompt: order.prompt,
        };
        let asking = order.asking;
        let turn = Turn {
            process,
            dialogue: Dialogue::new(subject),
            asking,
            events,
            cancel,
            stop: None,
            end: None,
            interrupting: self.settings.stop_limit.unwrap_or(INTERRUPTING),
            act_at: None,
        };
        turn.run().await
    }
}

/// One turn's run.
struct Turn<'a> {
    process: Process,
    dialogue: Dialogue,
    /// Leave to ask people.
    asking: Option<Asking>,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    /// Why it is being stopped.
    stop: Option<Fault>,
    end: Option<ProviderEvent>,
    /// How long it may take to stop.
    interrupting: Duration,
    /// When the program is ended because it does not end by itself.
    act_at: Option<Instant>,
}

impl Turn<'_> {
    async fn run(mut self) -> ProviderEvent {
        self.process.send(self.dialogue.opening().as_bytes());
        let cancel = self.cancel;
        loop {
            let act_at = self.act_at;
            self.process.wait_for_people(self.dialogue.waits_for_people());
            // Every branch is cancel-safe: a line that was not taken is there the next time.
            tokio::select! {
                heard = self.process.next() => match heard {
                    Heard::Ended(ending) => return self.over(ending),
                    heard => self.heard(heard).await,
                },
                given = people::next(&mut self.asking) => {
                    for step in self.dialogue.given(given) {
                        self.step(step).await;
                    }
                }
                () = cancel.cancelled(), if self.stop.is_none() => self.interrupt(cancelled()),
                () = sleep_until(act_at.unwrap_or_else(Instant::now)), if act_at.is_some() => {
                    self.act_at = None;
                    self.process.begin_stop(FAREWELL);
                }
            }
        }
    }

    async fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Line(line) => {
                for step in self.dialogue.line(&line) {
                    self.step(step).await;
                }
            }
            Heard::LineTooLong(_) | Heard::TooMuch => {
                self.stop.get_or_insert(Fault::new(FaultKind::Flood, "it wrote more than is taken"));
                self.process.begin_stop(Grace::NONE);
            }
            Heard::TimeUp => self.interrupt(Fault::new(FaultKind::Silent, "the time for the turn is up")),
            Heard::Quiet(seconds) => self.tell(ProviderEvent::Quiet { seconds }).await,
            Heard::Ended(_) => {}
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Send(line) => self.process.send(line.as_bytes()),
            Step::Tell(end @ (ProviderEvent::Finished(_) | ProviderEvent::Failed(_))) => {
                if self.end.is_none() {
                    self.end = Some(end);
                    self.process.close_input(); // which is its sign to go
                    self.act_at = Some(Instant::now() + LINGER);
                }
            }
            Step::Tell(event) => self.tell(event).await,
        }
    }

    /// Tells the listener. A slow one slows the program down; it does not hold up the stopping.
    async fn tell(&mut self, event: ProviderEvent) {
        if self.stop.is_some() {
            let _ = self.events.try_send(event);
            return;
        }
        let (events, cancel) = (self.events, self.cancel);
        tokio::select! {
            sent = events.send(event) => if sent.is_err() {
                self.interrupt(Fault::new(FaultKind::Other, "nobody listens any more"));
            },
            () = cancel.cancelled() => self.interrupt(cancelled()),
        }
    }

    /// Asks it to stop, and ends it if it does not.
    fn interrupt(&mut self, why: Fault) {
        if self.stop.is_some() {
            return;
        }
        self.stop = Some(why);
        if self.end.is_none() {
            self.process.send(Dialogue::interruption().as_bytes());
            self.act_at = Some(Instant::now() + self.interrupting);
        }
    }

    fn over(self, ending: Ending) -> ProviderEvent {
        match (self.end, self.stop) {
            // What it said after it was stopped tells what was spent, but not why.
            (Some(ProviderEvent::Failed(fault)), Some(why)) => {
                ProviderEvent::Failed(Fault { spent: fault.spent, ..why })
            }
            (Some(end), _) => end,
            (None, Some(why)) => ProviderEvent::Failed(why),
            (None, None) => ProviderEvent::Failed(died(&self.dialogue, ending, &self.process.stderr())),
        }
    }
}

/// The fault of a program that ended by itself, in the middle of a turn.
fn died(dialogue: &Dialogue, ending: Ending, stderr: &str) -> Fault {
    let kind = match ending {
        Ending::Signalled(_) | Ending::Unseen => FaultKind::Killed,
        Ending::Exited(_) if dialogue.has_text() || dialogue.started() => FaultKind::BrokenStream,
        // Without its cloud it ends in the middle of loading, without a word.
        Ending::Exited(_) if dialogue.resumes() => FaultKind::SessionLost,
        Ending::Exited(_) => super::acp::faults::spoken_on_stderr(stderr).unwrap_or(FaultKind::NotStarted),
    };
    Fault::new(kind, format!("{ending:?}; {}", stderr.trim().chars().take(600).collect::<String>()))
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Other, "the turn was cancelled")
}
