//! What people read stands in `docs/troubleshooting.md`, where they look for it.
//! Nothing here sends anything.

use std::time::Duration;

use super::*;
use crate::domain::{ErrorId, ProviderName};
use crate::domain::{FaultKind, Refusal, SkipWhy, Timestamp};
use crate::door::discord::connect::OpenError;
use crate::door::discord::health::{Trouble, Why};
use crate::door::wording as common;
use crate::table::TableError;

const PAGE: &str = include_str!("../../../../docs/troubleshooting.md");

/// What is said, up to what differs from case to case.
fn demand(sentences: impl IntoIterator<Item = String>) {
    for sentence in sentences {
        let sentence = sentence.trim_start_matches("-# ").split(" (E-1)").next().unwrap_or_default().to_owned();
        assert!(PAGE.contains(&sentence), "docs/troubleshooting.md does not know: {sentence}");
    }
}

#[test]
fn the_page_knows_every_reason_for_a_missing_reply() {
    use FaultKind as F;
    let kinds = [
        F::NotInstalled,
        F::NotStarted,
        F::NotSignedIn,
        F::NoCredit,
        F::LimitReached,
        F::Overloaded,
        F::TooLong,
        F::UnknownModel,
        F::Refused,
        F::BrokenStream,
        F::Silent,
        F::Killed,
        F::Empty,
        F::SessionLost,
        F::TurnBudget,
        F::Garbled,
        F::Flood,
        F::Other,
    ];
    let (name, error) = (ProviderName::new("NAME"), ErrorId::new("E-1"));
    demand(kinds.map(|kind| common::fault(kind, &name, None, &error)));
}

#[test]
fn the_page_knows_what_stands_beside_a_reply() {
    let error = ErrorId::new("E-1");
    demand([common::queued(0), common::retrying(FaultKind::Overloaded, 1, 3), quiet(20), common::REMINDED.to_owned()]);
    demand([CUT_OFF.to_owned(), rest_attached(), rest_in_story(), not_taken(&error), caught_up(1)]);
    demand([SkipWhy::InterruptedTwice, SkipWhy::DayBudget].map(|why| common::skipped(why).to_owned()));
    demand([true, false].map(|full| common::not_saved(&error, full)));
    demand([failed(&error).split(" E-1").next().unwrap_or_default().to_owned()]);
    demand([STALE_BUTTON.split(" Use").next().unwrap_or_default().to_owned()]);
}

#[test]
fn the_page_knows_what_keeps_the_bot_from_writing() {
    let (error, since) = (ErrorId::new("E-1"), Timestamp::from_millis(0));
    let trouble = |why, missing| Trouble { why, missing, error: error.clone(), since, unsaid: 0 };
    let all = [Why::NoChannel, Why::NotSeen, Why::NotAllowed, Why::Locked];
    demand(all.map(|why| keeps_from_writing(&trouble(why, Vec::new()))));
    demand([keeps_from_writing(&trouble(Why::NotAllowed, vec!["Send Messages"]))]);
}

#[test]
fn the_page_knows_why_the_bot_does_not_start() {
    let detail = String::new;
    let whys = [
        OpenError::Token,
        OpenError::ContentIntent,
        OpenError::TooOften,
        OpenError::NoConnectionLeft { hours: 1 },
        OpenError::Unreachable { detail: detail() },
        OpenError::Authorities { detail: detail() },
        OpenError::Closed(detail()),
    ];
    for why in whys {
        let sentence = cannot_open(&why);
        let first = sentence.split_inclusive(['.', ';', ':']).collect::<Vec<_>>();
        // A dot inside a name is no end of a sentence.
        let first = if first[0].ends_with("`discord.") { first[..2].concat() } else { first[0].to_owned() };
        demand([first]);
    }
    demand(["what answers there sends the bot to".to_owned(), "The database cannot be used.".to_owned()]);
    assert!(waits_to_connect(Duration::from_secs(9)).contains("It waits 9 seconds, then connects by itself."));
    demand(["Discord allows only so many connections a day. It waits".to_owned()]);
}

#[test]
fn the_page_knows_what_is_refused() {
    use Refusal as R;
    let plain = [
        R::EmptyAction,
        R::Spectator,
        R::NotHost,
        R::TurnRunning,
        R::NoTurnRunning,
        R::NothingToUndo,
        R::NothingToRetry,
        R::NoScene,
        R::NotWaiting,
    ];
    demand(plain.map(|why| common::refusal(&why)));
    demand([common::table_error(&TableError::Closed)]);
    let after = |why: &Refusal, word: &str| common::refusal(why).split(word).nth(1).unwrap_or_default().to_owned();
    demand([after(&R::ActionTooLong { bytes: 3000, limit: 2048 }, "and 2 "), after(&R::QueueFull { limit: 7 }, "7 ")]);
}
