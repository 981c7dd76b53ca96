//! The stop card at the terminal, and whatever else is done for safety.
//! What a choice means for the story is the table's to say.

use std::io::{self, Write};

use super::Player;
use crate::domain::SafetyAct;
use crate::door::terminal::reader::Lines;
use crate::door::terminal::{typed, wording as own};
use crate::door::wording;
use crate::table::machine::Answer;

impl Player {
    /// Pauses play, covers what is on the screen, and asks what is to become of the last part.
    pub(super) async fn stop_card(&mut self, lines: &mut Lines) -> io::Result<()> {
        if !self.safety(SafetyAct::Stop).await? {
            return Ok(());
        }
        if self.looks.streaming && self.looks.styled {
            let mut out = io::stdout().lock();
            // Clears the screen and what can be scrolled back to.
            out.write_all(b"\x1b[2J\x1b[3J\x1b[H")?;
            out.flush()?;
        }
        self.say(wording::CURTAIN)?;
        self.note(own::CARD)?;
        let line = tokio::select! {
            line = lines.next() => line,
            () = self.ending.cancelled() => None,
        };
        if let Some(line) = line {
            self.safety(SafetyAct::Choose(typed::card(&line))).await?;
        }
        self.note(own::RESUME)
    }

    /// Does something for safety and says what came of it; false if it was refused.
    pub(super) async fn safety(&self, act: SafetyAct) -> io::Result<bool> {
        match self.table.safety(self.person.clone(), act).await {
            Ok(Answer::Safe(done)) => self.note(&wording::safe(done))?,
            Ok(_) => {}
            Err(error) => {
                self.refused(&error)?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}
