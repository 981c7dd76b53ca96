//! The fair limit on provider processes that run at once: first come, first served, and everyone's place is known.
//! It starts nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The running places for provider processes.
#[derive(Clone, Debug)]
pub struct RunSlots {
    free: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// A place in the queue; leaving it, by a slot or by giving up, moves the others up.
struct InQueue(Arc<AtomicUsize>);

impl Drop for InQueue {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl RunSlots {
    /// A limit of `running` processes at once.
    pub fn new(running: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(running)), waiting: Arc::default() }
    }

    /// Takes a slot if one is free at once.
    pub(crate) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// How many turns wait for a slot.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a slot, in the order of asking.
    pub(crate) async fn take(&self) -> OwnedSemaphorePermit {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _place = InQueue(Arc::clone(&self.waiting));
        Arc::clone(&self.free).acquire_owned().await.expect("the semaphore is never closed")
    }
}
