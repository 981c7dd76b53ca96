//! What a turn is told of earlier: what is looked for, and the search. It changes nothing.
//! What is chosen among what was found is decided in `crate::memory`.

use crate::domain::{EventSeq, MemoryId, Said, SceneNo, Tale, Viewer};
use crate::memory::{self, Candidate, Choosing, Query, Report};
use crate::store::{Store, StoreError, Wanted};

/// The share of a brief that memories may have, and the most of it, in bytes.
const SHARE: usize = 12;
const MOST_BYTES: usize = 6 * 1024;
/// How many words of what is said are looked for.
const WORDS: usize = 12;
/// How many of the last replies tell who is there.
const REPLIES: usize = 3;
/// How much is weighed.
const FOUND: usize = 60;
/// Among how many chance picks.
const CHANCE: usize = 40;

/// What a turn is remembered by.
pub(super) struct Moment<'a> {
    pub(super) turn: u64,
    pub(super) tale: &'a Tale,
    pub(super) said: &'a [Said],
    pub(super) lately: &'a [MemoryId],
    /// What the brief tells of what is over.
    pub(super) told: &'a [EventSeq],
    pub(super) brief_bytes: usize,
}

/// Looks up what this moment calls back, as the game master knows it.
pub(super) async fn recall(store: &Store, wanted: Wanted, moment: &Moment<'_>) -> Result<Report, StoreError> {
    let wanted = Wanted { viewer: Viewer::Gm, ..wanted };
    let present = present(moment);
    let said = moment.said.iter().flat_map(|said| memory::terms(&said.text)).collect();
    let mut words = store.rare_words(said, WORDS).await?;
    let title = moment.tale.scene.as_ref().and_then(|scene| scene.title.as_deref()).unwrap_or_default();
    let around = present.iter().map(String::as_str).chain([title]).flat_map(memory::terms).collect();
    words.extend(store.rare_words(around, WORDS).await?);
    let query = Query::of(words.iter().map(String::as_str));
    let mut found = store.memories_found(wanted.clone(), &query, FOUND).await?;
    found.extend(chance_find(store, wanted, moment).await?);
    let whispers = moment.tale.game.whispers.iter().map(|kept| kept.event);
    let told_events = moment.tale.recent.iter().map(|beat| beat.event).chain(whispers);
    let told_events: Vec<EventSeq> = told_events.chain(moment.told.iter().copied()).collect();
    let choosing = Choosing {
        turn: moment.turn,
        present: &present,
        told_events: &told_events,
        lately: moment.lately,
        budget: (moment.brief_bytes / SHARE).min(MOST_BYTES),
    };
    let report = memory::choose(found, &choosing);
    Ok(Report { words: query.terms().to_vec(), ..report })
}

/// Who acts, and who spoke last.
fn present(moment: &Moment<'_>) -> Vec<String> {
    let replies = moment.tale.recent.iter().rev().take(REPLIES).flat_map(|beat| &beat.reply.spans);
    let speakers = replies.filter_map(|span| span.speaker.clone());
    let mut names: Vec<_> = moment.said.iter().map(|said| said.who().to_owned()).chain(speakers).collect();
    names.sort();
    names.dedup();
    names
}

/// Something that mattered long ago. The same log always gives the same: the turn's number picks.
async fn chance_find(store: &Store, wanted: Wanted, moment: &Moment<'_>) -> Result<Option<Candidate>, StoreError> {
    let Some(before) = moment.tale.scene.as_ref().filter(|scene| scene.number > SceneNo::new(1)) else {
        return Ok(None);
    };
    let mut weighty = store.weighty_memories(wanted, before.opened, CHANCE).await?;
    if weighty.is_empty() {
        return Ok(None);
    }
    let pick = usize::try_from(moment.turn).unwrap_or(0) % weighty.len();
    Ok(Some(Candidate { memory: weighty.swap_remove(pick), rank: None }))
}

#[cfg(test)]
mod tests;
