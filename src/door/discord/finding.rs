//! Finds a message that Discord perhaps took and of which nobody heard again: in the channel's history, by its words.
//! History does not tell a nonce, so the outbox keeps what each attempt said. What is not recognised for sure is not found.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::outgoing::{Outgoing, SendError, plainer};
use super::rest::{self, Draft};
use super::snowflakes::about;
use crate::store::Parcel;

/// What the outbox's text of a message begins with whose words are those of a turn or a card.
const SAID: &str = "said:";
/// How many attempts at one message are remembered, the newest.
const ATTEMPTS: usize = 64;
/// How many pages of a channel's history are looked through.
const PAGES: usize = 5;
/// How many messages Discord gives at once.
const PAGE: usize = 100;
/// The code of a refusal after which a message goes out without its file.
const NO_FILES: u64 = 50_013;

/// What the outbox keeps of a message before the first attempt to send it.
pub(super) fn attempted(draft: &Draft) -> String {
    attempted_again(None, draft).unwrap_or_default()
}

/// What it keeps from now on, because another attempt says something else; none where what it keeps does as it is.
pub(super) fn attempted_again(kept: Option<&str>, draft: &Draft) -> Option<String> {
    let kept = match kept {
        None => "",
        // Others are kept word for word.
        Some(kept) => kept.strip_prefix(SAID)?,
    };
    let mut all: Vec<String> = kept.split(',').filter(|mark| !mark.is_empty()).map(str::to_owned).collect();
    let before = all.clone();
    let without_file = plainer(draft, NO_FILES).map(|plainer| plainer.content);
    for mark in [Some(draft.content.clone()), without_file].into_iter().flatten().map(|text| mark(&text)) {
        if !all.contains(&mark) {
            all.push(mark);
        }
    }
    let all = all.split_off(all.len().saturating_sub(ATTEMPTS));
    (all != before).then(|| format!("{SAID}{}", all.join(",")))
}

/// By what words are known again, however Discord trims them.
fn mark(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let words = if letters.is_empty() { text.trim() } else { &letters };
    Sha256::digest(words).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a message is the one of which the outbox keeps this.
fn is_it(kept: Option<&str>, message: &Value) -> bool {
    let Some(kept) = kept else { return false };
    let says = mark(message["content"].as_str().unwrap_or_default());
    let answers = message["message_reference"]["message_id"].as_str();
    if let Some(marks) = kept.strip_prefix(SAID) {
        return answers.is_none() && marks.split(',').any(|mark| mark == says);
    }
    let kept: Value = serde_json::from_str(kept).unwrap_or_default();
    let text = kept["text"].as_str().or_else(|| kept["question"].as_str());
    // Where the channel's history may not be read, it goes out as an answer to nothing.
    let fits = answers.is_none() || answers == kept["reply_to"].as_str();
    fits && text.is_some_and(|text| mark(text) == says)
}

impl Outgoing {
    /// Looks for a message whose nonce is too old to be asked with: one of ours from that time that says what it was to
    /// say, that the outbox does not know as sent and that answers no command.
    pub(super) async fn find(&self, parcel: &Parcel) -> Result<Option<u64>, SendError> {
        for message in self.said_since(parcel).await? {
            let ours = message["author"]["id"].as_str().and_then(|id| id.parse().ok()) == Some(self.us);
            let ours = ours && message["interaction_metadata"].is_null() && message["webhook_id"].is_null();
            let Some(id) = rest::id(&message).filter(|_| ours && is_it(parcel.body.as_deref(), &message)) else {
                continue;
            };
            if !self.store.is_sent_message(&self.place, id).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// What was said in the channel since a message was planned, the oldest first.
    pub(super) async fn said_since(&self, parcel: &Parcel) -> Result<Vec<Value>, SendError> {
        let (mut said, mut after) = (Vec::new(), about(parcel.planned_at));
        for _ in 0..PAGES {
            let page = self.rest.messages_after(self.channel, after).await?;
            let whole = page.len() == PAGE;
            after = page.last().and_then(rest::id).unwrap_or(after);
            said.extend(page);
            if !whole {
                break;
            }
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::door::discord::notice::Notice;
    use crate::door::discord::rest::Attached;

    fn message(content: &str, answers: Option<&str>) -> Value {
        let reference = answers.map(|id| json!({ "message_id": id, "channel_id": "1" }));
        json!({ "content": content, "message_reference": reference })
    }

    #[test]
    fn a_message_is_known_by_any_attempt_at_it_and_by_nothing_else() {
        let first = attempted(&Draft::text("The gate"));
        let both = attempted_again(Some(&first), &Draft::text("The gate opens.\n")).unwrap();
        assert_eq!(attempted_again(Some(&both), &Draft::text("The gate")), None);
        for said in ["The gate", "The gate opens."] {
            assert!(is_it(Some(&both), &message(said, None)), "{said}");
        }
        assert!(!is_it(Some(&both), &message("The gate", Some("5"))), "a reply of a turn answers no message");
        assert!(!is_it(Some(&both), &message("-# I was away.", None)));
        assert!(!is_it(None, &message("The gate", None)));
        assert!(!is_it(Some("voice"), &message("voice", None)));
    }

    #[test]
    fn a_notice_is_known_by_its_words_and_by_what_it_answers() {
        let notice = Notice { reply_to: Some(5), ..Notice::new("skipped:3".to_owned(), "Say it again.".to_owned()) };
        let body = notice.body();
        assert!(is_it(Some(&body), &message("Say it again.", Some("5"))));
        assert!(is_it(Some(&body), &message("Say it again.", None)));
        assert!(!is_it(Some(&body), &message("Say it again.", Some("6"))));
        assert!(!is_it(Some(&body), &message("Say it once more.", Some("5"))));
    }

    #[test]
    fn what_went_out_without_its_file_is_known_too() {
        let attached = Attached { name: "turn-1.md".to_owned(), text: "more".to_owned() };
        let text = format!("The end.\n{}", crate::door::discord::wording::rest_attached());
        let long = Draft { attached: Some(attached), ..Draft::text(text) };
        let kept = attempted(&long);
        let without = plainer(&long, NO_FILES).unwrap().content;
        assert!(is_it(Some(&kept), &message(&long.content, None)) && is_it(Some(&kept), &message(&without, None)));
    }

    #[test]
    fn a_hundred_attempts_are_not_kept_for_ever() {
        let mut kept = attempted(&Draft::text("0"));
        for attempt in 1..100 {
            kept = attempted_again(Some(&kept), &Draft::text(attempt.to_string())).unwrap();
        }
        assert!(kept.len() < 64 * 17 + SAID.len() && is_it(Some(&kept), &message("99", None)));
    }
}
