//! What the Discord door says of itself: buttons, notices, status, help.
//! Faults and refusals are worded for every door in `door/wording.rs`.

use std::time::Duration;

use super::buttons::Press;
use super::connect::OpenError;
use super::health::{Trouble, Why};
use super::knobs::{Knob, Knobs};
use super::offered::LeftOut;
use crate::config::{Attachments, Links, Listen, NextUp, Threads, Voices};
use crate::domain::{ErrorId, ModelName, ProviderName, Request, TableName, TurnNo};
use crate::door::wording::{self, provider_name, time};
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

/// What stands on the button that opens the stop card.
pub(super) const SAFETY: &str = "Safety";
/// What the Safety button shows to its presser.
pub(super) const LINES_TITLE: &str = "Lines and veils";
pub(super) const LINES_FIELD: &str = "Never in the story, one a line";
pub(super) const LINES_HINT: &str = "spiders";
pub(super) const VEILS_FIELD: &str = "Only behind a veil, one a line";
pub(super) const VEILS_HINT: &str = "torture";
pub(super) const CARD_PANEL: &str = "Only you see this. Stop pauses play at once and covers the last messages; nobody is told who did it. A host \
     lets play go on afterwards.";
/// The buttons of the stop card.
pub(super) const CARD_STOP: &str = "Stop play";
/// Takes the last part out.
pub(super) const CARD_REWIND: &str = "Rewind";
/// Lets it fade.
pub(super) const CARD_FADE: &str = "Fade";
/// Goes on elsewhere.
pub(super) const CARD_SKIP: &str = "Skip ahead";
/// Leaves the story as it is.
pub(super) const CARD_PAUSE: &str = "Just pause";
/// Whoever stopped play is ready.
pub(super) const CARD_READY: &str = "I am ready to go on";
/// A host has play go on.
pub(super) const CARD_RESUME: &str = "Go on (host)";

/// What stands on the button under what the game master asks to be rolled.
pub(super) const ROLL: &str = "Roll";

/// What stands on the button of an envelope.
pub(super) const OPEN_LETTER: &str = "Open";

/// A whisper reached the game master.
pub(super) const WHISPER_HEARD: &str = "The game master hears it, and nobody else.";
/// A whisper waits for the next turn.
pub(super) const WHISPER_WAITS: &str =
    "The game master hears it after the reply that is on its way, and nobody else does.";
/// A whisper was handed to a person.
pub(super) const WHISPER_HANDED: &str =
    "Handed over in an envelope. Only they can read it; the game master knows of it too.";
/// `/whisper` without words.
pub(super) const NOTHING_WHISPERED: &str =
    "Write what you whisper as `text`. Without `to` the game master hears it; `deliver` sets how letters for you come.";

/// How a person's letters come from now on.
pub(super) fn letters_come(direct: bool) -> &'static str {
    if direct {
        "Letters for you come by direct message from now on. The envelope still stands in the channel."
    } else {
        "Letters for you come as envelopes in the channel from now on."
    }
}

/// Nobody at the table is called that.
pub(super) fn nobody_called(name: &str) -> String {
    let name: String = name.chars().take(80).collect();
    format!(
        "Nobody at this table is called {name}. Choose a name while you type; whoever has not played here yet takes a \
         seat with their first message."
    )
}

/// Who tells the story, where no name is known.
pub(super) const GAME_MASTER: &str = "The game master";

/// Somebody who is not known any more.
pub(super) const SOMEBODY: &str = "Somebody";
/// A line was said as a character.
pub(super) const SAID_ALOUD: &str = "Said.";
/// Said once where lines stay as their writers wrote them.
pub(super) const ALOUD_STAYS: &str = "-# Lines said as a character stay under their writer's own name here: to put them under the \
character's, I lack Manage Messages. They are told as the character's all the same.";
/// What the game master or one of its characters said.
pub(super) const GM_WROTE: &str = "The game master wrote this.";
/// A message that is no line in a character's name.
pub(super) const NO_LINE: &str =
    "That is no line said as a character. Your own messages you change and delete as ever.";
/// Somebody else's line.
pub(super) const ANOTHERS_LINE: &str = "Somebody else wrote that line.";
/// A line that a turn has.
pub(super) const LINE_TAKEN: &str =
    "That line has been taken up by a reply, so it stays. /undo takes the turn back for everyone.";
/// It could not be looked up.
pub(super) const LINE_UNKNOWN: &str = "It could not be looked up whose line that is. Try again in a moment.";
/// The table did not answer in the time that Discord gives a form.
pub(super) const TABLE_LATER: &str = "The table is busy just now. Try again in a moment.";
/// A line is gone.
pub(super) const LINE_REMOVED: &str = "Your line is taken back.";
/// A line counts no more and its message stands.
pub(super) const LINE_REMAINS: &str = "Your line is taken back, but its message could not be removed.";
/// A line says something else.
pub(super) const LINE_CHANGED: &str = "Your line is changed.";
/// A line counts as changed and its message says what it said.
pub(super) const LINE_STANDS: &str = "Your line counts as changed, but its message could not be changed any more.";
/// The same, and it may work later.
pub(super) const LINE_LATER: &str =
    "Your line counts as changed, but Discord did not take the change of its message. Try again.";
/// The form in which a line is changed.
pub(super) const EDIT_LINE: &str = "Change your line";
/// Its field.
pub(super) const LINE: &str = "What you say or do";

/// Who wrote a message; the person's number lets their client show who that is, and pings nobody.
pub(super) fn wrote(name: &str, user: Option<u64>) -> String {
    match user {
        Some(user) => format!("{name} (<@{user}>) wrote this."),
        None => format!("{name} wrote this."),
    }
}

/// What "Continue" says for whoever pressed it.
pub(super) const GO_ON: &str = "Go on.";

/// The first words of a bot that is being set up.
pub(super) const HEARD_WHILE_SET_UP: &str =
    "I hear you. I am being set up just now; once my host has started me, mention me here and say what you do.";

/// Somebody was heard.
pub(super) const HEARD: &str = "👀";
/// Somebody was heard and waits for the next turn.
pub(super) const WAITS: &str = "⏳";

/// Somebody was named who has no seat.
pub(super) const NOT_SEATED: &str = "They do not sit here yet; whoever says something first takes a seat.";

/// The mark on a message that is told together with what others say.
pub(super) const DECLARED: &str = "✅";

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
/// A button under something asked at a table that is not here any more.
pub(super) const STALE_ASK: &str = "That was asked at another time; there is nothing to answer any more.";
/// The form for an answer in one's own words.
pub(super) const OWN_WORDS: &str = "Your answer";
pub(super) const ASK_WORDS: &str = "In your own words";

/// Who can answer, and until when; Discord shows the time as each reader's own.
pub(super) fn answer_by(request: &Request, until: i64) -> String {
    match request {
        Request::Leave { .. } => format!("For a host to answer. It counts as declined <t:{until}:R>."),
        Request::Choice { .. } => {
            format!("For those who acted, or a host, to answer. It counts as declined <t:{until}:R>.")
        }
    }
}

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

/// What somebody said who attached something and wrote nothing.
pub(super) const ONLY_FILES: &str = "(shows what is attached)";

/// Files on a message that are not taken.
pub(super) fn left_out(files: &[(String, LeftOut)], limits: &Attachments) -> String {
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
pub(super) fn not_loaded(name: &str, large: bool, error: &ErrorId) -> String {
    let why = if large { "it is larger than it said" } else { "it did not arrive, or is not what it is called" };
    aside(&format!("I could not load {}: {why}. The turn goes on without it. ({error})", file_name(name)))
}

/// A file's name as it may be shown: one short line in which nothing is markdown.
fn file_name(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_control() && *c != '`').take(60);
    format!("`{}`", kept.collect::<String>())
}

/// A model that the host does not offer.
pub(super) fn unknown_model(wanted: &ModelName, provider: &ProviderName, known: &[ModelName]) -> String {
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    let wanted = file_name(wanted.as_str());
    format!("{} has no model {wanted} here. There are: {}.", provider_name(provider), known.join(", "))
}

/// What is set at a table.
pub(super) fn settings(name: &TableName, knobs: Knobs) -> String {
    let lines = knobs.all().map(|knob| {
        let what = match knob {
            Knob::Listen(Listen::Mention) => "Mentions of me and answers to me are actions",
            Knob::Listen(Listen::All) => "Every line in this channel is an action",
            Knob::Threads(Threads::Own) => "Each thread is a side table with a story of its own",
            Knob::Threads(Threads::Parent) => "Threads belong to this table, and it answers in the channel",
            Knob::Links(Links::Inert) => "Masked links and invitations in replies do not work",
            Knob::Links(Links::Allow) => "All links in replies work",
            Knob::Voices(Voices::Webhook) => "Characters speak under their own names",
            Knob::Voices(Voices::Bold) => "Characters speak in my messages, with their names in bold",
            Knob::NextUp(NextUp::Quiet) => "In a fight nobody is called when it is their move",
            Knob::NextUp(NextUp::Mention) => "In a fight I mention whoever is on move",
        };
        let (name, value) = knob.words();
        format!("{what} (`{name}: {value}`).")
    });
    format!("**{name}**\n{}\nThis stays so over a restart.", lines.join("\n"))
}

/// Characters cannot speak under their own names here, by Discord's code.
pub(super) fn no_voices(code: u64) -> String {
    let why = match code {
        50_013 | 50_001 => "I lack Manage Webhooks here",
        30_007 => "This channel has as many webhooks as Discord allows",
        _ => "Discord lets me have no webhook here",
    };
    aside(&format!("{why}, so characters speak in my messages, with their names in bold."))
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
        1 => "One turn was played elsewhere. /story show tells what happened.".to_owned(),
        many => format!("{many} turns were played elsewhere. /story show tells what happened."),
    })
}

/// Another than before answers: a line of the tale, and the plain truth below it.
pub(super) fn other_voice((tale, note): &(&'static str, String), in_fiction: bool) -> String {
    let note = aside(note);
    if in_fiction { format!("*{tale}*\n{note}") } else { note }
}

/// How a table stands.
pub(super) fn status(view: &TableView) -> String {
    let model = view.model.as_ref().map_or_else(String::new, |model| format!(", model {model}"));
    let ladder = wording::ladder(&view.ladder).map_or_else(String::new, |ladder| format!("Ladder: {ladder}\n"));
    let memory = if view.session { "remembers this conversation" } else { "will be told the story" };
    let scene = match &view.scene {
        Some((number, Some(title))) => format!("{number}, {title}"),
        Some((number, None)) => format!("{number}, without a title yet"),
        None => "none open".to_owned(),
    };
    let running = view.running.map_or_else(String::new, |turn| format!(", turn {turn} runs"));
    let seal = view.seal.as_ref().map_or_else(String::new, |seal| format!("\nDice: sealed with {seal}"));
    format!(
        "**{}**\nAnswers: {}{model} ({memory})\n{ladder}Scene: {scene}\nTurns: {}{running}, {} waiting\nToday: {}\nPaid by: {}\nSince: <t:{}:D>{seal}",
        view.name,
        provider_name(&view.provider),
        view.turns,
        view.waiting,
        wording::today(view),
        wording::payer(&view.provider, view.purse),
        view.since.millis() / 1000,
    )
}

/// How a table stands, in a line.
pub(super) fn status_line(view: &TableView) -> String {
    let model = view.model.as_ref().map_or_else(String::new, |model| format!(" {model}"));
    let running = if view.running.is_some() { ", answering" } else { "" };
    format!(
        "**{}**: {}{model}, {} turns, {} waiting{running}, {} today, since <t:{}:D>",
        view.name,
        provider_name(&view.provider),
        view.turns,
        view.waiting,
        wording::spent(&view.today),
        view.since.millis() / 1000,
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

/// Too many connections were made of late; the next one has to wait.
pub(super) fn waits_to_connect(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    let wait = if seconds < 120 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
    format!(
        "The bot was started very often of late, and Discord allows only so many connections a day. It waits {wait}, then connects by itself."
    )
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
        OpenError::Authorities { detail } => {
            format!("The certificates of `discord.ca_file` cannot be used: {detail}. It has to be a file in PEM form.")
        }
        OpenError::TooOften => {
            "The connection to Discord broke and was made anew too often. Start the bot again: it waits \
            by itself until it may connect, so that Discord's limit for a day is not used up."
                .to_owned()
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaultKind, Refusal, SkipWhy, Timestamp};
    use crate::door::wording as common;
    use crate::table::TableError;

    const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

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
        demand([
            common::queued(0),
            common::retrying(FaultKind::Overloaded, 1, 3),
            quiet(20),
            common::REMINDED.to_owned(),
        ]);
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
        demand([
            after(&R::ActionTooLong { bytes: 3000, limit: 2048 }, "and 2 "),
            after(&R::QueueFull { limit: 7 }, "7 "),
        ]);
    }
}
