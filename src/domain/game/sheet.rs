//! Sheets: what each player's character and each named other has, holds and suffers, and what changed of it and why.
//! Plain data; who may change what is decided in `crate::game`.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::kit::{FieldRight, FieldValue, Kit, same};
use crate::domain::ids::{EventSeq, SeatId};
use crate::domain::seat::{Audience, Role, Seat, Viewer};

/// Whose a sheet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetOf {
    /// The character of a seat.
    Seat(SeatId),
    /// Somebody whom the game master plays. Only the game master sees it.
    Other(String),
}

impl SheetOf {
    /// Who may know what changes on it.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Seat(_) => Audience::Table,
            Self::Other(_) => Audience::Gm,
        }
    }
}

/// One sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Whose.
    pub of: SheetOf,
    /// The fields by name.
    pub fields: BTreeMap<String, FieldValue>,
    /// What goes up and down.
    pub vitals: Vec<Vital>,
    /// What is carried.
    pub items: Vec<Item>,
    /// What befell them.
    pub conditions: Vec<Condition>,
}

impl Sheet {
    /// An empty one.
    pub fn new(of: SheetOf) -> Self {
        Self { of, fields: BTreeMap::new(), vitals: Vec::new(), items: Vec::new(), conditions: Vec::new() }
    }

    /// A vital by its name.
    pub fn vital(&self, name: &str) -> Option<&Vital> {
        self.vitals.iter().find(|vital| same(&vital.name, name))
    }

    /// A number of the sheet by its name, for notations.
    pub fn number(&self, name: &str) -> Option<i64> {
        let field = self.fields.iter().find(|(key, _)| same(key, name));
        match field {
            Some((_, FieldValue::Number(number))) => Some(*number),
            Some((_, FieldValue::Text(_))) => None,
            None => self.vital(name).map(|vital| vital.now),
        }
    }

    /// Puts in what the kit gives everyone and the sheet does not have yet.
    fn fill(&mut self, kit: &Kit) {
        if matches!(self.of, SheetOf::Seat(_)) {
            for field in &kit.fields {
                self.fields.entry(field.key.clone()).or_insert_with(|| field.start.clone());
            }
        }
        let given = kit.vitals.iter().map(|spec| {
            let known = self.vitals.iter().find(|vital| vital.name == spec.key).cloned();
            known.unwrap_or_else(|| Vital { name: spec.key.clone(), now: spec.start, max: spec.max })
        });
        let own = self.vitals.iter().filter(|vital| !kit.vitals.iter().any(|spec| spec.key == vital.name));
        self.vitals = given.chain(own.cloned()).collect();
    }
}

/// Something that goes up and down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vital {
    /// Its name.
    pub name: String,
    /// How much there is.
    pub now: i64,
    /// The most there can be.
    pub max: i64,
}

/// Something that is carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// Something that befell somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What.
    pub name: String,
    /// For how many rounds of a fight yet; none lasts until it is taken away.
    pub rounds: Option<u32>,
    /// Whether it came in their own move, whose end is then not counted.
    #[serde(default)]
    pub fresh: bool,
}

/// All sheets, and what players ask to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheets {
    /// Those on which something was ever changed.
    pub sheets: Vec<Sheet>,
    /// What was asked for and neither allowed nor refused yet, oldest first.
    pub asked: VecDeque<KeptSheetAsk>,
}

impl Sheets {
    /// A sheet with all that the kit gives.
    pub fn of(&self, of: &SheetOf, kit: &Kit) -> Sheet {
        let known = self.sheets.iter().find(|sheet| sheet.of == *of).cloned();
        let mut sheet = known.unwrap_or_else(|| Sheet::new(of.clone()));
        sheet.fill(kit);
        sheet
    }

    /// Everybody's sheet with all that the kit gives; a kit that gives nothing adds no sheets.
    #[must_use]
    pub fn filled(&self, kit: &Kit, seats: &[Seat]) -> Self {
        let gives = !kit.fields.is_empty() || !kit.vitals.is_empty();
        let players = seats.iter().filter(|seat| seat.role != Role::Spectator).map(|seat| SheetOf::Seat(seat.id));
        let others = self.sheets.iter().map(|sheet| sheet.of.clone()).filter(|of| matches!(of, SheetOf::Other(_)));
        let known = |of: &SheetOf| gives || self.sheets.iter().any(|sheet| sheet.of == *of);
        let all = players.chain(others).filter(known).map(|of| self.of(&of, kit));
        Self { sheets: all.collect(), asked: self.asked.clone() }
    }

    /// The sheets as far as `viewer` may know them.
    #[must_use]
    pub fn seen_by(&self, viewer: Viewer) -> Self {
        let seen = self.sheets.iter().filter(|sheet| sheet.of.audience().admits(viewer));
        Self { sheets: seen.cloned().collect(), asked: self.asked.clone() }
    }
}

/// A player asks for a change that they may not make themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetAsk {
    /// Who asks, for their own sheet.
    pub seat: SeatId,
    /// Which field or vital.
    pub key: String,
    /// What it is to hold.
    pub value: FieldValue,
}

/// A request as the game remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSheetAsk {
    /// The event that asks.
    pub event: EventSeq,
    /// What it asks for.
    pub ask: SheetAsk,
}

/// Something that happened to a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sheet", rename_all = "snake_case")]
pub enum SheetEvent {
    /// Something on it changed.
    Changed(SheetChange),
    /// A player asks for a change.
    Asked(SheetAsk),
    /// A host allowed or refused it; what was allowed follows as a change.
    Settled {
        /// The event that asked.
        ask: EventSeq,
        /// Whether it was allowed.
        allowed: bool,
    },
}

/// What changed on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetChange {
    /// On whose.
    pub of: SheetOf,
    /// What.
    pub what: SheetWhat,
    /// Why, in a few words; may be empty.
    pub why: String,
}

/// What of a sheet changed, from what to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetWhat {
    /// A field.
    Field {
        /// Which.
        key: String,
        /// What it held.
        was: Option<FieldValue>,
        /// What it holds.
        now: FieldValue,
    },
    /// A vital.
    Vital {
        /// Which.
        vital: String,
        /// How much there was.
        was: i64,
        /// How much there is.
        now: i64,
        /// The most there can be.
        max: i64,
    },
    /// Something that is carried.
    Item {
        /// What.
        item: String,
        /// How many there were.
        was: i64,
        /// How many there are.
        now: i64,
    },
    /// Something befell them or is over.
    Condition {
        /// What.
        condition: String,
        /// Whether they have it now.
        on: bool,
        /// For how many rounds; none lasts until it is taken away.
        rounds: Option<u32>,
    },
}

/// What may be asked of sheets. `of` is whose; none is one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SheetDeed {
    /// Write a field or a vital.
    Set {
        /// Whose.
        of: Option<SheetOf>,
        /// Which.
        key: String,
        /// What it is to hold, as it was written.
        value: String,
        /// Whether a host is asked even for what the player may change.
        ask: bool,
    },
    /// Change a vital.
    Vital {
        /// Whose.
        of: SheetOf,
        /// Which.
        vital: String,
        /// By how much, kept between 0 and the maximum.
        by: i64,
        /// A new maximum.
        max: Option<i64>,
        /// Why.
        why: String,
    },
    /// A setback costs what the kit says.
    Setback {
        /// Whom.
        seat: SeatId,
        /// Why.
        why: String,
    },
    /// Give or take what is carried.
    Item {
        /// Whose.
        of: Option<SheetOf>,
        /// What.
        item: String,
        /// How many more; below 0 fewer.
        by: i64,
        /// Why.
        why: String,
    },
    /// Have something befall them, or be over.
    Condition {
        /// Whom.
        of: SheetOf,
        /// What.
        condition: String,
        /// Whether they have it from now on.
        on: bool,
        /// For how many rounds.
        rounds: Option<u32>,
        /// Why.
        why: String,
    },
    /// Allow or refuse what a player asks.
    Settle {
        /// The event that asks.
        ask: EventSeq,
        /// Whether it is allowed.
        allow: bool,
    },
}

impl SheetDeed {
    /// Whose sheet it names, if it names one.
    pub fn of_mut(&mut self) -> Option<&mut SheetOf> {
        match self {
            Self::Set { of, .. } | Self::Item { of, .. } => of.as_mut(),
            Self::Vital { of, .. } | Self::Condition { of, .. } => Some(of),
            Self::Setback { .. } | Self::Settle { .. } => None,
        }
    }
}

/// Why a sheet is not changed: one plain sentence, for people and for the game master alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum SheetDenied {
    /// The table's kit cannot be read.
    #[error("this table's kit cannot be read, so nothing on sheets is changed: {0}")]
    NoKit(String),
    /// Nobody of that name.
    #[error("there is nobody called {0}; introduce them first")]
    NobodyCalled(String),
    /// It was not said whose.
    #[error("say whose sheet is meant")]
    Whose,
    /// Another's sheet.
    #[error("that is somebody else's sheet")]
    NotYours,
    /// Not on the sheet.
    #[error("there is no {key} on the sheets here; there is {known}")]
    NoSuch {
        /// What was asked for.
        key: String,
        /// What there is.
        known: String,
    },
    /// The player has to ask.
    #[error("{0} is changed by the game master and hosts; ask with /sheet ask")]
    NotByYou(String),
    /// Not a value for it.
    #[error("{key} holds a whole number from {least} to {most}")]
    NotANumber {
        /// The field.
        key: String,
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// Words that are empty, too long or of several lines.
    #[error("that takes one line of 1 to {0} characters")]
    BadWords(usize),
    /// More sheets, fields or items than are kept.
    #[error("that is more than is kept; {0} are")]
    TooMany(usize),
    /// There are not as many.
    #[error("there are only {has} of {item}")]
    NotSoMany {
        /// What.
        item: String,
        /// How many there are.
        has: i64,
    },
    /// Nothing would be different.
    #[error("{0} is so already")]
    NoChange(String),
    /// Nothing is asked under that number.
    #[error("nothing is asked for under that number")]
    NothingAsked,
    /// Only hosts allow what is asked.
    #[error("only hosts and the game master allow that")]
    OnlyHosts,
    /// The kit knows no cost of a setback.
    #[error("a setback costs nothing here")]
    NoSetback,
}

/// Whether a player may change it without asking.
pub(crate) fn is_free(right: FieldRight) -> bool {
    right == FieldRight::Free
}
