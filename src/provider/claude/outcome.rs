//! What the end of a turn means: good, or which of the failures that are told apart.
//! PURE. Believes neither `subtype` nor the exit code alone: both call failures a success.

use serde_json::Value;

use super::decode::{Decoder, clip};
use crate::domain::{Fault, FaultKind, Finished, ProviderEvent, Spent, Timestamp};
use crate::provider::report::Ending;

/// How much of the CLI's own words is kept as evidence, in characters.
const DETAIL_LIMIT: usize = 600;

/// What a synthetic `assistant` event says about a failed request.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiError {
    error: String,
    api_error: String,
    status: Option<u64>,
}

impl ApiError {
    pub(super) fn read(event: &Value) -> Self {
        let text = |key: &str| clip(event[key].as_str().unwrap_or_default(), 80);
        Self { error: text("error"), api_error: text("api_error"), status: event["api_error_status"].as_u64() }
    }
}

/// What was gathered before the `result` event.
pub(super) struct Evidence {
    /// The reply, as far as it was heard.
    pub(super) text: String,
    pub(super) refused: bool,
    pub(super) api_error: Option<ApiError>,
    pub(super) limit_until: Option<Timestamp>,
    pub(super) spent: Spent,
}

/// What a `result` event means.
pub(super) fn of(result: &Value, evidence: Evidence) -> ProviderEvent {
    let Evidence { text, refused, spent, .. } = &evidence;
    let said = words(result);
    let fault = |kind, detail: String, until| ProviderEvent::Failed(Fault { kind, detail, until, spent: *spent });
    if *refused {
        return fault(FaultKind::Refused, clip(&said, DETAIL_LIMIT), None);
    }
    let good = result["is_error"] == false || (result["is_error"].is_null() && result["subtype"] == "success");
    if !good {
        let kind = failure(result, &said, evidence.api_error.as_ref());
        let until = evidence.limit_until.filter(|_| kind == FaultKind::LimitReached);
        return fault(kind, clip(&said, DETAIL_LIMIT), until);
    }
    // `result` holds only the last message, so it is the text only where no block was heard.
    let text = if text.is_empty() { said.trim() } else { text };
    if text.is_empty() {
        return fault(FaultKind::Empty, "it ended well without text".to_owned(), None);
    }
    ProviderEvent::Finished(Finished { text: Some(text.to_owned()), spent: *spent })
}

fn words(result: &Value) -> String {
    let errors = result["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let errors: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
    match result["result"].as_str() {
        Some(text) => text.to_owned(),
        None => errors.join("; "),
    }
}

fn failure(result: &Value, said: &str, api_error: Option<&ApiError>) -> FaultKind {
    match (result["subtype"].as_str(), result["terminal_reason"].as_str()) {
        (Some("error_max_budget_usd" | "error_max_turns"), _) | (_, Some("budget_exhausted" | "max_turns")) => {
            return FaultKind::TurnBudget;
        }
        (_, Some("prompt_too_long")) => return FaultKind::TooLong,
        // Somebody interrupted it. Were it us, the driver would say so instead.
        (_, Some(reason)) if reason.starts_with("aborted") => return FaultKind::Killed,
        _ => {}
    }
    if let Some(kind) = spoken(said).filter(|kind| *kind == FaultKind::SessionLost) {
        return kind;
    }
    let status = result["api_error_status"].as_u64();
    match api_error {
        Some(error) if error.api_error == "connection_failed" => FaultKind::BrokenStream,
        Some(error) => kind(&error.error, error.status.or(status)),
        None => kind("", status),
    }
}

/// The kind of a failed request, by the CLI's name for it, else by the HTTP status.
pub(super) fn kind(error: &str, status: Option<u64>) -> FaultKind {
    match (error, status) {
        ("authentication_failed", _) => FaultKind::NotSignedIn,
        ("billing_error", _) => FaultKind::NoCredit,
        ("rate_limit", _) => FaultKind::LimitReached,
        ("model_not_found", _) => FaultKind::UnknownModel,
        ("server_error" | "overloaded", _) => FaultKind::Overloaded,
        (_, Some(401 | 403)) => FaultKind::NotSignedIn,
        (_, Some(402)) => FaultKind::NoCredit,
        (_, Some(404)) => FaultKind::UnknownModel,
        (_, Some(413)) => FaultKind::TooLong,
        (_, Some(429)) => FaultKind::LimitReached,
        (_, Some(500..)) => FaultKind::Overloaded,
        ("unknown", None) => FaultKind::BrokenStream, // a retry after a connection that broke
        _ => FaultKind::Other,
    }
}

/// Sentences of the CLI that are all it gives: on stderr, with nothing on stdout.
fn spoken(words: &str) -> Option<FaultKind> {
    let table = [
        ("No conversation found", FaultKind::SessionLost),
        ("is already in use", FaultKind::SessionLost),
        ("requires a valid session ID", FaultKind::SessionLost),
        ("Invalid session ID", FaultKind::SessionLost),
        ("Not logged in", FaultKind::NotSignedIn),
        ("Please run /login", FaultKind::NotSignedIn),
        ("Invalid API key", FaultKind::NotSignedIn),
        ("Credit balance is too low", FaultKind::NoCredit),
        ("unknown option", FaultKind::Garbled),
        ("requires --verbose", FaultKind::Garbled),
        ("argument missing", FaultKind::Garbled),
    ];
    table.iter().find(|(sentence, _)| words.contains(sentence)).map(|(_, kind)| *kind)
}

/// Why the driver itself ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Somebody wished it.
    Cancelled,
    /// Its time was up.
    TimeUp,
    /// It wrote more than is taken.
    Flood,
    /// It went on with another conversation than the one that was asked for.
    OtherSession,
    /// It had told its end and did not go.
    Lingered,
}

/// The fault of a run that gave no `result`.
pub(super) fn without_result(decoder: &Decoder, ending: Ending, stopped: Option<Stopped>, stderr: &str) -> Fault {
    let noise = decoder.first_noise().unwrap_or_default();
    let detail = clip(&format!("{ending:?}; {} {}", stderr.trim(), noise), DETAIL_LIMIT);
    let kind = match (stopped, ending) {
        (Some(Stopped::Cancelled), _) => FaultKind::Other,
        (Some(Stopped::TimeUp), _) => FaultKind::Silent,
        (Some(Stopped::Flood), _) => FaultKind::Flood,
        (Some(Stopped::OtherSession), _) => FaultKind::SessionLost,
        (_, Ending::Signalled(_) | Ending::Unseen) => FaultKind::Killed,
        (_, Ending::Exited(code)) => by_exit(decoder, code, stderr),
    };
    Fault::new(kind, detail)
}

fn by_exit(decoder: &Decoder, code: i32, stderr: &str) -> FaultKind {
    if decoder.has_text() {
        return FaultKind::BrokenStream;
    }
    let spoke = decoder.started() || decoder.tally().told > 0;
    match spoken(stderr) {
        Some(kind) if !spoke => kind,
        _ if code == 0 && decoder.tally().noise > 0 && !spoke => FaultKind::Garbled,
        _ if code == 0 => FaultKind::Empty,
        _ if spoke => FaultKind::BrokenStream,
        _ => FaultKind::NotStarted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(lines: &[&str], ending: Ending, stderr: &str) -> FaultKind {
        let mut decoder = Decoder::default();
        lines.iter().for_each(|line| drop(decoder.line(line)));
        without_result(&decoder, ending, None, stderr).kind
    }

    const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"s"}"#;
    const TEXT: &str = r#"{"type":"stream_event","api_message_id":"m","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Once"}}}"#;

    #[test]
    fn an_end_without_result_is_told_by_its_evidence() {
        assert_eq!(end(&[INIT, TEXT], Ending::Exited(0), ""), FaultKind::BrokenStream);
        assert_eq!(end(&[INIT], Ending::Exited(0), ""), FaultKind::Empty);
        assert_eq!(end(&[], Ending::Exited(0), ""), FaultKind::Empty);
        assert_eq!(end(&["Welcome!"], Ending::Exited(0), ""), FaultKind::Garbled);
        assert_eq!(end(&[INIT], Ending::Exited(1), ""), FaultKind::BrokenStream);
        assert_eq!(end(&[], Ending::Exited(3), "oops"), FaultKind::NotStarted);
        assert_eq!(end(&[INIT, TEXT], Ending::Signalled(9), ""), FaultKind::Killed);
        assert_eq!(end(&[], Ending::Unseen, ""), FaultKind::Killed);
    }

    #[test]
    fn what_stands_only_on_stderr_is_understood() {
        let cases = [
            ("Error: Session ID 1 is already in use.", FaultKind::SessionLost),
            ("No conversation found with session ID: 9", FaultKind::SessionLost),
            ("error: unknown option '--no-such-flag'", FaultKind::Garbled),
            ("Error: When using --print, --output-format=stream-json requires --verbose", FaultKind::Garbled),
            ("Invalid API key · Please run /login", FaultKind::NotSignedIn),
            ("--dangerously-skip-permissions cannot be used with root/sudo privileges", FaultKind::NotStarted),
        ];
        for (stderr, kind) in cases {
            assert_eq!(end(&[], Ending::Exited(1), stderr), kind, "{stderr}");
        }
    }
}
