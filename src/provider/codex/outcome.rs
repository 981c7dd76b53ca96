//! What a failure means: codex's own names for it, else the HTTP status, else its fixed sentences.
//! PURE. Never takes an end for good that does not say so.

use serde_json::Value;

use super::words::{clip, text};
use crate::domain::FaultKind;

/// How much of the CLI's own words is kept as evidence, in characters.
pub(super) const DETAIL_LIMIT: usize = 600;

/// The kind of a `TurnError{message, codexErrorInfo, additionalDetails}`.
pub(super) fn kind(error: &Value) -> FaultKind {
    let message = text(error, "message");
    match &error["codexErrorInfo"] {
        Value::String(name) => named(name, message),
        Value::Object(info) => {
            let Some((name, details)) = info.iter().next() else { return spoken(message) };
            match details["httpStatusCode"].as_u64() {
                Some(status) => by_status(status),
                None => connection(name, message),
            }
        }
        _ => spoken(message),
    }
}

/// The evidence for the log.
pub(super) fn detail(error: &Value) -> String {
    let parts = [text(error, "message"), text(error, "additionalDetails")];
    clip(&parts.map(str::trim).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; "), DETAIL_LIMIT)
}

fn named(name: &str, message: &str) -> FaultKind {
    match name {
        "contextWindowExceeded" => FaultKind::TooLong,
        "sessionBudgetExceeded" => FaultKind::TurnBudget,
        // One name for a plan's limit, which passes, and for an account without credit, which does not.
        "usageLimitExceeded" if message.starts_with("Quota exceeded") => FaultKind::NoCredit,
        "usageLimitExceeded" | "rateLimitExceeded" => FaultKind::LimitReached,
        "serverOverloaded" | "internalServerError" | "flexUnavailable" | "policyCapacityUnavailable" => {
            FaultKind::Overloaded
        }
        "modelNotFound" => FaultKind::UnknownModel,
        "unauthorized" => FaultKind::NotSignedIn,
        "cyberPolicy" | "misalignmentPolicyViolation" | "inferenceHookDenied" => FaultKind::Refused,
        _ => spoken(message),
    }
}

fn by_status(status: u64) -> FaultKind {
    match status {
        401 | 403 => FaultKind::NotSignedIn,
        402 => FaultKind::NoCredit,
        404 => FaultKind::UnknownModel,
        413 => FaultKind::TooLong,
        429 => FaultKind::LimitReached,
        500.. => FaultKind::Overloaded,
        _ => FaultKind::Other,
    }
}

fn connection(name: &str, message: &str) -> FaultKind {
    match name {
        "httpConnectionFailed" | "responseStreamConnectionFailed" | "responseStreamDisconnected" => {
            FaultKind::BrokenStream
        }
        "responseTooManyFailedAttempts" => FaultKind::Overloaded,
        _ => spoken(message),
    }
}

/// Sentences of the CLI that are all it gives.
pub(super) fn spoken(message: &str) -> FaultKind {
    let table = [
        ("no rollout found", FaultKind::SessionLost),
        ("invalid session id", FaultKind::SessionLost),
        ("invalid thread id", FaultKind::SessionLost),
        ("thread not found", FaultKind::SessionLost),
        ("stream disconnected", FaultKind::BrokenStream),
        ("Connection failed", FaultKind::BrokenStream),
        ("error sending request", FaultKind::BrokenStream),
        ("Missing environment variable", FaultKind::NotSignedIn),
        ("Not logged in", FaultKind::NotSignedIn),
        ("failed to load configuration", FaultKind::NotStarted),
        ("unknown variant", FaultKind::Garbled),
        ("missing field", FaultKind::Garbled),
    ];
    table.iter().find(|(sentence, _)| message.contains(sentence)).map_or(FaultKind::Other, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(info: &Value, message: &str, expect: FaultKind) {
        assert_eq!(kind(&json!({"message": message, "codexErrorInfo": info})), expect, "{info} {message}");
    }

    #[test]
    fn names_statuses_and_sentences_have_their_kinds() {
        let status = |name: &str, status: Option<u64>| json!({ name: {"httpStatusCode": status} });
        check(&json!("contextWindowExceeded"), "", FaultKind::TooLong);
        check(&json!("usageLimitExceeded"), "You've hit your usage limit.", FaultKind::LimitReached);
        check(&json!("usageLimitExceeded"), "Quota exceeded. Check your plan and billing.", FaultKind::NoCredit);
        check(&json!("cyberPolicy"), "", FaultKind::Refused);
        check(&json!("other"), "stream disconnected before completion: x", FaultKind::BrokenStream);
        check(&json!("of tomorrow"), "", FaultKind::Other);
        check(&status("httpConnectionFailed", Some(401)), "", FaultKind::NotSignedIn);
        check(&status("responseTooManyFailedAttempts", Some(429)), "", FaultKind::LimitReached);
        check(&status("responseTooManyFailedAttempts", Some(503)), "", FaultKind::Overloaded);
        check(&status("responseStreamDisconnected", None), "", FaultKind::BrokenStream);
        check(&Value::Null, "Missing environment variable: `KEY`.", FaultKind::NotSignedIn);
        check(&json!({}), "", FaultKind::Other);
    }
}
