//! The nouns of the program: ids, seats, audiences, events, what providers report.
//! Names no other module and does nothing: no input, no output, no clock, no chance.

mod asking;
mod attachment;
mod bounds;
mod command;
mod event;
mod game;
mod ids;
mod money;
mod part;
mod provider;
mod rating;
mod reply;
mod rest;
mod safety;
mod seat;
mod style;
mod tale;

pub use asking::{AskReply, CHOICES, Request, Settlement, Verdict, WORDS};
pub use attachment::{Attachment, FileKind, image_type};
pub use bounds::{BOUND_CHARS, BOUNDS, BoundMark, Bounds, BoundsFault};
pub use command::{Command, Done, Greeting, Refusal};
pub use event::{Actor, BranchWhy, Event, EventKind, Said, Scope, SkipWhy, TurnOutcome};
pub use game::{
    BadMemoryId, CheckSpec, Condition, Deed, Denied, DiceTray, Doer, Envelope, FieldRight, FieldSpec, FieldValue, Game,
    GameEvent, Here, Introduced, Item, KeptRequest, KeptRoll, KeptSheetAsk, KeptWhisper, Kit, Knower, LetterOpened,
    LoreMarks, LoreTold, Memory, MemoryEvent, MemoryId, NOTE_CHARS, Promise, Roll, RollFor, RollRequest, SeedShown,
    Setback, Sheet, SheetAsk, SheetChange, SheetDeed, SheetDenied, SheetEvent, SheetOf, SheetWhat, Sheets, SummaryNote,
    SummaryOutcome, TOLD_AT_ONCE, Tally, Tier, Vital, VitalSpec, WHISPER_CHARS, Whisper, World, WorldClock, WorldDeed,
    WorldDenied, WorldEvent,
};
pub use game::{
    Enters, Fight, FightDeed, FightDenied, FightEvent, Floor, Held, Place, TurnMode, Turns, TurnsDeed, TurnsDenied,
    TurnsEvent,
};
pub(crate) use game::{goes_by, is_free, same};
pub use ids::{
    ActionId, AskId, BadTableName, BranchId, ErrorId, EventSeq, ModelName, PersonId, PlaceId, ProviderName, SceneNo,
    SeatId, SourceId, TableId, TableName, Timestamp, TurnNo,
};
pub use money::{Budget, EmptyPurse, Purse};
pub use part::{Part, PartDeed, PartDenied, PartDone, PartEvent, Parts, Played, also_called};
pub use provider::{BlockKey, Fault, FaultKind, Finished, ProviderEvent, Session, Spent, Spoken};
pub use rating::{FLOOR, RATING, Rating};
pub use reply::{Reply, Span};
pub use rest::Rest;
pub use safety::{CardChoice, Covered, Direction, SafetyAct, SafetyDone, SafetyEvent};
pub use seat::{Audience, Person, Role, Seat, Viewer};
pub use style::{FACETS, Facet, Style, StyleFault, check as check_style, facet};
pub use tale::{Beat, BeatLine, Fork, OpenTurn, PastScene, PathStep, SceneState, Tale, line_of_play};
