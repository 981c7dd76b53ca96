//! Folding a table from its log, by snapshots where there are some.
//! A snapshot that cannot be read is as good as none.

use tracing::warn;

use crate::dice::proof::Secret;
use crate::domain::{EventKind, EventSeq, Kit, PathStep, TableId, TableName, Tale};
use crate::kit::{self, Choice};
use crate::store::{Store, StoreError};
use crate::table::folder::TableFolder;
use crate::table::machine::Machine;
use crate::table::settings::TableSettings;
use crate::table::state::{Ledger, TableState, fold_tale};

/// The state by snapshot and the events after it; with the position of the snapshot.
pub(super) async fn state(store: &Store, table: TableId) -> Result<(TableState, u64), StoreError> {
    let snapshot = store.newest_snapshot(table).await?;
    let snapshot = snapshot.and_then(|row| serde_json::from_str::<TableState>(&row.state).ok());
    let mut state = snapshot.unwrap_or_default();
    let snapshot_at = state.ledger.seq.get();
    let mut branched = false;
    for event in store.events_after(table, state.ledger.seq).await? {
        branched |= matches!(event.kind, EventKind::BranchOpened { .. });
        state.apply(&event);
    }
    if branched {
        let path = state.ledger.path();
        state.tale = tale(store, table, &state.ledger, &path).await?;
    }
    Ok((state, snapshot_at))
}

/// The machine of a table in the state that its log gives.
pub(super) async fn machine(
    settings: &TableSettings,
    folder: &TableFolder,
    name: &TableName,
    dice: Secret,
    state: TableState,
) -> Machine {
    Machine::new(settings.setup.clone(), state)
        .with_dice(name, dice)
        .with_kit(kit(settings, folder).await)
        .with_style(settings.spoken_style())
}

/// What the secret of the dice is noted under.
const DICE: &str = "dice-secret";
/// What the secret of the marks is noted under.
const BOUNDS: &str = "bounds-secret";

/// What the seeds of all tables are made from: drawn once from the system's chance and kept in the database.
pub(super) async fn secret(store: &Store) -> Result<Secret, StoreError> {
    let drawn: [u8; 32] = rand::random();
    let hex: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = store.note_once(DICE, hex).await?;
    Ok(Secret::from_hex(&kept).unwrap_or_else(|| Secret::new(drawn)))
}

/// What the marks of those who draw lines are made with: drawn once and kept in the database, apart from the log.
pub(super) async fn bounds_secret(store: &Store) -> Result<String, StoreError> {
    let drawn: [u8; 32] = rand::random();
    store.note_once(BOUNDS, drawn.iter().map(|byte| format!("{byte:02x}")).collect()).await
}

/// The table's kit. Why it cannot be read is told to whoever would use a sheet, and the game goes on without.
pub(super) async fn kit(settings: &TableSettings, folder: &TableFolder) -> Result<Kit, String> {
    let (path, usual) = match &settings.kit {
        Choice::Shipped(name) => return kit::shipped(name).map_err(|fault| fault.to_string()),
        Choice::File(path) => (path.clone(), false),
        Choice::Usual => (folder.kit_file(), true),
    };
    let read = match tokio::fs::read_to_string(&path).await {
        Err(failure) if usual && failure.kind() == std::io::ErrorKind::NotFound => return Ok(Kit::default()),
        Err(failure) => Err(failure.kind().to_string()),
        Ok(text) => kit::read(&text).map_err(|fault| fault.to_string()),
    };
    read.inspect_err(|fault| warn!(path = %path.display(), %fault, "the kit cannot be read"))
}

/// The tale along a line of play by the nearest snapshot that lies on it.
pub(super) async fn tale(
    store: &Store,
    table: TableId,
    ledger: &Ledger,
    path: &[PathStep],
) -> Result<Tale, StoreError> {
    let snapshot = store.snapshot_on_path(table, path).await?;
    let snapshot =
        snapshot.and_then(|row| serde_json::from_str::<TableState>(&row.state).ok().map(|s| (row.seq, s.tale)));
    let (after, tale) = snapshot.unwrap_or_else(|| (EventSeq::new(0), ledger.empty_tale()));
    let events = store.story_events_on_path(table, path, after).await?;
    Ok(fold_tale(tale, &events))
}
