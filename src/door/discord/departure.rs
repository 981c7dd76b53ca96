//! What the bot made on Discord and can take away again: its webhooks, its commands, and last its place in the servers.
//! It touches nothing that somebody else made, nor any message.

use std::time::Duration;

use serde_json::Value;

use super::arrival::Arrival;
use super::commands;
use super::connect::{self, OpenError};
use super::rest::{RestError, WEBHOOK_NAME, id};

/// How far apart requests lie where many follow each other: Discord takes fifty a second in all.
const PACE: Duration = Duration::from_millis(40);
/// How many servers Discord names at once.
const PAGE: usize = 200;

/// Something that the bot made on Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// The commands that people see: their ids and names.
    Commands(Vec<(u64, String)>),
    /// What characters speak through in a channel.
    Webhook {
        /// Its id.
        id: u64,
        /// The channel's name.
        channel: String,
    },
    /// A server that the bot is in.
    Server {
        /// Its id.
        id: u64,
        /// Its name.
        name: String,
    },
}

/// What was found on Discord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// What the bot made, in the order in which it goes.
    pub ours: Vec<Trace>,
    /// Commands of the bot's that this program did not make, by name.
    pub other_commands: Vec<String>,
    /// Channels with a webhook of the bot's that this program did not make.
    pub other_webhooks: Vec<String>,
    /// Channels and servers in which the bot may not look.
    pub unseen: Vec<String>,
}

impl Arrival {
    /// Looks for everything that this program made on Discord.
    ///
    /// # Errors
    /// Why Discord does not say.
    pub async fn traces(&self) -> Result<Traces, OpenError> {
        let mut traces = Traces::default();
        let path = format!("/applications/{}/commands", self.application);
        let registered = self.rest.get(&path).await.map_err(connect::unreachable)?;
        let names = commands::names();
        let mut ours = Vec::new();
        for command in registered.as_array().into_iter().flatten() {
            let (Some(id), Some(name)) = (id(command), command["name"].as_str()) else { continue };
            let name = name.to_owned();
            if names.contains(&name) { ours.push((id, name)) } else { traces.other_commands.push(name) }
        }
        if !ours.is_empty() {
            traces.ours.push(Trace::Commands(ours));
        }
        let servers = self.servers().await?;
        for (id, name) in &servers {
            self.webhooks_of(*id, name, &mut traces).await;
        }
        // Whoever is out of a server cannot take anything away there any more.
        traces.ours.extend(servers.into_iter().map(|(id, name)| Trace::Server { id, name }));
        Ok(traces)
    }

    /// All servers that the bot is in: their ids and names.
    async fn servers(&self) -> Result<Vec<(u64, String)>, OpenError> {
        let (mut servers, mut last) = (Vec::new(), 0);
        loop {
            let path = format!("/users/@me/guilds?limit={PAGE}&after={last}");
            let page = self.rest.get(&path).await.map_err(connect::unreachable)?;
            let page = page.as_array().map_or(&[][..], Vec::as_slice);
            let named = |server: &Value| Some((id(server)?, server["name"].as_str().unwrap_or("a server").to_owned()));
            servers.extend(page.iter().filter_map(named));
            let further = page.iter().filter_map(id).max().filter(|further| *further > last);
            match further {
                Some(further) if page.len() >= PAGE => last = further,
                _ => return Ok(servers),
            }
        }
    }

    async fn webhooks_of(&self, server: u64, name: &str, traces: &mut Traces) {
        let Ok(places) = self.places(server, name).await else { return traces.unseen.push(name.to_owned()) };
        for place in &places {
            match self.rest.get(&format!("/channels/{}/webhooks", place.channel)).await {
                Ok(hooks) => self.sort(&hooks, &place.name, traces),
                Err(_) => traces.unseen.push(format!("#{}", place.name)),
            }
        }
    }

    /// Which of a channel's webhooks are ours: by the application that made them and the name it gave them.
    fn sort(&self, hooks: &Value, channel: &str, traces: &mut Traces) {
        let application = self.application.to_string();
        let ours = |hook: &&Value| hook["application_id"].as_str() == Some(application.as_str());
        for hook in hooks.as_array().into_iter().flatten().filter(ours) {
            match (id(hook), hook["name"].as_str()) {
                (Some(id), Some(WEBHOOK_NAME)) => {
                    traces.ours.push(Trace::Webhook { id, channel: channel.to_owned() });
                }
                _ => traces.other_webhooks.push(channel.to_owned()),
            }
        }
    }

    /// Takes one of them away.
    ///
    /// # Errors
    /// Why it is still there, in a few words.
    pub async fn remove(&self, trace: &Trace, all: &Traces) -> Result<(), String> {
        let removed = match trace {
            Trace::Webhook { id, .. } => self.rest.remove(&format!("/webhooks/{id}")).await,
            Trace::Server { id, .. } => self.rest.remove(&format!("/users/@me/guilds/{id}")).await,
            // No commands at all is one request.
            Trace::Commands(_) if all.other_commands.is_empty() => {
                self.rest.set_commands(self.application, Value::Array(Vec::new())).await
            }
            Trace::Commands(commands) => self.remove_commands(commands).await,
        };
        removed.map_err(|failure| match failure.code() {
            0 => "Discord does not answer".to_owned(),
            code => format!("Discord refuses it ({code})"),
        })
    }

    async fn remove_commands(&self, commands: &[(u64, String)]) -> Result<(), RestError> {
        for (id, _) in commands {
            self.rest.remove(&format!("/applications/{}/commands/{id}", self.application)).await?;
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }
}
