//! What cannot be asked of whom, at which level, and why. Nothing is left out of the contract but by a line here, and
//! every line stands in `docs/providers.md`.

use Case::*;
use Level::*;
use Subject::*;

use super::cases::Case;
use super::subject::{Level, Subject};

/// One line.
pub struct Exception {
    pub subjects: &'static [Subject],
    pub levels: &'static [Level],
    /// Empty for all of them.
    pub cases: &'static [Case],
    pub reason: &'static str,
}

/// All lines.
pub const ALL: &[Exception] = &[
    Exception {
        subjects: &[Any],
        levels: &[Real],
        cases: &[],
        reason: "there is no one program to try; gemini, opencode and qwen are three of the kind",
    },
    Exception {
        subjects: &[Oracle],
        levels: &[StandIn, Recorded],
        cases: &[],
        reason: "it is part of the program; nothing stands in for it",
    },
    Exception {
        subjects: &[Oracle],
        levels: &[Real],
        cases: &[
            Resume,
            Restart,
            BadResumeId,
            Persona,
            Crash,
            HangBefore,
            HangAfter,
            Withdrawn,
            Broken,
            Empty,
            SignInEnded,
            NoCredit,
            Limit,
            Overloaded,
            TooLong,
            UnknownModel,
            Refusal,
            Tokens,
            Cost,
            NoTools,
        ],
        reason: "no program, no service and no session: it reads the tale, costs nothing and has nothing to fail",
    },
    Exception {
        subjects: &[Codex, Gemini, Qwen, Droid],
        levels: &[Real, StandIn, Recorded],
        cases: &[Cost],
        reason: "it does not tell what a turn cost, and unknown is not free",
    },
    Exception {
        subjects: &[Claude, Codex, Gemini, Opencode, Qwen, Droid],
        levels: &[Real],
        cases: &[Refusal],
        reason: "the stand-in for the services has no refusal to give",
    },
    Exception {
        subjects: &[Gemini, Droid],
        levels: &[Real],
        cases: &[Limit, Overloaded],
        reason: "it asks again by itself for one to four minutes, which no test waits for",
    },
    Exception {
        subjects: &[Opencode],
        levels: &[Real],
        cases: &[NoCredit, Limit, Overloaded, Broken],
        reason: "it asks again by itself for over a minute, which no test waits for",
    },
    Exception {
        subjects: &[Qwen],
        levels: &[Real],
        cases: &[NoCredit, Limit, Overloaded],
        reason: "it asks again by itself for longer than a turn may take, which no test waits for",
    },
    Exception {
        subjects: &[Qwen],
        levels: &[Real],
        cases: &[Withdrawn, Broken],
        reason: "it keeps what came before the break and asks the model to go on from there, so nothing is taken back",
    },
    Exception {
        subjects: &[Claude, Codex, Gemini, Opencode, Qwen, Droid, Any],
        levels: &[Recorded],
        cases: &[Persona, Cancel, Crash, HangBefore, HangAfter, Refusal, HugePrompt, TwoTables],
        reason: "a matter of processes and of what is sent, or (refused) of words that were not recorded",
    },
    Exception {
        subjects: &[Gemini],
        levels: &[Recorded],
        cases: &[Empty, NoCredit, Limit, Overloaded, TooLong, UnknownModel],
        reason: "not recorded; its words for failures are read in `src/provider/acp/faults.rs`",
    },
    Exception {
        subjects: &[Opencode, Qwen],
        levels: &[Recorded],
        cases: &[Withdrawn, Broken, Empty, NoCredit, Limit, Overloaded, TooLong, UnknownModel, NoTools],
        reason: "not recorded; its words for failures are read in `src/provider/acp/faults.rs`",
    },
    Exception {
        subjects: &[Droid],
        levels: &[Recorded],
        cases: &[Broken, Empty, NoCredit, Limit, Overloaded, TooLong, UnknownModel],
        reason: "not recorded; its words for failures are read in `src/provider/droid/dialogue.rs`",
    },
    Exception {
        subjects: &[Any],
        levels: &[Recorded],
        cases: &[Withdrawn, Broken, Empty, NoCredit, Limit, Overloaded, TooLong, UnknownModel, Tokens, Cost, NoTools],
        reason: "not recorded of any of the three that were; they differ in it",
    },
];

/// Why this is not asked; none where it is.
pub fn reason(subject: Subject, level: Level, case: Case) -> Option<&'static str> {
    let fits = |line: &&Exception| {
        line.subjects.contains(&subject)
            && line.levels.contains(&level)
            && (line.cases.is_empty() || line.cases.contains(&case))
    };
    ALL.iter().find(fits).map(|line| line.reason)
}

#[test]
fn nothing_is_left_out_that_was_recorded() {
    for subject in Subject::ALL {
        for case in Case::ALL {
            let shown = super::recorded::is_shown(subject, *case);
            assert_eq!(reason(subject, Recorded, *case).is_none(), shown, "{subject:?} {case:?}");
        }
    }
}

#[test]
fn no_exception_is_made_twice() {
    for subject in Subject::ALL {
        for level in Level::ALL {
            for case in Case::ALL {
                let lines = ALL.iter().filter(|line| {
                    line.subjects.contains(&subject)
                        && line.levels.contains(&level)
                        && (line.cases.is_empty() || line.cases.contains(case))
                });
                assert!(lines.count() <= 1, "{subject:?} {level:?} {case:?}");
            }
        }
    }
}
