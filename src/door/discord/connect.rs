//! Before anything else: is Discord there, is the token good, may the bot read messages, and is it really Discord.
//! It opens no gateway connection and changes nothing.

use std::net::IpAddr;

use serde_json::Value;
use tracing::{info, warn};

use super::rest::{Rest, RestError};

/// Flags of an application that may read messages (resources/application, "Application Flags").
const READS_MESSAGES: u64 = 1 << 18 | 1 << 19;

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
        matches!(self, Self::Token | Self::ContentIntent | Self::Elsewhere { .. } | Self::Closed(_))
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
}

/// Whether an address leads to this machine.
pub(super) fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Asks everything that has to be known before connecting.
pub(super) async fn identify(rest: &Rest, api_url: &str) -> Result<Identity, OpenError> {
    let gateway = rest.get("/gateway").await.map_err(unreachable)?;
    let Some(gateway) = gateway["url"].as_str().map(str::to_owned) else {
        return Err(OpenError::Unreachable { detail: "the answer names no gateway".to_owned() });
    };
    if is_loopback(api_url) && !is_loopback(&gateway) {
        return Err(OpenError::Elsewhere { gateway });
    }
    let us = super::rest::id(&rest.get("/users/@me").await.map_err(unreachable)?);
    let application = rest.get("/applications/@me").await.map_err(unreachable)?;
    let (Some(us), Some(id)) = (us, super::rest::id(&application)) else {
        return Err(OpenError::Unreachable { detail: "the answer does not say who the bot is".to_owned() });
    };
    may_read(&application)?;
    connections_left(&rest.get("/gateway/bot").await.map_err(unreachable)?)?;
    info!(bot = us, "Discord knows the token");
    Ok(Identity { us, application: id, gateway })
}

fn may_read(application: &Value) -> Result<(), OpenError> {
    match application["flags"].as_u64() {
        Some(flags) if flags & READS_MESSAGES == 0 => Err(OpenError::ContentIntent),
        // Where it is not said, the gateway will tell.
        _ => Ok(()),
    }
}

fn connections_left(gateway: &Value) -> Result<(), OpenError> {
    let limit = &gateway["session_start_limit"];
    if let Some(shards) = gateway["shards"].as_u64().filter(|shards| *shards > 1) {
        warn!(shards, "Discord recommends several connections for this many servers; this program keeps one");
    }
    if limit["remaining"].as_u64() == Some(0) {
        let hours = limit["reset_after"].as_u64().unwrap_or(0).div_ceil(3_600_000);
        return Err(OpenError::NoConnectionLeft { hours });
    }
    Ok(())
}

fn unreachable(failure: RestError) -> OpenError {
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
    fn the_last_connection_of_the_day_is_not_overdrawn() {
        let left = |n: u64| json!({ "session_start_limit": { "remaining": n, "reset_after": 5_000_000 } });
        assert!(connections_left(&left(1)).is_ok());
        assert!(matches!(connections_left(&left(0)), Err(OpenError::NoConnectionLeft { hours: 2 })));
    }
}
