//! Kits: what a system's sheets hold, as data. Any system is one; the game's rules only go by what stands here.
//! Reading a kit's file is `crate::kit`; what a change comes to is decided in `crate::game`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What sheets hold at a table. The default takes any field and any vital and expects none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kit {
    /// Its name.
    pub name: String,
    /// Whether fields, vitals and conditions that it does not name are taken as well.
    pub open: bool,
    /// The fields in the order in which they are shown.
    pub fields: Vec<FieldSpec>,
    /// What goes up and down in play.
    pub vitals: Vec<VitalSpec>,
    /// What may befall somebody.
    pub conditions: Vec<String>,
    /// Rolls that have a name.
    pub checks: Vec<CheckSpec>,
    /// What a setback costs, for a game master that keeps to rules.
    pub setback: Option<Setback>,
}

impl Default for Kit {
    fn default() -> Self {
        Self {
            name: "freeform".to_owned(),
            open: true,
            fields: Vec::new(),
            vitals: Vec::new(),
            conditions: Vec::new(),
            checks: Vec::new(),
            setback: None,
        }
    }
}

impl Kit {
    /// A field by its name, whatever its case.
    pub fn field(&self, key: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| same(&field.key, key))
    }

    /// A vital by its name, whatever its case.
    pub fn vital(&self, key: &str) -> Option<&VitalSpec> {
        self.vitals.iter().find(|vital| same(&vital.key, key))
    }

    /// The notation of a roll by its name, with the name as its label.
    pub fn check(&self, name: &str) -> Option<String> {
        let check = self.checks.iter().find(|check| same(&check.name, name.trim()))?;
        Some(format!("{} # {}", check.roll, check.name))
    }
}

/// Whether two names are the same, whatever their case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Who may change something on a player's sheet, beside the game master and hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    /// The player.
    #[default]
    Free,
    /// The player asks, a host allows it.
    Ask,
    /// Nobody else.
    Gm,
}

/// A field of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Its name, which is also how notations use it: `@might`.
    pub key: String,
    /// Who may change it.
    pub right: FieldRight,
    /// What it holds at first. A field that begins with a number holds numbers only.
    pub start: FieldValue,
    /// The least number.
    pub least: i64,
    /// The greatest number.
    pub most: i64,
}

/// Something that goes up and down in play, between 0 and its maximum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VitalSpec {
    /// Its name.
    pub key: String,
    /// Its maximum at first.
    pub max: i64,
    /// What it holds at first.
    pub start: i64,
    /// Who may change it.
    pub right: FieldRight,
}

/// A roll that has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// Its name.
    pub name: String,
    /// What is thrown.
    pub roll: String,
}

/// What a setback costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setback {
    /// Which vital.
    pub vital: String,
    /// How much of it.
    pub by: i64,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// A number, which notations may use.
    Number(i64),
    /// Words: of whoever wrote them, never trusted.
    Text(String),
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}
