//! What the three pages say. Each asks anew, and none waits for long: a page that does not come is no answer.
//! What is counted, and under which names, is `telemetry`'s.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Monitor;
use crate::provider::{Household, household};
use crate::telemetry::{Kept, Now, ProcessFigures};

/// How long the database may take to answer before it counts as one that does not.
const PATIENCE: Duration = Duration::from_secs(5);
/// What `/metrics` is (OpenMetrics 1.0, "Content-Type").
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process is alive, and what people say can be written down.
pub(super) async fn health(State(monitor): State<Monitor>) -> impl IntoResponse {
    if monitor.database_answers().await {
        (StatusCode::OK, "ok\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "missing: database\n".to_owned())
    }
}

/// Play can go on; else a word for each thing that is missing.
pub(super) async fn readiness(State(monitor): State<Monitor>) -> impl IntoResponse {
    let mut missing = monitor.parts.metrics.readiness().missing();
    if !monitor.database_answers().await {
        missing.insert(0, "database");
    }
    if missing.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("missing: {}\n", missing.join(" ")))
    }
}

/// Everything that is counted.
pub(super) async fn metrics(State(monitor): State<Monitor>) -> impl IntoResponse {
    let now = monitor.now().await;
    ([(header::CONTENT_TYPE, OPEN_METRICS)], monitor.parts.metrics.text(&now))
}

impl Monitor {
    async fn database_answers(&self) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.parts.store.answers()).await, Ok(Ok(())))
    }

    async fn now(&self) -> Now {
        let kept = tokio::time::timeout(PATIENCE, self.parts.store.standing()).await;
        let kept = kept.ok().and_then(Result::ok).map(|standing| Kept {
            tables: standing.tables,
            actions_waiting: standing.actions_waiting,
            turns_running: standing.turns_running,
            outbox: standing.outbox,
        });
        // `/proc` is a file system like any other.
        let looked = tokio::task::spawn_blocking(|| (household(std::process::id()), ProcessFigures::own()));
        let (Household { programs, guards, memory }, own) = looked.await.unwrap_or_default();
        Now {
            kept,
            tables_open: self.parts.hall.open_tables() as u64,
            turns_queued: self.parts.hall.queued_turns() as u64,
            provider_processes: programs,
            guard_processes: guards,
            provider_memory: memory,
            own,
        }
    }
}
