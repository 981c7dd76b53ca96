//! The tools as a CLI meets them: over HTTP, with a token.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::*;
use crate::domain::{Deed, Denied, SeatId};
use crate::provider::Reach;

struct Lab {
    server: ToolServer,
    ending: CancellationToken,
    tasks: TaskTracker,
    deeds: TaskTracker,
}

impl Lab {
    async fn new() -> Self {
        let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
        let server = ToolServer::start(&tasks, ending.clone()).await.unwrap();
        Self { server, ending, tasks, deeds: TaskTracker::new() }
    }

    /// A turn of a table: its tools, and the deeds that reach the table, each done at once.
    fn turn(&self, table: &str) -> (Binding, mpsc::UnboundedReceiver<Deed>) {
        let (hand, mut reaches) = Hand::new();
        let (done, deeds) = mpsc::unbounded_channel();
        self.deeds.spawn(async move {
            while let Some(Reach::Deed { deed, reply }) = reaches.recv().await {
                let Deed::Whisper { to, .. } = &deed else { panic!("{deed:?}") };
                let seated = to.get() < 5;
                reply.send(if seated { Ok(Vec::new()) } else { Err(Denied::NoSuchSeat(*to).into()) }).unwrap();
                done.send(deed).unwrap();
            }
        });
        (self.server.open(&table.parse().unwrap(), hand), deeds)
    }
}

async fn post(access: &ToolAccess, token: &str, body: Value) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(&access.url)
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .json(&body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

async fn call(access: &ToolAccess, id: u32, name: &str, arguments: Value) -> (bool, String) {
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": name, "arguments": arguments } });
    let (status, answer) = post(access, access.token.expose_secret(), body).await;
    assert_eq!(status, 200, "{answer}");
    let result = &answer["result"];
    (result["isError"] != json!(true), result["content"][0]["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_call_reaches_the_table_whose_token_it_carries_and_is_done_once() {
    let lab = Lab::new().await;
    let (gate, mut at_gate) = lab.turn("gate");
    let (_sea, mut at_sea) = lab.turn("sea");
    let arguments = json!({ "seat": 2, "text": "It is warm." });
    for _ in 0..2 {
        assert_eq!(call(&gate.access, 7, "whisper", arguments.clone()).await, (true, "They alone know it now.".into()));
    }
    assert_eq!(at_gate.recv().await, Some(Deed::Whisper { to: SeatId::new(2), text: "It is warm.".into() }));
    call(&gate.access, 8, "whisper", arguments).await;
    assert!(at_gate.recv().await.is_some());
    assert!(at_gate.try_recv().is_err() && at_sea.try_recv().is_err());
}

#[tokio::test]
async fn the_tools_are_listed_with_what_they_take() {
    let lab = Lab::new().await;
    let (gate, _deeds) = lab.turn("gate");
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let (_, answer) = post(&gate.access, gate.access.token.expose_secret(), list).await;
    let listed = answer["result"]["tools"].as_array().unwrap();
    assert_eq!(listed.len(), TOOLS.len(), "{answer}");
    assert!(listed.iter().all(|tool| tool["inputSchema"]["additionalProperties"] == json!(false)), "{answer}");
}

#[tokio::test]
async fn who_has_no_token_of_a_running_turn_is_not_let_in() {
    let lab = Lab::new().await;
    let (gate, mut deeds) = lab.turn("gate");
    let access = gate.access.clone();
    let whisper = json!({ "name": "whisper", "arguments": { "seat": 1, "text": "Psst." } });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": whisper });
    for token in ["", "guess", &"0".repeat(64)] {
        assert_eq!(post(&access, token, body.clone()).await.0, 401, "{token}");
    }
    drop(gate);
    assert_eq!(post(&access, access.token.expose_secret(), body.clone()).await.0, 401, "the turn is over");
    let (again, _) = lab.turn("gate");
    assert_eq!(again.access.token.expose_secret(), access.token.expose_secret(), "a resting program keeps its token");
    assert!(deeds.recv().await.is_none());
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_with_the_reason() {
    let lab = Lab::new().await;
    let (gate, _deeds) = lab.turn("gate");
    for (name, arguments, why) in [
        ("whisper", json!({ "seat": 9, "text": "a" }), "Not done: there is no seat 9 at this table."),
        ("grant_wish", json!({}), "Not done: there is no tool `grant_wish`."),
        ("whisper", json!({ "seat": "Ana", "text": "a" }), "Not done: the arguments are not right: invalid type"),
        ("whisper", json!({ "seat": 1, "text": "a", "as_host": true }), "unknown field `as_host`"),
    ] {
        let (done, text) = call(&gate.access, 1, name, arguments).await;
        assert!(!done && text.contains(why), "{text}");
    }
}

#[tokio::test]
async fn a_turn_that_still_runs_keeps_the_tools_open_and_then_they_end() {
    let lab = Lab::new().await;
    let (gate, _deeds) = lab.turn("gate");
    lab.ending.cancel();
    assert!(call(&gate.access, 1, "whisper", json!({ "seat": 1, "text": "Still here." })).await.0);
    drop(gate);
    lab.tasks.close();
    lab.tasks.wait().await;
}
