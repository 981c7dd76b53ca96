//! The buttons under what a provider asks, and what their ids carry, so that they work after a restart. PURE.
//! It presses none and decides nothing; who may press is the table's matter.

use serde_json::{Value, json};

use crate::domain::{AskId, AskReply, Request, TableId};
use crate::door::asking_wording as words;

/// Says which shape an id has; another shape is an old program's button.
const SHAPE: &str = "tk1a";

/// The shape of the form for an answer in one's own words.
const FORM: &str = "tk1w";

/// What a press means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AskPress {
    /// This answer.
    Reply(AskReply),
    /// The form for own words.
    Other,
}

/// A button under something asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AskButton {
    /// At which table.
    pub table: TableId,
    /// What was asked.
    pub ask: AskId,
    /// What a press means.
    pub press: AskPress,
}

impl AskButton {
    /// Reads an id; none if it is no such button of this program's present version.
    pub(super) fn read(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        let (shape, table, ask, word) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if shape != SHAPE || parts.next().is_some() {
            return None;
        }
        let press = match word {
            "once" => AskPress::Reply(AskReply::Once),
            "scene" => AskPress::Reply(AskReply::Scene),
            "no" => AskPress::Reply(AskReply::Deny),
            "other" => AskPress::Other,
            at => AskPress::Reply(AskReply::Choice(at.parse().ok()?)),
        };
        Some(Self { table: TableId::new(table.parse().ok()?), ask: AskId::new(ask.parse().ok()?), press })
    }

    /// Its id: at most 100 characters (components/reference).
    pub(super) fn id(&self) -> String {
        let word = match &self.press {
            AskPress::Reply(AskReply::Once) => "once".to_owned(),
            AskPress::Reply(AskReply::Scene) => "scene".to_owned(),
            AskPress::Reply(AskReply::Choice(at)) => at.to_string(),
            AskPress::Reply(AskReply::Deny | AskReply::Words(_)) => "no".to_owned(),
            AskPress::Other => "other".to_owned(),
        };
        format!("{SHAPE}:{}:{}:{word}", self.table, self.ask)
    }
}

/// The id of the form for an answer in one's own words.
pub(super) fn form_id(table: TableId, ask: AskId) -> String {
    format!("{FORM}:{table}:{ask}")
}

/// Reads the id of such a form.
pub(super) fn read_form(id: &str) -> Option<(TableId, AskId)> {
    let (table, ask) = id.strip_prefix(FORM)?.strip_prefix(':')?.split_once(':')?;
    Some((TableId::new(table.parse().ok()?), AskId::new(ask.parse().ok()?)))
}

/// The rows of buttons under a request: the choices first, at most five in a row (components/reference, "Action Row").
pub(super) fn rows(table: TableId, ask: AskId, request: &Request) -> Vec<Value> {
    // 1 is blue, 2 grey, 3 green, 4 red (components/reference, "Button Styles").
    let button = |style: u8, label: &str, press| {
        let id = AskButton { table, ask, press }.id();
        json!({ "type": 2, "style": style, "label": label, "custom_id": id })
    };
    let reply = AskPress::Reply;
    let row = |buttons: Vec<Value>| json!({ "type": 1, "components": buttons });
    match request {
        Request::Leave { .. } => vec![row(vec![
            button(3, words::ONCE, reply(AskReply::Once)),
            button(2, words::SCENE, reply(AskReply::Scene)),
            button(4, words::DENY, reply(AskReply::Deny)),
        ])],
        Request::Choice { choices, .. } => {
            let numbered = choices.iter().enumerate();
            let choices: Vec<_> = numbered.map(|(at, choice)| button(1, choice, reply(AskReply::Choice(at)))).collect();
            let rest = vec![button(2, words::OTHER, AskPress::Other), button(2, words::SKIP, reply(AskReply::Deny))];
            [choices, rest].into_iter().filter(|buttons| !buttons.is_empty()).map(row).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_all_that_is_needed_after_a_restart() {
        let replies = [AskReply::Once, AskReply::Scene, AskReply::Deny, AskReply::Choice(4)];
        for press in replies.into_iter().map(AskPress::Reply).chain([AskPress::Other]) {
            let button = AskButton { table: TableId::new(i64::MAX), ask: AskId::new(u64::MAX), press };
            assert!(button.id().len() <= 100);
            assert_eq!(AskButton::read(&button.id()), Some(button));
        }
        let (table, ask) = (TableId::new(3), AskId::new(9));
        assert_eq!(read_form(&form_id(table, ask)), Some((table, ask)));
        for id in ["", "tk1a:1:2", "tk1a:1:2:maybe", "tk1:once:1:2", "tk1a:1:2:once:3", "tk1w:1"] {
            assert_eq!((AskButton::read(id), read_form(id)), (None, None), "{id:?}");
        }
    }

    #[test]
    fn a_question_has_its_choices_and_a_way_around_them() {
        let labels = |request: &Request| -> Vec<Vec<String>> {
            let rows = rows(TableId::new(1), AskId::new(2), request);
            let label = |button: &Value| button["label"].as_str().unwrap().to_owned();
            rows.iter().map(|row| row["components"].as_array().unwrap().iter().map(label).collect()).collect()
        };
        assert_eq!(labels(&Request::leave("Bash", "ls")), [["Allow once", "Allow for this scene", "Deny"]]);
        let question = Request::choice("Where?", ["Left", "Right"]);
        assert_eq!(labels(&question), [["Left", "Right"], ["Other…", "No answer"]]);
        assert_eq!(labels(&Request::choice("Why?", [])), [["Other…", "No answer"]]);
    }
}
