//! The configuration that `talekeeper init` writes: its text with comments, and the files, whole or not at all.
//! It asks nobody and decides nothing.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;

use crate::domain::{ProviderName, TableName};

/// The file beside the configuration that holds the bot's token.
const TOKEN_FILE: &str = "discord-token";

/// What was settled.
pub(super) struct Settled {
    /// Where the bot's token is.
    pub(super) token: Token,
    /// Where Discord is, if not where it usually is.
    pub(super) api_url: Option<String>,
    /// Whom to trust beside the usual authorities.
    pub(super) ca_file: Option<PathBuf>,
    /// The folder of everything that is kept.
    pub(super) data_dir: String,
    /// Who answers, in order.
    pub(super) providers: Vec<ProviderName>,
    /// The language people are answered in.
    pub(super) language: String,
    /// The first table, if it has a channel.
    pub(super) table: Option<FirstTable>,
}

/// Where the bot's token is.
pub(super) enum Token {
    /// There is none.
    Nowhere,
    /// In the environment, where it stays.
    Environment,
    /// In a file of the host's, where it stays.
    Theirs(PathBuf),
    /// Here; it is put into a file of its own.
    Ours(SecretString),
}

/// The first table.
pub(super) struct FirstTable {
    /// Its name.
    pub(super) name: TableName,
    /// Its channel.
    pub(super) channel: u64,
    /// The channel as people know it; none if that is not known.
    pub(super) called: Option<String>,
}

/// The files that were written.
#[derive(Debug)]
pub(super) struct Written {
    /// The file with the token.
    pub(super) token: Option<PathBuf>,
    /// Where the configuration lies that was there before.
    pub(super) before: Option<PathBuf>,
}

/// Writes the configuration, and the token into a file of its own. Both are for their owner alone, and each is there whole
/// or as it was.
pub(super) fn write(settled: &Settled, config: &Path) -> io::Result<Written> {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let token = match &settled.token {
        Token::Ours(token) => Some((folder.join(TOKEN_FILE), ready(folder, &format!("{}\n", token.expose_secret()))?)),
        Token::Nowhere | Token::Environment | Token::Theirs(_) => None,
    };
    let ready = ready(folder, &text(settled))?;
    let before = if config.exists() { Some(keep(config)?) } else { None };
    // The token first: a configuration that names a file which is not there would be a fault.
    let token = match token {
        Some((path, file)) => {
            // Another's token is not lost by this.
            if path.exists() {
                keep(&path)?;
            }
            file.persist(&path).map_err(|failure| failure.error)?;
            Some(path)
        }
        None => None,
    };
    ready.persist(config).map_err(|failure| failure.error)?;
    Ok(Written { token, before })
}

/// A file with this text under a passing name, on disk; one that is not kept goes by itself.
fn ready(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".talekeeper-init-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Copies what is there to a name that is free.
fn keep(config: &Path) -> io::Result<PathBuf> {
    let mut name = config.file_name().unwrap_or_default().to_owned();
    name.push(".old");
    let first = config.with_file_name(&name);
    let more = (2..).map(|number| config.with_file_name(format!("{}{number}", name.to_string_lossy())));
    let free = std::iter::once(first).chain(more).find(|path| !path.exists()).unwrap_or_default();
    fs::copy(config, &free)?;
    Ok(free)
}

/// The text, which says what it holds.
pub(super) fn text(settled: &Settled) -> String {
    let mut text = HEAD.to_owned();
    discord(&mut text, settled);
    add(&mut text, DATA_DIR, &[("data_dir", quoted(&settled.data_dir))]);
    text.push_str(DEFAULTS);
    let providers: Vec<&str> = settled.providers.iter().map(ProviderName::as_str).collect();
    let providers = if let [one] = providers[..] { one.to_owned() } else { format!("[{}]", providers.join(", ")) };
    add(&mut text, PROVIDER, &[("  provider", providers)]);
    add(&mut text, LANGUAGE, &[("  language", quoted(&settled.language))]);
    text.push_str(BUDGET);
    match &settled.table {
        Some(table) => {
            text.push_str(TABLES);
            let called = table.called.as_deref().map(plain).filter(|called| !called.is_empty());
            let _ = writeln!(text, "  - name: {}", quoted(table.name.as_str()));
            if let Some(called) = called {
                let _ = writeln!(text, "    # {called}");
            }
            let _ = writeln!(text, "    channel_id: \"{}\"", table.channel);
            text.push_str(LISTEN);
        }
        None => text.push_str(NO_TABLES),
    }
    text
}

fn discord(text: &mut String, settled: &Settled) {
    let mut keys = Vec::new();
    let comment = match &settled.token {
        Token::Nowhere => NO_TOKEN,
        Token::Environment => TOKEN_IN_ENVIRONMENT,
        Token::Theirs(path) => {
            keys.push(("  token_file", quoted(&path.to_string_lossy())));
            TOKEN_IN_FILE
        }
        Token::Ours(_) => {
            keys.push(("  token_file", format!("./{TOKEN_FILE}")));
            TOKEN_IN_FILE
        }
    };
    keys.extend(settled.api_url.iter().map(|url| ("  api_url", quoted(url))));
    keys.extend(settled.ca_file.iter().map(|path| ("  ca_file", quoted(&path.to_string_lossy()))));
    if keys.is_empty() {
        text.push_str("\n#discord:\n");
    } else {
        text.push_str("\ndiscord:\n");
    }
    add(text, comment, &keys);
}

fn add(text: &mut String, comment: &str, keys: &[(&str, String)]) {
    text.push_str(comment);
    for (key, value) in keys {
        let _ = writeln!(text, "{key}: {value}");
    }
}

/// A text as YAML takes it whatever is in it: JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    // `no` and `null` are words to some readers and something else to others.
    let is_word = text.len() > 2 && text.starts_with(['.', '/']) && text.chars().all(plain);
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// What others wrote, as a comment can hold it: one line of ordinary characters.
fn plain(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '#' | '-' | '_' | '\'');
    text.chars().filter(kept).take(120).collect::<String>().trim().to_owned()
}

const HEAD: &str = "\
# Talekeeper's configuration, written by `talekeeper init`. Change what you like; it is read when the program starts, and
# `talekeeper check` tells what is wrong with it. These are the keys most hosts need; config.example.yaml has them all.
# Every key can also be a variable: TALEKEEPER_ and the key in capitals, with __ between levels. A variable wins.
";
const NO_TOKEN: &str =
    "  # The file that holds your bot's token. Without one, Talekeeper opens a table in your terminal.
  #token_file: ./discord-token
";
const TOKEN_IN_ENVIRONMENT: &str =
    "  # The bot's token is in your environment (DISCORD_TOKEN). To keep it in a file instead:
  #token_file: ./discord-token
";
const TOKEN_IN_FILE: &str =
    "  # The file that holds the bot's token. Whoever can read it is your bot: share it with nobody.
";
const DATA_DIR: &str = "
# The folder of everything that is kept: the database, stories, logs and the tables' own folders. A relative path begins
# at this file's folder.
";
const DEFAULTS: &str = "
# What a table takes that says nothing of its own.
defaults:
";
const PROVIDER: &str = "  # Who is the game master: claude, codex, gemini, opencode, qwen, droid, or oracle, which needs no model. Several in
  # order, such as [claude, oracle]: when one is at its limit or fails, the next goes on with the turn.
";
const LANGUAGE: &str = "  # The language people are answered in.
";
const BUDGET: &str = "  # What may be spent at each table, in US dollars. Without it there is no limit.
  #budget: { per_turn_usd: 0.50, per_day_usd: 5 }
";
const TABLES: &str = "
# Your tables. More of them by /table open in a channel, or here.
tables:
  # Its name is also that of its folders, so do not change it later.
";
const LISTEN: &str =
    "    # mention: messages that mention the bot or answer it are played. all: every message in the channel is.
    listen: mention
    # What the game master is told about your game.
    #system_prompt: \"Low fantasy, slow dread, no gore.\"
";
const NO_TABLES: &str = "
# Your tables. On Discord /table open in a channel makes one; here they can be told more.
#tables:
  #- name: sunken-crown
    #channel_id: \"123456789012345678\"
    #system_prompt: \"Low fantasy, slow dread, no gore.\"
";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{self, Config, Sources};

    fn settled() -> Settled {
        Settled {
            token: Token::Nowhere,
            api_url: None,
            ca_file: None,
            data_dir: "./data".to_owned(),
            providers: vec![ProviderName::oracle()],
            language: "en".to_owned(),
            table: None,
        }
    }

    fn table() -> FirstTable {
        let called = Some("#tavern of The Sunken Crown".to_owned());
        FirstTable { name: "tavern".parse().unwrap(), channel: 77, called }
    }

    fn read(folder: &Path) -> Config {
        let sources = Sources { file: None, working_dir: folder.to_owned(), env: Vec::new() };
        config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_reads_as_what_was_settled() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        let token = Token::Ours(SecretString::from("a.b.c"));
        let all = Settled {
            token,
            api_url: Some("http://127.0.0.1:9".to_owned()),
            ca_file: Some(folder.path().join("odd: name.pem")),
            providers: vec![ProviderName::new("claude"), ProviderName::oracle()],
            language: "no".to_owned(),
            table: Some(table()),
            ..settled()
        };
        let written = write(&all, &file).unwrap();
        assert!(written.before.is_none());
        let config = read(folder.path());
        assert_eq!(config.discord.token.unwrap().expose_secret(), "a.b.c");
        assert_eq!(config.discord.api_url, "http://127.0.0.1:9");
        assert_eq!(config.discord.ca_file, all.ca_file);
        assert_eq!(config.data_dir, folder.path().join("data"));
        assert_eq!(
            (config.defaults.provider, config.defaults.fallbacks),
            (Some(ProviderName::new("claude")), vec![ProviderName::oracle()])
        );
        assert_eq!(config.defaults.language, "no");
        assert_eq!((config.tables[0].name.as_str(), config.tables[0].channel_id), ("tavern", Some(77)));
        assert!(config.notes.is_empty(), "{:?}", config.notes);
        assert_eq!((mode(&file), mode(&written.token.unwrap())), (0o600, 0o600));
        assert!(!fs::read_to_string(&file).unwrap().contains("a.b.c"));
    }

    #[test]
    fn what_is_off_in_it_can_be_switched_on() {
        for settled in [settled(), Settled { table: Some(table()), token: Token::Environment, ..settled() }] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("discord-token"), "a.b.c").unwrap();
            fs::set_permissions(folder.path().join("discord-token"), fs::Permissions::from_mode(0o600)).unwrap();
            let on: Vec<String> = text(&settled)
                .lines()
                .map(|line| {
                    let bare = line.trim_start();
                    let off = bare.starts_with('#') && !bare.starts_with("# ");
                    if off { line.replacen('#', "", 1) } else { line.to_owned() }
                })
                .collect();
            fs::write(folder.path().join("config.yaml"), on.join("\n")).unwrap();
            let config = read(folder.path());
            assert!(config.discord.token.is_some() && config.defaults.budget.per_day_usd.is_some());
            assert!(config.tables[0].system_prompt.is_some());
        }
    }

    #[test]
    fn what_was_there_is_kept_under_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        for (round, name) in ["config.yaml.old", "config.yaml.old2"].into_iter().enumerate() {
            fs::write(&file, format!("# {round}\n")).unwrap();
            assert_eq!(write(&settled(), &file).unwrap().before, Some(folder.path().join(name)));
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), format!("# {round}\n"));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing passing is left");
    }

    #[test]
    fn a_folder_that_takes_nothing_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("not-there").join("config.yaml");
        assert!(write(&settled(), &file).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    proptest! {
        #[test]
        fn whatever_people_call_their_things_it_can_be_read(called: String, data_dir in "[^~\\pC]\\PC{0,40}") {
            prop_assume!(!data_dir.trim().is_empty());
            let folder = tempfile::tempdir().unwrap();
            let table = FirstTable { called: Some(called), ..table() };
            let all = Settled { data_dir: data_dir.clone(), table: Some(table), ..settled() };
            write(&all, &folder.path().join("config.yaml")).unwrap();
            let config = read(folder.path());
            prop_assert_eq!(config.data_dir, folder.path().join(&data_dir).components().collect::<PathBuf>());
            prop_assert_eq!(config.tables[0].channel_id, Some(77));
        }
    }
}
