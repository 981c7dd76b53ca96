//! Marks on people's messages: heard, and waiting for the next turn. One request at a time, in order; what was overtaken
//! while it waited for Discord's limits is left out.
//! A mark that cannot be set is no failure: what was heard is in the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::task::TaskTracker;
use tracing::debug;

use super::rest::Rest;
use super::wording;

/// How many marks may wait to be set; more are left out.
const QUEUE: usize = 256;
/// How late a mark may come on a message that is answered by then.
const LATE: Duration = Duration::from_secs(5);

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    at: (u64, u64),
    mark: Mark,
    set: bool,
    /// When it was given.
    since: Instant,
    /// Whether the message was answered meanwhile.
    answered: bool,
}

impl Order {
    fn new(at: (u64, u64), mark: Mark, set: bool) -> Self {
        Self { at, mark, set, since: Instant::now(), answered: false }
    }
}

impl Queue {
    /// Takes an order. One that is not begun yet and is now the other way round needs neither.
    fn put(&mut self, order: Order) {
        let of_it = |other: &Order| (other.at, other.mark) == (order.at, order.mark);
        match self.orders.iter().position(of_it) {
            Some(at) if self.orders[at].set != order.set => drop(self.orders.remove(at)),
            Some(_) => {}
            // What is left out may only be a mark that is missing, never one that stays for ever.
            None if order.set && self.orders.len() >= QUEUE => {}
            None => self.orders.push_back(order),
        }
    }

    /// Notes that a message was answered.
    fn answered(&mut self, at: (u64, u64)) {
        self.orders.iter_mut().filter(|order| order.at == at).for_each(|order| order.answered = true);
    }

    /// The next that is worth a request at `now`.
    fn next(&mut self, now: Instant) -> Option<Order> {
        let comes_late = |order: &Order| order.set && order.answered && now.duration_since(order.since) > LATE;
        while let Some(order) = self.orders.pop_front() {
            if !comes_late(&order) {
                return Some(order);
            }
        }
        None
    }
}

impl Marks {
    /// Sets them by `rest`.
    pub(super) fn new(rest: Arc<Rest>, tasks: TaskTracker) -> Self {
        Self { rest, tasks, queue: Arc::default() }
    }

    /// Sets a mark on a message, which is named with the channel it stands in.
    pub(super) fn set(&self, at: (u64, u64), mark: Mark) {
        self.put(Order::new(at, mark, true));
    }

    /// Takes a mark away.
    pub(super) fn clear(&self, at: (u64, u64), mark: Mark) {
        self.put(Order::new(at, mark, false));
    }

    /// A message was answered: a mark that limits keep from being set comes too late to say anything.
    pub(super) fn answered(&self, at: (u64, u64)) {
        lock(&self.queue).answered(at);
    }

    fn put(&self, order: Order) {
        let mut queue = lock(&self.queue);
        queue.put(order);
        if !queue.orders.is_empty() && !std::mem::replace(&mut queue.busy, true) {
            self.tasks.spawn(set_all(Arc::clone(&self.rest), Arc::clone(&self.queue)));
        }
    }
}

async fn set_all(rest: Arc<Rest>, queue: Arc<Mutex<Queue>>) {
    while let Some(Order { at: (channel, message), mark, set, .. }) = next(&queue) {
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
    let next = queue.next(Instant::now());
    if next.is_none() {
        *queue = Queue::default();
    }
    next
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // A queue cannot be left half changed.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(message: u64, mark: Mark, set: bool) -> Order {
        Order::new((1, message), mark, set)
    }

    fn left(queue: &mut Queue, now: Instant) -> Vec<(u64, Mark, bool)> {
        std::iter::from_fn(|| queue.next(now)).map(|order| (order.at.1, order.mark, order.set)).collect()
    }

    #[test]
    fn what_was_overtaken_before_it_was_begun_is_not_set() {
        let mut queue = Queue::default();
        for message in 1..=3 {
            queue.put(order(message, Mark::Waits, true));
        }
        // The first is at Discord already.
        queue.orders.pop_front();
        for message in 1..=3 {
            queue.put(order(message, Mark::Waits, false));
            queue.put(order(message, Mark::Heard, true));
        }
        queue.answered((1, 1));
        queue.answered((1, 2));
        let now = Instant::now() + LATE * 2;
        assert_eq!(left(&mut queue, now), [(1, Mark::Waits, false), (3, Mark::Heard, true)]);
    }

    #[test]
    fn an_answer_does_not_take_a_mark_away_that_comes_in_time() {
        let mut queue = Queue::default();
        queue.put(order(1, Mark::Heard, true));
        queue.answered((1, 1));
        let now = queue.orders[0].since + LATE;
        assert_eq!(left(&mut queue, now), [(1, Mark::Heard, true)]);
    }

    #[test]
    fn a_mark_may_be_missing_and_none_stays_for_ever() {
        let mut queue = Queue::default();
        for message in 0..QUEUE as u64 + 5 {
            queue.put(order(message, Mark::Heard, true));
        }
        queue.put(order(900, Mark::Waits, false));
        let left = left(&mut queue, Instant::now());
        assert_eq!(left.len(), QUEUE + 1);
        assert_eq!(left.last(), Some(&(900, Mark::Waits, false)));
    }
}
