//! The tools there are: how each is called, and what a call asks of the table. PURE.
//! It knows no protocol; `server` speaks one.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    advance_fight, ask_for_roll, change_condition, change_inventory, change_vital, come_and_go, introduce_character,
    look, look_up_lore, note_fact, note_promise, recall, set_scene, start_fight, tell_character, tick_clock, whisper,
};
use crate::domain::{Deed, Event, EventKind, Game, GameEvent, SeatId, SheetOf, Viewer};

/// One tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name, as the model calls it.
    pub name: &'static str,
    /// What it does, told to the model.
    pub description: &'static str,
    /// Its arguments, as a JSON Schema.
    pub arguments: fn() -> Value,
    /// What a call asks of the table.
    pub(super) read: fn(Arguments) -> Result<Request, BadCall>,
    /// What the model is told came of it.
    pub(super) answer: fn(&[Event]) -> String,
}

/// What a call asks of the table.
#[derive(Debug)]
pub(super) enum Request {
    /// Do something to the game.
    Deed(Deed),
    /// Look at the game as its master knows it, and say what there is.
    Look(fn(&Game) -> String),
    /// Look up what is remembered, as `viewer` may know it, of a character only what they know.
    Recall { words: String, viewer: Viewer, character: Option<String> },
    /// Look up what the lorebooks say.
    Lore { words: String },
}

/// The arguments of a call.
pub(super) type Arguments = Map<String, Value>;

/// Every tool, in the order in which they are listed.
pub const TOOLS: &[Tool] = &[
    whisper::TOOL,
    look::TOOL,
    ask_for_roll::TOOL,
    change_vital::TOOL,
    change_inventory::TOOL,
    change_condition::TOOL,
    introduce_character::TOOL,
    come_and_go::TOOL,
    set_scene::TOOL,
    tick_clock::TOOL,
    note_promise::TOOL,
    advance_fight::TOOL,
    look_up_lore::TOOL,
    note_fact::TOOL,
    tell_character::TOOL,
    recall::TOOL,
    start_fight::TOOL,
];

/// Why a call cannot be read: told to the model, so that it can call again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadCall {
    /// No such tool.
    #[error("there is no tool `{0}`")]
    NoSuchTool(String),
    /// Its arguments are not what the tool takes.
    #[error("the arguments are not right: {0}")]
    Arguments(String),
}

/// The tool of that name.
pub(super) fn find(name: &str) -> Result<&'static Tool, BadCall> {
    TOOLS.iter().find(|tool| tool.name == name).ok_or_else(|| BadCall::NoSuchTool(name.chars().take(60).collect()))
}

/// Whose sheet a call means: a seat, or somebody by name.
pub(super) fn whose(seat: Option<SeatId>, name: Option<String>) -> Result<SheetOf, BadCall> {
    match (seat, name) {
        (Some(seat), None) => Ok(SheetOf::Seat(seat)),
        (None, Some(name)) => Ok(SheetOf::Other(name)),
        _ => Err(BadCall::Arguments("give either `seat` or `name`".to_owned())),
    }
}

/// What happened in the game.
pub(super) fn happened(events: &[Event]) -> impl Iterator<Item = &GameEvent> {
    events.iter().filter_map(|event| match &event.kind {
        EventKind::Game(happened) => Some(happened),
        _ => None,
    })
}

/// Reads arguments into a tool's own type.
pub(super) fn read<T: DeserializeOwned>(arguments: Arguments) -> Result<T, BadCall> {
    serde_json::from_value(Value::Object(arguments)).map_err(|fault| BadCall::Arguments(fault.to_string()))
}
