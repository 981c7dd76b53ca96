//! What droid asks in the middle of a turn, and the answers as it takes them. PURE, and lenient.
//!
//! The format, by 0.215.0's own schemas: `droid.request_permission` names the tools and takes one of its options;
//! `droid.ask_user` puts questions with choices and takes an answer for each.

use serde_json::{Value, json};

use crate::provider::asking::{Matter, Outcome, Question};

/// Its own name for a request, and what the answer gives back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticket {
    id: Value,
    /// The questions, by their index and text; none for leave.
    questions: Vec<(Value, String)>,
}

/// What a request wants; none for one that is not served.
pub(super) fn matter(method: &str, id: &Value, params: &Value) -> Option<(Ticket, Matter)> {
    match method {
        "droid.request_permission" => {
            let uses = params["toolUses"].as_array().map(Vec::as_slice).unwrap_or_default();
            let tool = uses.first().and_then(|first| first["toolUse"]["name"].as_str()).unwrap_or("tool").to_owned();
            let wanted = uses.iter().map(|one| wanted(&one["toolUse"]["input"])).collect::<Vec<_>>().join("; ");
            Some((Ticket { id: id.clone(), questions: Vec::new() }, Matter::Leave { tool, wanted }))
        }
        "droid.ask_user" => {
            let asked = params["questions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let text = |asked: &Value| asked["question"].as_str().unwrap_or_default().to_owned();
            let choices = |asked: &Value| {
                let options = asked["options"].as_array().into_iter().flatten();
                options.filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let questions = asked.iter().map(|asked| (asked["index"].clone(), text(asked))).collect();
            let asked = asked.iter().map(|asked| Question { text: text(asked), choices: choices(asked) }).collect();
            Some((Ticket { id: id.clone(), questions }, Matter::Questions(asked)))
        }
        _ => None,
    }
}

fn wanted(input: &Value) -> String {
    let told = ["command", "file_path", "url", "path"].iter().find_map(|key| input[*key].as_str());
    told.map_or_else(|| input.to_string(), str::to_owned)
}

/// The answer as a line.
pub(super) fn answer(ticket: &Ticket, outcome: Outcome) -> String {
    let result = match outcome {
        Outcome::Allowed => json!({"selectedOption": "proceed_once"}),
        Outcome::Answered(answers) => {
            let answers = ticket
                .questions
                .iter()
                .zip(answers)
                .map(|((index, question), answer)| json!({"index": index, "question": question, "answer": answer}));
            json!({"answers": answers.collect::<Vec<_>>()})
        }
        Outcome::Declined if ticket.questions.is_empty() => json!({"selectedOption": "cancel"}),
        Outcome::Declined => json!({"cancelled": true, "answers": []}),
    };
    line(&ticket.id, &result)
}

/// Leave for this once, which nobody had to be asked for.
pub(super) fn leave(id: &Value) -> String {
    line(id, &json!({"selectedOption": "proceed_once"}))
}

fn line(id: &Value, result: &Value) -> String {
    let answer =
        json!({"jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "response", "id": id, "result": result});
    format!("{answer}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_given_once_and_never_for_longer() {
        let uses = json!({"toolUses": [{"toolUse": {"name": "Execute", "input": {"command": "touch a"}}}]});
        let (ticket, matter) = matter("droid.request_permission", &json!("r1"), &uses).unwrap();
        assert_eq!(matter, Matter::Leave { tool: "Execute".into(), wanted: "touch a".into() });
        assert!(answer(&ticket, Outcome::Allowed).contains(r#""selectedOption":"proceed_once""#));
        assert!(answer(&ticket, Outcome::Declined).contains(r#""selectedOption":"cancel""#));
    }

    #[test]
    fn questions_are_answered_by_their_index() {
        let asked = json!({"questions": [{"index": 1, "topic": "Way", "question": "Where?", "options": ["Left"]}]});
        let (ticket, matter) = matter("droid.ask_user", &json!(7), &asked).unwrap();
        assert_eq!(matter, Matter::Questions(vec![Question { text: "Where?".into(), choices: vec!["Left".into()] }]));
        let told: Value = serde_json::from_str(&answer(&ticket, Outcome::Answered(vec!["Left".into()]))).unwrap();
        assert_eq!(told["result"]["answers"], json!([{"index": 1, "question": "Where?", "answer": "Left"}]));
        assert_eq!(super::matter("droid.other", &json!(7), &asked), None);
    }
}
