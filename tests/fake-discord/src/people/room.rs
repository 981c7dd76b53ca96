//! A channel, thread or direct conversation as a test looks at it. Waits are on changes, never on time.

use std::sync::Arc;
use std::time::Duration;

use crate::id::Id;
use crate::permissions::{Overwrite, Target};
use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::World;
use crate::world::change::Change;
use crate::world::channel::Place;
use crate::world::message::Message;

use super::person::Person;

/// A place to look at; cloning gives the same one.
#[derive(Clone)]
pub struct Room {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: Id,
}

impl Room {
    /// The channel's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The channel's name now.
    pub fn name(&self) -> String {
        self.shared.read(|world| world.channels[&self.id].name.clone())
    }

    /// Everything that everybody sees here, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let open = |m: &&Message| m.channel == self.id && !m.deleted && !m.is_ephemeral();
        self.shared.read(|world| world.messages.values().filter(open).cloned().collect())
    }

    /// What the bot and its webhooks wrote here, oldest first; not ephemeral ones.
    pub fn bot_messages(&self) -> Vec<Message> {
        let all = self.messages();
        self.shared.read(|world| all.into_iter().filter(|m| world.is_from_bot(m)).collect())
    }

    /// A message as it is now, deleted or not.
    pub fn now(&self, message: &Message) -> Message {
        self.shared.read(|world| world.messages[&message.id].clone())
    }

    /// Waits for a message of the bot that fits, in its present text; each is handed out once. Ephemeral ones and
    /// placeholders do not count.
    pub async fn expect_message(&self, fits: impl Fn(&Message) -> bool) -> Message {
        let what = format!("a fitting message in #{}", self.name());
        self.shared
            .wait(&what, || {
                let found = self.unexpected().into_iter().find(|m| fits(m))?;
                self.shared.write(|world| world.expected.insert(found.id));
                Some(found)
            })
            .await
    }

    fn unexpected(&self) -> Vec<Message> {
        let all = self.bot_messages();
        self.shared
            .read(|world| all.into_iter().filter(|m| !m.is_loading() && !world.expected.contains(&m.id)).collect())
    }

    /// Waits until a message was edited and fits.
    pub async fn expect_edit(&self, message: &Message, fits: impl Fn(&Message) -> bool) -> Message {
        let what = format!("a fitting edit of {}", message.id);
        self.shared.wait(&what, || Some(self.now(message)).filter(|m| m.edited_ms.is_some() && fits(m))).await
    }

    /// Waits until a message is deleted.
    pub async fn expect_deleted(&self, message: &Message) {
        self.shared.wait(&format!("the deletion of {}", message.id), || self.now(message).deleted.then_some(())).await;
    }

    /// Waits until the bot reacted with an emoji.
    pub async fn expect_reaction(&self, message: &Message, emoji: &str) {
        let bot = self.shared.read(|world| world.bot);
        let there = || {
            let now = self.now(message);
            now.reactions.iter().any(|r| r.emoji == emoji && r.users.contains(&bot)).then_some(())
        };
        self.shared.wait(&format!("the bot's {emoji} on {}", message.id), there).await;
    }

    /// Waits until the bot shows as typing; each sign counts once.
    pub async fn expect_typing(&self) {
        let fresh = || {
            self.shared.write(|world| {
                let all = world.typing.iter().filter(|typed| **typed == (self.id, world.bot)).count();
                let seen = world.typing_seen.entry(self.id).or_default();
                (*seen < all).then(|| *seen += 1)
            })
        };
        // Writing wakes the waiter itself, so it looks first and counts only what it found.
        let there = || {
            let waiting = self.shared.read(|world| {
                let all = world.typing.iter().filter(|typed| **typed == (self.id, world.bot)).count();
                all > world.typing_seen.get(&self.id).copied().unwrap_or(0)
            });
            if waiting { fresh() } else { None }
        };
        self.shared.wait(&format!("typing in #{}", self.name()), there).await;
    }

    /// Waits until a thread by that name hangs under this channel.
    pub async fn expect_thread(&self, name: &str) -> Room {
        let there = || {
            self.shared.read(|world| {
                world.channels.values().find(|c| c.parent == Some(self.id) && c.name == name).map(|c| c.id)
            })
        };
        let id = self.shared.wait(&format!("thread {name:?}"), there).await;
        Room { shared: Arc::clone(&self.shared), id }
    }

    /// Watches for a span of real time that the bot writes nothing more here. Costs that span: prefer waiting for what
    /// comes after the silence.
    pub async fn expect_silence(&self, span: Duration) {
        let before = self.bot_messages().len();
        self.shared.pause(span).await;
        let after = self.bot_messages();
        assert!(
            after.len() == before,
            "the bot wrote {:?}\n{}",
            after.last().map(|m| m.content.clone()),
            self.shared.read(|world| world.transcript.render())
        );
    }

    /// Takes permissions from the bot here, by an overwrite for its user.
    pub fn denies_bot(&self, bits: u64) {
        self.overwrite_bot(|own| {
            own.deny |= bits;
            own.allow &= !bits;
        });
    }

    /// Gives permissions to the bot here.
    pub fn allows_bot(&self, bits: u64) {
        self.overwrite_bot(|own| {
            own.allow |= bits;
            own.deny &= !bits;
        });
    }

    /// Takes permissions from `@everyone` here, as a private channel does.
    pub fn denies_everyone(&self, bits: u64) {
        let everyone = self.shared.read(|world| world.guild.id);
        self.overwrite(Target::Role(everyone), |own| own.deny |= bits);
    }

    /// Takes permissions from a person here.
    pub fn denies(&self, person: &Person, bits: u64) {
        self.overwrite(Target::Member(person.id), |own| own.deny |= bits);
    }

    fn overwrite_bot(&self, change: impl FnOnce(&mut Overwrite)) {
        let bot = self.shared.read(|world| world.bot);
        self.overwrite(Target::Member(bot), change);
    }

    fn overwrite(&self, target: Target, change: impl FnOnce(&mut Overwrite)) {
        self.shared.write(|world| {
            let mut channel = world.channels[&self.id].clone();
            if !channel.overwrites.iter().any(|o| o.target == target) {
                channel.overwrites.push(Overwrite { target, allow: 0, deny: 0 });
            }
            if let Some(own) = channel.overwrites.iter_mut().find(|o| o.target == target) {
                change(own);
            }
            world.note(Plane::People, &format!("the host changes who may do what in #{}", channel.name));
            world.apply(Change::ChannelUpdated(channel));
        });
    }

    /// Renames the channel.
    pub fn is_renamed(&self, name: &str) {
        self.change(|_, place| place.name = name.to_owned());
    }

    /// Sets or clears the channel's age restriction, as a host in the settings would.
    pub fn is_age_restricted(&self, restricted: bool) {
        self.change(|_, channel| channel.nsfw = restricted);
    }

    /// Archives the thread; locks it too if asked.
    pub fn is_archived(&self, locked: bool) {
        self.change(|_, channel| {
            let Place::Thread(thread) = &mut channel.place else { panic!("only threads are archived") };
            (thread.archived, thread.locked) = (true, locked);
        });
    }

    /// Locks the thread, which stays open: from now on only those speak who manage threads.
    pub fn is_locked(&self) {
        self.sets_lock(true);
    }

    /// Takes the lock off the thread.
    pub fn is_unlocked(&self) {
        self.sets_lock(false);
    }

    fn sets_lock(&self, locked: bool) {
        self.change(|_, channel| {
            let Place::Thread(thread) = &mut channel.place else { panic!("only threads are locked") };
            thread.locked = locked;
        });
    }

    /// Deletes the channel.
    pub fn is_deleted(&self) {
        self.shared.write(|world| world.apply(Change::ChannelDeleted(self.id)));
    }

    /// Deletes every webhook of the channel, as a host in the settings would.
    pub fn loses_webhooks(&self) {
        self.shared.write(|world| {
            let ids: Vec<Id> = world.webhooks.values().filter(|h| h.channel == self.id).map(|h| h.id).collect();
            for id in ids {
                world.apply(Change::WebhookDeleted(id));
            }
        });
    }

    fn change(&self, change: impl FnOnce(&World, &mut crate::world::channel::Channel)) {
        self.shared.write(|world| {
            let mut channel = world.channels[&self.id].clone();
            change(world, &mut channel);
            world.apply(Change::ChannelUpdated(channel));
        });
    }
}
