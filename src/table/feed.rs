//! Frames on their way to those who look on: each has a queue of its own, which takes room only while something is in it.
//! It does not look into them; who may see what is decided in `handle.rs`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};

use super::frame::Frame;

/// How many frames a slow door may lag behind before it misses some.
const LAG: usize = 256;

/// Where a table shows what it plays. Cheap to clone; all clones are the same feed.
#[derive(Clone, Debug, Default)]
pub(super) struct Feed(Arc<Mutex<Vec<Onlooker>>>);

#[derive(Debug)]
struct Onlooker {
    frames: mpsc::Sender<Arc<Frame>>,
    missed: Arc<AtomicU64>,
}

/// One onlooker's end.
#[derive(Debug)]
pub(super) struct Following {
    frames: mpsc::Receiver<Arc<Frame>>,
    missed: Arc<AtomicU64>,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// This.
    Frame(Arc<Frame>),
    /// So many were missed here.
    Missed(u64),
    /// Nothing any more.
    Closed,
}

impl Feed {
    /// Shows a frame to all who look on. Nobody is fine.
    pub(super) fn send(&self, frame: Frame) {
        let frame = Arc::new(frame);
        // A list of onlookers cannot be left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|onlooker| onlooker.takes(&frame));
    }

    /// Shows from now on.
    pub(super) fn follow(&self) -> Following {
        let (sender, frames) = mpsc::channel(LAG);
        let missed = Arc::<AtomicU64>::default();
        let onlooker = Onlooker { frames: sender, missed: Arc::clone(&missed) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(onlooker);
        Following { frames, missed }
    }
}

impl Onlooker {
    /// Whether there is still somebody.
    fn takes(&self, frame: &Arc<Frame>) -> bool {
        // After one that was missed none comes until the gap was told, or the order would be wrong.
        if self.missed.load(Ordering::Acquire) == 0 {
            match self.frames.try_send(Arc::clone(frame)) {
                Ok(()) => return true,
                Err(TrySendError::Closed(_)) => return false,
                Err(TrySendError::Full(_)) => {}
            }
        }
        self.missed.fetch_add(1, Ordering::AcqRel);
        !self.frames.is_closed()
    }
}

impl Following {
    /// Waits for what comes next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Next {
        match self.frames.try_recv() {
            Ok(frame) => return Next::Frame(frame),
            Err(TryRecvError::Disconnected) => return Next::Closed,
            Err(TryRecvError::Empty) => {}
        }
        match self.missed.swap(0, Ordering::AcqRel) {
            0 => self.frames.recv().await.map_or(Next::Closed, Next::Frame),
            missed => Next::Missed(missed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TurnNo;
    use crate::table::frame::FrameBody;

    fn frame(turn: u64) -> Frame {
        Frame::public(FrameBody::Reminded { turn: TurnNo::new(turn) })
    }

    #[tokio::test]
    async fn who_is_slow_is_told_where_something_is_missing_and_the_others_miss_nothing() {
        let feed = Feed::default();
        let (mut slow, mut quick) = (feed.follow(), feed.follow());
        let (lag, all) = (LAG as u64, LAG as u64 + 3);
        for turn in 1..=all {
            feed.send(frame(turn));
            assert_eq!(quick.next().await, Next::Frame(Arc::new(frame(turn))));
        }
        for turn in 1..=lag {
            assert_eq!(slow.next().await, Next::Frame(Arc::new(frame(turn))));
            // There is room again, but not before the gap was told.
            feed.send(frame(all + turn));
        }
        assert_eq!(slow.next().await, Next::Missed(3 + lag));
        feed.send(frame(1));
        assert_eq!(slow.next().await, Next::Frame(Arc::new(frame(1))));
    }

    #[tokio::test]
    async fn who_goes_is_forgotten_and_a_feed_that_ends_says_so() {
        let feed = Feed::default();
        let (mut stays, goes) = (feed.follow(), feed.follow());
        drop(goes);
        feed.send(frame(1));
        assert_eq!(feed.0.lock().unwrap().len(), 1);
        drop(feed);
        assert_eq!(stays.next().await, Next::Frame(Arc::new(frame(1))));
        assert_eq!(stays.next().await, Next::Closed);
    }
}
