//! What this door asks of Discord about webhooks: find its own, make one, speak through it.
//! What is spoken has no nonce that Discord would enforce, so a request that may have arrived is never repeated here.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Call, Draft, Repeat, Rest, RestError, id};

/// Discord's codes for a webhook that is not there any more, and for one whose token is not its own
/// (topics/opcodes-and-status-codes, "JSON").
pub(in crate::door::discord) const UNKNOWN_WEBHOOK: u64 = 10_015;
/// See [`UNKNOWN_WEBHOOK`]. It comes with status 401 and is not about the bot's own token.
pub(in crate::door::discord) const WEBHOOK_TOKEN: u64 = 50_027;
/// What ours are called in the settings of a channel; what they say goes by other names.
pub(in crate::door::discord) const WEBHOOK_NAME: &str = "Talekeeper";

/// A webhook of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::door::discord) struct Hook {
    /// Its id.
    pub id: u64,
    token: String,
}

/// As whom something is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::door::discord) struct Voice {
    /// The name as Discord takes it.
    pub name: String,
    /// Where their picture is.
    pub picture: Option<String>,
}

impl Rest {
    /// The webhooks of a channel that this application made, the oldest first.
    pub(in crate::door::discord) async fn own_webhooks(
        &self,
        channel: u64,
        application: u64,
    ) -> Result<Vec<Hook>, RestError> {
        let path = format!("/channels/{channel}/webhooks");
        let all = self.call(Call::new(Method::GET, path, "/channels/{}/webhooks", channel)).await?;
        let ours = |hook: &&Value| hook["application_id"].as_str() == Some(application.to_string().as_str());
        let mut ours: Vec<Hook> = all.as_array().into_iter().flatten().filter(ours).filter_map(hook).collect();
        ours.sort_by_key(|hook| hook.id);
        Ok(ours)
    }

    /// Removes a webhook.
    pub(in crate::door::discord) async fn remove_webhook(&self, hook: &Hook) -> Result<(), RestError> {
        self.remove(&format!("/webhooks/{}", hook.id)).await
    }

    /// Makes a webhook in a channel. Sent twice it would make two, so it is not.
    pub(in crate::door::discord) async fn make_webhook(&self, channel: u64) -> Result<Hook, RestError> {
        let path = format!("/channels/{channel}/webhooks");
        let mut call =
            Call::new(Method::POST, path, "/channels/{}/webhooks", channel).body(json!({ "name": WEBHOOK_NAME }));
        call.repeat = Repeat::Never;
        hook(&self.call(call).await?).ok_or_else(|| RestError::Unanswered("the answer names no webhook".to_owned()))
    }

    /// Says something through a webhook, in its channel or in a thread of it. Gives the message's id.
    pub(in crate::door::discord) async fn speak(
        &self,
        hook: &Hook,
        thread: Option<u64>,
        voice: &Voice,
        draft: &Draft,
    ) -> Result<u64, RestError> {
        let mut body = draft.body();
        if let Value::Object(fields) = &mut body {
            // A webhook answers nothing.
            fields.remove("message_reference");
        }
        body["username"] = json!(voice.name);
        if let Some(picture) = &voice.picture {
            body["avatar_url"] = json!(picture);
        }
        let thread = thread.map(|thread| format!("&thread_id={thread}")).unwrap_or_default();
        let path = format!("/webhooks/{}/{}?wait=true{thread}", hook.id, hook.token);
        let mut call = Call::new(Method::POST, path, "/webhooks/{}", hook.id).body(body);
        (call.attached, call.repeat) = (draft.attached.clone(), Repeat::Never);
        let sent = self.call(call).await?;
        id(&sent).ok_or_else(|| RestError::Unanswered("the answer names no message".to_owned()))
    }

    /// Makes something that was said through a webhook say this instead; name and picture stay.
    pub(in crate::door::discord) async fn edit_spoken(
        &self,
        hook: &Hook,
        thread: Option<u64>,
        message: u64,
        draft: &Draft,
    ) -> Result<(), RestError> {
        let thread = thread.map(|thread| format!("?thread_id={thread}")).unwrap_or_default();
        let path = format!("/webhooks/{}/{}/messages/{message}{thread}", hook.id, hook.token);
        let body = json!({ "content": draft.content, "allowed_mentions": { "parse": [] } });
        let call = Call::new(Method::PATCH, path, "/webhooks/{}/messages/{}", hook.id).body(body);
        self.call(call).await.map(drop)
    }
}

impl Rest {
    /// Removes what was said through a webhook.
    pub(in crate::door::discord) async fn unspeak(
        &self,
        hook: &Hook,
        thread: Option<u64>,
        message: u64,
    ) -> Result<(), RestError> {
        let thread = thread.map(|thread| format!("?thread_id={thread}")).unwrap_or_default();
        let path = format!("/webhooks/{}/{}/messages/{message}{thread}", hook.id, hook.token);
        self.call(Call::new(Method::DELETE, path, "/webhooks/{}/{}/messages/{}", hook.id)).await.map(drop)
    }
}

fn hook(object: &Value) -> Option<Hook> {
    Some(Hook { id: id(object)?, token: object["token"].as_str()?.to_owned() })
}
