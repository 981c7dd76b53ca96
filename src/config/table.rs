//! What a host may say about one table.
//! It opens no table and does not know which tables the log already holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::{Num, Value};

use super::budget::{self, Budget};
use super::faults::Problem;
use super::path::KeyPath;
use super::provider::Providers;
use super::reader::{Reader, Section};
use super::replay;
use super::schema::{Key, Shape};
use crate::domain::{FACETS, ModelName, ProviderName, Style, TableName, check_style};
use crate::kit;

/// The longest system prompt.
const MAX_PROMPT_BYTES: usize = 32 * 1024;

pub(super) const KEYS: &[Key] = &[
    Key::new("name", Shape::Text),
    Key::new("channel_id", Shape::Text),
    Key::new("provider", Shape::Words),
    Key::new("model", Shape::Text),
    Key::new("mode", Shape::Text),
    Key::new("workspace", Shape::Text),
    Key::new("system_prompt", Shape::Text),
    Key::new("allowed_tools", Shape::List(&Shape::Text)),
    Key::new("characters", Shape::List(&Shape::Text)),
    Key::new("kit", Shape::Text),
    Key::new("language", Shape::Text),
    Key::new("style", Shape::Section(STYLE_KEYS)),
    Key::new("budget", Shape::Section(budget::KEYS)),
    Key::new("listen", Shape::Text),
    Key::new("threads", Shape::Text),
    Key::new("links", Shape::Text),
    Key::new("voices", Shape::Text),
    Key::new("summaries", Shape::Text),
    Key::new("next_up", Shape::Text),
    Key::new("replay", Shape::Section(replay::KEYS)),
];

/// The facets of a table's style; its language is a key of the table itself.
const STYLE_KEYS: &[Key] = &[
    Key::new("narrator", Shape::Text),
    Key::new("drive", Shape::Text),
    Key::new("choices", Shape::Text),
    Key::new("length", Shape::Text),
    Key::new("pace", Shape::Text),
    Key::new("speakers", Shape::Text),
    Key::new("auto", Shape::Number),
    Key::new("trespass", Shape::Text),
    Key::new("form", Shape::Text),
    Key::new("rating", Shape::Text),
    Key::new("decoys", Shape::Text),
];

/// One table as the host wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConfig {
    /// Its name, its own among all tables.
    pub name: TableName,
    /// The Discord channel it is played in; none is a table of the terminal.
    pub channel_id: Option<u64>,
    /// Who answers; none takes the default, with those who go on in its place.
    pub provider: Option<ProviderName>,
    /// Who goes on, in this order, when the one before cannot answer.
    pub fallbacks: Vec<ProviderName>,
    /// The model; none takes the default.
    pub model: Option<ModelName>,
    /// What is done at it.
    pub mode: Mode,
    /// A folder that is read for the campaign, or worked in. Absolute if the working folder was.
    pub workspace: Option<PathBuf>,
    /// What the game master is told on top of everything else; at most 32 KiB.
    pub system_prompt: Option<String>,
    /// The CLI's own tools that may be used; none unless named.
    pub allowed_tools: Vec<String>,
    /// The characters of its folder that are told of first, by their files' names.
    pub characters: Vec<String>,
    /// Which kit its sheets go by.
    pub kit: kit::Choice,
    /// The language people are answered in; none takes the default.
    pub language: Option<String>,
    /// How the story is told unless a command says otherwise.
    pub style: Style,
    /// What may be spent.
    pub budget: Budget,
    /// Which messages of the channel are actions.
    pub listen: Listen,
    /// Whose the threads of the channel are.
    pub threads: Threads,
    /// Whether masked links and invitations in replies work.
    pub links: Links,
    /// How characters speak on Discord.
    pub voices: Voices,
    /// Who sums up what is over.
    pub summaries: Summaries,
    /// Whether whoever is on move in a fight is called.
    pub next_up: NextUp,
    /// How many of its last turns are kept so that they can be played again; none takes what holds for all tables.
    pub keep_turns: Option<usize>,
}

impl TableConfig {
    /// A table of which the configuration says nothing but its name.
    pub fn named(name: TableName) -> Self {
        Self {
            name,
            channel_id: None,
            provider: None,
            fallbacks: Vec::new(),
            model: None,
            mode: Mode::default(),
            workspace: None,
            system_prompt: None,
            allowed_tools: Vec::new(),
            characters: Vec::new(),
            kit: kit::Choice::default(),
            language: None,
            style: Style::default(),
            budget: Budget::default(),
            listen: Listen::default(),
            threads: Threads::default(),
            links: Links::default(),
            voices: Voices::default(),
            summaries: Summaries::default(),
            next_up: NextUp::default(),
            keep_turns: None,
        }
    }
}

/// What is done at a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A story is told.
    #[default]
    Narrative,
    /// Work is done in a workspace, without a story persona.
    Coding,
}

/// Which messages of a channel are actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listen {
    /// Those that mention the bot or answer it.
    #[default]
    Mention,
    /// Every one.
    All,
}

/// Whose the threads of a table's channel are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// Each is a side table with a story of its own.
    #[default]
    Own,
    /// What is said in them is said at the channel's table, which answers in the channel.
    Parent,
}

/// Which links in replies work on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Masked ones, whose words hide where they lead, and invitations do not.
    #[default]
    Inert,
    /// All do.
    Allow,
}

/// How the characters of a reply speak on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voices {
    /// Under names and with pictures of their own, through a webhook of the channel.
    #[default]
    Webhook,
    /// In the bot's messages, with their names in bold.
    Bold,
}

/// Who sums up scenes and sessions that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summaries {
    /// Who answers at the table, within its budget; what does not hold against what happened is not taken.
    #[default]
    Provider,
    /// The program, without a model.
    Template,
}

/// Whether whoever is on move in a fight is called on Discord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NextUp {
    /// They are named, and nobody is called.
    #[default]
    Quiet,
    /// They are mentioned.
    Mention,
}

/// Reads all tables. Those with faults are noted and left out.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>, providers: &Providers) -> Vec<TableConfig> {
    let mut seen = Seen::default();
    let sections = reader.sections(root, "tables", KEYS);
    sections.iter().filter_map(|section| table(reader, section, providers, &mut seen)).collect()
}

/// What must be one table's own, and who has it.
#[derive(Debug, Default)]
struct Seen {
    names: BTreeMap<TableName, KeyPath>,
    channels: BTreeMap<u64, KeyPath>,
}

fn table<'a>(
    reader: &mut Reader<'a>,
    section: &Section<'a>,
    providers: &Providers,
    seen: &mut Seen,
) -> Option<TableConfig> {
    // Everything is read, also where the name is no good, so that every fault is noted.
    let name = name(reader, section, seen);
    let channel_id = channel_id(reader, section, seen);
    let mut ladder = providers.read_names(reader, section, "provider").into_iter();
    let (provider, fallbacks) = (ladder.next(), ladder.collect());
    let model = model(reader, section, "model");
    let mode = reader.one_of(section, "mode", &[("narrative", Mode::Narrative), ("coding", Mode::Coding)]);
    let workspace = reader.path(section, "workspace");
    let system_prompt = reader.text(section, "system_prompt", MAX_PROMPT_BYTES);
    let tool = "the name of a tool, as the CLI writes it, not beginning with a hyphen";
    let allowed_tools = reader.texts(section, "allowed_tools", tool, is_plain_word);
    let character = "the name of a character";
    let characters = reader.texts(section, "characters", character, |name| !name.trim().is_empty());
    let kit = kit(reader, section);
    let language = language(reader, section);
    let style = style(reader, section);
    let budget = budget::read(reader, section);
    let listen = reader.one_of(section, "listen", &[("mention", Listen::Mention), ("all", Listen::All)]);
    let threads = reader.one_of(section, "threads", &[("own", Threads::Own), ("parent", Threads::Parent)]);
    let links = reader.one_of(section, "links", &[("inert", Links::Inert), ("allow", Links::Allow)]);
    let next_up = reader.one_of(section, "next_up", &[("quiet", NextUp::Quiet), ("mention", NextUp::Mention)]);
    let voices = reader.one_of(section, "voices", &[("webhook", Voices::Webhook), ("bold", Voices::Bold)]);
    let summaries =
        reader.one_of(section, "summaries", &[("provider", Summaries::Provider), ("template", Summaries::Template)]);
    let keep_turns = replay::read(reader, section);
    Some(TableConfig {
        name: name?,
        channel_id,
        provider,
        fallbacks,
        model,
        mode: mode.unwrap_or_default(),
        workspace,
        system_prompt,
        allowed_tools: allowed_tools.unwrap_or_default(),
        characters: characters.unwrap_or_default(),
        kit,
        language,
        style,
        budget,
        listen: listen.unwrap_or_default(),
        threads: threads.unwrap_or_default(),
        links: links.unwrap_or_default(),
        voices: voices.unwrap_or_default(),
        summaries: summaries.unwrap_or_default(),
        next_up: next_up.unwrap_or_default(),
        keep_turns,
    })
}

fn name<'a>(reader: &mut Reader<'a>, section: &Section<'a>, seen: &mut Seen) -> Option<TableName> {
    let expected = "1 to 48 lower-case letters, digits and hyphens, beginning with a letter or digit";
    let path = section.path.key("name");
    if section.get("name").is_none() {
        reader.fault(&path, Problem::Missing { expected: expected.to_owned() });
    }
    let name: TableName = reader.word(section, "name", expected, |text| text.parse().ok())?;
    if let Some(other) = seen.names.get(&name) {
        reader.fault(&path, Problem::Taken { other: other.to_string() });
    } else {
        seen.names.insert(name.clone(), path);
    }
    Some(name)
}

/// A kit that comes with the program, or a file.
fn kit<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> kit::Choice {
    let names = kit::SHIPPED.map(|(name, _)| name);
    let is_file = |text: &str| [".yaml", ".yml"].iter().any(|ending| text.ends_with(ending));
    let expected = format!("{}, or a file that ends in .yaml", names.join(", "));
    let found = reader.word(section, "kit", &expected, |text| {
        let shipped = names.into_iter().find(|name| *name == text);
        (shipped.is_some() || is_file(text)).then_some(shipped)
    });
    match found {
        None => kit::Choice::Usual,
        Some(Some(name)) => kit::Choice::Shipped(name),
        Some(None) => reader.path(section, "kit").map_or(kit::Choice::Usual, kit::Choice::File),
    }
}

fn channel_id<'a>(reader: &mut Reader<'a>, section: &Section<'a>, seen: &mut Seen) -> Option<u64> {
    let expected = "a channel's id, a number of about 18 digits in quotes";
    let channel = reader.parsed(section, "channel_id", expected, |value| match value {
        Value::Num(_, Num::U64(id)) => Some(*id).filter(|id| *id > 0),
        Value::String(_, text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().filter(|id| *id > 0),
        _ => None,
    })?;
    let path = section.path.key("channel_id");
    if let Some(other) = seen.channels.get(&channel) {
        reader.fault(&path, Problem::Taken { other: other.to_string() });
    } else {
        seen.channels.insert(channel, path);
    }
    Some(channel)
}

/// How the story is told.
fn style<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> Style {
    let section = &reader.section(section, "style", STYLE_KEYS);
    let mut style = Style::default();
    for facet in FACETS.iter().filter(|facet| !facet.values.is_empty()) {
        let words: Vec<_> = facet.values.iter().map(|(word, _)| *word).collect();
        let set = reader.parsed(section, facet.name, &format!("one of {}", words.join(", ")), |value| {
            // YAML reads a bare `on` as a truth and `2` as a number.
            let word = match value {
                Value::String(_, text) => text.clone(),
                Value::Bool(_, on) => if *on { "on" } else { "off" }.to_owned(),
                Value::Num(_, number) => number.to_u128_lossy()?.to_string(),
                _ => return None,
            };
            check_style(facet.name, &word).ok()
        });
        if let Some((facet, value)) = set {
            style.set(facet, &value);
        }
    }
    style
}

/// A model's name.
pub(super) fn model<'a>(reader: &mut Reader<'a>, section: &Section<'a>, key: &str) -> Option<ModelName> {
    reader.word(section, key, "a model's name, not beginning with a hyphen", |text| {
        is_plain_word(text).then(|| ModelName::new(text))
    })
}

/// A language's code.
pub(super) fn language<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> Option<String> {
    reader.word(section, "language", "a language's code such as en, de or pt-BR", |text| {
        is_language(text).then(|| text.to_owned())
    })
}

/// Whether a text can be a language's code.
pub fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether a text can stand as one argument of a program without being taken for an option.
pub(super) fn is_plain_word(text: &str) -> bool {
    let text_fits = !text.trim().is_empty() && text.len() <= 200 && !text.chars().any(char::is_control);
    text_fits && !text.starts_with('-')
}
