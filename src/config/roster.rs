//! The tables there are: those of the file, and those that people opened while the program ran.
//! It keeps nothing; what was opened is kept by whoever opens it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Listen, TableConfig};
use crate::domain::{ModelName, ProviderName, TableName};

/// What somebody asked for who opened a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// What the game is about.
    pub pitch: Option<String>,
    /// How it is to be told.
    pub tone: Option<String>,
    /// Who answers.
    pub provider: Option<String>,
    /// With which model.
    pub model: Option<String>,
    /// Whether every line is an action.
    pub listen_to_all: bool,
    /// The table beside which it is, and which it is like.
    pub side_of: Option<String>,
}

impl Wishes {
    /// The table as if it stood in the file; a side table is like its parent.
    pub fn table(&self, name: TableName, parent: Option<&TableConfig>) -> TableConfig {
        if let Some(parent) = parent {
            return TableConfig { name, channel_id: None, ..parent.clone() };
        }
        let pitch = self.pitch.as_ref().map(|pitch| format!("What the game is about: {pitch}"));
        let tone = self.tone.as_ref().map(|tone| format!("How it is told: {tone}"));
        let prompt: Vec<_> = pitch.into_iter().chain(tone).collect();
        TableConfig {
            provider: self.provider.as_deref().map(ProviderName::new),
            model: self.model.as_deref().map(ModelName::new),
            system_prompt: (!prompt.is_empty()).then(|| prompt.join("\n")),
            listen: if self.listen_to_all { Listen::All } else { Listen::Mention },
            ..TableConfig::named(name)
        }
    }
}

/// The tables that were opened beside those of the file. Cheap to clone; all clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Roster(Arc<Mutex<BTreeMap<TableName, TableConfig>>>);

impl Roster {
    /// Adds a table, or changes what it is to be when it is opened next.
    pub fn add(&self, table: TableConfig) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(table.name.clone(), table);
    }

    /// The table of that name, if it was opened.
    pub fn find(&self, name: &TableName) -> Option<TableConfig> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_become_what_the_file_would_say() {
        let wishes =
            Wishes { pitch: Some("A drowned city.".into()), tone: Some("Slow dread.".into()), ..Wishes::default() };
        let table = wishes.table("city".parse().unwrap(), None);
        assert_eq!(
            table.system_prompt.as_deref(),
            Some("What the game is about: A drowned city.\nHow it is told: Slow dread.")
        );
        assert_eq!(table.listen, Listen::Mention);
        assert_eq!(Wishes::default().table("city".parse().unwrap(), None).system_prompt, None);
    }
}
