//! What an event means for the tables that are derived from the log: the one place, for appending and rebuilding.
//! Never looks at the log itself and never decides whether an event was allowed.

use rusqlite::{Connection, ffi};

use super::actions::ActionState;
use super::error::StoreError;
use super::paths::column;
use super::turns::TurnEnd;
use crate::domain::{ActionId, Event, EventKind, SeatId, SourceId, Spent, TableId, TurnNo, TurnOutcome};

const ADD_ACTION: &str = "INSERT INTO actions (table_id, action, source, seat, state) VALUES (?1, ?2, ?3, ?4, ?5)";

const MOVE_ACTION: &str =
    "UPDATE actions SET state = ?3, turn = coalesce(?4, turn) WHERE table_id = ?1 AND action = ?2";

// A waiting action has no turn, so these are the taken ones; the list is the index's own, so that it is used.
const END_ACTIONS: &str = "UPDATE actions SET state = ?3, turn = ?4
    WHERE table_id = ?1 AND turn = ?2 AND state IN ('waiting', 'taken')";

const ADD_TURN: &str = "INSERT INTO turns (table_id, turn, branch, scene, opened_seq, provider, model, opened_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const END_TURN: &str = "UPDATE turns
    SET ended_seq = ?3, outcome = ?4, cost_micros = ?5, tokens_in = ?6, tokens_out = ?7, ended_at = ?8
    WHERE table_id = ?1 AND turn = ?2";

/// Every statement above, for the test that none of them looks through a whole table.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 5] = [ADD_ACTION, MOVE_ACTION, END_ACTIONS, ADD_TURN, END_TURN];

/// Brings `actions` and `turns` up to date with one event that follows on those before.
pub(super) fn project(conn: &Connection, table: TableId, event: &Event) -> Result<(), StoreError> {
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
        EventKind::ActionEdited { .. }
        | EventKind::SeatJoined { .. }
        | EventKind::SeatChanged { .. }
        | EventKind::ProviderChosen { .. }
        | EventKind::SceneOpened { .. }
        | EventKind::SceneTitled { .. }
        | EventKind::SceneEnded { .. }
        | EventKind::BranchOpened { .. } => Ok(()),
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
