//! What the Discord door says of itself: buttons, notices, status, help.
//! Faults and refusals are worded for every door in `door/wording.rs`.

use super::buttons::Press;
use super::connect::OpenError;
use super::health::{Trouble, Why};
use crate::domain::{ErrorId, ProviderName, Rest, TableName, TurnNo};
use crate::door::wording::{self, dollars, provider_name, time};
use crate::table::TableView;

/// What stands on a button.
pub(super) fn button(press: Press) -> &'static str {
    match press {
        Press::Stop => "Stop",
        Press::Retry => "Retry",
        Press::Undo => "Undo",
        Press::Continue => "Continue",
    }
}

/// What "Continue" says for whoever pressed it.
pub(super) const GO_ON: &str = "Go on.";

/// Somebody was heard.
pub(super) const HEARD: &str = "👀";
/// Somebody was heard and waits for the next turn.
pub(super) const WAITS: &str = "⏳";

/// A line in small print, beside the story.
pub(super) fn aside(sentence: &str) -> String {
    format!("-# {}", sentence.replace('\n', " "))
}

/// The rest of a long reply is in a file.
pub(super) fn rest_attached() -> String {
    aside("This reply is longer than fits here. The rest is in the file.")
}

/// The rest of a long reply could not be attached.
pub(super) fn rest_in_story() -> String {
    aside("This reply is longer than fits here, and I may not attach files. /story show has the whole of it.")
}

/// Discord would not take a part of a reply.
pub(super) fn not_taken(error: &ErrorId) -> String {
    aside(&format!("Discord did not take a part of this reply. /story show has the whole of it. ({error})"))
}

/// Why nothing can be said in a channel: half a sentence.
pub(super) fn keeps_from_writing(trouble: &Trouble) -> String {
    match trouble.why {
        Why::NoChannel => "Discord says that there is no such channel any more".to_owned(),
        Why::NotSeen => "I may not view the channel".to_owned(),
        Why::NotAllowed if trouble.missing.is_empty() => {
            "I lack a permission here, such as Send Messages; `talekeeper check` tells the host which".to_owned()
        }
        Why::NotAllowed => format!("I lack {} here", trouble.missing.join(" and ")),
        Why::Locked => "this thread is locked".to_owned(),
    }
}

/// A line of a table's status while nothing can be said in its channel.
pub(super) fn in_trouble(trouble: &Trouble) -> String {
    let why = keeps_from_writing(trouble);
    format!("I cannot write here since {}: {why}.{} ({})", time(trouble.since), unsaid(trouble), trouble.error)
}

/// Something can be said in the channel again.
pub(super) fn trouble_over(trouble: &Trouble) -> String {
    let why = keeps_from_writing(trouble);
    aside(&format!(
        "I could not write here since {}: {why}.{} ({})",
        time(trouble.since),
        unsaid(trouble),
        trouble.error
    ))
}

fn unsaid(trouble: &Trouble) -> String {
    match trouble.unsaid {
        0 => String::new(),
        1 => " One reply stands only in /story show.".to_owned(),
        many => format!(" {many} replies stand only in /story show."),
    }
}

/// The file with the rest of a reply.
pub(super) fn rest_file(turn: TurnNo) -> String {
    format!("turn-{turn}.md")
}

/// A turn that had to wait is being answered.
pub(super) const BEGUN: &str = "The game master is thinking.";

/// Nothing has been heard of the game master for a while.
pub(super) fn quiet(seconds: u64) -> String {
    format!("Nothing has come for {seconds} seconds. It may still be thinking; Stop ends it.")
}

/// A turn was stopped.
pub(super) const STOPPED: &str = "Stopped. Retry tells it anew.";
/// The program ended before the turn did.
pub(super) const CUT_OFF: &str = "This was cut off by a restart. It is told again.";
/// A command was used where no table is.
pub(super) const NO_TABLE: &str =
    "There is no table in this channel. Whoever manages the channel makes it one with /table open.";
/// Only those who manage channels make tables.
pub(super) const NOT_MANAGER: &str = "Opening and closing tables needs Manage Channels in this channel.";
/// The channel is a table already.
pub(super) const TABLE_HERE: &str = "This channel is a table already. /status shows how it stands.";
/// The table stands in the configuration.
pub(super) const TABLE_OF_FILE: &str =
    "This table stands in the host's configuration, so the host has to take it out there.";
/// The table is closed.
pub(super) const TABLE_CLOSED: &str =
    "This channel is no table any more. What was played is kept in the log and in the stories.";

/// What stands above the form that opens a table.
pub(super) const NEW_TABLE: &str = "A new table";
pub(super) const ASK_PITCH: &str = "What is the game about?";
pub(super) const HINT_PITCH: &str = "A drowned city, and a party that owes its harbour master";
pub(super) const ASK_TONE: &str = "How is it told?";
pub(super) const HINT_TONE: &str = "Slow dread, dry humour, no gore";
pub(super) const ASK_PROVIDER: &str = "Who answers? Leave empty for the default";
pub(super) const HINT_PROVIDER: &str = "claude, oracle, …";
pub(super) const ASK_MODEL: &str = "With which model? Empty for the default";
pub(super) const HINT_MODEL: &str = "opus";

/// The table is open.
pub(super) fn table_opened(name: &TableName, listens_to_all: bool) -> String {
    let how = if listens_to_all { "Say what you do." } else { "Mention me and say what you do." };
    format!("This channel is the table **{name}** now. {how} /help lists the rest.")
}

/// The channel that was named has no table.
pub(super) const NO_TABLE_THERE: &str = "There is no table in that channel.";
/// Nothing was played yet.
pub(super) const NO_STORY: &str = "No story has been written yet. Play a turn first.";
/// A button whose turn is not the present one.
pub(super) const STALE_BUTTON: &str = "That button belongs to an earlier turn; the story has moved on. Use the ones under the newest reply, or /undo and /retry.";
/// A button of a turn that is over.
pub(super) const NOTHING_RUNS: &str = "That reply has ended already, so there is nothing to stop.";

/// Somebody changed the story for everyone.
pub(super) fn done_by(name: &str, sentence: &str) -> String {
    format!("{name}: {sentence}")
}

/// Something failed that people cannot mend.
pub(super) fn failed(error: &ErrorId) -> String {
    format!("That did not work. The host finds out why with `talekeeper logs --error {error}`. ({error})")
}

/// Messages written while the bot was away are answered now.
pub(super) fn caught_up(count: usize) -> String {
    aside(&match count {
        1 => "I was away. One message from that time is answered now.".to_owned(),
        many => format!("I was away. {many} messages from that time are answered now."),
    })
}

/// Turns were played elsewhere while this channel was not reached.
pub(super) fn played_elsewhere(count: usize) -> String {
    aside(&match count {
        1 => "One turn was played elsewhere. /story shows what happened.".to_owned(),
        many => format!("{many} turns were played elsewhere. /story shows what happened."),
    })
}

/// Another than before answers: a line of the tale, and the plain truth below it.
pub(super) fn other_voice(turn: TurnNo, provider: &ProviderName, resting: &[Rest], in_fiction: bool) -> String {
    let (tale, note) = wording::other_voice(turn, provider, resting);
    let note = aside(&note);
    if in_fiction { format!("*{tale}*\n{note}") } else { note }
}

/// How a table stands.
pub(super) fn status(view: &TableView, today: i64) -> String {
    let model = view.model.as_ref().map_or_else(String::new, |model| format!(", model {model}"));
    let ladder = wording::ladder(&view.ladder).map_or_else(String::new, |ladder| format!("Ladder: {ladder}\n"));
    let memory = if view.session { "remembers this conversation" } else { "will be told the story" };
    let scene = match &view.scene {
        Some((number, Some(title))) => format!("{number}, {title}"),
        Some((number, None)) => format!("{number}, without a title yet"),
        None => "none open".to_owned(),
    };
    let (spent, unknown) = if view.today.day == today { (view.today.micros, view.today.unknown_turns) } else { (0, 0) };
    let unknown = match unknown {
        0 => String::new(),
        1 => " and one turn of unknown cost".to_owned(),
        many => format!(" and {many} turns of unknown cost"),
    };
    let running = view.running.map_or_else(String::new, |turn| format!(", turn {turn} runs"));
    format!(
        "**{}**\nAnswers: {}{model} ({memory})\n{ladder}Scene: {scene}\nTurns: {}{running}, {} waiting\nToday: {}{unknown}",
        view.name,
        provider_name(&view.provider),
        view.turns,
        view.waiting,
        dollars(spent),
    )
}

/// How a table stands, in a line.
pub(super) fn status_line(view: &TableView, today: i64) -> String {
    let spent = if view.today.day == today { view.today.micros } else { 0 };
    let model = view.model.as_ref().map_or_else(String::new, |model| format!(" {model}"));
    let running = if view.running.is_some() { ", answering" } else { "" };
    format!(
        "**{}**: {}{model}, {} turns, {} waiting{running}, {} today",
        view.name,
        provider_name(&view.provider),
        view.turns,
        view.waiting,
        dollars(spent),
    )
}

/// The token is good; how the bot gets into a server.
pub(super) fn may_connect(invitation: &str) -> String {
    format!("the token is good and the bot may read messages. Invite it with\n{invitation}")
}

/// A table's channel that the bot does not see.
pub(super) const CHANNEL_UNSEEN: &str =
    "the bot does not see it: it is not in that server, may not view the channel, or the id is another one";
/// A table's channel where nothing is missing.
pub(super) const CHANNEL_GOOD: &str = "the bot may do there all it needs";

/// What the bot may not in a channel, and what follows.
pub(super) fn lacking(missing: &[(&'static str, &'static str)]) -> String {
    let missing: Vec<_> = missing.iter().map(|(name, without)| format!("without {name} {without}")).collect();
    missing.join("\n")
}

/// Why the bot does not start, and what the host can do.
pub fn cannot_open(why: &OpenError) -> String {
    match why {
        OpenError::Token => "Discord does not accept the token. Copy it anew from the Bot page of \
            https://discord.com/developers/applications and set it as DISCORD_TOKEN."
            .to_owned(),
        OpenError::ContentIntent => {
            "The bot may not read messages. Switch on Message Content Intent on the Bot page of \
            https://discord.com/developers/applications, then start again."
                .to_owned()
        }
        OpenError::NoConnectionLeft { hours } => format!(
            "Discord allows this bot no further connection today; starting again and again uses them up. There are new \
             ones within {hours} hours."
        ),
        OpenError::Unreachable { .. } => {
            "Discord cannot be reached. Look at the network and at `discord.api_url`; the \
            log says what was tried."
                .to_owned()
        }
        OpenError::Elsewhere { gateway } => format!(
            "`discord.api_url` is on this machine, but what answers there sends the bot to {gateway}. It does not go \
             there, because the token would go with it."
        ),
        OpenError::Closed(why) => {
            format!("Discord closed the connection for good: {why}. The bot's settings on Discord need a change.")
        }
        OpenError::Store(_) => "The database cannot be used. The log says why.".to_owned(),
    }
}
