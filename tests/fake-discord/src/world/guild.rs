//! The guild: roles and members (documentation: resources/guild, topics/permissions). Never changes anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::iso;
use crate::id::Id;
use crate::intents::Intent;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::channel::Channel;

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) permissions: u64,
    pub(crate) position: u32,
}

impl Role {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id.json(), "name": self.name, "permissions": self.permissions.to_string(),
            "position": self.position, "color": 0,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "hoist": false, "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
            "description": null,
        })
    }
}

/// A user's membership.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) user: Id,
    pub(crate) nick: Option<String>,
    pub(crate) roles: Vec<Id>,
    pub(crate) joined_ms: u64,
}

/// The one guild of a world.
#[derive(Clone, Debug)]
pub(crate) struct Guild {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) owner: Id,
    pub(crate) roles: Vec<Role>,
    pub(crate) members: BTreeMap<Id, Member>,
}

impl Guild {
    pub(crate) fn role(&self, id: Id) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// What a member may do before channels have their say.
    pub(crate) fn base_permissions(&self, user: Id) -> u64 {
        if user == self.owner {
            return Permission::ALL;
        }
        let Some(member) = self.members.get(&user) else { return 0 };
        let granted = |bits, role: &Role| bits | role.permissions;
        // `@everyone` has the guild's own id.
        self.roles.iter().filter(|role| role.id == self.id || member.roles.contains(&role.id)).fold(0, granted)
    }

    /// The guild as REST gives it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id.json(), "name": self.name, "icon": null, "icon_hash": null, "description": null, "home_header": null,
            "splash": null, "discovery_splash": null, "features": [], "banner": null,
            "owner_id": self.owner.json(), "application_id": null, "region": "deprecated",
            "afk_channel_id": null, "afk_timeout": 300, "system_channel_id": null, "system_channel_flags": 0,
            "widget_enabled": false, "widget_channel_id": null, "verification_level": 0,
            "roles": self.roles.iter().map(Role::json).collect::<Vec<_>>(),
            "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
            "max_presences": null, "max_members": 500_000, "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25, "vanity_url_code": null, "premium_tier": 0,
            "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null,
            "safety_alerts_channel_id": null, "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
            "incidents_data": null,
        })
    }
}

impl World {
    /// A member with the user inside, as REST and GUILD_CREATE give it.
    pub(crate) fn member_json(&self, user: Id) -> Option<Value> {
        let mut member = self.partial_member_json(user)?;
        member["user"] = self.users.get(&user)?.json();
        Some(member)
    }

    /// A member without the user, as MESSAGE_CREATE gives it.
    pub(crate) fn partial_member_json(&self, user: Id) -> Option<Value> {
        let member = self.guild.members.get(&user)?;
        Some(json!({
            "avatar": null, "banner": null, "communication_disabled_until": null, "flags": 0,
            "joined_at": iso(member.joined_ms), "nick": member.nick, "pending": false, "premium_since": null,
            "roles": member.roles.iter().map(|role| role.json()).collect::<Vec<_>>(), "mute": false, "deaf": false,
        }))
    }

    /// The guild as GUILD_CREATE gives it.
    pub(crate) fn guild_create_json(&self, intents: u64) -> Value {
        let visible = |channel: &&Channel| self.may(self.bot, channel, Permission::VIEW_CHANNEL);
        let (threads, channels): (Vec<&Channel>, Vec<&Channel>) = self
            .channels
            .values()
            .filter(|channel| !channel.is_direct())
            .filter(visible)
            .partition(|channel| channel.thread().is_some());
        let everybody = intents & Intent::GUILD_MEMBERS != 0;
        let members = self.guild.members.keys().filter(|id| everybody || **id == self.bot);
        let mut out = self.guild.json();
        out["joined_at"] = json!(iso(self.guild.members[&self.bot].joined_ms));
        out["large"] = json!(false);
        out["unavailable"] = json!(false);
        out["member_count"] = json!(self.guild.members.len());
        out["members"] = members.filter_map(|id| self.member_json(*id)).collect();
        out["channels"] = channels.iter().map(|c| self.channel_json(c)).collect();
        out["threads"] =
            threads.iter().filter(|c| c.thread().is_some_and(|t| !t.archived)).map(|c| self.channel_json(c)).collect();
        for empty in ["voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
            out[empty] = json!([]);
        }
        out
    }
}
