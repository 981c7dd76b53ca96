//! The `codex` driver: one `codex app-server` for all tables, spoken to in JSON-RPC, conversations resumed by its ids.
//! Never gives leave: what a table's `allowed_tools` does not name is switched off, and questions are answered no.
//!
//! Names for `allowed_tools`: `exec_command`, `apply_patch` (which opens the working folder for writing), `view_image`,
//! `web_search`, and `mcp__NAME` for a server of the host's own configuration.

mod asking;
mod connection;
mod decode;
mod frame;
mod outcome;
mod request;
mod server;
mod turn;
mod words;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::decode::Decoder;
use self::server::Server;
use super::TurnOrder;
use super::cli::{CliDriver, CliSettings};
use crate::domain::ProviderEvent;

/// The variables with a key for OpenAI's API, the preferred one first. The program itself heeds none of them.
pub const KEYS: &[&str] = &["CODEX_API_KEY", "OPENAI_API_KEY"];

/// The driver.
#[derive(Debug)]
pub struct Codex {
    settings: Arc<CliSettings>,
    server: Server,
}

impl Codex {
    /// A driver with these settings. Starts its task, and no program before the first turn.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(settings: CliSettings) -> Self {
        let settings = Arc::new(settings);
        Self { server: Server::new(Arc::clone(&settings)), settings }
    }
}

impl CliDriver for Codex {
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
        turn::run(&self.server, &self.settings, &order, events, cancel).await
    }
}
