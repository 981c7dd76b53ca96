//! Everything that ever reached a person, for a test that asks at the end. Never what reached nobody.

use serde_json::Value;

use crate::permissions::Permission;
use crate::world::interaction::Answer;
use crate::world::message::{Attachment, Message};

use super::person::Person;

impl Person {
    /// Every message that ever reached the person, with all its versions, what was deleted since included, oldest first: of
    /// all channels they may view as those are now, of their direct messages, and ephemeral ones for them alone.
    pub fn ever_saw(&self) -> Vec<Message> {
        self.shared.read(|world| {
            let reached = |m: &&Message| {
                let channel = world.channels.get(&m.channel);
                m.ephemeral_for.is_none_or(|viewer| viewer == self.id)
                    && channel.is_some_and(|channel| world.may(self.id, channel, Permission::VIEW_CHANNEL))
            };
            world.messages.values().filter(reached).cloned().collect()
        })
    }

    /// What the bot answered this person's interactions with that is no message: the data of forms, and choices.
    pub fn ever_offered(&self) -> Vec<Value> {
        self.shared.read(|world| {
            let own = world.interactions.values().filter(|interaction| interaction.user == self.id);
            let offered = own.filter_map(|interaction| match &interaction.answer {
                Some(Answer::Choices(list)) => Some(Value::Array(list.clone())),
                Some(Answer::Modal(form)) => Some(form.clone()),
                _ => None,
            });
            offered.collect()
        })
    }

    /// Opens a file of a message.
    pub fn opens_file(&self, file: &Attachment) -> Vec<u8> {
        self.shared.read(|world| world.files[&file.id].bytes.clone())
    }
}
