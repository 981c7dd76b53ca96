//! Memory at a table: what a turn is told of earlier, and what people look up.
//! A search that fails is said so, in the log and to whoever asks why; play goes on without it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::{debug, error};

use super::recollections::{KeptRecollection, Recollection};
use super::{Actor, Waiter};
use crate::brief::{Mode, Past};
use crate::domain::{
    Audience, Deed, Denied, EventSeq, Memory, MemoryEvent, Person, PersonId, Refusal, Role, Tier, TurnNo, Viewer,
};
use crate::lore::{self, LookedUp};
use crate::memory::{self, Query, Report};
use crate::provider::HandError;
use crate::store::{ReportOf, StoreError, Wanted};
use crate::table::handle::{MemoryChange, Reply, TableError};
use crate::table::library::KeptLore;
use crate::table::machine::{By, Input, Opening};
use crate::table::recall::{self, Moment};
use crate::telemetry::new_error_id;

/// How many words a search looks for.
const WORDS: usize = 24;
/// How many memories a search shows.
const SHOWN: usize = 12;

/// How many scenes a full brief may tell of.
const SCENES: usize = 100;

/// What a brief tells of what is over.
#[derive(Debug, Default)]
pub(super) struct WhatIsOver {
    /// What is told.
    pub(super) told: Past,
    /// The events it comes from: they are not recalled a second time.
    pub(super) events: Vec<EventSeq>,
}

impl Actor {
    /// What is over, for a provider that knows nothing; one that remembers was told.
    pub(super) async fn past(&self, opening: &Opening) -> WhatIsOver {
        if *opening != Opening::Full || self.settings.mode == Mode::Coding {
            return WhatIsOver::default();
        }
        self.what_is_over().await.unwrap_or_else(|failure| {
            // The tale has a line or two of each scene.
            drop(self.not_saved(&failure));
            WhatIsOver::default()
        })
    }

    async fn what_is_over(&self) -> Result<WhatIsOver, StoreError> {
        let newest = async |tier, most| self.parts.store.newest_memories(self.wanted(Viewer::Public), tier, most).await;
        let (arc, session) = (newest(Tier::Arc, 1).await?.pop(), newest(Tier::Session, 1).await?.pop());
        let mut left = self.settings.brief_bytes * 2 / 10;
        let mut scenes = newest(Tier::Scene, SCENES).await?;
        scenes.retain(|scene| {
            let fits = scene.text.len() <= left;
            left = if fits { left - scene.text.len() } else { 0 };
            fits
        });
        let events = arc.iter().chain(&session).chain(&scenes).map(|memory| memory.id.event).collect();
        let (arc, session) = (arc.map(|arc| arc.text), session.map(|session| session.text));
        let scenes = scenes.into_iter().map(|memory| (memory.scene, memory.text)).collect();
        Ok(WhatIsOver { told: Past { arc, session, scenes }, events })
    }

    /// What the turn that was just opened is told of earlier.
    pub(super) async fn remember(&mut self, turn: TurnNo, past: &WhatIsOver) -> Vec<Memory> {
        if self.settings.mode == Mode::Coding {
            return Vec::new();
        }
        self.kept.recalls.begin(turn);
        let state = self.machine.state();
        let said = state.ledger.running.as_ref().map_or(&[][..], |running| &running.said);
        let lately = self.kept.recalls.lately();
        let moment = Moment {
            turn: turn.get(),
            tale: &state.tale,
            said,
            lately: &lately,
            told: &past.events,
            brief_bytes: self.settings.brief_bytes,
        };
        let report = match recall::recall(&self.parts.store, self.wanted(Viewer::Gm), &moment).await {
            Ok(report) => report,
            Err(failure) => {
                let error_id = new_error_id();
                error!(table = %self.name, turn = %turn, %error_id, error = &failure as &dyn std::error::Error,
                    "nothing could be recalled");
                Report { failed: Some(error_id), ..Report::default() }
            }
        };
        debug!(table = %self.name, turn = %turn, told = report.told.len(), left = report.left.len(),
            bytes = report.bytes.0, "memories recalled");
        let memories: Vec<Memory> = report.told.iter().map(|told| told.memory.clone()).collect();
        let with_knowers = self.parts.store.with_knowers(self.wanted(Viewer::Gm), memories.clone()).await;
        // Without, nobody is said to know anything: the search has said why in the log.
        let memories = with_knowers.unwrap_or_else(|failure| {
            drop(self.not_saved(&failure));
            memories
        });
        let secrets = said.iter().map(|said| said.audience.clone()).filter(|audience| !audience.is_table());
        let secrets: Vec<_> = secrets.collect();
        let veiled = if secrets.is_empty() { None } else { Some((secrets, self.without_secrets(&moment).await)) };
        let recollection = Recollection { turn, report, veiled };
        self.keep_report(ReportOf::Memory, turn, &KeptRecollection::of(&recollection)).await;
        self.kept.recalls.note(recollection);
        memories
    }

    /// What this moment would have called back if nobody had said anything in secret.
    async fn without_secrets(&self, moment: &Moment<'_>) -> Report {
        let said: Vec<_> = moment.said.iter().filter(|said| said.audience.is_table()).cloned().collect();
        let moment = Moment { said: &said, ..*moment };
        // What could not be looked up was noted when it was looked up for the game master.
        recall::recall(&self.parts.store, self.wanted(Viewer::Gm), &moment).await.unwrap_or_default()
    }

    /// What is remembered of these words; without words why the last brief was told what it was.
    pub(super) async fn look_up(&self, person: &PersonId, words: Option<String>) -> Result<Vec<String>, TableError> {
        let viewer = self.viewer(person);
        let Some(words) = words else {
            let Some(newest) = self.kept.recalls.newest() else { return self.why_before(viewer).await };
            return Ok(newest.lines(viewer));
        };
        let found = self.found(viewer, &words).await.map_err(|failure| self.not_saved(&failure))?;
        let line = |memory: &Memory| {
            let pinned = if memory.pinned { ", pinned" } else { "" };
            format!("#{} ({}, scene {}{pinned}): {}", memory.id, memory.tier.name(), memory.scene, memory.text)
        };
        Ok(found.iter().map(line).collect())
    }

    /// What is remembered of these words, as `viewer` may know it, the best fit first.
    pub(super) async fn found(&self, viewer: Viewer, words: &str) -> Result<Vec<Memory>, StoreError> {
        let rare = self.parts.store.rare_words(memory::terms(words), WORDS).await?;
        let query = Query::of(rare.iter().map(String::as_str));
        let found = self.parts.store.memories_found(self.wanted(viewer), &query, SHOWN).await?;
        Ok(found.into_iter().map(|found| found.memory).collect())
    }

    /// What a character knows of these words, as far as `viewer` may know it: of a player's what that player may know, of
    /// another what they witnessed or were told, with how they know it.
    pub(super) async fn known_to(&self, viewer: Viewer, name: &str, words: &str) -> Result<Vec<Memory>, StoreError> {
        if let Some(player) = self.machine.state().ledger.parts.player_called(name) {
            let player = Viewer::Seat(player);
            return self
                .found(if viewer == Viewer::Gm || viewer == player { player } else { Viewer::Public }, words)
                .await;
        }
        let cast = self.cast().await;
        let world = &self.machine.state().tale.game.world;
        let met = world
            .people
            .iter()
            .map(|person| person.name.as_str())
            .chain(world.here.iter().map(|here| here.name.as_str()));
        let known: Vec<&str> = cast.iter().map(|part| part.name.as_str()).chain(met).collect();
        let mut names = memory::filed_under(name, &known);
        let mut called = cast.iter().filter(|part| part.is_called(name));
        if let (Some(part), None) = (called.next(), called.next()) {
            names.extend(part.names().map(memory::key));
        }
        let rare = self.parts.store.rare_words(memory::terms(words), WORDS).await?;
        let query = Query::of(rare.iter().map(String::as_str));
        let found = self.parts.store.memories_known_to(self.wanted(viewer), &query, &names, SHOWN).await?;
        let found = found.into_iter().map(|found| found.memory).collect();
        let mut found = self.parts.store.with_knowers(self.wanted(viewer), found).await?;
        found.iter_mut().for_each(|memory| memory.knowers.retain(|knower| names.contains(&knower.name)));
        Ok(found)
    }

    /// Nobody is told what is not remembered.
    pub(super) async fn is_remembered(&self, deed: &Deed) -> Result<(), HandError> {
        let Deed::Remember { what: MemoryEvent::Told { memory, .. }, .. } = deed else { return Ok(()) };
        match self.parts.store.memory(self.wanted(Viewer::Gm), *memory).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Denied::NoSuchMemory(*memory).into()),
            Err(failure) => {
                self.not_saved(&failure);
                Err(HandError::NotFoundOut)
            }
        }
    }

    /// What the table's books say about these words.
    pub(super) async fn look_up_lore(&self, words: &str) -> Vec<LookedUp> {
        let members = self.folder.cast().members(&self.settings.characters).await;
        let books = self.folder.library().books(&members).await;
        let books: Vec<_> = books.iter().map(|book| &**book).collect();
        lore::look_up(&books, words)
    }

    /// Which lore the last brief was told and why, as far as the person may know it.
    pub(super) async fn why_lore(&self, person: &Person) -> Result<Vec<String>, TableError> {
        let (viewer, host) = (self.viewer(&person.id), person.role == Role::Host);
        match &self.kept.lore {
            Some(chosen) => Ok(chosen.why(viewer, host)),
            None if self.kept.recalls.newest().is_some() => Ok(Vec::new()),
            None => {
                let kept: Option<KeptLore> = self.kept_report(ReportOf::Lore).await?;
                Ok(kept.map(|kept| kept.why(viewer, host)).unwrap_or_default())
            }
        }
    }

    /// Why the last turn before the program started was told what it was, as far as `viewer` may know it.
    async fn why_before(&self, viewer: Viewer) -> Result<Vec<String>, TableError> {
        let kept: Option<KeptRecollection> = self.kept_report(ReportOf::Memory).await?;
        let Some(kept) = kept.map(|kept| kept.seen_by(viewer)) else { return Ok(Vec::new()) };
        let mut known = Vec::new();
        for id in kept.ids() {
            let found = self.parts.store.memory(self.wanted(viewer), id).await;
            known.extend(found.map_err(|failure| self.not_saved(&failure))?);
        }
        Ok(kept.report(&known).lines(viewer))
    }

    /// Keeps why a turn is told what it is, so that it can be asked after a restart. Play goes on where it cannot be kept.
    pub(super) async fn keep_report(&self, what: ReportOf, turn: TurnNo, report: &impl Serialize) {
        let report = serde_json::to_string(report).unwrap_or_default();
        if let Err(failure) = self.parts.store.keep_report(self.id, what, turn, report).await {
            drop(self.not_saved(&failure));
        }
    }

    /// What is kept of the last turn; nothing where another turn's is.
    async fn kept_report<T: DeserializeOwned>(&self, what: ReportOf) -> Result<Option<T>, TableError> {
        let turn = TurnNo::new(self.machine.state().ledger.last_turn);
        let kept = self.parts.store.report(self.id, what, turn).await.map_err(|failure| self.not_saved(&failure))?;
        // One that another program kept in another form says nothing.
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    /// Changes what is remembered. What is done about a memory is known to those who know the memory.
    pub(super) async fn change_memory(&mut self, person: Person, change: MemoryChange, reply: Reply) {
        let (id, what) = match change {
            MemoryChange::Note(text) => (None, MemoryEvent::Noted { tier: Tier::Pin, text, characters: None }),
            MemoryChange::Pin(memory) => (Some(memory), MemoryEvent::Pinned { memory }),
            MemoryChange::Forget(memory) => (Some(memory), MemoryEvent::Forgotten { memory }),
            MemoryChange::Fix(memory, text) => (Some(memory), MemoryEvent::Fixed { memory, text }),
        };
        let mut audience = Audience::Table;
        if let Some(id) = id {
            let wanted = self.wanted(self.viewer(&person.id));
            audience = match self.parts.store.memory(wanted, id).await {
                Ok(Some(memory)) => memory.audience,
                Ok(None) => return drop(reply.send(Err(Refusal::Denied(Denied::NoSuchMemory(id)).into()))),
                Err(failure) => return drop(reply.send(Err(self.not_saved(&failure)))),
            };
        }
        let ask = self.expect_answer(Waiter::Door(reply));
        self.input(Input::Deed { by: By::Person(person), deed: Deed::Remember { what, audience }, ask }).await;
    }

    /// This table's memory along the present line of play, as `viewer` may know it.
    pub(super) fn wanted(&self, viewer: Viewer) -> Wanted {
        Wanted { table: self.id, path: self.machine.state().ledger.path(), viewer }
    }
}
