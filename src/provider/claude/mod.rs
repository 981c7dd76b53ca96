//! The `claude` driver: a process per turn, spoken to in stream-json, conversations resumed by an id of our choosing.
//! Never lets a turn end without its one typed end, whatever the program does.

mod command;
mod decode;
mod outcome;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::command::Conversation;
pub use self::decode::{Decoder, Tally};
use self::outcome::Stopped;
use super::environment::{Environment, for_program};
use super::process::{Ending, Grace, Heard, Launcher, Process, ProcessSpec, StartFault};
use super::scratch::Scratch;
use super::{BoxFuture, Provider, TurnOrder};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent, ProviderName};

/// Of our environment, what this CLI may see beside the common list: its sign-in and its address.
const OWN_VARIABLES: &[&str] = &["ANTHROPIC_*", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"];

/// Its own defaults would retry for three minutes in silence, update itself and report home.
const DEFAULTS: &[(&str, &str)] = &[
    ("CLAUDE_CODE_MAX_RETRIES", "3"),
    ("API_TIMEOUT_MS", "120000"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
];

/// How many lines' worth of output a turn may have altogether.
const OUTPUT_LINES: u64 = 4;

/// How long the program may stay after it told its end.
const LINGER: Duration = Duration::from_secs(1);

/// What the driver is told by whoever builds it.
#[derive(Clone, Debug)]
pub struct ClaudeSettings {
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
pub struct Claude {
    settings: ClaudeSettings,
}

impl Claude {
    /// A driver with these settings. Starts nothing.
    pub fn new(settings: ClaudeSettings) -> Self {
        Self { settings }
    }

    /// Answers a turn up to its end. The end is given back, not sent.
    async fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let Some(conversation) = Conversation::of(&order, uuid::Uuid::new_v4()) else {
            return failed(FaultKind::SessionLost, "the id to resume is none of this CLI's");
        };
        let scratch = match Scratch::create(&self.temporary()) {
            Ok(scratch) => scratch,
            Err(error) => return failed(FaultKind::NotStarted, format!("no folder for the turn: {error}")),
        };
        let system = match scratch.write("system.md", &order.system) {
            Ok(system) => system,
            Err(error) => return failed(FaultKind::NotStarted, format!("no file for the system prompt: {error}")),
        };
        let args = command::arguments(&order, &conversation, &system, &self.settings.args);
        let mut process = match Process::spawn(&self.settings.launcher, self.spec(&order, args)).await {
            Ok(process) => process,
            Err(fault) => return failed(kind_of(&fault), fault.to_string()),
        };
        process.send(&command::input(&order));
        process.close_input();
        Turn::new(conversation, process, events, cancel).run().await
    }

    fn spec(&self, order: &TurnOrder, args: Vec<String>) -> ProcessSpec {
        let settings = &self.settings;
        let mut wishes: BTreeMap<String, String> =
            DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        wishes.extend(settings.env.clone());
        ProcessSpec {
            program: OsString::from(&settings.command),
            args: args.into_iter().map(OsString::from).collect(),
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

impl Provider for Claude {
    fn name(&self) -> &ProviderName {
        &self.settings.name
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        &["CLAUDE.md"]
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
    conversation: Conversation,
    process: Process,
    decoder: Decoder,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    stopped: Option<Stopped>,
    end: Option<ProviderEvent>,
    linger_until: Option<Instant>,
}

impl<'a> Turn<'a> {
    fn new(
        conversation: Conversation,
        process: Process,
        events: &'a mpsc::Sender<ProviderEvent>,
        cancel: &'a CancellationToken,
    ) -> Self {
        Self {
            conversation,
            process,
            decoder: Decoder::default(),
            events,
            cancel,
            stopped: None,
            end: None,
            linger_until: None,
        }
    }

    /// The end of a turn is the `result` line, not the program's exit; and a program that exits has ended its turn
    /// even without that line. Both are waited for, each for a limited time.
    async fn run(mut self) -> ProviderEvent {
        let cancel = self.cancel;
        loop {
            let linger = self.linger_until;
            tokio::select! {
                heard = self.process.next() => match heard {
                    Heard::Ended(ending) => return self.over(ending),
                    heard => self.heard(heard).await,
                },
                () = cancel.cancelled(), if self.stopped.is_none() => self.stop(Stopped::Cancelled, Grace::default()),
                () = sleep_until(linger.unwrap_or_else(Instant::now)), if linger.is_some() => {
                    self.linger_until = None;
                    self.stop(Stopped::Lingered, Grace::default());
                }
            }
        }
    }

    async fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Line(line) => {
                for event in self.decoder.line(&line) {
                    self.event(event).await;
                }
            }
            Heard::LineTooLong(_) | Heard::TooMuch => self.stop(Stopped::Flood, Grace::NONE),
            Heard::TimeUp => self.stop(Stopped::TimeUp, Grace::default()),
            Heard::Quiet(seconds) => self.tell(ProviderEvent::Quiet { seconds }).await,
            Heard::Ended(_) => {}
        }
    }

    async fn event(&mut self, event: ProviderEvent) {
        match event {
            ProviderEvent::Finished(_) | ProviderEvent::Failed(_) => {
                self.end = Some(event);
                self.linger_until = Some(Instant::now() + LINGER);
            }
            ProviderEvent::Started { ref session, .. } if self.is_another(session) => {
                self.stop(Stopped::OtherSession, Grace::NONE);
            }
            other => self.tell(other).await,
        }
    }

    /// A conversation that was asked for and did not come back is lost, whatever the exit code will say.
    fn is_another(&self, session: &str) -> bool {
        matches!(&self.conversation, Conversation::Resumed(id) if id != session)
    }

    /// Tells the listener. A slow one slows the program down; it does not hold up the stopping.
    async fn tell(&mut self, event: ProviderEvent) {
        if self.stopped.is_some() {
            let _ = self.events.try_send(event);
            return;
        }
        let (events, cancel) = (self.events, self.cancel);
        tokio::select! {
            sent = events.send(event) => if sent.is_err() {
                self.stop(Stopped::Cancelled, Grace::NONE); // nobody listens any more
            },
            () = cancel.cancelled() => self.stop(Stopped::Cancelled, Grace::default()),
        }
    }

    fn stop(&mut self, why: Stopped, grace: Grace) {
        self.stopped = self.stopped.or(Some(why));
        self.process.begin_stop(grace);
    }

    fn over(self, ending: Ending) -> ProviderEvent {
        let because = |stopped| outcome::without_result(&self.decoder, ending, Some(stopped), &self.process.stderr());
        match (self.end, self.stopped) {
            // What it said after we stopped it tells what was spent, but not why.
            (Some(ProviderEvent::Failed(fault)), Some(why)) if why != Stopped::Lingered => {
                ProviderEvent::Failed(Fault { spent: fault.spent, ..because(why) })
            }
            (_, Some(Stopped::OtherSession)) => ProviderEvent::Failed(because(Stopped::OtherSession)),
            (Some(end), _) => end,
            (None, stopped) => {
                let stderr = self.process.stderr();
                ProviderEvent::Failed(outcome::without_result(&self.decoder, ending, stopped, &stderr))
            }
        }
    }
}

fn failed(kind: FaultKind, detail: impl Into<String>) -> ProviderEvent {
    ProviderEvent::Failed(Fault::new(kind, detail))
}

fn kind_of(fault: &StartFault) -> FaultKind {
    match fault {
        StartFault::NotFound { .. } => FaultKind::NotInstalled,
        _ => FaultKind::NotStarted,
    }
}
