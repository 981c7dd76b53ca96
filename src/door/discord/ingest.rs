//! One channel's ear: takes what was written there in order, writes it to the table, and only then goes on.
//! It shows nothing; marks and replies come from the table's frames.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serenity::all::Message;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::aloud::Aloud;
use super::channel::Notice;
use super::health::Why;
use super::hearing::{self, Overheard};
use super::knobs::Knobs;
use super::outgoing::{Outgoing, snowflake, written_at};
use super::rest::{self, Draft, Rest, RestError};
use super::roles::Roles;
use super::{convert, offered, wording as own};
use crate::character::Cast;
use crate::config::{Attachments, LookBack};
use crate::domain::{Attachment, Person, Refusal, SourceId, TableId, Timestamp};
use crate::door::wording;
use crate::store::StoreError;
use crate::table::machine::Answer;
use crate::table::{TableError, TableHandle};

/// How long is waited for events that overtook each other: the library hands each to a task of its own.
const SETTLE: Duration = Duration::from_millis(25);
/// How far before the mark is looked again, because the channel and its threads are not read at the same moment.
const OVERLAP_MS: i64 = 10_000;
/// How many messages Discord gives at once.
const PAGE: usize = 100;
/// A message that is younger than this was not missed, only not dealt with yet.
const FRESH_MS: i64 = 30_000;

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
                self.amended(self.table.edit(self.source(channel, overheard.message), text).await);
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

    // --- what was missed ---

    /// Reads what was written since the mark, and answers what is meant for the table and not known to it.
    async fn look_back(&mut self, lent: &[u64]) {
        let missed = match self.missed(lent).await {
            Ok(missed) => missed,
            // Without Read Message History nothing can be read back, but what comes is still answered.
            Err(failure) if Why::of(failure.code()) == Some(Why::NotAllowed) => {
                warn!(channel = self.out.channel, error = %failure, "missed messages may not be read");
                self.passed.clear();
                return self.table.release().await;
            }
            // The mark stays: the next look begins where this one did.
            Err(failure) => return drop(self.out.log(&failure.into(), "missed messages, which were not read").await),
        };
        self.compare_waiting().await;
        self.table.release().await;
        self.catch_up(missed).await;
    }

    /// Answers what was missed, in order, and says so in one line.
    async fn catch_up(&mut self, missed: Missed) {
        if let Some(over) = self.out.is_seen() {
            self.notice(Notice::new(format!("trouble:{}", over.error), own::trouble_over(&over))).await;
        }
        let now = (self.out.now)();
        let (mut late, mut first) = (0, 0);
        for message in missed.messages {
            let id = message.id.get();
            match self.is_dealt_with(&message).await {
                Ok(true) => continue,
                Ok(false) => {}
                // Better to look again than to pass one over.
                Err(failure) => return drop(self.out.log(&failure.into(), "what was heard before").await),
            }
            if self.written(&message).await && now.millis() - written_at(id).millis() > FRESH_MS {
                late += 1;
                first = if first == 0 { id } else { first };
            }
        }
        if !self.closed {
            self.is_sure_of(missed.upto).await;
        }
        if late > 0 {
            info!(channel = self.out.channel, messages = late, "messages that were missed are answered");
            self.notice(Notice::new(format!("missed:{first}"), own::caught_up(late))).await;
        }
    }

    /// What waits follows its author's edits and deletes also when no event told of them.
    async fn compare_waiting(&self) {
        let channel = self.out.channel;
        let waiting = match self.out.store.waiting_sources(self.id).await {
            Ok(waiting) => waiting,
            Err(failure) => return warn!(channel, error = %failure, "what waits is not known"),
        };
        let mut by_channel = BTreeMap::<u64, Vec<u64>>::new();
        for (thread, message) in waiting.iter().filter_map(convert::heard_at) {
            by_channel.entry(thread.unwrap_or(channel)).or_default().push(message);
        }
        for (channel, waiting) in by_channel {
            self.compare_in(channel, waiting).await;
        }
    }

    async fn compare_in(&self, channel: u64, waiting: Vec<u64>) {
        let Some(oldest) = waiting.iter().min() else { return };
        let Ok(page) = self.out.rest.messages_after(channel, oldest.saturating_sub(1)).await else { return };
        let seen_upto = if page.len() == PAGE { page.last().and_then(rest::id).unwrap_or(0) } else { u64::MAX };
        for message in waiting.into_iter().filter(|message| *message <= seen_upto) {
            let found = page.iter().find(|found| rest::id(found) == Some(message));
            self.compare(channel, message, found).await;
        }
    }

    /// Amends a waiting action if its message stands otherwise in the channel, or not at all.
    async fn compare(&self, channel: u64, message: u64, found: Option<&serde_json::Value>) {
        // One that stands in a character's name is looked for under that message.
        if let Ok(Some(line)) = self.out.store.line_of(&self.out.place, message).await {
            if self
                .out
                .rest
                .message(channel, line.message)
                .await
                .is_err_and(|failure| failure.code() == rest::UNKNOWN_MESSAGE)
            {
                self.changed(Heard::Removed { channel, messages: vec![line.message] }).await;
            }
            return;
        }
        let Some(found) = found else {
            return self.changed(Heard::Removed { channel, messages: vec![message] }).await;
        };
        if found["edited_timestamp"].is_null() {
            return;
        }
        if let Ok(found) = serde_json::from_value::<Message>(found.clone()) {
            let overheard = convert::overheard(&found, self.out.names());
            self.changed(Heard::Edited { channel, overheard }).await;
        }
    }

    /// Whether the table knows that message, would not take it when it was heard first, or was not meant.
    async fn is_dealt_with(&self, message: &Message) -> Result<bool, StoreError> {
        let id = message.id.get();
        if self.passed.contains(&id) {
            return Ok(true);
        }
        let source = self.source(message.channel_id.get(), id);
        if self.out.store.action_by_source(self.id, &source).await?.is_some() {
            return Ok(true);
        }
        Ok(!self.out.store.messages_about(&self.out.place, format!("heard:{id}")).await?.is_empty())
    }

    /// Moves the mark: up to there nothing can have been missed any more.
    async fn is_sure_of(&mut self, upto: u64) {
        self.sure = self.sure.max(upto);
        let begins = before(self.sure);
        self.passed.retain(|id| *id >= begins);
        self.keep_mark().await;
    }

    /// What was written since the mark, in the channel and in the threads lent to it, the oldest first.
    async fn missed(&self, lent: &[u64]) -> Result<Missed, RestError> {
        let now = (self.out.now)();
        let look = Look { rest: &self.out.rest, bounds: self.bounds, now };
        let mut missed = look.since(self.out.channel, self.sure).await?;
        for thread in lent {
            match look.since(*thread, self.sure).await {
                Ok(more) => missed.add(more),
                Err(failure) => {
                    info!(channel = thread, error = %failure, "missed messages of a thread were not read");
                    if Why::of(failure.code()).is_none() && failure.passes() {
                        missed.add(Missed { messages: Vec::new(), upto: self.sure, cut: true });
                    }
                }
            }
        }
        missed.messages.sort_by_key(|message| message.id);
        Ok(missed)
    }
}

/// What was written in a channel, and how far it was read.
pub(super) struct Missed {
    /// The messages.
    pub messages: Vec<Message>,
    /// Up to this message nothing is left out.
    upto: u64,
    /// Whether there was more than is read at once.
    cut: bool,
}

impl Missed {
    fn add(&mut self, more: Self) {
        self.upto = match (self.cut, more.cut) {
            (true, true) => self.upto.min(more.upto),
            (true, false) => self.upto,
            (false, true) => more.upto,
            (false, false) => self.upto.max(more.upto),
        };
        self.cut |= more.cut;
        self.messages.extend(more.messages);
    }
}

/// The id of a message written shortly before that one.
fn before(message: u64) -> u64 {
    snowflake(Timestamp::from_millis(written_at(message).millis() - OVERLAP_MS))
}

/// Reads channels back.
pub(super) struct Look<'a> {
    /// Discord.
    pub rest: &'a Rest,
    /// How far.
    pub bounds: LookBack,
    /// The time now.
    pub now: Timestamp,
}

impl Look<'_> {
    /// What was written up to this message is too old to be answered.
    pub(super) fn oldest(&self) -> u64 {
        let age = i64::from(self.bounds.hours) * 60 * 60 * 1000;
        snowflake(Timestamp::from_millis(self.now.millis() - age))
    }

    /// What was written in a channel since shortly before message `upto`, as far back as is read.
    pub(super) async fn since(&self, channel: u64, upto: u64) -> Result<Missed, RestError> {
        let mut after = before(upto).max(self.oldest());
        let mut missed = Missed { messages: Vec::new(), upto, cut: true };
        let mut read = 0;
        while missed.cut && read < self.bounds.messages {
            let page = self.rest.messages_after(channel, after).await?;
            missed.cut = page.len() == PAGE;
            // What is read a second time does not count, or a crowded moment would be read for ever.
            read += page.iter().filter(|message| rest::id(message) > Some(upto)).count();
            for message in page {
                after = after.max(rest::id(&message).unwrap_or(0));
                match serde_json::from_value::<Message>(message) {
                    Ok(message) => missed.messages.push(message),
                    Err(failure) => warn!(channel, error = %failure, "a message was not understood"),
                }
            }
            missed.upto = missed.upto.max(after);
        }
        Ok(missed)
    }
}

/// What is said by showing something.
fn wordless(text: String, shows: bool) -> String {
    if text.is_empty() && shows { own::ONLY_FILES.to_owned() } else { text }
}
