//! The tools there are: how each is called, and what a call asks of the table. PURE.
//! It knows no protocol; `server` speaks one.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::whisper;
use crate::domain::{Deed, Event};

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
    pub(super) read: fn(Arguments) -> Result<Deed, BadCall>,
    /// What the model is told came of it.
    pub(super) answer: fn(&[Event]) -> String,
}

/// The arguments of a call.
pub(super) type Arguments = Map<String, Value>;

/// Every tool, in the order in which they are listed.
pub const TOOLS: &[Tool] = &[whisper::TOOL];

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

/// Reads arguments into a tool's own type.
pub(super) fn read<T: DeserializeOwned>(arguments: Arguments) -> Result<T, BadCall> {
    serde_json::from_value(Value::Object(arguments)).map_err(|fault| BadCall::Arguments(fault.to_string()))
}
