//! Lines that people say as a character: said again in the character's name, once, and then their own message is removed.
//! The action was written down before any of this; here only its look is changed, and where that cannot be it stays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::notice::Notice;
use super::outgoing::{self, Hope, Outgoing, SendError};
use super::rest::{self, Draft, Rest, RestError, Voice};
use super::splitting::{self, MESSAGE_UNITS};
use super::spoken::{self, Piece};
use super::{convert, examine};
use crate::domain::SourceId;
use crate::store::{ActionState, Line, Parcel, ParcelState, Planned, StoreError};

/// What is left free in a line, so that it also fits with the name in bold before it.
const NAME_UNITS: usize = 100;
/// How long it is believed that we may, or may not, remove what people wrote in a channel.
const BELIEVED: Duration = Duration::from_secs(600);
/// What the subject of a line begins with.
const SUBJECT: &str = "as:";

/// A line that is to stand in a character's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aloud {
    /// Who says it.
    pub character: String,
    /// Where their picture is.
    pub picture: Option<String>,
    /// Where it was heard: its own message, if it is one, and the thread.
    pub source: SourceId,
    /// The channel or thread it belongs into.
    pub channel: u64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It stands in the character's name.
    Said,
    /// The person's own message stands as it is, because it has more than words or is too long.
    Left,
    /// The same, because we may not remove it.
    MayNot,
}

impl Aloud {
    /// The notice that has it said. `whole` is whether words are all there is.
    pub(super) fn notice(self, text: String, whole: bool) -> Notice {
        let text = if whole && fits(&text) { text } else { String::new() };
        let subject = Self::subject(&self.source);
        Notice { aloud: Some(self), ..Notice::new(subject, text) }
    }

    /// What the outbox calls the line of an action.
    pub(super) fn subject(source: &SourceId) -> String {
        format!("{SUBJECT}{source}")
    }

    /// What of it is kept in the outbox.
    pub(super) fn body(&self) -> Value {
        let Self { character, picture, source, channel } = self;
        json!({ "character": character, "picture": picture, "source": source.as_str(), "channel": channel.to_string() })
    }

    /// Reads [`Aloud::body`] back.
    pub(super) fn read(body: &Value) -> Option<Self> {
        Some(Self {
            character: body["character"].as_str()?.to_owned(),
            picture: body["picture"].as_str().map(str::to_owned),
            source: SourceId::new(body["source"].as_str()?.to_owned()),
            channel: body["channel"].as_str()?.parse().ok()?,
        })
    }

    /// The message that the person wrote, if it was one.
    pub(super) fn original(&self) -> Option<u64> {
        convert::heard_at(&self.source).map(|(_, message)| message)
    }
}

impl Outgoing {
    /// Says a line in its character's name unless it stands there already, and removes the person's own message.
    pub(super) async fn say_aloud(&self, notice: &Notice, aloud: &Aloud) -> Result<Became, SendError> {
        let out = Self { channel: aloud.channel, ..self.clone() };
        if notice.text.is_empty() {
            return Ok(Became::Left);
        }
        let original = aloud.original();
        if original.is_some() && !out.removals.may(out.channel, out.us).await? {
            return Ok(Became::MayNot);
        }
        let (parcel, before, text) = out.plan_line(notice, aloud).await?;
        let message = match parcel.state {
            ParcelState::Sent(message) => message,
            ParcelState::Dropped => return Ok(Became::Left),
            ParcelState::Planned if !fits(&text) => {
                out.store.message_dropped(parcel.id).await?;
                return Ok(Became::Left);
            }
            ParcelState::Planned if out.was_taken_back(&aloud.source).await? => {
                out.store.message_dropped(parcel.id).await?;
                return Ok(Became::Said);
            }
            ParcelState::Planned => out.put_line(&parcel, before, &text, aloud).await?,
        };
        // A change is written down before it is looked whether the line stands, and here it stands before it is looked.
        if let Some(now) = out.edited(&aloud.source).await?.filter(|now| *now != text && fits(now)) {
            out.restate(message, &now).await?;
        }
        match original {
            Some(original) => out.remove_original(original, message).await,
            None => Ok(Became::Said),
        }
    }

    /// Plans a line. Whether it was planned before, and what it says: an earlier attempt may have been taken, with what was
    /// to be said then.
    async fn plan_line(&self, notice: &Notice, aloud: &Aloud) -> Result<(Parcel, bool, String), SendError> {
        // Whoever wrote it may have changed it since it was heard.
        let text = self.edited(&aloud.source).await?.unwrap_or_else(|| notice.text.clone());
        let (nonce, body) = (outgoing::nonce(), Notice { text, ..notice.clone() }.body());
        let (place, subject) = (self.place.clone(), notice.subject.clone());
        let planned = Planned { place, subject, part: 0, nonce: nonce.clone(), body: Some(body) };
        let parcel = self.store.plan_message(planned, (self.now)()).await?;
        let text = Notice::read(notice.subject.clone(), parcel.body.as_deref().unwrap_or_default()).text;
        let before = parcel.nonce != nonce;
        Ok((parcel, before, text))
    }

    /// Says a planned line and writes down where it stands.
    async fn put_line(&self, parcel: &Parcel, before: bool, text: &str, aloud: &Aloud) -> Result<u64, SendError> {
        let voice = Voice { name: spoken::called(&aloud.character, None), picture: aloud.picture.clone() };
        let piece = Piece {
            speaker: Some(aloud.character.clone()),
            voice: Some(voice.clone()),
            draft: Draft::text(text.to_owned()),
        };
        let message = self.utter(parcel, before, &voice, &piece).await?;
        let line = Line { message, original: aloud.original(), source: aloud.source.clone() };
        self.store.line_said(parcel.id, &self.place, line).await?;
        Ok(message)
    }

    /// What its writer made of a line since it was heard.
    async fn edited(&self, source: &SourceId) -> Result<Option<String>, SendError> {
        match self.store.action_by_source(self.table, source).await? {
            Some(action) => Ok(self.store.edited_text(self.table, action.action).await?),
            None => Ok(None),
        }
    }

    /// A line that stands in the place of its writer's own message, to be looked at once more.
    pub(super) async fn line_anew(&self, source: &SourceId) -> Result<Option<Notice>, StoreError> {
        let subject = Aloud::subject(source);
        let rows = self.store.messages_about(&self.place, subject.clone()).await?;
        Ok(rows.into_iter().find_map(|row| row.body).map(|body| Notice::read(subject, &body)))
    }

    /// Whether its writer took it back before it was said.
    async fn was_taken_back(&self, source: &SourceId) -> Result<bool, SendError> {
        let known = self.store.action_by_source(self.table, source).await?;
        Ok(known.is_some_and(|action| action.state == ActionState::Withdrawn))
    }

    /// Removes what the person wrote; the line that stands in its place is known by then.
    pub(super) async fn remove_original(&self, original: u64, line: u64) -> Result<Became, SendError> {
        let became = match self.rest.delete(self.channel, original).await {
            Ok(()) => Became::Said,
            Err(gone) if gone.code() == rest::UNKNOWN_MESSAGE => Became::Said,
            Err(failure) => {
                let failure = SendError::from(failure);
                if failure.hope() == Hope::Later {
                    return Err(failure);
                }
                self.log(&failure, "a line that stands in a character's name too").await;
                self.removals.may_not(self.channel);
                Became::MayNot
            }
        };
        self.store.line_single(&self.place, line).await?;
        Ok(became)
    }
}

/// Whether a line is short enough to be said in a character's name.
fn fits(text: &str) -> bool {
    splitting::units(text) <= MESSAGE_UNITS - NAME_UNITS
}

/// In which channels we may remove what people wrote.
pub(super) struct Removals {
    rest: Arc<Rest>,
    known: Mutex<HashMap<u64, (bool, Instant)>>,
}

impl Removals {
    /// Nothing is known yet.
    pub(super) fn new(rest: Arc<Rest>) -> Self {
        Self { rest, known: Mutex::default() }
    }

    /// Whether we may in that channel.
    async fn may(&self, channel: u64, us: u64) -> Result<bool, RestError> {
        if let Some((may, at)) = self.lock().get(&channel)
            && at.elapsed() < BELIEVED
        {
            return Ok(*may);
        }
        let held = examine::held(&self.rest, channel, us).await?;
        let may = held.is_some_and(|held| held & examine::MANAGE_MESSAGES != 0);
        self.lock().insert(channel, (may, Instant::now()));
        Ok(may)
    }

    fn may_not(&self, channel: u64) {
        self.lock().insert(channel, (false, Instant::now()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, (bool, Instant)>> {
        // A map of answers cannot be left half changed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aloud(source: &str) -> Aloud {
        let (character, picture) = ("Mira".to_owned(), Some("https://cards.example/mira.png".to_owned()));
        Aloud { character, picture, source: SourceId::new(source), channel: 7 }
    }

    #[test]
    fn a_line_is_read_back_as_it_was() {
        let notice = aloud("discord:5@7").notice("I wave.".to_owned(), true);
        assert_eq!(Notice::read(notice.subject.clone(), &notice.body()), notice);
        assert_eq!(aloud("discord:5@7").original(), Some(5));
        assert_eq!(aloud("discord-as:5").original(), None, "a command leaves no message");
    }

    #[test]
    fn what_does_not_fit_stays_with_its_writer() {
        assert_eq!(aloud("discord:5").notice("x".repeat(1_950), true).text, "");
        assert_eq!(aloud("discord:5").notice("x".to_owned(), false).text, "", "it has files");
        assert_eq!(aloud("discord:5").notice("x".repeat(1_900), true).text.len(), 1_900);
    }
}
