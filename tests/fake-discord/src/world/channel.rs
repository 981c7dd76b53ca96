//! Channels, threads and direct messages (documentation: resources/channel). Never their messages.

use serde_json::{Value, json};

use crate::clock::iso;
use crate::id::Id;
use crate::permissions::{Overwrite, Permission, Target, combine};
use crate::world::World;

/// What kind of place a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Text,
    Forum,
    /// A conversation with one user, beside the bot.
    Direct(Id),
    Thread(Thread),
}

/// What a thread has beyond a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) owner: Id,
    pub(crate) private: bool,
    pub(crate) archived: bool,
    pub(crate) locked: bool,
    pub(crate) auto_archive_minutes: u64,
    pub(crate) members: Vec<Id>,
    pub(crate) created_ms: u64,
    /// When it was last archived or opened again.
    pub(crate) turned_ms: u64,
}

impl Thread {
    /// A public thread, begun now by its first member.
    pub(crate) fn begun(owner: Id, now_ms: u64) -> Self {
        Self {
            owner,
            private: false,
            archived: false,
            locked: false,
            auto_archive_minutes: 1440,
            members: vec![owner],
            created_ms: now_ms,
            turned_ms: now_ms,
        }
    }
}

/// A channel, thread or direct conversation.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) parent: Option<Id>,
    pub(crate) topic: Option<String>,
    pub(crate) overwrites: Vec<Overwrite>,
    pub(crate) position: u32,
    /// Whether only adults may enter. A thread has none of its own.
    pub(crate) nsfw: bool,
}

impl Channel {
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.place, Place::Direct(_))
    }

    pub(crate) fn thread(&self) -> Option<&Thread> {
        match &self.place {
            Place::Thread(thread) => Some(thread),
            _ => None,
        }
    }

    pub(crate) fn kind(&self) -> u8 {
        match &self.place {
            Place::Text => 0,
            Place::Direct(_) => 1,
            Place::Thread(thread) => 11 + u8::from(thread.private),
            Place::Forum => 15,
        }
    }
}

impl World {
    /// A channel as REST and the gateway give it.
    pub(crate) fn channel_json(&self, channel: &Channel) -> Value {
        let last = self.messages.values().rev().find(|m| m.channel == channel.id && !m.deleted).map(|m| m.id.json());
        let mut out = json!({
            "id": channel.id.json(), "type": channel.kind(), "flags": 0, "last_message_id": last,
        });
        match &channel.place {
            Place::Direct(user) => {
                out["recipients"] = json!([self.users.get(user).map(super::user::User::json)]);
                return out;
            }
            Place::Thread(thread) => self.add_thread_fields(&mut out, channel, thread),
            Place::Text | Place::Forum => {
                out["position"] = json!(channel.position);
                out["topic"] = json!(channel.topic);
                out["nsfw"] = json!(channel.nsfw);
                out["permission_overwrites"] = channel.overwrites.iter().map(overwrite_json).collect();
            }
        }
        out["guild_id"] = self.guild.id.json();
        out["name"] = json!(channel.name);
        out["parent_id"] = json!(channel.parent.map(Id::json));
        out["rate_limit_per_user"] = json!(0);
        out
    }

    fn add_thread_fields(&self, out: &mut Value, channel: &Channel, thread: &Thread) {
        let count = self.messages.values().filter(|m| m.channel == channel.id && !m.deleted).count();
        out["owner_id"] = thread.owner.json();
        out["thread_metadata"] = json!({
            "archived": thread.archived, "locked": thread.locked, "archive_timestamp": iso(thread.turned_ms),
            "auto_archive_duration": thread.auto_archive_minutes, "create_timestamp": iso(thread.created_ms),
        });
        out["message_count"] = json!(count);
        out["total_message_sent"] = json!(count);
        out["member_count"] = json!(thread.members.len());
        if thread.members.contains(&self.bot) {
            out["member"] = thread_member_json(channel.id, self.bot, thread);
        }
    }

    /// What a user may do in a channel; a thread has its parent's overwrites.
    pub(crate) fn permissions_in(&self, user: Id, channel: &Channel) -> u64 {
        if let Place::Direct(person) = channel.place {
            return if user == person || user == self.bot { Permission::DIRECT } else { 0 };
        }
        if channel.thread().is_some() {
            let Some(parent) = channel.parent.and_then(|id| self.channels.get(&id)) else { return 0 };
            return self.permissions_in(user, parent);
        }
        let roles = self.guild.members.get(&user).map(|m| m.roles.clone()).unwrap_or_default();
        combine(self.guild.base_permissions(user), self.guild.id, &roles, user, &channel.overwrites)
    }

    pub(crate) fn may(&self, user: Id, channel: &Channel, bits: u64) -> bool {
        self.permissions_in(user, channel) & bits == bits
    }
}

pub(crate) fn thread_member_json(channel: Id, user: Id, thread: &Thread) -> Value {
    json!({ "id": channel.json(), "user_id": user.json(), "join_timestamp": iso(thread.created_ms), "flags": 0 })
}

fn overwrite_json(overwrite: &Overwrite) -> Value {
    let (id, kind) = match overwrite.target {
        Target::Role(id) => (id, 0),
        Target::Member(id) => (id, 1),
    };
    json!({
        "id": id.json(), "type": kind, "allow": overwrite.allow.to_string(), "deny": overwrite.deny.to_string(),
    })
}
