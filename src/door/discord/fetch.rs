//! Loads files that people handed over, attached to messages or to commands: from Discord's file servers and nowhere
//! else, whatever an address says. It takes the token to none of them and follows no redirection.

use std::time::Duration;

use reqwest::Url;
use tokio::time::timeout;

use super::connect::is_loopback;

/// Where Discord keeps files.
const SERVERS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotLoaded {
    /// It lies where we do not go.
    #[error("it lies on a server that is not Discord's")]
    Elsewhere,
    /// It is larger than is taken.
    #[error("it is larger than {0} bytes")]
    Large(u64),
    /// It is not there.
    #[error("the server answered {0}")]
    Status(u16),
    /// It did not arrive.
    #[error("it did not arrive: {0}")]
    Broken(String),
}

/// Loads files, through the client of everything that goes to Discord, with the same authorities and proxy.
#[derive(Clone)]
pub(super) struct Fetcher {
    client: reqwest::Client,
    loopback: bool,
}

impl Fetcher {
    /// With a Discord on this machine (`api_url`) nothing leaves it. `client` must follow no redirection.
    pub(super) fn new(client: reqwest::Client, api_url: &str) -> Self {
        Self { client, loopback: is_loopback(api_url) }
    }

    /// The file at `url`, of at most `limit` bytes, if it is here within `patience`.
    pub(super) async fn load(&self, url: &str, limit: u64, patience: Duration) -> Result<Vec<u8>, NotLoaded> {
        let url = Url::parse(url).ok().filter(|url| may_go(url, self.loopback)).ok_or(NotLoaded::Elsewhere)?;
        let body = timeout(patience, self.body(url, limit, patience)).await;
        body.map_err(|_| NotLoaded::Broken("it took too long".to_owned()))?
    }

    async fn body(&self, url: Url, limit: u64, patience: Duration) -> Result<Vec<u8>, NotLoaded> {
        let broken = |failure: reqwest::Error| NotLoaded::Broken(failure.without_url().to_string());
        // The client's own limit on a request is meant for short answers.
        let mut response = self.client.get(url).timeout(patience).send().await.map_err(broken)?;
        if response.status().as_u16() != 200 {
            return Err(NotLoaded::Status(response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(NotLoaded::Large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

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
            "https://127.0.0.1/a.png",
            "file:///etc/passwd",
        ] {
            assert!(!may(url, false), "{url}");
        }
        assert!(may("http://127.0.0.1:8080/attachments/1/a.png", true));
        assert!(!may("https://cdn.discordapp.com/a.png", true));
    }
}
