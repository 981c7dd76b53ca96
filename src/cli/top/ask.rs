//! Asks the running bot whether it is ready. An answer counts only if it is that bot's.
//! No answer is one too: what it says is told as it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::door::monitor::PROCESS;

/// How long an answer may take; a bot that hangs gives none.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest answer that is shown.
const SHOWN: usize = 80;

/// A way to ask.
pub(super) struct Asker {
    client: Option<reqwest::Client>,
    url: Option<String>,
    listen: Option<SocketAddr>,
}

impl Asker {
    /// Asks at `listen`, where there is anything to ask.
    pub(super) fn new(listen: Option<SocketAddr>) -> Self {
        // What is meant for this machine must not leave it through somebody's proxy.
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().ok();
        let url = listen.map(|address| format!("http://{}/readyz", reachable(address)));
        Self { client, url, listen }
    }

    /// What the bot with this process id says of itself, in one line.
    pub(super) async fn is_ready(&self, pid: Option<u32>) -> String {
        let (Some(client), Some(url), Some(listen)) = (&self.client, &self.url, self.listen) else {
            return "not known (monitoring is off)".to_owned();
        };
        let Ok(answer) = client.get(url).send().await else { return format!("no answer at {listen}") };
        let by = answer.headers().get(PROCESS.as_str()).and_then(|pid| pid.to_str().ok()?.parse::<u32>().ok());
        if by.is_none() || (pid.is_some() && by != pid) {
            return format!("another program answers at {listen}");
        }
        match answer.text().await {
            Ok(text) => text.trim().chars().filter(|c| !c.is_control()).take(SHOWN).collect(),
            Err(_) => format!("no answer at {listen}"),
        }
    }
}

/// Where an address that means every one of this machine's is reached.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
