//! What stands beside what people say and what the game master tells: marks, and lines in small print.
//! Why nothing can be said at all is in `trouble.rs`.

use super::file_name;
use crate::config::Attachments;
use crate::domain::{ErrorId, TurnNo};
use crate::door::discord::offered::LeftOut;

/// What "Continue" says for whoever pressed it.
pub(in crate::door::discord) const GO_ON: &str = "Go on.";

/// The first words of a bot that is being set up.
pub(in crate::door::discord) const HEARD_WHILE_SET_UP: &str =
    "I hear you. I am being set up just now; once my host has started me, mention me here and say what you do.";

/// Somebody was heard.
pub(in crate::door::discord) const HEARD: &str = "👀";
/// Somebody was heard and waits for the next turn.
pub(in crate::door::discord) const WAITS: &str = "⏳";

/// Somebody was named who has no seat.
pub(in crate::door::discord) const NOT_SEATED: &str =
    "They do not sit here yet; whoever says something first takes a seat.";

/// The mark on a message that is told together with what others say.
pub(in crate::door::discord) const DECLARED: &str = "✅";

/// A line in small print, beside the story.
pub(in crate::door::discord) fn aside(sentence: &str) -> String {
    format!("-# {}", sentence.replace('\n', " "))
}

/// The rest of a long reply is in a file.
pub(in crate::door::discord) fn rest_attached() -> String {
    aside("This reply is longer than fits here. The rest is in the file.")
}

/// The rest of a long reply could not be attached.
pub(in crate::door::discord) fn rest_in_story() -> String {
    aside("This reply is longer than fits here, and I may not attach files. /story show has the whole of it.")
}

/// Discord would not take a part of a reply.
pub(in crate::door::discord) fn not_taken(error: &ErrorId) -> String {
    aside(&format!("Discord did not take a part of this reply. /story show has the whole of it. ({error})"))
}

/// The file with the rest of a reply.
pub(in crate::door::discord) fn rest_file(turn: TurnNo) -> String {
    format!("turn-{turn}.md")
}

/// A turn that had to wait is being answered.
pub(in crate::door::discord) const BEGUN: &str = "The game master is thinking.";

/// Nothing has been heard of the game master for a while.
pub(in crate::door::discord) fn quiet(seconds: u64) -> String {
    format!("Nothing has come for {seconds} seconds. It may still be thinking; Stop ends it.")
}

/// A turn was stopped.
pub(in crate::door::discord) const STOPPED: &str = "Stopped. Retry tells it anew.";
/// The program ended before the turn did.
pub(in crate::door::discord) const CUT_OFF: &str = "This was cut off by a restart. It is told again.";

/// What somebody said who attached something and wrote nothing.
pub(in crate::door::discord) const ONLY_FILES: &str = "(shows what is attached)";

/// Files on a message that are not taken.
pub(in crate::door::discord) fn left_out(files: &[(String, LeftOut)], limits: &Attachments) -> String {
    let names: Vec<_> = files.iter().map(|(name, _)| file_name(name)).collect();
    let kinds: Vec<_> = limits.types.iter().map(|kind| kind.as_str()).collect();
    let size = limits.size as f64 / 1e6;
    let (what, most) = (kinds.join(" and "), limits.most);
    match (limits.most, files.first().map(|(_, why)| *why)) {
        (0, _) => "Files are not taken at this table, so only the words count.".to_owned(),
        (_, Some(LeftOut::Large)) => format!("Left out: {}. A file may have {size} MB at most.", names.join(", ")),
        (_, Some(LeftOut::Many)) => format!("Left out: {}. A message may bring {most} files.", names.join(", ")),
        _ => format!("Left out: {}. I take {what} files up to {size} MB.", names.join(", ")),
    }
}

/// A file that was taken and did not come.
pub(in crate::door::discord) fn not_loaded(name: &str, large: bool, error: &ErrorId) -> String {
    let why = if large { "it is larger than it said" } else { "it did not arrive, or is not what it is called" };
    aside(&format!("I could not load {}: {why}. The turn goes on without it. ({error})", file_name(name)))
}

/// Characters cannot speak under their own names here, by Discord's code.
pub(in crate::door::discord) fn no_voices(code: u64) -> String {
    let why = match code {
        50_013 | 50_001 => "I lack Manage Webhooks here",
        30_007 => "This channel has as many webhooks as Discord allows",
        _ => "Discord lets me have no webhook here",
    };
    aside(&format!("{why}, so characters speak in my messages, with their names in bold."))
}

/// Messages written while the bot was away are answered now.
pub(in crate::door::discord) fn caught_up(count: usize) -> String {
    aside(&match count {
        1 => "I was away. One message from that time is answered now.".to_owned(),
        many => format!("I was away. {many} messages from that time are answered now."),
    })
}

/// Turns were played elsewhere while this channel was not reached.
pub(in crate::door::discord) fn played_elsewhere(count: usize) -> String {
    aside(&match count {
        1 => "One turn was played elsewhere. /story show tells what happened.".to_owned(),
        many => format!("{many} turns were played elsewhere. /story show tells what happened."),
    })
}

/// Another than before answers: a line of the tale, and the plain truth below it.
pub(in crate::door::discord) fn other_voice((tale, note): &(&'static str, String), in_fiction: bool) -> String {
    let note = aside(note);
    if in_fiction { format!("*{tale}*\n{note}") } else { note }
}
