//! Takes one line of `codex app-server` for what it is: an answer, a question or a note.
//! PURE. Knows JSON-RPC (which this program writes without its "jsonrpc" key) and nothing of what is said in it.

use serde_json::Value;

use super::words::{clip, text};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Frame {
    /// The answer to a call of ours.
    Answer {
        /// The call's number.
        id: u64,
        /// What came of it.
        outcome: Result<Value, Refusal>,
    },
    /// It wants something from us and waits for it.
    Question {
        /// Whatever it calls the question; goes back as it came.
        id: Value,
        /// What it wants.
        method: String,
        /// The details.
        params: Value,
    },
    /// It tells something.
    Note {
        /// What kind of news.
        method: String,
        /// The news.
        params: Value,
    },
    /// No JSON-RPC: its beginning, as evidence.
    Noise(String),
}

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The program's own words, shortened.
    pub(super) message: String,
}

/// How much of the program's own words is kept as evidence, in characters.
const EVIDENCE: usize = 600;

/// The longest name of a method that is taken over, in characters.
const NAME_LIMIT: usize = 120;

impl Frame {
    /// Reads one line. Never fails: what is not understood is noise.
    pub(super) fn read(line: &str) -> Self {
        let Ok(Value::Object(mut object)) = serde_json::from_str(line) else { return Self::noise(line) };
        let id = object.remove("id");
        let method = object.get("method").and_then(Value::as_str).map(|name| clip(name, NAME_LIMIT));
        let params = object.remove("params").unwrap_or_default();
        match (method, id) {
            (Some(method), Some(id)) => Self::Question { id, method, params },
            (Some(method), None) => Self::Note { method, params },
            (None, Some(id)) => match (id.as_u64(), object.remove("result"), object.remove("error")) {
                (Some(id), Some(result), None) => Self::Answer { id, outcome: Ok(result) },
                (Some(id), _, Some(error)) => Self::Answer { id, outcome: Err(Refusal::read(&error)) },
                _ => Self::noise(line),
            },
            (None, None) => Self::noise(line),
        }
    }

    fn noise(line: &str) -> Self {
        Self::Noise(clip(line, NAME_LIMIT))
    }
}

impl Refusal {
    fn read(error: &Value) -> Self {
        Self { message: clip(text(error, "message"), EVIDENCE) }
    }
}

/// The conversation that news are about, if about one.
pub(super) fn thread_of(params: &Value) -> Option<&str> {
    params["threadId"]
        .as_str()
        .or_else(|| params["thread"]["id"].as_str())
        .or_else(|| params["conversationId"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_what_it_carries() {
        let params = json!({"threadId": "t"});
        let note = Frame::Note { method: "turn/started".into(), params: params.clone() };
        assert_eq!(Frame::read(r#"{"method":"turn/started","params":{"threadId":"t"},"emittedAtMs":1}"#), note);
        let question = Frame::Question { id: json!(0), method: "item/x".into(), params };
        assert_eq!(Frame::read(r#"{"method":"item/x","id":0,"params":{"threadId":"t"}}"#), question);
        assert_eq!(Frame::read(r#"{"id":4,"result":{}}"#), Frame::Answer { id: 4, outcome: Ok(json!({})) });
        let refused = Err(Refusal { message: "no rollout".into() });
        let line = r#"{"error":{"code":-32600,"message":"no rollout"},"id":2}"#;
        assert_eq!(Frame::read(line), Frame::Answer { id: 2, outcome: refused });
        for noise in ["", "Welcome!", "[]", "{}", r#"{"id":"x","result":1}"#, r#"{"id":3}"#] {
            assert_eq!(Frame::read(noise), Frame::Noise(noise.to_owned()));
        }
    }
}
