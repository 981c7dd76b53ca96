//! Through which webhook characters speak in a channel: found again or made, once, and how much it may say a minute.
//! It says nothing itself; see `speaking.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{debug, info};

use super::rest::{Hook, Rest, RestError};

/// How long it is believed that a channel lets us have no webhook.
const REFUSED: Duration = Duration::from_secs(600);
/// What the webhooks of a channel may say in a minute; Discord's limit is 30 (its staff; no header tells it).
const A_MINUTE: usize = 28;
/// A minute, and what requests take longer than others.
const MINUTE: Duration = Duration::from_secs(62);

/// A way for characters to speak in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The webhook.
    pub hook: Hook,
    /// The thread, where the channel is one; webhooks belong to the channel above it.
    pub thread: Option<u64>,
    /// The channel the webhook belongs to.
    home: u64,
}

/// What is known of a channel.
enum Known {
    Way(Way),
    Refused { code: u64, status: u16, at: Instant },
}

/// The webhooks of all channels.
pub(super) struct Hooks {
    rest: Arc<Rest>,
    /// Ours.
    pub application: u64,
    /// Held while one is looked for or made, so that none is made twice. No table waits for it: shows are tasks of their own.
    known: tokio::sync::Mutex<HashMap<u64, Known>>,
    spoken: Mutex<HashMap<u64, VecDeque<Instant>>>,
}

impl Hooks {
    /// Those of this application.
    pub(super) fn new(rest: Arc<Rest>, application: u64) -> Self {
        Self { rest, application, known: tokio::sync::Mutex::default(), spoken: Mutex::default() }
    }

    /// The way to speak in a channel.
    pub(super) async fn way(&self, channel: u64) -> Result<Way, RestError> {
        let mut known = self.known.lock().await;
        match known.get(&channel) {
            Some(Known::Way(way)) => return Ok(way.clone()),
            Some(Known::Refused { code, status, at }) if at.elapsed() < REFUSED => {
                let message = "no webhook, as before".to_owned();
                return Err(RestError::Refused { status: *status, code: *code, message });
            }
            _ => {}
        }
        match self.look(channel).await {
            Ok(way) => {
                known.insert(channel, Known::Way(way.clone()));
                Ok(way)
            }
            Err(failure) => {
                if let RestError::Refused { status, code, .. } = &failure {
                    known.insert(channel, Known::Refused { code: *code, status: *status, at: Instant::now() });
                }
                Err(failure)
            }
        }
    }

    async fn look(&self, channel: u64) -> Result<Way, RestError> {
        let object = self.rest.get(&format!("/channels/{channel}")).await?;
        // 10 to 12 are threads (resources/channel, "Channel Types").
        let above = object["parent_id"].as_str().and_then(|id| id.parse().ok());
        let above: Option<u64> = above.filter(|_| matches!(object["type"].as_u64(), Some(10..=12)));
        let home = above.unwrap_or(channel);
        let hook = match self.rest.own_webhooks(home, self.application).await?.into_iter().next() {
            Some(oldest) => oldest,
            None => self.make(home).await?,
        };
        Ok(Way { hook, thread: above.map(|_| channel), home })
    }

    /// Makes a webhook where there was none. An earlier attempt of which nothing was heard may have arrived meanwhile, or
    /// a list was older than it: of several the oldest stays, whoever looks, and nothing was said through the others yet.
    async fn make(&self, home: u64) -> Result<Hook, RestError> {
        let made = self.rest.make_webhook(home).await?;
        info!(channel = home, webhook = made.id, "a webhook was made for the characters");
        let mut ours = match self.rest.own_webhooks(home, self.application).await {
            Ok(ours) => ours.into_iter(),
            Err(failure) => {
                debug!(channel = home, error = %failure, "whether there is another webhook of ours is not known");
                return Ok(made);
            }
        };
        let Some(oldest) = ours.next() else { return Ok(made) };
        for other in ours {
            match self.rest.remove_webhook(&other).await {
                Ok(()) => info!(channel = home, webhook = other.id, "a webhook too many was removed"),
                Err(failure) => debug!(channel = home, error = %failure, "a webhook too many stays"),
            }
        }
        Ok(oldest)
    }

    /// Forgets a channel's webhook, because it is not there any more.
    pub(super) async fn forget(&self, way: &Way) {
        self.known.lock().await.retain(|_, known| !matches!(known, Known::Way(other) if other.hook == way.hook));
    }

    /// Takes the right to say one thing now, or says how long there is to wait.
    pub(super) fn may(&self, way: &Way) -> Result<(), Duration> {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        let (times, now) = (spoken.entry(way.home).or_default(), Instant::now());
        times.retain(|at| now.duration_since(*at) < MINUTE);
        match times.front() {
            Some(first) if times.len() >= A_MINUTE => Err((*first + MINUTE).saturating_duration_since(now)),
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}
