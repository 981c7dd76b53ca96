//! The brief: what a provider is told, within a budget. PURE.
//! It decides nothing about the game and trusts nothing that people or models wrote: all of it is quoted.

mod chronicle;
mod contract;
mod files;
mod lore;
mod mend;
mod quote;
mod remembered;
mod rolls;
mod secrets;
mod state;

pub use chronicle::{Chronicle, chronicle};
pub use files::{Found, FoundFile, files};
pub use lore::Background;
pub use mend::mend;

use crate::domain::{Beat, BeatLine, Bounds, Direction, Game, PastScene, Said, SceneNo, Seat, Style, Tale};

/// What stands above a conversation, and what is said in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Contract, cast and campaign.
    pub system: String,
    /// The story so far (when asked for) and the actions to answer.
    pub prompt: String,
}

/// How a table plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A game master tells a story.
    #[default]
    Narrative,
    /// A workspace is worked on: no persona, no story.
    Coding,
}

/// Whether the provider remembers what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// It remembers; only what is new is told.
    Kept,
    /// It knows nothing; everything is told.
    None,
}

/// What is over, in short, as it is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The story until the last session was over.
    pub arc: Option<String>,
    /// The last session that is over.
    pub session: Option<String>,
    /// Scenes that ended; one that is not among them is told as the tale has it.
    pub scenes: Vec<(SceneNo, String)>,
}

/// What a brief is made from.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// How the table plays.
    pub mode: Mode,
    /// The table's name.
    pub table: &'a str,
    /// The language people are answered in (an ISO 639-1 code).
    pub language: &'a str,
    /// How the story is told.
    pub style: &'a Style,
    /// What the story keeps out of and leaves untold.
    pub bounds: &'a Bounds,
    /// Whether the reply before this one crossed a line and is not told.
    pub anew: bool,
    /// How the story goes on after something was taken out of it.
    pub direction: Option<Direction>,
    /// The host's own words on tone and rules.
    pub house_rules: Option<&'a str>,
    /// Files the host keeps for the game master: name and text.
    pub guides: &'a [(String, String)],
    /// The cast: name and who they are.
    pub cast: &'a [(String, String)],
    /// Whom the people at the table play.
    pub players: &'a [Player<'a>],
    /// What matters now of the lorebooks.
    pub lore: &'a [Background],
    /// What is remembered of earlier, beside what the story so far tells.
    pub memories: &'a [crate::domain::Memory],
    /// What is over, in short.
    pub past: &'a Past,
    /// The story so far.
    pub tale: &'a Tale,
    /// How the game stands, as its master knows it.
    pub game: &'a Game,
    /// Who sits at the table.
    pub seats: &'a [Seat],
    /// The actions to answer.
    pub said: &'a [Said],
    /// Whether the provider was given the game master's tools.
    pub tools: bool,
    /// Whether the provider remembers.
    pub memory: Memory,
    /// How much of the story may be told, in bytes.
    pub budget: usize,
}

/// A character whom somebody at the table plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player<'a> {
    /// Whose character it is.
    pub seat: &'a Seat,
    /// What the character is called.
    pub name: &'a str,
    /// Who the character is, as the card tells it; nothing where there is none any more.
    pub who: String,
}

/// The last beats that are told word for word whatever the budget, as far as they are not cut one by one.
const BEATS_FLOOR: usize = 6;

/// Writes the brief.
pub fn write(material: &Material<'_>) -> Brief {
    Brief { system: contract::system(material), prompt: prompt(material) }
}

fn prompt(material: &Material<'_>) -> String {
    let mut out = String::new();
    if material.memory == Memory::None {
        story(&mut out, material);
    }
    if material.mode == Mode::Coding {
        quote::actions(&mut out, material.said);
        return out;
    }
    let tale = material.tale;
    if tale.scene.as_ref().is_some_and(|scene| scene.title.is_none()) {
        out.push_str("This scene has no title yet: begin your reply with one line `# A short title`.\n\n");
    }
    lore::section(&mut out, material);
    state::section(&mut out, material);
    remembered::section(&mut out, material);
    secrets::section(&mut out, material);
    rolls::section(&mut out, material);
    out.push_str(material.direction.map_or("", contract::direction));
    if material.anew {
        out.push_str(contract::ANEW);
    }
    if material.said.is_empty() {
        out.push_str(contract::ALONE);
        return out;
    }
    out.push_str("## What the players do now\n\n");
    quote::actions(&mut out, material.said);
    out
}

/// The story so far, oldest first: past scenes in lines, this scene's older beats in lines, its last beats in full.
fn story(out: &mut String, material: &Material<'_>) {
    let tale = material.tale;
    let beats = fitting_beats(&tale.recent, material.budget * 6 / 10);
    let recap = tale.past.iter().map(|scene| scene_line(scene, material.past));
    let recap = fitting_lines(recap, material.budget * 2 / 10);
    let unquoted = tale.recent.iter().take(tale.recent.len() - beats.len());
    let earlier = tale.earlier.iter().map(|line: &BeatLine| line.line.clone());
    let earlier = earlier.chain(unquoted.map(|beat| quote::one_line(&beat.reply.to_markdown(), 200)));
    let earlier = fitting_lines(earlier, material.budget * 2 / 10);
    for (heading, text) in
        [("## The story so far", &material.past.arc), ("## The last session", &material.past.session)]
    {
        let text = text.as_ref().map(|text| quote::shorten(text, material.budget / 20));
        section(out, heading, text.as_slice());
    }
    section(out, "## Earlier scenes", &recap);
    if let Some(title) = tale.scene.as_ref().and_then(|scene| scene.title.as_deref()) {
        out.push_str(&format!("## The present scene: {}\n\n", quote::one_line(title, 80)));
    }
    section(out, "## Earlier in this scene", &earlier);
    if !beats.is_empty() {
        out.push_str("## What was said last, word for word\n\n");
        for (said, reply) in beats {
            quote::actions(out, said);
            quote::reply(out, &reply);
        }
    }
}

fn section(out: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    out.push_str(heading);
    out.push_str("\n\n");
    for line in lines {
        quote::block(out, line);
    }
    out.push('\n');
}

fn scene_line(scene: &PastScene, past: &Past) -> String {
    let title = scene.title.as_deref().unwrap_or("without a title");
    let remembered = past.scenes.iter().find(|(number, _)| *number == scene.number).map(|(_, text)| text.as_str());
    // What was made without a model begins with the title.
    let text = remembered.map(|text| text.strip_prefix(title).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(text));
    let text = text.map_or_else(|| scene.recap.replace('\n', " … "), str::to_owned);
    format!("Scene {} ({title}): {text}", scene.number)
}

/// The newest lines that fit, oldest first.
fn fitting_lines(lines: impl DoubleEndedIterator<Item = String>, budget: usize) -> Vec<String> {
    let mut left = budget;
    let mut kept: Vec<_> = lines
        .rev()
        .take_while(|line| {
            let fits = line.len() <= left;
            left = left.saturating_sub(line.len());
            fits
        })
        .collect();
    kept.reverse();
    kept
}

/// The newest beats that fit, oldest first; the last few always, shortened if they must be.
fn fitting_beats(beats: &std::collections::VecDeque<Beat>, budget: usize) -> Vec<(&[Said], String)> {
    let most = budget / BEATS_FLOOR;
    let mut left = budget;
    let mut kept = Vec::new();
    for beat in beats.iter().rev() {
        let mut reply = beat.reply.to_markdown();
        let size = reply.len() + beat.said.iter().map(|said| said.text.len()).sum::<usize>();
        if size > left && kept.len() >= BEATS_FLOOR {
            break;
        }
        if size > most && size > left {
            reply = quote::shorten(&reply, most);
        }
        left = left.saturating_sub(size);
        kept.push((beat.said.as_slice(), reply));
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
