//! What a host may say about one provider, and which providers need nothing said.
//! It does not look whether a program is there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use figment::value::Value;
use secrecy::SecretString;

use super::faults::Problem;
use super::path::shown;
use super::reader::{Reader, Section};
use super::schema::{Key, Shape};
use super::table::is_plain_word;
use crate::domain::{ModelName, ProviderName};

/// How long a turn may take where nothing is said.
const USUAL_TIMEOUT: Duration = Duration::from_secs(5 * 60);

pub(super) const KEYS: &[Key] = &[
    Key::new("driver", Shape::Text),
    Key::new("command", Shape::Text),
    Key::new("args", Shape::List(&Shape::Text)),
    Key::new("env", Shape::Named(&Shape::Secret)),
    Key::new("models", Shape::List(&Shape::Text)),
    Key::new("timeout", Shape::Text),
    Key::new("warm", Shape::Number),
];

/// How a kind of provider is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Driver {
    /// Claude Code's stream of JSON.
    Claude,
    /// Codex's app-server.
    Codex,
    /// The Agent Client Protocol.
    Acp,
    /// Factory's droid.
    Droid,
    /// The built-in game master that needs no model.
    Oracle,
}

const DRIVERS: [(&str, Driver); 5] = [
    ("claude", Driver::Claude),
    ("codex", Driver::Codex),
    ("acp", Driver::Acp),
    ("droid", Driver::Droid),
    ("oracle", Driver::Oracle),
];

/// The providers that are known by name and need no entry.
const WELL_KNOWN: [(&str, Driver); 7] = [
    ("claude", Driver::Claude),
    ("codex", Driver::Codex),
    ("gemini", Driver::Acp),
    ("opencode", Driver::Acp),
    ("qwen", Driver::Acp),
    ("droid", Driver::Droid),
    (ProviderName::ORACLE, Driver::Oracle),
];

impl Driver {
    /// The driver of a provider that is known by name.
    pub fn well_known(name: &ProviderName) -> Option<Self> {
        WELL_KNOWN.iter().find(|(known, _)| *known == name.as_str()).map(|(_, driver)| *driver)
    }

    /// The driver's name, as it is written in the configuration.
    pub fn as_str(self) -> &'static str {
        DRIVERS.iter().find(|(_, driver)| *driver == self).map_or("", |(name, _)| name)
    }
}

/// One provider as the host wants it.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// How it is spoken to.
    pub driver: Driver,
    /// The program; none takes the one the name is known for.
    pub command: Option<String>,
    /// Its arguments; none takes those the name is known for.
    pub args: Option<Vec<String>>,
    /// Variables it gets on top of the few that every provider gets.
    pub env: BTreeMap<String, SecretString>,
    /// The models to choose from; empty takes any.
    pub models: Vec<ModelName>,
    /// How long one turn may take.
    pub timeout: Duration,
    /// How many processes are kept ready, where the driver can.
    pub warm: u32,
}

impl ProviderConfig {
    /// A provider about which nothing is said but how it is spoken to.
    pub fn new(driver: Driver) -> Self {
        let (env, models) = (BTreeMap::new(), Vec::new());
        Self { driver, command: None, args: None, env, models, timeout: USUAL_TIMEOUT, warm: 0 }
    }
}

/// The names a table may choose from.
#[derive(Debug)]
pub(super) struct Providers(BTreeSet<String>);

impl Providers {
    /// The well-known names and those that stand under `providers`, good or not.
    pub(super) fn named(root: &Section<'_>) -> Self {
        let written = root.get("providers").and_then(Value::as_dict).into_iter().flat_map(|dict| dict.keys().cloned());
        Self(well_known_names().map(str::to_owned).chain(written).collect())
    }

    /// The names of providers under `key`, each one of these and none twice: a single name, or a list of them in order.
    /// Empty where nothing good is written.
    pub(super) fn read_names<'a>(
        &self,
        reader: &mut Reader<'a>,
        section: &Section<'a>,
        key: &str,
    ) -> Vec<ProviderName> {
        let names: Vec<String> = self.0.iter().map(|name| shown(name, 48)).collect();
        let expected = format!("one of {}, or one of your own under `providers`", names.join(", "));
        let known = |text: &str| self.0.contains(text).then(|| ProviderName::new(text));
        let mut read = Vec::new();
        for (path, value) in reader.one_or_more(section, key) {
            match value.as_str().and_then(known) {
                Some(name) if read.contains(&name) => {
                    reader.unfit(&path, value, "each provider once; the first one answers");
                }
                Some(name) => read.push(name),
                None => reader.unfit(&path, value, expected.clone()),
            }
        }
        read
    }
}

/// The names of the providers that need no entry.
pub(super) fn well_known_names() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN.iter().map(|(name, _)| *name)
}

/// Reads all providers. Those with faults are noted and left out.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> BTreeMap<ProviderName, ProviderConfig> {
    let all = reader.named(root, "providers");
    let mut providers = BTreeMap::new();
    for (name, _) in all.entries() {
        if !is_provider_name(name) {
            let expected = "a name of 1 to 48 lower-case letters, digits, hyphens and underscores".to_owned();
            reader.fault(&all.path.key(name), Problem::Unknown { what: "name", expected });
            continue;
        }
        let section = reader.section(&all, name, KEYS);
        let name = ProviderName::new(name);
        if let Some(provider) = provider(reader, &section, &name) {
            providers.insert(name, provider);
        }
    }
    providers
}

fn provider<'a>(reader: &mut Reader<'a>, section: &Section<'a>, name: &ProviderName) -> Option<ProviderConfig> {
    let driver = driver(reader, section, name);
    let usual = ProviderConfig::new(driver.unwrap_or(Driver::Acp));
    let provider = ProviderConfig {
        command: command(reader, section),
        args: reader.texts(section, "args", "a text; numbers stand in quotes", |_| true),
        env: reader.secrets(section, "env"),
        models: models(reader, section),
        timeout: reader
            .duration(section, "timeout", Duration::from_millis(1)..=Duration::from_secs(24 * 3600))
            .unwrap_or(usual.timeout),
        warm: reader.whole(section, "warm", 0..=64).and_then(|count| u32::try_from(count).ok()).unwrap_or(usual.warm),
        ..usual
    };
    if driver == Some(Driver::Acp) && Driver::well_known(name).is_none() && section.get("command").is_none() {
        let expected = "the program to start, since this name is not known for one".to_owned();
        reader.fault(&section.path.key("command"), Problem::Missing { expected });
    }
    driver.map(|_| provider)
}

fn driver<'a>(reader: &mut Reader<'a>, section: &Section<'a>, name: &ProviderName) -> Option<Driver> {
    if section.get("driver").is_some() {
        return reader.one_of(section, "driver", &DRIVERS);
    }
    let known = Driver::well_known(name);
    if known.is_none() {
        let drivers: Vec<&str> = DRIVERS.iter().map(|(name, _)| *name).collect();
        let expected = format!("one of {}, since this name is not known for one", drivers.join(", "));
        reader.fault(&section.path.key("driver"), Problem::Missing { expected });
    }
    known
}

/// The program: a name to be found, or a path. A provider runs in a folder of its table's, so a relative path
/// is made to begin where other paths do.
fn command<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> Option<String> {
    let expected = "a program's name or path, written out (`~` is not understood)";
    let base = reader.merged().base(&section.path.key("command"));
    reader.word(section, "command", expected, |text| match text {
        _ if text.starts_with('~') || !is_plain_word(text) => None,
        _ if text.contains('/') => base.join(text).into_os_string().into_string().ok(),
        _ => Some(text.to_owned()),
    })
}

fn models<'a>(reader: &mut Reader<'a>, section: &Section<'a>) -> Vec<ModelName> {
    let names = reader
        .texts(section, "models", "a model's name, not beginning with a hyphen", is_plain_word)
        .unwrap_or_default();
    names.into_iter().map(ModelName::new).collect()
}

fn is_provider_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=48).contains(&name.len()) && !name.starts_with('-') && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_has_one_name_of_its_own() {
        for (name, driver) in DRIVERS {
            assert_eq!(driver.as_str(), name);
        }
    }

    #[test]
    fn a_provider_name_can_be_no_path_and_no_option() {
        for bad in ["", "-x", "a/b", "..", "Claude", "a b", &"x".repeat(49)] {
            assert!(!is_provider_name(bad), "{bad:?}");
        }
        assert!(is_provider_name("my-agent_2"));
    }
}
