//! Which providers there are on this machine, and who answers where nobody chose.
//! It asks programs for their version; it never starts a turn.

use std::path::Path;

use futures_util::stream::{FuturesOrdered, Stream, StreamExt};

use super::drivers::{self, Surroundings};
use crate::config::Config;
use crate::domain::ProviderName;
use crate::provider::probe::{Probe, probe};

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
    /// What was found; none for one that is part of this program.
    pub probe: Option<Probe>,
    /// Whether there is evidence of a sign-in; a sentence.
    pub sign_in: &'static str,
    /// Whether the configuration relies on it.
    pub needed: bool,
    /// Whether it is there, and nothing speaks against its being signed in.
    pub offered: bool,
}

/// Chooses who answers where nobody chose: what was asked for, what is configured, the first that is found.
pub(super) async fn choose(config: &Config, surroundings: &Surroundings, forced: Option<ProviderName>) -> Detected {
    if let Some(provider) = forced {
        return Detected { provider, why: Why::Forced };
    }
    if let Some(provider) = config.defaults.provider.clone() {
        return Detected { provider, why: Why::Configured };
    }
    let names = drivers::KNOWN.map(ProviderName::new);
    // All are asked at once; the answers are heard in the order of preference, and the first good one ends it.
    let mut asked = look_for(config, surroundings, &names);
    while let Some((name, found)) = asked.next().await {
        if let Probe::Found { version } = found {
            return Detected { provider: name, why: Why::Found { version } };
        }
    }
    Detected { provider: ProviderName::oracle(), why: Why::NothingFound }
}

/// Looks at every provider that is known or configured, and says who would answer.
///
/// # Errors
/// When this program cannot find itself, which it needs to start others.
pub async fn survey(config: &Config, env: &[(String, String)]) -> std::io::Result<(Vec<Seen>, Detected)> {
    let surroundings = Surroundings::new(env)?;
    let mut names: Vec<_> = drivers::KNOWN.iter().map(|name| ProviderName::new(*name)).collect();
    names.extend(config.providers.keys().filter(|name| !drivers::KNOWN.contains(&name.as_str())).cloned());
    let mut seen = vec![Seen { name: ProviderName::oracle(), probe: None, sign_in: "", needed: false, offered: true }];
    let mut asked = look_for(config, &surroundings, &names);
    while let Some((name, found)) = asked.next().await {
        let relied_on = config.tables.iter().filter_map(|table| table.provider.as_ref());
        let needed = relied_on.chain(&config.defaults.provider).any(|relied_on| *relied_on == name);
        let sign_in = drivers::sign_in(config, &surroundings, &name);
        let answers = matches!(found, Probe::Found { .. });
        let offered = answers && drivers::is_offered(config, &surroundings, &name);
        seen.push(Seen { name, probe: Some(found), sign_in, needed, offered });
    }
    let detected = choose(config, &surroundings, None).await;
    Ok((seen, detected))
}

/// Asks those of `names` that have a driver for their version, all at once; the answers come in their order.
fn look_for<'a>(
    config: &'a Config,
    surroundings: &'a Surroundings,
    names: &'a [ProviderName],
) -> impl Stream<Item = (ProviderName, Probe)> + Unpin + 'a {
    let asked = names.iter().filter_map(|name| {
        let command = drivers::command(config, name)?;
        Some(async move {
            let found = probe(&command, Path::new("/"), &surroundings.launcher, &surroundings.environment).await;
            (name.clone(), found)
        })
    });
    asked.collect::<FuturesOrdered<_>>()
}
