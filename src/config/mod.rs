//! The YAML file and the environment into one checked [`Config`], with every fault at once.
//! Nothing here acts on what it reads: it opens no table, starts no program and writes no file.

mod attachments;
mod backup;
mod budget;
mod faults;
mod limits;
mod merged;
mod monitoring;
mod path;
mod provider;
mod reader;
mod replay;
mod roster;
mod schema;
mod secret;
mod sources;
mod table;
#[cfg(test)]
mod tests;
mod units;
mod variables;
mod yaml;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use figment::value::Value;
use secrecy::SecretString;

pub use attachments::Attachments;
pub use backup::Backup;
pub use budget::Budget;
pub use faults::{ConfigFault, ConfigFaults, Place, Problem};
pub use limits::{Level, Limits, Logging};
pub use monitoring::Monitoring;
pub use provider::{Driver, ProviderConfig};
pub use replay::Replay;
pub use roster::{Roster, Wishes};
pub use sources::Sources;
pub use table::{Links, Listen, Mode, NextUp, Summaries, TableConfig, Threads, Voices, is_language};
pub use units::duration;

use crate::domain::{ModelName, ProviderName};
use merged::Merged;
use path::KeyPath;
use provider::Providers;
use reader::{Reader, Section, kind};
use schema::{Key, Shape};
use sources::FoundFile;
use yaml::Document;

const ROOT: Shape = Shape::Section(KEYS);
const KEYS: &[Key] = &[
    Key::new("discord", Shape::Section(DISCORD_KEYS)),
    Key::new("data_dir", Shape::Text),
    Key::new("defaults", Shape::Section(DEFAULTS_KEYS)),
    Key::new("tables", Shape::List(&Shape::Section(table::KEYS))),
    Key::new("providers", Shape::Named(&Shape::Section(provider::KEYS))),
    Key::new("budget", Shape::Section(budget::HOUSE_KEYS)),
    Key::new("limits", Shape::Section(limits::KEYS)),
    Key::new("attachments", Shape::Section(attachments::KEYS)),
    Key::new("backup", Shape::Section(backup::KEYS)),
    Key::new("logging", Shape::Section(limits::LOGGING_KEYS)),
    Key::new("monitoring", Shape::Section(monitoring::KEYS)),
    Key::new("replay", Shape::Section(replay::KEYS)),
];
const DISCORD_KEYS: &[Key] = &[
    Key::new("token", Shape::Secret),
    Key::new("api_url", Shape::Text),
    Key::new("ca_file", Shape::Text),
    Key::new("hear_bots", Shape::List(&Shape::Text)),
    Key::new("look_back", Shape::Section(LOOK_BACK_KEYS)),
];
const LOOK_BACK_KEYS: &[Key] =
    &[Key::new("hours", Shape::Number), Key::new("messages", Shape::Number), Key::new("every", Shape::Text)];
const DEFAULTS_KEYS: &[Key] = &[
    Key::new("provider", Shape::Words),
    Key::new("model", Shape::Text),
    Key::new("language", Shape::Text),
    Key::new("budget", Shape::Section(budget::KEYS)),
];

/// Everything a host can say, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from; none means that all of it is defaults and environment.
    pub file: Option<PathBuf>,
    /// How Discord is reached.
    pub discord: Discord,
    /// The folder of everything that is kept: the database, stories, logs, the tables' own folders.
    pub data_dir: PathBuf,
    /// What a table takes that says nothing of its own.
    pub defaults: Defaults,
    /// The tables, in the order of the file. Names and channels differ.
    pub tables: Vec<TableConfig>,
    /// The providers about which something is said. See [`Config::provider`].
    pub providers: BTreeMap<ProviderName, ProviderConfig>,
    /// What all tables together may spend in one UTC day, in US dollars.
    pub budget_per_day_usd: Option<f64>,
    /// What is never exceeded.
    pub limits: Limits,
    /// What of the files that people attach is taken.
    pub attachments: Attachments,
    /// Backups that the program makes by itself.
    pub backup: Backup,
    /// What is written to the log files.
    pub logging: Logging,
    /// Where operators may look in.
    pub monitoring: Monitoring,
    /// What is kept so that it can be played again.
    pub replay: Replay,
    /// What is not wrong with the configuration and should be known, a sentence each.
    pub notes: Vec<String>,
}

/// How Discord is reached.
#[derive(Clone, Debug)]
pub struct Discord {
    /// The bot's token; none means that there is no Discord.
    pub token: Option<SecretString>,
    /// The web address before `/api`, without a slash at its end.
    pub api_url: String,
    /// A file with certificates (PEM) of authorities that are trusted beside the usual ones, for a proxy that looks into
    /// connections.
    pub ca_file: Option<PathBuf>,
    /// Other bots and webhooks that are heard as people are, by their ids.
    pub hear_bots: Vec<u64>,
    /// How far the bot looks for what was written while it was away.
    pub look_back: LookBack,
}

/// How far a channel is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookBack {
    /// How old a missed message may be and still be answered, in hours.
    pub hours: u32,
    /// How many messages of one channel are read at once; what is left is read at the next look.
    pub messages: usize,
    /// How often is looked for messages that no event brought, beside every new connection.
    pub every: Duration,
}

impl Default for LookBack {
    fn default() -> Self {
        Self { hours: 24, messages: 500, every: Duration::from_secs(300) }
    }
}

/// What a table takes that says nothing of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// Who answers; none means the first one that is there.
    pub provider: Option<ProviderName>,
    /// Who goes on, in this order, when the one before cannot answer.
    pub fallbacks: Vec<ProviderName>,
    /// The model; none leaves it to the provider.
    pub model: Option<ModelName>,
    /// The language people are answered in (an ISO 639-1 code, with a region where it matters).
    pub language: String,
    /// What may be spent at each table.
    pub budget: Budget,
}

impl Config {
    /// A provider by name: as the host wants it, or as it is known. None if it is neither.
    pub fn provider(&self, name: &ProviderName) -> Option<ProviderConfig> {
        let written = self.providers.get(name).cloned();
        written.or_else(|| Driver::well_known(name).map(ProviderConfig::new))
    }
}

/// Reads and checks the configuration.
///
/// # Errors
///
/// Everything that is wrong with it, at once. If the file is no YAML, only that and what is wrong with the
/// names of variables, since every other fault could be a consequence.
pub fn load(sources: &Sources) -> Result<Config, ConfigFaults> {
    match sources.find_file() {
        Ok(file) => load_with(sources, file, Vec::new()),
        Err(fault) => load_with(sources, None, vec![*fault]),
    }
}

/// The same by the environment alone, whatever file there is.
///
/// # Errors
/// Everything that is wrong with the variables.
pub fn load_variables(sources: &Sources) -> Result<Config, ConfigFaults> {
    load_with(sources, None, Vec::new())
}

fn load_with(sources: &Sources, file: Option<FoundFile>, mut faults: Vec<ConfigFault>) -> Result<Config, ConfigFaults> {
    let document = file.as_ref().and_then(|file| document(file, &mut faults));
    let unreadable = !faults.is_empty();
    let names = provider_names(document.as_ref());
    let variables = variables::read(sources, KEYS, &names, &mut faults);
    if unreadable {
        return Err(ConfigFaults::sorted(faults));
    }
    let path = file.as_ref().map(|file| file.path.clone());
    if let (Some(file), Some(document)) = (&file, &document) {
        faults.extend(document.twice.iter().map(|twice| written_twice(file, twice)));
    }
    let merged = Merged::new(file.as_ref().zip(document), &variables, &sources.working_dir);
    let mut reader = Reader::new(&merged);
    let mut config = read(&mut reader, path);
    config.notes = reader.take_notes();
    faults.extend(reader.into_faults());
    if faults.is_empty() { Ok(config) } else { Err(ConfigFaults::sorted(faults)) }
}

fn read(reader: &mut Reader<'_>, file: Option<PathBuf>) -> Config {
    let root = &reader.root(KEYS);
    let providers = Providers::named(root);
    let data_dir = reader.path(root, "data_dir");
    Config {
        file,
        discord: discord(reader, root),
        data_dir: data_dir.unwrap_or_else(|| reader.merged().base(&root.path).join("data")),
        defaults: defaults(reader, root, &providers),
        tables: table::read(reader, root, &providers),
        providers: provider::read(reader, root),
        budget_per_day_usd: budget::read_house(reader, root),
        limits: limits::read(reader, root),
        attachments: attachments::read(reader, root),
        backup: backup::read(reader, root),
        logging: limits::read_logging(reader, root),
        monitoring: monitoring::read(reader, root),
        replay: Replay { keep_turns: replay::read(reader, root).unwrap_or_default() },
        notes: Vec::new(),
    }
}

fn discord<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Discord {
    let section = &reader.section(root, "discord", DISCORD_KEYS);
    let token = reader.secret(section, "token");
    let expected = "a web address such as https://discord.com";
    let api_url = reader.word(section, "api_url", expected, |text| web_address(text).map(str::to_owned));
    let ca_file = reader.path(section, "ca_file");
    let id = "the id of a bot or a webhook, in quotes";
    let hear_bots = reader.texts(section, "hear_bots", id, |id| id.parse::<u64>().is_ok_and(|id| id > 0));
    let hear_bots = hear_bots.unwrap_or_default().iter().filter_map(|id| id.parse().ok()).collect();
    let api_url = api_url.unwrap_or_else(|| "https://discord.com".to_owned());
    Discord { token, ca_file, api_url, hear_bots, look_back: look_back(reader, section) }
}

fn look_back<'a>(reader: &mut Reader<'a>, discord: &Section<'a>) -> LookBack {
    let (section, usual) = (&reader.section(discord, "look_back", LOOK_BACK_KEYS), LookBack::default());
    let hours = reader.whole(section, "hours", 1..=24 * 14).and_then(|hours| u32::try_from(hours).ok());
    let messages = reader.whole(section, "messages", 1..=10_000).and_then(|count| usize::try_from(count).ok());
    let every = reader.duration(section, "every", Duration::from_secs(1)..=Duration::from_secs(86_400));
    LookBack {
        hours: hours.unwrap_or(usual.hours),
        messages: messages.unwrap_or(usual.messages),
        every: every.unwrap_or(usual.every),
    }
}

fn defaults<'a>(reader: &mut Reader<'a>, root: &Section<'a>, providers: &Providers) -> Defaults {
    let section = &reader.section(root, "defaults", DEFAULTS_KEYS);
    let mut ladder = providers.read_names(reader, section, "provider").into_iter();
    Defaults {
        provider: ladder.next(),
        fallbacks: ladder.collect(),
        model: table::model(reader, section, "model"),
        language: table::language(reader, section).unwrap_or_else(|| "en".to_owned()),
        budget: budget::read(reader, section),
    }
}

/// An address that paths can be put behind, without a slash at its end.
fn web_address(text: &str) -> Option<&str> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '"' | '\\');
    (!rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(odd)).then_some(text)
}

/// The file's values, if it is YAML with keys at its top.
fn document(file: &FoundFile, faults: &mut Vec<ConfigFault>) -> Option<Document> {
    let place = |line, column| Place::File { file: file.named.clone(), line, column };
    match yaml::read(&file.text, &ROOT, &KeyPath::default()) {
        Ok(document) if matches!(document.value, Value::Dict(..) | Value::Empty(..)) => return Some(document),
        Ok(document) => {
            let found = kind(&document.value).to_owned();
            let problem = Problem::Unfit { found, expected: "keys such as discord, tables and providers".to_owned() };
            faults.push(ConfigFault { place: place(None, None), key: None, problem });
        }
        Err(not) => {
            let problem = Problem::Syntax(not.message);
            faults.push(ConfigFault { place: place(not.line, not.column), key: None, problem });
        }
    }
    None
}

fn written_twice(file: &FoundFile, (path, first, second): &(KeyPath, u64, u64)) -> ConfigFault {
    let place = Place::File { file: file.named.clone(), line: Some(*second), column: None };
    ConfigFault { place, key: Some(path.to_string()), problem: Problem::Twice { other: format!("line {first}") } }
}

/// The names a variable below `TALEKEEPER_PROVIDERS__` can mean.
fn provider_names(document: Option<&Document>) -> Vec<String> {
    let written = document.and_then(|document| document.value.find_ref("providers")).and_then(Value::as_dict);
    let written = written.into_iter().flat_map(|dict| dict.keys().cloned());
    written.chain(provider::well_known_names().map(str::to_owned)).collect()
}
