//! How a table stands, what is set there, and what commands and buttons say that find none or come too late.
//! What the rules of play refuse is worded for every door.

use super::file_name;
use crate::config::{Links, Listen, NextUp, Threads, Voices};
use crate::domain::{ErrorId, ModelName, ProviderName, Request, TableName};
use crate::door::discord::knobs::{Knob, Knobs};
use crate::door::wording::{self, provider_name};
use crate::table::TableView;

/// A command was used where no table is.
pub(in crate::door::discord) const NO_TABLE: &str =
    "There is no table in this channel. Whoever manages the channel makes it one with /table open.";
/// Only those who manage channels make tables.
pub(in crate::door::discord) const NOT_MANAGER: &str =
    "Opening and closing tables needs Manage Channels in this channel.";
/// The channel is a table already.
pub(in crate::door::discord) const TABLE_HERE: &str = "This channel is a table already. /status shows how it stands.";
/// The table stands in the configuration.
pub(in crate::door::discord) const TABLE_OF_FILE: &str =
    "This table stands in the host's configuration, so the host has to take it out there.";
/// The table is closed.
pub(in crate::door::discord) const TABLE_CLOSED: &str =
    "This channel is no table any more. What was played is kept in the log and in the stories.";

/// The table is open.
pub(in crate::door::discord) fn table_opened(name: &TableName, listens_to_all: bool) -> String {
    let how = if listens_to_all { "Say what you do." } else { "Mention me and say what you do." };
    format!("This channel is the table **{name}** now. {how} /help lists the rest.")
}

/// The channel that was named has no table.
pub(in crate::door::discord) const NO_TABLE_THERE: &str = "There is no table in that channel.";
/// Nothing was played yet.
pub(in crate::door::discord) const NO_STORY: &str = "No story has been written yet. Play a turn first.";
/// A button whose turn is not the present one.
pub(in crate::door::discord) const STALE_BUTTON: &str = "That button belongs to an earlier turn; the story has moved on. Use the ones under the newest reply, or /undo and /retry.";
/// A button under something asked at a table that is not here any more.
pub(in crate::door::discord) const STALE_ASK: &str =
    "That was asked at another time; there is nothing to answer any more.";

/// Who can answer, and until when; Discord shows the time as each reader's own.
pub(in crate::door::discord) fn answer_by(request: &Request, until: i64) -> String {
    match request {
        Request::Leave { .. } => format!("For a host to answer. It counts as declined <t:{until}:R>."),
        Request::Choice { .. } => {
            format!("For those who acted, or a host, to answer. It counts as declined <t:{until}:R>.")
        }
    }
}

/// A button of a turn that is over.
pub(in crate::door::discord) const NOTHING_RUNS: &str = "That reply has ended already, so there is nothing to stop.";

/// Somebody changed the story for everyone.
pub(in crate::door::discord) fn done_by(name: &str, sentence: &str) -> String {
    format!("{name}: {sentence}")
}

/// Something failed that people cannot mend.
pub(in crate::door::discord) fn failed(error: &ErrorId) -> String {
    format!("That did not work. The host finds out why with `talekeeper logs --error {error}`. ({error})")
}

/// A model that the host does not offer.
pub(in crate::door::discord) fn unknown_model(
    wanted: &ModelName,
    provider: &ProviderName,
    known: &[ModelName],
) -> String {
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    let wanted = file_name(wanted.as_str());
    format!("{} has no model {wanted} here. There are: {}.", provider_name(provider), known.join(", "))
}

/// What is set at a table.
pub(in crate::door::discord) fn settings(name: &TableName, knobs: Knobs) -> String {
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

/// How a table stands.
pub(in crate::door::discord) fn status(view: &TableView) -> String {
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
pub(in crate::door::discord) fn status_line(view: &TableView) -> String {
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
