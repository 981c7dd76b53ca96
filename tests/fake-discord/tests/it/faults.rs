//! Each planned fault of the REST side, and what it leaves behind.

use std::time::Duration;

use fake_discord::{FakeDiscord, Fault, Options, Room, Scope, Wrong};
use serde_json::json;

use crate::client::{Answer, Bot};

const SEND: &str = "POST /channels/*/messages";

async fn start(wrong: Wrong) -> (FakeDiscord, Bot, Room) {
    let d = FakeDiscord::start(Options::default()).await;
    let (bot, general) = (Bot::of(&d), d.channel("general"));
    d.fault(Fault::on(SEND, wrong));
    (d, bot, general)
}

async fn send(bot: &Bot, room: &Room) -> Result<Answer, reqwest::Error> {
    let body = json!({ "content": "hi", "nonce": "1", "enforce_nonce": true });
    bot.try_call("POST", &format!("/channels/{}/messages", room.id()), body).await
}

#[tokio::test]
async fn an_error_before_the_effect_leaves_nothing() {
    for (wrong, status) in [(Wrong::Status(503), 503), (Wrong::Html502, 502), (Wrong::Status(403), 403)] {
        let (d, bot, general) = start(wrong).await;
        assert_eq!(send(&bot, &general).await.unwrap().status, status);
        assert_eq!(general.messages().len(), 0);
        assert_eq!(send(&bot, &general).await.unwrap().status, 200, "a fault hits once");
        d.finish().await;
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_message_and_a_nonce_finds_it() {
    for wrong in [Wrong::ResetAfter, Wrong::StatusAfter(500)] {
        let (d, bot, general) = start(wrong).await;
        let first = send(&bot, &general).await;
        assert!(first.is_err() || first.is_ok_and(|answer| answer.status == 500));
        assert_eq!(general.messages().len(), 1);
        let again = send(&bot, &general).await.unwrap();
        assert_eq!(again.json["id"], general.messages()[0].id.to_string());
        assert_eq!(general.messages().len(), 1);
        d.finish().await;
    }
}

#[tokio::test]
async fn a_cut_before_the_effect_leaves_nothing() {
    let (d, bot, general) = start(Wrong::ResetBefore).await;
    assert!(send(&bot, &general).await.is_err());
    assert_eq!(general.messages().len(), 0);
    d.finish().await;
}

#[tokio::test]
async fn a_hanging_request_is_the_clients_to_give_up() {
    let (d, mut bot, general) = start(Wrong::Hang).await;
    bot.http = reqwest::Client::builder().timeout(Duration::from_millis(100)).build().unwrap();
    assert!(send(&bot, &general).await.unwrap_err().is_timeout());
    assert_eq!(general.messages().len(), 0);
    d.finish().await;
}

#[tokio::test]
async fn rate_limits_say_what_they_are_about() {
    for (scope, name) in [(Scope::User, "user"), (Scope::Global, "global"), (Scope::Shared, "shared")] {
        let (d, bot, general) = start(Wrong::TooMany { scope, retry_after: Duration::from_millis(1500) }).await;
        let answer = send(&bot, &general).await.unwrap();
        assert_eq!(answer.status, 429);
        assert_eq!(answer.headers["retry-after"], "2");
        assert_eq!(answer.headers["x-ratelimit-scope"], name);
        assert_eq!(answer.json["retry_after"], 1.5);
        assert_eq!(answer.json["global"], scope == Scope::Global);
        d.finish().await;
    }
}

#[tokio::test]
async fn faults_can_wait_and_repeat() {
    let (d, bot, general) = start(Wrong::Delay(Duration::from_millis(1))).await;
    d.fault(Fault::on(SEND, Wrong::Status(500)).after(1).times(2));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(send(&bot, &general).await.unwrap().status);
    }
    assert_eq!(seen, [200, 200, 500, 500, 200]);
    assert!(d.requests(SEND)[0].faulted && !d.requests(SEND)[1].faulted);
    d.finish().await;
}
