//! A look at Discord for `talekeeper check`: is the token good, may the bot read, which channels does it see.
//! It connects to no gateway, sends nothing and changes nothing.

use std::sync::Arc;

use secrecy::SecretString;

use super::connect::{self, OpenError};
use super::rest::{self, Rest, RestError};
use crate::config::Config;
use crate::domain::TableName;

/// What the bot needs in a channel (topics/permissions): View Channels, Send Messages, Send Messages in Threads, Attach
/// Files, Read Message History, Add Reactions.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 38 | 1 << 15 | 1 << 16 | 1 << 6;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The link that invites the bot to a server, with exactly the permissions it needs.
    pub invite: String,
    /// The tables whose channels the bot cannot see, each with the reason in a fragment for the host.
    pub unseen: Vec<(TableName, &'static str)>,
}

/// Looks at Discord with this configuration and token.
///
/// # Errors
/// What would keep the bot from starting.
pub async fn examine(config: &Config, token: SecretString) -> Result<Examined, OpenError> {
    let api_url = &config.discord.api_url;
    let client = rest::client(connect::is_loopback(api_url))
        .map_err(|failure| OpenError::Unreachable { detail: format!("no HTTPS client: {failure}") })?;
    let rest = Arc::new(Rest::new(client, api_url, token));
    let identity = connect::identify(&rest, api_url).await?;
    let mut unseen = Vec::new();
    for table in &config.tables {
        let Some(channel) = table.channel_id else { continue };
        if let Err(failure) = rest.get(&format!("/channels/{channel}")).await {
            unseen.push((table.name.clone(), why_unseen(&failure)));
        }
    }
    let application = identity.application;
    let invite = format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={PERMISSIONS}"
    );
    Ok(Examined { invite, unseen })
}

fn why_unseen(failure: &RestError) -> &'static str {
    match failure.code() {
        10003 => "there is no such channel, or the bot is not in its server",
        50001 => "the bot may not see it; give it View Channel there",
        _ => "Discord did not say",
    }
}
