//! Erasing a person from a table: its log, what follows from it, the files they attached and the story.
//! Whoever calls this is the only one who changes the table then.

use std::path::Path;

use tracing::{error, warn};

use crate::domain::{
    Actor as Who, Audience, Event, EventKind, EventSeq, PartEvent, PersonId, Role, SceneNo, SeatId, TableId, TableName,
    Timestamp,
};
use crate::privacy::{self, Erasing, GONE, Unfinished};
use crate::store::{Rewriting, Store, StoreError};
use crate::table::actor::{Actor, stories};
use crate::table::marks::bound_mark;
use crate::table::state::TableState;
use crate::table::{files, keeping};
use crate::telemetry::new_error_id;

/// Why nobody was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The database failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A turn was begun and has no end yet.
    #[error("a turn is running")]
    Running,
}

/// A table and where its things lie.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// The record.
    pub store: &'a Store,
    /// The table.
    pub id: TableId,
    /// What it is called.
    pub name: &'a TableName,
    /// Where its provider works, which is where attached files are kept.
    pub working: Option<&'a Path>,
    /// The folder of everything that is kept.
    pub data_dir: &'a Path,
    /// Whether it has story files.
    pub stories: bool,
}

/// Erases a person; false if they never sat there. What is left to do elsewhere is noted with it.
///
/// # Errors
/// What the database says, or that a turn is running.
pub async fn erase(spot: Spot<'_>, person: &PersonId, now: Timestamp) -> Result<bool, EraseError> {
    let state = Actor::state(spot.store, spot.id).await?;
    let Some(seat) = state.ledger.seat_of(person).map(|seat| seat.id) else { return Ok(false) };
    if state.ledger.running.is_some() {
        return Err(EraseError::Running);
    }
    let events = spot.store.events_after(spot.id, EventSeq::new(0)).await?;
    let secret = Actor::bounds_secret(spot.store).await?;
    let nobody = PersonId::new(format!("erased:{}", uuid::Uuid::new_v4().simple()));
    let erasing = Erasing { seat, nobody, mark: bound_mark(&secret, spot.name, person) };
    let (changed, traces, sources) = privacy::erase(&events, &erasing);
    let closing = closing(&state, seat, now);
    // Before the log: what it names no more could not be found by a second try.
    remove_capsules(spot).await?;
    let files = remove_files(spot, &events, seat).await;
    let then = Unfinished {
        needles: traces.needles(),
        tables: vec![spot.name.clone()],
        stories: spot.stories.then(|| spot.name.clone()).into_iter().collect(),
        events: changed.len() as u64,
        files,
    };
    let rewriting = Rewriting { person: person.clone(), changed, closing, sources, traces, then };
    spot.store.rewrite(spot.id, rewriting).await?;
    if spot.stories
        && let Err(failure) = tell_anew(spot.store, spot.data_dir, spot.name).await
    {
        // The person is out of the log; what still stands in files is for the host to look at.
        let error_id = new_error_id();
        error!(table = %spot.name, %error_id, error = &failure as &dyn std::error::Error, "story files not current");
    }
    Ok(true)
}

/// What ends their part in the game: nothing of theirs waits, nobody is kept from their characters, nobody waits for them.
fn closing(state: &TableState, seat: SeatId, now: Timestamp) -> Vec<Event> {
    let ledger = &state.ledger;
    let waiting = ledger.waiting.iter().filter(|waiting| waiting.seat == seat);
    let withdrawn = waiting.map(|waiting| EventKind::ActionWithdrawn { action: waiting.action });
    let dropped = ledger
        .parts
        .of(seat)
        .map(|played| EventKind::Part(PartEvent::Dropped { seat, slug: played.part.slug.clone() }));
    let gone = EventKind::SeatChanged { seat, name: GONE.to_owned(), role: Role::Spectator };
    let kinds = withdrawn.chain(dropped).chain([gone]);
    let scene = state.tale.scene.as_ref().map_or(SceneNo::new(0), |scene| scene.number);
    let event = |(kind, seq)| Event {
        seq: EventSeq::new(seq),
        branch: ledger.branch,
        scene,
        turn: None,
        at: now,
        actor: Who::Program,
        audience: Audience::Table,
        cause: None,
        kind,
    };
    kinds.zip(ledger.seq.get() + 1..).map(event).collect()
}

/// Removes the turns that were kept to be played again: all that was said is in them, by whomever.
async fn remove_capsules(spot: Spot<'_>) -> Result<(), StoreError> {
    let folder = keeping::folder_of(spot.data_dir).join(spot.name.as_str());
    match tokio::fs::remove_dir_all(&folder).await {
        Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(&folder, failure)),
        _ => Ok(()),
    }
}

/// Removes what they attached. A file that stays is told to the host; the log does not name it any more.
async fn remove_files(spot: Spot<'_>, events: &[Event], seat: SeatId) -> u64 {
    let Some(working) = spot.working else { return 0 };
    let mut removed = 0;
    for event in events {
        let EventKind::ActionSaid { seat: by, files, .. } = &event.kind else { continue };
        for file in files.iter().filter(|_| *by == seat) {
            let Some(path) = files::place(working, &file.name) else { continue };
            match tokio::fs::remove_file(&path).await {
                Ok(()) => removed += 1,
                Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => {}
                Err(failure) => {
                    warn!(table = %spot.name, event = %event.seq, error = %failure, "an attached file was not removed");
                }
            }
        }
    }
    removed
}

/// Writes the files of all scenes of a table's present line of play anew, where it has any and is not open.
///
/// # Errors
/// What keeps the log from being read.
pub async fn tell_anew(store: &Store, data_dir: &Path, name: &TableName) -> Result<(), StoreError> {
    let Some(row) = store.table_named(name).await? else { return Ok(()) };
    let state = Actor::state(store, row.id).await?;
    let opened = store.events_after(row.id, EventSeq::new(0)).await?.into_iter().filter_map(|event| match event.kind {
        EventKind::SceneOpened { scene, .. } => Some(scene),
        _ => None,
    });
    let mut scenes: Vec<_> = opened.collect();
    scenes.sort_unstable();
    scenes.dedup();
    let told = stories::Told { store, id: row.id, name, state: &state };
    if let Err(failure) = stories::write(told, data_dir, SceneNo::new(0), &scenes).await {
        // The log is right; what still stands in files is for the host to look at.
        let error_id = new_error_id();
        error!(table = %name, %error_id, error = &failure as &dyn std::error::Error, "story files not current");
    }
    Ok(())
}

/// What the marks of those who draw lines are made with in this installation.
///
/// # Errors
/// What keeps it from being read or drawn.
pub async fn bounds_secret(store: &Store) -> Result<String, StoreError> {
    Actor::bounds_secret(store).await
}
