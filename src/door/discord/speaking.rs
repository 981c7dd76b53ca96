//! Puts a character's words into a channel, each exactly once: a row in the outbox first, then the request. Webhooks have
//! no nonce that Discord enforces, so what may have been taken is looked for in the channel before it is sent again.

use super::outgoing::{self, Outgoing, SendError, Standing};
use super::rest::{self, Draft, RestError, Voice};
use super::spoken::Piece;
use crate::store::{Parcel, ParcelState, Planned};

/// How often a way is looked for when the webhook is gone.
const WAYS: u32 = 2;
/// What the outbox holds of something that a character says: how it can be taken away again.
pub(super) const VOICE: &str = "voice";

impl Outgoing {
    /// Says one piece of a reply unless it stands there already: as the character where that can be, or else as we.
    pub(super) async fn speak(&self, subject: &str, part: u32, piece: &Piece) -> Result<Standing, SendError> {
        let Some(voice) = &piece.voice else { return self.send(subject, part, &piece.draft, None).await };
        let nonce = outgoing::nonce();
        let (place, subject) = (self.place.clone(), subject.to_owned());
        let planned = Planned { place, subject, part, nonce: nonce.clone(), body: Some(VOICE.to_owned()) };
        let parcel = self.store.plan_message(planned, (self.now)()).await?;
        if let ParcelState::Sent(message) = parcel.state {
            return Ok(Standing { message, as_asked: true });
        }
        let message = self.utter(&parcel, parcel.nonce != nonce, voice, piece).await?;
        self.store.message_sent(parcel.id, message).await?;
        Ok(Standing { message, as_asked: true })
    }

    /// Says what is planned, unless it was planned `before` and that attempt was taken. Gives the message.
    pub(super) async fn utter(
        &self,
        parcel: &Parcel,
        before: bool,
        voice: &Voice,
        piece: &Piece,
    ) -> Result<u64, SendError> {
        if before && let Some(found) = self.find_spoken(parcel, voice, piece).await? {
            return Ok(found);
        }
        match self.speak_or_tell(voice, piece, &parcel.nonce).await {
            Ok(message) => Ok(message),
            Err(failure) => self.not_sent(parcel, failure).await.map(|standing| standing.message),
        }
    }

    /// Says it as the character; where the channel lets us have no webhook, as we with the name in bold.
    async fn speak_or_tell(&self, voice: &Voice, piece: &Piece, nonce: &str) -> Result<u64, RestError> {
        for _ in 0..WAYS {
            let way = match self.hooks.way(self.channel).await {
                Ok(way) => way,
                Err(RestError::Refused { .. }) => break,
                Err(failure) => return Err(failure),
            };
            if let Err(after) = self.hooks.may(&way) {
                return Err(RestError::Limited { after });
            }
            match self.rest.speak(&way.hook, way.thread, voice, &piece.draft).await {
                Err(gone) if matches!(gone.code(), rest::UNKNOWN_WEBHOOK | rest::WEBHOOK_TOKEN) => {
                    self.hooks.forget(&way).await;
                }
                Err(RestError::Refused { .. }) => break,
                done => return done,
            }
        }
        self.rest.send(self.channel, &piece.in_bold(), nonce).await
    }

    /// Takes away what a character said: by the webhook that said it, else by our own right. That it is gone already is
    /// as good.
    pub(super) async fn unspeak(&self, message: u64) -> Result<(), SendError> {
        match self.hooks.way(self.channel).await {
            Ok(way) => match self.rest.unspeak(&way.hook, way.thread, message).await {
                Ok(()) => return Ok(()),
                Err(failure) if failure.passes() => return Err(failure.into()),
                // An older webhook said it, or we in its place.
                Err(_) => {}
            },
            Err(failure) if failure.passes() => return Err(failure.into()),
            Err(_) => {}
        }
        self.remove(message).await
    }

    /// Takes away what we said. That it is gone already is as good.
    pub(super) async fn remove(&self, message: u64) -> Result<(), SendError> {
        match self.rest.delete(self.channel, message).await {
            Err(failure) if failure.code() != rest::UNKNOWN_MESSAGE => Err(failure.into()),
            _ => Ok(()),
        }
    }

    /// Takes away what was perhaps said in a character's name and never heard of again: all that our webhooks said since
    /// it was planned and that the outbox does not know.
    pub(super) async fn unspeak_lost(&self, parcel: &Parcel) -> Result<(), SendError> {
        for message in self.said_since(parcel).await? {
            let application = message["application_id"].as_str().and_then(|id| id.parse().ok());
            let ours = message["webhook_id"].is_string() && application == Some(self.hooks.application);
            let Some(id) = rest::id(&message).filter(|_| ours && message["interaction_metadata"].is_null()) else {
                continue;
            };
            if !self.store.is_sent_message(&self.place, id).await? {
                self.unspeak(id).await?;
            }
        }
        Ok(())
    }

    /// Looks for words that were perhaps taken: said by one of our webhooks under that name, or by us in bold, since they
    /// were planned, and not known to the outbox.
    async fn find_spoken(&self, parcel: &Parcel, voice: &Voice, piece: &Piece) -> Result<Option<u64>, SendError> {
        let bold = piece.in_bold();
        for message in self.said_since(parcel).await? {
            let says = |draft: &Draft| message["content"].as_str().map(str::trim) == Some(draft.content.trim());
            let by_hook = message["webhook_id"].is_string() && message["interaction_metadata"].is_null();
            let as_voice = by_hook && message["author"]["username"] == voice.name.as_str() && says(&piece.draft);
            let by_us = message["author"]["id"].as_str().and_then(|id| id.parse().ok()) == Some(self.us);
            let Some(id) = rest::id(&message).filter(|_| as_voice || (by_us && says(&bold))) else { continue };
            if !self.store.is_sent_message(&self.place, id).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
