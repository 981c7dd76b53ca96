//! Values that are never printed, given as they are or in a file of their own.
//! A fault here names the key and never the value, nor what stands where a file's name was expected.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use figment::value::Value;
use secrecy::SecretString;

use super::faults::{Place, Problem};
use super::path::KeyPath;
use super::reader::{Reader, Section, kind};
use super::schema::FILE_SUFFIX;
use super::sources::read_text;

/// The longest secret.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// Variables of well-known programs that name a file by themselves; their `_FILE` is no form of ours.
const FILES_BY_THEMSELVES: [&str; 4] =
    ["SSL_CERT_FILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"];

/// What a secret is for, which decides what an empty one means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// To sign in with: an empty one is a mistake, spaces around it are too.
    SignIn,
    /// A variable of a provider, which may be empty and is passed on as it stands.
    Variable,
}

impl<'a> Reader<'a> {
    /// A secret under `key`, or in the file under `key` and `_file`. Spaces around it are dropped.
    pub(super) fn secret(&mut self, section: &Section<'a>, key: &str) -> Option<SecretString> {
        let file_key = format!("{key}{FILE_SUFFIX}");
        self.secret_of(section, key, &file_key, Use::SignIn).map(SecretString::from)
    }

    /// A section of secrets whose keys are names of environment variables.
    pub(super) fn secrets(&mut self, parent: &Section<'a>, key: &str) -> BTreeMap<String, SecretString> {
        let section = self.named(parent, key);
        let mut secrets = BTreeMap::new();
        for (written, _) in section.entries() {
            if section.get(written).is_none() {
                continue;
            }
            let by_file = written.strip_suffix("_FILE").filter(|_| !FILES_BY_THEMSELVES.contains(&written));
            let name = by_file.unwrap_or(written);
            if !is_variable_name(name) {
                let problem = Problem::Unknown { what: "key", expected: "the name of a variable".to_owned() };
                self.fault(&section.path.key(written), problem);
                continue;
            }
            // The two forms of one name are read together, at the plain one where it is written.
            if by_file.is_some() && section.get(name).is_some() {
                continue;
            }
            let file_key = if FILES_BY_THEMSELVES.contains(&name) { "" } else { &format!("{name}_FILE") };
            if let Some(text) = self.secret_of(&section, name, file_key, Use::Variable) {
                secrets.insert(name.to_owned(), SecretString::from(text));
            }
        }
        secrets
    }

    fn secret_of(&mut self, section: &Section<'a>, key: &str, file_key: &str, wanted: Use) -> Option<String> {
        let (path, file_path) = (section.path.key(key), section.path.key(file_key));
        match (section.get(key), section.get(file_key)) {
            (None, None) => None,
            (Some(value), None) => self.secret_text(&path, value, wanted),
            (None, Some(value)) => self.secret_file(&file_path, value),
            (Some(value), Some(file)) => {
                let in_variable = |path| matches!(self.merged().place(path), Place::Variable(_));
                match (in_variable(&path), in_variable(&file_path)) {
                    (true, false) => self.secret_text(&path, value, wanted),
                    (false, true) => self.secret_file(&file_path, file),
                    _ => {
                        self.fault(&path, Problem::Twice { other: file_path.to_string() });
                        None
                    }
                }
            }
        }
    }

    fn secret_text(&mut self, path: &KeyPath, value: &Value, wanted: Use) -> Option<String> {
        let text = value.as_str().filter(|text| !text.contains('\0') && text.len() as u64 <= MAX_SECRET_BYTES);
        let text = match wanted {
            Use::SignIn => text.map(str::trim).filter(|text| !text.is_empty()),
            Use::Variable => text,
        };
        if text.is_none() {
            let expected = "a text, or no such key at all".to_owned();
            self.fault(path, Problem::Unfit { found: kind(value).to_owned(), expected });
        }
        text.map(str::to_owned)
    }

    fn secret_file(&mut self, path: &KeyPath, value: &Value) -> Option<String> {
        let Some(file) = value.as_str().filter(|file| !file.trim().is_empty() && !file.contains('\0')) else {
            let expected = "the path of a file that holds the secret".to_owned();
            self.fault(path, Problem::Unfit { found: kind(value).to_owned(), expected });
            return None;
        };
        let base = self.merged().base(path);
        let at = base.join(file.trim());
        if everybody_reads(&at) {
            self.note(format!("{path}: everybody on this machine can read the file; `chmod 600` keeps it to you"));
        }
        let problem = match read_text(&at, MAX_SECRET_BYTES) {
            Ok(text) if text.trim().is_empty() => "the file is empty".to_owned(),
            Ok(text) if text.contains('\0') => "the file is not text".to_owned(),
            Ok(text) => return Some(text.trim().to_owned()),
            // The path is not repeated: it may be the secret itself, put under the wrong key.
            Err(why) => format!("{why} (relative paths begin at {})", base.display()),
        };
        self.fault(path, Problem::File(problem));
        None
    }
}

/// Whether other users of the machine can read the file. What a container is handed under `/run/secrets` is readable by
/// everybody in it, which is nobody else.
fn everybody_reads(file: &Path) -> bool {
    let open = |file: &Path| std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o004 != 0);
    !file.starts_with("/run/secrets") && open(file)
}

fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
