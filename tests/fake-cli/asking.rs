//! Asking over the pipes, as the real CLI does with `--permission-prompt-tool stdio`.

use std::io::BufRead;

use serde_json::{Value, json};

use crate::speech;

/// The user's message, as the first line says it.
pub fn prompt() -> String {
    let message = next();
    message["message"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

/// Asks for leave; the reply says what came of it.
pub fn leave(number: u64, tool: &str, command: &str) -> String {
    let answer = ask(number, tool, &json!({"command": command}));
    match answer["behavior"].as_str() {
        Some("allow") => format!("{tool} may: {}.", answer["updatedInput"]["command"].as_str().unwrap_or("?")),
        _ => format!("{tool} may not."),
    }
}

/// Puts a question; the reply says how it was answered.
pub fn question(number: u64, text: &str) -> String {
    let options = json!([{"label": "Left", "description": "dark"}, {"label": "Right", "description": "wet"}]);
    let input = json!({"questions": [{"question": text, "header": "Way", "options": options, "multiSelect": false}]});
    let answer = ask(number, "AskUserQuestion", &input);
    match answer["updatedInput"]["answers"][text].as_str() {
        Some(words) => format!("They said: {words}."),
        None => "They said nothing.".to_owned(),
    }
}

fn ask(number: u64, tool: &str, input: &Value) -> Value {
    let id = format!("ask-{number}");
    speech::line(&json!({"type": "control_request", "request_id": id, "request":
        {"subtype": "can_use_tool", "tool_name": tool, "display_name": tool, "input": input,
         "permission_suggestions": [], "tool_use_id": format!("toolu_{number}")}}));
    loop {
        let line = next();
        if line["type"] == "control_response" && line["response"]["request_id"] == id.as_str() {
            return line["response"]["response"].clone();
        }
    }
}

/// The next line; a pipe that is closed ends the program, as nobody can answer any more.
fn next() -> Value {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(read) if read > 0 => serde_json::from_str(&line).unwrap_or_default(),
        _ => std::process::exit(1),
    }
}
