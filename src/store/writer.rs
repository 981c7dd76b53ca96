//! The one thread that writes: takes pieces of work from a bounded queue and runs each in a transaction of its own.
//! Never waits on anything but its queue and the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rusqlite::{Connection, Transaction};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use super::error::StoreError;
use super::folder::FolderLock;

/// How many pieces of work may wait; whoever comes after that waits in turn.
const QUEUE: usize = 256;

/// A way to the thread.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
}

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

enum Order {
    Run(Work),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread; it ends with [`Writer::close`] or when the last handle is gone.
    pub(super) fn start(conn: Connection, lock: FolderLock) -> Result<Self, StoreError> {
        let (orders, inbox) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(conn, lock, inbox))
            .map_err(StoreError::NoThread)?;
        Ok(Self { orders })
    }

    /// None at all: whoever wants to write is told that the database is closed.
    pub(super) fn none() -> Self {
        Self { orders: mpsc::channel(1).0 }
    }

    /// Runs `work` in a transaction: all of it is durable when this returns `Ok`, nothing of it otherwise.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |conn| {
            // Whoever asked may have stopped waiting; the work is done all the same.
            let _ = answer.send(in_transaction(conn, work));
        });
        self.orders.send(Order::Run(work)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` outside of any transaction, for what cannot be in one.
    pub(super) async fn run_alone<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |conn| drop(answer.send(work(conn))));
        self.orders.send(Order::Run(work)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Ends the thread after the work that waits already; returns when the file and the folder are let go.
    pub(super) async fn close(self) {
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            // An error means that another handle closed first.
            let _ = is_done.await;
        }
    }
}

fn in_transaction<T>(
    conn: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // Dropped without a commit, it rolls back.
    let tx = conn.transaction()?;
    let result = work(&tx)?;
    tx.commit()?;
    Ok(result)
}

fn serve(mut conn: Connection, lock: FolderLock, mut inbox: mpsc::Receiver<Order>) {
    let done = loop {
        match inbox.blocking_recv() {
            Some(Order::Run(work)) => {
                // A panic is a bug in one piece of work; its transaction is rolled back and the others go on.
                if catch_unwind(AssertUnwindSafe(|| work(&mut conn))).is_err() {
                    error!("a write to the database panicked");
                }
            }
            Some(Order::Close(done)) => break Some(done),
            None => break None,
        }
    };
    finish(conn);
    drop(lock);
    if let Some(done) = done {
        let _ = done.send(());
    }
}

/// Moves the write-ahead log into the file. Failing loses nothing: the next start does it.
fn finish(conn: Connection) {
    if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        warn!(error = %error, "could not tidy the database while closing");
    }
    if let Err((_, error)) = conn.close() {
        warn!(error = %error, "could not close the database");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use crate::store::testing::fresh;

    #[tokio::test]
    async fn a_writer_that_is_held_up_does_not_answer_until_it_is_let_go() {
        let f = fresh().await;
        f.store.answers().await.unwrap();
        let (let_go, held) = mpsc::channel::<()>();
        let holds = f.store.writer.run(move |_: &rusqlite::Transaction<'_>| {
            let _ = held.recv();
            Ok(())
        });
        let asks = async {
            let answered = tokio::time::timeout(Duration::from_millis(50), f.store.answers()).await;
            assert!(answered.is_err(), "it answered while it was held up");
            drop(let_go);
        };
        tokio::join!(holds, asks).0.unwrap();
        f.store.answers().await.unwrap();
    }
}
