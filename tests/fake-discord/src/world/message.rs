//! Messages, with every earlier version of their text (documentation: resources/message).
//! Never hides anything itself: who may see content is decided where it is rendered.

use serde_json::{Value, json};

use crate::clock::iso;
use crate::id::Id;
use crate::world::World;

/// `EPHEMERAL`: only the one who invoked the interaction sees it.
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// `LOADING`: the placeholder of a deferred answer.
pub(crate) const LOADING: u64 = 1 << 7;
/// `IS_COMPONENTS_V2`.
pub(crate) const COMPONENTS_V2: u64 = 1 << 15;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A user account, the bot included.
    User(Id),
    /// A webhook of that id.
    Webhook(Id),
}

/// A file of a message.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its id.
    pub id: Id,
    /// File name.
    pub name: String,
    /// Content type as declared.
    pub mime: String,
    /// Length in bytes.
    pub size: usize,
    /// Where it is served, on loopback.
    pub url: String,
    /// Description (alternative text).
    pub description: Option<String>,
}

impl Attachment {
    pub(crate) fn json(&self) -> Value {
        let mut out = json!({
            "id": self.id.json(), "filename": self.name, "size": self.size, "url": self.url, "proxy_url": self.url,
            "content_type": self.mime,
        });
        if let Some(description) = &self.description {
            out["description"] = json!(description);
        }
        out
    }
}

/// A reaction and who gave it.
#[derive(Clone, Debug)]
pub struct Reaction {
    /// The emoji: a character, or `name:id`.
    pub emoji: String,
    /// Who reacted.
    pub users: Vec<Id>,
}

/// An earlier version of a message.
#[derive(Clone, Debug)]
pub struct Version {
    /// The text it had.
    pub content: String,
    /// When that text came, in milliseconds since the epoch.
    pub at_ms: u64,
}

/// A message, with everything a test may want to ask about it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// Its channel, thread or direct conversation.
    pub channel: Id,
    /// Who wrote it.
    pub by: By,
    /// The name shown above it: a webhook's may differ per message.
    pub author_name: String,
    /// The avatar a webhook message chose.
    pub avatar_url: Option<String>,
    /// Its text as it is now.
    pub content: String,
    /// Embeds, raw.
    pub embeds: Vec<Value>,
    /// Components, raw.
    pub components: Vec<Value>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Flag bits.
    pub flags: u64,
    /// The message it answers.
    pub reply_to: Option<Id>,
    /// Users it notifies.
    pub mentions: Vec<Id>,
    /// Roles it notifies.
    pub mention_roles: Vec<Id>,
    /// Whether it notifies everyone.
    pub mention_everyone: bool,
    /// The nonce it was sent with.
    pub nonce: Option<Value>,
    /// The interaction it answers.
    pub interaction: Option<Id>,
    /// The only one who sees it.
    pub ephemeral_for: Option<Id>,
    /// Reactions in the order they came.
    pub reactions: Vec<Reaction>,
    /// Earlier versions, oldest first.
    pub history: Vec<Version>,
    /// When it was sent, in milliseconds since the epoch.
    pub sent_ms: u64,
    /// When it was last edited.
    pub edited_ms: Option<u64>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The thread started from it.
    pub thread: Option<Id>,
}

impl Message {
    /// Whether it is a deferred answer still waiting for its text.
    pub fn is_loading(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// Whether a webhook said it, not a user.
    pub fn is_by_webhook(&self) -> bool {
        matches!(self.by, By::Webhook(_))
    }

    /// Whether only one user sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral_for.is_some()
    }

    /// Every text it ever had, oldest first, the present one last.
    pub fn versions(&self) -> Vec<&str> {
        self.history.iter().map(|v| v.content.as_str()).chain([self.content.as_str()]).collect()
    }

    pub(crate) fn pings(&self) -> bool {
        self.mention_everyone || !self.mentions.is_empty() || !self.mention_roles.is_empty()
    }
}

/// Whether the reader may see content (documentation: events/gateway, "Message Content Intent").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Granted,
    /// Only of own messages, direct ones, and those that mention the app.
    Withheld,
}

impl World {
    /// A message as REST and the gateway give it to the bot.
    pub(crate) fn message_json(&self, message: &Message, content: Content) -> Value {
        let mut out = self.bare_message_json(message, content);
        if let Some(id) = message.reply_to {
            let referenced = self.messages.get(&id).filter(|m| !m.deleted);
            out["message_reference"] = json!({
                "type": 0, "message_id": id.json(), "channel_id": message.channel.json(),
            });
            if let Some(guild) = self.guild_of(message.channel) {
                out["message_reference"]["guild_id"] = guild.json();
            }
            out["referenced_message"] = json!(referenced.map(|m| self.bare_message_json(m, content)));
        }
        out
    }

    fn bare_message_json(&self, message: &Message, content: Content) -> Value {
        let readable = content == Content::Granted || self.exempt_from_content_rule(message);
        let mut out = json!({
            "id": message.id.json(), "channel_id": message.channel.json(), "type": self.message_type(message),
            "author": self.author_json(message), "timestamp": iso(message.sent_ms),
            "edited_timestamp": message.edited_ms.map(iso), "flags": message.flags, "pinned": false, "tts": false,
            "content": "", "embeds": [], "attachments": [], "components": [],
            "mentions": message.mentions.iter().filter_map(|id| self.users.get(id)).map(super::user::User::json).collect::<Vec<_>>(),
            "mention_roles": message.mention_roles.iter().map(|id| id.json()).collect::<Vec<_>>(),
            "mention_everyone": message.mention_everyone,
        });
        if readable {
            out["content"] = json!(message.content);
            out["embeds"] = json!(message.embeds);
            out["components"] = json!(message.components);
            out["attachments"] = message.attachments.iter().map(Attachment::json).collect();
        }
        self.add_optional_fields(&mut out, message);
        out
    }

    fn add_optional_fields(&self, out: &mut Value, message: &Message) {
        if let Some(nonce) = &message.nonce {
            out["nonce"] = nonce.clone();
        }
        if let By::Webhook(id) = message.by {
            out["webhook_id"] = id.json();
            if self.webhooks.get(&id).is_some_and(|hook| hook.application.is_some()) {
                out["application_id"] = self.application.json();
            }
        }
        if let Some(interaction) = message.interaction.and_then(|id| self.interactions.get(&id)) {
            out["webhook_id"] = self.application.json();
            out["application_id"] = self.application.json();
            out["interaction_metadata"] = json!({
                "id": interaction.id.json(), "type": interaction.kind.number(),
                "user": self.users.get(&interaction.user).map(super::user::User::json),
                "authorizing_integration_owners": { "0": self.guild.id.json() },
            });
            if let Some(source) = interaction.source {
                out["interaction_metadata"]["interacted_message_id"] = source.json();
            }
        }
        if !message.reactions.is_empty() {
            out["reactions"] = message.reactions.iter().map(|r| self.reaction_json(r)).collect();
        }
        if let Some(thread) = message.thread.and_then(|id| self.channels.get(&id)) {
            out["thread"] = self.channel_json(thread);
        }
    }

    /// 0 plain, 19 reply, 20 answer to a chat command, 23 answer to a context menu.
    fn message_type(&self, message: &Message) -> u8 {
        match message.interaction.and_then(|id| self.interactions.get(&id)) {
            Some(interaction) if interaction.original == Some(message.id) => interaction.kind.message_type(),
            Some(_) => 19,
            None if message.reply_to.is_some() => 19,
            None => 0,
        }
    }

    fn author_json(&self, message: &Message) -> Value {
        match message.by {
            By::User(id) => self.users.get(&id).map(super::user::User::json).unwrap_or_default(),
            By::Webhook(id) => json!({
                "id": id.json(), "username": message.author_name, "discriminator": "0000", "avatar": null,
                "global_name": null, "bot": true, "public_flags": 0, "flags": 0, "primary_guild": null,
            }),
        }
    }

    fn reaction_json(&self, reaction: &Reaction) -> Value {
        json!({
            "emoji": emoji_json(&reaction.emoji), "count": reaction.users.len(),
            "count_details": { "burst": 0, "normal": reaction.users.len() }, "burst_colors": [], "me_burst": false,
            "burst_me": false, "burst_count": 0, "me": reaction.users.contains(&self.bot),
        })
    }

    fn exempt_from_content_rule(&self, message: &Message) -> bool {
        let own = match message.by {
            By::User(id) => id == self.bot,
            By::Webhook(id) => self.webhooks.get(&id).is_some_and(|hook| hook.application.is_some()),
        };
        own || self.guild_of(message.channel).is_none() || message.mentions.contains(&self.bot)
    }

    /// Whether the bot, or a webhook it owns, wrote it.
    pub(crate) fn is_from_bot(&self, message: &Message) -> bool {
        match message.by {
            By::User(id) => id == self.bot,
            By::Webhook(id) => self.webhooks.get(&id).is_some_and(|hook| hook.application.is_some()),
        }
    }

    /// The guild a channel belongs to; none for direct messages.
    pub(crate) fn guild_of(&self, channel: Id) -> Option<Id> {
        self.channels.get(&channel).filter(|c| !c.is_direct()).map(|_| self.guild.id)
    }
}

/// An emoji from `👀` or `name:id`.
pub(crate) fn emoji_json(emoji: &str) -> Value {
    match emoji.split_once(':') {
        Some((name, id)) => json!({ "id": id, "name": name, "animated": false }),
        None => json!({ "id": null, "name": emoji }),
    }
}
