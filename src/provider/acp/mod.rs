//! The `acp` driver: agents that speak the Agent Client Protocol (gemini, opencode, qwen, any other by command line),
//! one process for all tables that need it started in the same way.
//! Never gives an agent a permission, a file or a terminal.
//!
//! The protocol has no place for a system prompt: the instructions stand at the head of a conversation's first prompt
//! and again where they changed. It knows no budget: a turn's is not kept here.

mod agent;
mod decode;
mod dialect;
pub(in crate::provider) mod faults;
mod lane;
mod launch;
mod link;
mod message;
mod prompt;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::agent::Wish;
use self::dialect::Dialect;
use self::lane::{Lane, Lanes};
use super::environment::Environment;
use super::process::Launcher;
use super::{BoxFuture, Provider, TurnOrder};
use crate::domain::{Fault, FaultKind, ModelName, ProviderEvent, ProviderName};

/// What the driver is told by whoever builds it.
#[derive(Clone, Debug)]
pub struct AcpSettings {
    /// Its name in the configuration. `gemini`, `opencode` and `qwen` are known; of others nothing is assumed.
    pub name: ProviderName,
    /// The program: a name looked for in `PATH`, or a path.
    pub command: String,
    /// Its arguments; none takes those its name is known for.
    pub args: Option<Vec<String>>,
    /// Environment over ours.
    pub env: BTreeMap<String, String>,
    /// The models the host may choose from; empty where any is taken.
    pub models: Vec<ModelName>,
    /// The time for a whole turn.
    pub timeout: Duration,
    /// After how much silence it is told.
    pub quiet_notice: Duration,
    /// The longest line taken, in bytes; a turn may tell four times that.
    pub line_limit: usize,
    /// How programs are started.
    pub launcher: Launcher,
    /// Our own environment, of which the program sees a short list.
    pub base_environment: Environment,
    /// Where the driver's tasks are started.
    pub tasks: TaskTracker,
    /// Fires when the program ends: processes without a turn are ended then, the others after their turns.
    pub ending: CancellationToken,
}

/// The driver.
#[derive(Debug)]
pub struct Acp {
    settings: Arc<AcpSettings>,
    lanes: Lanes,
    turns: AtomicU64,
}

impl Acp {
    /// A driver with these settings. Starts nothing before the first turn.
    pub fn new(settings: AcpSettings) -> Self {
        Self { settings: Arc::new(settings), lanes: Lanes::default(), turns: AtomicU64::new(0) }
    }

    /// Answers a turn up to its end. The end is given back, not sent.
    async fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let key = self.turns.fetch_add(1, Ordering::Relaxed);
        let lane = Lane::of(&order, Dialect::of(&self.settings.name));
        let Some(inbox) = self.lanes.inbox(lane, &self.settings) else {
            return failed(FaultKind::NotStarted, "too many models and sets of tools are in use at once");
        };
        let (tell, mut told) = mpsc::unbounded_channel();
        if inbox.send(Wish::Turn { key, order: Box::new(order), tell }).await.is_err() {
            return failed(FaultKind::NotStarted, "the program is ending");
        }
        let wish = CancelOnDrop { inbox, key };
        let mut cancelled = false;
        loop {
            tokio::select! {
                event = told.recv() => match event {
                    Some(end @ (ProviderEvent::Finished(_) | ProviderEvent::Failed(_))) => return end,
                    Some(event) if !cancelled => cancelled = !forward(event, events, cancel).await,
                    Some(_) => continue,
                    None => return failed(FaultKind::BrokenStream, "the driver's task ended"),
                },
                () = cancel.cancelled(), if !cancelled => cancelled = true,
            }
            if cancelled {
                // An actor that is gone has ended the turn.
                let _ = wish.inbox.send(Wish::Cancel(key)).await;
            }
        }
    }
}

/// Sees to it that a turn ends whose future is dropped. Of a turn that has ended the actor knows nothing any more.
struct CancelOnDrop {
    inbox: mpsc::Sender<Wish>,
    key: u64,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // If the inbox is full, the actor notices by itself that nobody listens.
        let _ = self.inbox.try_send(Wish::Cancel(self.key));
    }
}

/// Tells the listener, however slow. False when nobody wants more.
async fn forward(event: ProviderEvent, events: &mpsc::Sender<ProviderEvent>, cancel: &CancellationToken) -> bool {
    tokio::select! {
        sent = events.send(event) => sent.is_ok(),
        () = cancel.cancelled() => false,
    }
}

fn failed(kind: FaultKind, detail: &str) -> ProviderEvent {
    ProviderEvent::Failed(Fault::new(kind, detail))
}

impl Provider for Acp {
    fn name(&self) -> &ProviderName {
        &self.settings.name
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        Dialect::of(&self.settings.name).reads_by_itself()
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
