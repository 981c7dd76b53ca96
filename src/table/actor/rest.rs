//! A table at rest: hardly more of it is in memory than the way to it. Whoever comes has it folded from its log again.
//! Nothing is played here; when a table may rest and what outlasts its rest is said here.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::recollections::Recollections;
use super::summing::Chronicler;
use super::{Actor, Messages, Parts, load};
use crate::dice::proof::Secret;
use crate::domain::{ProviderName, TableId, TableName, Timestamp};
use crate::store::{StoreError, TableRow};
use crate::table::feed::Feed;
use crate::table::folder::TableFolder;
use crate::table::handle::{AdultsHere, Message};
use crate::table::keeping::Keeping;
use crate::table::library::Chosen;
use crate::table::settings::TableSettings;
use crate::telemetry::new_error_id;

/// How long a table stays awake for whoever only looks: a door asks several things in a row.
const LOOKS: Duration = Duration::from_millis(100);
/// How long a table stays awake after something was played, because more is likely to come.
const LINGERS: Duration = Duration::from_secs(10);
/// How long is waited before a table that could not be read is read again.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// A table that nobody plays just now: what finds it in the log, and what the log does not have.
pub(crate) struct Resting {
    id: TableId,
    name: TableName,
    since: Timestamp,
    settings: Arc<TableSettings>,
    parts: Parts,
    frames: Feed,
    dice: Secret,
    bounds: Arc<str>,
    adults: bool,
    kept: Kept,
}

/// What a table knows beside its log until the program ends.
#[derive(Default)]
pub(super) struct Kept {
    /// Answers whether only adults come here; without it the configuration has said so.
    pub(super) adults: Option<AdultsHere>,
    /// What the last briefs told of earlier, and what they left out; the newest last.
    pub(super) recalls: Recollections,
    /// What the last brief told of the lorebooks, if there are any.
    pub(super) lore: Option<Chosen>,
    /// Who was asked last, for the operators' log.
    pub(super) asked: Option<ProviderName>,
}

impl Resting {
    /// A table that nobody has come to yet. `frames` is where it will show what it plays.
    pub(crate) async fn new(
        row: TableRow,
        settings: Arc<TableSettings>,
        parts: Parts,
        frames: Feed,
    ) -> Result<Self, StoreError> {
        let TableRow { id, name, created_at: since, .. } = row;
        let (dice, bounds) = (load::secret(&parts.store).await?, load::bounds_secret(&parts.store).await?.into());
        let (adults, kept) = (settings.adults, Kept::default());
        Ok(Self { id, name, since, settings, parts, frames, dice, bounds, adults, kept })
    }

    /// Folds the table from its log.
    pub(crate) async fn wake(&mut self) -> Result<Box<Actor>, StoreError> {
        let (state, snapshot_at) = load::state(&self.parts.store, self.id).await?;
        let (settings, parts) = (Arc::clone(&self.settings), self.parts.clone());
        let folder = TableFolder::new(&parts.data_dir.join("tables"), &self.name, settings.workspace.clone());
        let machine = load::machine(&settings, &folder, &self.name, self.dice.clone(), state).await;
        let machine = machine.with_adults(self.adults);
        parts.purse.note_state(self.id, (parts.now)(), machine.state());
        Ok(Box::new(Actor {
            id: self.id,
            name: self.name.clone(),
            since: self.since,
            settings,
            folder,
            parts,
            machine,
            frames: self.frames.clone(),
            asks: HashMap::new(),
            next_ask: 0,
            run: None,
            snapshot_at,
            salt: RandomState::new(),
            secret: Arc::clone(&self.bounds),
            kept: std::mem::take(&mut self.kept),
            chronicler: Chronicler::new(),
            keeping: Keeping::new(self.parts.keeper.as_ref(), self.settings.keep_turns, self.name.clone()),
            lingers: Instant::now() + LOOKS,
        }))
    }

    /// Opens the table that `actor` is, plays, rests and plays again, until the program ends.
    pub(crate) async fn attend(mut self, mut actor: Box<Actor>, mut messages: Messages) {
        // Boxed, so that a table at rest takes no more room than resting does.
        Box::pin(actor.open()).await;
        loop {
            match Box::pin(actor.play(messages)).await {
                Some(left) => messages = left,
                None => return,
            }
            self.rest(actor);
            let Some(first) = self.somebody(&mut messages).await else { return };
            match Box::pin(self.wake_in_any_case()).await {
                Some(awake) => actor = awake,
                None => return,
            }
            actor.stay(first.may_open_a_turn());
            Box::pin(actor.message(*first)).await;
        }
    }

    fn rest(&mut self, actor: Box<Actor>) {
        debug!(table = %self.name, "table at rest");
        self.adults = actor.machine.adults();
        self.kept = actor.kept;
    }

    /// Waits for somebody to whom the table has to answer; none when the program ends.
    async fn somebody(&mut self, messages: &mut Messages) -> Option<Box<Message>> {
        loop {
            let message = tokio::select! {
                biased;
                () = self.parts.ending.cancelled() => return None,
                message = messages.recv() => message?,
            };
            match *message {
                // At a table that rests nothing is held.
                Message::Release => {}
                Message::Guard { adults } => {
                    let wakes = adults.now() != self.adults;
                    self.kept.adults = Some(adults);
                    if wakes {
                        return Some(Box::new(Message::Age));
                    }
                }
                Message::Age if self.kept.adults.as_ref().is_none_or(|adults| adults.now() == self.adults) => {}
                _ => return Some(message),
            }
        }
    }

    /// Wakes the table, for as long as it takes: whoever came has no other way to it. None when the program ends.
    async fn wake_in_any_case(&mut self) -> Option<Box<Actor>> {
        loop {
            match self.wake().await {
                Ok(actor) => return Some(actor),
                Err(failure) => {
                    let error_id = new_error_id();
                    let error = &failure as &dyn std::error::Error;
                    tracing::error!(table = %self.name, %error_id, error, "a table at rest could not be read");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(READ_AGAIN) => {}
                () = self.parts.ending.cancelled() => return None,
            }
        }
    }
}

impl Actor {
    /// Whether everything that matters of the table is in its log.
    pub(super) fn may_rest(&self) -> bool {
        self.run.is_none() && self.asks.is_empty() && self.machine.may_rest()
    }

    /// Stays awake for more, which is likely to come after play.
    pub(super) fn stay(&mut self, plays: bool) {
        self.lingers = self.lingers.max(Instant::now() + if plays { LINGERS } else { LOOKS });
    }
}

#[cfg(test)]
mod tests;
