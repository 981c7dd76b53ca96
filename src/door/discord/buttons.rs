//! Buttons under a reply: which there are, and what their ids carry, so that they work after a restart. PURE.
//! It presses none.

use serde_json::{Value, json};

use super::wording;
use crate::domain::{EventSeq, TableId, TurnNo};

/// Says which shape an id has; another shape is an old program's button.
const SHAPE: &str = "tk1";

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    /// Stop the turn.
    Stop,
    /// Tell the turn anew.
    Retry,
    /// Take the turn back.
    Undo,
    /// Let the story go on.
    Continue,
}

/// A button of a turn's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Button {
    /// What it does.
    pub press: Press,
    /// At which table.
    pub table: TableId,
    /// To which turn.
    pub turn: TurnNo,
}

impl Press {
    const ALL: [(Self, &str); 4] =
        [(Self::Stop, "stop"), (Self::Retry, "retry"), (Self::Undo, "undo"), (Self::Continue, "continue")];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(press, _)| *press == self).map_or("", |(_, word)| word)
    }
}

impl Button {
    /// Its id: at most 100 characters (components/reference).
    pub(super) fn id(self) -> String {
        format!("{SHAPE}:{}:{}:{}", self.press.word(), self.table, self.turn)
    }

    /// Reads an id; none if it is no button of this program's present version.
    pub(super) fn read(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        let (shape, word, table, turn) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let press = Press::ALL.into_iter().find(|(_, known)| *known == word).map(|(press, _)| press);
        let button = Self {
            press: press.filter(|_| shape == SHAPE && parts.next().is_none())?,
            table: TableId::new(table.parse().ok()?),
            turn: TurnNo::new(turn.parse().ok()?),
        };
        Some(button)
    }
}

/// A button under what the game master asks to be rolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RollButton {
    /// At which table.
    pub table: TableId,
    /// The event that asks.
    pub asks: EventSeq,
}

impl RollButton {
    /// Its id.
    pub(super) fn id(self) -> String {
        format!("{SHAPE}:roll:{}:{}", self.table, self.asks)
    }

    /// Reads an id; none if it is another button.
    pub(super) fn read(id: &str) -> Option<Self> {
        let (table, asks) = id.strip_prefix(SHAPE)?.strip_prefix(":roll:")?.split_once(':')?;
        Some(Self { table: TableId::new(table.parse().ok()?), asks: EventSeq::new(asks.parse().ok()?) })
    }

    /// The row that holds it alone.
    pub(super) fn row(self) -> Vec<Value> {
        // 1 is blue: what the game waits for (components/reference, "Button Styles").
        let button = json!({ "type": 2, "style": 1, "label": wording::ROLL, "custom_id": self.id() });
        vec![json!({ "type": 1, "components": [button] })]
    }
}

/// Whether an id looks like a button of any version of this program.
pub(super) fn is_ours(id: &str) -> bool {
    id.starts_with("tk")
}

/// The row of buttons while a turn runs.
pub(super) fn running(table: TableId, turn: TurnNo) -> Vec<Value> {
    row(table, turn, &[Press::Stop])
}

/// The row of buttons under a reply.
pub(super) fn answered(table: TableId, turn: TurnNo) -> Vec<Value> {
    row(table, turn, &[Press::Retry, Press::Undo, Press::Continue])
}

/// The row of buttons under a turn without a reply.
pub(super) fn unanswered(table: TableId, turn: TurnNo) -> Vec<Value> {
    row(table, turn, &[Press::Retry])
}

fn row(table: TableId, turn: TurnNo, presses: &[Press]) -> Vec<Value> {
    let mut buttons: Vec<_> = presses.iter().map(|&press| button(Button { press, table, turn })).collect();
    buttons.push(safety(table));
    vec![json!({ "type": 1, "components": buttons })]
}

/// What the id of the Safety button begins with; the table follows.
pub(super) const SAFETY: &str = "tk1:card:panel:";

/// The button that opens the stop card for its presser; it works as long as the table does.
fn safety(table: TableId) -> Value {
    json!({ "type": 2, "style": 2, "label": wording::SAFETY, "custom_id": format!("{SAFETY}{table}") })
}

fn button(button: Button) -> Value {
    // 2 is grey, 4 is red (components/reference, "Button Styles").
    let style = if button.press == Press::Stop { 4 } else { 2 };
    json!({ "type": 2, "style": style, "label": wording::button(button.press), "custom_id": button.id() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_all_that_is_needed_after_a_restart() {
        for (press, _) in Press::ALL {
            let button = Button { press, table: TableId::new(i64::MAX), turn: TurnNo::new(u64::MAX) };
            assert!(button.id().len() <= 100);
            assert_eq!(Button::read(&button.id()), Some(button));
        }
    }

    #[test]
    fn a_roll_button_carries_what_it_answers() {
        let button = RollButton { table: TableId::new(i64::MAX), asks: EventSeq::new(u64::MAX) };
        assert!(button.id().len() <= 100);
        assert_eq!(RollButton::read(&button.id()), Some(button));
        assert_eq!(Button::read(&button.id()), None);
        for id in ["tk1:roll:1", "tk1:roll:x:2", "tk1:stop:1:2", "tk0:roll:1:2"] {
            assert_eq!(RollButton::read(id), None, "{id:?}");
        }
    }

    #[test]
    fn other_ids_are_not_read() {
        for id in ["", "tk1", "tk0:stop:1:2", "tk1:burn:1:2", "tk1:stop:x:2", "tk1:stop:1:2:3"] {
            assert_eq!(Button::read(id), None, "{id:?}");
        }
    }
}
