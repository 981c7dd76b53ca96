//! A person's own lines and veils at the terminal: looked at, added to and taken back.
//! It shows nobody else's; the table keeps them apart.

use std::io;

use super::Player;
use crate::domain::Bounds;
use crate::door::terminal::typed::Lines;
use crate::door::wording;
use crate::table::machine::Answer;

impl Player {
    pub(super) async fn lines(&self, what: Lines) -> io::Result<()> {
        let person = || self.person.id.clone();
        let mut bounds = match self.table.bounds(person(), None).await {
            Ok(Answer::Bounds(bounds)) => bounds,
            Ok(_) => return Ok(()),
            Err(failure) => return self.note(&wording::table_error(&failure)),
        };
        match &what {
            Lines::Show => return self.note(&wording::bounds(&bounds)),
            Lines::Never(words) => bounds.lines.push(words.clone()),
            Lines::Veil(words) => bounds.veils.push(words.clone()),
            Lines::Drop(words) => {
                let before = bounds.lines.len() + bounds.veils.len();
                let other = |entry: &String| entry.to_lowercase() != words.to_lowercase();
                bounds.lines.retain(other);
                bounds.veils.retain(other);
                if bounds.lines.len() + bounds.veils.len() == before {
                    return self.note("None of yours says that. /lines shows them.");
                }
            }
        }
        // Read as if it had just been written, so that the same limits hold.
        let wanted = match Bounds::read(&bounds.lines.join("\n"), &bounds.veils.join("\n")) {
            Ok(wanted) => wanted,
            Err(fault) => return self.note(&wording::bounds_fault(fault)),
        };
        match self.table.bounds(person(), Some(wanted)).await {
            Ok(Answer::Bounds(now)) => self.note(&wording::bounds(&now)),
            Ok(_) => Ok(()),
            Err(failure) => self.note(&wording::table_error(&failure)),
        }
    }
}
