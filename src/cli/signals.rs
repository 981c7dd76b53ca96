//! Being asked to end: Ctrl-C, what systemd and containers send, and a terminal that is gone.
//! What is done about it is the caller's.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::warn;

/// Hears requests to end. One that comes while nobody waits is kept, so that it is not lost between two waits.
pub(super) struct Asked {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl Asked {
    /// Listens from now on; the signals do not end the process by themselves any more.
    pub(super) fn to_end() -> Self {
        Self { hangup: listen(SignalKind::hangup()), ..Self::again() }
    }

    /// The same for whoever was asked already. A terminal that is gone says so more than once; that is no hurry.
    pub(super) fn again() -> Self {
        Self { interrupt: listen(SignalKind::interrupt()), terminate: listen(SignalKind::terminate()), hangup: None }
    }

    /// Waits until it is asked for once more.
    pub(super) async fn once(&mut self) {
        tokio::select! {
            () = heard(&mut self.interrupt) => {}
            () = heard(&mut self.terminate) => {}
            () = heard(&mut self.hangup) => {}
        }
        self.hangup = None;
    }
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind)
        .inspect_err(|failure| warn!(signal = kind.as_raw_value(), error = %failure, "a signal is not heard"))
        .ok()
}

async fn heard(signal: &mut Option<Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending::<()>().await;
    }
}
