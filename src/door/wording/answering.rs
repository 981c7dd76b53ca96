//! Who answers at a table of several providers, and why not another: for notices and for `/status`.
//! It decides nothing; who rests is the table's matter.

use super::{provider_name, time};
use crate::domain::{FaultKind, ProviderName, Rest, TurnNo};
use crate::table::RungView;

/// What the tale says when another tells it, by turns.
const OTHER_VOICES: [&str; 4] = [
    "The candle gutters, and another voice takes up the tale.",
    "Somebody else leans into the firelight and goes on.",
    "The page turns by itself, and another hand goes on writing.",
    "The storyteller falls silent; from the dark beyond the fire another one goes on.",
];
/// What it says when the first one tells it again, by turns.
const OLD_VOICES: [&str; 3] = [
    "The storyteller is back by the fire and takes up the thread.",
    "The familiar voice returns, and the tale goes on.",
    "The old hand takes the pen again.",
];

/// Another provider than before answers and no person chose that: a line in the tale's tone, and what is so and why.
pub fn other_voice(turn: TurnNo, provider: &ProviderName, resting: &[Rest]) -> (&'static str, String) {
    let lines: &[&str] = if resting.is_empty() { &OLD_VOICES } else { &OTHER_VOICES };
    let tale = lines[usize::try_from(turn.get()).unwrap_or(0) % lines.len()];
    let name = provider_name(provider);
    if resting.is_empty() {
        return (tale, format!("{name} answers again."));
    }
    let why: Vec<_> = resting.iter().map(|rest| format!("{} ({})", rest_sentence(rest), rest.error)).collect();
    (tale, format!("{name} answers for now. {}", why.join(" ")))
}

/// The providers of a table that has several, in order, with those that rest; none where there is one only.
pub fn ladder(rungs: &[RungView]) -> Option<String> {
    let shown = rungs.iter().map(|rung| match &rung.rest {
        None => provider_name(&rung.provider),
        Some(rest) => format!("{} (rests: {})", provider_name(&rung.provider), rest_words(rest)),
    });
    (rungs.len() > 1).then(|| shown.collect::<Vec<_>>().join(", then "))
}

/// Why a provider is not asked now and when it is asked again, as a sentence.
fn rest_sentence(rest: &Rest) -> String {
    let name = provider_name(&rest.provider);
    let again = time(rest.again);
    match rest.until {
        Some(_) => format!("{name}'s limit is reached; it is asked again from {again} on."),
        None => format!("{name} {}; it is tried again from {again} on.", rest_reason(rest.why)),
    }
}

fn rest_words(rest: &Rest) -> String {
    format!("it {}, until {}", rest_reason(rest.why), time(rest.again))
}

/// What is wrong with a provider that rests, after its name.
fn rest_reason(why: FaultKind) -> &'static str {
    match why {
        FaultKind::NotInstalled => "is not installed here",
        FaultKind::NotStarted => "could not be started",
        FaultKind::NotSignedIn => "is not signed in",
        FaultKind::NoCredit => "has no credit left",
        FaultKind::LimitReached => "is at its limit",
        FaultKind::Overloaded => "is overloaded",
        FaultKind::BrokenStream => "broke off in mid-answer",
        FaultKind::Silent => "said nothing for too long",
        FaultKind::Killed => "was ended from outside",
        FaultKind::Garbled => "speaks in a way this version does not understand",
        _ => "could not answer",
    }
}
