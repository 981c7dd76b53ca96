//! The nouns of the program: ids, seats, audiences, events, what providers report.
//! Names no other module and does nothing: no input, no output, no clock, no chance.

mod asking;
mod attachment;
mod command;
mod event;
mod game;
mod ids;
mod money;
mod provider;
mod reply;
mod rest;
mod safety;
mod seat;
mod style;
mod tale;

pub use asking::{AskReply, CHOICES, Request, Settlement, Verdict, WORDS};
pub use attachment::{Attachment, FileKind, image_type};
pub use command::{Command, Done, Refusal};
pub use event::{Actor, BranchWhy, Event, EventKind, Said, Scope, SkipWhy, TurnOutcome};
pub use game::{BadMemoryId, Memory, MemoryEvent, MemoryId, NOTE_CHARS, Tier};
pub use game::{
    CheckSpec, Condition, FieldRight, FieldSpec, FieldValue, Introduced, Item, KeptSheetAsk, Kit, Promise, Setback,
    Sheet, SheetAsk, SheetChange, SheetDeed, SheetDenied, SheetEvent, SheetOf, SheetWhat, Sheets, Vital, VitalSpec,
    World, WorldClock, WorldDeed, WorldDenied, WorldEvent,
};
pub use game::{
    Deed, Denied, DiceTray, Doer, Envelope, Game, GameEvent, KeptRequest, KeptRoll, KeptWhisper, LetterOpened,
    LoreMarks, LoreTold, Roll, RollFor, RollRequest, SeedShown, Tally, WHISPER_CHARS, Whisper,
};
pub use game::{
    Enters, Fight, FightDeed, FightDenied, FightEvent, Floor, Held, Place, TurnMode, Turns, TurnsDeed, TurnsDenied,
    TurnsEvent,
};
pub(crate) use game::{is_free, same};
pub use ids::{
    ActionId, AskId, BadTableName, BranchId, ErrorId, EventSeq, ModelName, PersonId, PlaceId, ProviderName, SceneNo,
    SeatId, SourceId, TableId, TableName, Timestamp, TurnNo,
};
pub use money::{Budget, EmptyPurse, Purse};
pub use provider::{BlockKey, Fault, FaultKind, Finished, ProviderEvent, Session, Spent, Spoken};
pub use reply::{Reply, Span};
pub use rest::Rest;
pub use safety::{CardChoice, Direction, SafetyAct, SafetyDone, SafetyEvent};
pub use seat::{Audience, Person, Role, Seat, Viewer};
pub use style::{FACETS, Facet, Style, StyleFault, check as check_style, facet};
pub use tale::{Beat, BeatLine, Fork, OpenTurn, PastScene, PathStep, SceneState, Tale, line_of_play};
