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
mod tests;
