//! Notices: what is said in a channel beside the story, each about one thing and said once. PURE.
//! They are sent by the channel's show; here is only what they are and how the outbox keeps them.

use serde_json::Value;

use super::aloud::Aloud;
use crate::domain::TurnNo;

/// A notice that is to stand in the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// What it is about; the same is said once.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<u64>,
    /// The turn that its button runs again.
    pub again: Option<TurnNo>,
    /// It is a line of somebody, to stand in a character's name.
    pub aloud: Option<Aloud>,
    /// Whom it may call.
    pub pings: Option<u64>,
}

impl Notice {
    /// A notice that answers nothing.
    pub(super) fn new(subject: String, text: String) -> Self {
        Self { subject, text, reply_to: None, again: None, aloud: None, pings: None }
    }

    /// What of it is kept in the outbox, until it was sent.
    pub(super) fn body(&self) -> String {
        let (reply_to, again) = (self.reply_to.map(|id| id.to_string()), self.again.map(|turn| turn.get().to_string()));
        let aloud = self.aloud.as_ref().map(Aloud::body);
        let pings = self.pings.map(|id| id.to_string());
        let Self { text, .. } = self;
        serde_json::json!({ "text": text, "reply_to": reply_to, "again": again, "aloud": aloud, "pings": pings })
            .to_string()
    }

    /// Whether a row of the outbox holds a notice.
    pub(super) fn is_body(body: &str) -> bool {
        serde_json::from_str::<Value>(body).is_ok_and(|body| body["text"].is_string())
    }

    /// Reads [`Notice::body`] back.
    pub(super) fn read(subject: String, body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let number = |name: &str| body[name].as_str().and_then(|id| id.parse().ok());
        let text = body["text"].as_str().unwrap_or_default().to_owned();
        let (reply_to, again, pings) = (number("reply_to"), number("again").map(TurnNo::new), number("pings"));
        Self { subject, text, reply_to, again, aloud: Aloud::read(&body["aloud"]), pings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_back_as_it_was() {
        let (reply_to, again) = (Some(u64::MAX), Some(TurnNo::new(7)));
        let notice = Notice { reply_to, again, ..Notice::new("skipped:3".to_owned(), "Say it again.".to_owned()) };
        assert_eq!(Notice::read("skipped:3".to_owned(), &notice.body()), notice);
    }
}
