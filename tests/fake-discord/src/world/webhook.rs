//! Webhooks of channels (documentation: resources/webhook). Never the interaction tokens, which only share their paths.

use serde_json::{Value, json};

use crate::id::Id;
use crate::world::World;

/// An incoming webhook.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: Id,
    pub(crate) channel: Id,
    pub(crate) name: String,
    pub(crate) token: String,
    /// Set when the bot made it: only then may it carry interactive parts.
    pub(crate) application: Option<Id>,
    pub(crate) user: Id,
}

impl World {
    /// A webhook as the bot may see it; the token only of its own ones.
    pub(crate) fn webhook_json(&self, webhook: &Webhook) -> Value {
        let mut out = json!({
            "id": webhook.id.json(), "type": 1, "guild_id": self.guild.id.json(), "channel_id": webhook.channel.json(),
            "name": webhook.name, "avatar": null, "application_id": webhook.application.map(Id::json),
            "user": self.users.get(&webhook.user).map(super::user::User::json),
        });
        if webhook.application.is_some() {
            out["token"] = json!(webhook.token);
            out["url"] = json!(format!("{}/api/webhooks/{}/{}", self.origin, webhook.id, webhook.token));
        }
        out
    }
}
