//! Which lines of the log are shown.
//! Never fails on a line: what cannot be read is shown as it is when nothing was asked for, and skipped otherwise.

use tracing::Level;

use crate::domain::ErrorId;
use crate::telemetry::{Record, Tail, TailError};

use super::LogsArgs;

/// What was asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    /// Everything.
    All,
    /// What matches all that is given.
    Where {
        /// This level and worse.
        level: Option<Level>,
        /// Lines of this table.
        table: Option<String>,
        /// Lines of this turn.
        turn: Option<String>,
    },
    /// One error, and the turn in which it happened.
    Around {
        /// The error.
        id: String,
        /// Table and turn, if it happened in one.
        turn: Option<(String, String)>,
        /// This level and worse.
        level: Option<Level>,
    },
}

/// What to do with a line.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Show it.
    Show(Box<Record>),
    /// Show that something unreadable stands there.
    Garbage,
    /// Leave it out.
    Skip,
}

impl Filter {
    /// What the arguments ask for, `--error` aside.
    pub(super) fn of(args: &LogsArgs) -> Self {
        if args.level.is_none() && args.table.is_none() && args.turn.is_none() {
            return Self::All;
        }
        Self::Where {
            level: args.level,
            table: args.table.as_ref().map(ToString::to_string),
            turn: args.turn.map(|turn| turn.to_string()),
        }
    }

    /// Looks through `log` for the turn in which an error happened.
    ///
    /// # Errors
    /// When a log file cannot be read.
    pub(super) fn around(id: &ErrorId, mut log: Tail, level: Option<Level>) -> Result<Self, TailError> {
        let id = id.to_string();
        let mut turn = None;
        let alone = Self::Around { id: id.clone(), turn: None, level: None };
        while let Some(line) = log.next_line()? {
            let Verdict::Show(record) = alone.judge(line) else { continue };
            if let (Some(table), Some(number)) = (record.fields.text("table"), record.fields.text("turn")) {
                turn = Some((table.into_owned(), number.into_owned()));
            }
        }
        Ok(Self::Around { id, turn, level })
    }

    /// Decides about one line.
    pub(super) fn judge(&self, line: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(line) else { return self.unreadable() };
        if text.trim().is_empty() || !self.may_match(text) {
            return Verdict::Skip;
        }
        match Record::from_line(text) {
            Ok(record) if self.matches(&record) => Verdict::Show(Box::new(record)),
            Ok(_) => Verdict::Skip,
            Err(_) => self.unreadable(),
        }
    }

    /// Whether a line is shown, without reading more of it than that needs: where everything is, a line need not be read.
    pub(super) fn keeps(&self, line: &[u8]) -> bool {
        match self {
            Self::All => !line.trim_ascii().is_empty(),
            _ => !matches!(self.judge(line), Verdict::Skip),
        }
    }

    fn unreadable(&self) -> Verdict {
        if *self == Self::All { Verdict::Garbage } else { Verdict::Skip }
    }

    /// A cheap look before the line is parsed: a line without these texts cannot match. Names and ids hold no
    /// character that JSON writes in another way.
    fn may_match(&self, line: &str) -> bool {
        match self {
            Self::All => true,
            Self::Where { level, table, turn } => {
                let table = table.as_deref().is_none_or(|table| line.contains(table));
                table && turn.as_deref().is_none_or(|turn| line.contains(turn)) && level_may_match(line, *level)
            }
            Self::Around { id, turn, .. } => {
                line.contains(id.as_str())
                    || turn.as_ref().is_some_and(|(table, turn)| line.contains(table) && line.contains(turn))
            }
        }
    }

    fn matches(&self, record: &Record) -> bool {
        let has = |name, wanted: &str| record.fields.text(name).is_some_and(|value| value == wanted);
        match self {
            Self::All => true,
            Self::Where { level, table, turn } => {
                level.is_none_or(|level| record.level <= level)
                    && table.as_deref().is_none_or(|table| has("table", table))
                    && turn.as_deref().is_none_or(|turn| has("turn", turn))
            }
            Self::Around { id, turn, level } => {
                let of_turn = turn.as_ref().is_some_and(|(table, turn)| has("table", table) && has("turn", turn));
                has("error_id", id) || (of_turn && level.is_none_or(|level| record.level <= level))
            }
        }
    }
}

/// Whether one of the levels that pass is named in the line. At trace all of them pass.
fn level_may_match(line: &str, level: Option<Level>) -> bool {
    let level = level.unwrap_or(Level::TRACE);
    let names = [
        (Level::ERROR, "\"error\""),
        (Level::WARN, "\"warn\""),
        (Level::INFO, "\"info\""),
        (Level::DEBUG, "\"debug\""),
    ];
    level == Level::TRACE || names.iter().any(|(named, name)| *named <= level && line.contains(name))
}
