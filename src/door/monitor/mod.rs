//! The door for operators and their programs: three pages over HTTP, on loopback unless configured otherwise.
//! Nobody plays here, and nothing that people or models wrote leaves by it.

mod pages;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::store::Store;
use crate::table::Hall;
use crate::telemetry::Metrics;

/// Names the process that answers, so that whoever asks knows that it is the one they mean.
pub const PROCESS: HeaderName = HeaderName::from_static("talekeeper-process");

/// What the door needs of the program.
#[derive(Clone)]
pub struct Parts {
    /// What was counted, and what is ready.
    pub metrics: Metrics,
    /// All tables.
    pub hall: Arc<Hall>,
    /// The record.
    pub store: Store,
    /// Where tasks are started.
    pub tasks: TaskTracker,
    /// Fires when the program ends.
    pub ending: CancellationToken,
}

/// What every page is made from.
#[derive(Clone)]
struct Monitor {
    parts: Parts,
    /// Whether only this machine reaches it: then a name in a request that is not this machine's is a web page's doing.
    loopback: bool,
}

/// Serves until the program ends. That it cannot is told in the log; play goes on without it.
pub async fn open(parts: Parts, listen: SocketAddr) {
    let bound = TcpListener::bind(listen).await;
    let (listener, address) = match bound.and_then(|bound| bound.local_addr().map(|address| (bound, address))) {
        Ok(bound) => bound,
        Err(failure) => {
            warn!(address = %listen, error = %failure, "nothing can be asked of this bot: the address cannot be had");
            return;
        }
    };
    info!(address = %address, loopback = address.ip().is_loopback(), "operators can ask here");
    let (tasks, ending) = (parts.tasks.clone(), parts.ending.clone());
    let monitor = Monitor { parts, loopback: address.ip().is_loopback() };
    let router = Router::new()
        .route("/healthz", get(pages::health))
        .route("/readyz", get(pages::readiness))
        .route("/metrics", get(pages::metrics))
        .layer(middleware::from_fn_with_state(monitor.loopback, let_in))
        .with_state(monitor);
    tasks.spawn(async move {
        tokio::select! {
            served = axum::serve(listener, router).into_future() => {
                if let Err(failure) = served {
                    warn!(error = %failure, "operators cannot ask any more");
                }
            }
            // Whoever asks at that moment is told nothing: that the program ends is an answer as well.
            () = ending.cancelled() => {}
        }
    });
}

/// A page in somebody's browser may point a name of its own at this machine; it is not answered.
async fn let_in(State(loopback): State<bool>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let mut response = if loopback && !host.is_none_or(is_this_machine) {
        (StatusCode::MISDIRECTED_REQUEST, "this address answers to this machine only\n").into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(PROCESS, HeaderValue::from(std::process::id()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_this_machine() {
        for here in ["127.0.0.1:9464", "localhost", "localhost:9464", "[::1]:9464", "127.0.0.1"] {
            assert!(is_this_machine(here), "{here}");
        }
        for there in ["example.com:9464", "127.0.0.1.example.com", "10.0.0.1:9464", "localhost.example.com:80", ""] {
            assert!(!is_this_machine(there), "{there}");
        }
    }
}
