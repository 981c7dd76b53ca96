//! Limits of everything that comes from outside, and what is written to the logs.
//! It only names the numbers; those who keep them are elsewhere.

use std::time::Duration;

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};

pub(super) const KEYS: &[Key] = &[
    Key::new("running_turns", Shape::Number),
    Key::new("shutdown", Shape::Text),
    Key::new("action", Shape::Text),
    Key::new("waiting_actions", Shape::Number),
    Key::new("quiet_notice", Shape::Text),
    Key::new("ask_timeout", Shape::Text),
    Key::new("line", Shape::Text),
    Key::new("brief", Shape::Text),
    Key::new("reply", Shape::Text),
];

pub(super) const LOGGING_KEYS: &[Key] =
    &[Key::new("level", Shape::Text), Key::new("max_size", Shape::Text), Key::new("max_files", Shape::Number)];

/// What is never exceeded. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Turns that run at the same time, over all tables.
    pub running_turns: usize,
    /// How long a stop waits for running turns before it ends them.
    pub shutdown: Duration,
    /// The longest action.
    pub action: u64,
    /// Actions that wait at one table.
    pub waiting_actions: usize,
    /// How long a provider may be silent before people are told that it still works.
    pub quiet_notice: Duration,
    /// How long people are waited for when a provider asks for leave, before it counts as declined.
    pub ask_timeout: Duration,
    /// The longest line a provider may write.
    pub line: u64,
    /// How much of the story a full brief tells.
    pub brief: u64,
    /// The longest reply.
    pub reply: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            running_turns: 4,
            shutdown: Duration::from_secs(10),
            action: 32_000,
            waiting_actions: 50,
            quiet_notice: Duration::from_secs(20),
            ask_timeout: Duration::from_secs(300),
            line: 16 << 20,
            brief: 96_000,
            reply: 256_000,
        }
    }
}

/// What is written to the log files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// The least important lines that are written.
    pub level: Level,
    /// The size in bytes at which a new file begins.
    pub max_size: u64,
    /// How many old files are kept.
    pub max_files: usize,
}

impl Default for Logging {
    fn default() -> Self {
        Self { level: Level::Info, max_size: 10_000_000, max_files: 5 }
    }
}

/// How important a line of the log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// Something happened.
    #[default]
    Info,
    /// How it happened.
    Debug,
    /// Everything, players' words included.
    Trace,
}

const LEVELS: [(&str, Level); 5] = [
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Trace),
];

impl Level {
    /// The level's name, as it is written in the configuration.
    pub fn as_str(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

/// Reads the limits.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Limits {
    const KB: u64 = 1_000;
    const MB: u64 = 1_000_000;
    const MILLI: Duration = Duration::from_millis(1);
    let section = &reader.section(root, "limits", KEYS);
    let usual = Limits::default();
    Limits {
        running_turns: count(reader, section, "running_turns", 64).unwrap_or(usual.running_turns),
        shutdown: reader.duration(section, "shutdown", MILLI..=Duration::from_secs(600)).unwrap_or(usual.shutdown),
        action: reader.size(section, "action", KB..=MB).unwrap_or(usual.action),
        waiting_actions: count(reader, section, "waiting_actions", 10_000).unwrap_or(usual.waiting_actions),
        quiet_notice: reader
            .duration(section, "quiet_notice", MILLI..=Duration::from_secs(3600))
            .unwrap_or(usual.quiet_notice),
        ask_timeout: reader
            .duration(section, "ask_timeout", MILLI..=Duration::from_secs(86_400))
            .unwrap_or(usual.ask_timeout),
        line: reader.size(section, "line", 64 * KB..=1_000 * MB).unwrap_or(usual.line),
        brief: reader.size(section, "brief", 4 * KB..=10 * MB).unwrap_or(usual.brief),
        reply: reader.size(section, "reply", KB..=10 * MB).unwrap_or(usual.reply),
    }
}

/// Reads what is written to the logs.
pub(super) fn read_logging<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Logging {
    let section = &reader.section(root, "logging", LOGGING_KEYS);
    let usual = Logging::default();
    Logging {
        level: reader.one_of(section, "level", &LEVELS).unwrap_or(usual.level),
        max_size: reader.size(section, "max_size", 1_000..=1_000_000_000_000).unwrap_or(usual.max_size),
        max_files: count(reader, section, "max_files", 1_000).unwrap_or(usual.max_files),
    }
}

fn count<'a>(reader: &mut Reader<'a>, section: &Section<'a>, key: &str, most: u64) -> Option<usize> {
    reader.whole(section, key, 1..=most).and_then(|count| usize::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_one_name_of_its_own() {
        for (name, level) in LEVELS {
            assert_eq!(level.as_str(), name);
        }
    }
}
