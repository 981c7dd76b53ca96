//! What a table's owner wants, as the table needs it; made from the configuration in `app.rs`.
//! It changes only with a restart. What people change while playing is in the log.

use std::path::PathBuf;

use crate::brief::Mode;
use crate::domain::Style;
use crate::kit;
use crate::provider::asking::{Answers, Asking};
use crate::table::machine::Setup;

/// The settings of one table.
#[derive(Clone, Debug)]
pub struct TableSettings {
    /// What the machine goes by.
    pub setup: Setup,
    /// How it plays.
    pub mode: Mode,
    /// The language people are answered in (an ISO 639-1 code).
    pub language: String,
    /// How the story is told unless a command says otherwise.
    pub style: Style,
    /// Whether the configuration alone says for whom it may be told: it is played in no channel whose age flag would.
    pub adults: bool,
    /// The host's own words on tone and rules.
    pub house_rules: Option<String>,
    /// The CLI's own tools that are allowed.
    pub allowed_tools: Vec<String>,
    /// Who of the cast is told of first, by their files' names.
    pub characters: Vec<String>,
    /// The CLI's working folder, if the owner named one.
    pub workspace: Option<PathBuf>,
    /// Which kit its sheets go by.
    pub kit: kit::Choice,
    /// How much of the story a full brief tells, in bytes.
    pub brief_bytes: usize,
    /// How many of its last turns are kept so that they can be played again.
    pub keep_turns: usize,
}

impl TableSettings {
    /// The style with the table's language, for whatever is told by the program itself.
    pub(super) fn spoken_style(&self) -> Style {
        let mut style = Style::default();
        style.set("language", &self.language);
        style.under(&self.style)
    }

    /// Whether people are asked for what its provider may not do unasked: only where it has tools at all.
    pub fn asks(mode: Mode, allowed_tools: &[String]) -> bool {
        mode == Mode::Coding || !allowed_tools.is_empty()
    }

    /// The provider's leave to ask.
    pub(super) fn asking(&self, answers: Answers) -> Option<Asking> {
        self.setup.ask_ms.map(|_| Asking { answers, every_tool: self.mode == Mode::Coding })
    }
}
