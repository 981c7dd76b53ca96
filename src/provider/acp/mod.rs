//! The `acp` driver: agents that speak the Agent Client Protocol (gemini, opencode, qwen, any other by command line),
//! one process for all tables that need it started in the same way.
//! Gives an agent no file and no terminal, and no permission but what people at the table gave.
//!
//! The protocol has no place for a system prompt: the instructions stand at the head of a conversation's first prompt
//! and again where they changed. It knows no budget: a turn's is not kept here.

mod agent;
mod asking;
mod decode;
mod dialect;
pub(in crate::provider) mod faults;
mod lane;
mod launch;
mod link;
mod message;
mod prompt;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::agent::Wish;
use self::dialect::Dialect;
use self::lane::{Lane, Lanes};
use super::TurnOrder;
use super::asking as people;
use super::cli::{CliDriver, CliSettings, failed};
use crate::domain::{FaultKind, ProviderEvent};

/// The driver.
#[derive(Debug)]
pub struct Acp {
    settings: Arc<CliSettings>,
    lanes: Lanes,
    turns: AtomicU64,
}

impl Acp {
    /// A driver with these settings. Starts nothing before the first turn.
    pub fn new(settings: CliSettings) -> Self {
        Self { settings: Arc::new(settings), lanes: Lanes::default(), turns: AtomicU64::new(0) }
    }
}

impl CliDriver for Acp {
    fn settings(&self) -> &CliSettings {
        &self.settings
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        Dialect::of(&self.settings.name).reads_by_itself()
    }

    fn takes_tools(&self) -> bool {
        Dialect::of(&self.settings.name).takes_tools()
    }

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
        let mut asking = order.asking.clone();
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
                given = people::next(&mut asking) => {
                    // An actor that is gone has ended the turn.
                    let _ = wish.inbox.send(Wish::Answer(key, given)).await;
                    continue;
                }
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
