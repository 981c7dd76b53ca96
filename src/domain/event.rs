//! Events: the rows of a table's log. Appended, never changed; everything else is derived from them.
//! What an event means for the state is decided in `table/state.rs`, not here.

use serde::{Deserialize, Serialize};

use super::asking::{Request, Settlement};
use super::attachment::Attachment;
use super::game::{GameEvent, MemoryId, SummaryOutcome};
use super::ids::{
    ActionId, AskId, BranchId, ErrorId, EventSeq, ModelName, PersonId, ProviderName, SceneNo, SeatId, SourceId,
    Timestamp, TurnNo,
};
use super::money::{EmptyPurse, Purse};
use super::part::PartEvent;
use super::provider::{FaultKind, Session, Spent, Spoken};
use super::reply::Reply;
use super::safety::SafetyEvent;
use super::seat::{Audience, Role};

/// One row of a table's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its position.
    pub seq: EventSeq,
    /// The line of play it was written on.
    pub branch: BranchId,
    /// The scene that was open.
    pub scene: SceneNo,
    /// The turn it belongs to.
    pub turn: Option<TurnNo>,
    /// When it was written.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// Who may see it.
    pub audience: Audience,
    /// The event that led to it.
    pub cause: Option<EventSeq>,
    /// What happened.
    pub kind: EventKind,
}

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person at the table.
    Seat(SeatId),
    /// The provider.
    Gm,
    /// This program.
    Program,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A person took a seat.
    SeatJoined {
        /// The new seat.
        seat: SeatId,
        /// Who took it.
        person: PersonId,
        /// The name they go by.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// A seat's name or role changed.
    SeatChanged {
        /// Which seat.
        seat: SeatId,
        /// The name from now on.
        name: String,
        /// The role from now on.
        role: Role,
    },
    /// Who answers was changed.
    ProviderChosen {
        /// The provider from now on.
        provider: ProviderName,
        /// The model from now on; none leaves the choice to the provider.
        model: Option<ModelName>,
    },
    /// A seat said or did something; its [`ActionId`] is this event's position.
    ActionSaid {
        /// Where it was heard. Unique in the table.
        source: SourceId,
        /// Who.
        seat: SeatId,
        /// What, in their words.
        text: String,
        /// What they attached.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attachment>,
        /// As which character; none as themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        character: Option<String>,
    },
    /// The author changed a waiting action.
    ActionEdited {
        /// Which.
        action: ActionId,
        /// The text from now on.
        text: String,
    },
    /// The author took back a waiting action.
    ActionWithdrawn {
        /// Which.
        action: ActionId,
    },
    /// A waiting action will not be answered.
    ActionSkipped {
        /// Which.
        action: ActionId,
        /// Why.
        why: SkipWhy,
    },
    /// A turn took actions and went to the provider.
    TurnOpened {
        /// The turn.
        turn: TurnNo,
        /// What it took, as it stood then.
        said: Vec<Said>,
        /// Who answers.
        provider: ProviderName,
        /// With which model.
        model: Option<ModelName>,
        /// The earlier turn whose actions these are, for a retry.
        retry_of: Option<TurnNo>,
    },
    /// A provider could not go on with the turn, and the next of the table's providers does. The provider rests.
    RungLeft {
        /// The turn, which goes on with the same actions.
        turn: TurnNo,
        /// Who could not.
        provider: ProviderName,
        /// What was wrong.
        why: FaultKind,
        /// Finds it in the log.
        error: ErrorId,
        /// When a limit resets, if that was it and it is known.
        until: Option<Timestamp>,
        /// A turn that is opened from then on tries the provider again.
        again: Timestamp,
        /// Who goes on.
        next: ProviderName,
        /// With which model.
        next_model: Option<ModelName>,
        /// What the attempt took.
        spent: Spent,
    },
    /// Something was set aside for the turn, until its cost is known.
    MoneyReserved {
        /// The turn.
        turn: TurnNo,
        /// How much, in millionths of a US dollar.
        micros: u64,
    },
    /// A provider told who pays for what it does.
    PurseKnown {
        /// The provider.
        provider: ProviderName,
        /// Who pays.
        purse: Purse,
    },
    /// A provider was asked to sum up what is over, beside the turns.
    SummaryBegun {
        /// The memory that it is to take the place of: what was made of it without a model.
        of: MemoryId,
        /// Who was asked.
        provider: ProviderName,
        /// With which model.
        model: Option<ModelName>,
        /// What is set aside for it, in millionths of a US dollar.
        micros: u64,
        /// Whether it was begun before and the program ended.
        again: bool,
    },
    /// What came of it.
    SummaryEnded {
        /// The memory that it was to take the place of.
        of: MemoryId,
        /// What came of it.
        outcome: SummaryOutcome,
        /// What it took.
        spent: Spent,
    },
    /// A turn is over. With its reply, its cost and its session in one row, a crash leaves all or nothing.
    TurnEnded {
        /// The turn.
        turn: TurnNo,
        /// How it ended.
        outcome: TurnOutcome,
        /// What it took.
        spent: Spent,
        /// The conversation to resume next time; none means that the next brief is a full one.
        session: Option<Session>,
        /// Milliseconds from opening to end.
        duration_ms: u64,
        /// Milliseconds from opening to the first text.
        first_text_ms: Option<u64>,
        /// How the program behind the provider spoke. Older logs do not say.
        #[serde(default, skip_serializing_if = "Spoken::is_empty")]
        spoken: Spoken,
    },
    /// The provider of a running turn asks people for something; its [`AskId`] is this event's position.
    Asked {
        /// The turn.
        turn: TurnNo,
        /// The driver's name for it, its own within the run.
        key: u32,
        /// What it asks.
        request: Request,
        /// When it counts as declined.
        until: Timestamp,
    },
    /// What the provider asked was settled.
    AskSettled {
        /// Which.
        ask: AskId,
        /// How.
        settlement: Settlement,
    },
    /// A scene began.
    SceneOpened {
        /// Its number.
        scene: SceneNo,
        /// Its title, when a person gave one.
        title: Option<String>,
    },
    /// A scene got its title.
    SceneTitled {
        /// Which.
        scene: SceneNo,
        /// The title from now on.
        title: String,
    },
    /// A scene ended.
    SceneEnded {
        /// Which.
        scene: SceneNo,
    },
    /// Play goes on from an earlier point; what came after it stays in the log and leaves the story.
    BranchOpened {
        /// The new line of play.
        branch: BranchId,
        /// The line it leaves.
        parent: BranchId,
        /// The last event of the parent that still counts; position 0 is before everything.
        at: EventSeq,
        /// Why.
        why: BranchWhy,
    },
    /// How the story is told was changed.
    StyleSet {
        /// Which facet of it.
        facet: String,
        /// What it is set to.
        value: String,
    },
    /// Something happened to who plays whom.
    Part(PartEvent),
    /// A reply speaks, decides or feels for characters whom people play.
    Trespassed {
        /// The turn whose reply it is.
        turn: TurnNo,
        /// Whose words it took, as they are called.
        characters: Vec<String>,
        /// Whether it had been told anew for that reason.
        told_anew: bool,
    },
    /// Something happened to the safety of the table. No seat stands in it.
    Safety(SafetyEvent),
    /// Something happened in the game.
    Game(GameEvent),
}

/// Where an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For the table whatever the line of play: seats, settings, the queue, what was spent.
    Table,
    /// For the story of its own line of play only.
    Story,
}

impl EventKind {
    /// Where this kind of event counts.
    pub fn scope(&self) -> Scope {
        match self {
            Self::TurnOpened { .. }
            | Self::TurnEnded { .. }
            | Self::SceneOpened { .. }
            | Self::SceneTitled { .. }
            | Self::SceneEnded { .. }
            | Self::Game(_) => Scope::Story,
            Self::SeatJoined { .. }
            | Self::SeatChanged { .. }
            | Self::ProviderChosen { .. }
            | Self::RungLeft { .. }
            | Self::MoneyReserved { .. }
            | Self::PurseKnown { .. }
            | Self::SummaryBegun { .. }
            | Self::SummaryEnded { .. }
            | Self::ActionSaid { .. }
            | Self::ActionEdited { .. }
            | Self::ActionWithdrawn { .. }
            | Self::ActionSkipped { .. }
            | Self::Asked { .. }
            | Self::AskSettled { .. }
            | Self::StyleSet { .. }
            | Self::Part(_)
            | Self::Trespassed { .. }
            | Self::Safety(_)
            | Self::BranchOpened { .. } => Scope::Table,
        }
    }

    /// The kind's name as stored: the `kind` tag of its serialized form.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SeatJoined { .. } => "seat_joined",
            Self::SeatChanged { .. } => "seat_changed",
            Self::ProviderChosen { .. } => "provider_chosen",
            Self::ActionSaid { .. } => "action_said",
            Self::ActionEdited { .. } => "action_edited",
            Self::ActionWithdrawn { .. } => "action_withdrawn",
            Self::ActionSkipped { .. } => "action_skipped",
            Self::TurnOpened { .. } => "turn_opened",
            Self::RungLeft { .. } => "rung_left",
            Self::MoneyReserved { .. } => "money_reserved",
            Self::PurseKnown { .. } => "purse_known",
            Self::SummaryBegun { .. } => "summary_begun",
            Self::SummaryEnded { .. } => "summary_ended",
            Self::TurnEnded { .. } => "turn_ended",
            Self::Asked { .. } => "asked",
            Self::AskSettled { .. } => "ask_settled",
            Self::SceneOpened { .. } => "scene_opened",
            Self::SceneTitled { .. } => "scene_titled",
            Self::SceneEnded { .. } => "scene_ended",
            Self::BranchOpened { .. } => "branch_opened",
            Self::StyleSet { .. } => "style_set",
            Self::Part(_) => "part",
            Self::Trespassed { .. } => "trespassed",
            Self::Safety(_) => "safety",
            Self::Game(_) => "game",
        }
    }
}

/// An action as a turn took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Which action.
    pub action: ActionId,
    /// Who said it.
    pub seat: SeatId,
    /// The name they went by then.
    pub name: String,
    /// Their words.
    pub text: String,
    /// What they attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Who may know of it, beside the game master.
    #[serde(default, skip_serializing_if = "Audience::is_table")]
    pub audience: Audience,
    /// As which character they said it; none as themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character: Option<String>,
}

impl Said {
    /// Who does it in the story: the character, else the person.
    pub fn who(&self) -> &str {
        self.character.as_deref().unwrap_or(&self.name)
    }
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TurnOutcome {
    /// With a reply.
    Answered {
        /// What was sent back.
        reply: Reply,
    },
    /// Without one.
    Failed {
        /// What was wrong.
        fault: FaultKind,
        /// Finds it in the log.
        error: ErrorId,
        /// When a limit resets, if that was it.
        until: Option<Timestamp>,
    },
    /// A person stopped it.
    Stopped {
        /// Who.
        by: Option<SeatId>,
    },
    /// The program ended first. Its actions wait again, once.
    Interrupted,
}

impl TurnOutcome {
    /// The word for logs and listings.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::Failed { .. } => "failed",
            Self::Stopped { .. } => "stopped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why an action will not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipWhy {
    /// A stop or a reset cleared the queue.
    Cleared,
    /// The program ended twice while it was being answered.
    InterruptedTwice,
    /// The table's budget of the day is spent.
    DayBudget,
    /// The table's whole budget is spent.
    TableBudget,
    /// The seat's budget of the day is spent.
    SeatBudget,
    /// The budget of the day of all tables together is spent.
    HouseBudget,
}

impl From<EmptyPurse> for SkipWhy {
    fn from(empty: EmptyPurse) -> Self {
        match empty {
            EmptyPurse::Day => Self::DayBudget,
            EmptyPurse::Table => Self::TableBudget,
            EmptyPurse::Seat => Self::SeatBudget,
            EmptyPurse::House => Self::HouseBudget,
        }
    }
}

/// Why a line of play was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum BranchWhy {
    /// To take back a turn.
    Undo {
        /// The turn taken back.
        turn: TurnNo,
    },
    /// To run a turn's actions again.
    Retry {
        /// The turn that is run again.
        turn: TurnNo,
    },
    /// To begin a new tale.
    Reset,
    /// To go back to the tale before a reset.
    UndoReset,
    /// To take out of the story what somebody stopped. It does not say who.
    StopCard,
}

#[cfg(test)]
mod tests;
