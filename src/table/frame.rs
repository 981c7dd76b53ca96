//! Frames: what a table shows to its front doors while it plays, each with its audience.
//! They say what happened; words for people are each door's own.

use serde::Serialize;

use crate::domain::{
    ActionId, Actor, AskId, Audience, Covered, Done, EmptyPurse, ErrorId, EventSeq, FaultKind, GameEvent, Held,
    ProviderName, Reply, Request, Rest, Said, SeatId, Settlement, SkipWhy, SourceId, Timestamp, TurnNo,
};

/// One thing to show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Frame {
    /// Who may see it.
    pub audience: Audience,
    /// What it is.
    pub body: FrameBody,
}

impl Frame {
    /// A frame for everyone at the table.
    pub(crate) fn public(body: FrameBody) -> Self {
        Self { audience: Audience::Table, body }
    }
}

/// What there is to show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum FrameBody {
    /// An action is in the log and waits.
    Heard {
        /// Which.
        action: ActionId,
        /// Where it was heard.
        source: SourceId,
        /// Whose.
        seat: SeatId,
        /// Whether it is said aloud in a character's name.
        aloud: bool,
        /// Why it is not told next, beside that another reply is on its way.
        held: Option<Held>,
    },
    /// Where all are waited for, somebody said something, or took it back. What, and who, the table's view tells.
    Gathered,
    /// A waiting action was dropped.
    Skipped {
        /// Which.
        action: ActionId,
        /// Why.
        why: SkipWhy,
    },
    /// A turn took actions.
    TurnOpened {
        /// Which.
        turn: TurnNo,
        /// What it took.
        said: Vec<Said>,
        /// Who answers.
        provider: ProviderName,
    },
    /// A turn waits for other tables' turns, because only so many providers may run at once.
    Queued {
        /// Which.
        turn: TurnNo,
        /// How many turns are before it.
        ahead: usize,
    },
    /// The provider has begun to answer; a turn that was queued waits no more.
    Begun {
        /// Which turn.
        turn: TurnNo,
    },
    /// More text of the reply.
    Text {
        /// Which turn.
        turn: TurnNo,
        /// To be added at the end.
        append: String,
    },
    /// The text of the reply so far, replacing what was shown: the provider took something back.
    Replaced {
        /// Which turn.
        turn: TurnNo,
        /// The whole text so far.
        text: String,
    },
    /// The provider uses a tool.
    Tool {
        /// Which turn.
        turn: TurnNo,
        /// The tool's name.
        name: String,
    },
    /// The provider asks people for something and waits.
    Asked {
        /// What to name in the answer.
        ask: AskId,
        /// Which turn.
        turn: TurnNo,
        /// What it asks.
        request: Request,
        /// When it counts as declined.
        until: Timestamp,
    },
    /// What the provider asked was settled.
    AskSettled {
        /// Which.
        ask: AskId,
        /// What was asked.
        request: Request,
        /// How it was settled.
        settlement: Settlement,
        /// Who settled it, if a person did.
        by: Option<String>,
    },
    /// The provider met a passing failure and tries again.
    Retrying {
        /// Which turn.
        turn: TurnNo,
        /// Which attempt.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// What was wrong.
        cause: FaultKind,
    },
    /// Nothing has been heard of the provider for a while.
    Quiet {
        /// Which turn.
        turn: TurnNo,
        /// For how long.
        seconds: u64,
    },
    /// A reply speaks, decides or feels for characters whom people play.
    Trespassed {
        /// Which turn's.
        turn: TurnNo,
        /// Whose words it took.
        characters: Vec<String>,
    },
    /// The provider's memory was gone; it was told the story again.
    Reminded {
        /// Which turn.
        turn: TurnNo,
    },
    /// The first word of a turn comes from another provider than the last turn's, and no person chose that.
    OtherVoice {
        /// Which turn.
        turn: TurnNo,
        /// Who answers.
        provider: ProviderName,
        /// Who would be asked before it and cannot answer; nobody when the first one is back.
        resting: Vec<Rest>,
        /// The empty purse that is spared, if one is: who answers costs nothing.
        purse: Option<EmptyPurse>,
        /// Whether a tale is told, so that the tale's own tone fits.
        in_fiction: bool,
    },
    /// A turn ended.
    TurnEnded {
        /// Which.
        turn: TurnNo,
        /// How.
        end: TurnEnd,
    },
    /// A turn that the program's end had cut off is taken up again.
    TakenUpAgain {
        /// The turn that was cut off.
        turn: TurnNo,
    },
    /// Something that happened could not be written down yet; it is tried until it can.
    NotSaved {
        /// Finds the cause in the log.
        error: ErrorId,
        /// Whether the disk is full.
        disk_full: bool,
    },
    /// A command changed the table.
    Changed(Done),
    /// Play was paused by the stop card; the event says when.
    Paused {
        /// The event.
        event: EventSeq,
    },
    /// These turns are not to be read any more.
    Curtained {
        /// The event that says so.
        event: EventSeq,
        /// Which, and what happened meanwhile.
        covered: Covered,
    },
    /// Play goes on.
    Resumed {
        /// The event.
        event: EventSeq,
    },
    /// Something happened in the game.
    Game {
        /// The event that says so.
        event: EventSeq,
        /// Who did it.
        by: Actor,
        /// What happened.
        what: GameEvent,
    },
    /// Somebody was handed a letter. What it says reaches only those it is for; not even who they are is told here.
    Letter {
        /// The event that holds it.
        event: EventSeq,
        /// Who sent it.
        by: Actor,
    },
}

/// How a turn ended, as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum TurnEnd {
    /// With this reply.
    Answered {
        /// The scene's title, when this reply gave it.
        title: Option<String>,
        /// The reply.
        reply: Reply,
    },
    /// Without one.
    Failed {
        /// What was wrong.
        fault: FaultKind,
        /// Finds it in the log.
        error: ErrorId,
        /// When a limit resets.
        until: Option<Timestamp>,
    },
    /// Somebody stopped it.
    Stopped,
    /// What was told crossed a line twice: it is not told.
    Faded,
    /// The program is ending; the actions are answered when it is back.
    Interrupted,
}
