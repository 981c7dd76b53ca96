//! A store in a folder of its own and a scribe that writes legal logs, for the tests of this module.
//! Exists in tests only.

use rusqlite::Connection;
use tempfile::TempDir;

use super::Store;
use super::error::StoreError;
use crate::domain::{
    ActionId, Actor, Audience, BranchId, BranchWhy, ErrorId, Event, EventKind, EventSeq, FaultKind, GameEvent,
    ModelName, ProviderName, Reply, Said, SceneNo, SeatId, SkipWhy, SourceId, Span, Spent, Spoken, TableId, Timestamp,
    TurnNo, TurnOutcome, Whisper,
};

/// A store with one table.
pub(super) struct Fresh {
    pub dir: TempDir,
    pub store: Store,
    pub table: TableId,
}

pub(super) async fn fresh() -> Fresh {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let table = store.ensure_table(&"crown".parse().unwrap(), Timestamp::from_millis(1_700_000_000_000)).await.unwrap();
    Fresh { dir, store, table: table.id }
}

impl Fresh {
    /// Writes with SQL, past everything that keeps the log in order.
    pub(super) async fn tamper(&self, sql: &'static str) {
        let done = self.store.writer.run(move |tx| tx.execute_batch(sql).map_err(StoreError::from)).await;
        done.unwrap();
    }

    /// Every row of `actions` and `turns`, as text.
    pub(super) async fn derived(&self) -> Vec<String> {
        let read = self.store.readers.run(|conn| {
            let mut lines = dump(conn, "SELECT * FROM actions ORDER BY table_id, action");
            lines.extend(dump(conn, "SELECT * FROM turns ORDER BY table_id, turn"));
            Ok(lines)
        });
        read.await.unwrap()
    }

    /// How SQLite means to answer `sql`.
    pub(super) async fn plan(&self, sql: &'static str) -> String {
        let read = self.store.readers.run(move |conn| {
            let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = statement.raw_query();
            let mut plan = Vec::new();
            while let Some(row) = rows.next()? {
                plan.push(row.get::<_, String>(3)?);
            }
            Ok(plan.join("\n"))
        });
        read.await.unwrap()
    }
}

fn dump(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        Ok((0..columns).map(|index| format!("{:?}", row.get_ref(index).unwrap())).collect::<Vec<_>>().join(" "))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Writes events one after the other, each following on the last.
pub(super) struct Scribe {
    pub seq: u64,
    pub branch: u32,
    pub scene: u32,
}

impl Scribe {
    pub(super) fn new() -> Self {
        Self { seq: 0, branch: 0, scene: 0 }
    }

    pub(super) fn write(&mut self, kind: EventKind) -> Event {
        self.seq += 1;
        Event {
            seq: EventSeq::new(self.seq),
            branch: BranchId::new(self.branch),
            scene: SceneNo::new(self.scene),
            turn: None,
            at: Timestamp::from_millis(1_700_000_000_000 + self.seq.cast_signed()),
            actor: Actor::Seat(SeatId::new(1)),
            audience: Audience::Table,
            cause: None,
            kind,
        }
    }

    pub(super) fn say(&mut self, text: &str) -> Event {
        let source = SourceId::new(format!("test:{}", self.seq + 1));
        self.write(EventKind::ActionSaid {
            source,
            seat: SeatId::new(1),
            text: text.into(),
            files: Vec::new(),
            character: None,
        })
    }

    pub(super) fn edit(&mut self, action: u64) -> Event {
        self.write(EventKind::ActionEdited { action: ActionId::new(action), text: "else".into() })
    }

    pub(super) fn withdraw(&mut self, action: u64) -> Event {
        self.write(EventKind::ActionWithdrawn { action: ActionId::new(action) })
    }

    pub(super) fn skip(&mut self, action: u64) -> Event {
        self.write(EventKind::ActionSkipped { action: ActionId::new(action), why: SkipWhy::Cleared })
    }

    pub(super) fn whisper(&mut self) -> Event {
        let whisper = Whisper { from: Actor::Gm, to: SeatId::new(1), text: "The key is fake.".into() };
        let audience = whisper.audience();
        Event { audience, ..self.write(EventKind::Game(GameEvent::Whispered(whisper))) }
    }

    pub(super) fn open_turn(&mut self, turn: u64, actions: &[u64]) -> Event {
        let said = actions.iter().map(|&action| Said {
            action: ActionId::new(action),
            seat: SeatId::new(1),
            name: "Ana".into(),
            text: "I look.".into(),
            files: Vec::new(),
            audience: Audience::Table,
            character: None,
        });
        let kind = EventKind::TurnOpened {
            turn: TurnNo::new(turn),
            said: said.collect(),
            provider: ProviderName::oracle(),
            model: Some(ModelName::new("small")),
            retry_of: None,
        };
        self.write(kind)
    }

    pub(super) fn end_turn(&mut self, turn: u64, outcome: TurnOutcome) -> Event {
        self.write(EventKind::TurnEnded {
            turn: TurnNo::new(turn),
            outcome,
            spent: Spent { tokens_in: Some(10), tokens_out: Some(u64::MAX), cost_micros: None },
            session: None,
            duration_ms: 5,
            first_text_ms: None,
            spoken: Spoken::default(),
        })
    }

    pub(super) fn open_scene(&mut self, scene: u32) -> Event {
        let opened = self.write(EventKind::SceneOpened { scene: SceneNo::new(scene), title: None });
        self.scene = scene;
        opened
    }

    /// Opens the next branch and goes on writing there.
    pub(super) fn branch(&mut self, at: u64) -> Event {
        let parent = BranchId::new(self.branch);
        self.branch += 1;
        let branch = BranchId::new(self.branch);
        let why = BranchWhy::Undo { turn: TurnNo::new(1) };
        self.write(EventKind::BranchOpened { branch, parent, at: EventSeq::new(at), why })
    }
}

pub(super) fn answered() -> TurnOutcome {
    TurnOutcome::Answered { reply: Reply { spans: vec![Span { speaker: None, text: "It is dark.".into() }] } }
}

pub(super) fn failed() -> TurnOutcome {
    TurnOutcome::Failed { fault: FaultKind::Silent, error: ErrorId::new("e1"), until: None }
}

pub(super) fn stopped() -> TurnOutcome {
    TurnOutcome::Stopped { by: None }
}

pub(super) fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq.get()).collect()
}

/// The same action, heard elsewhere.
pub(super) fn heard_at(mut event: Event, heard: &str) -> Event {
    if let EventKind::ActionSaid { source, .. } = &mut event.kind {
        *source = SourceId::new(heard);
    }
    event
}
