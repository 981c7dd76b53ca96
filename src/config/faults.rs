//! What is wrong with a configuration: every fault with its place, what was found and what was expected.
//! It never carries a secret's value.

use std::fmt;
use std::path::PathBuf;

/// More than this is not a configuration with faults but some other file.
const MAX_SHOWN: usize = 100;

/// Everything that is wrong, in the order of the file, then of the variables. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Where it is written.
    pub place: Place,
    /// The key, such as `tables[0].mode`; none where the place says it or there is no one key.
    pub key: Option<String>,
    /// What is wrong there.
    pub problem: Problem,
}

/// Where a fault stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the configuration file.
    File {
        /// The file, as it was named.
        file: PathBuf,
        /// The line, from 1, where one is known.
        line: Option<u64>,
        /// The column, from 1; known where the file is not valid YAML.
        column: Option<u64>,
    },
    /// In an environment variable.
    Variable(String),
    /// In neither, because something is missing from both.
    Nowhere,
}

/// What is wrong. The text is for the host, a fragment without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The value is of the wrong kind or outside what is allowed.
    #[error("found {found}, expected {expected}")]
    Unfit {
        /// The value, or only its kind where it may be secret.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A key that must be there is not.
    #[error("missing, expected {expected}")]
    Missing {
        /// What should stand there.
        expected: String,
    },
    /// No such key or variable, but there is one that looks like it.
    #[error("no such {what}, did you mean `{nearest}`?")]
    Misspelt {
        /// `key` or `variable`.
        what: &'static str,
        /// What was probably meant.
        nearest: String,
    },
    /// No such key or variable.
    #[error("no such {what}, expected {expected}")]
    Unknown {
        /// `key` or `variable`.
        what: &'static str,
        /// What may stand there.
        expected: String,
    },
    /// No such key here; it belongs elsewhere.
    #[error("no such key here; it belongs to `{place}`")]
    Elsewhere {
        /// Where it stands.
        place: String,
    },
    /// The same thing is said twice.
    #[error("given twice, the other is {other}; keep one")]
    Twice {
        /// The other place.
        other: String,
    },
    /// What must be different everywhere is not.
    #[error("the same as {other}, expected one of its own")]
    Taken {
        /// Who has it.
        other: String,
    },
    /// A file cannot be used.
    #[error("{0}")]
    File(String),
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        match &self.place {
            Place::File { line, column, .. } => {
                place.extend(line.map(|line| format!("line {line}")));
                place.extend(column.map(|column| format!("column {column}")));
            }
            Place::Variable(name) => place.push(name.clone()),
            Place::Nowhere => {}
        }
        place.extend(self.key.clone());
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        self.problem.fmt(f)
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.0.iter().find_map(|fault| match &fault.place {
            Place::File { file, .. } => Some(file),
            Place::Variable(_) | Place::Nowhere => None,
        });
        match file {
            Some(file) => write!(f, "{}", file.display())?,
            None => f.write_str("the environment")?,
        }
        let count = self.0.len();
        write!(f, " has {count} fault{}:", if count == 1 { "" } else { "s" })?;
        for fault in self.0.iter().take(MAX_SHOWN) {
            write!(f, "\n  {fault}")?;
        }
        match count.saturating_sub(MAX_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for ConfigFaults {}

impl ConfigFaults {
    /// The faults in the order in which people go through them.
    pub(super) fn sorted(mut faults: Vec<ConfigFault>) -> Self {
        faults.sort_by(|a, b| a.place.cmp(&b.place));
        Self(faults)
    }
}
