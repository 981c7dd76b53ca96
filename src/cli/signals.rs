//! Being asked to end: Ctrl-C, what systemd and containers send, and a terminal that is gone.
//! What is done about it is the caller's.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::warn;

/// Hears requests to end. One that comes while nobody waits is kept, so that it is not lost between two waits.
pub(super) struct Asked([Option<Signal>; 3]);

impl Asked {
    /// Listens from now on; the signals do not end the process by themselves any more.
    pub(super) fn to_end() -> Self {
        Self([SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(|kind| match signal(kind) {
            Ok(heard) => Some(heard),
            Err(failure) => {
                warn!(signal = kind.as_raw_value(), error = %failure, "a signal is not heard");
                None
            }
        }))
    }

    /// Waits until it is asked for once more.
    pub(super) async fn once(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
            () = heard(hangup) => {}
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending().await
    }
}
