//! Writing a provider's order for a turn: brief, session, folder, rights.
//! It reads the table's folder and changes nothing.

use std::io;

use crate::brief::{self, Material, Memory};
use crate::character;
use crate::domain::{ModelName, TurnNo};
use crate::provider::{Provider, TurnOrder};
use crate::table::folder::TableFolder;
use crate::table::machine::{Machine, Opening};
use crate::table::settings::TableSettings;

/// The order for `turn`, which the machine has just opened.
pub(super) async fn write(
    machine: &Machine,
    settings: &TableSettings,
    folder: &TableFolder,
    provider: &dyn Provider,
    turn: TurnNo,
    model: Option<ModelName>,
    opening: &Opening,
) -> io::Result<TurnOrder> {
    let state = machine.state();
    let said = state.ledger.running.as_ref().map_or_else(Vec::new, |running| running.said.clone());
    let guides = folder.guides(provider.reads_by_itself()).await;
    let cast = character::cast(&folder.characters(), &settings.characters).await;
    let brief = brief::write(&Material {
        mode: settings.mode,
        table: "",
        language: &settings.language,
        house_rules: settings.house_rules.as_deref(),
        guides: &guides,
        cast: &cast,
        tale: &state.tale,
        said: &said,
        memory: if *opening == Opening::Full { Memory::None } else { Memory::Kept },
        budget: settings.brief_bytes,
    });
    Ok(TurnOrder {
        table: String::new(),
        turn,
        system: brief.system,
        prompt: brief.prompt,
        resume: match opening {
            Opening::Full => None,
            Opening::Resume(session) => Some(session.clone()),
        },
        model,
        allowed_tools: settings.allowed_tools.clone(),
        folder: folder.working().await?,
        budget_micros: settings.turn_budget_micros,
        language: settings.language.clone(),
        tale: state.tale.clone(),
        said,
    })
}
