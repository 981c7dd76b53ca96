//! How each stand-in is made to do what a case is about. The directives themselves are explained in
//! `tests/support/stub_api.py`, `tests/fake-cli`, `tests/fake-acp` and `tests/fake-agent`.

use super::subject::{Level, Subject};

/// What is to happen in a turn.
#[derive(Clone, Copy, Debug)]
pub enum Doing {
    /// A plain answer.
    Plain,
    /// A plain answer that costs so many tokens.
    Bill(u64, u64),
    /// Words, one after the other.
    Slowly {
        words: u32,
    },
    /// Silence before a word.
    Hang,
    /// Silence after a few words.
    HangAfter,
    /// The program dies in the middle. At the real level the test kills it while it speaks slowly.
    Crash,
    /// Text that is taken back, then other text.
    Withdrawn,
    /// The stream breaks and stays broken.
    Broken,
    /// The model wants to run something.
    WantsTool,
    /// A reply without text.
    Empty,
    SignInEnded,
    NoCredit,
    Limit,
    Overloaded,
    TooLong,
    UnknownModel,
    Refusal,
}

/// The prompt for it, with these words at its end.
pub fn prompt(subject: Subject, level: Level, doing: Doing, words: &str) -> String {
    let directive = match (level, subject) {
        (_, Subject::Oracle) | (Level::Recorded, _) => String::new(),
        (Level::Real, _) => stub(subject, doing),
        (Level::StandIn, Subject::Claude) => fake_cli(doing),
        (Level::StandIn, Subject::Codex | Subject::Droid) => fake_agent(doing),
        (Level::StandIn, _) => fake_acp(doing),
    };
    if directive.is_empty() { words.to_owned() } else { format!("{directive} {words}") }
}

/// The stand-in for the services.
fn stub(subject: Subject, doing: Doing) -> String {
    let mode = match doing {
        // The model's name does it.
        Doing::Plain | Doing::UnknownModel => return String::new(),
        Doing::Bill(read, written) => format!("plain in={read} out={written}"),
        Doing::Slowly { words } => format!("slow n={words} delay=0.1"),
        Doing::Hang => "hang delay=600".into(),
        Doing::HangAfter => "stall after=3 delay=600".into(),
        Doing::Crash => "slow n=300 delay=0.2".into(),
        // Their retry is known only by the same text coming again, which a stream that breaks twice gives; opencode's
        // request for a title counts as well.
        Doing::Withdrawn if subject == Subject::Gemini => "cut after=5 times=2".into(),
        Doing::Withdrawn if subject == Subject::Opencode => "cut after=5 times=4".into(),
        Doing::Withdrawn => "cut after=5 times=1".into(),
        Doing::Broken => "cut after=5".into(),
        Doing::WantsTool => "tool cmd='touch ran'".into(),
        Doing::Empty => "empty".into(),
        Doing::SignInEnded => "err401".into(),
        Doing::NoCredit => "errcredit".into(),
        Doing::Limit => "err429".into(),
        Doing::Overloaded => "err503".into(),
        Doing::TooLong => "errctx".into(),
        Doing::Refusal => unreachable!("the stand-in for the services refuses nothing"),
    };
    format!("[[stub:{mode}]]")
}

fn fake_cli(doing: Doing) -> String {
    let mode = match doing {
        Doing::Plain => "plain".into(),
        Doing::Bill(read, written) => format!("plain in={read} out={written}"),
        Doing::Slowly { words } => format!("slow n={words} delay=10"),
        Doing::Hang => "hang".into(),
        Doing::HangAfter => "hang-after".into(),
        Doing::Crash => "crash".into(),
        Doing::Withdrawn => "withdrawn".into(),
        Doing::Broken => "broken".into(),
        Doing::WantsTool => "denied".into(),
        Doing::Empty => "empty".into(),
        Doing::SignInEnded => "fail kind=authentication_failed".into(),
        Doing::NoCredit => "fail kind=billing_error".into(),
        Doing::Limit => "fail kind=rate_limit".into(),
        Doing::Overloaded => "fail kind=server_error".into(),
        Doing::TooLong => "fail kind=too_long".into(),
        Doing::UnknownModel => "fail kind=model_not_found".into(),
        Doing::Refusal => "fail kind=refusal".into(),
    };
    format!("[[fake:{mode}]]")
}

fn fake_agent(doing: Doing) -> String {
    let mode = match doing {
        Doing::Plain => "plain".into(),
        Doing::Bill(read, written) => format!("plain in={read} out={written}"),
        Doing::Slowly { words } => format!("slow n={words} delay=10"),
        Doing::Hang => "hang".into(),
        Doing::HangAfter => "hang-after".into(),
        Doing::Crash => "crash-after".into(),
        Doing::Withdrawn => "withdrawn".into(),
        Doing::Broken => "fail kind=broken".into(),
        Doing::WantsTool => "permission".into(),
        Doing::Empty => "empty".into(),
        Doing::SignInEnded => "fail kind=sign-in".into(),
        Doing::NoCredit => "fail kind=credit".into(),
        Doing::Limit => "fail kind=limit".into(),
        Doing::Overloaded => "fail kind=overloaded".into(),
        Doing::TooLong => "fail kind=long".into(),
        Doing::UnknownModel => "fail kind=model".into(),
        Doing::Refusal => "fail kind=refusal".into(),
    };
    format!("[[fake:{mode}]]")
}

fn fake_acp(doing: Doing) -> String {
    let mode = match doing {
        Doing::Plain => "plain".into(),
        Doing::Bill(read, written) => format!("plain in={read} out={written}"),
        Doing::Slowly { words } => format!("slow n={words} delay=10"),
        Doing::Hang => "hang".into(),
        Doing::HangAfter => "hang-after".into(),
        Doing::Crash => "crash-after".into(),
        Doing::Withdrawn => "withdrawn".into(),
        Doing::Broken => "fail code=-32603 message=terminated".into(),
        Doing::WantsTool => "permission".into(),
        Doing::Empty => "empty".into(),
        Doing::SignInEnded => "fail code=401 message=no".into(),
        Doing::NoCredit => "fail code=402 message=no".into(),
        Doing::Limit => "fail code=429 message=no".into(),
        Doing::Overloaded => "fail code=503 message=no".into(),
        Doing::TooLong => "fail code=-32603 message=prompt_is_too_long".into(),
        Doing::UnknownModel => "fail code=404 message=no_such_model".into(),
        Doing::Refusal => "refusal".into(),
    };
    format!("[[fake:{mode}]]")
}
