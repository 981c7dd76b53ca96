//! A bot on its way in: who it is, how it is invited, and what is still missing before it can be played with.
//! It asks by REST only and changes nothing; the gateway is `lookout.rs`.

use secrecy::SecretString;
use serde_json::Value;

use super::connect::{self, Introduced, OpenError};
use super::examine;
use super::forms::place_name;
use super::rest::{Rest, RestError, id};
use crate::config::Discord;
use crate::domain::TableName;

/// In how many servers is looked, so that a bot of many servers is not asked about all.
const SERVERS: usize = 3;

/// A bot whose token Discord knows.
pub struct Arrival {
    pub(super) rest: Rest,
    pub(super) client: reqwest::Client,
    pub(super) api_url: String,
    pub(super) token: SecretString,
    pub(super) gateway: String,
    /// The bot's user.
    pub(super) us: u64,
    pub(super) application: u64,
    name: String,
}

/// How far the bot has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it may read messages.
    pub reads: bool,
    /// The servers it is in, by name.
    pub servers: Vec<String>,
    /// The channels in which people could write to it.
    pub places: Vec<Place>,
}

/// A channel in which a table could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub channel: u64,
    /// Its name.
    pub name: String,
    /// Its server's name.
    pub server: String,
    /// What the bot may not there, and what follows.
    pub missing: Vec<(&'static str, &'static str)>,
}

impl Place {
    /// Whether play is possible there, if with less than all that it can be.
    pub fn is_playable(&self) -> bool {
        examine::is_playable(&self.missing)
    }

    /// What a table there is called if nobody names it.
    pub fn table_name(&self) -> Option<TableName> {
        place_name(&self.name, self.channel).parse().ok()
    }
}

impl Arrival {
    /// Shows Discord the token.
    ///
    /// # Errors
    /// Why there is no getting in with it.
    pub async fn with(config: &Discord, token: SecretString) -> Result<Self, OpenError> {
        let client = connect::client(config)?;
        let rest = Rest::new(client.clone(), &config.api_url, token.clone());
        let Introduced { gateway, us, application } = connect::introduce(&rest, &config.api_url).await?;
        let name = application["bot"]["username"].as_str().or_else(|| application["name"].as_str());
        Ok(Self {
            rest,
            client,
            api_url: config.api_url.clone(),
            token,
            gateway,
            us,
            application: id(&application).unwrap_or(us),
            name: name.unwrap_or("the bot").to_owned(),
        })
    }

    /// What people call it on Discord.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The link that invites it with the permissions it uses, and no others.
    pub fn invitation(&self) -> String {
        examine::invitation(self.application)
    }

    /// Looks how far it has come.
    ///
    /// # Errors
    /// Why Discord does not say.
    pub async fn look(&self) -> Result<Standing, OpenError> {
        let application = self.ask("/applications/@me").await?;
        let servers = self.ask("/users/@me/guilds").await?;
        let mut standing =
            Standing { reads: connect::may_read(&application).is_ok(), servers: Vec::new(), places: Vec::new() };
        for server in servers.as_array().into_iter().flatten().take(SERVERS) {
            let Some(guild) = id(server) else { continue };
            let name = server["name"].as_str().unwrap_or("a server").to_owned();
            // Whoever was shown the door in between is in no server any more, which the next look finds.
            if let Ok(places) = self.places(guild, &name).await {
                standing.places.extend(places);
                standing.servers.push(name);
            }
        }
        Ok(standing)
    }

    /// The channels of a server in which a table could be.
    pub(super) async fn places(&self, guild: u64, server: &str) -> Result<Vec<Place>, RestError> {
        let channels = self.rest.get(&format!("/guilds/{guild}/channels")).await?;
        let roles = self.rest.get(&format!("/guilds/{guild}/roles")).await?;
        let member = self.rest.get(&format!("/guilds/{guild}/members/{}", self.us)).await?;
        let in_words = |channel: &&Value| matches!(channel["type"].as_u64(), Some(0 | 5 | 15));
        let channels = channels.as_array().into_iter().flatten().filter(in_words);
        Ok(channels
            .filter_map(|channel| {
                let may = examine::permissions(channel, &roles, &member, self.us);
                Some(Place {
                    channel: id(channel)?,
                    name: channel["name"].as_str()?.to_owned(),
                    server: server.to_owned(),
                    missing: examine::lacking(may),
                })
            })
            .collect())
    }

    /// One channel, or for a thread the channel above it; none if the bot does not see it, or it is no server's.
    pub async fn place(&self, channel: u64) -> Option<Place> {
        let mut found = self.rest.get(&format!("/channels/{channel}")).await.ok()?;
        // 10 to 12 are threads (resources/channel, "Channel Types").
        if let (Some(10..=12), Some(above)) = (found["type"].as_u64(), found["parent_id"].as_str()) {
            found = self.rest.get(&format!("/channels/{above}")).await.ok()?;
        }
        let guild = found["guild_id"].as_str()?;
        let server = self.rest.get(&format!("/guilds/{guild}")).await.ok()?;
        let channel = id(&found)?;
        Some(Place {
            channel,
            name: found["name"].as_str()?.to_owned(),
            server: server["name"].as_str().unwrap_or("a server").to_owned(),
            missing: examine::missing(&self.rest, channel, self.us).await?,
        })
    }

    async fn ask(&self, path: &str) -> Result<Value, OpenError> {
        self.rest.get(path).await.map_err(connect::unreachable)
    }
}
