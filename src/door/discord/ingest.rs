//! One channel's ear: takes what was written there in order, writes it to the table, and only then goes on.
//! It shows nothing; marks and replies come from the table's frames.

mod missed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serenity::all::Message;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub(super) use missed::Look;

use super::aloud::Aloud;
use super::channel::Notice;
use super::hearing::{self, Overheard};
use super::knobs::Knobs;
use super::outgoing::Outgoing;
use super::rest::Draft;
use super::roles::Roles;
use super::{convert, offered, wording as own};
use crate::character::Cast;
use crate::config::{Attachments, LookBack};
use crate::domain::{Attachment, Person, Refusal, SourceId, TableId};
use crate::door::wording;
use crate::table::machine::Answer;
use crate::table::{TableError, TableHandle};

/// How long is waited for events that overtook each other: the library hands each to a task of its own.
const SETTLE: Duration = Duration::from_millis(25);

/// What happened in the channel.
#[derive(Debug)]
pub(super) enum Heard {
    /// Somebody wrote something.
    Written(Box<Message>),
    /// Somebody changed a message: its id, what it says, who is mentioned in it.
    Edited { channel: u64, overheard: Overheard },
    /// Something about a message has to be told people, once.
    Trouble { subject: String, text: String, message: u64 },
    /// Messages were removed.
    Removed { channel: u64, messages: Vec<u64> },
    /// The connection was not there for a while; or time has passed. The threads that are lent to the table.
    LookBack { lent: Vec<u64> },
}

/// One channel's ear.
pub(super) struct Ear {
    /// Into the channel, for reading back.
    pub out: Outgoing,
    /// Whose ear.
    pub table: TableHandle,
    /// The table's id.
    pub id: TableId,
    /// Which messages are meant for the table.
    pub listen: watch::Receiver<Knobs>,
    /// The programs that are heard.
    pub bots: Vec<u64>,
    /// What of attached files is taken.
    pub files: Attachments,
    /// How far is looked back.
    pub bounds: LookBack,
    /// Who may what.
    pub roles: Arc<Roles>,
    /// Who is in the table's cast, for their pictures.
    pub cast: Cast,
    /// To the channel's show.
    pub notices: mpsc::Sender<Box<Notice>>,
    /// Everything up to this message was read back and dealt with. What events tell does not move it: one that was lost
    /// or overtaken would be passed over for good.
    pub sure: u64,
    /// What was heard since and not meant for the table, or could not be written and was said so: no look back answers it.
    pub passed: BTreeSet<u64>,
    /// Whether the table takes no more: what comes now is left for the next start.
    pub closed: bool,
}

impl Ear {
    /// Listens until the program ends.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Box<Heard>>, ending: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                () = ending.cancelled() => return self.keep_mark().await,
                first = inbox.recv() => first,
            };
            let Some(first) = first else { return };
            let mut batch = vec![*first];
            tokio::time::sleep(SETTLE).await;
            while let Ok(next) = inbox.try_recv() {
                batch.push(*next);
            }
            // Boxed, so that an ear that hears nothing takes no more room than waiting does.
            Box::pin(self.batch(batch)).await;
        }
    }

    /// Deals with what came together: messages in the order of their ids, then what changed about them.
    async fn batch(&mut self, batch: Vec<Heard>) {
        let mut written = BTreeMap::new();
        let (mut changed, mut look_back) = (Vec::new(), None);
        for heard in batch {
            match heard {
                Heard::Written(message) => drop(written.insert(message.id, message)),
                Heard::LookBack { lent } => look_back = Some(lent),
                other => changed.push(other),
            }
        }
        if let Some(lent) = look_back {
            self.look_back(&lent).await;
        }
        for message in written.values() {
            self.written(message).await;
        }
        for change in changed {
            self.changed(change).await;
        }
    }

    /// Writes one message to the table if it is meant for it. Whether it was.
    async fn written(&mut self, message: &Message) -> bool {
        if self.closed {
            return false;
        }
        let id = message.id.get();
        let mut overheard = convert::overheard(message, self.out.names());
        if overheard.answers_us && self.answers_a_player(message).await {
            overheard.answers_us = false;
        }
        let listen = self.listen.borrow().listens_to(id);
        let Some(text) = hearing::meant(&overheard, self.out.us, listen, &self.bots) else {
            self.passed.insert(id);
            return false;
        };
        let role = self.roles.of(message, &self.table).await;
        let person = convert::person(overheard.author.id, overheard.author.name, role);
        let choice = offered::choose(message.channel_id.get(), id, &overheard.files, &self.files);
        let text = wordless(text, !choice.taken.is_empty());
        self.say(person, (message.channel_id.get(), id), (text, choice.taken)).await;
        if !choice.left_out.is_empty() && !self.closed {
            let text = own::aside(&own::left_out(&choice.left_out, &self.files));
            self.notice(Notice { reply_to: Some(id), ..Notice::new(format!("files:{id}"), text) }).await;
        }
        true
    }

    /// Whether a message answers what somebody at the table said as their character.
    async fn answers_a_player(&self, message: &Message) -> bool {
        let Some(answered) = &message.referenced_message else { return false };
        let line = self.out.store.line_at(&self.out.place, answered.id.get()).await;
        matches!(line, Ok(Some(_)))
    }

    async fn say(&mut self, person: Person, (channel, message): (u64, u64), (text, files): (String, Vec<Attachment>)) {
        let (source, whole) = (self.source(channel, message), files.is_empty());
        match self.table.say_with(person, source.clone(), text.clone(), files).await {
            Ok(Answer::Heard { aloud: Some(part), .. }) => {
                let picture = self.cast.picture(&part.slug).await;
                let aloud = Aloud { character: part.name, picture, source, channel };
                self.notice(aloud.notice(text, whole)).await;
            }
            Ok(_) => {}
            Err(TableError::NotSaved { error, disk_full }) => {
                // The outbox is in the same database, so this goes past it.
                let draft = Draft::text(own::aside(&wording::not_saved(&error, disk_full)));
                self.passed.insert(message);
                self.out.say_once(&Draft { reply_to: Some(message), ..draft }).await;
            }
            // The program is ending. The mark stays before this message, so the next start finds it.
            Err(TableError::Closed) => self.closed = true,
            Err(refused @ TableError::Refused(_)) => {
                let text = own::aside(&wording::table_error(&refused));
                let notice = Notice::new(format!("heard:{message}"), text);
                self.notice(Notice { reply_to: Some(message), ..notice }).await;
            }
        }
    }

    fn source(&self, channel: u64, message: u64) -> SourceId {
        convert::source_in(self.out.channel, channel, message)
    }

    async fn changed(&self, change: Heard) {
        match change {
            Heard::Edited { channel, overheard } => {
                let text = wordless(hearing::spoken(&overheard, self.out.us), !overheard.files.is_empty());
                let source = self.source(channel, overheard.message);
                self.amended(self.table.edit(source.clone(), text).await);
                // It may just have been said again in a character's name, and not be removed yet.
                if let Ok(Some(_)) = self.out.store.line_of(&self.out.place, overheard.message).await
                    && let Ok(Some(line)) = self.out.line_anew(&source).await
                {
                    self.notice(line).await;
                }
            }
            Heard::Removed { channel, messages } => {
                for message in messages {
                    if let Some(source) = self.withdrawn(channel, message).await {
                        self.amended(self.table.withdraw(source).await);
                    }
                }
            }
            Heard::Trouble { subject, text, message } => {
                self.notice(Notice { reply_to: Some(message), ..Notice::new(subject, text) }).await;
            }
            Heard::Written(_) | Heard::LookBack { .. } => {}
        }
    }

    /// Which action goes with a message that was removed. A line that stands in a character's name stands for its writer's
    /// message, which we removed ourselves.
    async fn withdrawn(&self, channel: u64, message: u64) -> Option<SourceId> {
        let (store, place) = (&self.out.store, &self.out.place);
        match (store.line_of(place, message).await, store.line_at(place, message).await) {
            (Ok(Some(_)), _) => None,
            (_, Ok(Some(line))) => Some(line.source),
            _ => Some(self.source(channel, message)),
        }
    }

    /// Most messages that are changed were never meant for the table, or were answered long ago.
    fn amended<T>(&self, end: Result<T, TableError>) {
        match end {
            Ok(_) | Err(TableError::Refused(Refusal::NotWaiting) | TableError::Closed) => {}
            Err(failure) => info!(channel = self.out.channel, error = %failure, "a change of a message was not taken"),
        }
    }

    async fn notice(&self, notice: Notice) {
        // Without a show the program is ending.
        drop(self.notices.send(Box::new(notice)).await);
    }

    async fn keep_mark(&self) {
        if let Err(failure) = self.out.store.heard_upto(&self.out.place, self.sure).await {
            warn!(channel = self.out.channel, error = %failure, "the mark of what was heard was not kept");
        }
    }
}

/// What is said by showing something.
fn wordless(text: String, shows: bool) -> String {
    if text.is_empty() && shows { own::ONLY_FILES.to_owned() } else { text }
}
