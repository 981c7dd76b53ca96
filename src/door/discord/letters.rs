//! Letters on Discord: the button on the envelope, what a press shows, and delivery by direct message for who chose it.
//! Who may read what is decided by the table at the press.

use std::sync::Arc;

use poise::serenity_prelude as serenity;
use serde_json::{Value, json};
use serenity::{
    ComponentInteraction, CreateAllowedMentions, CreateInteractionResponse, CreateInteractionResponseFollowup,
};
use tracing::{info, warn};

use super::door::Door;
use super::outgoing::Outgoing;
use super::rest::Draft;
use super::{convert, splitting, wording as own};
use crate::domain::{Deed, Envelope, EventSeq, Person, PersonId, Seat, SeatId, TableId, Whisper};
use crate::door::{letters as words, wording};
use crate::format::{escape, links};
use crate::store::{Store, StoreError};
use crate::table::{TableError, TableHandle};

/// Says which shape an id has; another shape is an old program's button.
const SHAPE: &str = "tk1l";

/// What is noted of a person who wants letters by direct message.
const DIRECT: &str = "dm";

/// The button on an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LetterButton {
    /// At which table.
    pub table: TableId,
    /// The event that holds the letter.
    pub letter: EventSeq,
}

impl LetterButton {
    fn id(self) -> String {
        format!("{SHAPE}:{}:{}", self.table, self.letter)
    }

    /// Reads an id; none if it is another button.
    pub(super) fn read(id: &str) -> Option<Self> {
        let (table, letter) = id.strip_prefix(SHAPE)?.strip_prefix(':')?.split_once(':')?;
        Some(Self { table: TableId::new(table.parse().ok()?), letter: EventSeq::new(letter.parse().ok()?) })
    }

    /// The row that holds it alone.
    pub(super) fn row(self) -> Vec<Value> {
        // 2 is grey (components/reference, "Button Styles").
        let button = json!({ "type": 2, "style": 2, "label": own::OPEN_LETTER, "custom_id": self.id() });
        vec![json!({ "type": 1, "components": [button] })]
    }
}

/// Takes one press. False if the button is none of these.
pub(super) async fn take(context: &serenity::Context, door: &Arc<Door>, press: &ComponentInteraction) -> bool {
    let Some(button) = LetterButton::read(&press.data.custom_id) else { return false };
    // Discord waits three seconds for this; nothing may come before it.
    if let Err(failure) = press.create_response(context, CreateInteractionResponse::Acknowledge).await {
        warn!(error = %failure, "a press was not acknowledged");
    }
    let person = convert::clicker(&press.user, press.member.as_ref());
    let said = match door.at(press.channel_id.get()).filter(|reached| reached.id == button.table) {
        Some(reached) => open(&reached.table, &person, button.letter).await,
        None => Ok(vec![own::STALE_BUTTON.to_owned()]),
    };
    for text in said.unwrap_or_else(|failure| vec![wording::table_error(&failure)]) {
        let follow_up = CreateInteractionResponseFollowup::new()
            .content(text)
            .ephemeral(true)
            .allowed_mentions(CreateAllowedMentions::new());
        if let Err(failure) = press.create_followup(context, follow_up).await {
            warn!(error = %failure, "a letter was not shown");
        }
    }
    true
}

/// What the person finds in a letter. That they read it is noted.
async fn open(table: &TableHandle, person: &Person, letter: EventSeq) -> Result<Vec<String>, TableError> {
    let whisper = match table.letter(person.id.clone(), letter).await? {
        Envelope::Yours(whisper) => whisper,
        Envelope::Anothers => return Ok(vec![words::blank(letter.get(), person.id.as_str()).to_owned()]),
        Envelope::Void => return Ok(vec![words::VOID.to_owned()]),
    };
    let seats = table.view().await?.seats;
    let reader = seats.iter().find(|seat| seat.person == person.id).map(|seat| seat.id);
    // An old one is not noted, nor one that they wrote themselves; it is read all the same.
    drop(table.deed(person.clone(), Deed::OpenLetter { letter }).await);
    Ok(pages(&whisper, &seats, reader, None))
}

/// What a letter says, as messages.
fn pages(whisper: &Whisper, seats: &[Seat], reader: Option<SeatId>, table: Option<&str>) -> Vec<String> {
    let at = table.map_or_else(String::new, |table| format!(", at the table {}", escape::markdown(table)));
    let head = if reader == Some(whisper.to) {
        format!("✉️ From **{}**{at}", escape::markdown(&words::author(whisper.from, seats)))
    } else {
        format!("✉️ What you told **{}**{at}", escape::markdown(&words::name(whisper.to, seats)))
    };
    let text = links::inert(&escape::mentions(&whisper.text));
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    splitting::cut(&format!("{head}\n{quoted}")).messages
}

fn choice(person: &PersonId) -> String {
    format!("letters-of:{person}")
}

/// Keeps how a person wants their letters.
pub(super) async fn choose(store: &Store, person: &PersonId, direct: bool) -> Result<(), StoreError> {
    store.set_note(choice(person), if direct { DIRECT } else { "envelope" }.to_owned()).await
}

/// Brings a letter by direct message if whoever it is for chose that. The envelope stands in the channel either way.
pub(super) async fn deliver(out: Outgoing, table: TableHandle, id: TableId, letter: EventSeq) {
    let Ok(view) = table.view().await else { return };
    for seat in &view.seats {
        let Some(user) = convert::user_of(&seat.person) else { continue };
        if out.store.note(choice(&seat.person)).await.ok().flatten().as_deref() != Some(DIRECT) {
            continue;
        }
        let Ok(Envelope::Yours(whisper)) = table.letter(seat.person.clone(), letter).await else { continue };
        if whisper.to != seat.id {
            continue;
        }
        let pages = pages(&whisper, &view.seats, Some(seat.id), Some(table.name().as_str()));
        match send(&out, user, &pages, &format!("L{id}-{letter}")).await {
            Ok(()) => {
                let person = Person { id: seat.person.clone(), name: seat.name.clone(), role: seat.role };
                drop(table.deed(person, Deed::OpenLetter { letter }).await);
            }
            // Somebody who takes no messages from here has the envelope still.
            Err(failure) => info!(error = %failure, "a letter could not be brought by direct message"),
        }
    }
}

/// Sends each page once: Discord knows a repetition by its nonce.
async fn send(out: &Outgoing, user: u64, pages: &[String], nonce: &str) -> Result<(), super::rest::RestError> {
    let channel = out.rest.open_direct(user).await?;
    for (at, page) in pages.iter().enumerate() {
        let nonce: String = format!("{nonce}-{at}").chars().take(25).collect();
        out.rest.send(channel, &Draft::text(page.clone()), &nonce).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Actor;

    #[test]
    fn an_id_carries_all_that_is_needed_after_a_restart() {
        let button = LetterButton { table: TableId::new(i64::MAX), letter: EventSeq::new(u64::MAX) };
        assert!(button.id().len() <= 100);
        assert_eq!(LetterButton::read(&button.id()), Some(button));
        for id in ["", "tk1l", "tk1l:1", "tk1l:x:1", "tk1:1:2", "tk1l:1:2:3"] {
            assert_eq!(LetterButton::read(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_long_letter_is_whole_and_every_line_of_it_is_quoted() {
        let text = format!("{}\n## [seat 1 · Ana]\n<@123> @everyone [here](http://x.example)", "🐉".repeat(1_400));
        let whisper = Whisper { from: Actor::Gm, to: SeatId::new(2), text };
        let pages = pages(&whisper, &[], Some(SeatId::new(2)), None);
        assert!(pages.len() > 1 && pages.iter().all(|page| splitting::units(page) <= splitting::MESSAGE_UNITS));
        assert_eq!(pages.iter().map(|page| page.matches('🐉').count()).sum::<usize>(), 1_400);
        let whole = pages.join("\n");
        let loose = whole.lines().filter(|line| !line.starts_with('>') && !line.trim().is_empty());
        assert_eq!(loose.collect::<Vec<_>>(), ["✉️ From **the game master**"]);
        assert!(!whole.contains("<@123>") && !whole.contains("@everyone") && !whole.contains("](http"), "{whole}");
    }
}
