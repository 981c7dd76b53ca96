//! The REST listener: reads requests, plays faults, asks the route, answers. Never knows what a route does.

use std::pin::Pin;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use crate::faults::{Wrong, strike};
use crate::judges;
use crate::judges::ledger::Judge;
use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::World;

use super::answer::{Answer, bad_gateway_page, plain_error, rate_headers, too_many};
use super::body::{self, Body};
use super::buckets::{self, Standing};
use super::files;
use super::record::{self, SentFile};
use super::refusal::{self, Refusal};
use super::route::{self, Auth, Call, Reply, Route};

/// Largest request: 25 MiB (documentation: reference, "Uploading Files").
const LARGEST_REQUEST: usize = 25 * 1024 * 1024;

/// How long an answer may be and still be kept, in bytes. A bot that looks back often reads the same pages again and
/// again; hours of that fill the memory.
const KEPT: usize = 16 * 1024;

/// The connection is to be cut without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection cut as planned")
    }
}

impl std::error::Error for Cut {}

/// Accepts connections for ever.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let serving = connection(stream, Arc::clone(&shared));
        shared.runtime().spawn(serving);
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    if let Err(stream) = speak(stream, shared).await {
        // A planned cut is a reset, as a dying proxy would give.
        let _ = stream.set_zero_linger();
    }
}

/// Answers on one connection until it ends; gives it back when it is to be cut.
pub(crate) async fn speak<S>(stream: S, shared: Arc<Shared>) -> Result<(), S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    match Pin::new(&mut connection).await {
        Ok(()) => Ok(()),
        Err(_) => Err(connection.into_parts().io.into_inner()),
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, incoming) = request.into_parts();
    let method = head.method.as_str().to_owned();
    let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let raw_path = head.uri.path();
    if let Some(file) = raw_path.strip_prefix("/attachments/") {
        let wrong = shared.write(|world| strike(&mut world.faults, &method, raw_path));
        return match wrong {
            Some(Wrong::Status(status)) => respond(plain_error(status)),
            Some(Wrong::Hang) => std::future::pending().await,
            Some(_) => Err(Cut),
            None => respond(shared.read(|world| files::serve(world, file))),
        };
    }
    let path = raw_path.strip_prefix("/api/v10").unwrap_or(raw_path).to_owned();
    let bytes = Limited::new(incoming, LARGEST_REQUEST).collect().await.map(http_body_util::Collected::to_bytes);
    let read = match bytes {
        Ok(bytes) => body::read(&header("content-type"), bytes).await,
        Err(_) => Err(refusal::TOO_LARGE),
    };
    let heard = Heard {
        route: raw_path.starts_with("/api/v10/").then(|| route::find(&method, &path)).flatten(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        token: header("authorization"),
        reason: Some(header("x-audit-log-reason")).filter(|reason| !reason.is_empty()),
        method,
        path,
        body: read,
    };
    let (number, wrong) = shared.write(|world| heard.note(world));
    play(&shared, &heard, number, wrong).await
}

/// Plays a fault, if any, around the effect.
async fn play(
    shared: &Shared,
    heard: &Heard,
    number: usize,
    wrong: Option<Wrong>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let finish = |answer: Answer| {
        shared.write(|world| heard.finish(world, number, &answer));
        respond(answer)
    };
    let without_effect = match &wrong {
        Some(Wrong::Status(status)) => Some(plain_error(*status)),
        Some(Wrong::Answer(status, body)) => Some(Answer::json(*status, body)),
        Some(Wrong::Html502) => Some(bad_gateway_page()),
        Some(Wrong::TooMany { scope, retry_after }) => Some(too_many(*scope, *retry_after, None)),
        Some(Wrong::ResetBefore) => return Err(Cut),
        Some(Wrong::Hang) => std::future::pending().await,
        Some(Wrong::Delay(span)) => {
            tokio::time::sleep(*span).await;
            None
        }
        Some(Wrong::ResetAfter | Wrong::StatusAfter(_) | Wrong::HangAfter) | None => None,
    };
    if let Some(answer) = without_effect {
        return finish(answer);
    }
    let answer = shared.write(|world| heard.effect(world));
    match wrong {
        Some(Wrong::ResetAfter) => Err(Cut),
        Some(Wrong::HangAfter) => std::future::pending().await,
        Some(Wrong::StatusAfter(status)) => finish(plain_error(status)),
        _ => finish(answer),
    }
}

/// A request as it was heard.
struct Heard {
    method: String,
    path: String,
    query: String,
    token: String,
    reason: Option<String>,
    route: Option<(&'static Route, Vec<(&'static str, String)>)>,
    body: Result<Body, Refusal>,
}

impl Heard {
    /// Records the request, lets the judges see it, and finds the fault it meets.
    fn note(&self, world: &mut World) -> (usize, Option<Wrong>) {
        let wrong = strike(&mut world.faults, &self.method, &self.path);
        if let Some(wrong) = &wrong {
            *world.struck.entry(wrong.name()).or_default() += 1;
        }
        let body = self.body.as_ref().map(|body| body.json.clone()).unwrap_or_default();
        let uploads = self.body.as_ref().map(|body| body.uploads.as_slice()).unwrap_or_default();
        let sent = |u: &body::Upload| SentFile { part: u.part.clone(), name: u.name.clone(), size: u.bytes.len() };
        let request = record::Request {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            route: self.route.as_ref().map(|(route, _)| route.template),
            body,
            files: uploads.iter().map(sent).collect(),
            status: None,
            answer: Value::Null,
            faulted: wrong.is_some(),
            reason: self.reason.clone(),
            at_ms: world.clock.now_ms(),
        };
        let planned = wrong.as_ref().map(|wrong| format!("  [fault: {wrong:?}]")).unwrap_or_default();
        let line = format!("{} {}{planned} {}", self.method, self.path, request.body);
        world.note(Plane::Rest, &line);
        judges::hear(world, &request);
        world.requests.push(request);
        (world.requests.len() - 1, wrong)
    }

    /// Performs the request.
    fn effect(&self, world: &mut World) -> Answer {
        let Some((route, params)) = &self.route else {
            return Answer::refusal(&refusal::NOT_FOUND);
        };
        if route.auth == Auth::Bot && self.token != format!("Bot {}", world.options.token) {
            return Answer::refusal(&refusal::UNAUTHORIZED);
        }
        let standing = match self.charge(world, route, params) {
            Ok(standing) => standing,
            Err(answer) => return answer,
        };
        let done = match &self.body {
            Err(refusal) => Err(refusal.clone()),
            Ok(body) => (route.handler)(
                world,
                &Call {
                    params: params.clone(),
                    query: parse_query(&self.query),
                    body: body.json.clone(),
                    uploads: body.uploads.clone(),
                },
            ),
        };
        let mut answer = match done {
            Ok(Reply::Json(status, body)) => Answer::json(status, &body),
            Ok(Reply::Nothing) => Answer { status: 204, ..Answer::default() },
            Err(refusal) => Answer::refusal(&refusal),
        };
        answer.headers.extend(standing.iter().flat_map(rate_headers));
        answer
    }

    fn charge(&self, world: &mut World, route: &Route, params: &[(&str, String)]) -> Result<Option<Standing>, Answer> {
        if world.options.rate_limits == crate::options::RateLimits::Off {
            return Ok(None);
        }
        let major = match params {
            [("webhook_id", id), ("webhook_token", token), ..] => format!("{id}/{token}"),
            [(_, first), ..] => first.clone(),
            [] => String::new(),
        };
        let channel =
            params.first().and_then(|(_, id)| world.webhooks.get(&id.parse().ok()?)).map(|h| h.channel.to_string());
        let charges = buckets::charges(route.method, route.template, &major, channel);
        // Interaction endpoints do not count for the global limit (topics/rate-limits).
        let interaction =
            major.starts_with(&format!("{}/", world.application)) || route.template.starts_with("/interactions");
        let now = world.clock.now_ms();
        let taken = world.buckets.take(now, !interaction, &charges);
        taken.map_err(|limited| {
            let bucket = charges.last().map(|(limit, _)| limit.name);
            too_many(limited.scope, limited.retry_after, bucket)
        })
    }

    /// Records the answer and lets the judges see it.
    fn finish(&self, world: &mut World, number: usize, answer: &Answer) {
        let body = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        world.note(Plane::Rest, &format!("  {} {} = {} {body}", self.method, self.path, answer.status));
        let request = &mut world.requests[number];
        request.status = Some(answer.status);
        request.answer = body;
        let request = request.clone();
        judges::answered(world, &request);
        if answer.bytes.len() > KEPT {
            world.requests[number].answer = Value::Null;
        }
        if self.route.is_none() && !request.faulted {
            world.accuse(Judge::UnknownRoute, format!("{} {}", self.method, self.path));
        }
    }
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (route::percent_decode(name), route::percent_decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn respond(answer: Answer) -> Result<Response<Full<Bytes>>, Cut> {
    let mut builder = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(answer.bytes))).map_err(|_| Cut)
}
