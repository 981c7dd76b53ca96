//! Brings the files that people attached: asks Discord where one lies now, and loads it with a client of its own.
//! It goes to Discord's file servers and nowhere else, whatever an address says, and takes the token to none of them.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use tokio::time::timeout;
use tracing::warn;

use super::connect::is_loopback;
use super::door::Door;
use super::ingest::Heard;
use super::offered;
use super::rest::{RestError, UNKNOWN_MESSAGE};
use crate::config::Attachments;
use crate::domain::Attachment;
use crate::provider::BoxFuture;
use crate::table::{Bearer, Missing};
use crate::telemetry::new_error_id;

/// Where Discord keeps files.
const SERVERS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];
/// The longest that a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
enum NotBrought {
    /// Its author took it back, or the message with it.
    #[error("it is not there any more")]
    Gone,
    /// It is larger than was said.
    #[error("it is larger than is taken")]
    Large,
    /// It is not what its name says.
    #[error("it is not what it is called")]
    Other,
    /// It lies where we do not go.
    #[error("it lies on a server that is not Discord's")]
    Elsewhere,
    /// Discord does not say where it is.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// It did not arrive.
    #[error("it did not arrive: {0}")]
    Broken(String),
}

/// Brings files.
pub(super) struct Files {
    door: Arc<Door>,
    client: reqwest::Client,
    limits: Attachments,
    loopback: bool,
}

impl Files {
    /// Brings what was attached in the door's channels.
    ///
    /// # Errors
    /// Where no client can be made.
    pub(super) fn new(door: Arc<Door>) -> Result<Self, reqwest::Error> {
        let discord = &door.parts.config.discord;
        let (loopback, limits) = (is_loopback(&discord.api_url), door.parts.config.attachments.clone());
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(limits.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("talekeeper/", env!("CARGO_PKG_VERSION")));
        let builder = if loopback { builder.no_proxy() } else { builder };
        Ok(Self { client: builder.build()?, door, limits, loopback })
    }

    async fn load(&self, file: &Attachment) -> Result<Vec<u8>, NotBrought> {
        let (channel, message, id) = offered::found_at(&file.from).ok_or(NotBrought::Gone)?;
        // Addresses of files are good for a day; the message always has a fresh one.
        let found = match self.door.rest().message(channel, message).await {
            Err(failure) if failure.code() == UNKNOWN_MESSAGE => return Err(NotBrought::Gone),
            found => found?,
        };
        let id = id.to_string();
        let of_it = found["attachments"].as_array().into_iter().flatten().find(|one| one["id"] == id.as_str());
        let url = of_it.and_then(|one| one["url"].as_str()).ok_or(NotBrought::Gone)?;
        let url = Url::parse(url).ok().filter(|url| may_go(url, self.loopback)).ok_or(NotBrought::Elsewhere)?;
        let bytes = timeout(self.limits.timeout, self.body(url)).await;
        let bytes = bytes.map_err(|_| NotBrought::Broken("it took too long".to_owned()))??;
        if file.kind.fits(&bytes) { Ok(bytes) } else { Err(NotBrought::Other) }
    }

    async fn body(&self, url: Url) -> Result<Vec<u8>, NotBrought> {
        let broken = |failure: reqwest::Error| NotBrought::Broken(failure.without_url().to_string());
        let mut response = self.client.get(url).send().await.map_err(broken)?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Err(NotBrought::Gone),
            status => return Err(NotBrought::Broken(format!("status {status}"))),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if (bytes.len() + chunk.len()) as u64 > self.limits.size {
                return Err(NotBrought::Large);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Tells people once, in the channel, and the log.
    async fn failed(&self, file: &Attachment, why: &NotBrought) {
        let error_id = new_error_id();
        warn!(file = %file.name, %error_id, error = %why, "an attached file was not loaded");
        let large = matches!(why, NotBrought::Large);
        if let Some((channel, message, id)) = offered::found_at(&file.from)
            && !matches!(why, NotBrought::Gone)
        {
            let called = file.name.trim_start_matches("attachments/").trim_start_matches(&format!("{message}-"));
            let text = super::wording::not_loaded(called, large, &error_id);
            let subject = format!("file:{id}");
            self.door.heard(channel, Heard::Trouble { subject, text, message }).await;
        }
    }
}

impl Bearer for Files {
    fn bring<'a>(&'a self, file: &'a Attachment) -> BoxFuture<'a, Result<Vec<u8>, Missing>> {
        Box::pin(async move {
            match self.load(file).await {
                Ok(bytes) => Ok(bytes),
                Err(why) => {
                    self.failed(file, &why).await;
                    Err(Missing)
                }
            }
        })
    }
}

/// Whether a file may be loaded from there. With a Discord on this machine nothing may leave it.
fn may_go(url: &Url, loopback: bool) -> bool {
    if loopback {
        return is_loopback(url.as_str());
    }
    url.scheme() == "https" && url.host_str().is_some_and(|host| SERVERS.contains(&host)) && url.port().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_loaded_from_discords_servers_and_nowhere_else() {
        let may = |url: &str, loopback| may_go(&Url::parse(url).unwrap(), loopback);
        assert!(may("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", false));
        assert!(may("https://media.discordapp.net/a.png", false));
        for url in [
            "http://cdn.discordapp.com/a.png",
            "https://cdn.discordapp.com.example.com/a.png",
            "https://cdn.discordapp.com@example.com/a.png",
            "https://cdn.discordapp.com:8443/a.png",
            "http://169.254.169.254/latest",
            "http://127.0.0.1/a.png",
            "file:///etc/passwd",
        ] {
            assert!(!may(url, false), "{url}");
        }
        assert!(may("http://127.0.0.1:8080/attachments/1/a.png", true));
        assert!(!may("https://cdn.discordapp.com/a.png", true));
    }
}
