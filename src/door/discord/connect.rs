//! Before anything else: is Discord there, is the token good, may the bot read messages, and is it really Discord.
//! It opens no gateway connection and changes nothing.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use tracing::{info, warn};

use super::budget::Budget;
use super::door::Parts;
use super::rest::{Rest, RestError};
use super::wording;
use crate::config::Discord;
use crate::domain::Timestamp;

/// Flags of an application that may read messages (resources/application, "Application Flags").
const READS_MESSAGES: u64 = 1 << 18 | 1 << 19;

/// Under which name the time of the last connection is noted.
const CONNECTED: &str = "discord-connected-at";

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The token is not valid.
    #[error("Discord refused the token")]
    Token,
    /// The bot may not read messages.
    #[error("the Message Content intent is off")]
    ContentIntent,
    /// Today's connections are used up; one more would make Discord reset the token.
    #[error("no connection is left for {hours} h")]
    NoConnectionLeft {
        /// Hours until there are some again.
        hours: u64,
    },
    /// The connection was made anew again and again, faster than the day's connections last.
    #[error("the connection was made anew too often")]
    TooOften,
    /// The client cannot be made: the file with authorities is not there, or holds something else.
    #[error("no HTTPS client: {detail}")]
    Authorities {
        /// What is wrong.
        detail: String,
    },
    /// Discord cannot be reached.
    #[error("Discord could not be reached")]
    Unreachable {
        /// What was tried last.
        detail: String,
    },
    /// With a Discord on this machine, the gateway it names is not on this machine.
    #[error("the gateway `{gateway}` is not on this machine, but `discord.api_url` is")]
    Elsewhere {
        /// The gateway's address.
        gateway: String,
    },
    /// The connection was ended for good with this code.
    #[error("Discord closed the connection for good ({0})")]
    Closed(String),
    /// The database cannot be used.
    #[error("the database could not be used")]
    Store(#[from] crate::store::StoreError),
}

impl OpenError {
    /// Whether the host has to change something before another start makes sense.
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Token | Self::ContentIntent | Self::Elsewhere { .. } | Self::Closed(_) | Self::Authorities { .. }
        )
    }
}

/// Who we are on Discord, and where its gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The bot's user.
    pub us: u64,
    /// Its application.
    pub application: u64,
    /// The gateway's address.
    pub gateway: String,
    /// What is left of the day's connections, where Discord says so.
    pub budget: Option<Budget>,
}

/// Whether an address leads to this machine.
pub(super) fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The client that everything goes through, as the configuration wants it.
pub(super) fn client(config: &Discord) -> Result<reqwest::Client, OpenError> {
    let unusable = |detail: String| OpenError::Authorities { detail };
    let authorities = config.ca_file.as_ref().map_or(Ok(Vec::new()), std::fs::read);
    let authorities = authorities.map_err(|failure| unusable(failure.to_string()))?;
    super::rest::client(is_loopback(&config.api_url), &authorities).map_err(|failure| unusable(failure.to_string()))
}

/// What Discord says of a token's bot, whether it can work or not.
pub(super) struct Introduced {
    /// Where the gateway is.
    pub gateway: String,
    /// The bot's user.
    pub us: u64,
    /// The application, as Discord describes it.
    pub application: Value,
}

/// Asks who the bot is, and makes sure that the token goes nowhere else.
pub(super) async fn introduce(rest: &Rest, api_url: &str) -> Result<Introduced, OpenError> {
    let gateway = rest.get("/gateway").await.map_err(unreachable)?;
    let Some(gateway) = gateway["url"].as_str().map(str::to_owned) else {
        return Err(OpenError::Unreachable { detail: "the answer names no gateway".to_owned() });
    };
    if is_loopback(api_url) && !is_loopback(&gateway) {
        return Err(OpenError::Elsewhere { gateway });
    }
    let us = super::rest::id(&rest.get("/users/@me").await.map_err(unreachable)?);
    let application = rest.get("/applications/@me").await.map_err(unreachable)?;
    match us {
        Some(us) => Ok(Introduced { gateway, us, application }),
        None => Err(OpenError::Unreachable { detail: "the answer does not say who the bot is".to_owned() }),
    }
}

/// Asks everything that has to be known before connecting.
pub(super) async fn identify(rest: &Rest, api_url: &str) -> Result<Identity, OpenError> {
    let Introduced { gateway, us, application } = introduce(rest, api_url).await?;
    let Some(id) = super::rest::id(&application) else {
        return Err(OpenError::Unreachable { detail: "the answer does not say which application it is".to_owned() });
    };
    may_read(&application)?;
    let budget = may_connect(rest).await?;
    info!(bot = us, "Discord knows the token");
    Ok(Identity { us, application: id, gateway, budget })
}

/// What is left of the day's connections; something is.
pub(super) async fn may_connect(rest: &Rest) -> Result<Option<Budget>, OpenError> {
    connections_left(&rest.get("/gateway/bot").await.map_err(unreachable)?)
}

/// Whether the application may read messages, as far as Discord says; what is not said is a yes.
pub(super) fn may_read(application: &Value) -> Result<(), OpenError> {
    match application["flags"].as_u64() {
        Some(flags) if flags & READS_MESSAGES == 0 => Err(OpenError::ContentIntent),
        // Where it is not said, the gateway will tell.
        _ => Ok(()),
    }
}

fn connections_left(gateway: &Value) -> Result<Option<Budget>, OpenError> {
    if let Some(shards) = gateway["shards"].as_u64().filter(|shards| *shards > 1) {
        warn!(shards, "Discord recommends several connections for this many servers; this program keeps one");
    }
    let budget = Budget::read(gateway);
    match budget.and_then(|budget| budget.spent()) {
        Some(hours) => Err(OpenError::NoConnectionLeft { hours }),
        None => Ok(budget),
    }
}

/// Waits until a connection may be made without using up the day's, and notes that it is made: the note comes first, so
/// that a program that ends as soon as it has connected cannot do so again and again.
pub(super) async fn take_turn(budget: Option<Budget>, parts: &Parts) -> Result<(), OpenError> {
    let last = parts.store.note(CONNECTED).await?.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
    let wait = budget.map_or(Duration::ZERO, |budget| budget.wait(last, (parts.now)()));
    if wait > Duration::ZERO {
        warn!(wait_s = wait.as_secs(), "{}", wording::waits_to_connect(wait));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = parts.ending.cancelled() => return Ok(()),
        }
    }
    parts.store.set_note(CONNECTED, (parts.now)().millis().to_string()).await?;
    Ok(())
}

/// Notes a connection that the library made by itself; true when these come faster than the day's connections last.
pub(super) async fn note_turn(budget: Budget, parts: &Parts) -> bool {
    let now = (parts.now)();
    let last = parts.store.note(CONNECTED).await.ok().flatten().and_then(|text| text.parse().ok());
    let wait = budget.wait(last.map(Timestamp::from_millis), now);
    if let Err(failure) = parts.store.set_note(CONNECTED, now.millis().to_string()).await {
        warn!(error = %failure, "the time of the connection was not noted");
    }
    wait > Duration::ZERO
}

pub(super) fn unreachable(failure: RestError) -> OpenError {
    match failure {
        RestError::Token => OpenError::Token,
        other => OpenError::Unreachable { detail: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn this_machine_is_told_from_the_world() {
        for here in ["http://127.0.0.1:80", "ws://localhost:9/x", "ws://[::1]:5"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["wss://gateway.discord.gg", "https://discord.com", "http://127.0.0.1.example.com", "x"] {
            assert!(!is_loopback(there), "{there}");
        }
    }

    #[test]
    fn a_bot_that_may_not_read_is_told_before_it_connects() {
        assert!(may_read(&json!({ "flags": 1 << 18 })).is_ok());
        assert!(may_read(&json!({ "flags": 1 << 19 })).is_ok());
        assert!(matches!(may_read(&json!({ "flags": 0 })), Err(OpenError::ContentIntent)));
    }

    #[test]
    fn without_a_connection_left_the_bot_does_not_start() {
        let left =
            |n: u64| json!({ "session_start_limit": { "total": 1000, "remaining": n, "reset_after": 5_000_000 } });
        assert!(connections_left(&left(1)).is_ok());
        assert!(matches!(connections_left(&left(0)), Err(OpenError::NoConnectionLeft { hours: 2 })));
    }
}
