//! What an event means for the tables that are derived from the log: the one place, for appending and rebuilding.
//! Never looks at the log itself and never decides whether an event was allowed.

use rusqlite::{Connection, ffi};

use super::actions::ActionState;
use super::error::StoreError;
use super::memory;
use super::paths::column;
use super::turns::TurnEnd;
use crate::domain::{
    ActionId, Event, EventKind, ModelName, ProviderName, SeatId, SourceId, Spent, TableId, TurnNo, TurnOutcome,
};

const ADD_ACTION: &str = "INSERT INTO actions (table_id, action, source, seat, state) VALUES (?1, ?2, ?3, ?4, ?5)";

const MOVE_ACTION: &str =
    "UPDATE actions SET state = ?3, turn = coalesce(?4, turn) WHERE table_id = ?1 AND action = ?2";

// A waiting action has no turn, so these are the taken ones; the list is that of the index, or it could not be used.
// Left to itself SQLite would walk all actions of the table.
const END_ACTIONS: &str = "UPDATE actions INDEXED BY actions_unfinished SET state = ?3, turn = ?4
    WHERE table_id = ?1 AND turn = ?2 AND state IN ('waiting', 'taken')";

const ADD_TURN: &str = "INSERT INTO turns (table_id, turn, branch, scene, opened_seq, provider, model, opened_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const END_TURN: &str = "UPDATE turns
    SET ended_seq = ?3, outcome = ?4, tokens_in = ?6, tokens_out = ?7, ended_at = ?8,
        cost_micros = coalesce(cost_micros + ?5, cost_micros, ?5)
    WHERE table_id = ?1 AND turn = ?2";

const LEAVE_RUNG: &str =
    "UPDATE turns SET provider = ?3, model = ?4, cost_micros = coalesce(cost_micros + ?5, cost_micros, ?5)
    WHERE table_id = ?1 AND turn = ?2";

/// Every statement above, for the test that none of them looks through a whole table.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 6] = [ADD_ACTION, MOVE_ACTION, END_ACTIONS, ADD_TURN, END_TURN, LEAVE_RUNG];

/// Brings `actions`, `turns` and what is remembered up to date with one event that follows on those before.
pub(super) fn project(conn: &Connection, table: TableId, event: &Event) -> Result<(), StoreError> {
    memory::project(conn, table, event)?;
    match &event.kind {
        EventKind::ActionSaid { source, seat, .. } => {
            add_action(conn, table, ActionId::new(event.seq.get()), source, *seat)
        }
        EventKind::ActionWithdrawn { action } => move_action(conn, table, *action, ActionState::Withdrawn, None),
        EventKind::ActionSkipped { action, .. } => move_action(conn, table, *action, ActionState::Skipped, None),
        EventKind::TurnOpened { turn, said, .. } => {
            add_turn(conn, table, event)?;
            // For a retry these were answered or failed before.
            said.iter().try_for_each(|said| move_action(conn, table, said.action, ActionState::Taken, Some(*turn)))
        }
        EventKind::TurnEnded { turn, outcome, spent, .. } => {
            end_turn(conn, table, event, *turn, TurnEnd::of(outcome), spent)?;
            end_actions(conn, table, *turn, outcome)
        }
        EventKind::RungLeft { turn, next, next_model, spent, .. } => {
            leave_rung(conn, table, *turn, next, next_model.as_ref(), spent)
        }
        EventKind::MoneyReserved { .. }
        | EventKind::SummaryBegun { .. }
        | EventKind::SummaryEnded { .. }
        | EventKind::PurseKnown { .. }
        | EventKind::ActionEdited { .. }
        | EventKind::SeatJoined { .. }
        | EventKind::SeatChanged { .. }
        | EventKind::ProviderChosen { .. }
        | EventKind::SceneOpened { .. }
        | EventKind::SceneTitled { .. }
        | EventKind::Asked { .. }
        | EventKind::AskSettled { .. }
        | EventKind::StyleSet { .. }
        | EventKind::Part(_)
        | EventKind::Trespassed { .. }
        | EventKind::Safety(_)
        | EventKind::SceneEnded { .. }
        | EventKind::BranchOpened { .. }
        | EventKind::Game(_) => Ok(()),
    }
}

fn add_action(
    conn: &Connection,
    table: TableId,
    action: ActionId,
    source: &SourceId,
    seat: SeatId,
) -> Result<(), StoreError> {
    let waiting = ActionState::Waiting.as_str();
    let values = (table.get(), column(action.get()), source.as_str(), seat.get(), waiting);
    match conn.prepare_cached(ADD_ACTION)?.execute(values) {
        Ok(_) => Ok(()),
        // The source is all that is unique here beside the key, which has a code of its own.
        Err(error) if error.sqlite_error().is_some_and(|code| code.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE) => {
            Err(StoreError::AlreadyHeard { table, heard: source.clone() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives an action its new state, and the turn that took it if one did.
fn move_action(
    conn: &Connection,
    table: TableId,
    action: ActionId,
    state: ActionState,
    turn: Option<TurnNo>,
) -> Result<(), StoreError> {
    let turn = turn.map(|turn| column(turn.get()));
    conn.prepare_cached(MOVE_ACTION)?.execute((table.get(), column(action.get()), state.as_str(), turn))?;
    Ok(())
}

fn end_actions(conn: &Connection, table: TableId, turn: TurnNo, outcome: &TurnOutcome) -> Result<(), StoreError> {
    let turn = column(turn.get());
    let (state, of_turn) = match outcome {
        TurnOutcome::Answered { .. } => (ActionState::Answered, Some(turn)),
        TurnOutcome::Failed { .. } => (ActionState::Failed, Some(turn)),
        TurnOutcome::Stopped { .. } => (ActionState::Stopped, Some(turn)),
        TurnOutcome::Interrupted => (ActionState::Waiting, None),
    };
    conn.prepare_cached(END_ACTIONS)?.execute((table.get(), turn, state.as_str(), of_turn))?;
    Ok(())
}

fn add_turn(conn: &Connection, table: TableId, event: &Event) -> Result<(), StoreError> {
    let EventKind::TurnOpened { turn, provider, model, .. } = &event.kind else { return Ok(()) };
    conn.prepare_cached(ADD_TURN)?.execute((
        table.get(),
        column(turn.get()),
        event.branch.get(),
        event.scene.get(),
        column(event.seq.get()),
        provider.as_str(),
        model.as_ref().map(|model| model.as_str()),
        event.at.millis(),
    ))?;
    Ok(())
}

/// The turn is another's now; what it cost before counts on.
fn leave_rung(
    conn: &Connection,
    table: TableId,
    turn: TurnNo,
    next: &ProviderName,
    next_model: Option<&ModelName>,
    spent: &Spent,
) -> Result<(), StoreError> {
    conn.prepare_cached(LEAVE_RUNG)?.execute((
        table.get(),
        column(turn.get()),
        next.as_str(),
        next_model.map(ModelName::as_str),
        spent.cost_micros.map(column),
    ))?;
    Ok(())
}

fn end_turn(
    conn: &Connection,
    table: TableId,
    event: &Event,
    turn: TurnNo,
    end: TurnEnd,
    spent: &Spent,
) -> Result<(), StoreError> {
    conn.prepare_cached(END_TURN)?.execute((
        table.get(),
        column(turn.get()),
        column(event.seq.get()),
        end.as_str(),
        spent.cost_micros.map(column),
        spent.tokens_in.map(column),
        spent.tokens_out.map(column),
        event.at.millis(),
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::testing::{Fresh, Scribe, answered, failed, fresh, stopped};

    /// Appends what `write` makes, one action said before it, and gives that action's state and turn.
    async fn becomes(write: impl FnOnce(&mut Scribe) -> Vec<Event>) -> (ActionState, Option<u64>) {
        let f = fresh().await;
        let mut scribe = Scribe::new();
        let mut events = vec![scribe.say("a")];
        events.extend(write(&mut scribe));
        f.store.append(f.table, events).await.unwrap();
        let row = f.store.action_by_source(f.table, &SourceId::new("test:1")).await.unwrap().unwrap();
        (row.state, row.turn.map(TurnNo::get))
    }

    #[tokio::test]
    async fn an_action_waits_until_something_becomes_of_it() {
        assert_eq!(becomes(|_| vec![]).await, (ActionState::Waiting, None));
        assert_eq!(becomes(|s| vec![s.edit(1)]).await, (ActionState::Waiting, None));
        assert_eq!(becomes(|s| vec![s.withdraw(1)]).await, (ActionState::Withdrawn, None));
        assert_eq!(becomes(|s| vec![s.skip(1)]).await, (ActionState::Skipped, None));
        assert_eq!(becomes(|s| vec![s.open_turn(1, &[1])]).await, (ActionState::Taken, Some(1)));
    }

    #[tokio::test]
    async fn a_turn_ends_its_actions() {
        for (outcome, expected) in [
            (answered(), (ActionState::Answered, Some(1))),
            (failed(), (ActionState::Failed, Some(1))),
            (stopped(), (ActionState::Stopped, Some(1))),
            (TurnOutcome::Interrupted, (ActionState::Waiting, None)),
        ] {
            assert_eq!(becomes(|s| vec![s.open_turn(1, &[1]), s.end_turn(1, outcome)]).await, expected);
        }
    }

    #[tokio::test]
    async fn a_turn_leaves_the_actions_of_others_alone() {
        let end_other = |s: &mut Scribe| vec![s.say("b"), s.open_turn(1, &[2]), s.end_turn(1, answered())];
        assert_eq!(becomes(end_other).await, (ActionState::Waiting, None));
    }

    #[tokio::test]
    async fn a_retry_takes_actions_that_were_answered_or_failed() {
        for outcome in [answered(), failed()] {
            let again =
                |s: &mut Scribe| vec![s.open_turn(1, &[1]), s.end_turn(1, outcome), s.branch(1), s.open_turn(2, &[1])];
            assert_eq!(becomes(again).await, (ActionState::Taken, Some(2)));
        }
    }

    #[tokio::test]
    async fn a_turn_is_listed_with_what_it_took() {
        let f = fresh().await;
        let mut s = Scribe::new();
        s.scene = 4;
        let events = vec![s.say("a"), s.open_turn(1, &[1]), s.end_turn(1, failed()), s.open_turn(2, &[1])];
        f.store.append(f.table, events).await.unwrap();
        let turns = f.store.turns(f.table, 5).await.unwrap();
        insta::assert_snapshot!(format!("{:?}", turns[0]), @r#"TurnRow { turn: TurnNo(1), branch: BranchId(0), scene: SceneNo(4), opened_seq: EventSeq(2), ended_seq: Some(EventSeq(3)), outcome: Some(Failed), provider: ProviderName("oracle"), model: Some(ModelName("small")), cost_micros: None, tokens_in: Some(10), tokens_out: Some(9223372036854775807), opened_at: Timestamp(1700000000002), ended_at: Some(Timestamp(1700000000003)) }"#);
        assert_eq!((turns[1].ended_seq, turns[1].outcome, turns[1].tokens_in), (None, None, None));
        assert_eq!(f.store.turns(f.table, 1).await.unwrap(), turns[1..]);
    }

    #[tokio::test]
    async fn no_change_looks_through_a_whole_table() {
        let f = fresh().await;
        for sql in STATEMENTS {
            let plan = f.plan(sql).await;
            assert!(!plan.contains("SCAN"), "{sql}\n{plan}");
        }
        insta::assert_snapshot!(f.plan(END_ACTIONS).await, @"SEARCH actions USING INDEX actions_unfinished (table_id=? AND turn=? AND state=?)");
    }

    /// A log as a table might write it, from arbitrary numbers. Knows what waits and what runs.
    struct Play {
        scribe: Scribe,
        events: Vec<Event>,
        waiting: Vec<u64>,
        running: Option<(u64, Vec<u64>)>,
        ended: Option<Vec<u64>>,
        turns: u64,
    }

    impl Play {
        fn new(steps: &[u8]) -> Self {
            let (scribe, events) = (Scribe::new(), Vec::new());
            let mut play = Self { scribe, events, waiting: Vec::new(), running: None, ended: None, turns: 0 };
            for &step in steps {
                play.step(step);
            }
            play
        }

        fn step(&mut self, step: u8) {
            let pick = usize::from(step / 16).checked_rem(self.waiting.len());
            match step % 16 {
                0..=3 => {
                    let said = self.scribe.say("a");
                    self.waiting.push(said.seq.get());
                    self.events.push(said);
                }
                4 => self.with_waiting(pick, |scribe, action, _| scribe.edit(action)),
                5 => self.with_waiting(pick, |scribe, action, waiting| {
                    waiting.retain(|other| *other != action);
                    scribe.withdraw(action)
                }),
                6 => self.with_waiting(pick, |scribe, action, waiting| {
                    waiting.retain(|other| *other != action);
                    scribe.skip(action)
                }),
                7..=9 if self.running.is_none() && !self.waiting.is_empty() => {
                    let taken = std::mem::take(&mut self.waiting);
                    self.open(taken);
                }
                10 if self.running.is_none() => {
                    if let Some(again) = self.ended.take() {
                        self.events.push(self.scribe.branch(1));
                        self.open(again);
                    }
                }
                11 => self.end(answered()),
                12 => self.end(failed()),
                13 => self.end(stopped()),
                14 => self.end(TurnOutcome::Interrupted),
                15 if self.running.is_none() => self.events.push(self.scribe.open_scene(u32::from(step))),
                _ => {}
            }
        }

        fn with_waiting(&mut self, pick: Option<usize>, write: impl Fn(&mut Scribe, u64, &mut Vec<u64>) -> Event) {
            if let Some(pick) = pick {
                let action = self.waiting[pick];
                self.events.push(write(&mut self.scribe, action, &mut self.waiting));
            }
        }

        fn open(&mut self, taken: Vec<u64>) {
            self.turns += 1;
            self.events.push(self.scribe.open_turn(self.turns, &taken));
            self.running = Some((self.turns, taken));
        }

        fn end(&mut self, outcome: TurnOutcome) {
            let Some((turn, taken)) = self.running.take() else { return };
            if outcome == TurnOutcome::Interrupted {
                self.waiting.extend(taken);
                self.waiting.sort_unstable();
            } else {
                self.ended = Some(taken);
            }
            self.events.push(self.scribe.end_turn(turn, outcome));
        }
    }

    async fn rebuilding_changes_nothing(f: &Fresh, play: &Play, chunk: usize) {
        for part in play.events.chunks(chunk) {
            f.store.append(f.table, part.to_vec()).await.unwrap();
        }
        let before = f.derived().await;
        assert_eq!(f.store.check_integrity().await.unwrap(), Vec::<String>::new());
        let busy = !play.waiting.is_empty() || play.running.is_some();
        let unfinished = f.store.tables_with_unfinished_work().await.unwrap();
        assert_eq!(unfinished, if busy { vec![f.table] } else { vec![] });
        let report = f.store.rebuild().await.unwrap();
        assert_eq!(report.events, play.events.len() as u64);
        assert_eq!(f.derived().await, before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_rebuild_gives_what_appending_gave(steps in prop::collection::vec(any::<u8>(), 0..120), chunk in 1usize..40) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                rebuilding_changes_nothing(&fresh().await, &Play::new(&steps), chunk).await;
            });
        }
    }
}
