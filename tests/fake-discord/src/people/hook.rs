//! Somebody else's webhook: what a host made in the channel's settings, and what another program writes through it.
//! Never the bot's own ones.

use std::sync::Arc;

use crate::id::Id;
use crate::shared::Shared;
use crate::transcript::Plane;
use crate::world::change::Change;
use crate::world::message::{By, Message};
use crate::world::webhook::Webhook;

use super::compose;
use super::room::Room;

/// A webhook of a channel that is not the bot's.
#[derive(Clone)]
pub struct Hook {
    shared: Arc<Shared>,
    id: Id,
    room: Room,
    user: Id,
}

impl Room {
    /// Makes a webhook here, as a host in the settings would.
    pub fn has_hook(&self, name: &str) -> Hook {
        let (id, user) = self.shared.write(|world| {
            let (id, user) = (world.next_id(), world.guild.owner);
            let token = world.fresh_token("webhook-token");
            let name = name.to_owned();
            world.apply(Change::WebhookCreated(Webhook { id, channel: self.id, name, token, application: None, user }));
            (id, user)
        });
        Hook { shared: Arc::clone(&self.shared), id, room: self.clone(), user }
    }
}

impl Hook {
    /// The webhook's id, which is its messages' author.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Writes into its channel.
    pub async fn says(&self, text: &str) -> Message {
        self.shared.write(|world| {
            let mut message = compose::message(world, self.user, self.room.id, text);
            message.by = By::Webhook(self.id);
            message.author_name = world.webhooks[&self.id].name.clone();
            world.note(Plane::People, &format!("a webhook says {:?}", message.content));
            let told = message.clone();
            world.apply(Change::MessageCreated(Box::new(message)));
            told
        })
    }
}
