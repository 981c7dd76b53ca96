//! Finds out whether a CLI is there and which version it is, by asking it.
//! Never takes long: a CLI that does not answer in time is ended.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::environment::{Environment, for_program};
use super::process::{Ending, Grace, Heard, Launcher, Process, ProcessSpec, StartFault};

/// How long a CLI may take to tell its version.
pub const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is there and told its version.
    Found {
        /// The bare version, `2.1.330`.
        version: String,
    },
    /// It is there and answered something without a version; the evidence, for the log.
    NoVersion {
        /// Exit and the beginning of what it said.
        said: String,
    },
    /// There is no such program.
    NotFound,
    /// It is there and may not be executed.
    NotExecutable,
    /// It did not answer in time.
    NoAnswer,
    /// It could not be asked; the reason, for the log.
    NotAsked {
        /// The chain of causes.
        reason: String,
    },
}

/// Asks `command` for its version, from the folder `folder`.
pub async fn probe(command: &str, folder: &Path, launcher: &Launcher, base: &Environment) -> Probe {
    let spec = ProcessSpec {
        args: vec![OsString::from("--version")],
        environment: for_program(base, &[], &BTreeMap::new()),
        line_limit: 64 * 1024,
        output_limit: Some(1024 * 1024),
        timeout: Some(PROBE_LIMIT),
        ..ProcessSpec::new(command, folder)
    };
    match Process::spawn(launcher, spec).await {
        Ok(process) => hear(process).await,
        Err(StartFault::NotFound { .. }) => Probe::NotFound,
        Err(StartFault::NotExecutable { .. }) => Probe::NotExecutable,
        Err(fault) => Probe::NotAsked { reason: fault.to_string() },
    }
}

async fn hear(mut process: Process) -> Probe {
    process.close_input();
    let mut said = Vec::new();
    let mut late = false;
    let ending = loop {
        match process.next().await {
            Heard::Line(line) => said.push(line),
            Heard::Ended(ending) => break ending,
            Heard::TimeUp => {
                late = true;
                process.begin_stop(Grace::NONE);
            }
            Heard::LineTooLong(_) | Heard::TooMuch => process.begin_stop(Grace::NONE),
            Heard::Quiet(_) => {}
        }
    };
    if let Some(version) = version_in(&said) {
        return Probe::Found { version };
    }
    if late {
        return Probe::NoAnswer;
    }
    said.push(process.stderr());
    Probe::NoVersion { said: evidence(ending, &said.join(" ")) }
}

fn evidence(ending: Ending, said: &str) -> String {
    let beginning: String = said.trim().chars().take(200).collect();
    format!("{ending:?}: {beginning}")
}

/// The version among what a CLI printed. Some print a notice of an update first, with versions of its own in it, so
/// a line that begins with the version (after at most one name) is believed before one that holds one somewhere.
fn version_in(lines: &[String]) -> Option<String> {
    let near_the_start = |line: &String| line.split_whitespace().take(2).find_map(version_word);
    let anywhere = |line: &String| line.split_whitespace().find_map(version_word);
    lines.iter().rev().find_map(near_the_start).or_else(|| lines.iter().rev().find_map(anywhere))
}

/// `1.2`, `v1.2.3`, `1.2.3-beta.1`, and nothing over 40 characters.
fn version_word(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = word.strip_prefix('v').unwrap_or(word);
    let mut parts = word.split('.');
    let numbers = parts.by_ref().take(2).filter(|part| part.parse::<u32>().is_ok()).count();
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    (numbers == 2 && plain && word.len() <= 40).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expect: Option<&str>) {
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        assert_eq!(version_in(&lines).as_deref(), expect, "{said:?}");
    }

    #[test]
    fn versions_are_found_as_the_clis_print_them() {
        check("2.1.330 (Claude Code)", Some("2.1.330"));
        check("codex-cli 0.169.0", Some("0.169.0"));
        check("0.61.0", Some("0.61.0"));
        check("droid v0.215.0\n", Some("0.215.0"));
        check("tool version 1.0.0-beta.2 (abc)", Some("1.0.0-beta.2"));
        check("no number here", None);
        check("", None);
    }

    #[test]
    fn a_notice_of_an_update_is_not_the_version() {
        check("Update available: 2.1.300 -> 2.1.330\nRun npm i -g it\n2.1.300 (Claude Code)", Some("2.1.300"));
        check("2.1.300 (Claude Code)\nA new version, 2.2.0, is out", Some("2.1.300"));
    }
}
