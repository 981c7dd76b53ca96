//! The `codex` driver: one `codex app-server` for all tables, spoken to in JSON-RPC, conversations resumed by its ids.
//! Never gives leave: what a table's `allowed_tools` does not name is switched off, and questions are answered no.
//!
//! Names for `allowed_tools`: `exec_command`, `apply_patch` (which opens the working folder for writing), `view_image`,
//! `web_search`, and `mcp__NAME` for a server of the host's own configuration.

mod connection;
mod decode;
mod frame;
mod outcome;
mod request;
mod server;
mod turn;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::decode::Decoder;
use self::server::Server;
use super::environment::Environment;
use super::process::Launcher;
use super::{BoxFuture, Provider, TurnOrder};
use crate::domain::{ModelName, ProviderEvent, ProviderName};

/// The variables with a key for OpenAI's API, the preferred one first. The program itself heeds none of them.
pub const KEYS: &[&str] = &["CODEX_API_KEY", "OPENAI_API_KEY"];

/// How long the program is kept without a turn, unless told otherwise.
pub const IDLE: Duration = Duration::from_secs(10 * 60);

/// What the driver is told by whoever builds it.
#[derive(Clone, Debug)]
pub struct CodexSettings {
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
    /// How long the program is kept without a turn.
    pub idle: Duration,
    /// The longest line taken, in bytes; a turn may have four times that in text.
    pub line_limit: usize,
    /// How programs are started.
    pub launcher: Launcher,
    /// Our own environment, of which the program sees a short list.
    pub base_environment: Environment,
    /// Where the task that looks after the program is started.
    pub tasks: TaskTracker,
    /// When it fires, the program is ended after its last turn.
    pub ending: CancellationToken,
}

/// The driver.
#[derive(Debug)]
pub struct Codex {
    settings: Arc<CodexSettings>,
    server: Server,
}

impl Codex {
    /// A driver with these settings. Starts its task, and no program before the first turn.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(settings: CodexSettings) -> Self {
        let settings = Arc::new(settings);
        Self { server: Server::new(Arc::clone(&settings)), settings }
    }
}

impl Provider for Codex {
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
            let end = turn::run(&self.server, &self.settings, &order, &events, &cancel).await;
            // The listener may be gone; then nobody wants to know.
            let _ = events.send(end).await;
        })
    }
}
