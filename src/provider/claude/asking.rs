//! What the CLI asks in the middle of a turn when it was started with `--permission-prompt-tool stdio`, and the answers
//! as it takes them. PURE, and lenient: a request that is not understood is declined.
//!
//! The format, as measured with 2.1.330: a `control_request` of the subtype `can_use_tool` names the tool and its input;
//! the answer gives the input back, for `AskUserQuestion` with the answers beside the questions.

use serde_json::{Value, json};

use crate::provider::TurnOrder;
use crate::provider::asking::{Matter, Outcome, Question};

/// The tool by which the model puts questions.
const QUESTIONS: &str = "AskUserQuestion";

/// What the model is told when nobody allows it.
const DECLINED: &str = "The people at the table declined this. Go on without it.";

/// A line that is about asking.
#[derive(Debug, PartialEq)]
pub(super) enum Control {
    /// It wants an answer.
    Asks(Ticket, Matter),
    /// It wants no answer any more to the request of this name.
    Withdraws(String),
    /// It wants something that is not served: say this.
    Unknown(String),
    /// Nothing to do.
    Silent,
}

/// The CLI's own name for a request, and what the answer gives back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticket {
    pub(super) id: String,
    input: Value,
    questions: Vec<String>,
}

/// The prompt as a line of the conversation.
pub(super) fn prompt(text: &str) -> String {
    let message = json!({"role": "user", "content": [{"type": "text", "text": text}]});
    line(&json!({"type": "user", "message": message}))
}

/// The tools that a table with leave to ask has: all there are, or those that its owner named and the one for questions.
pub(super) fn tools(order: &TurnOrder, named: &str) -> String {
    match &order.asking {
        Some(asking) if asking.every_tool => "default".to_owned(),
        Some(_) => format!("{named},{QUESTIONS}"),
        None => named.to_owned(),
    }
}

/// Reads a line; none for one that is about something else.
pub(super) fn read(line: &str) -> Option<Control> {
    // Most lines are text, and are read elsewhere.
    if !line.contains("\"control_") {
        return None;
    }
    let mut line: Value = serde_json::from_str(line).ok()?;
    let id = line["request_id"].as_str().unwrap_or_default().to_owned();
    match line["type"].as_str()? {
        "control_request" => Some(request(id, &mut line["request"])),
        "control_cancel_request" => Some(Control::Withdraws(id)),
        "control_response" => Some(Control::Silent),
        _ => None,
    }
}

fn request(id: String, request: &mut Value) -> Control {
    if request["subtype"] != "can_use_tool" {
        let error = json!({"subtype": "error", "request_id": id, "error": "not supported"});
        return Control::Unknown(line(&json!({"type": "control_response", "response": error})));
    }
    let tool = request["tool_name"].as_str().unwrap_or_default().to_owned();
    let input = request["input"].take();
    if tool != QUESTIONS {
        let wanted = wanted(&input);
        return Control::Asks(Ticket { id, input, questions: Vec::new() }, Matter::Leave { tool, wanted });
    }
    let asked: Vec<Question> = input["questions"].as_array().into_iter().flatten().map(question).collect();
    let questions = asked.iter().map(|question| question.text.clone()).collect();
    Control::Asks(Ticket { id, input, questions }, Matter::Questions(asked))
}

fn question(question: &Value) -> Question {
    let options = question["options"].as_array().into_iter().flatten();
    Question {
        text: question["question"].as_str().unwrap_or_default().to_owned(),
        choices: options.filter_map(|option| option["label"].as_str()).map(str::to_owned).collect(),
    }
}

/// What a tool is wanted for: the one field that says it where there is one, else the whole input.
fn wanted(input: &Value) -> String {
    let telling = ["command", "file_path", "notebook_path", "url", "query", "pattern", "path"];
    let told = telling.iter().find_map(|key| input[*key].as_str());
    told.map_or_else(|| input.to_string(), str::to_owned)
}

/// The answer as a line.
pub(super) fn answer(ticket: Ticket, outcome: Outcome) -> String {
    let Ticket { id, mut input, questions } = ticket;
    let said = match outcome {
        Outcome::Allowed => json!({"behavior": "allow", "updatedInput": input}),
        Outcome::Answered(answers) if input.is_object() => {
            let answers: serde_json::Map<String, Value> =
                questions.into_iter().zip(answers.into_iter().map(Value::String)).collect();
            input["answers"] = Value::Object(answers);
            json!({"behavior": "allow", "updatedInput": input})
        }
        Outcome::Declined | Outcome::Answered(_) => json!({"behavior": "deny", "message": DECLINED}),
    };
    let response = json!({"subtype": "success", "request_id": id, "response": said});
    line(&json!({"type": "control_response", "response": response}))
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As 2.1.330 wrote it, shortened.
    const BASH: &str = r#"{"type":"control_request","request_id":"08d2","request":{"subtype":"can_use_tool","tool_name":"Bash","display_name":"Bash","input":{"command":"touch /x"},"description":"touch /x","permission_suggestions":[],"blocked_path":"/x","tool_use_id":"toolu_1"}}"#;

    #[test]
    fn leave_is_asked_and_given_with_the_input_as_it_was() {
        let Some(Control::Asks(ticket, matter)) = read(BASH) else { panic!("it asks") };
        assert_eq!(matter, Matter::Leave { tool: "Bash".into(), wanted: "touch /x".into() });
        let told: Value = serde_json::from_str(&answer(ticket.clone(), Outcome::Allowed)).unwrap();
        assert_eq!(told["response"]["request_id"], "08d2");
        assert_eq!(told["response"]["response"], json!({"behavior": "allow", "updatedInput": {"command": "touch /x"}}));
        let told: Value = serde_json::from_str(&answer(ticket, Outcome::Declined)).unwrap();
        assert_eq!(told["response"]["response"]["behavior"], "deny");
    }

    #[test]
    fn questions_are_answered_beside_themselves() {
        let line = r#"{"type":"control_request","request_id":"q","request":{"subtype":"can_use_tool","tool_name":"AskUserQuestion","input":{"questions":[{"question":"Where?","header":"Way","options":[{"label":"Left","description":"dark"},{"label":"Right","description":"wet"}],"multiSelect":false}]}}}"#;
        let Some(Control::Asks(ticket, Matter::Questions(questions))) = read(line) else { panic!("it asks") };
        assert_eq!(questions, [Question { text: "Where?".into(), choices: vec!["Left".into(), "Right".into()] }]);
        let told: Value = serde_json::from_str(&answer(ticket, Outcome::Answered(vec!["Left".into()]))).unwrap();
        let input = &told["response"]["response"]["updatedInput"];
        assert_eq!(input["answers"], json!({"Where?": "Left"}));
        assert_eq!(input["questions"][0]["header"], "Way");
    }

    #[test]
    fn what_is_not_understood_is_declined_and_what_is_no_request_left_alone() {
        let hook = r#"{"type":"control_request","request_id":"h","request":{"subtype":"hook_callback"}}"#;
        assert!(matches!(read(hook), Some(Control::Unknown(line)) if line.contains("not supported")));
        let gone = r#"{"type":"control_cancel_request","request_id":"08d2"}"#;
        assert_eq!(read(gone), Some(Control::Withdraws("08d2".into())));
        for other in ["", "\"control_", r#"{"type":"assistant","x":"\"control_request"}"#, r#"{"type":"result"}"#] {
            assert_eq!(read(other), None, "{other}");
        }
        let odd = r#"{"type":"control_request","request":{"subtype":"can_use_tool","tool_name":"AskUserQuestion"}}"#;
        let Some(Control::Asks(ticket, Matter::Questions(questions))) = read(odd) else { panic!("it asks") };
        assert_eq!(questions, []);
        assert!(answer(ticket, Outcome::Answered(Vec::new())).contains("deny"));
    }
}
