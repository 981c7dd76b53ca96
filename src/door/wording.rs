//! Sentences that every door uses: what went wrong, what was refused, what a command did.
//! Each names the thing, the reason and the next step; none shows a path, a provider's own words or a secret.

mod answering;
mod money;

pub use answering::{ladder, other_voice};
pub use money::{dollars, payer, purse_is_empty, spent, today};

use crate::domain::{
    Bounds, BoundsFault, CardChoice, Done, EmptyPurse, ErrorId, FACETS, FaultKind, Part, PartDone, Parts, ProviderName,
    Refusal, SafetyDone, Seat, SkipWhy, Style, Timestamp,
};
use crate::format::escape;
use crate::table::TableError;

/// Why a turn has no reply, with what to do and the id that finds it in the log.
pub fn fault(kind: FaultKind, provider: &ProviderName, until: Option<Timestamp>, error: &ErrorId) -> String {
    let name = provider_name(provider);
    let sentence = match kind {
        FaultKind::NotInstalled => {
            format!("{name} is not installed here. The host can install it or choose /provider oracle.")
        }
        FaultKind::NotStarted => format!("{name} could not be started. `talekeeper check` tells the host more."),
        FaultKind::NotSignedIn => format!("{name} is not signed in. The host signs in on the machine; then /retry."),
        FaultKind::NoCredit => {
            format!("{name}'s account has no credit left. The host can top it up or choose another /provider.")
        }
        FaultKind::LimitReached => match until {
            Some(until) => {
                format!("{name}'s limit is reached until {}. Use /retry then, or another /provider now.", time(until))
            }
            None => format!("{name}'s limit is reached. Wait a while and /retry, or choose another /provider."),
        },
        FaultKind::Overloaded => format!("{name}'s service is overloaded. Wait a minute, then /retry."),
        FaultKind::TooLong => {
            format!("This is more than {name} takes at once. Say it in fewer words, or begin a /scene new.")
        }
        FaultKind::UnknownModel => {
            format!("{name} does not know the chosen model. The host can pick another with /model.")
        }
        FaultKind::Refused => format!("{name} would rather not tell this. Try it another way."),
        FaultKind::BrokenStream => format!("{name}'s answer broke off. Use /retry to hear it whole."),
        FaultKind::Silent => format!("{name} said nothing for too long and was stopped. Use /retry."),
        FaultKind::Killed => format!("{name} was ended from outside while it answered. Use /retry."),
        FaultKind::Interrupted => {
            format!("{name} ended in the middle of the answer and is being started again. Use /retry.")
        }
        FaultKind::Empty => format!("{name} answered with nothing. Use /retry, or say it another way."),
        FaultKind::SessionLost => format!("{name} forgot the conversation and could not be reminded. Use /retry."),
        FaultKind::TurnBudget => {
            "This turn cost more than a turn may. The host can raise `budget.per_turn_usd`.".to_owned()
        }
        FaultKind::Garbled => {
            format!("{name} speaks in a way this version does not understand. The host finds more in the log.")
        }
        FaultKind::Flood => format!("{name} would not stop talking and was cut off. Use /retry."),
        FaultKind::Other => {
            format!("{name} could not answer. Use /retry; if it stays so, the host finds more in the log.")
        }
    };
    format!("{sentence} ({error})")
}

/// A passing failure, while the provider tries again.
pub fn retrying(cause: FaultKind, attempt: u32, of: u32) -> String {
    let what = match cause {
        FaultKind::LimitReached => "is at its limit",
        FaultKind::Overloaded => "is overloaded",
        FaultKind::NotSignedIn => "was not let in",
        _ => "was interrupted",
    };
    format!("The provider {what} and tries again ({attempt} of {of}).")
}

/// A reason as a sentence of its own.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).chain(['.']).collect()
}

/// A turn waits, because only so many are answered at once.
pub fn queued(ahead: usize) -> String {
    match ahead {
        0 => "Other tables are being answered first; this one is next.".to_owned(),
        1 => "Other tables are being answered first; one more waits before this one.".to_owned(),
        many => format!("Other tables are being answered first; {many} more wait before this one."),
    }
}

/// A provider fell out in the middle of a turn in which it had rolled, whispered or the like.
pub const TAKEN_BACK: &str = "What the game master did in this turn before that does not count; it is told anew.";

/// The provider's own memory of the game was gone.
pub const REMINDED: &str = "The game master had forgotten the story and is being told it again.";

/// A reply says what is a player's to say.
pub fn trespassed(characters: &[String]) -> String {
    let names = characters.iter().map(|name| escape::markdown(name)).collect::<Vec<_>>().join(", ");
    format!(
        "This reply speaks or decides for {names}. What they say, choose and feel is for who plays them: tell it otherwise, or use /retry."
    )
}

/// Who plays whom was changed.
pub fn parted(done: &PartDone) -> String {
    let name = |name: &str| escape::markdown(name);
    match done {
        PartDone::Taken { player, character } => format!("{} plays {} from now on.", name(player), name(character)),
        PartDone::Dropped { character } => format!("{} is played by the game master again.", name(character)),
        PartDone::Aloud { character: Some(character) } => {
            format!("What you say is said as {} from now on; `/as off` ends it.", name(character))
        }
        PartDone::Aloud { character: None } => "What you say is said in your own name again.".to_owned(),
    }
}

/// Who is in the cast and who plays whom, a line each.
pub fn cast(cast: &[Part], parts: &Parts, seats: &[Seat]) -> String {
    let gone =
        parts.all().iter().map(|played| &played.part).filter(|part| !cast.iter().any(|one| one.slug == part.slug));
    let line = |part: &Part| {
        let seat = parts.player_of(&part.slug).and_then(|id| seats.iter().find(|seat| seat.id == id));
        let player = seat.map_or_else(|| "the game master".to_owned(), |seat| escape::markdown(&seat.name));
        format!("{}: {player}", escape::markdown(&part.name))
    };
    let lines: Vec<_> = cast.iter().chain(gone).map(line).collect();
    if lines.is_empty() { NO_CAST.to_owned() } else { lines.join("\n") }
}

/// Nobody is in the cast.
const NO_CAST: &str = "Nobody is in the cast yet. A host makes a character with /character new or /character import.";

/// What is said while play is paused.
pub const PAUSED: &str = "We are pausing for a moment. Nothing is taken until play goes on.";

/// What stands where something was covered.
pub const CURTAIN: &str = "(A curtain falls over this part.)";

/// What was to be told crossed a line, twice.
pub const FADED: &str = "That moment fades out and is not told. Say what you do next.";

/// What somebody has the story keep out of and leave untold, for them alone.
pub fn bounds(bounds: &Bounds) -> String {
    let list = |entries: &[String]| match entries {
        [] => "nothing".to_owned(),
        entries => entries.join("; "),
    };
    format!(
        "Yours alone to see. Never in the story (lines): {}.\nOnly behind a veil: {}.\nThe game master is told what all at \
         this table keep out, without names; it counts from the next reply on.",
        list(&bounds.lines),
        list(&bounds.veils)
    )
}

/// Why lines and veils are not taken.
pub fn bounds_fault(fault: BoundsFault) -> String {
    sentence(&fault.to_string())
}

/// Play goes on after a pause.
pub const GOES_ON: &str = "We go on.";

/// What only the person who did something for safety is told.
pub fn safe(done: SafetyDone) -> String {
    match done {
        SafetyDone::Paused => {
            "Play is paused, and the last part is covered. Nobody is told who did it, and it is written \
             down nowhere. If you like, choose what becomes of it; you need not say why."
                .to_owned()
        }
        SafetyDone::Chosen(CardChoice::Rewind) => {
            "The last part is out of the story. Once more takes out the part before it.".to_owned()
        }
        SafetyDone::Chosen(CardChoice::Fade) => {
            "That moment is out of the story; it fades, and play will go on a little later.".to_owned()
        }
        SafetyDone::Chosen(CardChoice::Skip) => {
            "That moment is out of the story; play will go on elsewhere.".to_owned()
        }
        SafetyDone::Chosen(CardChoice::Pause) => "The story stays as it is. Take your time.".to_owned(),
        SafetyDone::Noted => "Noted. Play goes on when whoever stopped it and a host are both ready.".to_owned(),
        SafetyDone::Resumed => GOES_ON.to_owned(),
    }
}

/// How the story is told at a table, a line for each facet.
pub fn style(style: &Style) -> String {
    let mut out = String::new();
    for facet in FACETS {
        let words: Vec<_> = facet.values.iter().map(|(word, _)| *word).collect();
        let known = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        let value = style.get(facet.name).unwrap_or("as configured");
        out.push_str(&format!("{}: {value}. {}{known}\n", facet.name, sentence(facet.what)));
    }
    out
}

/// Why the table will not, in a sentence.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::EmptyAction => "There is nothing in that. Say what you do.".to_owned(),
        Refusal::ActionTooLong { bytes, limit } => {
            format!(
                "That is too long: {} KB, and {} KB are allowed. Say it in parts.",
                bytes.div_ceil(1024),
                limit / 1024
            )
        }
        Refusal::QueueFull { limit } => format!("{limit} actions are waiting already. Wait for the next reply."),
        Refusal::OutOfTurn { limit } => format!(
            "It is somebody else's move, and {limit} things you said are kept for yours. Change one or take one back."
        ),
        Refusal::Spectator => "You are watching this table. Ask its host for a seat to play.".to_owned(),
        Refusal::Denied(denied) => sentence(&denied.to_string()),
        Refusal::Part(denied) => sentence(&denied.to_string()),
        Refusal::NotHost => "Only a host of this table may do that.".to_owned(),
        Refusal::TurnRunning => "A reply is on its way. Wait for it, or use /stop first.".to_owned(),
        Refusal::NoTurnRunning => "No reply is on its way, so there is nothing to stop.".to_owned(),
        Refusal::NothingToUndo => "There is nothing to take back.".to_owned(),
        Refusal::NothingToRetry => "There is nothing to run again.".to_owned(),
        Refusal::NoScene => "No scene is open. The next action opens one.".to_owned(),
        Refusal::BadTitle { limit } => format!("A title is one line of 1 to {limit} characters."),
        Refusal::NotWaiting => "That was answered already and cannot be changed. Use /undo.".to_owned(),
        Refusal::AskSettled => "That is settled already; there is nothing to answer any more.".to_owned(),
        Refusal::NotAsked => "This is for those who acted in this turn, and for hosts.".to_owned(),
        Refusal::NoAnswer { limit } => format!("That is no answer to it. Own words have 1 to {limit} characters."),
        Refusal::Paused => PAUSED.to_owned(),
        Refusal::NotPaused => "There is nothing to settle: play is not paused, or not by you.".to_owned(),
        Refusal::NotForAdults => {
            "A mature rating needs a channel that Discord keeps for adults: turn on \"Age-Restricted Channel\" in its \
             settings (for a thread, in those of the channel above it), then set it again."
                .to_owned()
        }
        Refusal::Style(fault) => sentence(&fault.to_string()),
        Refusal::Spent(empty) => purse_is_empty(*empty).to_owned(),
        Refusal::UnknownProvider { name, known } => {
            let known: Vec<_> = known.iter().map(|name| name.as_str()).collect();
            let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            format!("There is no provider \"{name}\". There is: {}.", known.join(", "))
        }
    }
}

/// Why what was asked did not happen.
pub fn table_error(error: &TableError) -> String {
    match error {
        TableError::Refused(why) => refusal(why),
        TableError::NotSaved { error, disk_full } => not_saved(error, *disk_full),
        TableError::Closed => "The table is closing. Come back when the program is running again.".to_owned(),
    }
}

/// Something could not be written down.
pub fn not_saved(error: &ErrorId, disk_full: bool) -> String {
    let why = if disk_full { "the disk is full" } else { "the database could not be written" };
    format!("That could not be saved, because {why}. The host has to make room; then try again. ({error})")
}

/// Why an action will not be answered.
pub fn skipped(why: SkipWhy) -> &'static str {
    match why {
        SkipWhy::Cleared => "What was waiting was dropped.",
        SkipWhy::InterruptedTwice => {
            "The program ended twice over this action, so it was laid aside. /retry runs it again."
        }
        SkipWhy::DayBudget => purse_is_empty(EmptyPurse::Day),
        SkipWhy::TableBudget => purse_is_empty(EmptyPurse::Table),
        SkipWhy::SeatBudget => purse_is_empty(EmptyPurse::Seat),
        SkipWhy::HouseBudget => purse_is_empty(EmptyPurse::House),
    }
}

/// What a command did.
pub fn done(done: &Done) -> String {
    match done {
        Done::Stopping(_) => "Stopping.".to_owned(),
        Done::Undone(turn) => format!("Turn {turn} is taken back. Go on from before it."),
        Done::ResetUndone => "The tale from before the reset is back.".to_owned(),
        Done::Retrying(turn) => format!("Turn {turn} is told anew."),
        Done::Reset(scene) => {
            format!("A new tale begins with scene {scene}. The old one stays in the stories; /undo brings it back.")
        }
        Done::Provider(provider, None) => {
            format!("{} answers from now on. The story goes on.", provider_name(provider))
        }
        Done::Provider(provider, Some(model)) => {
            format!("{} answers from now on, with {model}. The story goes on.", provider_name(provider))
        }
        Done::SceneOpened(scene) => format!("Scene {scene} begins."),
        Done::SceneEnded(scene) => format!("Scene {scene} is over. The next action opens another."),
        Done::Styled(facet, value) => format!("Style: {facet} is {value} from now on."),
        Done::Answered(_) => "Answered.".to_owned(),
        Done::SceneTitled(scene, title) => format!("Scene {scene} is now called \"{title}\"."),
    }
}

/// A provider's name as people know it.
pub fn provider_name(provider: &ProviderName) -> String {
    match provider.as_str() {
        "oracle" => "The Oracle".to_owned(),
        "claude" => "Claude".to_owned(),
        "codex" => "Codex".to_owned(),
        "gemini" => "Gemini".to_owned(),
        "droid" => "Droid".to_owned(),
        "opencode" => "OpenCode".to_owned(),
        "qwen" => "Qwen".to_owned(),
        other => other.to_owned(),
    }
}

/// A time as people read it.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| "later".to_owned(), |at| at.strftime("%H:%M UTC on %-d %B").to_string())
}

/// The day of a time, in UTC, as 2026-11-21.
pub(super) fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| "long ago".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_to_do_and_carries_its_id() {
        let error = ErrorId::new("E-7K3QX9AB");
        let until = Some(Timestamp::from_millis(1_795_269_600_000));
        let sentence = fault(FaultKind::LimitReached, &ProviderName::new("claude"), until, &error);
        insta::assert_snapshot!(sentence, @"Claude's limit is reached until 14:00 UTC on 21 November. Use /retry then, or another /provider now. (E-7K3QX9AB)");
    }
}
