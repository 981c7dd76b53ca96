//! What an agent asks leave for, and the answers as the protocol has them. PURE, and lenient.
//! Never gives leave for longer than once: what holds for a scene is the table's to remember.

use serde_json::{Value, json};

use crate::provider::asking::{Matter, Outcome};

/// The agent's own name for a request, and the answers it offers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticket {
    pub(super) id: Value,
    options: Value,
}

/// What a `session/request_permission` wants. The tool goes by its kind, which is what agents tell in common.
pub(super) fn matter(id: &Value, params: &Value) -> (Ticket, Matter) {
    let call = &params["toolCall"];
    let tool = call["kind"].as_str().filter(|kind| *kind != "other").or_else(|| call["title"].as_str());
    let command = ["command", "file_path", "path", "url"].iter().find_map(|key| call["rawInput"][*key].as_str());
    let title = call["title"].as_str().unwrap_or_default();
    let wanted = match command {
        Some(command) if !title.contains(command) => format!("{title}: {command}"),
        _ => title.to_owned(),
    };
    let ticket = Ticket { id: id.clone(), options: params["options"].clone() };
    (ticket, Matter::Leave { tool: tool.unwrap_or("tool").to_owned(), wanted })
}

/// What the agent is answered.
pub(super) fn outcome(ticket: &Ticket, outcome: &Outcome) -> Value {
    let of_kind = |kind: &str| {
        let options = ticket.options.as_array().map(Vec::as_slice).unwrap_or_default();
        let fitting = options.iter().find(|option| option["kind"] == kind);
        fitting.and_then(|option| option["optionId"].as_str()).map(|id| json!({"outcome": "selected", "optionId": id}))
    };
    let chosen = match outcome {
        Outcome::Allowed => of_kind("allow_once"),
        Outcome::Declined | Outcome::Answered(_) => of_kind("reject_once"),
    };
    json!({"outcome": chosen.unwrap_or_else(|| json!({"outcome": "cancelled"}))})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_given_once_even_where_more_is_offered() {
        let params = json!({"toolCall": {"kind": "execute", "title": "Run it", "rawInput": {"command": "ls"}},
            "options": [{"optionId": "ever", "kind": "allow_always"}, {"optionId": "now", "kind": "allow_once"},
                {"optionId": "no", "kind": "reject_once"}]});
        let (ticket, matter) = matter(&json!(3), &params);
        assert_eq!(matter, Matter::Leave { tool: "execute".into(), wanted: "Run it: ls".into() });
        assert_eq!(outcome(&ticket, &Outcome::Allowed)["outcome"]["optionId"], "now");
        assert_eq!(outcome(&ticket, &Outcome::Declined)["outcome"]["optionId"], "no");
        let (only_ever, _) = super::matter(&json!(3), &json!({"options": [{"optionId": "e", "kind": "allow_always"}]}));
        assert_eq!(outcome(&only_ever, &Outcome::Allowed)["outcome"]["outcome"], "cancelled");
    }
}
