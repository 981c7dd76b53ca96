//! A recap of the table for everyone, or for one seat: what is looked up for it, as that viewer may know it.
//! How it is told is `crate::story::recap`'s.

use super::Actor;
use crate::domain::{Memory, PersonId, SeatId, Tier, TurnNo, Viewer};
use crate::store::StoreError;
use crate::story::recap::{Recap, SceneTold};
use crate::table::handle::TableError;

/// How many scenes, promises, missed turns and secrets are told at most.
const SCENES: usize = 4;
const PROMISES: usize = 5;
const MISSED: usize = 8;
const SECRETS: usize = 6;
/// Among how many memories of a kind the secret ones are looked for.
const LOOKED_AT: usize = 60;
/// Among how many beats those are looked for that were missed.
const BEATS: usize = 400;

impl Actor {
    /// What happened so far, as far as the person may know it; none tells what everyone knows.
    pub(super) async fn recap(&self, person: Option<&PersonId>) -> Result<Recap, TableError> {
        let seat = person.and_then(|person| self.machine.state().ledger.seat_of(person)).map(|seat| seat.id);
        self.look_back(seat).await.map_err(|failure| self.not_saved(&failure))
    }

    async fn look_back(&self, seat: Option<SeatId>) -> Result<Recap, StoreError> {
        let store = &self.parts.store;
        let viewer = seat.map_or(Viewer::Public, Viewer::Seat);
        let tale = &self.machine.state().tale;
        let acted = match seat {
            Some(seat) => store.last_acted(self.id, seat).await?,
            None => None,
        };
        let mut recap = Recap {
            table: self.name.to_string(),
            scenes: self.scenes_told().await?,
            clocks: self.machine.game(viewer).world.clocks,
            scene: tale.scene.as_ref().map(|scene| scene.title.clone().unwrap_or_default()),
            last: tale.recent.back().map(|beat| beat.reply.clone()),
            ..Recap::default()
        };
        recap.promises = texts(store.newest_memories(self.wanted(viewer), Tier::Promise, PROMISES).await?);
        match (seat, acted) {
            (Some(seat), Some(turn)) => {
                self.tell_missed(&mut recap, turn).await?;
                recap.secrets = self.secrets_of(seat).await?;
            }
            (Some(seat), None) => {
                recap.arc = self.arc().await?;
                recap.secrets = self.secrets_of(seat).await?;
            }
            (None, _) => recap.arc = self.arc().await?,
        }
        Ok(recap)
    }

    async fn arc(&self) -> Result<Option<String>, StoreError> {
        let newest = self.parts.store.newest_memories(self.wanted(Viewer::Public), Tier::Arc, 1).await?;
        Ok(newest.into_iter().next().map(|arc| arc.text))
    }

    /// The last scenes in short, as everyone knows them.
    async fn scenes_told(&self) -> Result<Vec<SceneTold>, StoreError> {
        let newest = self.parts.store.newest_memories(self.wanted(Viewer::Public), Tier::Scene, SCENES).await?;
        let past = &self.machine.state().tale.past;
        let told = newest.into_iter().rev().map(|memory| {
            let title = past.iter().find(|scene| scene.number == memory.scene).and_then(|scene| scene.title.clone());
            let lead = title.as_ref().map(|title| format!("{title}: ")).unwrap_or_default();
            let text = memory.text.strip_prefix(&lead).unwrap_or(&memory.text).to_owned();
            SceneTold { number: memory.scene, title, text }
        });
        Ok(told.collect())
    }

    /// What was told since this turn.
    async fn tell_missed(&self, recap: &mut Recap, since: TurnNo) -> Result<(), StoreError> {
        let beats = self.parts.store.newest_memories(self.wanted(Viewer::Public), Tier::Beat, BEATS).await?;
        let missed: Vec<_> =
            beats.into_iter().filter(|beat| beat.id.part == 0 && beat.turn.is_some_and(|turn| turn > since)).collect();
        recap.missed_turns = missed.len() as u64;
        recap.missed = texts(missed.into_iter().take(MISSED).collect());
        Ok(())
    }

    /// What this seat knows and not everyone does, the oldest first.
    async fn secrets_of(&self, seat: SeatId) -> Result<Vec<String>, StoreError> {
        let mut known: Vec<Memory> = Vec::new();
        for tier in [Tier::Secret, Tier::Fact, Tier::Rumour, Tier::Pin] {
            let newest = self.parts.store.newest_memories(self.wanted(Viewer::Seat(seat)), tier, LOOKED_AT).await?;
            known.extend(newest.into_iter().filter(|memory| !memory.audience.is_table()));
        }
        known.sort_by_key(|memory| std::cmp::Reverse(memory.id));
        known.truncate(SECRETS);
        Ok(texts(known))
    }
}

/// What they say, the oldest first.
fn texts(mut memories: Vec<Memory>) -> Vec<String> {
    memories.reverse();
    memories.into_iter().map(|memory| memory.text).collect()
}
