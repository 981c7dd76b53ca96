//! What the app-server asks in the middle of a turn, and the answers as it takes them. PURE, and lenient.
//! Never gives leave for longer than once: what holds for a scene is the table's to remember.

use serde_json::{Map, Value, json};

use super::words::text;
use crate::provider::asking::{Matter, Outcome, Question};

/// Its own name for a question, and what the answer needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticket {
    pub(super) id: Value,
    pub(super) method: String,
    /// What it asked leave for, or the ids of its questions.
    about: Value,
}

/// What a question wants; none for one that people cannot answer.
pub(super) fn matter(id: &Value, method: &str, params: &Value) -> Option<(Ticket, Matter)> {
    let ticket = |about: Value| Ticket { id: id.clone(), method: method.to_owned(), about };
    let leave = |tool: &str, wanted: String| Matter::Leave { tool: tool.to_owned(), wanted };
    let reason = text(params, "reason").to_owned();
    Some(match method {
        "item/commandExecution/requestApproval" => {
            let words = params["command"].as_str().map_or(reason, str::to_owned);
            (ticket(Value::Null), leave("exec_command", words))
        }
        "item/fileChange/requestApproval" => {
            let root = text(params, "grantRoot");
            let words = [reason.as_str(), root].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>();
            let words = if words.is_empty() { "change files".to_owned() } else { words.join(" ") };
            (ticket(Value::Null), leave("apply_patch", words))
        }
        "item/permissions/requestApproval" => {
            let permissions = params["permissions"].clone();
            let words = format!("{reason} {permissions}");
            (ticket(permissions), leave("permissions", words))
        }
        "item/tool/requestUserInput" => {
            let asked = params["questions"].as_array().map(Vec::as_slice).unwrap_or_default();
            // What is secret is not asked in front of everybody.
            if asked.iter().any(|asked| asked["isSecret"] == true) {
                return None;
            }
            let ids = asked.iter().map(|asked| asked["id"].clone()).collect();
            (ticket(Value::Array(ids)), Matter::Questions(asked.iter().map(question).collect()))
        }
        _ => return None,
    })
}

fn question(asked: &Value) -> Question {
    let options = asked["options"].as_array().into_iter().flatten();
    Question {
        text: text(asked, "question").to_owned(),
        choices: options.filter_map(|option| option["label"].as_str()).map(str::to_owned).collect(),
    }
}

/// The result for a question; none where the usual refusal says it.
pub(super) fn result(ticket: &Ticket, outcome: Outcome) -> Option<Value> {
    match (ticket.method.as_str(), outcome) {
        ("item/permissions/requestApproval", Outcome::Allowed) => {
            Some(json!({"permissions": ticket.about, "scope": "turn"}))
        }
        ("item/commandExecution/requestApproval" | "item/fileChange/requestApproval", Outcome::Allowed) => {
            Some(json!({"decision": "accept"}))
        }
        ("item/tool/requestUserInput", Outcome::Answered(answers)) => {
            let ids = ticket.about.as_array().map(Vec::as_slice).unwrap_or_default();
            let answers: Map<String, Value> = ids
                .iter()
                .filter_map(Value::as_str)
                .zip(answers)
                .map(|(id, answer)| (id.to_owned(), json!({"answers": [answer]})))
                .collect();
            Some(json!({"answers": answers}))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_given_in_the_words_of_each_question() {
        let asked = json!({"command": "/bin/bash -lc 'touch x'", "availableDecisions": ["accept", "cancel"]});
        let (ticket, told) = matter(&json!(0), "item/commandExecution/requestApproval", &asked).unwrap();
        let wanted = "/bin/bash -lc 'touch x'".to_owned();
        assert_eq!(told, Matter::Leave { tool: "exec_command".into(), wanted });
        assert_eq!(result(&ticket, Outcome::Allowed), Some(json!({"decision": "accept"})));
        assert_eq!(result(&ticket, Outcome::Declined), None);
        let asked = json!({"permissions": {"network": true}, "reason": "To look it up."});
        let (ticket, _) = matter(&json!(0), "item/permissions/requestApproval", &asked).unwrap();
        let granted = json!({"permissions": {"network": true}, "scope": "turn"});
        assert_eq!(result(&ticket, Outcome::Allowed), Some(granted));
    }

    #[test]
    fn questions_are_answered_by_their_ids_and_secrets_are_not_asked_for() {
        let asked = json!({"questions": [{"id": "way", "question": "Where?", "options": [{"label": "Left"}]}]});
        let (ticket, told) = matter(&json!(0), "item/tool/requestUserInput", &asked).unwrap();
        assert_eq!(told, Matter::Questions(vec![Question { text: "Where?".into(), choices: vec!["Left".into()] }]));
        let answered = result(&ticket, Outcome::Answered(vec!["Left".into()]));
        assert_eq!(answered, Some(json!({"answers": {"way": {"answers": ["Left"]}}})));
        let secret = json!({"questions": [{"id": "key", "question": "Key?", "isSecret": true}]});
        assert_eq!(matter(&json!(0), "item/tool/requestUserInput", &secret), None);
        assert_eq!(matter(&json!(0), "mcpServer/elicitation/request", &json!({})), None);
    }
}
