//! Marks on people's messages: heard, and waiting for the next turn. One request at a time, in order.
//! A mark that cannot be set is no failure: what was heard is in the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub(super) struct Marks {
    rest: Arc<Rest>,
    tasks: TaskTracker,
    queue: Arc<Mutex<Queue>>,
}

/// What is to be set, and whether a task is at it: most channels have nothing to set most of the time.
#[derive(Default)]
struct Queue {
    orders: VecDeque<Order>,
    busy: bool,
}

struct Order {
    at: (u64, u64),
    mark: Mark,
    set: bool,
}

impl Marks {
    /// Sets them by `rest`.
    pub(super) fn new(rest: Arc<Rest>, tasks: TaskTracker) -> Self {
        Self { rest, tasks, queue: Arc::default() }
    }

    /// Sets a mark on a message, which is named with the channel it stands in.
    pub(super) fn set(&self, at: (u64, u64), mark: Mark) {
        self.put(Order { at, mark, set: true });
    }

    /// Takes a mark away.
    pub(super) fn clear(&self, at: (u64, u64), mark: Mark) {
        self.put(Order { at, mark, set: false });
    }

    fn put(&self, order: Order) {
        let mut queue = lock(&self.queue);
        if queue.orders.len() < QUEUE {
            queue.orders.push_back(order);
        }
        if !std::mem::replace(&mut queue.busy, true) {
            self.tasks.spawn(set_all(Arc::clone(&self.rest), Arc::clone(&self.queue)));
        }
    }
}

async fn set_all(rest: Arc<Rest>, queue: Arc<Mutex<Queue>>) {
    while let Some(Order { at: (channel, message), mark, set }) = next(&queue) {
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
}

/// The next to be set; where there is none, whoever puts one starts another task.
fn next(queue: &Mutex<Queue>) -> Option<Order> {
    let mut queue = lock(queue);
    let next = queue.orders.pop_front();
    if next.is_none() {
        *queue = Queue::default();
    }
    next
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // A queue cannot be left half changed.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
