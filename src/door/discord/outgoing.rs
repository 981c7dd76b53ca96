//! Puts messages into one channel, each exactly once: a row in the outbox first, then the request with the row's nonce.
//! It decides neither what is said nor when.

use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info, warn};

use super::aloud::Removals;
use super::convert::Us;
use super::health::{Health, Trouble, Why};
use super::rest::{Draft, Rest, RestError};
use super::voices::Hooks;
use super::{examine, finding, wording};
use crate::domain::{ErrorId, PlaceId, TableId, Timestamp};
use crate::store::{Parcel, ParcelState, Planned, Store, StoreError};
use crate::telemetry::new_error_id;

/// How long Discord certainly remembers a nonce ("a few minutes"; resources/message, "Create Message").
const NONCE_MS: i64 = 3 * 60 * 1000;

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
            Self::Rest(failure) if Why::of(failure.code()).is_some() => Hope::NotHere,
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
    /// Through what characters speak.
    pub hooks: Arc<Hooks>,
    /// Where we may remove what people wrote.
    pub removals: Arc<Removals>,
    /// The outbox.
    pub store: Store,
    /// Whose table it leads to.
    pub table: TableId,
    /// Where to, for the outbox.
    pub place: PlaceId,
    /// Where to, for Discord.
    pub channel: u64,
    /// Who we are there.
    pub us: u64,
    /// How the channel is.
    pub health: Arc<Health>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

impl Outgoing {
    /// Who we are on Discord.
    pub(super) fn names(&self) -> Us {
        Us { user: self.us, application: self.hooks.application }
    }

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
        let body = body.or_else(|| Some(finding::attempted(draft)));
        let planned = Planned { place, subject, part, nonce: nonce.clone(), body };
        let parcel = self.store.plan_message(planned, (self.now)()).await?;
        if let ParcelState::Sent(message) = parcel.state {
            return Ok(Standing { message, as_asked: false });
        }
        let old = (self.now)().millis() - parcel.planned_at.millis() > NONCE_MS;
        let found = if old { self.find(&parcel).await? } else { None };
        let standing = match found {
            Some(message) => Standing { message, as_asked: false },
            None => match self.attempt(draft, &parcel).await {
                Ok(message) => Standing { message, as_asked: parcel.nonce == nonce },
                Err(SendError::Rest(failure)) => return self.not_sent(&parcel, failure).await,
                Err(failure) => return Err(failure),
            },
        };
        self.store.message_sent(parcel.id, standing.message).await?;
        Ok(standing)
    }

    /// Sends what is planned. What it says now is written down first, where it is not what was planned.
    async fn attempt(&self, draft: &Draft, parcel: &Parcel) -> Result<u64, SendError> {
        if let Some(body) = finding::attempted_again(parcel.body.as_deref(), draft) {
            self.store.message_says(parcel.id, body).await?;
        }
        Ok(self.send_or_plainer(draft, &parcel.nonce).await?)
    }

    /// Sends it, and without what Discord will not have with it if that is all that is wrong.
    async fn send_or_plainer(&self, draft: &Draft, nonce: &str) -> Result<u64, RestError> {
        let refused = match self.rest.send(self.channel, draft, nonce).await {
            Err(refused @ RestError::Refused { .. }) => refused,
            other => return other,
        };
        match plainer(draft, refused.code()) {
            Some(plainer) => self.rest.send(self.channel, &plainer, nonce).await,
            None => Err(refused),
        }
    }

    /// Makes a message say this instead, without what Discord will not have with it. One that cannot be changed any more
    /// is as good if it says that already, whatever its buttons; after a crash nobody knows what it says.
    pub(super) async fn edit(&self, message: u64, draft: &Draft) -> Result<(), SendError> {
        let refused = match self.rest.edit(self.channel, message, draft).await {
            Err(refused @ RestError::Refused { .. }) => refused,
            other => return Ok(other?),
        };
        if too_late(refused.code()) && self.says(message, &draft.content).await {
            return Ok(());
        }
        match plainer(draft, refused.code()) {
            Some(plainer) => Ok(self.rest.edit(self.channel, message, &plainer).await?),
            None => Err(refused.into()),
        }
    }

    async fn says(&self, message: u64, content: &str) -> bool {
        let standing = self.rest.message(self.channel, message).await.unwrap_or_default();
        standing["content"].as_str().is_some_and(|standing| standing.trim() == content.trim())
    }

    /// A message that will never be taken is not tried again after a restart.
    pub(super) async fn not_sent(&self, parcel: &Parcel, failure: RestError) -> Result<Standing, SendError> {
        let failure = SendError::from(failure);
        if failure.hope() != Hope::Later {
            self.store.message_dropped(parcel.id).await?;
        }
        Err(failure)
    }

    /// Removes a message that was planned, may have been taken, and is not wanted any more.
    pub(super) async fn unsend(&self, subject: &str, part: u32) -> Result<(), SendError> {
        match self.take_back(subject, part).await? {
            Some(row) => Ok(self.store.message_dropped(row).await?),
            None => Ok(()),
        }
    }

    /// The same of one that may be wanted again: it is planned anew then.
    pub(super) async fn unplan(&self, subject: &str, part: u32) -> Result<(), SendError> {
        match self.take_back(subject, part).await? {
            Some(row) => Ok(self.store.message_unplanned(row).await?),
            None => Ok(()),
        }
    }

    /// Sees to it that a planned message is not there. Gives its row.
    async fn take_back(&self, subject: &str, part: u32) -> Result<Option<i64>, SendError> {
        let rows = self.store.messages_about(&self.place, subject.to_owned()).await?;
        let planned = |row: &Parcel| row.part == part && row.state == ParcelState::Planned;
        let Some(parcel) = rows.into_iter().find(planned) else { return Ok(None) };
        let old = (self.now)().millis() - parcel.planned_at.millis() > NONCE_MS;
        let found = if old {
            self.find(&parcel).await?
        } else {
            // Asked for once more with its nonce, Discord gives the one that is there; no other question finds it for sure.
            Some(self.rest.send(self.channel, &Draft::text("\u{2026}".to_owned()), &parcel.nonce).await?)
        };
        if let Some(message) = found {
            self.remove(message).await?;
        }
        Ok(Some(parcel.id))
    }

    /// Says something outside the outbox, for when the outbox cannot be written. It may be lost; it is not doubled.
    pub(super) async fn say_once(&self, draft: &Draft) {
        if let Err(failure) = self.rest.send(self.channel, draft, &nonce()).await {
            warn!(channel = self.channel, error = %failure, "notice not sent");
        }
    }

    /// Logs why something does not stand where it should, with an id that finds it. What keeps the bot from the whole
    /// channel is logged once, until it is over.
    pub(super) async fn log(&self, failure: &SendError, what: &'static str) -> ErrorId {
        let (error_id, channel) = (new_error_id(), self.channel);
        let SendError::Rest(refused) = failure else {
            warn!(channel, %error_id, error = %failure, what, "not written down, so not sent yet");
            return error_id;
        };
        let Some(why) = Why::of(refused.code()) else {
            if failure.hope() == Hope::Later {
                warn!(channel, %error_id, error = %failure, what, "Discord did not take it yet");
            } else {
                error!(channel, %error_id, error = %failure, detail = ?failure, what, "Discord refused");
            }
            return error_id;
        };
        if self.health.begin(why, error_id.clone(), (self.now)()) {
            if why == Why::NotAllowed {
                let missing = examine::missing(&self.rest, self.channel, self.us).await.unwrap_or_default();
                self.health.lacks(missing.into_iter().map(|(name, _)| name).collect());
            }
            let reason = self.health.trouble().map(|trouble| wording::keeps_from_writing(&trouble));
            error!(channel, %error_id, error = %failure, detail = ?failure, what,
                reason = reason.unwrap_or_default(), "nothing can be said in a channel");
        }
        error_id
    }

    /// The channel could be read; gives the trouble that is over if it was one of seeing the channel.
    pub(super) fn is_seen(&self) -> Option<Trouble> {
        let unseen = |trouble: &Trouble| matches!(trouble.why, Why::NoChannel | Why::NotSeen);
        self.health.trouble().filter(unseen).and_then(|_| self.works())
    }

    /// Something got through; gives the trouble that is over.
    pub(super) fn works(&self) -> Option<Trouble> {
        let over = self.health.over()?;
        info!(channel = self.channel, error_id = %over.error, unsaid = over.unsaid, "the channel can be written to again");
        Some(over)
    }
}

/// Whether a message cannot be changed any more.
pub(super) fn is_too_late(failure: &SendError) -> bool {
    matches!(failure, SendError::Rest(failure) if too_late(failure.code()))
}

/// Too old (30046), or in a thread that sleeps (50083).
fn too_late(code: u64) -> bool {
    matches!(code, 30_046 | 50_083)
}

/// The same message without what this refusal is about (topics/opcodes-and-status-codes, "JSON"); none where nothing can
/// be left out.
pub(super) fn plainer(draft: &Draft, code: u64) -> Option<Draft> {
    match code {
        // To answer a message its channel's history must be readable.
        160_002 if draft.reply_to.is_some() => Some(Draft { reply_to: None, ..draft.clone() }),
        // Files need a permission of their own, and have a limit of their own.
        50_013 | 40_005 if draft.attached.is_some() => {
            let content = draft.content.replace(&wording::rest_attached(), &wording::rest_in_story());
            Some(Draft { content, attached: None, ..draft.clone() })
        }
        _ => None,
    }
}

/// A name for one message that no other has: 25 characters, the most that Discord takes.
pub(super) fn nonce() -> String {
    let mut nonce = uuid::Uuid::new_v4().simple().to_string();
    nonce.truncate(25);
    nonce
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
    fn what_discord_will_not_have_is_left_out_and_nothing_else() {
        let attached = crate::door::discord::rest::Attached { name: "turn-1.md".to_owned(), text: "more".to_owned() };
        let text = format!("The end.\n{}", wording::rest_attached());
        let long = Draft { attached: Some(attached), reply_to: Some(5), ..Draft::text(text) };
        let without = plainer(&long, 50_013).unwrap();
        assert!(without.attached.is_none() && without.reply_to == Some(5));
        assert!(without.content.contains("/story show"), "{}", without.content);
        assert_eq!(plainer(&long, 160_002).unwrap().reply_to, None);
        assert_eq!(plainer(&Draft::text("a"), 50_013), None, "then the channel itself is closed to us");
        assert_eq!(plainer(&long, 50_035), None);
    }
}
