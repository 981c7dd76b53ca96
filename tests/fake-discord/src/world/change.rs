//! The one way in which the world changes: state first, then the events it causes. Never asks whether it may.

use serde_json::{Value, json};

use crate::id::Id;
use crate::intents::Intent;
use crate::permissions::Permission;
use crate::world::World;
use crate::world::channel::{Channel, Place, thread_member_json};
use crate::world::guild::{Member, Role};
use crate::world::interaction::Interaction;
use crate::world::message::{Content, Message, Reaction, Version, emoji_json};
use crate::world::webhook::Webhook;

/// Everything that can happen in the world.
#[derive(Debug)]
pub(crate) enum Change {
    MessageCreated(Box<Message>),
    /// The message as it is from now on; its old text goes into the history.
    MessageEdited(Box<Message>, Edited),
    MessageDeleted(Id),
    ReactionAdded {
        message: Id,
        user: Id,
        emoji: String,
    },
    ReactionRemoved {
        message: Id,
        user: Id,
        emoji: String,
    },
    TypingStarted {
        channel: Id,
        user: Id,
    },
    ChannelCreated(Channel),
    ChannelUpdated(Channel),
    ChannelDeleted(Id),
    MemberJoined(Member),
    MemberUpdated(Member),
    RoleCreated(Role),
    WebhookCreated(Webhook),
    WebhookDeleted(Id),
    InteractionCreated(Box<Interaction>),
}

/// Whether an edit shows as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Visibly,
    /// A placeholder got its text, or a thread was attached: no "edited" mark.
    Silently,
}

/// Something the gateway may tell, and whom.
pub(crate) struct Event<'a> {
    pub(crate) name: &'static str,
    /// Intent bits of which one is needed; 0 needs none.
    pub(crate) intent: u64,
    pub(crate) payload: &'a dyn Fn(Content) -> Value,
}

impl World {
    /// Performs a change and tells the sessions that may know of it.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::MessageCreated(message) => self.message_created(*message),
            Change::MessageEdited(message, edited) => self.message_edited(*message, edited),
            Change::MessageDeleted(id) => self.message_deleted(id),
            Change::ReactionAdded { message, user, emoji } => self.reaction_added(message, user, &emoji),
            Change::ReactionRemoved { message, user, emoji } => self.reaction_removed(message, user, &emoji),
            Change::TypingStarted { channel, user } => self.typing_started(channel, user),
            Change::ChannelCreated(channel) => self.channel_created(channel),
            Change::ChannelUpdated(channel) => self.channel_updated(channel),
            Change::ChannelDeleted(id) => self.channel_deleted(id),
            Change::MemberJoined(member) => self.member_changed(member, "GUILD_MEMBER_ADD"),
            Change::MemberUpdated(member) => self.member_changed(member, "GUILD_MEMBER_UPDATE"),
            Change::RoleCreated(role) => {
                let payload = json!({ "guild_id": self.guild.id.json(), "role": role.json() });
                self.guild.roles.push(role);
                self.tell("GUILD_ROLE_CREATE", Intent::GUILDS, &payload);
            }
            Change::WebhookCreated(webhook) => {
                let channel = webhook.channel;
                self.webhooks.insert(webhook.id, webhook);
                self.webhooks_updated(channel);
            }
            Change::WebhookDeleted(id) => {
                if let Some(webhook) = self.webhooks.remove(&id) {
                    self.webhooks_updated(webhook.channel);
                }
            }
            Change::InteractionCreated(mut interaction) => {
                let payload = interaction.payload.clone();
                interaction.delivered = self.sessions.iter().any(|session| session.is_linked());
                self.interactions.insert(interaction.id, *interaction);
                self.tell("INTERACTION_CREATE", 0, &payload);
            }
        }
    }

    fn message_created(&mut self, message: Message) {
        let id = message.id;
        let quiet = message.is_ephemeral();
        self.messages.insert(id, message);
        if !quiet {
            self.tell_message("MESSAGE_CREATE", id);
        }
    }

    fn message_edited(&mut self, mut message: Message, edited: Edited) {
        let now = self.clock.now_ms();
        if let Some(old) = self.messages.get(&message.id)
            && old.content != message.content
            && !old.is_loading()
        {
            message.history.push(Version { content: old.content.clone(), at_ms: old.edited_ms.unwrap_or(old.sent_ms) });
        }
        if edited == Edited::Visibly {
            message.edited_ms = Some(now);
        }
        let (id, quiet) = (message.id, message.is_ephemeral());
        self.messages.insert(id, message);
        if !quiet {
            self.tell_message("MESSAGE_UPDATE", id);
        }
    }

    fn message_deleted(&mut self, id: Id) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        message.deleted = true;
        let (channel, quiet) = (message.channel, message.is_ephemeral());
        if !quiet {
            let payload = self.in_guild(channel, json!({ "id": id.json(), "channel_id": channel.json() }));
            self.tell_channel("MESSAGE_DELETE", channel, (Intent::GUILD_MESSAGES, Intent::DIRECT_MESSAGES), &payload);
        }
    }

    fn reaction_added(&mut self, message: Id, user: Id, emoji: &str) {
        let Some(found) = self.messages.get_mut(&message) else { return };
        match found.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) if reaction.users.contains(&user) => return,
            Some(reaction) => reaction.users.push(user),
            None => found.reactions.push(Reaction { emoji: emoji.to_owned(), users: vec![user] }),
        }
        self.tell_reaction("MESSAGE_REACTION_ADD", message, user, emoji);
    }

    fn reaction_removed(&mut self, message: Id, user: Id, emoji: &str) {
        let Some(found) = self.messages.get_mut(&message) else { return };
        for reaction in &mut found.reactions {
            if reaction.emoji == emoji {
                reaction.users.retain(|id| *id != user);
            }
        }
        found.reactions.retain(|reaction| !reaction.users.is_empty());
        self.tell_reaction("MESSAGE_REACTION_REMOVE", message, user, emoji);
    }

    fn tell_reaction(&mut self, name: &'static str, message: Id, user: Id, emoji: &str) {
        let Some(channel) = self.messages.get(&message).map(|m| m.channel) else { return };
        let mut payload = self.in_guild(
            channel,
            json!({
                "user_id": user.json(), "channel_id": channel.json(), "message_id": message.json(),
                "emoji": emoji_json(emoji), "burst": false, "type": 0, "burst_colors": [],
            }),
        );
        if name == "MESSAGE_REACTION_ADD"
            && self.guild_of(channel).is_some()
            && let Some(member) = self.member_json(user)
        {
            payload["member"] = member;
        }
        let intents = (Intent::GUILD_MESSAGE_REACTIONS, Intent::DIRECT_MESSAGE_REACTIONS);
        self.tell_channel(name, channel, intents, &payload);
    }

    fn typing_started(&mut self, channel: Id, user: Id) {
        let now = self.clock.now_ms();
        self.typing.push((channel, user));
        let mut payload = self.in_guild(
            channel,
            json!({ "channel_id": channel.json(), "user_id": user.json(), "timestamp": now / 1000 }),
        );
        if self.guild_of(channel).is_some()
            && let Some(member) = self.member_json(user)
        {
            payload["member"] = member;
        }
        let intents = (Intent::GUILD_MESSAGE_TYPING, Intent::DIRECT_MESSAGE_TYPING);
        self.tell_channel("TYPING_START", channel, intents, &payload);
    }

    fn channel_created(&mut self, channel: Channel) {
        let id = channel.id;
        let thread = channel.thread().cloned();
        let direct = channel.is_direct();
        self.channels.insert(id, channel);
        // DM channels are announced to nobody since API v8; messages in them arrive without.
        if direct {
            return;
        }
        let mut payload = self.channel_json(&self.channels[&id]);
        if thread.is_some() {
            payload["newly_created"] = json!(true);
        }
        let name = if thread.is_some() { "THREAD_CREATE" } else { "CHANNEL_CREATE" };
        self.tell_channel(name, id, (Intent::GUILDS, 0), &payload);
    }

    fn channel_updated(&mut self, mut channel: Channel) {
        let id = channel.id;
        let was = self.channels.get(&id).and_then(Channel::thread).map(|thread| thread.archived);
        if let Place::Thread(thread) = &mut channel.place
            && was != Some(thread.archived)
        {
            thread.turned_ms = self.clock.now_ms();
        }
        let before = self.channels.insert(id, channel);
        let payload = self.channel_json(&self.channels[&id]);
        let name = if self.channels[&id].thread().is_some() { "THREAD_UPDATE" } else { "CHANNEL_UPDATE" };
        self.tell_channel(name, id, (Intent::GUILDS, 0), &payload);
        if let (Some(Place::Thread(old)), Some(new)) = (before.map(|c| c.place), self.channels[&id].thread().cloned()) {
            let (added, removed): (Vec<Id>, Vec<Id>) = (
                new.members.iter().filter(|id| !old.members.contains(id)).copied().collect(),
                old.members.iter().filter(|id| !new.members.contains(id)).copied().collect(),
            );
            if added.is_empty() && removed.is_empty() {
                return;
            }
            let payload = json!({
                "id": id.json(), "guild_id": self.guild.id.json(), "member_count": new.members.len(),
                "added_members": added.iter().map(|user| thread_member_json(id, *user, &new)).collect::<Vec<_>>(),
                "removed_member_ids": removed.iter().map(|user| user.json()).collect::<Vec<_>>(),
            });
            self.tell_channel("THREAD_MEMBERS_UPDATE", id, (Intent::GUILDS, 0), &payload);
        }
    }

    fn channel_deleted(&mut self, id: Id) {
        let Some(channel) = self.channels.get(&id) else { return };
        let payload = self.channel_json(channel);
        let name = if channel.thread().is_some() { "THREAD_DELETE" } else { "CHANNEL_DELETE" };
        self.tell_channel(name, id, (Intent::GUILDS, 0), &payload);
        self.channels.remove(&id);
    }

    fn member_changed(&mut self, member: Member, name: &'static str) {
        let user = member.user;
        self.guild.members.insert(user, member);
        if let Some(mut payload) = self.member_json(user) {
            payload["guild_id"] = self.guild.id.json();
            self.tell(name, Intent::GUILD_MEMBERS, &payload);
        }
    }

    fn webhooks_updated(&mut self, channel: Id) {
        let payload = json!({ "guild_id": self.guild.id.json(), "channel_id": channel.json() });
        self.tell_channel("WEBHOOKS_UPDATE", channel, (Intent::GUILD_WEBHOOKS, 0), &payload);
    }

    fn tell_message(&mut self, name: &'static str, id: Id) {
        let message = self.messages[&id].clone();
        let render = |content| {
            let mut payload = self.in_guild(message.channel, self.message_json(&message, content));
            if let super::message::By::User(user) = message.by
                && self.guild_of(message.channel).is_some()
                && let Some(member) = self.partial_member_json(user)
            {
                payload["member"] = member;
            }
            payload
        };
        // Rendered for both kinds of reader up front, because sessions are inside the world that renders.
        let (granted, withheld) = (render(Content::Granted), render(Content::Withheld));
        let pick = |content| if content == Content::Granted { granted.clone() } else { withheld.clone() };
        let Some(channel) = self.channels.get(&message.channel) else { return };
        if !self.may(self.bot, channel, Permission::VIEW_CHANNEL) {
            return;
        }
        let intent = if channel.is_direct() { Intent::DIRECT_MESSAGES } else { Intent::GUILD_MESSAGES };
        self.dispatch(&Event { name, intent, payload: &pick });
    }

    /// Tells a channel's event to the sessions that may see the channel; intents for guild and direct.
    fn tell_channel(&mut self, name: &'static str, channel: Id, intents: (u64, u64), payload: &Value) {
        let Some(found) = self.channels.get(&channel) else { return };
        if !self.may(self.bot, found, Permission::VIEW_CHANNEL) {
            return;
        }
        let intent = if found.is_direct() { intents.1 } else { intents.0 };
        self.tell(name, intent, payload);
    }

    fn tell(&mut self, name: &'static str, intent: u64, payload: &Value) {
        self.dispatch(&Event { name, intent, payload: &|_| payload.clone() });
    }

    fn in_guild(&self, channel: Id, mut payload: Value) -> Value {
        if let Some(guild) = self.guild_of(channel) {
            payload["guild_id"] = guild.json();
        }
        payload
    }
}
