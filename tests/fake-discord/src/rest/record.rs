//! A request as a test sees it afterwards. Never the raw bytes of files.

use serde_json::Value;

/// A file of a multipart request.
#[derive(Clone, Debug)]
pub struct SentFile {
    /// The part's name, as `files[0]`.
    pub part: String,
    /// File name.
    pub name: String,
    /// Length in bytes.
    pub size: usize,
}

/// A request that came in, and how it was answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path without `/api/v10` and without the query.
    pub path: String,
    /// The query, raw.
    pub query: String,
    /// Template of the route, as `/channels/{channel_id}/messages`; none if unknown.
    pub route: Option<&'static str>,
    /// JSON body (of multipart: `payload_json`); null if there was none.
    pub body: Value,
    /// Files of a multipart body.
    pub files: Vec<SentFile>,
    /// Status answered; none while unanswered or cut.
    pub status: Option<u16>,
    /// JSON answered; null if it was long, as pages of history are.
    pub answer: Value,
    /// Whether a planned fault hit it.
    pub faulted: bool,
    /// The audit log reason header.
    pub reason: Option<String>,
    /// When it came, in milliseconds since the epoch.
    pub at_ms: u64,
}
