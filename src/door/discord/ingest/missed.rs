//! What was written while nobody told of it: read back from where the channel was heard to, and answered in order.
//! What becomes of each message is decided in `ingest.rs`, as for those that events bring.

use std::collections::BTreeMap;

use serenity::all::Message;
use tracing::{info, warn};

use super::{Ear, Heard};
use crate::config::LookBack;
use crate::domain::Timestamp;
use crate::door::discord::channel::Notice;
use crate::door::discord::health::Why;
use crate::door::discord::rest::{self, Rest, RestError};
use crate::door::discord::snowflakes::{snowflake, written_at};
use crate::door::discord::{convert, wording as own};
use crate::store::StoreError;

/// How far before the mark is looked again, because the channel and its threads are not read at the same moment.
const OVERLAP_MS: i64 = 10_000;
/// How many messages Discord gives at once.
const PAGE: usize = 100;
/// A message that is younger than this was not missed, only not dealt with yet.
const FRESH_MS: i64 = 30_000;

impl Ear {
    /// Reads what was written since the mark, and answers what is meant for the table and not known to it.
    pub(super) async fn look_back(&mut self, lent: &[u64]) {
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
pub(in crate::door::discord) struct Missed {
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
pub(in crate::door::discord) struct Look<'a> {
    /// Discord.
    pub rest: &'a Rest,
    /// How far.
    pub bounds: LookBack,
    /// The time now.
    pub now: Timestamp,
}

impl Look<'_> {
    /// What was written up to this message is too old to be answered.
    pub(in crate::door::discord) fn oldest(&self) -> u64 {
        let age = i64::from(self.bounds.hours) * 60 * 60 * 1000;
        snowflake(Timestamp::from_millis(self.now.millis() - age))
    }

    /// What was written in a channel since shortly before message `upto`, as far back as is read.
    pub(in crate::door::discord) async fn since(&self, channel: u64, upto: u64) -> Result<Missed, RestError> {
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
