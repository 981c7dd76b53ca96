//! What this door asks of Discord about messages: send, edit, delete, read back, react, show typing.
//! Every text goes out with all mentions off, but for people whom a host lets it call.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Call, Repeat, Rest, RestError, RouteKey};

/// What a message is to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::door::discord) struct Draft {
    /// Its text, at most 2,000 UTF-16 units.
    pub content: String,
    /// Its rows of buttons, as Discord writes them (components/reference).
    pub components: Vec<Value>,
    /// A file with it.
    pub attached: Option<Attached>,
    /// The message it answers.
    pub reply_to: Option<u64>,
    /// The people it may call, if it names them.
    pub pings: Vec<u64>,
}

/// A text file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::door::discord) struct Attached {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Attached {
    pub(super) fn form(&self, body: &Value) -> Result<Form, reqwest::Error> {
        let file = Part::text(self.text.clone()).file_name(self.name.clone()).mime_str("text/markdown")?;
        Ok(Form::new().text("payload_json", body.to_string()).part("files[0]", file))
    }
}

impl Draft {
    /// A message of text alone.
    pub(in crate::door::discord) fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "content": self.content,
            "components": self.components,
            "allowed_mentions": { "parse": [], "replied_user": false },
        });
        if !self.pings.is_empty() {
            let users: Vec<_> = self.pings.iter().map(u64::to_string).collect();
            body["allowed_mentions"]["users"] = json!(users);
        }
        if let Some(message) = self.reply_to {
            // Whoever wrote it may have removed it meanwhile; then this stands alone.
            body["message_reference"] = json!({ "message_id": message.to_string(), "fail_if_not_exists": false });
        }
        if let Some(attached) = &self.attached {
            body["attachments"] = json!([{ "id": 0, "filename": attached.name }]);
        }
        body
    }
}

/// What edits of messages in `channel` are limited by.
pub(in crate::door::discord) fn editing(channel: u64) -> RouteKey {
    edit_call(channel, 0).route
}

fn edit_call(channel: u64, message: u64) -> Call {
    let path = format!("/channels/{channel}/messages/{message}");
    Call::new(Method::PATCH, path, "/channels/{}/messages/{}", channel)
}

impl Rest {
    /// Sends a message once, however often it must be tried: Discord knows it by its nonce. Gives its id.
    pub(in crate::door::discord) async fn send(
        &self,
        channel: u64,
        draft: &Draft,
        nonce: &str,
    ) -> Result<u64, RestError> {
        let mut body = draft.body();
        body["nonce"] = json!(nonce);
        body["enforce_nonce"] = json!(true);
        let path = format!("/channels/{channel}/messages");
        let mut call = Call::new(Method::POST, path, "/channels/{}/messages", channel).body(body);
        call.attached = draft.attached.clone();
        let sent = self.call(call).await?;
        id(&sent).ok_or_else(|| RestError::Unanswered("the answer names no message".to_owned()))
    }

    /// Makes a message say this instead.
    pub(in crate::door::discord) async fn edit(
        &self,
        channel: u64,
        message: u64,
        draft: &Draft,
    ) -> Result<(), RestError> {
        let mut body = draft.body();
        if let Value::Object(fields) = &mut body {
            // What a message answers is settled when it is sent.
            fields.remove("message_reference");
        }
        let mut call = edit_call(channel, message).body(body);
        call.attached = draft.attached.clone();
        self.call(call).await.map(drop)
    }

    /// Removes a message of ours.
    pub(in crate::door::discord) async fn delete(&self, channel: u64, message: u64) -> Result<(), RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.call(Call::new(Method::DELETE, path, "/channels/{}/messages/{}", channel)).await.map(drop)
    }

    /// The messages of a channel after message `after`, the oldest first, at most 100.
    pub(in crate::door::discord) async fn messages_after(
        &self,
        channel: u64,
        after: u64,
    ) -> Result<Vec<Value>, RestError> {
        let path = format!("/channels/{channel}/messages?after={after}&limit=100");
        let page = self.call(Call::new(Method::GET, path, "/channels/{}/messages", channel)).await?;
        // Nothing is not the same as no message: who took it for that would never look there again.
        let Value::Array(mut messages) = page else {
            return Err(RestError::Unanswered("no page of messages".to_owned()));
        };
        messages.sort_by_key(id);
        Ok(messages)
    }

    /// A message as it is now.
    pub(in crate::door::discord) async fn message(&self, channel: u64, message: u64) -> Result<Value, RestError> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.call(Call::new(Method::GET, path, "/channels/{}/messages/{}", channel)).await
    }

    /// Marks a message with an emoji.
    pub(in crate::door::discord) async fn react(
        &self,
        channel: u64,
        message: u64,
        emoji: &str,
    ) -> Result<(), RestError> {
        self.reaction(Method::PUT, channel, message, emoji).await
    }

    /// Takes our mark off a message.
    pub(in crate::door::discord) async fn unreact(
        &self,
        channel: u64,
        message: u64,
        emoji: &str,
    ) -> Result<(), RestError> {
        self.reaction(Method::DELETE, channel, message, emoji).await
    }

    async fn reaction(&self, method: Method, channel: u64, message: u64, emoji: &str) -> Result<(), RestError> {
        let emoji: String = emoji.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/channels/{channel}/messages/{message}/reactions/{emoji}/@me");
        // Discord limits setting and removing of reactions together.
        let mut call = Call::new(method, path, "/channels/{}/messages/{}/reactions", channel);
        call.route = RouteKey(format!("reactions {channel}"));
        self.call(call).await.map(drop)
    }

    /// Shows for ten seconds that somebody writes.
    pub(in crate::door::discord) async fn typing(&self, channel: u64) -> Result<(), RestError> {
        let mut call = Call::new(Method::POST, format!("/channels/{channel}/typing"), "/channels/{}/typing", channel);
        call.repeat = Repeat::Never;
        self.call(call).await.map(drop)
    }

    /// Registers these global commands in place of all that there were.
    pub(in crate::door::discord) async fn set_commands(&self, application: u64, all: Value) -> Result<(), RestError> {
        let path = format!("/applications/{application}/commands");
        self.call(Call::new(Method::PUT, path, "/applications/{}/commands", application).body(all)).await.map(drop)
    }

    /// Removes what is at `path`; what is not there any more is removed.
    pub(in crate::door::discord) async fn remove(&self, path: &str) -> Result<(), RestError> {
        match self.call(Call::new(Method::DELETE, path.to_owned(), path, 0)).await {
            Err(RestError::Refused { status: 404, .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The channel of the direct conversation with a user.
    pub(in crate::door::discord) async fn open_direct(&self, user: u64) -> Result<u64, RestError> {
        let body = json!({ "recipient_id": user.to_string() });
        let call = Call::new(Method::POST, "/users/@me/channels".to_owned(), "/users/@me/channels", 0).body(body);
        let opened = self.call(call).await?;
        id(&opened).ok_or_else(|| RestError::Unanswered("the answer names no channel".to_owned()))
    }

    /// Asks for something that is only read.
    pub(in crate::door::discord) async fn get(&self, path: &str) -> Result<Value, RestError> {
        self.call(Call::new(Method::GET, path.to_owned(), path, 0)).await
    }
}

/// The id of what an answer describes.
pub(in crate::door::discord) fn id(object: &Value) -> Option<u64> {
    object["id"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_can_ping() {
        let body = Draft::text("@everyone <@1>").body();
        assert_eq!(body["allowed_mentions"], json!({ "parse": [], "replied_user": false }));
    }
}
