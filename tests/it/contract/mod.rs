//! The contract that every driver keeps, tried case by case against the real CLIs, against stand-ins for them, and on what
//! they were recorded to say. Real CLIs talk to a stub on loopback: no account, no cost, no network. They are
//! left out, with a word, where a CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

mod cases;
mod exceptions;
pub mod lab;
mod leave;
pub mod pointed;
mod prompts;
mod recorded;
pub mod subject;
mod table;
mod tools;

use std::any::Any as Anything;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use talekeeper::provider::probe::{Probe, probe};

use self::cases::{Case, check};
use self::lab::Lab;
use self::subject::{Level, Subject};
use crate::support::cli::launcher;

/// Puts a provider through all cases at one level. One that fails does not hide the others.
async fn keeps(subject: Subject, level: Level) {
    let Some(mut lab) = Lab::open(subject, level) else { return };
    let version = version(&lab).await;
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    let asked = Case::ALL.iter().copied().filter(|case| exceptions::reason(subject, level, *case).is_none());
    for case in asked {
        match AssertUnwindSafe(check(case, &mut lab)).catch_unwind().await {
            Ok(()) => passed.push(case),
            Err(panic) => {
                failed.push(format!("{case:?}: {}", words(panic.as_ref())));
                lab = Lab::open(subject, level).unwrap();
            }
        }
    }
    assert!(failed.is_empty(), "{subject:?} at {level:?}:\n{}", failed.join("\n"));
    lab.restart().await;
    table::record(subject, level, version, &passed);
}

/// Looks whether recorded lines show what they are said to.
fn shows(subject: Subject) {
    let asked = Case::ALL.iter().copied();
    let asked: Vec<Case> = asked.filter(|case| exceptions::reason(subject, Level::Recorded, *case).is_none()).collect();
    asked.iter().for_each(|case| recorded::check(subject, *case));
    table::record(subject, Level::Recorded, None, &asked);
}

/// The version of a real CLI.
async fn version(lab: &Lab) -> Option<String> {
    if lab.level != Level::Real || lab.subject == Subject::Oracle {
        return None;
    }
    let program = lab.program().to_str().unwrap();
    let mut last = None;
    // A machine that is busy with the other providers' tests may be slower than a host's at its start.
    for _ in 0..5 {
        match probe(program, lab.home.path(), &launcher(), &lab.home.base).await {
            Probe::Found { version } => return Some(version),
            other => last = Some(other),
        }
    }
    panic!("no version: {last:?}");
}

fn words(panic: &(dyn Anything + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")
}

macro_rules! contract {
    ($($name:ident: $subject:ident at $level:ident,)*) => {
        $(#[tokio::test]
        async fn $name() {
            keeps(Subject::$subject, Level::$level).await;
        })*

        #[test]
        fn everybody_is_tried_at_every_level() {
            for subject in Subject::ALL {
                for level in Level::ALL {
                    let tried = [$((Subject::$subject, Level::$level),)*].contains(&(subject, level))
                        || level == Level::Recorded && subject != Subject::Oracle;
                    let any = Case::ALL.iter().any(|case| exceptions::reason(subject, level, *case).is_none());
                    assert_eq!(tried, any, "{subject:?} {level:?}");
                }
            }
        }
    };
}

contract! {
    real_claude: Claude at Real,
    real_codex: Codex at Real,
    real_gemini: Gemini at Real,
    real_opencode: Opencode at Real,
    real_qwen: Qwen at Real,
    real_droid: Droid at Real,
    oracle: Oracle at Real,
    stand_in_for_claude: Claude at StandIn,
    stand_in_for_codex: Codex at StandIn,
    stand_in_for_gemini: Gemini at StandIn,
    stand_in_for_opencode: Opencode at StandIn,
    stand_in_for_qwen: Qwen at StandIn,
    stand_in_for_droid: Droid at StandIn,
    stand_in_for_any_agent: Any at StandIn,
}

#[test]
fn recorded_lines_show_what_they_are_said_to() {
    Subject::ALL.into_iter().filter(|subject| *subject != Subject::Oracle).for_each(shows);
}
