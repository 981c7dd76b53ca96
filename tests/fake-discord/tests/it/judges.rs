//! Every judge finds what it is for, and nothing in a clean run. A test that violates must fail.

use std::time::Duration;

use fake_discord::{FakeDiscord, Judge, Options, Room};
use serde_json::{Value, json};

use crate::client::{Bot, INTENTS, Socket};

async fn start() -> (FakeDiscord, Bot, Room) {
    let d = FakeDiscord::start(Options::default()).await;
    let (bot, general) = (Bot::of(&d), d.channel("general"));
    (d, bot, general)
}

/// What the judges say, and nothing else; they are satisfied afterwards.
fn sentence(d: &FakeDiscord) -> Vec<Judge> {
    let found: Vec<Judge> = d.violations().iter().map(|violation| violation.judge).collect();
    for judge in &found {
        d.pardon(*judge);
    }
    found
}

async fn send(bot: &Bot, room: &Room, body: Value) {
    bot.call("POST", &format!("/channels/{}/messages", room.id()), body).await;
}

#[tokio::test]
async fn a_clean_run_has_no_violation() {
    let (d, bot, general) = start().await;
    bot.say(&general, "hi").await;
    assert_eq!(sentence(&d), []);
}

#[tokio::test]
async fn misspelt_bodies_are_found() {
    let (d, bot, general) = start().await;
    send(&bot, &general, json!({ "content": "hi", "embedz": [] })).await;
    assert_eq!(sentence(&d), [Judge::Schema]);
}

#[tokio::test]
async fn unplanned_refusals_are_found() {
    let (d, bot, general) = start().await;
    send(&bot, &general, json!({ "content": "" })).await;
    assert_eq!(sentence(&d), [Judge::Refusal]);
}

#[tokio::test]
async fn requests_after_a_401_are_found() {
    let (d, mut bot, general) = start().await;
    bot.token = "wrong".to_owned();
    send(&bot, &general, json!({ "content": "a" })).await;
    d.expect_refusal("POST /channels/*/messages", 0);
    send(&bot, &general, json!({ "content": "b" })).await;
    assert_eq!(sentence(&d), [Judge::Refusal, Judge::AfterUnauthorized]);
}

#[tokio::test]
async fn unplanned_rate_limits_are_found() {
    let (d, bot, general) = start().await;
    for _ in 0..6 {
        send(&bot, &general, json!({ "content": "a" })).await;
    }
    assert_eq!(sentence(&d), [Judge::RateLimit]);
}

#[tokio::test]
async fn late_answers_are_found() {
    let (d, bot, general) = start().await;
    let mut socket = Socket::ready(&d, INTENTS).await;
    bot.register(&d, json!([{ "name": "roll", "description": "Rolls" }])).await;
    d.user("ana").slash(&general, "roll", json!({})).await;
    socket.event("INTERACTION_CREATE").await;
    assert_eq!(sentence(&d), []);
    d.advance(Duration::from_secs(4));
    assert_eq!(sentence(&d), [Judge::LateAnswer]);
}

#[tokio::test]
async fn wrong_heartbeats_are_found() {
    let (d, _, _) = start().await;
    let mut socket = Socket::ready(&d, INTENTS).await;
    socket.send(json!({ "op": 1, "d": 99 })).await;
    assert_eq!(socket.frame().await["op"], 11);
    assert_eq!(sentence(&d), [Judge::Heartbeat]);
}

#[tokio::test]
async fn wrong_opcodes_are_found() {
    let (d, _, _) = start().await;
    let mut socket = Socket::connect(&d).await;
    socket.send(json!({ "op": 3, "d": {} })).await;
    assert_eq!(socket.frame().await["close"], 4003);
    assert_eq!(sentence(&d), [Judge::Gateway]);
}

#[tokio::test]
async fn pings_are_found() {
    let (d, bot, general) = start().await;
    let ana = d.user("ana");
    let text = format!("<@{}> @everyone", ana.id());
    send(&bot, &general, json!({ "content": text, "allowed_mentions": { "parse": [] } })).await;
    assert_eq!(sentence(&d), []);
    let said = ana.says(&general, "hi").await;
    let reply = json!({ "content": "hi", "message_reference": { "message_id": said.id.to_string() } });
    send(&bot, &general, reply).await;
    send(&bot, &general, json!({ "content": text })).await;
    assert_eq!(sentence(&d), [Judge::Ping, Judge::Ping]);
}

#[tokio::test]
async fn secrets_are_found() {
    let (d, bot, general) = start().await;
    d.secret("hunter2");
    send(&bot, &general, json!({ "content": format!("my token is {}", d.token()) })).await;
    send(&bot, &general, json!({ "content": "and hunter2" })).await;
    assert_eq!(sentence(&d), [Judge::Secret, Judge::Secret]);
}

#[tokio::test]
async fn unknown_routes_are_found() {
    let (d, bot, _) = start().await;
    assert_eq!(bot.call("GET", "/guilds/1/audit-logs", Value::Null).await.status, 404);
    assert_eq!(sentence(&d), [Judge::UnknownRoute]);
}

#[tokio::test]
#[should_panic(expected = "the judges found 1")]
async fn finishing_with_a_violation_panics() {
    let (d, bot, general) = start().await;
    send(&bot, &general, json!({ "content": "" })).await;
    d.finish().await;
}

#[tokio::test]
#[should_panic(expected = "the judges found 1")]
async fn dropping_with_a_violation_panics() {
    let (_d, bot, general) = start().await;
    send(&bot, &general, json!({ "content": "" })).await;
}

#[tokio::test]
#[should_panic(expected = "waited 10ms in vain for a fitting message in #general")]
async fn waiting_in_vain_tells_the_transcript() {
    let d = FakeDiscord::start(Options { patience: Duration::from_millis(10), ..Options::default() }).await;
    d.channel("general").expect_message(|_| true).await;
}

#[test]
fn a_test_without_an_executor_works() {
    let d = FakeDiscord::open(Options::default());
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let said = d.block_on(ana.says(&general, "hi"));
    assert_eq!(general.now(&said).content, "hi");
}
