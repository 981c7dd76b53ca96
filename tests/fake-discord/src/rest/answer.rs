//! Answers as they go over the wire: bodies, error pages and rate limit headers. Never decides which one is due.

use std::time::Duration;

use serde_json::Value;

use crate::faults::{Scope, too_many_body};

use super::buckets::Standing;
use super::refusal::Refusal;

/// What goes back over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, bytes: body.to_string().into_bytes() }
    }

    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        Self::json(refusal.status, &refusal.body())
    }
}

pub(crate) fn plain_error(status: u16) -> Answer {
    let words = match status {
        500 => "500: Internal Server Error",
        503 => "503: Service Unavailable",
        _ => "error",
    };
    Answer::json(status, &serde_json::json!({ "message": words, "code": 0 }))
}

pub(crate) fn bad_gateway_page() -> Answer {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><center>cloudflare</center></body></html>";
    Answer { status: 502, headers: vec![("content-type", "text/html".to_owned())], bytes: page.into() }
}

pub(crate) fn too_many(scope: Scope, retry_after: Duration, bucket: Option<&str>) -> Answer {
    let mut answer = Answer::json(429, &too_many_body(scope, retry_after));
    // The header has whole seconds, rounded up; the body has the fraction.
    answer.headers.push(("retry-after", retry_after.as_secs_f64().ceil().to_string()));
    let name = match scope {
        Scope::User => "user",
        Scope::Global => "global",
        Scope::Shared => "shared",
    };
    answer.headers.push(("x-ratelimit-scope", name.to_owned()));
    if scope == Scope::Global {
        answer.headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    if let Some(bucket) = bucket {
        answer.headers.push(("x-ratelimit-bucket", bucket.to_owned()));
    }
    answer
}

pub(crate) fn rate_headers(standing: &Standing) -> [(&'static str, String); 5] {
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
    [
        ("x-ratelimit-bucket", standing.bucket.clone()),
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset", seconds(standing.resets_ms)),
        ("x-ratelimit-reset-after", format!("{:.3}", standing.reset_after.as_secs_f64())),
    ]
}
