//! What any provider says while it answers, in one vocabulary for all of them.
//! No CLI's own words stand here; drivers translate.

use serde::{Deserialize, Serialize};

use super::asking::Request;
use super::ids::{ModelName, ProviderName, Timestamp};

/// A provider's own memory of a conversation. It carries its provider, so that no CLI gets another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub provider: ProviderName,
    /// The resume id, as the provider writes it.
    pub id: String,
}

/// One thing a provider reports while it answers a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ProviderEvent {
    /// The provider confirmed the conversation; only now may its id be kept.
    Started {
        /// The resume id it reports.
        session: String,
        /// The model it says it uses.
        model: Option<ModelName>,
        /// The CLI's version, where it tells.
        version: Option<String>,
    },
    /// More text of the reply, at the end of its block.
    Text {
        /// Which part of the reply it belongs to; parts show in the order in which they began.
        block: BlockKey,
        /// The new text.
        text: String,
    },
    /// The whole text of one part, as the provider finally states it; replaces what was streamed of it.
    Block {
        /// Which part.
        block: BlockKey,
        /// Its text.
        text: String,
    },
    /// Parts that were streamed are taken back: every block of `message` from `from` on.
    Withdrawn {
        /// The message whose parts are withdrawn.
        message: String,
        /// The first block that goes.
        from: u32,
    },
    /// The provider uses a tool. Shown as a sign of life, never as reply text.
    Tool {
        /// The tool's name.
        name: String,
    },
    /// The provider was refused a tool by policy.
    ToolDenied {
        /// The tool's name.
        name: String,
    },
    /// The provider asks people for something and waits for the answer.
    Asked {
        /// Its driver's name for it, its own within the run.
        key: u32,
        /// What it asks.
        request: Request,
    },
    /// The provider wants no answer any more.
    Unasked {
        /// Its driver's name for it.
        key: u32,
    },
    /// The provider met a passing failure and tries again by itself.
    Retrying {
        /// Which attempt, from 1.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// Milliseconds until it tries.
        wait_ms: u64,
        /// What was wrong.
        cause: FaultKind,
    },
    /// A usage limit was reported.
    RateLimited {
        /// When it resets, if told.
        until: Option<Timestamp>,
    },
    /// Nothing was heard and no work was seen for a while; the provider is still waited for.
    Quiet {
        /// For how long, in seconds.
        seconds: u64,
    },
    /// Something this program does not know. Kept so that drift is seen, otherwise ignored.
    Unknown {
        /// What the provider called it.
        name: String,
    },
    /// The turn is over and good.
    Finished(Finished),
    /// The turn is over and not good.
    Failed(Fault),
}

/// Names one part of a streaming reply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockKey {
    /// The provider's id of the message (may be empty where it has none).
    pub message: String,
    /// The part's index within the message.
    pub index: u32,
}

/// A good end of a turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The final text where the provider states it; otherwise what was streamed counts.
    pub text: Option<String>,
    /// What this turn took.
    pub spent: Spent,
}

/// What one turn took: of this turn only, never a running total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens read, those from a cache included.
    pub tokens_in: Option<u64>,
    /// Tokens written.
    pub tokens_out: Option<u64>,
    /// Millionths of a US dollar; none means unknown, not free.
    pub cost_micros: Option<u64>,
}

/// Why a provider could not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// The provider's own words or our evidence. For the log only, never shown to people.
    pub detail: String,
    /// When a limit resets, if that is the failure and it is known.
    pub until: Option<Timestamp>,
    /// What was spent all the same.
    pub spent: Spent,
}

impl Fault {
    /// A failure with evidence and nothing spent.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), until: None, spent: Spent::default() }
    }
}

/// The failures that are told apart, because people can do different things about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The program is not there.
    #[error("not installed")]
    NotInstalled,
    /// The program could not be started, or stopped before it spoke.
    #[error("could not start")]
    NotStarted,
    /// No valid sign-in.
    #[error("not signed in")]
    NotSignedIn,
    /// The account has no credit.
    #[error("no credit")]
    NoCredit,
    /// A usage limit was reached.
    #[error("limit reached")]
    LimitReached,
    /// The service is overloaded or failing.
    #[error("overloaded")]
    Overloaded,
    /// What was sent is longer than the model takes.
    #[error("too long")]
    TooLong,
    /// The model is not known to the provider.
    #[error("unknown model")]
    UnknownModel,
    /// The model declined to answer.
    #[error("refused")]
    Refused,
    /// The answer broke off.
    #[error("broken stream")]
    BrokenStream,
    /// Nothing was heard for too long, or the turn took longer than allowed.
    #[error("silent")]
    Silent,
    /// The process was killed by something that is not us.
    #[error("killed")]
    Killed,
    /// It ended well and said nothing.
    #[error("empty reply")]
    Empty,
    /// The conversation to resume is gone.
    #[error("session lost")]
    SessionLost,
    /// A spending limit of one turn was reached inside the provider.
    #[error("turn budget reached")]
    TurnBudget,
    /// It spoke in a way this program does not understand where it must.
    #[error("not understood")]
    Garbled,
    /// It wrote more than is allowed.
    #[error("too much output")]
    Flood,
    /// Anything else.
    #[error("failed")]
    Other,
}
