//! What became of an interaction, as the person who began it sees it. Never answers it.

use std::sync::Arc;

use serde_json::Value;

use crate::id::Id;
use crate::shared::Shared;
use crate::world::interaction::{Answer, Interaction};
use crate::world::message::Message;

use super::commands::Choice;

/// A form the bot opened.
#[derive(Clone, Debug)]
pub struct Modal {
    /// What the bot calls it.
    pub custom_id: String,
    /// Its heading.
    pub title: String,
    /// Its parts, raw.
    pub components: Vec<Value>,
    pub(crate) opened_by: Id,
}

/// What became of an interaction.
#[derive(Clone)]
pub struct InteractionHandle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: Id,
}

impl InteractionHandle {
    /// The interaction's id.
    pub fn id(&self) -> Id {
        self.id
    }

    fn entry(&self) -> Interaction {
        self.shared.read(|world| world.interactions[&self.id].clone())
    }

    fn what(&self, for_what: &str) -> String {
        format!("{for_what} of {}", self.entry().label)
    }

    /// Waits for any first answer, a deferral included.
    pub async fn acknowledged(&self) {
        self.shared.wait(&self.what("the first answer"), || self.entry().answer.map(|_| ())).await;
    }

    /// Waits for the text of the first answer: of a deferral the one that replaced it, of an update the updated message.
    pub async fn response(&self) -> Message {
        let text = || {
            let entry = self.entry();
            entry.answer?;
            self.shared.read(|world| world.messages.get(&entry.original?).filter(|m| !m.is_loading()).cloned())
        };
        self.shared.wait(&self.what("the answer"), text).await
    }

    /// Waits for a message of the answer, first one or follow-up, that fits.
    pub async fn expect(&self, fits: impl Fn(&Message) -> bool) -> Message {
        let find = || self.messages().into_iter().find(|m| !m.is_loading() && fits(m));
        self.shared.wait(&self.what("a fitting message"), find).await
    }

    /// Waits for the n-th follow-up, counted from 0; what filled a deferral is none.
    pub async fn follow_up(&self, n: usize) -> Message {
        let find = || {
            let id = *self.entry().follow_ups.get(n)?;
            self.shared.read(|world| world.messages.get(&id).cloned())
        };
        self.shared.wait(&self.what("a follow-up"), find).await
    }

    /// The first answer and the follow-ups as they are now, without deleted ones.
    pub fn messages(&self) -> Vec<Message> {
        let entry = self.entry();
        let ids = entry.original.into_iter().chain(entry.follow_ups);
        self.shared.read(|world| ids.filter_map(|id| world.messages.get(&id)).filter(|m| !m.deleted).cloned().collect())
    }

    /// Waits for the form the bot opens.
    pub async fn modal(&self) -> Modal {
        let find = || match self.entry().answer? {
            Answer::Modal(data) => Some(Modal {
                custom_id: data["custom_id"].as_str().unwrap_or_default().to_owned(),
                title: data["title"].as_str().unwrap_or_default().to_owned(),
                components: data["components"].as_array().cloned().unwrap_or_default(),
                opened_by: self.id,
            }),
            other => panic!("expected a form, the bot answered {other:?}"),
        };
        self.shared.wait(&self.what("the form"), find).await
    }

    /// Waits for what the bot offers for an option.
    pub async fn choices(&self) -> Vec<Choice> {
        let find = || match self.entry().answer? {
            Answer::Choices(list) => Some(list.iter().map(Choice::read).collect()),
            other => panic!("expected choices, the bot answered {other:?}"),
        };
        self.shared.wait(&self.what("the choices"), find).await
    }
}
