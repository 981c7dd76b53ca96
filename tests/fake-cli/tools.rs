//! Calls a tool of the server that `--mcp-config` names, as a model would. Speaks just enough HTTP for that.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::Flags;

/// Calls a tool; gives what it answered, or what is wrong.
pub fn call(flags: &Flags, name: &str, arguments: &str) -> String {
    let Some(path) = flags.given.get("--mcp-config").and_then(|values| values.first()) else {
        return "no tools are given".to_owned();
    };
    let config: Value = serde_json::from_slice(&std::fs::read(path).unwrap_or_default()).unwrap_or_default();
    let server = &config["mcpServers"]["table"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": name, "arguments": arguments } });
    let answer = post(&text(&server["url"]), &text(&server["headers"]["Authorization"]), &body.to_string());
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    text(&answer["result"]["content"][0]["text"])
}

fn post(url: &str, bearer: &str, body: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-06-18\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(host)
        && stream.write_all(request.as_bytes()).is_ok()
    {
        let _ = stream.read_to_string(&mut answer);
    }
    answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}
