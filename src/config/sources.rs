//! Where a configuration is read from: one file, at most, and the environment.
//! The only reader of the process's environment; it understands neither YAML nor keys.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::faults::{ConfigFault, Place, Problem};

/// The file that is used when none is named and it is there.
const USUAL_FILE: &str = "config.yaml";
/// Names the file where `--config` does not.
pub(super) const FILE_VARIABLE: &str = "TALEKEEPER_CONFIG";
/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "TALEKEEPER_";
/// The variable that people know from other bots. May also be `DISCORD_TOKEN_FILE`.
pub(super) const TOKEN_VARIABLE: &str = "DISCORD_TOKEN";
/// A configuration is written by hand; more than this is some other file.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What a configuration is read from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file named on the command line.
    pub file: Option<PathBuf>,
    /// Where relative paths of the command line and the environment begin.
    pub working_dir: PathBuf,
    /// The environment. For the configuration, variables that are not ours are ignored, and so are empty ones;
    /// providers' programs see a short list of the rest.
    pub env: Vec<(String, String)>,
}

/// The configuration file as it was found.
#[derive(Debug)]
pub(super) struct FoundFile {
    /// As it was named, for people.
    pub(super) named: PathBuf,
    /// Where it is.
    pub(super) path: PathBuf,
    /// What stands in it.
    pub(super) text: String,
}

impl Sources {
    /// The sources of the running process.
    pub fn from_process(file: Option<PathBuf>) -> Self {
        // A value that is not UTF-8 shows up with replacement characters, which no key accepts.
        let env = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        let working_dir = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        Self { file, working_dir, env }
    }

    /// Where the file is, or would be.
    pub fn place_of_file(&self) -> PathBuf {
        let by_variable = || self.variables().find(|(name, _)| *name == FILE_VARIABLE);
        let named = self.file.clone().or_else(|| by_variable().map(|(_, value)| PathBuf::from(value)));
        self.working_dir.join(named.unwrap_or_else(|| PathBuf::from(USUAL_FILE)))
    }

    /// Whether the environment names a bot's token, or a file that holds one.
    pub fn names_a_token(&self) -> bool {
        let names =
            [TOKEN_VARIABLE, "DISCORD_TOKEN_FILE", "TALEKEEPER_DISCORD__TOKEN", "TALEKEEPER_DISCORD__TOKEN_FILE"];
        self.variables().any(|(name, _)| names.contains(&name))
    }

    /// The variables that are ours and say something.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let ours = self.env.iter().filter(|(name, value)| is_ours(name) && !value.trim().is_empty());
        ours.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads the file; none is fine unless one was named.
    pub(super) fn find_file(&self) -> Result<Option<FoundFile>, Box<ConfigFault>> {
        let by_variable = || self.variables().find(|(name, _)| *name == FILE_VARIABLE);
        let named = self.file.clone().or_else(|| by_variable().map(|(_, value)| PathBuf::from(value)));
        let must_exist = named.is_some();
        let named = named.unwrap_or_else(|| PathBuf::from(USUAL_FILE));
        let path = self.working_dir.join(&named);
        match read_text(&path, MAX_FILE_BYTES) {
            Ok(text) => Ok(Some(FoundFile { named, path, text })),
            Err(Unreadable::NotThere) if !must_exist => Ok(None),
            Err(why) => {
                let place = Place::File { file: named, line: None, column: None };
                Err(Box::new(ConfigFault { place, key: None, problem: Problem::File(why.to_string()) }))
            }
        }
    }
}

fn is_ours(name: &str) -> bool {
    let token = name.strip_prefix(TOKEN_VARIABLE);
    name.starts_with(PREFIX) || token.is_some_and(|rest| rest.is_empty() || rest == "_FILE")
}

/// Why a file's text cannot be had. The text fits behind the file's name.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// There is none.
    #[error("there is no such file")]
    NotThere,
    /// It is too long to be what it should be.
    #[error("the file is longer than {} bytes", .0)]
    TooLong(u64),
    /// It is no text.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// The system refuses.
    #[error("the file cannot be read: {0}")]
    Refused(io::Error),
}

/// The text of a file of at most `limit` bytes.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, Unreadable> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unreadable::NotThere,
        _ => Unreadable::Refused(error),
    };
    let mut bytes = Vec::new();
    File::open(path).map_err(refused)?.take(limit + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable::TooLong(limit));
    }
    String::from_utf8(bytes).map_err(|_| Unreadable::NotText)
}
