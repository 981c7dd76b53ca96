//! A table at rest: hardly more of it is in memory than the way to it. Whoever comes has it folded from its log again.
//! Nothing is played here; when a table may rest and what outlasts its rest is said here.

use std::collections::{HashMap, VecDeque};
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::recalling::Recollection;
use super::summing::Chronicler;
use super::{Actor, Messages, Parts, load};
use crate::dice::proof::Secret;
use crate::domain::{ProviderName, TableId, TableName, Timestamp};
use crate::store::{StoreError, TableRow};
use crate::table::feed::Feed;
use crate::table::folder::TableFolder;
use crate::table::handle::{AdultsHere, Message};
use crate::table::library::Chosen;
use crate::table::machine::Machine;
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
    pub(super) recalls: VecDeque<Recollection>,
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
        let machine = Machine::new(settings.setup.clone(), state)
            .with_dice(&self.name, self.dice.clone())
            .with_kit(load::kit(&settings, &folder).await)
            .with_style(settings.spoken_style())
            .with_adults(self.adults);
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
mod tests {
    use tempfile::TempDir;
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::brief::Mode;
    use crate::domain::{Budget, Person, PersonId, Role, SafetyAct, SourceId};
    use crate::format::spans::Reading;
    use crate::provider::Registry;
    use crate::store::Store;
    use crate::table::handle::TableHandle;
    use crate::table::machine::Setup;
    use crate::table::state::TableState;
    use crate::table::{Bearers, HousePurse, RunSlots};

    /// A table without a provider, so that a turn ends as soon as it is begun; driven by hand.
    struct Bench {
        table: Resting,
        handle: TableHandle,
        messages: Option<Messages>,
        _folder: TempDir,
    }

    impl Bench {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            let now = || Timestamp::from_millis(1_800_000_000_000);
            let parts = Parts {
                store: store.clone(),
                providers: Registry::new([]),
                tools: None,
                slots: RunSlots::new(1),
                purse: HousePurse::default(),
                bearers: Bearers::default(),
                data_dir: folder.path().to_owned(),
                tasks: TaskTracker::new(),
                ending: CancellationToken::new(),
                finish_within: Duration::from_secs(1),
                now,
            };
            let name: TableName = "gate".parse().unwrap();
            let row = store.ensure_table(&name, now()).await.unwrap();
            let ((inbox, messages), frames) = (mpsc::channel(8), Feed::default());
            let table = Resting::new(row, Arc::new(settings()), parts, frames.clone()).await.unwrap();
            let handle = TableHandle::new(name, inbox, frames);
            Self { table, handle, messages: Some(messages), _folder: folder }
        }

        /// Plays while `people` do something, until the table rests: its state then.
        async fn plays(&mut self, people: impl AsyncFnOnce(&TableHandle)) -> TableState {
            let mut actor = self.table.wake().await.unwrap();
            actor.open().await;
            let messages = self.messages.take().unwrap();
            let (left, ()) = tokio::join!(actor.play(messages), people(&self.handle));
            self.messages = left;
            let state = actor.machine.state().clone();
            self.table.rest(actor);
            state
        }
    }

    fn settings() -> TableSettings {
        TableSettings {
            setup: Setup {
                provider: ProviderName::new("nobody"),
                model: None,
                fallbacks: Vec::new(),
                reading: Reading::Narrative,
                action_bytes: 1_000,
                waiting: 5,
                turn_bytes: 1_000,
                reply_bytes: 1_000,
                ask_ms: None,
                budget: Budget::default(),
                summaries: false,
            },
            mode: Mode::Narrative,
            language: "en".to_owned(),
            style: Default::default(),
            adults: false,
            house_rules: None,
            allowed_tools: Vec::new(),
            characters: Vec::new(),
            workspace: None,
            kit: Default::default(),
            brief_bytes: 10_000,
        }
    }

    fn ana() -> Person {
        Person { id: PersonId::new("test:ana"), name: "Ana".to_owned(), role: Role::Host }
    }

    async fn says(table: &TableHandle, text: &str) {
        table.say(ana(), SourceId::new(format!("test:{text}")), text.to_owned()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_that_rested_is_the_same_when_somebody_comes() {
        let mut bench = Bench::new().await;
        let before = bench.plays(async |table| says(table, "I knock.").await).await;
        assert!(before.ledger.last_turn > 0, "a turn was played");
        let woken = bench.table.wake().await.unwrap();
        assert_eq!(*woken.machine.state(), before);
        assert_eq!(woken.kept.asked, Some(ProviderName::new("nobody")), "what no log has outlasts the rest");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_to_a_table_at_rest_finds_it_awake() {
        let bench = Bench::new().await;
        let Bench { mut table, handle, messages, _folder } = bench;
        let (actor, ending) = (table.wake().await.unwrap(), table.parts.ending.clone());
        let asked = async {
            for _ in 0..3 {
                tokio::time::sleep(LINGERS * 2).await;
                assert_eq!(handle.view().await.unwrap().name.as_str(), "gate");
            }
            says(&handle, "I knock.").await;
            tokio::time::sleep(LINGERS * 2).await;
            assert_eq!(handle.view().await.unwrap().seats.len(), 1);
            ending.cancel();
        };
        tokio::join!(table.attend(actor, messages.unwrap()), asked);
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_tells_a_table_of_its_guests_does_not_wake_it_unless_they_changed() {
        let mut bench = Bench::new().await;
        bench.plays(async |_| {}).await;
        bench.handle.release().await;
        bench.handle.check_age().await;
        bench.handle.guard(AdultsHere::new(|| false)).await;
        bench.handle.guard(AdultsHere::new(|| true)).await;
        let messages = bench.messages.as_mut().unwrap();
        assert!(matches!(*bench.table.somebody(messages).await.unwrap(), Message::Age));
        assert!(messages.is_empty(), "the first three woke nobody");
        let mut woken = bench.table.wake().await.unwrap();
        woken.message(Message::Age).await;
        bench.table.rest(woken);
        assert!(bench.table.wake().await.unwrap().machine.adults(), "who comes is known after a rest");
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_where_play_was_stopped_stays_awake() {
        let mut bench = Bench::new().await;
        let mut actor = bench.table.wake().await.unwrap();
        let messages = bench.messages.take().unwrap();
        let stop = async {
            bench.handle.safety(ana(), SafetyAct::Stop).await.unwrap();
            std::future::pending::<()>().await;
        };
        let played = async { tokio::join!(actor.play(messages), stop) };
        // Who stopped play is known to nobody but the table, and to it only while it is awake.
        assert!(tokio::time::timeout(LINGERS * 10, played).await.is_err());
        assert!(!actor.may_rest());
    }
}
