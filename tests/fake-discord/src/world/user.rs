//! Users as Discord knows them (documentation: resources/user). Never holds what a user did.

use serde_json::{Value, json};

use crate::id::Id;

/// A user account: a person or the bot.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) bot: bool,
}

impl User {
    pub(crate) fn json(&self) -> Value {
        let mut user = json!({
            "id": self.id.json(), "username": self.name, "discriminator": "0", "global_name": self.name,
            "avatar": null, "banner": null, "accent_color": null, "avatar_decoration_data": null,
            "public_flags": 0, "flags": 0, "primary_guild": null,
        });
        if self.bot {
            user["bot"] = json!(true);
        }
        user
    }
}
