//! Marks on people's messages: heard, and waiting for the next turn. One request at a time, in order.
//! A mark that cannot be set is no failure: what was heard is in the log.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::rest::Rest;
use super::wording;

/// How many marks may wait to be set; more are left out.
const QUEUE: usize = 256;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It was heard and is being answered.
    Heard,
    /// It was heard and waits.
    Waits,
    /// It was heard and is told together with what others say.
    Declared,
}

/// Sets marks in one channel and the threads lent to its table.
pub(super) struct Marks(mpsc::Sender<Order>);

struct Order {
    at: (u64, u64),
    mark: Mark,
    set: bool,
}

impl Marks {
    /// Starts setting marks; ends when this is dropped.
    pub(super) fn start(rest: Arc<Rest>, tasks: &TaskTracker) -> Self {
        let (orders, mut inbox) = mpsc::channel::<Order>(QUEUE);
        tasks.spawn(async move {
            while let Some(Order { at: (channel, message), mark, set }) = inbox.recv().await {
                let emoji = match mark {
                    Mark::Heard => wording::HEARD,
                    Mark::Waits => wording::WAITS,
                    Mark::Declared => wording::DECLARED,
                };
                let done = match set {
                    true => rest.react(channel, message, emoji).await,
                    false => rest.unreact(channel, message, emoji).await,
                };
                if let Err(failure) = done {
                    debug!(channel, error = %failure, "mark not set");
                }
            }
        });
        Self(orders)
    }

    /// Sets a mark on a message, which is named with the channel it stands in.
    pub(super) fn set(&self, at: (u64, u64), mark: Mark) {
        drop(self.0.try_send(Order { at, mark, set: true }));
    }

    /// Takes a mark away.
    pub(super) fn clear(&self, at: (u64, u64), mark: Mark) {
        drop(self.0.try_send(Order { at, mark, set: false }));
    }
}
