//! What every driver must do, a case each. A case knows its provider only through the lab.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, Session};
use talekeeper::provider::TurnOrder;
use tokio_util::sync::CancellationToken;

use super::exceptions;
use super::lab::Lab;
use super::prompts::{Doing, prompt};
use super::subject::{Level, Subject};
use crate::support::cli::{Told, turn_of};
use crate::support::installation::PATIENCE;

macro_rules! cases {
    ($($case:ident $words:literal,)*) => {
        /// One thing that every driver must do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Case { $($case,)* }

        impl Case {
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// Its line in the table.
            pub fn words(self) -> &'static str {
                match self { $(Self::$case => $words,)* }
            }
        }
    };
}

cases! {
    FirstTurn "first turn, streamed",
    Resume "conversation goes on",
    Restart "goes on after a restart",
    BadResumeId "bad resume id is a lost session",
    Persona "changed instructions on resume",
    Cancel "cancelled in the middle",
    Crash "killed in the middle",
    HangBefore "silence before text",
    HangAfter "silence after text",
    Withdrawn "withdrawn text",
    Broken "broken stream",
    Empty "empty reply",
    SignInEnded "sign-in ended",
    NoCredit "no credit",
    Limit "limit reached",
    Overloaded "overloaded",
    TooLong "too long",
    UnknownModel "unknown model",
    Refusal "refused",
    HugePrompt "huge prompt",
    TwoTables "two tables at once",
    Tokens "tokens of this turn only",
    Cost "cost of this turn only",
    NoTools "no tools unless allowed",
}

/// Puts the provider to the test. Panics where it fails.
pub async fn check(case: Case, lab: &mut Lab) {
    match case {
        Case::FirstTurn => first_turn(lab).await,
        Case::Resume => resume(lab).await,
        Case::Restart => restart(lab).await,
        Case::BadResumeId => bad_resume_id(lab).await,
        Case::Persona => persona(lab).await,
        Case::Cancel => cancel(lab).await,
        Case::Crash => crash(lab).await,
        Case::HangBefore => hang(lab, Doing::Hang).await,
        Case::HangAfter => hang(lab, Doing::HangAfter).await,
        Case::Withdrawn => withdrawn(lab).await,
        Case::Broken => fails(lab, Doing::Broken, FaultKind::BrokenStream).await,
        Case::Empty => fails(lab, Doing::Empty, FaultKind::Empty).await,
        Case::SignInEnded => fails(lab, Doing::SignInEnded, FaultKind::NotSignedIn).await,
        Case::NoCredit => fails(lab, Doing::NoCredit, FaultKind::NoCredit).await,
        Case::Limit => fails(lab, Doing::Limit, FaultKind::LimitReached).await,
        Case::Overloaded => fails(lab, Doing::Overloaded, FaultKind::Overloaded).await,
        Case::TooLong => fails(lab, Doing::TooLong, FaultKind::TooLong).await,
        Case::UnknownModel => unknown_model(lab).await,
        Case::Refusal => fails(lab, Doing::Refusal, FaultKind::Refused).await,
        Case::HugePrompt => huge_prompt(lab).await,
        Case::TwoTables => two_tables(lab).await,
        Case::Tokens => tokens(lab).await,
        Case::Cost => cost(lab).await,
        Case::NoTools => no_tools(lab).await,
    }
}

impl Lab {
    fn prompt(&self, doing: Doing, words: &str) -> String {
        prompt(self.subject, self.level, doing, words)
    }

    async fn plainly(&mut self, words: &str, resume: Option<&Session>) -> Told {
        let prompt = self.prompt(Doing::Plain, words);
        self.turn(&prompt, resume).await
    }

    /// A turn after which the next one must find a provider that is fit.
    async fn is_fit(&mut self) {
        let told = self.plainly("are you there", None).await;
        assert!(!told.text().is_empty());
    }
}

/// How many turns the model was reminded of, by its own word.
fn remembered(told: &Told) -> u32 {
    let text = told.text();
    let keys = ["prior_user_turns=", "earlier_turns=", "earlier="];
    let rest = keys.iter().find_map(|key| text.split_once(key)).unwrap_or_else(|| panic!("no evidence: {text}")).1;
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

async fn first_turn(lab: &mut Lab) {
    let told = lab.plainly("hello there", None).await;
    let ProviderEvent::Started { session, .. } = &told.events[0] else { panic!("{:?}", told.events) };
    assert!(!session.is_empty());
    assert!(told.events.iter().any(|event| matches!(event, ProviderEvent::Text { .. })), "text streams");
    if lab.subject == Subject::Oracle {
        return assert!(!told.seen().is_empty());
    }
    assert_eq!(remembered(&told), 0);
    assert_eq!(told.seen().trim(), told.text().trim(), "what streamed is what was said");
    assert!(lab.told_to_the_model(&told, "hello there").contains("You are the game master."));
    if exceptions::reason(lab.subject, lab.level, Case::Cost).is_some() {
        assert_eq!(told.finished().spent.cost_micros, None, "unknown is not free");
    }
}

async fn resume(lab: &mut Lab) {
    let first = lab.plainly("the first question", None).await;
    let session = lab.session(&first);
    for earlier in 1..3 {
        let told = lab.plainly("and then", Some(&session)).await;
        assert_eq!((remembered(&told), lab.session(&told)), (earlier, session.clone()));
    }
}

async fn restart(lab: &mut Lab) {
    let first = lab.plainly("the first question", None).await;
    let session = lab.session(&first);
    lab.restart().await;
    let told = lab.plainly("the second question", Some(&session)).await;
    assert_eq!((remembered(&told), lab.session(&told)), (1, session));
    assert_eq!(told.text().matches("-OK").count(), 1, "old replies are not shown again: {}", told.text());
}

async fn bad_resume_id(lab: &mut Lab) {
    for id in ["99999999-9999-4999-8999-999999999999", "no-such-session", "--last"] {
        let gone = Session { provider: lab.name(), id: id.into() };
        let told = lab.plainly("hello", Some(&gone)).await;
        assert_eq!(told.fault().kind, FaultKind::SessionLost, "{id}: {}", told.fault().detail);
    }
    lab.is_fit().await;
}

async fn persona(lab: &mut Lab) {
    let spoken = |lab: &Lab, system: &str, words: &str, resume: Option<&Session>| {
        let prompt = lab.prompt(Doing::Plain, words);
        TurnOrder { system: system.into(), ..lab.order(&prompt, resume) }
    };
    let order = spoken(lab, "You are PERSONA-ONE.", "turn number one", None);
    let first = lab.run(order, CancellationToken::new(), |_| {}).await;
    assert!(lab.told_to_the_model(&first, "turn number one").contains("PERSONA-ONE"));
    let session = lab.session(&first);
    let order = spoken(lab, "You are PERSONA-TWO.", "turn number two", Some(&session));
    let second = lab.run(order, CancellationToken::new(), |_| {}).await;
    assert_eq!(remembered(&second), 1);
    let told = lab.told_to_the_model(&second, "turn number two");
    assert!(told.contains("PERSONA-TWO"), "{told}");
    // Where instructions stand above the conversation, and not in it, the old ones are gone.
    if matches!(lab.subject, Subject::Claude | Subject::Codex) {
        assert!(!told.contains("PERSONA-ONE"), "{told}");
    }
}

async fn cancel(lab: &mut Lab) {
    // Before a word, and before anything at all.
    let cancel = CancellationToken::new();
    cancel.cancel();
    let order = lab.order(&lab.prompt(Doing::Slowly { words: 300 }, "never"), None);
    let told = lab.run(order, cancel, |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Other, "{}", told.fault().detail);
    if lab.subject == Subject::Oracle {
        return;
    }
    // While text streams.
    let prompt = lab.prompt(Doing::Slowly { words: 600 }, "slowly");
    let told = tokio::time::timeout(2 * PATIENCE, lab.cancelled(&prompt)).await.expect("it stops");
    assert_eq!(told.fault().kind, FaultKind::Other, "{}", told.fault().detail);
    lab.is_fit().await;
}

async fn crash(lab: &mut Lab) {
    let order = lab.order(&lab.prompt(Doing::Crash, "go on"), None);
    let real = lab.level == Level::Real;
    let home = lab.home.path().to_owned();
    let mut killed = false;
    let told = lab
        .run(order, CancellationToken::new(), |event| {
            if real && matches!(event, ProviderEvent::Text { .. }) && !std::mem::replace(&mut killed, true) {
                // The guard as well: the worst case.
                for pid in crate::support::processes::alive_in(&home) {
                    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL); // one may be gone already
                }
            }
        })
        .await;
    // A program of many tables takes turns along that are not at fault: those are run anew.
    let own = matches!(lab.subject, Subject::Claude | Subject::Droid);
    let kind = if own { FaultKind::Killed } else { FaultKind::Interrupted };
    assert_eq!(told.fault().kind, kind, "{}", told.fault().detail);
    lab.is_fit().await;
}

async fn hang(lab: &mut Lab, doing: Doing) {
    let after = matches!(doing, Doing::HangAfter);
    let (timeout, quiet) = (lab.timeout, lab.quiet);
    lab.quiet = Duration::from_millis(400);
    lab.timeout = Duration::from_millis(match (lab.level, after) {
        (Level::Real, true) => 20_000,
        (Level::Real, false) => 6_000,
        (_, true) => 5_000,
        (_, false) => 1_500,
    });
    let mut told = silent(lab, doing).await;
    // On a machine that is busy it may need longer until it has said the few words.
    while after && told.seen().is_empty() && lab.timeout < timeout {
        lab.timeout *= 3;
        told = silent(lab, doing).await;
    }
    assert_eq!(!told.seen().is_empty(), after, "{:?}", told.events);
    lab.restart().await;
    (lab.timeout, lab.quiet) = (timeout, quiet);
    lab.is_fit().await;
}

/// A turn with a new driver that ends because nothing more is heard.
async fn silent(lab: &mut Lab, doing: Doing) -> Told {
    lab.restart().await;
    let told = lab.turn(&lab.prompt(doing, "are you there"), None).await;
    assert_eq!(told.fault().kind, FaultKind::Silent, "{}", told.fault().detail);
    assert!(told.events.iter().any(|event| matches!(event, ProviderEvent::Quiet { .. })), "silence is told");
    told
}

async fn withdrawn(lab: &mut Lab) {
    let told = lab.turn(&lab.prompt(Doing::Withdrawn, "tell it"), None).await;
    assert!(told.events.iter().any(|event| matches!(event, ProviderEvent::Withdrawn { .. })), "{:?}", told.events);
    assert_eq!(told.text().matches("-OK").count(), 1, "{}", told.text());
    assert_eq!(told.seen().trim(), told.text().trim(), "what is left on the screen is what was said");
    for gone in ["taken back", "partial1 partial2 partial3 partial4 partial5 partial1"] {
        assert!(!told.text().contains(gone), "{}", told.text());
    }
    assert!(told.text().matches("The old bell").count() <= 1, "{}", told.text());
}

async fn fails(lab: &mut Lab, doing: Doing, kind: FaultKind) {
    let told = lab.turn(&lab.prompt(doing, "hello"), None).await;
    assert_eq!(told.fault().kind, kind, "{}", told.fault().detail);
    lab.is_fit().await;
}

async fn unknown_model(lab: &mut Lab) {
    let mut order = lab.order(&lab.prompt(Doing::UnknownModel, "hello"), None);
    if lab.level == Level::Real {
        order.model = Some(ModelName::new(lab.unknown_model()));
    }
    let told = lab.run(order, CancellationToken::new(), |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::UnknownModel, "{}", told.fault().detail);
    lab.is_fit().await;
}

/// More than one argument of a command line may hold.
async fn huge_prompt(lab: &mut Lab) {
    let prompt = lab.prompt(Doing::Plain, &format!("{}\nand at last the end", "many words ".repeat(20_000)));
    let told = lab.turn(&prompt, None).await;
    if lab.subject == Subject::Oracle {
        return assert!(!told.seen().is_empty());
    }
    assert!(told.text().contains("-OK"), "{}", told.text());
    let said = lab.told_to_the_model(&told, "and at last the end");
    match lab.level {
        Level::Real => assert!(said.len() > 200_000),
        _ => assert!(said.contains("and at last the end")),
    }
}

async fn two_tables(lab: &mut Lab) {
    let words = |last: &str| lab.prompt(Doing::Slowly { words: 8 }, last);
    let mut orders = [lab.order(&words("of table one"), None), lab.order(&words("of table two"), None)];
    orders[1].folder = lab.home.path().join("other");
    let (driver, [one, two]) = (lab.driver(), orders);
    let (one, two) = tokio::join!(
        turn_of(driver, one, CancellationToken::new(), |_| {}),
        turn_of(driver, two, CancellationToken::new(), |_| {})
    );
    if lab.subject == Subject::Oracle {
        return assert!(!one.seen().is_empty() && !two.seen().is_empty());
    }
    for (told, other) in [(&one, "table two"), (&two, "table one")] {
        assert!(told.text().contains("word1 word2 word3 word4 word5 word6 word7 word8"), "{}", told.text());
        assert!(!told.text().contains(other), "{}", told.text());
    }
    assert_ne!(one.session(), two.session());
}

async fn tokens(lab: &mut Lab) {
    let (first, second) = (10_000, 10_500);
    let one = lab.turn(&lab.prompt(Doing::Bill(first, 10), "one"), None).await;
    let session = lab.session(&one);
    let two = lab.turn(&lab.prompt(Doing::Bill(second, 7), "two"), Some(&session)).await;
    let spent = |told: &Told| {
        let spent = told.finished().spent;
        (spent.tokens_in.expect("it tells"), spent.tokens_out.expect("it tells"))
    };
    assert!(spent(&one).0 >= first && spent(&one).1 > 0, "{:?}", spent(&one));
    // Some make a call of their own beside the turn; a running total would be the sum of both.
    assert!((second..first + second).contains(&spent(&two).0), "{:?}, then {:?}", spent(&one), spent(&two));
    assert!(spent(&two).1 < spent(&one).1 + 7, "{:?}, then {:?}", spent(&one), spent(&two));
}

async fn cost(lab: &mut Lab) {
    let first = lab.plainly("one", None).await;
    let session = lab.session(&first);
    let second = lab.plainly("two", Some(&session)).await;
    let cost = |told: &Told| told.finished().spent.cost_micros.expect("it tells");
    let (first, second) = (cost(&first), cost(&second));
    assert!(first > 0 && second > 0 && second < first * 3 / 2, "of this turn only: {first}, then {second}");
}

/// The names of tools that act, of all the CLIs.
const ACTING: &[&str] = &[
    "bash",
    "Bash",
    "edit",
    "Edit",
    "exec_command",
    "Execute",
    "replace",
    "run_shell_command",
    "shell",
    "write",
    "Write",
    "write_file",
];

async fn no_tools(lab: &mut Lab) {
    let told = lab.turn(&lab.prompt(Doing::WantsTool, "use it"), None).await;
    told.end();
    assert!(!lab.home.path().join("table/ran").exists(), "{:?}", told.events);
    match lab.level {
        Level::Real => {
            for tool in ACTING {
                let offered = [format!("\"name\":\"{tool}\""), format!("\"name\": \"{tool}\"")];
                assert!(offered.iter().all(|offer| lab.sent(offer).is_none()), "{tool} is offered");
            }
        }
        _ => {
            let denied = |event: &ProviderEvent| matches!(event, ProviderEvent::ToolDenied { .. });
            assert!(told.events.iter().any(denied), "{:?}", told.events);
        }
    }
}
