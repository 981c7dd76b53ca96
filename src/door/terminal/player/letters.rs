//! Whispering at the terminal, and the letters for whoever sits there: shown at once, because nobody else looks on.
//! It decides nobody's right to read; the table does.

use std::io;

use super::{Awaited, Player, Sitting};
use crate::domain::{Deed, Envelope, EventSeq, Whisper};
use crate::door::terminal::reader::Lines;
use crate::door::terminal::wording as own;
use crate::table::Watch;
use crate::table::machine::Answer;

impl Player {
    /// Whispers to the game master, which is an action, or to a person at the table.
    pub(super) async fn whisper(
        &mut self,
        to: Option<String>,
        text: String,
        number: u64,
        watch: &mut Watch,
        lines: &mut Lines,
    ) -> io::Result<Sitting> {
        let heard = match to {
            None => self.table.say_in_secret(self.person.clone(), self.source(number), text).await,
            Some(name) => {
                let seats = self.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats);
                let Some(seat) = seats.iter().find(|seat| seat.name.to_lowercase() == name.to_lowercase()) else {
                    self.note(&format!("Nobody at this table is called {name}."))?;
                    return Ok(Sitting::GoesOn);
                };
                self.table.deed(self.person.clone(), Deed::Whisper { to: seat.id, text }).await
            }
        };
        match heard {
            Ok(Answer::Heard { held: Some(held), .. }) => self.say_held(&held).await,
            Ok(Answer::Heard { action, .. }) => self.follow(Awaited::Secret(action), None, watch, lines).await,
            Ok(_) => {
                self.note("Handed over. Only they can read it; the game master knows of it too.")?;
                Ok(Sitting::GoesOn)
            }
            Err(error) => self.refused(&error),
        }
    }

    /// Letters that came while nobody sat here.
    pub(super) async fn show_letters(&self) -> io::Result<()> {
        let Ok(game) = self.table.game(Some(self.person.id.clone())).await else { return Ok(()) };
        for kept in game.whispers.iter().filter(|kept| !kept.opened && Some(kept.whisper.to) == self.seat) {
            self.show_letter(kept.event, &kept.whisper).await?;
        }
        Ok(())
    }

    /// Shows a letter to whom it is for; it counts as opened.
    pub(super) async fn show_letter(&self, letter: EventSeq, whisper: &Whisper) -> io::Result<()> {
        let seats = self.table.view().await.map_or_else(|_| Vec::new(), |view| view.seats);
        self.say(&own::letter(whisper, &seats))?;
        // That it could not be noted loses nothing: it is shown once more.
        drop(self.table.deed(self.person.clone(), Deed::OpenLetter { letter }).await);
        Ok(())
    }

    pub(super) async fn is_mine(&self, letter: EventSeq) -> bool {
        matches!(self.table.letter(self.person.id.clone(), letter).await, Ok(Envelope::Yours(_)))
    }
}
