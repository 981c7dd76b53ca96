//! Who keeps the contract, and at which levels it is tried.

use std::path::{Path, PathBuf};

/// A provider that the contract is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Claude,
    Codex,
    Gemini,
    Opencode,
    Qwen,
    Droid,
    /// Any agent that speaks ACP, by a name that nothing is known of.
    Any,
    Oracle,
}

/// Against what a driver is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The real thing: the CLI, with a stand-in for the service behind it; the oracle itself.
    Real,
    /// A program of ours that speaks as the CLI does and misbehaves on request.
    StandIn,
    /// Lines that the real CLI was recorded to write, as its decoder reads them.
    Recorded,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Real, Self::StandIn, Self::Recorded];

    /// Its letter in the table.
    pub fn letter(self) -> char {
        match self {
            Self::Real => 'R',
            Self::StandIn => 'S',
            Self::Recorded => 'L',
        }
    }
}

impl Subject {
    pub const ALL: [Self; 8] =
        [Self::Claude, Self::Codex, Self::Gemini, Self::Opencode, Self::Qwen, Self::Droid, Self::Any, Self::Oracle];

    /// Its name, which is the provider's and the CLI's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Opencode => "opencode",
            Self::Qwen => "qwen",
            Self::Droid => "droid",
            Self::Any => "any ACP agent",
            Self::Oracle => "oracle",
        }
    }

    /// The real CLI, where `.ci/install-clis` puts it. None for those that have none.
    pub fn cli(self) -> Option<PathBuf> {
        if matches!(self, Self::Any | Self::Oracle) {
            return None;
        }
        let name = self.name();
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/clis/{name}/node_modules/.bin/{name}")))
    }

    /// The version that `.ci/install-clis` installs.
    pub fn pinned(self) -> Option<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/install-clis");
        let script = std::fs::read_to_string(script).unwrap();
        let line = script.lines().find(|line| line.starts_with(&format!("install {} ", self.name())))?;
        Some(line.rsplit_once('@')?.1.trim_end_matches('"').to_owned())
    }
}
