//! What the drivers of CLIs have in common: their settings, and how a turn of theirs begins and ends.
//! Knows no CLI's language.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::environment::{Environment, for_program};
use super::process::{LINE_LIMIT, Launcher, Process, ProcessSpec, StartFault};
use super::scratch::Scratch;
use super::{BoxFuture, Provider, TurnOrder};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent, ProviderName};

/// How many lines' worth of output a turn may have altogether.
const OUTPUT_LINES: usize = 4;

/// How long a program is kept without a turn, unless told otherwise.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// How long a turn may take to stop where its program serves others too: the program is ended then and takes them along,
/// so a busy machine must not be taken for a program that is stuck.
pub(super) const SHARED_STOP_LIMIT: Duration = Duration::from_secs(10);

/// What a driver is told by whoever builds it.
#[derive(Clone, Debug)]
pub struct CliSettings {
    /// Its name in the configuration.
    pub name: ProviderName,
    /// The program: a name looked for in `PATH`, or a path.
    pub command: String,
    /// Arguments after ours; none takes those its name is known for.
    pub args: Option<Vec<String>>,
    /// Environment over ours.
    pub env: BTreeMap<String, String>,
    /// The models the host may choose from; empty where any is taken.
    pub models: Vec<ModelName>,
    /// The time for a whole turn.
    pub timeout: Duration,
    /// After how much silence it is told.
    pub quiet_notice: Duration,
    /// How long a turn may take to stop before its program is ended; none leaves it to the driver.
    pub stop_limit: Option<Duration>,
    /// How long a program is kept without a turn, where the driver keeps one.
    pub idle: Duration,
    /// How many programs are kept for tables between their turns, where the driver keeps one for each.
    pub warm: usize,
    /// The longest line taken, in bytes; a turn may write four times that.
    pub line_limit: usize,
    /// How programs are started.
    pub launcher: Launcher,
    /// Our own environment, of which the program sees a short list.
    pub base_environment: Environment,
    /// Where folders are made that a program needs for as long as it runs; None for the system's temporary folder.
    pub scratch: Option<PathBuf>,
    /// Where the driver's tasks are started.
    pub tasks: TaskTracker,
    /// Fires when everything ends; a program that is kept ends after its last turn.
    pub ending: CancellationToken,
}

impl CliSettings {
    /// The usual settings of a provider of this name, whose program is found under it.
    pub fn new(name: ProviderName, launcher: Launcher, base_environment: Environment) -> Self {
        Self {
            command: name.to_string(),
            name,
            args: None,
            env: BTreeMap::new(),
            models: Vec::new(),
            timeout: Duration::from_secs(5 * 60),
            quiet_notice: Duration::from_secs(20),
            stop_limit: None,
            idle: IDLE,
            warm: 0,
            line_limit: LINE_LIMIT,
            launcher,
            base_environment,
            scratch: None,
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
        }
    }

    /// The most that one turn may write, in bytes.
    pub(super) fn turn_limit(&self) -> usize {
        self.line_limit.saturating_mul(OUTPUT_LINES)
    }

    /// The host's arguments.
    pub(super) fn extra_args(&self) -> &[String] {
        self.args.as_deref().unwrap_or_default()
    }

    /// Whether the program will see this variable.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.env.contains_key(name) || self.base_environment.contains_key(OsStr::new(name))
    }

    /// The program's environment: the common list, what matches `own`, `defaults`, and the host's wishes over all.
    pub(super) fn environment(&self, own: &[&str], defaults: &[(&str, &str)]) -> Environment {
        let mut wishes: BTreeMap<String, String> =
            defaults.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        wishes.extend(self.env.clone());
        for_program(&self.base_environment, own, &wishes)
    }

    /// A program that lives as long as its driver wishes: no limit but that of a line.
    pub(super) fn kept(&self, args: Vec<OsString>, folder: &Path, environment: Environment) -> ProcessSpec {
        let line_limit = self.line_limit;
        ProcessSpec { args, environment, line_limit, ..ProcessSpec::new(&self.command, folder) }
    }

    /// A program for one turn, within a turn's limits.
    pub(super) fn one_turn(&self, args: Vec<OsString>, folder: &Path, environment: Environment) -> ProcessSpec {
        ProcessSpec {
            output_limit: Some(self.turn_limit() as u64),
            quiet_notice: Some(self.quiet_notice),
            timeout: Some(self.timeout),
            ..self.kept(args, folder, environment)
        }
    }

    /// Starts a program.
    pub(super) async fn start(&self, spec: ProcessSpec) -> Result<Process, Fault> {
        Process::spawn(&self.launcher, spec).await.map_err(|fault| match fault {
            StartFault::NotFound { .. } => Fault::new(FaultKind::NotInstalled, fault.to_string()),
            _ => Fault::new(FaultKind::NotStarted, fault.to_string()),
        })
    }

    /// A folder that nobody else may read, gone when it is dropped.
    pub(super) fn scratch(&self) -> Result<Scratch, Fault> {
        let named = || self.base_environment.get(OsStr::new("TMPDIR")).map(PathBuf::from);
        let parent = self.scratch.clone().or_else(named).unwrap_or_else(|| PathBuf::from("/tmp"));
        Scratch::create(&parent)
            .map_err(|error| Fault::new(FaultKind::NotStarted, format!("no folder for the program: {error}")))
    }

    /// Such a folder with the system prompt in a file, for CLIs that take it that way.
    pub(super) fn papers(&self, system: &str) -> Result<(Scratch, PathBuf), Fault> {
        let scratch = self.scratch()?;
        let file = self.paper(&scratch, "system.md", system)?;
        Ok((scratch, file))
    }

    /// A file for the program in such a folder.
    pub(super) fn paper(&self, scratch: &Scratch, name: &str, text: &str) -> Result<PathBuf, Fault> {
        scratch
            .write(name, text)
            .map_err(|error| Fault::new(FaultKind::NotStarted, format!("no file {name} for the program: {error}")))
    }
}

/// A driver of a CLI; everything else of a [`Provider`] is the same for all.
pub(super) trait CliDriver: Send + Sync + 'static {
    /// What it was told.
    fn settings(&self) -> &CliSettings;

    /// See [`Provider::reads_by_itself`].
    fn reads_by_itself(&self) -> &'static [&'static str];

    /// See [`Provider::takes_tools`].
    fn takes_tools(&self) -> bool {
        false
    }

    /// See [`Provider::forget`].
    fn forget(&self, _table: &str) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Answers a turn up to its end. The end is given back, not sent.
    fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> impl Future<Output = ProviderEvent> + Send;
}

impl<D: CliDriver> Provider for D {
    fn name(&self) -> &ProviderName {
        &self.settings().name
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        CliDriver::reads_by_itself(self)
    }

    fn takes_tools(&self) -> bool {
        CliDriver::takes_tools(self)
    }

    fn models(&self) -> &[ModelName] {
        &self.settings().models
    }

    fn forget<'a>(&'a self, table: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(CliDriver::forget(self, table))
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

/// The end of a turn that failed.
pub(super) fn failed(kind: FaultKind, detail: impl Into<String>) -> ProviderEvent {
    ProviderEvent::Failed(Fault::new(kind, detail))
}
