//! Reads a request's body: JSON, or multipart with `payload_json` and files. Never interprets what it says.

use std::convert::Infallible;

use futures_util::stream;
use hyper::body::Bytes;
use serde_json::Value;

use super::refusal::{BAD_JSON, Refusal};

/// A file that came with a request.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The part's name, as `files[0]`.
    pub(crate) part: String,
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
}

impl Upload {
    /// The number in `files[0]`; a bare `file` counts as 0.
    pub(crate) fn number(&self) -> u64 {
        self.part.trim_start_matches("files[").trim_end_matches(']').parse().unwrap_or(0)
    }
}

/// What a request carried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) json: Value,
    pub(crate) uploads: Vec<Upload>,
}

pub(crate) async fn read(content_type: &str, bytes: Bytes) -> Result<Body, Refusal> {
    if bytes.is_empty() {
        return Ok(Body::default());
    }
    if let Ok(boundary) = multer::parse_boundary(content_type) {
        return multipart(boundary, bytes).await.map_err(|_| BAD_JSON);
    }
    let json = serde_json::from_slice(&bytes).map_err(|_| BAD_JSON)?;
    Ok(Body { json, uploads: Vec::new() })
}

async fn multipart(boundary: String, bytes: Bytes) -> Result<Body, multer::Error> {
    let whole = stream::iter([Ok::<Bytes, Infallible>(bytes)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut body = Body::default();
    while let Some(part) = parts.next_field().await? {
        let part_name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let mime = part.content_type().map_or_else(|| "application/octet-stream".to_owned(), ToString::to_string);
        let bytes = part.bytes().await?;
        if part_name == "payload_json" {
            body.json = serde_json::from_slice(&bytes).map_err(|_| multer::Error::IncompleteStream)?;
        } else {
            let name = file_name.unwrap_or_else(|| part_name.clone());
            body.uploads.push(Upload { part: part_name, name, mime, bytes: bytes.to_vec() });
        }
    }
    Ok(body)
}
