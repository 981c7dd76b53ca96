//! What of our environment a provider's program gets to see: a short list, and nothing else.
//! Never reads the environment; it is handed in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The names and values of an environment.
pub type Environment = BTreeMap<OsString, OsString>;

/// What every program may see. A trailing `*` stands for any rest.
const COMMON: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_*",
    "TMPDIR",
    "TZ",
    "XDG_*",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
];

/// What no program may see, whoever asks for it.
const NEVER: &[&str] = &["DISCORD_TOKEN", "TALEKEEPER_*"];

/// The environment of a provider's program: of `base` what is common and what matches `own`, then `extra`, the
/// host's wish, over it.
pub fn for_program(base: &Environment, own: &[&str], extra: &BTreeMap<String, String>) -> Environment {
    let allowed = |name: &OsStr| COMMON.iter().chain(own).any(|pattern| matches(pattern, name));
    let mut chosen: Environment =
        base.iter().filter(|(name, _)| allowed(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    chosen.insert("TERM".into(), "dumb".into());
    chosen.extend(extra.iter().map(|(name, value)| (name.into(), value.into())));
    chosen.retain(|name, _| !NEVER.iter().any(|pattern| matches(pattern, name)));
    chosen
}

fn matches(pattern: &str, name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start.as_bytes()),
        None => name == pattern.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_goes_through_and_secrets_never() {
        let base: Environment = [
            ("PATH", "/bin"),
            ("LC_ALL", "C"),
            ("TERM", "xterm"),
            ("ANTHROPIC_API_KEY", "k"),
            ("AWS_SECRET", "s"),
            ("DISCORD_TOKEN", "d"),
            ("TALEKEEPER_DISCORD__TOKEN", "d"),
            ("SSH_AUTH_SOCK", "/s"),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
        let extra = BTreeMap::from([
            ("LC_ALL".to_owned(), "en".to_owned()),
            ("MINE".to_owned(), "1".to_owned()),
            ("DISCORD_TOKEN".to_owned(), "again".to_owned()),
        ]);
        let chosen = for_program(&base, &["ANTHROPIC_*"], &extra);
        let shown: Vec<String> =
            chosen.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect();
        assert_eq!(shown, ["ANTHROPIC_API_KEY=k", "LC_ALL=en", "MINE=1", "PATH=/bin", "TERM=dumb"]);
    }
}
