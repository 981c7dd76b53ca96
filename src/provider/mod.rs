//! Providers: what answers a turn. The trait every driver and the oracle stand behind.
//! Nothing here knows a table, a door or the store.

pub mod acp;
pub mod asking;
mod blocks;
mod cgroup;
pub mod claude;
pub mod cli;
pub mod codex;
mod descent;
mod discreet;
pub mod droid;
pub mod environment;
pub mod guard;
mod hand;
mod household;
mod input;
mod lines;
pub mod oracle;
pub mod probe;
pub mod process;
mod registry;
mod report;
mod scratch;
mod spec;
mod stopping;
mod sweep;
pub mod tested;
mod watch;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::{ModelName, ProviderEvent, ProviderName, Said, Session, Tale, TurnNo};

pub use hand::{Hand, HandError, Reach};
pub use household::{Household, household};
pub use registry::Registry;
pub(crate) use scratch::sweep;

/// A future that can be held without naming its type.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What answers: a CLI behind its driver, or the oracle.
pub trait Provider: Send + Sync + 'static {
    /// Its name in configuration, log and commands.
    fn name(&self) -> &ProviderName;

    /// Files of a workspace that the CLI reads by itself, so that the brief need not repeat them.
    fn reads_by_itself(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it runs a program of its own, which counts against `limits.running_turns`.
    fn is_process(&self) -> bool {
        true
    }

    /// Whether it can be given the game master's tools.
    fn takes_tools(&self) -> bool {
        false
    }

    /// The models the host may choose from; empty where any name is taken.
    fn models(&self) -> &[ModelName] {
        &[]
    }

    /// Ends what is kept of a table between its turns, with the files that belong to it. The next turn begins without.
    fn forget<'a>(&'a self, _table: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// Answers one turn. Sends what happens and ends with exactly one `Finished` or `Failed`, also when `cancel`
    /// fires; when the future is done nothing of the turn is left running.
    fn run(
        &self,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) -> BoxFuture<'_, ()>;
}

/// Where the game master's tools are served for the table whose turn it is.
#[derive(Clone, Debug)]
pub struct ToolAccess {
    /// Where: an MCP server by streamable HTTP, on loopback.
    pub url: String,
    /// The bearer token. It never stands in an argument or a log.
    pub token: SecretString,
    /// The tools' names, for CLIs that have to be told of each that it may be used.
    pub names: Vec<&'static str>,
}

impl ToolAccess {
    /// The name of the tools' server, as CLIs are told it.
    pub(crate) const SERVER: &str = "table";

    /// A tool's name as people know it: each CLI puts the server's before it, in its own way.
    pub(crate) fn plain_name(name: &str) -> &str {
        let own = ["mcp__table__", "mcp_table_", "table___", "table_"];
        own.iter().find_map(|before| name.strip_prefix(before)).unwrap_or(name)
    }

    /// The server as the Agent Client Protocol names one, and droid, which took the words over.
    pub(crate) fn announced(&self) -> serde_json::Value {
        let headers = serde_json::json!([{"name": "Authorization", "value": self.authorization()}]);
        serde_json::json!({"type": "http", "name": Self::SERVER, "url": self.url, "headers": headers})
    }

    /// What stands in the header `Authorization`.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.token.expose_secret())
    }
}

/// Everything a provider needs for one turn.
#[derive(Clone, Debug)]
pub struct TurnOrder {
    /// The table's name, for logs and for the oracle's seed.
    pub table: String,
    /// The turn.
    pub turn: TurnNo,
    /// Contract, cast and campaign: what stands above the conversation.
    pub system: String,
    /// What is new, or everything when no session is resumed.
    pub prompt: String,
    /// The conversation to go on with; none opens a new one.
    pub resume: Option<Session>,
    /// The model, if one was chosen.
    pub model: Option<ModelName>,
    /// The CLI's own tools that the table's owner allows; none unless named.
    pub allowed_tools: Vec<String>,
    /// Leave to ask people for more than that; none declines whatever the CLI asks.
    pub asking: Option<asking::Asking>,
    /// The working folder. Exists.
    pub folder: PathBuf,
    /// A spending limit of this turn in millionths of a US dollar, for CLIs that can keep one.
    pub budget_micros: Option<u64>,
    /// The language people are answered in (an ISO 639-1 code).
    pub language: String,
    /// The story so far, for a provider that needs no brief (the oracle).
    pub tale: Tale,
    /// The actions of this turn, for a provider that needs no brief (the oracle).
    pub said: Vec<Said>,
    /// How it acts on the game.
    pub hand: Hand,
    /// The same by tools, for a provider that takes some.
    pub tools: Option<ToolAccess>,
    /// The pictures that belong to it, for CLIs that take pictures.
    pub pictures: Vec<Picture>,
}

/// A picture that goes with a prompt.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it lies. Exists, unless the disk is full.
    pub path: PathBuf,
    /// Its media type, by what stands in it.
    pub kind: &'static str,
    /// What stands in it.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.path.display(), self.kind, self.bytes.len())
    }
}

impl Picture {
    /// As text, as CLIs take it.
    pub(crate) fn base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.bytes)
    }
}
