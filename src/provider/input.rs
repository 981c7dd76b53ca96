//! A program's stdin, and what still waits to be written to it.
//! Never blocks the one who queues, and takes it calmly when the program reads no more.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

/// The writing end of a program's stdin.
#[derive(Debug)]
pub(crate) struct Input {
    pipe: Option<ChildStdin>,
    queue: Vec<u8>,
    written: usize,
    close_when_written: bool,
}

impl Input {
    pub(crate) fn new(pipe: Option<ChildStdin>) -> Self {
        Self { pipe, queue: Vec::new(), written: 0, close_when_written: false }
    }

    /// Queues bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.queue.drain(..self.written);
        self.written = 0;
        self.queue.extend_from_slice(bytes);
    }

    /// Closes the pipe as soon as nothing waits.
    pub(crate) fn close(&mut self) {
        self.close_when_written = true;
        self.settle();
    }

    /// Whether there is something to write and somewhere to write it.
    pub(crate) fn waits(&self) -> bool {
        self.pipe.is_some() && self.written < self.queue.len()
    }

    /// Writes some of what waits. Cancel-safe; ask [`waits`](Self::waits) first.
    pub(crate) async fn write_some(&mut self) -> io::Result<usize> {
        match &mut self.pipe {
            Some(pipe) => pipe.write(&self.queue[self.written..]).await,
            None => Ok(0),
        }
    }

    /// Takes in what a write brought.
    pub(crate) fn wrote(&mut self, wrote: io::Result<usize>) {
        match wrote {
            Ok(count) => self.written += count,
            // It reads no more. That is its right; what it says decides.
            Err(_) => self.pipe = None,
        }
        self.settle();
    }

    fn settle(&mut self) {
        if self.pipe.is_none() || self.written == self.queue.len() {
            self.queue = Vec::new();
            self.written = 0;
            if self.close_when_written {
                self.pipe = None;
            }
        }
    }
}
