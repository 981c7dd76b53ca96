//! Which values must be seen by nobody but the program they are for.
//! It decides by name and place; what is done about them is elsewhere.

use secrecy::SecretString;

use crate::config::Config;

/// What stands in the names of variables that hold keys.
const NAMES: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "AUTH"];

/// Shorter values (bytes) are no keys, and taking them out would take out words.
const SHORTEST: usize = 8;

/// The token, the keys that providers are given by the configuration, and those in our own environment.
pub(crate) fn keys(config: &Config, env: &[(String, String)]) -> Vec<SecretString> {
    let given = config.providers.values().flat_map(|provider| &provider.env);
    let given = given.filter(|(name, _)| names_a_key(name)).map(|(_, value)| value.clone());
    let inherited = env.iter().filter(|(name, _)| names_a_key(name));
    let inherited = inherited.map(|(_, value)| SecretString::from(value.as_str()));
    let all = config.discord.token.iter().cloned().chain(given).chain(inherited);
    all.filter(|secret| secrecy::ExposeSecret::expose_secret(secret).trim().len() >= SHORTEST).collect()
}

/// Whether a variable of this name holds a key, and not the path of a file with one.
fn names_a_key(name: &str) -> bool {
    let name = name.to_uppercase();
    !["_FILE", "_SOCK", "_URL", "_PATH", "_DIR"].iter().any(|end| name.ends_with(end))
        && NAMES.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_names() {
        for name in ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "my_secret", "ANTHROPIC_AUTH_TOKEN"] {
            assert!(names_a_key(name), "{name}");
        }
        for name in ["ANTHROPIC_BASE_URL", "SSH_AUTH_SOCK", "OPENAI_API_KEY_FILE", "HOME", "LANG"] {
            assert!(!names_a_key(name), "{name}");
        }
    }
}
