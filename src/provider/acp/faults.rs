//! What an agent's error means: there are as many shapes as agents.
//! PURE. Believes what is machine-readable first, then the HTTP status, then the words.
//!
//! Measured: one and the same 401 is code 400 (gemini), -32603 with the words in `message` (opencode) or in
//! `data.details` (qwen), -32603 with `data.errorKind` (claude's adapter), -32000 (codex's adapter).

use serde_json::Value;

use super::message::RpcError;
use crate::domain::{Fault, FaultKind};

/// How much of the agent's own words is kept as evidence, in characters.
const DETAIL_LIMIT: usize = 600;

/// The fault behind an error that ended a prompt, or the opening of a new session.
pub(super) fn of(error: &RpcError) -> Fault {
    let words = words(error);
    let kind = stated(&error.data)
        .or_else(|| by_code(error.code, &words))
        .or_else(|| by_words(&words))
        .unwrap_or(FaultKind::Other);
    Fault::new(kind, evidence(error.code, &words))
}

/// The fault behind an error that answered the loading of a session. What is not clearly something else means that
/// the session is gone; opencode, for one, says only "service failure".
pub(super) fn of_loading(error: &RpcError) -> Fault {
    let fault = of(error);
    match fault.kind {
        FaultKind::NotSignedIn if error.code != -32002 => fault,
        FaultKind::LimitReached | FaultKind::Overloaded | FaultKind::NoCredit => fault,
        _ => Fault { kind: FaultKind::SessionLost, ..fault },
    }
}

/// What can be told from the words of a failure that comes without a code; they may begin with an HTTP status.
pub(in crate::provider) fn by_words(words: &str) -> Option<FaultKind> {
    leading_status(words).and_then(|status| by_status(status, words)).or_else(|| spoken(words))
}

/// What can be told from a program's last words on stderr.
pub(in crate::provider) fn spoken_on_stderr(stderr: &str) -> Option<FaultKind> {
    spoken(stderr).filter(|kind| matches!(kind, FaultKind::NotSignedIn | FaultKind::NoCredit))
}

/// Words kept as evidence.
pub(super) fn evidence(code: i64, words: &str) -> String {
    format!("{code}: {}", words.chars().take(DETAIL_LIMIT).collect::<String>())
}

fn words(error: &RpcError) -> String {
    let data = match &error.data {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        data => data["details"].as_str().map_or_else(|| data.to_string(), str::to_owned),
    };
    // "Internal error" says nothing, and would hide a status at the beginning of the details.
    match error.message.strip_prefix("Internal error").map(|rest| rest.trim_start_matches([':', ' '])) {
        Some("") => data,
        Some("Agent error") if !data.is_empty() => data,
        Some(rest) => format!("{rest} {data}"),
        None => format!("{} {data}", error.message),
    }
}

/// Names of errors that agents state beside the words.
fn stated(data: &Value) -> Option<FaultKind> {
    let name = data["errorKind"].as_str().or_else(|| data["errorName"].as_str())?;
    Some(match name {
        "authentication_failed" | "ProviderAuthError" => FaultKind::NotSignedIn,
        "billing_error" => FaultKind::NoCredit,
        "rate_limit" | "usage_limit_reached" => FaultKind::LimitReached,
        "server_error" | "overloaded" => FaultKind::Overloaded,
        "model_not_found" | "ProviderModelNotFoundError" => FaultKind::UnknownModel,
        "prompt_too_long" | "ContextOverflowError" => FaultKind::TooLong,
        _ => return None,
    })
}

fn by_code(code: i64, words: &str) -> Option<FaultKind> {
    match code {
        -32000 => Some(spoken(words).unwrap_or(FaultKind::NotSignedIn)), // ACP: authentication required
        -32002 => Some(FaultKind::SessionLost),                          // ACP: resource not found
        400..=599 => by_status(u16::try_from(code).unwrap_or_default(), words),
        _ => None,
    }
}

fn by_status(status: u16, words: &str) -> Option<FaultKind> {
    match status {
        401 | 403 => Some(FaultKind::NotSignedIn),
        402 => Some(FaultKind::NoCredit),
        404 => Some(FaultKind::UnknownModel),
        413 => Some(FaultKind::TooLong),
        429 => Some(FaultKind::LimitReached),
        // gemini calls a broken connection and a model that is not there a 500.
        500..=599 => {
            let said = spoken(words).filter(|kind| matches!(kind, FaultKind::BrokenStream | FaultKind::UnknownModel));
            Some(said.unwrap_or(FaultKind::Overloaded))
        }
        _ => spoken(words),
    }
}

/// `401 invalid x-api-key` (qwen, droid) begins with the status.
fn leading_status(words: &str) -> Option<u16> {
    let first = words.split_whitespace().next()?;
    first.parse().ok().filter(|status| (400..600).contains(status))
}

/// What can be told from the words alone. The order matters: the more telling phrase stands first.
fn spoken(words: &str) -> Option<FaultKind> {
    const PHRASES: &[(&str, FaultKind)] = &[
        ("session not found", FaultKind::SessionLost),
        ("invalid session identifier", FaultKind::SessionLost),
        ("no previous sessions", FaultKind::SessionLost),
        ("no saved session", FaultKind::SessionLost),
        ("no rollout found", FaultKind::SessionLost),
        ("exceeds the maximum number of tokens", FaultKind::TooLong),
        ("prompt is too long", FaultKind::TooLong),
        ("context length", FaultKind::TooLong),
        ("context window", FaultKind::TooLong),
        ("exceeds model limit", FaultKind::TooLong),
        ("credit balance", FaultKind::NoCredit),
        ("insufficient_quota", FaultKind::NoCredit),
        // Google says of a limit that passes what OpenAI says of an account without credit; the address tells them apart.
        ("ai.google.dev/gemini-api/docs/rate-limits", FaultKind::LimitReached),
        ("check your plan and billing", FaultKind::NoCredit),
        ("insufficient balance", FaultKind::NoCredit),
        ("payment required", FaultKind::NoCredit),
        ("api_key_invalid", FaultKind::NotSignedIn),
        ("api key", FaultKind::NotSignedIn),
        ("api-key", FaultKind::NotSignedIn),
        ("authentication", FaultKind::NotSignedIn),
        ("unauthorized", FaultKind::NotSignedIn),
        ("not logged in", FaultKind::NotSignedIn),
        ("auth method", FaultKind::NotSignedIn),
        ("no access token", FaultKind::NotSignedIn),
        ("permission_denied", FaultKind::NotSignedIn),
        ("has no access", FaultKind::NotSignedIn),
        ("rate limit", FaultKind::LimitReached),
        ("rate_limit", FaultKind::LimitReached),
        ("resource_exhausted", FaultKind::LimitReached),
        ("usage limit", FaultKind::LimitReached),
        ("quota", FaultKind::LimitReached),
        ("too many requests", FaultKind::LimitReached),
        ("overloaded", FaultKind::Overloaded),
        ("service unavailable", FaultKind::Overloaded),
        ("internal server error", FaultKind::Overloaded),
        ("model not found", FaultKind::UnknownModel),
        ("model was not found", FaultKind::UnknownModel),
        ("unknown model", FaultKind::UnknownModel),
        ("no such model", FaultKind::UnknownModel),
        ("does not exist or you do not have access", FaultKind::UnknownModel),
        ("is not found for api version", FaultKind::UnknownModel),
        ("empty response", FaultKind::Empty),
        ("terminated", FaultKind::BrokenStream),
        ("econnreset", FaultKind::BrokenStream),
        ("connection reset", FaultKind::BrokenStream),
        ("socket hang up", FaultKind::BrokenStream),
        ("socket connection was closed", FaultKind::BrokenStream),
        ("fetch failed", FaultKind::BrokenStream),
        ("connection error", FaultKind::BrokenStream),
    ];
    let words = words.to_lowercase();
    PHRASES.iter().find(|(phrase, _)| words.contains(phrase)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::super::message::{Incoming, read};
    use super::*;

    #[track_caller]
    fn error(json: &str) -> RpcError {
        match read(&format!(r#"{{"id":1,"error":{json}}}"#)) {
            Incoming::Answer { outcome: Err(error), .. } => error,
            other => panic!("no error: {other:?}"),
        }
    }

    /// Errors as the agents sent them in the lab.
    #[test]
    fn one_failure_in_many_shapes_is_one_kind() {
        let cases = [
            (
                r#"{"code":400,"message":"{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\",\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}"}"#,
                FaultKind::NotSignedIn,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: invalid x-api-key","data":{"service":"session","errorName":"APIError"}}"#,
                FaultKind::NotSignedIn,
            ),
            (
                r#"{"code":-32603,"message":"Internal error","data":{"details":"401 invalid x-api-key"}}"#,
                FaultKind::NotSignedIn,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: Agent error","data":"401 {\"type\":\"error\"}"}"#,
                FaultKind::NotSignedIn,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: Invalid API key","data":{"errorKind":"authentication_failed"}}"#,
                FaultKind::NotSignedIn,
            ),
            (r#"{"code":-32000,"message":"Authentication required"}"#, FaultKind::NotSignedIn),
            (r#"{"code":403,"message":"PERMISSION_DENIED"}"#, FaultKind::NotSignedIn),
            (
                r#"{"code":-32603,"message":"Internal error: stub: key has no access","data":{"errorName":"APIError"}}"#,
                FaultKind::NotSignedIn,
            ),
            (
                r#"{"code":400,"message":"The input token count (1250000) exceeds the maximum number of tokens allowed (1048576)."}"#,
                FaultKind::TooLong,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: Session too large to compact","data":{"errorName":"ContextOverflowError"}}"#,
                FaultKind::TooLong,
            ),
            (r#"{"code":429,"message":"Rate limit exceeded. Try again later."}"#, FaultKind::LimitReached),
            (
                r#"{"code":-32603,"message":"Internal error: You exceeded your current quota, please check your plan and billing details."}"#,
                FaultKind::NoCredit,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."}"#,
                FaultKind::LimitReached,
            ),
            (
                r#"{"code":-32603,"message":"Internal error: Connection reset by server","data":{"errorName":"APIError"}}"#,
                FaultKind::BrokenStream,
            ),
            (r#"{"code":500,"message":"terminated"}"#, FaultKind::BrokenStream),
            (r#"{"code":500,"message":"stub: internal error"}"#, FaultKind::Overloaded),
            (
                r#"{"code":500,"message":"models/x is not found for API version v1beta, or is not supported for generateContent."}"#,
                FaultKind::UnknownModel,
            ),
            (r#"{"code":503,"message":"overloaded"}"#, FaultKind::Overloaded),
            (r#"{"code":404,"message":"models/x is not found"}"#, FaultKind::UnknownModel),
            (r#"{"code":-32602,"message":"Session not found: 9"}"#, FaultKind::SessionLost),
            (
                r#"{"code":-32602,"message":"Invalid params: session not found: 9","data":{"sessionId":"9"}}"#,
                FaultKind::SessionLost,
            ),
            (
                r#"{"code":-32603,"message":"Internal error","data":{"details":"Session not found: 9"}}"#,
                FaultKind::SessionLost,
            ),
            (
                r#"{"code":-32603,"message":"Internal error","data":{"details":"Model stream ended with empty response text."}}"#,
                FaultKind::Empty,
            ),
            (r#"{"code":-32603,"message":"Internal error"}"#, FaultKind::Other),
            (r#"{}"#, FaultKind::Other),
        ];
        for (json, kind) in cases {
            assert_eq!(of(&error(json)).kind, kind, "{json}");
        }
    }

    #[test]
    fn a_session_that_does_not_load_is_lost_however_it_is_said() {
        let cases = [
            r#"{"code":-32603,"message":"Internal error","data":{"details":"Invalid session identifier \"9\"."}}"#,
            r#"{"code":-32603,"message":"Internal error: OpenCode service failure","data":{"service":"session"}}"#,
            r#"{"code":-32002,"message":"Resource not found: session:9","data":{"uri":"session:9"}}"#,
            r#"{"code":-32603,"message":"Internal error","data":{"details":"no rollout found for thread id 9"}}"#,
        ];
        for json in cases {
            assert_eq!(of_loading(&error(json)).kind, FaultKind::SessionLost, "{json}");
        }
        let sign_in = error(r#"{"code":-32000,"message":"Authentication required"}"#);
        assert_eq!(of_loading(&sign_in).kind, FaultKind::NotSignedIn);
    }
}
