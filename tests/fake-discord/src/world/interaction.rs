//! Interactions and what became of them (documentation: interactions/receiving-and-responding).
//! Never decides what an answer looks like; only when one may come and which.

use serde_json::Value;

use crate::id::Id;

/// How long follow-ups and edits are accepted: 15 minutes.
pub(crate) const TOKEN_LIFE_MS: u64 = 15 * 60 * 1000;

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Command,
    ContextMenu,
    Component,
    Autocomplete,
    ModalSubmit,
}

impl Kind {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Command | Self::ContextMenu => 2,
            Self::Component => 3,
            Self::Autocomplete => 4,
            Self::ModalSubmit => 5,
        }
    }

    /// The type of the message that answers it first.
    pub(crate) fn message_type(self) -> u8 {
        match self {
            Self::Command => 20,
            Self::ContextMenu => 23,
            Self::Component | Self::Autocomplete | Self::ModalSubmit => 19,
        }
    }
}

/// The first answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Type 4.
    Message,
    /// Type 5, with whether only the invoker will see it.
    Deferred,
    /// Types 6 and 7.
    Update,
    /// Type 8.
    Choices(Vec<Value>),
    /// Type 9.
    Modal(Value),
}

/// An interaction and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) kind: Kind,
    pub(crate) user: Id,
    pub(crate) channel: Id,
    /// The message a component or its modal belongs to.
    pub(crate) source: Option<Id>,
    pub(crate) created_ms: u64,
    pub(crate) payload: Value,
    pub(crate) answer: Option<Answer>,
    /// The message `@original` means.
    pub(crate) original: Option<Id>,
    pub(crate) follow_ups: Vec<Id>,
    /// Whether it reached a bot at all; else nobody could answer.
    pub(crate) delivered: bool,
    /// What people would call it, for messages of judges.
    pub(crate) label: String,
}

impl Interaction {
    pub(crate) fn is_late(&self, now_ms: u64, within_ms: u64) -> bool {
        now_ms > self.created_ms + within_ms
    }

    pub(crate) fn is_void(&self, now_ms: u64) -> bool {
        now_ms > self.created_ms + TOKEN_LIFE_MS
    }
}
