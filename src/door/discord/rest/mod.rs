//! Discord's REST interface as this door uses it: one client with time-outs, one retry layer, limits read from answers.
//! Never sends a mention that pings, never repeats what cannot be repeated, and never asks again after a refused token.

mod limits;
mod messages;
mod webhooks;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tracing::{debug, warn};

use crate::telemetry::{Asked, Metrics};

pub(super) use limits::RouteKey;
use limits::{Limits, Told};
pub(super) use messages::{Attached, Draft, editing, id};
pub(super) use webhooks::{Hook, UNKNOWN_WEBHOOK, Voice, WEBHOOK_NAME, WEBHOOK_TOKEN};

/// The longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(15);
/// The longest that a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How many connections are kept for what comes next; a start, which reads every channel, has many more for a moment.
const IDLE: usize = 4;
/// How often something is asked before it counts as failed.
const ATTEMPTS: u32 = 6;
/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest that a limit is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that is read of an answer, in bytes; a page of 100 messages has less than half of it.
const ANSWER_BYTES: u64 = 8 * 1024 * 1024;

/// Discord's code for a message that is not there (any more).
pub(super) const UNKNOWN_MESSAGE: u64 = 10_008;

/// Why Discord did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum RestError {
    /// The token is not valid.
    #[error("the token was refused")]
    Token,
    /// It will not, and asking again does not help.
    #[error("refused with status {status}, code {code}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Discord's own code (topics/opcodes-and-status-codes, "JSON"); 0 where there is none.
        code: u64,
        /// Discord's words. For the log only.
        message: String,
    },
    /// A limit lasts longer than is waited for.
    #[error("limited for {} s", after.as_secs())]
    Limited {
        /// For how long.
        after: Duration,
    },
    /// It could not be reached, or failed, again and again. Whether it did what was asked is not known.
    #[error("not answered: {0}")]
    Unanswered(String),
}

impl RestError {
    /// Discord's own code, where it gave one.
    pub(super) fn code(&self) -> u64 {
        match self {
            Self::Refused { code, .. } => *code,
            _ => 0,
        }
    }

    /// Whether asking again later makes sense.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Unanswered(_))
    }
}

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing further to do it twice.
    Safe,
    /// Only if it certainly did not arrive.
    Never,
}

/// One request.
pub(super) struct Call {
    method: Method,
    path: String,
    route: RouteKey,
    body: Option<Value>,
    attached: Option<Attached>,
    repeat: Repeat,
}

impl Call {
    /// A request on `path` (below `/api/v10`), limited together with all others of the same `pattern` and `major` id.
    pub(super) fn new(method: Method, path: String, pattern: &str, major: u64) -> Self {
        let route = RouteKey(format!("{method} {pattern} {major}"));
        Self { method, path, route, body: None, attached: None, repeat: Repeat::Safe }
    }

    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// How one attempt ended.
enum Attempt {
    Done(Value),
    /// Worth another after this long.
    Again {
        pause: Option<Duration>,
        why: String,
    },
    Failed(RestError),
}

impl Attempt {
    /// How operators are told of it.
    fn counted(&self) -> Asked {
        match self {
            Self::Done(_) => Asked::Done,
            Self::Failed(RestError::Refused { .. } | RestError::Token) => Asked::Refused,
            Self::Failed(RestError::Limited { .. } | RestError::Unanswered(_)) | Self::Again { .. } => Asked::Again,
        }
    }
}

/// A way to Discord.
pub(super) struct Rest {
    client: reqwest::Client,
    base: String,
    token: SecretString,
    limits: Mutex<Limits>,
    token_refused: AtomicBool,
    metrics: Metrics,
}

/// The client every request of this door goes through, also those of the library: it gives up on what does not answer.
/// `authorities` holds certificates (PEM) that are trusted beside the usual ones.
pub(super) fn client(loopback: bool, authorities: &[u8]) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(ATTEMPT)
        .pool_max_idle_per_host(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("DiscordBot (talekeeper, ", env!("CARGO_PKG_VERSION"), ")"));
    for authority in reqwest::Certificate::from_pem_bundle(authorities)? {
        builder = builder.add_root_certificate(authority);
    }
    // What is meant for this machine must not leave it through somebody's proxy.
    if loopback { builder.no_proxy() } else { builder }.build()
}

impl Rest {
    /// A way to the Discord at `api_url` (before `/api`).
    pub(super) fn new(client: reqwest::Client, api_url: &str, token: SecretString) -> Self {
        let base = format!("{api_url}/api/v10");
        Self {
            client,
            base,
            token,
            limits: Mutex::default(),
            token_refused: AtomicBool::new(false),
            metrics: Metrics::default(),
        }
    }

    /// The same, and what is asked is counted there.
    pub(super) fn counted_by(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// How far apart requests on `route` should lie, by what Discord said last; at least `least`.
    pub(super) fn spacing(&self, route: &RouteKey, least: Duration) -> Duration {
        self.with_limits(|limits, now| limits.spacing(route, least, now))
    }

    fn with_limits<T>(&self, act: impl FnOnce(&mut Limits, Instant) -> T) -> T {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut limits, Instant::now())
    }

    /// Asks until it is answered, refused, or hopeless.
    pub(super) async fn call(&self, call: Call) -> Result<Value, RestError> {
        let mut pause = FIRST_PAUSE;
        let mut why = String::new();
        for attempt in 1..=ATTEMPTS {
            if self.token_refused.load(Ordering::Relaxed) {
                return Err(RestError::Token);
            }
            self.may(&call.route).await?;
            let came = self.attempt(&call).await;
            self.metrics.discord_asked(came.counted());
            match came {
                Attempt::Done(value) => return Ok(value),
                Attempt::Failed(failure) => return Err(failure),
                Attempt::Again { pause: asked, why: reason } => {
                    debug!(route = %call.route.0, attempt, why = %reason, "Discord is asked again");
                    why = reason;
                    if attempt < ATTEMPTS {
                        tokio::time::sleep(asked.unwrap_or(pause)).await;
                        pause *= 2;
                    }
                }
            }
        }
        Err(RestError::Unanswered(why))
    }

    /// Waits until a request on `route` may go out, and counts it.
    async fn may(&self, route: &RouteKey) -> Result<(), RestError> {
        while let Err(wait) = self.with_limits(|limits, now| limits.take(route, now)) {
            if wait > PATIENCE {
                return Err(RestError::Limited { after: wait });
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    async fn attempt(&self, call: &Call) -> Attempt {
        let mut request = self.client.request(call.method.clone(), format!("{}{}", self.base, call.path));
        request = request.header(AUTHORIZATION, format!("Bot {}", self.token.expose_secret()));
        request = match (&call.attached, &call.body) {
            (Some(attached), Some(body)) => match attached.form(body) {
                Ok(form) => request.multipart(form),
                Err(failure) => return Attempt::Failed(RestError::Unanswered(failure.to_string())),
            },
            (None, Some(body)) => request.json(body),
            (_, None) => request,
        };
        match request.send().await {
            Ok(response) => self.answered(call, response).await,
            Err(failure) if call.repeat == Repeat::Safe || failure.is_connect() => {
                Attempt::Again { pause: None, why: failure.without_url().to_string() }
            }
            Err(failure) => Attempt::Failed(RestError::Unanswered(failure.without_url().to_string())),
        }
    }

    async fn answered(&self, call: &Call, response: Response) -> Attempt {
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(told) = told(&headers) {
            self.with_limits(|limits, now| limits.learn(&call.route, told, now));
        }
        let too_long = response.content_length().is_some_and(|length| length > ANSWER_BYTES);
        let body = if too_long { Err("the answer is too long".to_owned()) } else { read(response).await };
        match (status, body) {
            (status, Ok(body)) if status.is_success() => Attempt::Done(body),
            // It was done; only the answer was lost on the way.
            (status, Err(why)) if status.is_success() => match call.repeat {
                Repeat::Safe => Attempt::Again { pause: None, why },
                Repeat::Never => Attempt::Failed(RestError::Unanswered(why)),
            },
            (StatusCode::TOO_MANY_REQUESTS, body) => self.limited(call, &headers, &body.unwrap_or_default()),
            (StatusCode::UNAUTHORIZED, body) if !is_of_webhook(&body) => {
                self.token_refused.store(true, Ordering::Relaxed);
                Attempt::Failed(RestError::Token)
            }
            (status, body) if status.is_client_error() => {
                let body = body.unwrap_or_default();
                let message = body.to_string().chars().take(600).collect();
                let code = body["code"].as_u64().unwrap_or(0);
                Attempt::Failed(RestError::Refused { status: status.as_u16(), code, message })
            }
            (status, _) if call.repeat == Repeat::Safe => {
                Attempt::Again { pause: None, why: format!("status {}", status.as_u16()) }
            }
            (status, _) => Attempt::Failed(RestError::Unanswered(format!("status {}", status.as_u16()))),
        }
    }

    /// A limit was passed after all: nothing was done, so it may be asked again whatever it is.
    fn limited(&self, call: &Call, headers: &HeaderMap, body: &Value) -> Attempt {
        let seconds = body["retry_after"].as_f64().or_else(|| number(headers, "retry-after")).unwrap_or(1.0);
        let after = Duration::try_from_secs_f64(seconds.max(0.05)).unwrap_or(PATIENCE * 2);
        let everything = body["global"].as_bool() == Some(true) || headers.contains_key("x-ratelimit-global");
        warn!(route = %call.route.0, after_ms = after.as_millis(), everything, "Discord asks to slow down");
        self.metrics.discord_limited(everything);
        self.with_limits(|limits, now| limits.refused(&call.route, after, everything, now));
        if after > PATIENCE {
            return Attempt::Failed(RestError::Limited { after });
        }
        Attempt::Again { pause: Some(Duration::ZERO), why: "limited".to_owned() }
    }
}

/// Whether a refused token is a webhook's and not the bot's.
fn is_of_webhook(body: &Result<Value, String>) -> bool {
    body.as_ref().is_ok_and(|body| body["code"] == WEBHOOK_TOKEN)
}

/// The answer as JSON; null where it has no body or is none (a proxy's page in front of Discord).
async fn read(mut response: Response) -> Result<Value, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|failure| failure.without_url().to_string())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > ANSWER_BYTES {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

fn told(headers: &HeaderMap) -> Option<Told> {
    let remaining = number(headers, "x-ratelimit-remaining")?;
    let reset_after = Duration::try_from_secs_f64(number(headers, "x-ratelimit-reset-after")?).ok()?;
    Some(Told { remaining: remaining as u32, reset_after })
}

fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}
