//! Error answers with Discord's own codes and words (documentation: topics/opcodes-and-status-codes, "JSON Error
//! Codes"; reference, "Error Messages"). Never decides when to refuse.

use serde_json::{Value, json};

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: u64,
    pub(crate) message: &'static str,
    /// The nested `errors` of a 50035.
    pub(crate) errors: Option<Value>,
}

const fn plain(status: u16, code: u64, message: &'static str) -> Refusal {
    Refusal { status, code, message, errors: None }
}

pub(crate) const UNAUTHORIZED: Refusal = plain(401, 0, "401: Unauthorized");
pub(crate) const NOT_FOUND: Refusal = plain(404, 0, "404: Not Found");
pub(crate) const UNKNOWN_CHANNEL: Refusal = plain(404, 10003, "Unknown Channel");
pub(crate) const UNKNOWN_GUILD: Refusal = plain(404, 10004, "Unknown Guild");
pub(crate) const UNKNOWN_MEMBER: Refusal = plain(404, 10007, "Unknown Member");
pub(crate) const UNKNOWN_MESSAGE: Refusal = plain(404, 10008, "Unknown Message");
pub(crate) const UNKNOWN_USER: Refusal = plain(404, 10013, "Unknown User");
pub(crate) const UNKNOWN_EMOJI: Refusal = plain(400, 10014, "Unknown Emoji");
pub(crate) const UNKNOWN_WEBHOOK: Refusal = plain(404, 10015, "Unknown Webhook");
pub(crate) const UNKNOWN_INTERACTION: Refusal = plain(404, 10062, "Unknown interaction");
pub(crate) const UNKNOWN_COMMAND: Refusal = plain(404, 10063, "Unknown application command");
pub(crate) const TOO_MANY_WEBHOOKS: Refusal = plain(400, 30007, "Maximum number of webhooks reached (15)");
pub(crate) const TOO_LARGE: Refusal = plain(413, 40005, "Request entity too large");
pub(crate) const ALREADY_ANSWERED: Refusal = plain(400, 40060, "Interaction has already been acknowledged.");
pub(crate) const MISSING_ACCESS: Refusal = plain(403, 50001, "Missing Access");
pub(crate) const NOT_THE_AUTHOR: Refusal = plain(403, 50005, "Cannot edit a message authored by another user");
pub(crate) const EMPTY_MESSAGE: Refusal = plain(400, 50006, "Cannot send an empty message");
pub(crate) const CANNOT_MESSAGE_USER: Refusal = plain(403, 50007, "Cannot send messages to this user");
pub(crate) const NON_TEXT_CHANNEL: Refusal = plain(400, 50008, "Cannot send messages in a non-text channel");
pub(crate) const MISSING_PERMISSIONS: Refusal = plain(403, 50013, "Missing Permissions");
pub(crate) const WRONG_CHANNEL_TYPE: Refusal = plain(400, 50024, "Cannot execute action on this channel type");
pub(crate) const INVALID_WEBHOOK_TOKEN: Refusal = plain(401, 50027, "Invalid Webhook Token");
pub(crate) const ARCHIVED: Refusal = plain(400, 50083, "Thread is archived");
pub(crate) const BAD_JSON: Refusal = plain(400, 50109, "The request body contains invalid JSON.");
pub(crate) const NO_HISTORY: Refusal = plain(400, 160_002, "Cannot reply without permission to read message history");
pub(crate) const HAS_THREAD: Refusal = plain(400, 160_004, "A thread has already been created for this message");
pub(crate) const LOCKED: Refusal = plain(400, 160_005, "Thread is locked");

impl Refusal {
    /// 50035 about one field, named by its path, as `embeds.0.title`.
    pub(crate) fn form(path: &str, code: &str, message: &str) -> Self {
        let leaf = json!({ "_errors": [{ "code": code, "message": message }] });
        let errors = path.rsplit('.').fold(leaf, |inner, name| json!({ name: inner }));
        Self { status: 400, code: 50035, message: "Invalid Form Body", errors: Some(errors) }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_errors_nest_by_path() {
        let body = Refusal::form("embeds.0.title", "BASE_TYPE_MAX_LENGTH", "too long").body();
        assert_eq!(body["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
        assert_eq!(body["code"], 50035);
    }
}
