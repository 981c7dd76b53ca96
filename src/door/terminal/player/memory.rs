//! What the table remembers, at the terminal: looked up, put right, and told again to whoever comes back.
//! Who may know and change what is the table's to say.

use std::io;

use super::{Player, Sitting, plain};
use crate::door::memories;
use crate::door::terminal::typed::MemoryWish;
use crate::table::{MemoryChange, TableError};

impl Player {
    /// Looks something up in the memory, or changes it.
    pub(super) async fn memory(&self, wish: MemoryWish) -> io::Result<Sitting> {
        match wish {
            MemoryWish::Search(words) => {
                let found = self.table.search_memory(self.person.id.clone(), words).await;
                self.all_of(found, memories::NOTHING)
            }
            MemoryWish::Why => {
                let lines = self.table.why_memory(self.person.id.clone()).await;
                self.all_of(lines, memories::NO_TURN)
            }
            MemoryWish::Pin(what) => self.put_right(Some(memories::pin(what))).await,
            MemoryWish::Forget(number) => self.put_right(memories::forget(&number)).await,
            MemoryWish::Fix(number, text) => self.put_right(memories::fix(&number, &text)).await,
        }
    }

    /// Which lore the last turn was told, and why.
    pub(super) async fn lore(&self) -> io::Result<Sitting> {
        let lines = self.table.why_lore(self.person.clone()).await;
        self.all_of(lines, memories::NO_LORE)
    }

    /// What happened so far, as far as whoever sits here may know it.
    pub(super) async fn recap(&self) -> io::Result<Sitting> {
        match self.table.recap(Some(self.person.id.clone())).await {
            Ok(Some(recap)) => self.say(&plain(&recap.to_markdown(crate::story::recap::ARCHIVE)))?,
            Ok(None) => self.say(memories::NO_STORY)?,
            Err(failure) => return self.refused(&failure),
        }
        Ok(Sitting::GoesOn)
    }

    async fn put_right(&self, change: Option<MemoryChange>) -> io::Result<Sitting> {
        let Some(change) = change else {
            self.note(memories::NO_NUMBER)?;
            return Ok(Sitting::GoesOn);
        };
        match self.table.remember(self.person.clone(), change).await {
            Ok(_) => self.note(memories::CHANGED)?,
            Err(failure) => return self.refused(&failure),
        }
        Ok(Sitting::GoesOn)
    }

    fn all_of(&self, lines: Result<Vec<String>, TableError>, none: &str) -> io::Result<Sitting> {
        match lines {
            Ok(lines) if lines.is_empty() => self.say(none)?,
            Ok(lines) => self.say(&lines.join("\n"))?,
            Err(failure) => return self.refused(&failure),
        }
        Ok(Sitting::GoesOn)
    }
}
