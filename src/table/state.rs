//! A table's state: a fold over its events, and nothing else. PURE.
//! It decides nothing and performs nothing; the same events always give the same state.

mod taking_in;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::domain::{
    ActionId, Attachment, Audience, BoundMark, Bounds, BranchId, BranchWhy, Covered, Direction, Event, EventKind,
    EventSeq, Fork, GameEvent, MemoryId, ModelName, Parts, PathStep, PersonId, ProviderName, Said, SceneNo, Scope,
    Seat, SeatId, Session, Style, Tale, Timestamp, TurnNo, line_of_play,
};
use crate::table::asks::Asks;
use crate::table::money::Money;
use crate::table::rests::Rests;
use crate::table::tale;

/// Everything a table knows: what holds whatever the line of play, and the story along the present one.
///
/// Its JSON is kept in snapshots. Whoever changes its form or meaning raises the store's `SNAPSHOT_FORMAT`, so that older
/// snapshots count for nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableState {
    /// What holds whatever the line of play.
    pub ledger: Ledger,
    /// The story along the present line of play.
    pub tale: Tale,
}

/// What holds whatever the line of play: seats, settings, the queue, what was spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The last event folded in; 0 before the first.
    pub seq: EventSeq,
    /// The present line of play.
    pub branch: BranchId,
    /// Every line of play but the first, in the order of opening.
    pub branches: Vec<Branch>,
    /// Who sits here.
    pub seats: Vec<Seat>,
    /// Who was chosen to answer, when a person chose.
    pub chosen: Option<(ProviderName, Option<ModelName>)>,
    /// Which providers rest, because they could not answer lately.
    pub rests: Rests,
    /// Actions that no turn has taken yet, in order.
    pub waiting: VecDeque<Waiting>,
    /// The turn that has not ended.
    pub running: Option<Running>,
    /// The last turn that ended without a reply, if none was answered since.
    pub unanswered: Option<(TurnNo, Vec<Said>)>,
    /// The provider's memory that may be resumed, if it matches the story.
    pub session: Option<Session>,
    /// The highest turn number ever used.
    pub last_turn: u64,
    /// The highest scene number ever used.
    pub last_scene: u32,
    /// What the provider asks people for, and what they allowed.
    pub asks: Asks,
    /// What was spent and set aside.
    pub money: Money,
    /// The dice.
    pub dice: DiceLedger,
    /// How the story is told, as far as it was set by command.
    pub style: Style,
    /// Who plays whom.
    pub parts: Parts,
    /// How many turns in a row nobody at the table opened.
    pub alone: u32,
    /// Since when play is paused, if it is.
    pub paused: Option<Timestamp>,
    /// How the next reply goes on after something was taken out of the story.
    pub direction: Option<Direction>,
    /// What providers were asked to sum up and have not.
    pub summing: Vec<Summing>,
    /// What the story keeps out of and leaves untold, by marks that name nobody.
    pub bounds: BTreeMap<BoundMark, Bounds>,
    /// Whether only adults came here when the game master was last told.
    pub adults: bool,
    /// What was covered last, with the event that says so.
    pub covered: VecDeque<(EventSeq, Covered)>,
}

/// Something that a provider was asked to sum up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summing {
    /// The memory that it is to take the place of.
    pub of: MemoryId,
    /// Who was asked.
    pub provider: ProviderName,
    /// What is set aside for it.
    pub micros: u64,
    /// Whether it was begun before.
    pub again: bool,
}

/// How many covers are kept at hand, for doors that were cut off while they covered something.
const COVERS: usize = 16;

/// The dice as far as they do not depend on the line of play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiceLedger {
    /// How many seeds were shown: part of the next one.
    pub shown: u64,
    /// The number of the next roll on the present line of play.
    pub next: u64,
    /// Rolls whose seed was not shown yet. All of them follow from the same one.
    pub used: Option<UsedSeed>,
}

/// A seed that rolls follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedSeed {
    /// The scene it belongs to.
    pub scene: SceneNo,
    /// The event that opened the scene.
    pub opened: EventSeq,
    /// How many rolls follow from it.
    pub rolls: u64,
}

impl DiceLedger {
    fn apply(&mut self, happened: &GameEvent) {
        match happened {
            GameEvent::Rolled(roll) => {
                self.next = roll.n + 1;
                let rolls = self.used.map_or(0, |used| used.rolls) + 1;
                self.used = Some(UsedSeed { scene: roll.scene, opened: roll.opened, rolls });
            }
            GameEvent::SeedShown(_) => {
                self.shown += 1;
                self.used = None;
            }
            _ => {}
        }
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            seq: EventSeq::new(0),
            branch: BranchId::new(0),
            branches: Vec::new(),
            seats: Vec::new(),
            chosen: None,
            rests: Rests::default(),
            waiting: VecDeque::new(),
            running: None,
            unanswered: None,
            session: None,
            last_turn: 0,
            last_scene: 0,
            asks: Asks::default(),
            money: Money::default(),
            dice: DiceLedger::default(),
            style: Style::default(),
            parts: Parts::default(),
            alone: 0,
            paused: None,
            direction: None,
            summing: Vec::new(),
            bounds: BTreeMap::new(),
            adults: false,
            covered: VecDeque::new(),
        }
    }
}

/// A line of play that left another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// The line it left.
    pub parent: BranchId,
    /// The last event of the parent that still counts.
    pub at: EventSeq,
    /// Why it was opened.
    pub why: BranchWhy,
    /// The highest scene number ever used before it: a new tale counts on from there.
    pub scenes_before: u32,
    /// The last event of the log before it was opened.
    pub opened_after: EventSeq,
}

/// An action that no turn has taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which.
    pub action: ActionId,
    /// Who said it.
    pub seat: SeatId,
    /// Their words.
    pub text: String,
    /// What they attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Who may know of it, beside the game master.
    pub audience: Audience,
    /// As which character they said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character: Option<String>,
    /// How often a turn had taken it when the program ended.
    pub interrupted: u8,
    /// Whether the game master asked for it.
    #[serde(default)]
    pub asked: bool,
}

/// A turn that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Which.
    pub turn: TurnNo,
    /// What it took.
    pub said: Vec<Said>,
    /// Who answers it now.
    pub provider: ProviderName,
    /// How often these actions were interrupted before.
    pub interrupted: u8,
    /// Whether its brief holds what counts no more: a rule or a part was changed since.
    #[serde(default)]
    pub stale: bool,
}

impl TableState {
    /// Takes in the next event. Play that goes on from an earlier point (`BranchOpened` with a position) leaves
    /// `tale` to be folded anew along [`Ledger::path`].
    pub fn apply(&mut self, event: &Event) {
        self.ledger.apply(event);
        if let EventKind::BranchOpened { why: BranchWhy::Reset, .. } = event.kind {
            self.tale = self.ledger.empty_tale();
        }
        if event.kind.scope() == Scope::Story && event.branch == self.ledger.branch {
            tale::apply(&mut self.tale, event);
        }
    }
}

impl Ledger {
    /// A tale before its first scene on the present line of play.
    pub fn empty_tale(&self) -> Tale {
        let root = self.path().first().map_or(BranchId::new(0), |step| step.branch);
        let last_scene = self.branches.iter().find(|b| b.id == root).map_or(0, |b| b.scenes_before);
        Tale { last_scene, ..Tale::default() }
    }

    /// The stretches of the log that make up the present line of play, oldest first.
    pub fn path(&self) -> Vec<PathStep> {
        line_of_play(self.branch, |id| {
            let branch = self.branches.iter().find(|branch| branch.id == id)?;
            Some(Fork { parent: branch.parent, at: branch.at, anew: branch.why == BranchWhy::Reset })
        })
    }

    /// The seat of a person.
    pub fn seat_of(&self, person: &PersonId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.person == *person)
    }

    /// A seat by its number.
    pub fn seat(&self, id: SeatId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.id == id)
    }
}

/// Folds the story events of one line of play onto a tale that stands before them.
pub fn fold_tale<'a>(mut tale: Tale, events: impl IntoIterator<Item = &'a Event>) -> Tale {
    for event in events {
        tale::apply(&mut tale, event);
    }
    tale
}
