//! What became of lines that were to be said in a character's name, and which of them an earlier run left half done.
//! It says nothing itself; that is `door/discord/aloud.rs`.

use super::{Channel, Hope, Notice};
use crate::door::discord::aloud::Became;
use crate::door::discord::marks::Mark;
use crate::door::discord::outgoing::SendError;
use crate::door::discord::wording as own;
use crate::store::StoreError;

/// What the subject of the notice is that says why lines stay as they were written; it is said once.
const STAYS: &str = "aloud:stays";

impl Channel {
    /// Marks a line that stays as it was written, and says once why all of them do.
    pub(super) async fn said_aloud(&mut self, notice: Notice, end: Result<Became, SendError>) {
        let became = match end {
            Ok(became) => became,
            Err(failure) => {
                if self.fail(&failure, "a line in a character's name").await.0 == Hope::Later {
                    return self.notices.push_front(notice);
                }
                Became::Left
            }
        };
        if became == Became::Said {
            return self.works();
        }
        if let Some((channel, message)) =
            notice.aloud.as_ref().and_then(|aloud| Some((aloud.channel, aloud.original()?)))
        {
            self.stage.marks.set((channel, message), Mark::Heard);
        }
        if became == Became::MayNot {
            self.notices.push_back(Notice::new(STAYS.to_owned(), own::ALOUD_STAYS.to_owned()));
        }
    }

    /// Lines that an earlier run said, and whose writer's own message it did not get to remove.
    pub(super) async fn doubled(&mut self) -> Result<(), StoreError> {
        let out = self.stage.out.clone();
        for line in out.store.doubled_lines(&out.place).await? {
            self.notices.extend(out.line_anew(&line.source).await?);
        }
        Ok(())
    }
}
