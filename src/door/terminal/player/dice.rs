//! Dice at the terminal: thrown, answered, and drawn again to show that they were fair.
//! It draws none itself; the words are those of every door.

use std::io;

use super::{Awaited, Player, Sitting, plain};
use crate::domain::{ActionId, Deed, Event, EventKind};
use crate::door::rolls;
use crate::door::terminal::reader::Lines;
use crate::door::terminal::wording as own;
use crate::game::record::ProofRecord;
use crate::table::Watch;
use crate::table::machine::Answer;

impl Player {
    /// Throws dice. An answer to the game master is an action, so its turn is followed.
    pub(super) async fn roll(&mut self, deed: Deed, watch: &mut Watch, lines: &mut Lines) -> io::Result<Sitting> {
        let answers = matches!(deed, Deed::AnswerRoll { .. });
        match self.table.deed(self.person.clone(), deed).await {
            Ok(Answer::Happened(events)) if answers => {
                let said = |event: &Event| matches!(event.kind, EventKind::ActionSaid { .. });
                let Some(action) = events.iter().find(|event| said(event)) else { return Ok(Sitting::GoesOn) };
                self.follow(Awaited::Action(ActionId::new(action.seq.get())), None, watch, lines).await
            }
            Ok(Answer::Happened(events)) => {
                // The same roll also comes as a frame, which is not to be shown again.
                self.rolled_upto = events.last().map_or(self.rolled_upto, |event| event.seq);
                self.say(&own::rolled(&events))?;
                Ok(Sitting::GoesOn)
            }
            Ok(_) => Ok(Sitting::GoesOn),
            Err(error) => self.refused(&error),
        }
    }

    /// Says what drawing again gave, and leaves the file for whoever wants to do it by other means.
    pub(super) fn verify(&self, record: &ProofRecord) -> io::Result<()> {
        self.say(&plain(&rolls::verdict(record)))?;
        if record.sealed.is_empty() {
            return Ok(());
        }
        let folder = self.data_dir.join("tables").join(self.table.name().as_str());
        let path = folder.join(record.file_name());
        let written = std::fs::create_dir_all(&folder).and_then(|()| {
            let json = serde_json::to_vec_pretty(record).map_err(io::Error::other)?;
            std::fs::write(&path, json)
        });
        match written {
            Ok(()) => self.say(&format!("The file: {}", path.display())),
            Err(failure) => self.note(&format!("The file could not be written: {failure}.")),
        }
    }
}
