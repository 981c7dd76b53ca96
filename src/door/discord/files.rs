//! Brings the files that people attached: asks Discord where one lies now, has it loaded, and looks whether it is what
//! it is called. Where files may come from is in `fetch.rs`.

use std::sync::Arc;

use tracing::warn;

use super::door::Door;
use super::fetch::NotLoaded;
use super::ingest::Heard;
use super::offered;
use super::rest::{RestError, UNKNOWN_MESSAGE};
use crate::config::Attachments;
use crate::domain::Attachment;
use crate::provider::BoxFuture;
use crate::table::{Bearer, Missing};
use crate::telemetry::new_error_id;

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
enum NotBrought {
    /// Its author took it back, or the message with it.
    #[error("it is not there any more")]
    Gone,
    /// It is not what its name says.
    #[error("it is not what it is called")]
    Other,
    /// Discord does not say where it is.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// It was not loaded.
    #[error(transparent)]
    Loading(#[from] NotLoaded),
}

/// Brings files.
pub(super) struct Files {
    door: Arc<Door>,
    limits: Attachments,
}

impl Files {
    /// Brings what was attached in the door's channels.
    pub(super) fn new(door: Arc<Door>) -> Self {
        Self { limits: door.parts.config.attachments.clone(), door }
    }

    async fn load(&self, file: &Attachment) -> Result<Vec<u8>, NotBrought> {
        let (channel, message, id) = offered::found_at(&file.from).ok_or(NotBrought::Gone)?;
        // Addresses of files are good for a day; the message always has a fresh one.
        let found = match self.door.rest().message(channel, message).await {
            Err(failure) if failure.code() == UNKNOWN_MESSAGE => return Err(NotBrought::Gone),
            found => found?,
        };
        let id = id.to_string();
        let of_it = found["attachments"].as_array().into_iter().flatten().find(|one| one["id"] == id.as_str());
        let url = of_it.and_then(|one| one["url"].as_str()).ok_or(NotBrought::Gone)?;
        let bytes = match self.door.files.load(url, self.limits.size, self.limits.timeout).await {
            Err(NotLoaded::Status(404 | 410)) => return Err(NotBrought::Gone),
            loaded => loaded?,
        };
        if file.kind.fits(&bytes) { Ok(bytes) } else { Err(NotBrought::Other) }
    }

    /// Tells people once, in the channel, and the log.
    async fn failed(&self, file: &Attachment, why: &NotBrought) {
        let error_id = new_error_id();
        warn!(file = %file.name, %error_id, error = %why, "an attached file was not loaded");
        let large = matches!(why, NotBrought::Loading(NotLoaded::Large(_)));
        if let Some((channel, message, id)) = offered::found_at(&file.from)
            && !matches!(why, NotBrought::Gone)
        {
            let called = file.name.trim_start_matches("attachments/").trim_start_matches(&format!("{message}-"));
            let text = super::wording::not_loaded(called, large, &error_id);
            let subject = format!("file:{id}");
            self.door.heard(channel, Heard::Trouble { subject, text, message }).await;
        }
    }
}

impl Bearer for Files {
    fn bring<'a>(&'a self, file: &'a Attachment) -> BoxFuture<'a, Result<Vec<u8>, Missing>> {
        Box::pin(async move {
            match self.load(file).await {
                Ok(bytes) => Ok(bytes),
                Err(why) => {
                    self.failed(file, &why).await;
                    Err(Missing)
                }
            }
        })
    }
}
