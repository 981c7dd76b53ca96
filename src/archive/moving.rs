//! One table in a file: its log word for word, its settings, characters, lore, attached files and notes, to be played on elsewhere.
//! What is a cache stays behind: providers' conversations, snapshots, what was derived from the log.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ArchiveError;
use super::backup::describe;
use super::manifest::Kind;
use super::pack::{Packer, Unfinished, folder_of, hex};
use super::placing::{Placed, settle};
use super::unpack::Unpacker;
use crate::dice::proof::Secret;
use crate::domain::{
    Actor, Audience, BoundMark, Event, EventKind, GameEvent, PersonId, PlaceId, SafetyEvent, SeedShown, TableName,
    Timestamp,
};
use crate::store::{self, Copied, Store, StoreError, TakenTable};
use crate::table::state::TableState;
use crate::table::{bound_mark, bounds_secret, tell_anew};

/// The table's own words.
const HEAD: &str = "table.json";
/// Its log, an event a line.
const EVENTS: &str = "events.jsonl";
/// The longest of both.
const HEAD_BYTES: u64 = 4 << 20;
const EVENTS_BYTES: u64 = 2 << 30;

/// What a table is beside its log.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    name: String,
    uid: String,
    created_at: i64,
    settings: Vec<(String, String)>,
    wishes: Option<String>,
    /// The seed of rolls whose seed was not shown yet: it was made from a secret that stays behind.
    seed: Option<SeedShown>,
    /// With this everybody at the table can be tried for whose lines are whose, as with the database.
    salt: String,
    marks: BTreeMap<String, BoundMark>,
}

/// As what a table is taken in.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its name here; none is the one it had.
    pub name: Option<TableName>,
    /// The Discord channel it is played in.
    pub channel: Option<u64>,
    /// Channels that have a table by the configuration, with its name.
    pub taken: Vec<(u64, TableName)>,
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its name here.
    pub name: TableName,
    /// How many events its log has.
    pub events: usize,
    /// Who sits there.
    pub seats: usize,
}

/// Writes the table of that name to `to`, which must not be there; also while the bot runs. It blocks.
///
/// # Errors
/// Whatever kept it from being made; then there is no file.
pub fn export_table(data_dir: &Path, name: &str, to: &Path) -> Result<usize, ArchiveError> {
    let mut packer = Packer::begin(to)?;
    let copy = Unfinished::within(&folder_of(to))?;
    let copied = store::copy_database(data_dir, copy.path())?;
    let copied = copied.ok_or_else(|| ArchiveError::Nothing { path: data_dir.to_owned() })?;
    if copied.schema < store::KNOWN_SCHEMA {
        // The tables it is read from came later; the next start brings them.
        let why = "start the program once, so that the database is brought up to date".to_owned();
        return Err(ArchiveError::Other { wanted: "a database of this version", why });
    }
    let (taken, known) = store::take_table(copy.path(), name)?;
    let taken = taken.ok_or_else(|| ArchiveError::NoSuchTable { name: name.to_owned(), known })?;
    let table: TableName = name.parse().map_err(|_| ArchiveError::Damaged("a name that cannot be one".to_owned()))?;
    let events = taken.events.len();
    packer.bytes(HEAD, &json(&head(&table, &taken)?)?)?;
    let mut lines = Vec::new();
    for event in taken.events {
        lines.extend(json(&without_session(event))?);
        lines.push(b'\n');
    }
    packer.bytes(EVENTS, &lines)?;
    let own = data_dir.join("tables").join(name);
    for part in ["characters", "lore", "work/attachments"] {
        packer.folder(&format!("folder/{part}"), &own.join(part))?;
    }
    packer.file("folder/kit.yaml", &own.join("kit.yaml"))?;
    packer.folder("stories", &data_dir.join("stories").join(name))?;
    let tables = copied.tables.into_iter().filter(|(own, ..)| own == name).collect();
    let only = Copied { tables, rows: BTreeMap::new(), ..copied };
    packer.finish(describe(Kind::Table, &only, false))?;
    Ok(events)
}

fn head(name: &TableName, taken: &TakenTable) -> Result<Head, ArchiveError> {
    let mut state = TableState::default();
    taken.events.iter().for_each(|event| state.apply(event));
    let note = |wanted: &str| taken.notes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let dice = state.ledger.dice;
    let seed = note("dice-secret").and_then(Secret::from_hex).zip(dice.used).map(|(secret, used)| {
        let seed = secret.seed(name.as_str(), used.scene.get(), used.opened.get(), dice.shown);
        SeedShown { scene: used.scene, seal: seed.seal().to_string(), seed: seed.reveal(), rolls: used.rolls }
    });
    let salt = uuid::Uuid::new_v4().simple().to_string();
    let mut marks = BTreeMap::new();
    if let Some(secret) = note("bounds-secret") {
        for seat in &state.ledger.seats {
            let mark = bound_mark(secret, name, &seat.person);
            if state.ledger.bounds.contains_key(&mark) {
                marks.insert(salted(&salt, &seat.person), mark);
            }
        }
    }
    Ok(Head {
        name: name.to_string(),
        uid: taken.uid.clone(),
        created_at: taken.created_at.millis(),
        settings: taken.settings.clone(),
        wishes: taken.wishes.clone(),
        seed,
        salt,
        marks,
    })
}

fn salted(salt: &str, person: &PersonId) -> String {
    let mut sum = Sha256::new();
    sum.update(salt);
    sum.update(person.as_str());
    hex(&sum.finalize())
}

/// A provider's conversation is with the provider of another installation.
fn without_session(mut event: Event) -> Event {
    if let EventKind::TurnEnded { session, .. } = &mut event.kind {
        *session = None;
    }
    event
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, ArchiveError> {
    serde_json::to_vec(value).map_err(|failure| ArchiveError::Damaged(failure.to_string()))
}

/// Takes the table in `file` into the installation in `data_dir`, which no program may hold meanwhile.
///
/// # Errors
/// Whatever is wrong with either; then the installation is as it was.
pub async fn import_table(
    data_dir: &Path,
    file: &Path,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Imported, ArchiveError> {
    let mut unpacker = Unpacker::open(file, Kind::Table, may_hold)?;
    let head: Head = part(&mut unpacker, HEAD, HEAD_BYTES)?;
    let events = log(&mut unpacker)?;
    let store = Store::open(data_dir)?;
    let done = match settle(&store, data_dir).await {
        Ok(()) => take_in(&store, data_dir, &mut unpacker, (head, events), wanted, now).await,
        Err(failure) => Err(failure),
    };
    store.close().await;
    done
}

fn may_hold(name: &str) -> bool {
    matches!(name, HEAD | EVENTS) || name.starts_with("folder/") || name.starts_with("stories/")
}

fn part<T: serde::de::DeserializeOwned>(unpacker: &mut Unpacker, name: &str, limit: u64) -> Result<T, ArchiveError> {
    let bytes = unpacker.read(name, limit)?.ok_or_else(|| ArchiveError::Damaged(format!("{name} is missing")))?;
    serde_json::from_slice(&bytes).map_err(|failure| ArchiveError::Damaged(format!("{name}: {failure}")))
}

fn log(unpacker: &mut Unpacker) -> Result<Vec<Event>, ArchiveError> {
    let bytes = unpacker.read(EVENTS, EVENTS_BYTES)?;
    let bytes = bytes.ok_or_else(|| ArchiveError::Damaged(format!("{EVENTS} is missing")))?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read = |(number, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|failure| {
            let program = &unpacker.manifest().program;
            ArchiveError::Damaged(format!("event {} of Talekeeper {program} is not understood: {failure}", number + 1))
        })
    };
    lines.enumerate().map(read).collect()
}

async fn take_in(
    store: &Store,
    data_dir: &Path,
    unpacker: &mut Unpacker,
    (head, mut events): (Head, Vec<Event>),
    wanted: Wanted,
    now: Timestamp,
) -> Result<Imported, ArchiveError> {
    let was: TableName =
        head.name.parse().map_err(|_| ArchiveError::Damaged("a name that cannot be one".to_owned()))?;
    let uid = free_uid(store, &head, &wanted).await?;
    let name = wanted.name.clone().unwrap_or(was);
    let place = check_free(store, data_dir, &name, &wanted).await?;
    let secret = bounds_secret(store).await?;
    let mut state = TableState::default();
    events.iter().for_each(|event| state.apply(event));
    let marks: BTreeMap<_, _> = state
        .ledger
        .seats
        .iter()
        .filter_map(|seat| {
            Some((head.marks.get(&salted(&head.salt, &seat.person))?.clone(), bound_mark(&secret, &name, &seat.person)))
        })
        .collect();
    for event in &mut events {
        if let EventKind::Safety(SafetyEvent::Bounded { mark, .. }) = &mut event.kind
            && let Some(here) = marks.get(mark)
        {
            *mark = here.clone();
        }
    }
    events.extend(head.seed.map(|seed| shown(&state, seed, now)));
    let count = events.len();
    let placed = Placed::put(unpacker, data_dir, &name)?;
    let table = TakenTable {
        uid,
        created_at: Timestamp::from_millis(head.created_at),
        events,
        settings: head.settings,
        wishes: head.wishes,
        notes: Vec::new(),
    };
    store.put_table(&name, table, place, now).await.map_err(|failure| match failure {
        StoreError::OutOfStep { .. } | StoreError::AlreadyHeard { .. } => {
            ArchiveError::Damaged(format!("its log does not hold together: {failure}"))
        }
        other => other.into(),
    })?;
    let placed = placed.keep();
    tell_anew(store, data_dir, &name).await?;
    placed.unmark()?;
    Ok(Imported { name, events: count, seats: state.ledger.seats.len() })
}

/// The table's id, unless it is here already; a copy under another name gets one of its own.
async fn free_uid(store: &Store, head: &Head, wanted: &Wanted) -> Result<String, ArchiveError> {
    let here = store.tables().await?.into_iter().find(|row| row.uid == head.uid);
    match here {
        None => Ok(head.uid.clone()),
        Some(_) if wanted.name.is_some() => Ok(uuid::Uuid::now_v7().to_string()),
        Some(row) => Err(ArchiveError::TableHere { name: row.name.to_string() }),
    }
}

/// Nobody has the name or the channel. Gives the place.
async fn check_free(
    store: &Store,
    data_dir: &Path,
    name: &TableName,
    wanted: &Wanted,
) -> Result<Option<PlaceId>, ArchiveError> {
    let folders = ["tables", "stories"].map(|part| data_dir.join(part).join(name.as_str()));
    if store.table_named(name).await?.is_some() || folders.iter().any(|folder| folder.symlink_metadata().is_ok()) {
        return Err(ArchiveError::NameTaken { name: name.to_string() });
    }
    let Some(channel) = wanted.channel else { return Ok(None) };
    let place = PlaceId::new(format!("discord:{channel}"));
    let opened = store.opened_tables().await?.into_iter().find(|open| open.place == place).map(|open| open.name);
    let configured = wanted.taken.iter().find(|(taken, _)| *taken == channel).map(|(_, name)| name.clone());
    match opened.or(configured) {
        Some(name) => Err(ArchiveError::ChannelTaken { channel: channel.to_string(), name: name.to_string() }),
        None => Ok(Some(place)),
    }
}

/// The seed that no roll follows from here, as an event: everybody can still draw those rolls again.
fn shown(state: &TableState, seed: SeedShown, now: Timestamp) -> Event {
    Event {
        seq: state.ledger.seq.next(),
        branch: state.ledger.branch,
        scene: seed.scene,
        turn: None,
        at: now,
        actor: Actor::Program,
        audience: Audience::Table,
        cause: None,
        kind: EventKind::Game(GameEvent::SeedShown(seed)),
    }
}
