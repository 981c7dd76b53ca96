//! A table's actor: the one task that changes the table. Records first, then does what the machine says.
//! It decides nothing; what is to happen is decided in `machine`.

mod casting;
mod erasing;
mod greeting;
mod load;
mod log;
mod place;
mod recalling;
mod recapping;
mod recollections;
mod rest;
mod run;
mod steps;
pub(super) mod stories;
mod summing;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use self::rest::Kept;
pub(super) use self::rest::Resting;
use self::run::{FromRun, Run};
use self::summing::{Chronicler, SummedUp};
use crate::domain::{
    ActionId, BoundMark, Envelope, Event, EventKind, EventSeq, GameEvent, PersonId, Refusal, Role, SceneNo, SourceId,
    TableId, TableName, Timestamp, Viewer,
};
use crate::game::record::ProofRecord;
use crate::provider::{HandError, Registry};
use crate::store::{Store, StoreError};
use crate::table::feed::Feed;
use crate::table::files::Bearers;
use crate::table::folder::TableFolder;
use crate::table::handle::{AdultsHere, Message, Reply, RungView, TableError, TableView};
use crate::table::house::HousePurse;
use crate::table::keeping::{Keeper, Keeping};
use crate::table::machine::{Answer, Ask, Input, Machine};
use crate::table::marks::bound_mark;
use crate::table::settings::TableSettings;
use crate::table::slots::RunSlots;
use crate::table::state::TableState;
use crate::telemetry::Metrics;
use crate::tools::ToolServer;

/// What doors ask of a table, as it comes in.
type Messages = mpsc::Receiver<Box<Message>>;

/// What all tables share.
#[derive(Clone)]
pub struct Parts {
    /// The record.
    pub store: Store,
    /// Who can answer.
    pub providers: Registry,
    /// The game master's tools; none when they could not be served.
    pub tools: Option<ToolServer>,
    /// How many may answer at once.
    pub slots: RunSlots,
    /// What all may spend together.
    pub purse: HousePurse,
    /// Who brings the files that people attached.
    pub bearers: Bearers,
    /// The folder of everything that is kept: stories, the tables' own folders.
    pub data_dir: PathBuf,
    /// Where tasks are started.
    pub tasks: TaskTracker,
    /// Fires when the program ends.
    pub ending: CancellationToken,
    /// How long a running turn may go on after that.
    pub finish_within: Duration,
    /// What is counted for operators.
    pub metrics: Metrics,
    /// Who keeps turns so that they can be played again, if anybody does.
    pub keeper: Option<Keeper>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// One open table.
pub(super) struct Actor {
    id: TableId,
    name: TableName,
    since: Timestamp,
    settings: Arc<TableSettings>,
    folder: TableFolder,
    parts: Parts,
    machine: Machine,
    frames: Feed,
    asks: HashMap<Ask, Waiter>,
    next_ask: u64,
    run: Option<Run>,
    snapshot_at: u64,
    /// Makes the marks of those who stop play.
    salt: RandomState,
    /// Makes the marks of those who draw lines: the same after a restart.
    secret: Arc<str>,
    /// What outlasts a rest.
    kept: Kept,
    chronicler: Chronicler,
    /// Until then it does not rest, if more is likely to come.
    lingers: Instant,
    keeping: Keeping,
}

/// Who waits for an answer.
enum Waiter {
    Door(Reply),
    Hand(oneshot::Sender<Result<Vec<Event>, HandError>>),
}

impl Waiter {
    /// Answers. Whoever asked may have gone; the record stands all the same.
    fn answer(self, answer: Result<Answer, TableError>) {
        match self {
            Self::Door(reply) => drop(reply.send(answer)),
            Self::Hand(reply) => drop(reply.send(match answer {
                Ok(Answer::Happened(events)) => Ok(events),
                Ok(_) => Ok(Vec::new()),
                Err(TableError::Refused(Refusal::Denied(denied))) => Err(denied.into()),
                Err(_) => Err(HandError::NotSaved),
            })),
        }
    }
}

/// What woke the actor.
enum Woken {
    Message(Option<Box<Message>>),
    Run(FromRun),
    SummedUp(SummedUp),
    Due,
    AtRest,
    Ending,
}

impl Woken {
    /// Whether more is likely to come soon. Whoever only looks wakes a table for no longer than it takes.
    fn is_play(&self) -> bool {
        match self {
            Self::Message(Some(message)) => message.may_open_a_turn(),
            Self::Run(_) | Self::SummedUp(_) => true,
            Self::Message(None) | Self::Due | Self::AtRest | Self::Ending => false,
        }
    }
}

impl Actor {
    /// A table's state, folded from its log, without opening it.
    pub(super) async fn state(store: &Store, id: TableId) -> Result<TableState, StoreError> {
        Ok(load::state(store, id).await?.0)
    }

    /// What the marks of those who draw lines are made with.
    pub(super) async fn bounds_secret(store: &Store) -> Result<String, StoreError> {
        load::bounds_secret(store).await
    }

    /// Lets what was left waiting wait on, for at most that long, until a door says that nothing of it was changed.
    pub(super) fn hold(&mut self, at_most: Duration) {
        let at_most = i64::try_from(at_most.as_millis()).unwrap_or(i64::MAX);
        self.machine.hold(Timestamp::from_millis((self.parts.now)().millis().saturating_add(at_most)));
    }

    /// Takes up what an earlier run of the program left.
    async fn open(&mut self) {
        self.tidy_stories().await;
        self.input(Input::Opened).await;
    }

    /// Plays until there is nothing to play: what is left then. None when the program ends.
    async fn play(&mut self, mut messages: Messages) -> Option<Messages> {
        loop {
            let woken = self.wake(&mut messages).await;
            self.stay(woken.is_play());
            match woken {
                Woken::Message(Some(message)) => self.message(*message).await,
                Woken::Run(what) => self.run_says(what).await,
                Woken::SummedUp(summed) => self.take_summary(summed).await,
                Woken::Due => {
                    self.check_age().await;
                    self.input(Input::Due).await;
                }
                Woken::AtRest => return Some(messages),
                Woken::Message(None) | Woken::Ending => break,
            }
        }
        drop(messages);
        self.finish().await;
        None
    }

    async fn wake(&mut self, messages: &mut Messages) -> Woken {
        let (due, at_rest) = (self.due_in(), self.may_rest());
        // Every branch is cancel-safe: `recv` loses nothing when another branch wins.
        tokio::select! {
            biased;
            () = self.parts.ending.cancelled() => Woken::Ending,
            what = run::next(&mut self.run) => Woken::Run(what),
            Some(summed) = self.chronicler.next() => Woken::SummedUp(summed),
            message = messages.recv() => Woken::Message(message),
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => Woken::Due,
            () = tokio::time::sleep_until(self.lingers), if at_rest => Woken::AtRest,
        }
    }

    /// How long until the machine wants to hear that time has passed.
    fn due_in(&self) -> Option<Duration> {
        let left = self.machine.due()?.millis().saturating_sub((self.parts.now)().millis());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// Lets a running turn end by itself for a while, then cuts it off; either way its outcome is recorded.
    async fn finish(&mut self) {
        self.input(Input::Closing).await;
        let mut patience = std::pin::pin!(tokio::time::sleep(self.parts.finish_within));
        let mut cut_off = false;
        while self.run.is_some() {
            let due = self.due_in();
            tokio::select! {
                what = run::next(&mut self.run) => self.run_says(what).await,
                () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => self.input(Input::Due).await,
                () = &mut patience, if !cut_off => {
                    cut_off = true;
                    self.input(Input::Interrupt).await;
                }
            }
        }
        self.snapshot().await;
        debug!(table = %self.name, "table closed");
    }

    async fn message(&mut self, message: Message) {
        if message.may_open_a_turn() {
            self.check_age().await;
        }
        match message {
            Message::Release => self.input(Input::Release).await,
            Message::View { reply } => drop(reply.send(self.view())),
            Message::Say { person, source, text, files, secret, reply } => match self.heard_before(&source).await {
                Ok(Some(answer)) => drop(reply.send(Ok(answer))),
                Ok(None) => {
                    let ask = self.expect_answer(Waiter::Door(reply));
                    self.input(Input::Say { person, source, text, files, secret, ask }).await;
                }
                Err(failure) => drop(reply.send(Err(self.not_saved(&failure)))),
            },
            Message::SayAs { person, source, text, character, reply } => {
                self.say_as(person, source, text, &character, reply).await;
            }
            Message::Part { person, wish, reply } => self.change_parts(person, wish, reply).await,
            Message::Cast { reply } => drop(reply.send(self.cast().await)),
            Message::Greetings { reply } => drop(reply.send(self.greetings().await)),
            Message::Greet { person, title, wish, reply } => self.greet(person, title, wish, reply).await,
            Message::Sit { person, reply } => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(Input::Sit { person, ask }).await;
            }
            Message::Edit { source, text, reply } => {
                self.amend(&source, reply, |action, ask| Input::Edit { action, text, ask }).await;
            }
            Message::Withdraw { source, reply } => {
                self.amend(&source, reply, |action, ask| Input::Withdraw { action, ask }).await;
            }
            Message::Deed { by, deed, reply } => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(Input::Deed { by, deed, ask }).await;
            }
            Message::Safety { person, act, reply } => {
                let ask = self.expect_answer(Waiter::Door(reply));
                let mark = self.mark_of(&person.id);
                let host = person.role == Role::Host;
                self.input(Input::Safety { mark, host, act, ask }).await;
            }
            Message::Bound { person, wanted, reply } => {
                let ask = self.expect_answer(Waiter::Door(reply));
                let mark = self.bound_mark(&person);
                self.input(Input::Bound { mark, wanted, ask }).await;
            }
            Message::Guard { adults } => {
                self.kept.adults = Some(adults);
                self.check_age().await;
            }
            Message::Age => self.check_age().await,
            Message::Letter { person, event, reply } => drop(reply.send(self.letter(&person, event).await)),
            Message::Memory { person, words, reply } => drop(reply.send(self.look_up(&person, words).await)),
            Message::Recap { person, reply } => drop(reply.send(self.recap(person.as_ref()).await)),
            Message::Lore { person, reply } => drop(reply.send(self.why_lore(&person).await)),
            Message::Remember { person, change, reply } => self.change_memory(person, change, reply).await,
            Message::Erase { person, reply } => drop(reply.send(self.erase(&person).await)),
            Message::Proof { scene, reply } => drop(reply.send(self.proof(scene).await)),
            Message::Game { person, reply } => {
                let viewer = person.map_or(Viewer::Public, |person| self.viewer(&person));
                drop(reply.send(self.machine.game(viewer)));
            }
            Message::Command { person, command, reply } => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(Input::Command { person, command, ask }).await;
            }
        }
    }

    /// Tells those who stop play from each other while it is paused. The salt is in memory only, and another one for
    /// each time that play is stopped.
    fn mark_of(&mut self, person: &PersonId) -> u64 {
        if self.machine.state().ledger.paused.is_none() {
            self.salt = RandomState::new();
        }
        self.salt.hash_one(person)
    }

    /// Tells the lines of one person from another's, also after a restart. Nobody reads from it whose they are, but who
    /// has the whole database can try everybody at the table.
    fn bound_mark(&self, person: &PersonId) -> BoundMark {
        bound_mark(&self.secret, &self.name, person)
    }

    /// Asks whether only adults come here, if anybody knows.
    pub(super) async fn check_age(&mut self) {
        if let Some(adults) = self.kept.adults.as_ref().map(AdultsHere::now)
            && adults != self.machine.adults()
        {
            self.input(Input::Age { adults }).await;
        }
    }

    /// As whom a person looks.
    fn viewer(&self, person: &PersonId) -> Viewer {
        self.machine.state().ledger.seat_of(person).map_or(Viewer::Public, |seat| Viewer::Seat(seat.id))
    }

    async fn letter(&self, person: &PersonId, event: EventSeq) -> Result<Envelope, TableError> {
        let viewer = self.viewer(person);
        let path = self.machine.state().ledger.path();
        let found = self.parts.store.story_event(self.id, &path, event).await;
        let Some(letter) = found.map_err(|failure| self.not_saved(&failure))? else { return Ok(Envelope::Void) };
        let EventKind::Game(GameEvent::Whispered(whisper)) = letter.kind else { return Ok(Envelope::Void) };
        if let Some(turn) = letter.turn
            && self.parts.store.turn_counts(self.id, turn).await.map_err(|failure| self.not_saved(&failure))?
                == Some(false)
        {
            return Ok(Envelope::Void);
        }
        Ok(if letter.audience.admits(viewer) { Envelope::Yours(whisper) } else { Envelope::Anothers })
    }

    /// The rolls of a scene; without a number of the open one or, before anything is rolled there, of the one before.
    async fn proof(&self, scene: Option<SceneNo>) -> Result<ProofRecord, TableError> {
        let tale = &self.machine.state().tale;
        let newest = tale.scene.as_ref().map_or(tale.last_scene, |open| open.number.get()).max(1);
        let scenes = match scene {
            Some(scene) => vec![scene],
            None => vec![SceneNo::new(newest), SceneNo::new(newest.saturating_sub(1).max(1))],
        };
        let mut record = None;
        for scene in scenes {
            let events = self.parts.store.game_events_of_scene(self.id, scene).await;
            let found = ProofRecord::of(&self.name, scene, &events.map_err(|failure| self.not_saved(&failure))?);
            if !found.sealed.is_empty() {
                return Ok(found);
            }
            record.get_or_insert(found);
        }
        Ok(record.unwrap_or_else(|| ProofRecord::of(&self.name, SceneNo::new(newest), &[])))
    }

    /// Hearing the same action twice is hearing it once.
    async fn heard_before(&self, source: &SourceId) -> Result<Option<Answer>, StoreError> {
        let known = self.parts.store.action_by_source(self.id, source).await?;
        Ok(known.map(|known| Answer::Heard { action: known.action, ahead: 0, aloud: None, held: None }))
    }

    async fn amend(&mut self, source: &SourceId, reply: Reply, input: impl FnOnce(ActionId, Ask) -> Input) {
        match self.parts.store.action_by_source(self.id, source).await {
            Ok(Some(known)) => {
                let ask = self.expect_answer(Waiter::Door(reply));
                self.input(input(known.action, ask)).await;
            }
            Ok(None) => drop(reply.send(Err(Refusal::NotWaiting.into()))),
            Err(failure) => drop(reply.send(Err(self.not_saved(&failure)))),
        }
    }

    fn expect_answer(&mut self, waiter: Waiter) -> Ask {
        self.next_ask += 1;
        let ask = Ask(self.next_ask);
        self.asks.insert(ask, waiter);
        ask
    }

    fn view(&self) -> TableView {
        let TableState { ledger, tale } = self.machine.state();
        let now = (self.parts.now)();
        let rung = self.machine.rung(now);
        let ladder = self.machine.ladder().into_iter().map(|rung| {
            let rest = ledger.rests.at(&rung.provider, now).cloned();
            RungView { provider: rung.provider, rest }
        });
        TableView {
            name: self.name.clone(),
            purse: ledger.money.purse(&rung.provider),
            provider: rung.provider,
            model: rung.model,
            ladder: ladder.collect(),
            session: ledger.session.is_some(),
            since: self.since,
            scene: tale.scene.as_ref().map(|scene| (scene.number, scene.title.clone())),
            last: tale.recent.back().cloned(),
            turns: tale.beats,
            running: ledger.running.as_ref().map(|running| running.turn),
            waiting: ledger.waiting.len(),
            asks: ledger.asks.open.clone(),
            seats: ledger.seats.clone(),
            letters: tale
                .game
                .whispers
                .iter()
                .filter(|kept| !kept.opened)
                .map(|kept| (kept.event, kept.whisper.from))
                .collect(),
            seal: self.machine.seal().map(|seal| seal.to_string()),
            today: ledger.money.day.on(now.utc_day()),
            spent: ledger.money.all,
            budget: self.settings.setup.budget,
            style: self.machine.style(),
            parts: ledger.parts.clone(),
            paused: ledger.paused.is_some(),
            covered: ledger.covered.iter().cloned().collect(),
            floor: self.machine.floor(),
            declared: self.machine.declared(),
        }
    }
}
