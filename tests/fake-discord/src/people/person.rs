//! A person and what they do. Never waits, except for a command to exist.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::id::Id;
use crate::permissions::Permission;
use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::World;
use crate::world::change::{Change, Edited};
use crate::world::channel::{Channel, Place, Thread};
use crate::world::message::{By, Message};

use super::commands::{self, Choice};
use super::compose;
use super::handle::{InteractionHandle, Modal};
use super::room::Room;

/// A person; cloning gives the same one.
#[derive(Clone)]
pub struct Person {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: Id,
    pub(crate) name: String,
}

impl Person {
    /// The user's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes into a channel. `<@bot>`, `<@ana>` and `<#general>` become mentions.
    pub async fn says(&self, room: &Room, text: &str) -> Message {
        self.post(room, text, |_, _| {})
    }

    /// Answers a message.
    pub async fn replies_to(&self, message: &Message, text: &str) -> Message {
        let room = self.room_of(message);
        let answered = message.clone();
        self.post(&room, text, move |_, new| {
            new.reply_to = Some(answered.id);
            if let By::User(author) = answered.by
                && !new.mentions.contains(&author)
            {
                new.mentions.push(author);
            }
        })
    }

    /// Uploads files, each with name, bytes and content type.
    pub async fn uploads(&self, room: &Room, text: &str, files: &[(&str, &[u8], &str)]) -> Message {
        self.post(room, text, |world, new| {
            for (name, bytes, mime) in files {
                let stored = world.store_file(name, mime, bytes.to_vec());
                new.attachments.push(stored);
            }
        })
    }

    fn post(&self, room: &Room, text: &str, more: impl FnOnce(&mut World, &mut Message)) -> Message {
        self.shared.write(|world| {
            let channel = &world.channels[&room.id];
            let bits = if channel.thread().is_some() {
                Permission::SEND_MESSAGES_IN_THREADS
            } else {
                Permission::SEND_MESSAGES
            };
            assert!(world.may(self.id, channel, bits), "{} may not speak in #{}", self.name, channel.name);
            let mut message = compose::message(world, self.id, room.id, text);
            more(world, &mut message);
            self.opens(world, room.id);
            world.note(Plane::People, &format!("{} says {:?}", self.name, message.content));
            let told = message.clone();
            world.apply(Change::MessageCreated(Box::new(message)));
            told
        })
    }

    /// Speaking opens an archived thread; in a locked one only those speak who manage threads (topics/threads).
    fn opens(&self, world: &mut World, channel: Id) {
        let mut channel = world.channels[&channel].clone();
        let manages = world.may(self.id, &channel, Permission::MANAGE_THREADS);
        let Place::Thread(thread) = &mut channel.place else { return };
        assert!(!thread.locked || manages, "{} may not speak in the locked #{}", self.name, channel.name);
        if thread.archived {
            thread.archived = false;
            world.apply(Change::ChannelUpdated(channel));
        }
    }

    /// Changes the text of an own message.
    pub async fn edits(&self, message: &Message, text: &str) -> Message {
        self.shared.write(|world| {
            let mut new = world.messages[&message.id].clone();
            assert_eq!(new.by, By::User(self.id), "{} may only edit what they wrote", self.name);
            let fresh = compose::message(world, self.id, new.channel, text);
            (new.content, new.mentions, new.mention_roles) = (fresh.content, fresh.mentions, fresh.mention_roles);
            world.note(Plane::People, &format!("{} edits {} to {:?}", self.name, new.id, new.content));
            world.apply(Change::MessageEdited(Box::new(new), Edited::Visibly));
            world.messages[&message.id].clone()
        })
    }

    /// Deletes a message: an own one, or any as the guild's owner.
    pub async fn deletes(&self, message: &Message) {
        self.shared.write(|world| {
            let channel = &world.channels[&message.channel];
            let own = message.by == By::User(self.id);
            assert!(own || world.may(self.id, channel, Permission::MANAGE_MESSAGES), "{} may not delete it", self.name);
            world.note(Plane::People, &format!("{} deletes {}", self.name, message.id));
            world.apply(Change::MessageDeleted(message.id));
        });
    }

    /// Reacts with an emoji.
    pub async fn reacts(&self, message: &Message, emoji: &str) {
        self.shared.write(|world| {
            world.note(Plane::People, &format!("{} reacts {emoji} to {}", self.name, message.id));
            world.apply(Change::ReactionAdded { message: message.id, user: self.id, emoji: emoji.to_owned() });
        });
    }

    /// Takes a reaction back.
    pub async fn unreacts(&self, message: &Message, emoji: &str) {
        self.shared.write(|world| {
            world.apply(Change::ReactionRemoved { message: message.id, user: self.id, emoji: emoji.to_owned() });
        });
    }

    /// Shows as typing.
    pub async fn types(&self, room: &Room) {
        self.shared.write(|world| world.apply(Change::TypingStarted { channel: room.id, user: self.id }));
    }

    /// Starts a thread from a message.
    pub async fn starts_thread(&self, message: &Message, name: &str) -> Room {
        self.shared.write(|world| {
            let thread = Thread::begun(self.id, world.clock.now_ms());
            world.note(Plane::People, &format!("{} starts thread {name:?}", self.name));
            world.apply(Change::ChannelCreated(Channel {
                id: message.id,
                name: name.to_owned(),
                place: Place::Thread(thread),
                parent: Some(message.channel),
                topic: None,
                overwrites: Vec::new(),
                position: 0,
                nsfw: false,
            }));
            let mut source = world.messages[&message.id].clone();
            source.thread = Some(message.id);
            world.apply(Change::MessageEdited(Box::new(source), Edited::Silently));
        });
        Room { shared: Arc::clone(&self.shared), id: message.id }
    }

    /// Begins a private thread in a channel and brings the bot in, as mentioning it there does.
    pub async fn starts_private_thread(&self, room: &Room, name: &str) -> Room {
        let id = self.shared.write(|world| {
            let mut thread = Thread::begun(self.id, world.clock.now_ms());
            thread.private = true;
            thread.members.push(world.bot);
            let id = world.next_id();
            world.note(Plane::People, &format!("{} starts private thread {name:?}", self.name));
            world.apply(Change::ChannelCreated(Channel {
                id,
                name: name.to_owned(),
                place: Place::Thread(thread),
                parent: Some(room.id),
                topic: None,
                overwrites: Vec::new(),
                position: 0,
                nsfw: false,
            }));
            id
        });
        Room { shared: Arc::clone(&self.shared), id }
    }

    /// Begins a post in a forum: a thread whose first message has the thread's id.
    pub async fn posts(&self, forum: &Room, title: &str, text: &str) -> (Room, Message) {
        let message = self.shared.write(|world| {
            let mut message = compose::message(world, self.id, forum.id, text);
            message.channel = message.id;
            let thread = Thread::begun(self.id, world.clock.now_ms());
            world.note(Plane::People, &format!("{} posts {title:?}", self.name));
            world.apply(Change::ChannelCreated(Channel {
                id: message.id,
                name: title.to_owned(),
                place: Place::Thread(thread),
                parent: Some(forum.id),
                topic: None,
                overwrites: Vec::new(),
                position: 0,
                nsfw: false,
            }));
            world.apply(Change::MessageCreated(Box::new(message.clone())));
            message
        });
        (Room { shared: Arc::clone(&self.shared), id: message.id }, message)
    }

    /// Removes a thread, as whoever may manage threads can.
    pub async fn removes_thread(&self, thread: &Room) {
        self.shared.write(|world| {
            world.note(Plane::People, &format!("{} removes a thread", self.name));
            world.apply(Change::ChannelDeleted(thread.id));
        });
    }

    /// Uses a chat command, as `"cast add"` with `json!({"name": "Mira"})`; waits until it is registered. A user option
    /// takes a user's name, an attachment option what [`crate::FakeDiscord::file`] gave.
    pub async fn slash(&self, room: &Room, command: &str, options: Value) -> InteractionHandle {
        commands::registered(&self.shared, command).await;
        let id = self.shared.write(|world| commands::invoke(world, self.id, room.id, command, &options, None));
        self.handle(id)
    }

    /// Types a part of an option's value and reads what the bot offers.
    pub async fn types_in(&self, room: &Room, command: &str, options: Value, typing: (&str, &str)) -> Vec<Choice> {
        commands::registered(&self.shared, command).await;
        let id = self.shared.write(|world| commands::invoke(world, self.id, room.id, command, &options, Some(typing)));
        self.handle(id).choices().await
    }

    /// Uses a command on a message (its context menu).
    pub async fn uses_on(&self, message: &Message, command: &str) -> InteractionHandle {
        commands::registered(&self.shared, command).await;
        let id = self.shared.write(|world| commands::invoke_on(world, self.id, message.id, command));
        self.handle(id)
    }

    /// Clicks a button, named by its custom id or its label, of the message as it is now.
    pub async fn clicks(&self, message: &Message, button: &str) -> InteractionHandle {
        let id = self.shared.write(|world| commands::click(world, self.id, message.id, button, None));
        self.handle(id)
    }

    /// Picks values in a select menu, named by its custom id or placeholder.
    pub async fn selects(&self, message: &Message, menu: &str, values: &[&str]) -> InteractionHandle {
        let id = self.shared.write(|world| commands::click(world, self.id, message.id, menu, Some(values)));
        self.handle(id)
    }

    /// Fills a form and sends it, with fields as `json!({"custom_id": "text"})`; others keep their preset.
    pub async fn submits(&self, modal: &Modal, fields: Value) -> InteractionHandle {
        let id = self.shared.write(|world| commands::submit(world, self.id, modal, &fields));
        self.handle(id)
    }

    /// Everything the person sees in a channel, own ephemeral messages included, oldest first.
    pub fn sees(&self, room: &Room) -> Vec<Message> {
        let visible =
            |m: &&Message| m.channel == room.id && !m.deleted && m.ephemeral_for.is_none_or(|viewer| viewer == self.id);
        self.shared.read(|world| world.messages.values().filter(visible).cloned().collect())
    }

    /// Waits for a message that only this person sees; each is handed out once.
    pub async fn sees_ephemeral(&self, room: &Room, fits: impl Fn(&Message) -> bool) -> Message {
        let what = format!("an ephemeral message for {}", self.name);
        self.shared
            .wait(&what, || {
                let fresh = self.shared.read(|world| {
                    let mine = |m: &&Message| {
                        m.channel == room.id
                            && m.ephemeral_for == Some(self.id)
                            && !m.deleted
                            && !m.is_loading()
                            && !world.expected.contains(&m.id)
                    };
                    world.messages.values().filter(mine).cloned().collect::<Vec<_>>()
                });
                let found = fresh.into_iter().find(|m| fits(m))?;
                self.shared.write(|world| world.expected.insert(found.id));
                Some(found)
            })
            .await
    }

    /// Their direct conversation with the bot.
    pub fn direct(&self) -> Room {
        let id = self.shared.write(|world| world.direct_channel(self.id));
        Room { shared: Arc::clone(&self.shared), id }
    }

    /// Gives them a new role with these permission bits.
    pub fn may(&self, permissions: u64) {
        self.shared.write(|world| {
            let role = crate::world::guild::Role {
                id: world.next_id(),
                name: format!("role of {}", self.name),
                permissions,
                position: 1,
            };
            let mut member = world.guild.members[&self.id].clone();
            member.roles.push(role.id);
            world.apply(Change::RoleCreated(role));
            world.apply(Change::MemberUpdated(member));
        });
    }

    /// Sets or clears their nickname.
    pub fn is_called(&self, nick: Option<&str>) {
        self.shared.write(|world| {
            let mut member = world.guild.members[&self.id].clone();
            member.nick = nick.map(str::to_owned);
            world.apply(Change::MemberUpdated(member));
        });
    }

    fn handle(&self, id: Id) -> InteractionHandle {
        InteractionHandle { shared: Arc::clone(&self.shared), id }
    }

    fn room_of(&self, message: &Message) -> Room {
        Room { shared: Arc::clone(&self.shared), id: message.channel }
    }
}

/// A stored file as an option's value.
pub(crate) fn stored(shared: &Shared, name: &str, bytes: &[u8], mime: &str) -> Value {
    json!(shared.write(|world| world.store_file(name, mime, bytes.to_vec()).id.to_string()))
}
