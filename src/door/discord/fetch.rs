//! Loads a file that somebody handed to a command: from Discord's file servers and nowhere else, within limits.
//! It takes the token to none of them and follows no redirection.

use reqwest::Url;

use super::connect::is_loopback;
use super::rest;

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
    Large(usize),
    /// It is not there.
    #[error("the server answered {0}")]
    Status(u16),
    /// It did not arrive.
    #[error("it did not arrive: {0}")]
    Broken(String),
}

/// The file at `url`, of at most `limit` bytes. With a Discord on this machine (`api_url`) nothing leaves it.
pub(super) async fn fetch(url: &str, api_url: &str, limit: usize) -> Result<Vec<u8>, NotLoaded> {
    let loopback = is_loopback(api_url);
    let url = Url::parse(url).ok().filter(|url| may_go(url, loopback)).ok_or(NotLoaded::Elsewhere)?;
    let broken = |failure: reqwest::Error| NotLoaded::Broken(failure.without_url().to_string());
    let client = rest::client(loopback, &[]).map_err(broken)?;
    let mut response = client.get(url).send().await.map_err(broken)?;
    if response.status().as_u16() != 200 {
        return Err(NotLoaded::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > limit {
            return Err(NotLoaded::Large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
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
    fn it_goes_to_discords_servers_only() {
        let goes = |url: &str, loopback| may_go(&Url::parse(url).unwrap(), loopback);
        assert!(goes("https://cdn.discordapp.com/a/b.png?ex=1", false));
        assert!(goes("http://127.0.0.1:9/a.png", true) && !goes("https://cdn.discordapp.com/a.png", true));
        for url in ["http://cdn.discordapp.com/a", "https://cdn.discordapp.com.evil.example/a", "https://127.0.0.1/a"] {
            assert!(!goes(url, false), "{url}");
        }
        assert!(!goes("https://cdn.discordapp.com:8443/a", false) && !goes("file:///etc/passwd", false));
    }
}
