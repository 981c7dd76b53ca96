//! The `droid` driver: a process per turn, spoken to in stream-jsonrpc, which alone of its modes streams text.
//! Never lets a turn end without its one typed end, and never takes an empty session for the one that was asked for.

mod dialogue;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::dialogue::{Dialogue, Step, Subject};
use super::environment::{Environment, for_program};
use super::process::{Ending, Grace, Heard, Launcher, Process, ProcessSpec, StartFault};
use super::scratch::Scratch;
use super::{BoxFuture, Provider, TurnOrder};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent, ProviderName};

/// Of our environment, what this CLI may see beside the common list: its sign-in and its address.
const OWN_VARIABLES: &[&str] = &["FACTORY_*"];

/// Its mode for programs. Its flags for models and permissions mean nothing in it.
const MODE: &[&str] = &["exec", "--input-format", "stream-jsonrpc", "--output-format", "stream-jsonrpc"];

/// How many lines' worth of output a turn may have altogether.
const OUTPUT_LINES: u64 = 4;

/// How long the program may stay after it told its end.
const LINGER: Duration = Duration::from_secs(2);

/// How long it may take to stop a turn before it is ended.
const INTERRUPTING: Duration = Duration::from_secs(1);

/// What the driver is told by whoever builds it.
#[derive(Clone, Debug)]
pub struct DroidSettings {
    /// Its name in the configuration.
    pub name: ProviderName,
    /// The program: a name looked for in `PATH`, or a path.
    pub command: String,
    /// Arguments after ours.
    pub args: Vec<String>,
    /// Environment over ours.
    pub env: BTreeMap<String, String>,
    /// The models the host may choose from; empty where any is taken.
    pub models: Vec<ModelName>,
    /// The time for a whole turn.
    pub timeout: Duration,
    /// After how much silence it is told.
    pub quiet_notice: Duration,
    /// The longest line taken, in bytes; a turn may write four times that.
    pub line_limit: usize,
    /// How programs are started.
    pub launcher: Launcher,
    /// Our own environment, of which the program sees a short list.
    pub base_environment: Environment,
}

/// The driver.
#[derive(Debug)]
pub struct Droid {
    settings: DroidSettings,
}

impl Droid {
    /// A driver with these settings. Starts nothing.
    pub fn new(settings: DroidSettings) -> Self {
        Self { settings }
    }

    /// Answers a turn up to its end. The end is given back, not sent.
    async fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let scratch = match Scratch::create(&self.temporary()) {
            Ok(scratch) => scratch,
            Err(error) => return failed(FaultKind::NotStarted, format!("no folder for the turn: {error}")),
        };
        let system = match scratch.write("system.md", &order.system) {
            Ok(system) => system,
            Err(error) => return failed(FaultKind::NotStarted, format!("no file for the system prompt: {error}")),
        };
        let process = match Process::spawn(&self.settings.launcher, self.spec(&order, system)).await {
            Ok(process) => process,
            Err(fault @ StartFault::NotFound { .. }) => return failed(FaultKind::NotInstalled, fault.to_string()),
            Err(fault) => return failed(FaultKind::NotStarted, fault.to_string()),
        };
        let subject = Subject {
            resume: order.resume.map(|session| session.id),
            model: order.model,
            tools: order.allowed_tools,
            folder: order.folder,
            prompt: order.prompt,
        };
        let turn =
            Turn { process, dialogue: Dialogue::new(subject), events, cancel, stop: None, end: None, act_at: None };
        turn.run().await
    }

    fn spec(&self, order: &TurnOrder, system: PathBuf) -> ProcessSpec {
        let settings = &self.settings;
        let mut args: Vec<OsString> = MODE.iter().map(OsString::from).collect();
        // The one flag that counts in this mode. A loaded session keeps its old system prompt; this one is told anew.
        args.extend([OsString::from("--append-system-prompt-file"), system.into_os_string()]);
        args.extend(settings.args.iter().map(OsString::from));
        let mut wishes = BTreeMap::from([("FACTORY_DROID_AUTO_UPDATE_ENABLED".to_owned(), "false".to_owned())]);
        wishes.extend(settings.env.clone());
        ProcessSpec {
            program: OsString::from(&settings.command),
            args,
            folder: order.folder.clone(),
            environment: for_program(&settings.base_environment, OWN_VARIABLES, &wishes),
            line_limit: settings.line_limit,
            output_limit: Some((settings.line_limit as u64).saturating_mul(OUTPUT_LINES)),
            quiet_notice: Some(settings.quiet_notice),
            timeout: Some(settings.timeout),
        }
    }

    fn temporary(&self) -> PathBuf {
        let named = self.settings.base_environment.get(&OsString::from("TMPDIR"));
        named.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }
}

impl Provider for Droid {
    fn name(&self) -> &ProviderName {
        &self.settings.name
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        &["AGENTS.md"]
    }

    fn models(&self) -> &[ModelName] {
        &self.settings.models
    }

    fn run(
        &self,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let end = self.turn(order, &events, &cancel).await;
            // The listener may be gone; then nobody wants to know.
            let _ = events.send(end).await;
        })
    }
}

/// One turn's run.
struct Turn<'a> {
    process: Process,
    dialogue: Dialogue,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    /// Why it is being stopped.
    stop: Option<Fault>,
    end: Option<ProviderEvent>,
    /// When the program is ended because it does not end by itself.
    act_at: Option<Instant>,
}

impl Turn<'_> {
    async fn run(mut self) -> ProviderEvent {
        self.process.send(self.dialogue.opening().as_bytes());
        let cancel = self.cancel;
        loop {
            let act_at = self.act_at;
            // Every branch is cancel-safe: a line that was not taken is there the next time.
            tokio::select! {
                heard = self.process.next() => match heard {
                    Heard::Ended(ending) => return self.over(ending),
                    heard => self.heard(heard).await,
                },
                () = cancel.cancelled(), if self.stop.is_none() => self.interrupt(cancelled()),
                () = sleep_until(act_at.unwrap_or_else(Instant::now)), if act_at.is_some() => {
                    self.act_at = None;
                    self.process.begin_stop(Grace::default());
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
            self.act_at = Some(Instant::now() + INTERRUPTING);
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

fn failed(kind: FaultKind, detail: impl Into<String>) -> ProviderEvent {
    ProviderEvent::Failed(Fault::new(kind, detail))
}
