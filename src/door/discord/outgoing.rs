//! Puts messages into one channel, each exactly once: a row in the outbox first, then the request with the row's nonce.
//! It decides neither what is said nor when.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tracing::{error, warn};

use super::rest::{self, Draft, Rest, RestError};
use crate::domain::{PlaceId, Timestamp};
use crate::store::{Parcel, ParcelState, Planned, Store, StoreError};
use crate::telemetry::new_error_id;

/// How long Discord certainly remembers a nonce ("a few minutes"; resources/message, "Create Message").
const NONCE_MS: i64 = 3 * 60 * 1000;
/// How far the clocks may differ when a message is looked for by its time.
const CLOCKS_MS: i64 = 30 * 1000;
/// The first millisecond of Discord's ids (reference, "Snowflakes").
const EPOCH_MS: i64 = 1_420_070_400_000;

/// Why a message does not stand where it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// Discord did not take it.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// It could not be written down, so it was not sent.
    #[error("the outbox could not be written")]
    Store(#[from] StoreError),
}

/// What follows from a failure for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hope {
    /// Try again later.
    Later,
    /// This message cannot be; others can.
    NotThisOne,
    /// The channel cannot be written to.
    NotHere,
}

impl SendError {
    /// For how long Discord will not be asked again, where it said so.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self {
            Self::Rest(RestError::Limited { after }) => Some(*after),
            _ => None,
        }
    }

    /// What follows from it.
    pub(super) fn hope(&self) -> Hope {
        match self {
            // With a new token the next start goes on from here.
            Self::Store(_) | Self::Rest(RestError::Token) => Hope::Later,
            Self::Rest(failure) if failure.passes() => Hope::Later,
            // Unknown channel, no access, no permission (topics/opcodes-and-status-codes, "JSON").
            Self::Rest(failure) if matches!(failure.code(), 10_003 | 50_001 | 50_013) => Hope::NotHere,
            Self::Rest(_) => Hope::NotThisOne,
        }
    }
}

/// A message that stands in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Its id.
    pub message: u64,
    /// Whether it says what it was just asked to say. An earlier try may have been taken, with what was to be said then.
    pub as_asked: bool,
}

/// A way into one channel.
#[derive(Clone)]
pub(super) struct Outgoing {
    /// Discord.
    pub rest: Arc<Rest>,
    /// The outbox.
    pub store: Store,
    /// Where to, for the outbox.
    pub place: PlaceId,
    /// Where to, for Discord.
    pub channel: u64,
    /// Who we are there.
    pub us: u64,
    /// The clock.
    pub now: fn() -> Timestamp,
}

impl Outgoing {
    /// Sends a message unless it stands there already.
    pub(super) async fn send(
        &self,
        subject: &str,
        part: u32,
        draft: &Draft,
        body: Option<String>,
    ) -> Result<Standing, SendError> {
        let nonce = nonce();
        let (place, subject) = (self.place.clone(), subject.to_owned());
        let planned = Planned { place, subject, part, nonce: nonce.clone(), body };
        let parcel = self.store.plan_message(planned, (self.now)()).await?;
        if let ParcelState::Sent(message) = parcel.state {
            return Ok(Standing { message, as_asked: false });
        }
        let old = (self.now)().millis() - parcel.planned_at.millis() > NONCE_MS;
        let found = if old { self.find(&parcel).await? } else { None };
        let standing = match found {
            Some(message) => Standing { message, as_asked: false },
            None => match self.rest.send(self.channel, draft, &parcel.nonce).await {
                Ok(message) => Standing { message, as_asked: parcel.nonce == nonce },
                Err(failure) => return self.not_sent(&parcel, failure).await,
            },
        };
        self.store.message_sent(parcel.id, standing.message).await?;
        Ok(standing)
    }

    /// A message that will never be taken is not tried again after a restart.
    async fn not_sent(&self, parcel: &Parcel, failure: RestError) -> Result<Standing, SendError> {
        let failure = SendError::from(failure);
        if failure.hope() == Hope::NotThisOne {
            self.store.message_dropped(parcel.id).await?;
        }
        Err(failure)
    }

    /// Looks for a message whose nonce is too old to be asked with: one of ours from that time that the outbox does
    /// not know as sent and that answers no command.
    async fn find(&self, parcel: &Parcel) -> Result<Option<u64>, SendError> {
        let after = snowflake(Timestamp::from_millis(parcel.planned_at.millis() - CLOCKS_MS));
        for message in self.rest.messages_after(self.channel, after).await? {
            let ours = message["author"]["id"].as_str().and_then(|id| id.parse().ok()) == Some(self.us);
            let answers = !message["interaction_metadata"].is_null() || !message["webhook_id"].is_null();
            let nonce = message["nonce"].as_str();
            let Some(id) = rest::id(&message).filter(|_| ours && !answers) else { continue };
            if nonce.is_none_or(|nonce| nonce == parcel.nonce) && !self.store.is_sent_message(&self.place, id).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Says something outside the outbox, for when the outbox cannot be written. It may be lost; it is not doubled.
    pub(super) async fn say_once(&self, draft: &Draft) {
        if let Err(failure) = self.rest.send(self.channel, draft, &nonce()).await {
            warn!(channel = self.channel, error = %failure, "notice not sent");
        }
    }

    /// Logs why a message does not stand where it should, with an id that finds it.
    pub(super) fn log(&self, failure: &SendError, what: &'static str) {
        let error_id = new_error_id();
        if failure.hope() == Hope::Later {
            warn!(channel = self.channel, %error_id, error = %failure, what, "Discord did not take it yet");
        } else {
            error!(channel = self.channel, %error_id, error = %failure, detail = ?failure, what, "Discord refused");
        }
    }
}

/// A name for one message that no other has: 25 characters, the most that Discord takes.
pub(super) fn nonce() -> String {
    let mut nonce = uuid::Uuid::new_v4().simple().to_string();
    nonce.truncate(25);
    nonce
}

/// The smallest id of a message that is written at `at`.
pub(super) fn snowflake(at: Timestamp) -> u64 {
    u64::try_from(at.millis() - EPOCH_MS).unwrap_or(0) << 22
}

/// When the message of this id was written.
pub(super) fn written_at(id: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(id >> 22).unwrap_or(i64::MAX / 2) + EPOCH_MS)
}

/// The text of a message, as Discord gives it back. For a notice whose row was planned and never sent.
pub(super) fn notice_body(text: &str, reply_to: Option<u64>) -> String {
    serde_json::json!({ "text": text, "reply_to": reply_to.map(|id| id.to_string()) }).to_string()
}

/// Reads [`notice_body`] back.
pub(super) fn notice_draft(body: &str) -> Draft {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let reply_to = body["reply_to"].as_str().and_then(|id| id.parse().ok());
    Draft { reply_to, ..Draft::text(body["text"].as_str().unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_as_long_as_discord_takes_and_its_own() {
        assert_eq!(nonce().len(), 25);
        assert_ne!(nonce(), nonce());
    }

    #[test]
    fn ids_carry_their_time() {
        let at = Timestamp::from_millis(1_795_269_600_123);
        assert_eq!(written_at(snowflake(at)), at);
        assert_eq!(snowflake(Timestamp::from_millis(0)), 0);
    }

    #[test]
    fn a_notice_is_read_back_as_it_was() {
        let draft = notice_draft(&notice_body("Say it again.", Some(u64::MAX)));
        assert_eq!(draft, Draft { reply_to: Some(u64::MAX), ..Draft::text("Say it again.") });
    }
}
