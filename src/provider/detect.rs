//! Which providers there are on this machine, and who answers where nobody chose.
//! It asks programs for their version; it never starts a turn.

use std::sync::Arc;

use futures_util::future::join_all;

use super::oracle::Oracle;
use super::{Provider, Registry, drivers};
use crate::config::{Config, Driver};
use crate::domain::ProviderName;
use crate::provider::probe::{self, Probe};

/// The CLIs that are looked for, in the order in which they are preferred.
const PREFERENCE: [&str; 5] = ["claude", "codex", "gemini", "droid", "opencode"];

/// Who answers where nobody chose, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The provider.
    pub provider: ProviderName,
    /// Why this one.
    pub why: Why,
}

/// Why a provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The command line asked for it.
    Forced,
    /// The configuration names it.
    Configured,
    /// It is the first that was found and answers.
    Found {
        /// Its version.
        version: String,
    },
    /// None was found; the oracle needs none.
    NothingFound,
}

/// A provider as it is on this machine.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its name.
    pub name: ProviderName,
    /// What was found.
    pub found: Found,
    /// Whether there is evidence of a sign-in; a sentence.
    pub sign_in: String,
    /// Whether the configuration relies on it.
    pub needed: bool,
}

/// What was found of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is part of this program.
    BuiltIn,
    /// It is there and tells its version.
    Answers {
        /// The version.
        version: String,
    },
    /// It is not there.
    Missing,
    /// It is there and does not work.
    Broken {
        /// Why, in a fragment for people.
        why: String,
    },
}

/// Chooses who answers where nobody chose: what was asked for, what is configured, the first that is found.
pub async fn choose(config: &Config, env: &[(String, String)], forced: Option<ProviderName>) -> Detected {
    if let Some(provider) = forced {
        return Detected { provider, why: Why::Forced };
    }
    if let Some(provider) = config.defaults.provider.clone() {
        return Detected { provider, why: Why::Configured };
    }
    let names = PREFERENCE.map(ProviderName::new);
    for (name, found) in look_for(config, env, &names).await {
        if let Found::Answers { version } = found {
            return Detected { provider: name, why: Why::Found { version } };
        }
    }
    Detected { provider: ProviderName::oracle(), why: Why::NothingFound }
}

/// Looks at every provider that is known or configured.
pub async fn survey(config: &Config, env: &[(String, String)]) -> Vec<Seen> {
    let mut names: Vec<_> = PREFERENCE.iter().map(|name| ProviderName::new(*name)).collect();
    names.extend(config.providers.keys().filter(|name| !PREFERENCE.contains(&name.as_str())).cloned());
    let mut seen = vec![Seen {
        name: ProviderName::oracle(),
        found: Found::BuiltIn,
        sign_in: String::new(),
        needed: false,
    }];
    for (name, found) in look_for(config, env, &names).await {
        let relied_on = config.tables.iter().filter_map(|table| table.provider.as_ref());
        let needed = relied_on.chain(&config.defaults.provider).any(|relied_on| *relied_on == name);
        let sign_in = drivers::sign_in(config, env, &name);
        seen.push(Seen { name, found, sign_in, needed });
    }
    seen
}

/// Asks those of `names` that have a driver for their version, all at once.
async fn look_for(
    config: &Config,
    env: &[(String, String)],
    names: &[ProviderName],
) -> Vec<(ProviderName, Found)> {
    let asked = names.iter().filter_map(|name| {
        let command = drivers::command(config, name)?;
        Some(async move { (name.clone(), found(probe::probe(&command, env).await)) })
    });
    join_all(asked).await
}
