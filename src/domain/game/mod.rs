//! The game beside the telling: what may be asked of it, what then happened and how it stands, an area a file.
//! Only the words; what a deed comes to is decided in `crate::game`.

mod dice;
mod fight;
mod kit;
mod lore;
mod memory;
mod sheet;
mod turns;
mod whisper;
mod world;

use serde::{Deserialize, Serialize};

use super::ids::{EventSeq, SeatId};
use super::seat::{Audience, Role, Viewer};

pub use dice::{DiceTray, KeptRequest, KeptRoll, Roll, RollFor, RollRequest, SeedShown, Tally};
pub use fight::{Enters, Fight, FightDeed, FightDenied, FightEvent, Place};
pub(crate) use kit::same;
pub use kit::{CheckSpec, FieldRight, FieldSpec, FieldValue, Kit, Setback, VitalSpec};
pub use lore::{LoreMarks, LoreTold};
pub use memory::{
    BadMemoryId, Knower, Memory, MemoryEvent, MemoryId, NOTE_CHARS, SummaryNote, SummaryOutcome, TOLD_AT_ONCE, Tier,
};
pub(crate) use sheet::is_free;
pub use sheet::{
    Condition, Item, KeptSheetAsk, Sheet, SheetAsk, SheetChange, SheetDeed, SheetDenied, SheetEvent, SheetOf,
    SheetWhat, Sheets, Vital,
};
pub use turns::{Floor, Held, TurnMode, Turns, TurnsDeed, TurnsDenied, TurnsEvent};
pub use whisper::{Envelope, KeptWhisper, LetterOpened, WHISPER_CHARS, Whisper};
pub(crate) use world::goes_by;
pub use world::{Here, Introduced, Promise, World, WorldClock, WorldDeed, WorldDenied, WorldEvent};

/// Something that happened in the game. It counts for the story of its line of play, and only if the turn in which it
/// happened was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum GameEvent {
    /// Something was told to one seat.
    Whispered(Whisper),
    /// Somebody read what they were told.
    LetterOpened(LetterOpened),
    /// Dice were thrown.
    Rolled(Box<Roll>),
    /// The game master asks for a roll.
    RollAsked(RollRequest),
    /// The seed of a scene's rolls is shown, because no other will follow from it.
    SeedShown(SeedShown),
    /// The game master was told of the lorebooks.
    LoreTold(LoreTold),
    /// Something happened to a sheet.
    Sheet(SheetEvent),
    /// Something changed in the world.
    World(WorldEvent),
    /// The run of the turn failed and the turn is run anew, so what was done in it by the game master counts no more.
    TakenBack,
    /// Something was done about what the table remembers.
    Memory(MemoryEvent),
    /// Something happened in a fight.
    Fight(FightEvent),
    /// Something happened to how turns are taken.
    Turns(TurnsEvent),
}

impl GameEvent {
    /// Whether those it is for are handed it like a letter: everyone sees that there is one, they alone what it says.
    pub fn is_letter(&self) -> bool {
        matches!(self, Self::Whispered(_))
    }
}

/// How the game stands along one line of play. It holds what only the game master may know; what anyone else is shown
/// goes through [`Game::seen_by`](crate::domain::Game::seen_by).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Game {
    /// The newest whispers, oldest first.
    pub whispers: std::collections::VecDeque<KeptWhisper>,
    /// The dice.
    pub dice: DiceTray,
    /// When the entries of lorebooks were called; for the game master only.
    pub lore: LoreMarks,
    /// The sheets.
    pub sheets: Sheets,
    /// Where and when play is, and what draws near.
    pub world: World,
    /// The fight that goes on.
    #[serde(default)]
    pub fight: Option<Fight>,
    /// How turns are taken.
    #[serde(default)]
    pub turns: Turns,
}

impl Game {
    /// The game as far as `viewer` may know it.
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let whispers = self.whispers.iter().filter(|kept| kept.whisper.audience().admits(viewer));
        let lore = if viewer == Viewer::Gm { self.lore.clone() } else { LoreMarks::default() };
        let (sheets, world) = (self.sheets.seen_by(viewer), self.world.seen_by(viewer));
        let (fight, turns) = (self.fight.as_ref().map(|fight| fight.seen_by(viewer)), self.turns.clone());
        let whispers = whispers.cloned().collect();
        Self { whispers, dice: self.dice.seen_by(viewer), lore, sheets, world, fight, turns }
    }
}

/// Who does something to the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doer {
    /// The game master, by a tool.
    Gm,
    /// A person at the table.
    Seat(SeatId, Role),
}

impl Doer {
    /// As whom the doer looks at what came of it.
    pub fn viewer(self) -> Viewer {
        match self {
            Self::Gm => Viewer::Gm,
            Self::Seat(seat, _) => Viewer::Seat(seat),
        }
    }
}

/// Something a person or the game master asks of the game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Deed {
    /// Tell one seat something.
    Whisper {
        /// Who is told.
        to: SeatId,
        /// What.
        text: String,
    },
    /// Note that a letter was read.
    OpenLetter {
        /// The event that holds it.
        letter: EventSeq,
    },
    /// Throw dice.
    Roll {
        /// What to throw.
        notation: String,
        /// Who is shown it.
        shown: RollFor,
        /// What came with the request and could not be known before: on Discord the interaction's snowflake.
        nonce: String,
    },
    /// Throw what the game master asked for, which is an action.
    AnswerRoll {
        /// The event that asks; none takes the oldest request the seat may answer.
        request: Option<EventSeq>,
        /// As for a roll; unique at the table.
        nonce: String,
    },
    /// Ask for a roll.
    AskRoll(RollRequest),
    /// Do something about what the table remembers.
    Remember {
        /// What.
        what: MemoryEvent,
        /// Who may know of it: of a memory that is there already those who know that one.
        audience: Audience,
    },
    /// Change a sheet.
    Sheet(SheetDeed),
    /// Change the world.
    World(WorldDeed),
    /// Begin, change or end a fight.
    Fight(FightDeed),
    /// Change how turns are taken.
    Turns(TurnsDeed),
}

/// Why the game does not do what was asked: one plain sentence, for people and for the game master alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Denied {
    /// No such seat.
    #[error("there is no seat {0} at this table")]
    NoSuchSeat(SeatId),
    /// A whisper to oneself.
    #[error("a whisper needs somebody else to hear it")]
    ToOneself,
    /// No such letter for this seat.
    #[error("there is no such letter for you")]
    NoSuchLetter,
    /// Nothing to tell.
    #[error("there is nothing to tell")]
    NothingToTell,
    /// More than is taken at once.
    #[error("that is {chars} characters and {limit} are taken at once")]
    TooLong {
        /// Its length.
        chars: usize,
        /// The limit.
        limit: usize,
    },
    /// The turn of the game master's call is over.
    #[error("this turn is over")]
    TurnOver,
    /// A notation that cannot be thrown; says what to write instead.
    #[error("{0}")]
    Dice(String),
    /// The table has no dice.
    #[error("there are no dice at this table")]
    NoDice,
    /// Too many rolls in one action.
    #[error("one action may hold {limit} rolls")]
    TooManyRolls {
        /// The limit.
        limit: usize,
    },
    /// No roll is asked for.
    #[error("no roll is asked for; write what to roll, such as /roll 1d20+5")]
    NothingAsked,
    /// The roll is asked of somebody else.
    #[error("that roll is somebody else's")]
    AskedOfAnother,
    /// A player asks somebody else to roll.
    #[error("only the game master and hosts ask for rolls")]
    OnlyTheGmAsks,
    /// Only people answer what the game master asks.
    #[error("the game master asks for rolls and does not answer them")]
    NotForTheGm,
    /// No such memory, or none that they may know.
    #[error("there is no memory with the number {0}")]
    NoSuchMemory(MemoryId),
    /// Only the game master says what those whom it plays were told.
    #[error("only the game master says what its own characters were told")]
    OnlyTheGmTells,
    /// Correcting and forgetting is for hosts.
    #[error("only hosts correct and forget; anyone may pin")]
    OnlyHostsCorrect,
    /// The game master goes where the table does not want to.
    #[error("this table keeps out of what that would bring into the story; do something else")]
    CrossesALine,
    /// Those who only look on do nothing.
    #[error("spectators look on and do not act")]
    Spectator,
    /// A sheet is not changed so.
    #[error(transparent)]
    Sheet(#[from] SheetDenied),
    /// The world is not changed so.
    #[error(transparent)]
    World(#[from] WorldDenied),
    /// A fight does not go so.
    #[error(transparent)]
    Fight(#[from] FightDenied),
    /// Turns are not taken so.
    #[error(transparent)]
    Turns(#[from] TurnsDenied),
}
