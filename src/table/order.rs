//! Writing a provider's order for a turn: brief, session, folder, rights.
//! It reads the table's folder and changes nothing.

use std::io;

use crate::brief::{self, Material, Mode, Past};
use crate::character::Member;
use crate::domain::{Memory, ModelName, Played, Said, TableName, TurnNo, Viewer};
use crate::provider::asking::Answers;
use crate::provider::{Hand, Provider, ToolAccess, TurnOrder};
use crate::table::folder::TableFolder;
use crate::table::library::{self, Chosen, Moment};
use crate::table::machine::{Machine, Opening};
use crate::table::settings::TableSettings;
use crate::table::state::TableState;

/// What an order is written from.
pub(super) struct Occasion<'a> {
    pub(super) table: &'a TableName,
    pub(super) machine: &'a Machine,
    pub(super) settings: &'a TableSettings,
    pub(super) folder: &'a TableFolder,
    pub(super) provider: &'a dyn Provider,
    pub(super) model: Option<ModelName>,
    pub(super) turn: TurnNo,
    pub(super) opening: &'a Opening,
    pub(super) answers: Answers,
    pub(super) hand: Hand,
    pub(super) tools: Option<ToolAccess>,
    pub(super) memories: &'a [Memory],
    pub(super) past: &'a Past,
}

/// The order for the turn that the machine has just opened, and what of the lorebooks it tells.
pub(super) async fn write(occasion: Occasion<'_>) -> io::Result<(TurnOrder, Option<Chosen>)> {
    let Occasion {
        table,
        machine,
        settings,
        folder,
        provider,
        model,
        turn,
        opening,
        answers,
        hand,
        tools,
        memories,
        past,
    } = occasion;
    let state = machine.state();
    let said = state.ledger.running.as_ref().map_or_else(Vec::new, |running| running.said.clone());
    let guides = folder.guides(provider.reads_by_itself()).await;
    let members = folder.cast().members(&settings.characters).await;
    let parts = &state.ledger.parts;
    let players: Vec<_> = parts.all().iter().filter_map(|played| player(played, &members, state)).collect();
    let cast: Vec<_> = members
        .iter()
        .filter(|member| parts.player_of(&member.slug).is_none())
        .map(|member| (member.persona.name.clone(), member.persona.told()))
        .collect();
    let chosen = match settings.mode {
        Mode::Narrative => {
            let books = folder.library().books(&members).await;
            let moment = Moment { table, turn, tale: &state.tale, said: &said, brief_bytes: settings.brief_bytes };
            (!books.is_empty()).then(|| library::choose(&books, &moment, &state.ledger.seats))
        }
        Mode::Coding => None,
    };
    let lore = chosen.as_ref().map(|chosen| library::background(&chosen.report)).unwrap_or_default();
    let style = machine.style();
    let language = style.get("language").unwrap_or(&settings.language);
    let game = machine.game(Viewer::Gm);
    let brief = brief::write(&Material {
        mode: settings.mode,
        table: table.as_str(),
        language,
        style: &style,
        bounds: &machine.bounds(),
        anew: machine.tells_anew(),
        direction: state.ledger.direction,
        house_rules: settings.house_rules.as_deref(),
        guides: &guides,
        cast: &cast,
        players: &players,
        lore: &lore,
        memories,
        past,
        tale: &state.tale,
        game: &game,
        seats: &state.ledger.seats,
        said: &said,
        tools: tools.is_some(),
        memory: if *opening == Opening::Full { brief::Memory::None } else { brief::Memory::Kept },
        budget: settings.brief_bytes,
    });
    let resume = match opening {
        Opening::Full => None,
        Opening::Resume(session) | Opening::Mend { session, .. } => Some(session.clone()),
    };
    let (prompt, said) = match opening {
        Opening::Mend { found, .. } => {
            (brief::mend(found.iter().map(|one| (one.character.as_str(), one.words.as_str()))), Vec::new())
        }
        Opening::Full | Opening::Resume(_) => (brief.prompt, said),
    };
    let order = TurnOrder {
        table: table.to_string(),
        turn,
        system: brief.system,
        prompt,
        resume,
        model,
        allowed_tools: settings.allowed_tools.clone(),
        asking: settings.asking(answers),
        folder: folder.working().await?,
        budget_micros: machine.left_of_turn(),
        language: language.to_owned(),
        tale: state.tale.clone(),
        // Who gets no brief is told of the character only.
        said: said.into_iter().map(|said| Said { name: said.who().to_owned(), ..said }).collect(),
        pictures: Vec::new(),
        hand,
        tools,
    };
    Ok((order, chosen))
}

/// A character whom a seat plays, with what the card says of them now.
fn player<'a>(played: &'a Played, members: &'a [Member], state: &'a TableState) -> Option<brief::Player<'a>> {
    let seat = state.ledger.seat(played.seat)?;
    let member = members.iter().find(|member| member.slug == played.part.slug);
    let who = member.map_or_else(String::new, |member| member.persona.told());
    Some(brief::Player { seat, name: &played.part.name, who })
}
