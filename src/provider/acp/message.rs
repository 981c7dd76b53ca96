//! The lines of the Agent Client Protocol: JSON-RPC 2.0, one message a line, in both directions.
//! PURE, and lenient: no line makes reading fail; what is no message is noise.
//!
//! By hand, on plain JSON, instead of the types of `agent-client-protocol-schema`: its enums refuse what they do not
//! know, and every agent sends kinds and `_meta` fields of its own. We need five requests and one notification.

use serde_json::{Value, json};

/// The version of the protocol that we speak.
const PROTOCOL: u32 = 1;

/// What an agent may say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Incoming {
    /// It answers one of our requests.
    Answer {
        /// Which.
        id: u64,
        /// With what.
        outcome: Result<Value, RpcError>,
    },
    /// Something happened in a session.
    Update {
        /// Which session.
        session: String,
        /// What.
        update: Value,
    },
    /// It wants something of us, and waits for an answer.
    Request {
        /// Its own id, of any JSON type.
        id: Value,
        /// What it wants.
        method: String,
        /// The particulars.
        params: Value,
    },
    /// It tells something that nobody asked for.
    Notice {
        /// What it calls it.
        method: String,
    },
    /// No message at all: banners, update notices.
    Noise,
}

/// An error as an agent answers it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RpcError {
    /// A code of JSON-RPC (negative), of ACP, or an HTTP status (gemini).
    pub(super) code: i64,
    /// A sentence.
    pub(super) message: String,
    /// Anything.
    pub(super) data: Value,
}

/// Reads one line.
pub(super) fn read(line: &str) -> Incoming {
    let Ok(Value::Object(mut message)) = serde_json::from_str(line) else { return Incoming::Noise };
    let id = message.remove("id").filter(|id| !id.is_null());
    let method = message.get("method").and_then(Value::as_str).map(str::to_owned);
    let params = message.remove("params").unwrap_or_default();
    match (id, method) {
        (Some(id), Some(method)) => Incoming::Request { id, method, params },
        (Some(id), None) => answer(&id, &mut message),
        (None, Some(method)) if method == "session/update" => update(params),
        (None, Some(method)) => Incoming::Notice { method },
        (None, None) => Incoming::Noise,
    }
}

fn answer(id: &Value, message: &mut serde_json::Map<String, Value>) -> Incoming {
    // We count from 0; some agents give numbers back as text.
    let number = id.as_u64().or_else(|| id.as_str().and_then(|id| id.parse().ok()));
    let Some(id) = number else { return Incoming::Noise };
    let outcome = match message.remove("error").filter(|error| !error.is_null()) {
        Some(error) => Err(RpcError {
            code: error["code"].as_i64().unwrap_or_default(),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            data: error["data"].clone(),
        }),
        None => Ok(message.remove("result").unwrap_or_default()),
    };
    Incoming::Answer { id, outcome }
}

fn update(mut params: Value) -> Incoming {
    let session = params["sessionId"].as_str().unwrap_or_default().to_owned();
    Incoming::Update { session, update: params["update"].take() }
}

/// A request of ours.
pub(super) fn request(id: u64, method: &str, params: &Value) -> String {
    line(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

/// A notification of ours.
pub(super) fn notification(method: &str, params: &Value) -> String {
    line(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
}

/// Our answer to a request of the agent.
pub(super) fn result(id: &Value, result: &Value) -> String {
    line(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

/// Our refusal of a request that we do not serve: files, terminals, extensions.
pub(super) fn refusal(id: &Value, method: &str) -> String {
    let error = json!({"code": -32601, "message": "method not found", "data": {"method": method}});
    line(&json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

/// The parameters of `initialize`: we read no files and run no terminals for an agent.
pub(super) fn hello() -> Value {
    json!({
        "protocolVersion": PROTOCOL,
        "clientCapabilities": {"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false},
        "clientInfo": {"name": "talekeeper", "title": "Talekeeper", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// A line of its own. JSON never holds a bare line feed.
fn line(message: &Value) -> String {
    format!("{message}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_of_message_is_told_from_the_others() {
        let error = RpcError { code: 400, message: "no".into(), data: Value::Null };
        let cases = [
            (r#"{"jsonrpc":"2.0","id":3,"result":{"x":1}}"#, Incoming::Answer { id: 3, outcome: Ok(json!({"x": 1})) }),
            (r#"{"id":"4","result":null}"#, Incoming::Answer { id: 4, outcome: Ok(Value::Null) }),
            (r#"{"id":5,"error":{"code":400,"message":"no"}}"#, Incoming::Answer { id: 5, outcome: Err(error) }),
            (
                r#"{"method":"session/update","params":{"sessionId":"s","update":{"a":1}}}"#,
                Incoming::Update { session: "s".into(), update: json!({"a": 1}) },
            ),
            (
                r#"{"id":0,"method":"fs/read_text_file","params":{"path":"/etc/passwd"}}"#,
                Incoming::Request {
                    id: json!(0),
                    method: "fs/read_text_file".into(),
                    params: json!({"path": "/etc/passwd"}),
                },
            ),
            (r#"{"method":"_auth/status_update"}"#, Incoming::Notice { method: "_auth/status_update".into() }),
            ("Welcome!", Incoming::Noise),
            ("[1,2]", Incoming::Noise),
            ("{}", Incoming::Noise),
        ];
        for (line, expect) in cases {
            assert_eq!(read(line), expect, "{line}");
        }
    }

    #[test]
    fn what_we_send_is_one_line_whatever_is_in_it() {
        let sent = request(1, "session/prompt", &json!({"text": "one\ntwo\u{2028}three"}));
        assert_eq!(sent.matches('\n').count(), 1);
        assert!(sent.ends_with('\n'));
    }

    proptest! {
        #[test]
        fn no_line_makes_reading_fail(line in ".{0,200}") {
            read(&line);
        }
    }
}
