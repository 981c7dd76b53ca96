//! A running `codex app-server` that was greeted and answered.
//! Routes nothing: lines go in, what is heard comes out.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::KEYS;
use super::frame::{Frame, Refusal};
use super::outcome::{self, DETAIL_LIMIT};
use super::request::{self, HostConfig};
use super::words::{clip, text};
use crate::domain::{Fault, FaultKind, Purse};
use crate::provider::cli::CliSettings;
use crate::provider::process::{Ending, Grace, Heard, Process, ProcessSpec};

/// Of our environment, what this CLI may see beside the common list: its sign-in, its address, its home.
const OWN_VARIABLES: &[&str] = &["OPENAI_*", "CODEX_HOME", "CODEX_API_KEY"];

/// Its arguments before the host's. A conversation is closed as soon as it is left: one that is still open takes no
/// new settings, and would keep its old persona.
const ARGUMENTS: &[&str] = &["app-server", "-c", "thread_unload_delay_secs=0"];

/// How long the program may take to answer the greeting.
const GREETING_LIMIT: Duration = Duration::from_secs(60);

/// What the program told of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened {
    /// Its version, where it tells.
    pub(super) version: Option<String>,
    /// What is to be known of the host's configuration.
    pub(super) host: HostConfig,
    /// Who pays, as far as it tells.
    pub(super) purse: Option<Purse>,
}

/// The program.
#[derive(Debug)]
pub(super) struct Connection {
    process: Process,
    opened: Opened,
    last_call: u64,
}

impl Connection {
    /// Starts the program and greets it.
    pub(super) async fn open(settings: &CliSettings) -> Result<Self, Fault> {
        let process = settings.start(spec(settings)).await?;
        let mut connection = Self { process, opened: Opened::default(), last_call: 0 };
        let key = key(settings);
        match timeout(GREETING_LIMIT, connection.greet(key)).await {
            Ok(Ok(opened)) => {
                connection.opened = opened;
                Ok(connection)
            }
            Ok(Err(fault)) => {
                connection.stop(Grace::NONE).await;
                Err(fault)
            }
            Err(_) => {
                connection.stop(Grace::NONE).await;
                Err(Fault::new(FaultKind::Silent, "it does not answer the greeting"))
            }
        }
    }

    /// What it told of itself.
    pub(super) fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Calls for something and gives the call's number.
    pub(super) fn call(&mut self, method: &str, params: &Value) -> u64 {
        self.last_call += 1;
        self.say(&request::call(self.last_call, method, params));
        self.last_call
    }

    /// Writes a line as it is.
    pub(super) fn say(&mut self, line: &str) {
        self.process.send(line.as_bytes());
    }

    /// What is heard next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Heard {
        self.process.next().await
    }

    /// The last of its stderr, for the log.
    pub(super) fn evidence(&self) -> String {
        let stderr = self.process.stderr();
        let skipped = stderr.chars().count().saturating_sub(DETAIL_LIMIT);
        stderr.chars().skip(skipped).collect()
    }

    /// Stops it and comes back when nothing of it is left.
    pub(super) async fn stop(mut self, grace: Grace) -> Ending {
        self.process.close_input();
        self.process.stop(grace).await
    }

    async fn greet(&mut self, key: Option<&'static str>) -> Result<Opened, Fault> {
        let (method, params) = request::initialize();
        let greeting = self.answer(method, &params).await?;
        let greeting = greeting.map_err(|refusal| Fault::new(FaultKind::Garbled, refusal.message))?;
        self.say(&request::initialized());
        // A release that does not tell its configuration is spoken to without it.
        let host = self.answer("config/read", &json!({"includeLayers": false})).await?;
        let mut host = host.map(|config| HostConfig::read(&config)).unwrap_or_default();
        let account = self.answer("account/read", &json!({})).await?;
        let account = account.unwrap_or_default();
        if account["account"].is_null() && account["requiresOpenaiAuth"] == true {
            host.key = key;
        }
        let purse = purse(&account, host.key);
        Ok(Opened { version: version(text(&greeting, "userAgent")), host, purse })
    }

    /// Calls and waits for the answer; whatever else is said meanwhile is of no use yet.
    async fn answer(&mut self, method: &str, params: &Value) -> Result<Result<Value, Refusal>, Fault> {
        let call = self.call(method, params);
        loop {
            match self.next().await {
                Heard::Line(line) => match Frame::read(&line) {
                    Frame::Answer { id, outcome } if id == call => return Ok(outcome),
                    _ => {}
                },
                Heard::LineTooLong(_) | Heard::TooMuch => {
                    return Err(Fault::new(FaultKind::Flood, "a line over the limit"));
                }
                Heard::Ended(ending) => return Err(self.never_spoke(ending)),
                Heard::Quiet(_) | Heard::TimeUp => {}
            }
        }
    }

    fn never_spoke(&self, ending: Ending) -> Fault {
        let stderr = self.evidence();
        let kind = match outcome::spoken(&stderr) {
            FaultKind::Other => FaultKind::NotStarted,
            kind => kind,
        };
        Fault::new(kind, clip(&format!("{ending:?}; {}", stderr.trim()), DETAIL_LIMIT))
    }
}

/// Who pays: the account that is signed in, or the key that it is given. Another service's prices are not known here.
fn purse(account: &Value, key: Option<&str>) -> Option<Purse> {
    match text(&account["account"], "type").to_ascii_lowercase().as_str() {
        "chatgpt" => Some(Purse::Subscription),
        "apikey" => Some(Purse::Key),
        "" if key.is_some() => Some(Purse::Key),
        _ => None,
    }
}

/// The variable that holds a key, if one does.
fn key(settings: &CliSettings) -> Option<&'static str> {
    KEYS.iter().copied().find(|name| settings.has_variable(name))
}

fn spec(settings: &CliSettings) -> ProcessSpec {
    let args = ARGUMENTS.iter().map(OsString::from).chain(settings.extra_args().iter().map(OsString::from));
    // It serves every table; each conversation names its own folder.
    settings.kept(args.collect(), Path::new("/"), settings.environment(OWN_VARIABLES, &[("RUST_LOG", "error")]))
}

/// `talekeeper/0.169.0 (Debian 12.0.0; x86_64) dumb (talekeeper; 0.1)` is version 0.169.0.
fn version(user_agent: &str) -> Option<String> {
    let version = user_agent.split_whitespace().next()?.split_once('/')?.1;
    Some(clip(version, 40)).filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_pays_is_said_by_the_account_or_the_key_and_else_unknown() {
        let account = |kind: &str| json!({"account": {"type": kind}, "requiresOpenaiAuth": true});
        assert_eq!(purse(&account("chatgpt"), None), Some(Purse::Subscription));
        assert_eq!(purse(&account("apiKey"), None), Some(Purse::Key));
        assert_eq!(purse(&account("amazonBedrock"), None), None);
        let nobody = json!({"account": null, "requiresOpenaiAuth": true});
        assert_eq!(purse(&nobody, Some("OPENAI_API_KEY")), Some(Purse::Key));
        assert_eq!(purse(&json!({"account": null, "requiresOpenaiAuth": false}), None), None, "another service's key");
        assert_eq!(purse(&Value::Null, None), None);
    }
}
