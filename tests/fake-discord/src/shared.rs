//! The one lock around the world, and waiting for the world to change. Never held across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::world::World;

/// The world, its lock, and the signal that it changed.
pub(crate) struct Shared {
    world: Mutex<World>,
    changed: watch::Sender<u64>,
    runtime: Handle,
}

impl Shared {
    pub(crate) fn new(world: World, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { world: Mutex::new(world), changed: watch::Sender::new(0), runtime })
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the world and wakes every waiter.
    pub(crate) fn write<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = act(&mut self.lock());
        self.changed.send_modify(|version| *version += 1);
        done
    }

    /// Waits until `probe` finds what it looks for; panics with the transcript when patience ends.
    ///
    /// The probe runs without the lock, so it may call back into this crate.
    pub(crate) async fn wait<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let patience = self.read(|world| world.options.patience);
        // The timer lives on our own runtime: the wait works under any executor, paused clocks included.
        let mut deadline = self.runtime.spawn(tokio::time::sleep(patience));
        let mut changes = self.changed.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(found) = probe() {
                deadline.abort();
                return found;
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = &mut deadline => {
                    let transcript = self.read(|world| world.transcript.render());
                    panic!("waited {patience:?} in vain for {what}\n{transcript}");
                }
            }
        }
    }

    /// Waits for a span of real time, on our own runtime's clock.
    pub(crate) async fn pause(&self, span: std::time::Duration) {
        let _ = self.runtime.spawn(tokio::time::sleep(span)).await;
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A test that panics inside must not hide its message behind "poisoned".
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
