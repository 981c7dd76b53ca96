//! Looks on at all tables from outside the program that plays them, by what stands in the database.
//! It asks no table and changes nothing; what was folded before is kept, so that each look reads only what is new.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{
    ErrorId, Event, EventKind, ProviderName, Role, TableId, TableName, Timestamp, TurnNo, TurnOutcome,
};
use crate::store::{Store, StoreError};
use crate::table::money::Spending;
use crate::table::state::Ledger;

/// Among how many events of a table the last error is looked for at the first look.
const ERRORS_WITHIN: u32 = 500;

/// A table as it stands, for operators.
#[derive(Clone, Debug, PartialEq)]
pub struct Glimpse {
    /// Which.
    pub table: TableName,
    /// Who plays, by the names they go by.
    pub people: Vec<String>,
    /// Who answered last, or answers now.
    pub provider: Option<ProviderName>,
    /// The turn that was opened and has not ended, and since when.
    pub running: Option<(TurnNo, Timestamp)>,
    /// How many actions wait.
    pub waiting: usize,
    /// Whether play is paused by the stop card.
    pub paused: bool,
    /// What was spent today.
    pub today: Spending,
    /// The last error that people were told of, or that another provider went on after.
    pub trouble: Option<(ErrorId, Timestamp)>,
    /// When something happened last.
    pub last: Option<Timestamp>,
}

/// What is known of all tables.
#[derive(Debug, Default)]
pub struct Onlooker {
    known: BTreeMap<TableId, Known>,
}

#[derive(Debug, Default)]
struct Known {
    ledger: Ledger,
    provider: Option<ProviderName>,
    since: Option<Timestamp>,
    trouble: Option<(ErrorId, Timestamp)>,
    last: Option<Timestamp>,
}

/// The part of a snapshot that is needed here.
#[derive(Deserialize)]
struct Kept {
    ledger: Ledger,
}

impl Onlooker {
    /// Looks at every table. `now` says which day is today.
    pub async fn look(&mut self, store: &Store, now: Timestamp) -> Result<Vec<Glimpse>, StoreError> {
        let mut seen = Vec::new();
        let mut still = BTreeMap::new();
        for row in store.tables().await? {
            let mut known = match self.known.remove(&row.id) {
                Some(known) => known,
                None => Known::first(store, row.id).await?,
            };
            for event in store.events_after(row.id, known.ledger.seq).await? {
                known.take(&event);
            }
            seen.push(known.glimpse(row.name, now));
            still.insert(row.id, known);
        }
        self.known = still;
        Ok(seen)
    }
}

impl Known {
    /// What stands in the newest snapshot, and what a snapshot does not say.
    async fn first(store: &Store, table: TableId) -> Result<Self, StoreError> {
        let snapshot = store.newest_snapshot(table).await?;
        let kept = snapshot.and_then(|row| serde_json::from_str::<Kept>(&row.state).ok());
        let mut known = Self { ledger: kept.map(|kept| kept.ledger).unwrap_or_default(), ..Self::default() };
        let turn = store.turns(table, 1).await?.pop();
        if let Some(turn) = turn {
            known.provider = Some(turn.provider);
            known.since = Some(turn.opened_at);
            known.last = Some(turn.ended_at.unwrap_or(turn.opened_at));
        }
        known.trouble = store.newest_ends(table, ERRORS_WITHIN).await?.iter().find_map(trouble);
        Ok(known)
    }

    fn take(&mut self, event: &Event) {
        self.ledger.apply(event);
        self.last = self.last.max(Some(event.at));
        self.trouble = trouble(event).or(self.trouble.take());
        match &event.kind {
            EventKind::TurnOpened { provider, .. } => {
                self.provider = Some(provider.clone());
                self.since = Some(event.at);
            }
            EventKind::RungLeft { next, .. } => self.provider = Some(next.clone()),
            _ => {}
        }
    }

    fn glimpse(&self, table: TableName, now: Timestamp) -> Glimpse {
        let ledger = &self.ledger;
        let plays = ledger.seats.iter().filter(|seat| seat.role != Role::Spectator);
        Glimpse {
            table,
            people: plays.map(|seat| seat.name.clone()).collect(),
            provider: self.provider.clone(),
            running: ledger.running.as_ref().map(|running| (running.turn, self.since.unwrap_or(now))),
            waiting: ledger.waiting.len(),
            paused: ledger.paused.is_some(),
            today: ledger.money.day.on(now.utc_day()),
            trouble: self.trouble.clone(),
            last: self.last,
        }
    }
}

/// The error of an event that tells of one.
fn trouble(event: &Event) -> Option<(ErrorId, Timestamp)> {
    match &event.kind {
        EventKind::TurnEnded { outcome: TurnOutcome::Failed { error, .. }, .. } | EventKind::RungLeft { error, .. } => {
            Some((error.clone(), event.at))
        }
        _ => None,
    }
}
