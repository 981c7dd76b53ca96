//! Who could be the game master on this machine, and whom to propose.
//! It asks programs for their version and starts no turn.

use super::talk::{Left, Talk};
use crate::app::detect::{self, Seen};
use crate::config::Config;
use crate::domain::ProviderName;
use crate::provider::probe::Probe;

/// Says who is there and asks who it is to be. `wanted` was asked for already.
pub(super) async fn choose(
    talk: &Talk,
    config: &Config,
    env: &[(String, String)],
    wanted: Option<Vec<ProviderName>>,
) -> Result<Vec<ProviderName>, Left> {
    talk.say("\nGame master");
    let seen = detect::survey(config, env).await.map(|(seen, _)| seen).unwrap_or_default();
    seen.iter().filter_map(there).for_each(|line| talk.say(&line));
    let not: Vec<_> = seen.iter().filter(|seen| there(seen).is_none()).map(|seen| seen.name.as_str()).collect();
    if !not.is_empty() {
        talk.say(&format!("  Not installed here: {}.", not.join(", ")));
    }
    let chosen = match wanted {
        Some(wanted) => wanted,
        None => ask(talk, config, &proposed(&seen)).await?,
    };
    for name in chosen.iter().filter(|name| seen.iter().any(|seen| seen.name == **name && !seen.offered)) {
        talk.say(&format!("  note     {name} cannot answer here yet: install it, and run it once by hand to sign in."));
    }
    Ok(chosen)
}

async fn ask(talk: &Talk, config: &Config, proposed: &ProviderName) -> Result<Vec<ProviderName>, Left> {
    loop {
        let answer = talk
            .ask("  Who tells the story? Several in order, with commas, stand in for each other.", proposed.as_str())
            .await?;
        match read(config, &answer) {
            Ok(names) => return Ok(names),
            Err(sentence) => talk.say(&format!("  {sentence}")),
        }
    }
}

/// The names in an answer, each of a provider that there is.
pub(super) fn read(config: &Config, answer: &str) -> Result<Vec<ProviderName>, String> {
    let mut names = Vec::new();
    for word in answer.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let name = ProviderName::new(word.to_lowercase());
        if config.provider(&name).is_none() {
            return Err(format!(
                "There is no provider called {word}: claude, codex, gemini, opencode, qwen, droid or oracle."
            ));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { Err("Name at least one.".to_owned()) } else { Ok(names) }
}

/// The first that is there and seems to be signed in; the oracle is always there.
fn proposed(seen: &[Seen]) -> ProviderName {
    let ready = seen.iter().find(|seen| seen.offered && seen.probe.is_some());
    ready.map_or_else(ProviderName::oracle, |seen| seen.name.clone())
}

/// A line about a provider that is there.
fn there(seen: &Seen) -> Option<String> {
    let name = seen.name.as_str();
    match &seen.probe {
        None => Some(format!("  {name:<9} built in; needs no model and no key")),
        Some(Probe::Found { version }) => Some(format!("  {name:<9} {version}; {}", seen.sign_in)),
        Some(Probe::NotFound) => None,
        Some(_) => {
            Some(format!("  {name:<9} installed, but it does not answer as it should; `talekeeper check` says more"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(name: &str, probe: Option<Probe>, offered: bool) -> Seen {
        Seen { name: ProviderName::new(name), probe, sign_in: "", needed: false, offered }
    }

    #[test]
    fn the_first_that_is_signed_in_is_proposed() {
        let found = || Some(Probe::Found { version: "1.0.0".to_owned() });
        let oracle = || seen("oracle", None, true);
        assert_eq!(
            proposed(&[oracle(), seen("claude", found(), false), seen("codex", found(), true)]).as_str(),
            "codex"
        );
        assert_eq!(proposed(&[oracle(), seen("claude", Some(Probe::NotFound), false)]).as_str(), "oracle");
        assert_eq!(proposed(&[]).as_str(), "oracle");
    }
}
