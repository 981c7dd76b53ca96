//! The fair limit on provider processes that run at once: first come, first served, and everyone's place is known.
//! It starts nothing itself.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The running places for provider processes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RunSlots {
    free: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// The one place beside them, for what nobody waits for.
    aside: Arc<Semaphore>,
}

/// A running place, given back when it is dropped.
pub(super) type Slot = OwnedSemaphorePermit;

/// A place in the queue, held from the moment of asking.
pub(super) struct Ticket {
    /// How many are before it.
    pub(super) ahead: usize,
    coming: Pin<Box<dyn Future<Output = Result<Slot, AcquireError>> + Send>>,
    _place: InQueue,
}

/// Leaving the queue, by a slot or by giving up, moves the others up.
struct InQueue(Arc<AtomicUsize>);

impl Drop for InQueue {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl RunSlots {
    /// A limit of `running` processes at once.
    pub fn new(running: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(running)), waiting: Arc::default(), aside: Arc::new(Semaphore::new(1)) }
    }

    /// How many wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The place for what nobody waits for: one at a time, and never in the way of a turn. Dropping the wait gives it up.
    pub(super) async fn aside(&self) -> Slot {
        Arc::clone(&self.aside).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Takes a slot, or the last place in the queue for one.
    pub(super) fn ask(&self) -> Result<Slot, Ticket> {
        let mut coming = Box::pin(Arc::clone(&self.free).acquire_owned());
        // The semaphore queues whoever has asked once, so asking here and not in a task keeps the order of asking.
        if let Some(Ok(slot)) = coming.as_mut().now_or_never() {
            return Ok(slot);
        }
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        Err(Ticket { ahead, coming, _place: InQueue(Arc::clone(&self.waiting)) })
    }
}

impl Ticket {
    /// Waits for the slot. Dropping it leaves the queue.
    pub(super) async fn slot(self) -> Slot {
        self.coming.await.expect("the semaphore is never closed")
    }
}
