//! Messages by hand: limits, nonces, pages, rights, files and threads.

use fake_discord::{FakeDiscord, Judge, Options, Permission, RateLimits, Room};
use serde_json::{Value, json};

use crate::client::{Answer, Bot};

async fn start() -> (FakeDiscord, Bot, Room) {
    let d = FakeDiscord::start(Options { rate_limits: RateLimits::Off, ..Options::default() }).await;
    let (bot, general) = (Bot::of(&d), d.channel("general"));
    (d, bot, general)
}

async fn send(bot: &Bot, room: &Room, body: Value) -> Answer {
    bot.call("POST", &format!("/channels/{}/messages", room.id()), body).await
}

#[tokio::test]
async fn what_discord_refuses_is_refused() {
    let (d, bot, general) = start().await;
    d.pardon(Judge::Schema);
    d.expect_refusal("POST /channels/*/messages", 50035);
    d.expect_refusal("POST /channels/*/messages", 50006);
    let code = async |body: Value| send(&bot, &general, body).await.json["code"].as_u64();
    assert_eq!(code(json!({ "content": "x".repeat(2001) })).await, Some(50035));
    assert_eq!(code(json!({ "content": " \n " })).await, Some(50006));
    let both = json!({ "content": "x", "allowed_mentions": { "parse": ["users"], "users": ["1"] } });
    assert_eq!(code(both).await, Some(50035));
    assert_eq!(code(json!({ "content": "x".repeat(2000) })).await, None);
    assert_eq!(general.messages().len(), 1);
    d.finish().await;
}

#[tokio::test]
async fn an_enforced_nonce_sends_once() {
    let (d, bot, general) = start().await;
    let body = json!({ "content": "once", "nonce": "row-7", "enforce_nonce": true });
    let (first, again) = (send(&bot, &general, body.clone()).await, send(&bot, &general, body.clone()).await);
    assert_eq!(first.json["id"], again.json["id"]);
    assert_eq!(general.messages().len(), 1);
    d.advance(std::time::Duration::from_secs(600));
    send(&bot, &general, body).await;
    assert_eq!(general.messages().len(), 2, "a nonce is forgotten after minutes");
    d.finish().await;
}

#[tokio::test]
async fn history_comes_in_pages_newest_first() {
    let (d, bot, general) = start().await;
    let ana = d.user("ana");
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(ana.says(&general, &format!("m{n}")).await.id);
    }
    let texts = async |query: String| {
        let path = format!("/channels/{}/messages?{query}", general.id());
        let page = bot.call("GET", &path, Value::Null).await.json;
        page.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts("limit=2".to_owned()).await, ["m6", "m5"]);
    assert_eq!(texts(format!("limit=2&before={}", ids[3])).await, ["m2", "m1"]);
    assert_eq!(texts(format!("limit=2&after={}", ids[3])).await, ["m5", "m4"]);
    assert_eq!(texts(format!("limit=3&around={}", ids[3])).await, ["m4", "m3", "m2"]);
    d.finish().await;
}

#[tokio::test]
async fn pages_of_history_are_answered_and_not_kept() {
    let (d, bot, general) = start().await;
    let ana = d.user("ana");
    let path = format!("/channels/{}/messages", general.id());
    for (said, kept) in [(1, true), (20, false)] {
        for _ in 0..said {
            ana.says(&general, &"m".repeat(1500)).await;
        }
        let page = bot.call("GET", &path, Value::Null).await.json;
        assert!(page.as_array().is_some_and(|page| page.len() >= said));
        let last = d.requests("GET /channels/*/messages").pop().unwrap();
        assert_eq!((last.answer == page, last.answer.is_null()), (kept, !kept));
    }
    d.finish().await;
}

#[tokio::test]
async fn rights_are_asked_for() {
    let (d, bot, general) = start().await;
    let message = format!("/channels/{}/messages", general.id());
    let said = d.user("ana").says(&general, "mine").await;
    for code in [50001, 50005, 50013, 10008, 10003] {
        d.expect_refusal("* /channels/**", code);
    }
    let code = async |method: &str, path: &str, body| bot.call(method, path, body).await.json["code"].as_u64();
    general.denies_bot(Permission::MANAGE_MESSAGES);
    assert_eq!(code("PATCH", &format!("{message}/{}", said.id), json!({ "content": "x" })).await, Some(50005));
    assert_eq!(code("DELETE", &format!("{message}/{}", said.id), Value::Null).await, Some(50013));
    assert_eq!(code("GET", &format!("{message}/1"), Value::Null).await, Some(10008));
    assert_eq!(code("GET", "/channels/1", Value::Null).await, Some(10003));
    general.denies_bot(Permission::SEND_MESSAGES);
    assert_eq!(code("POST", &message, json!({ "content": "x" })).await, Some(50013));
    general.denies_bot(Permission::VIEW_CHANNEL);
    assert_eq!(code("POST", &message, json!({ "content": "x" })).await, Some(50001));
    d.finish().await;
}

#[tokio::test]
async fn files_travel_both_ways() {
    let (d, bot, general) = start().await;
    let payload = json!({ "content": "the map", "attachments": [{ "id": 0, "description": "a map" }] });
    let file = reqwest::multipart::Part::bytes(b"pixels".to_vec()).file_name("map.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new().text("payload_json", payload.to_string()).part("files[0]", file);
    let url = format!("{}/channels/{}/messages", bot.base, general.id());
    let sent = bot.http.post(url).header("authorization", format!("Bot {}", bot.token)).multipart(form).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    let message = general.expect_message(|m| m.content == "the map").await;
    assert_eq!(message.attachments[0].description.as_deref(), Some("a map"));
    let bytes = bot.http.get(&message.attachments[0].url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"pixels");
    assert_eq!(d.requests("POST /channels/*/messages")[0].files[0].name, "map.png");
    d.finish().await;
}

#[tokio::test]
async fn a_message_starts_one_thread_and_a_locked_one_takes_no_talk() {
    let (d, bot, general) = start().await;
    let said = bot.say(&general, "once upon a time").await;
    let threads = format!("/channels/{}/messages/{}/threads", general.id(), said["id"].as_str().unwrap());
    bot.call("POST", &threads, json!({ "name": "tale" })).await;
    d.expect_refusal("POST /channels/*/messages/*/threads", 160_004);
    assert_eq!(bot.call("POST", &threads, json!({ "name": "tale" })).await.json["code"], 160_004);
    let thread = general.expect_thread("tale").await;
    bot.say(&thread, "in the thread").await;
    thread.is_archived(false);
    bot.say(&thread, "speaking opens it again").await;
    general.denies_bot(Permission::MANAGE_THREADS);
    thread.is_archived(true);
    d.expect_refusal("POST /channels/*/messages", 50083);
    assert_eq!(send(&bot, &thread, json!({ "content": "x" })).await.json["code"], 50083);
    d.expect_refusal("PUT /channels/*/messages/*/reactions/*/@me", 50083);
    let mark = format!("/channels/{}/messages/{}/reactions/%F0%9F%91%80/@me", thread.id(), thread.messages()[0].id);
    assert_eq!(bot.call("PUT", &mark, Value::Null).await.json["code"], 50083);
    general.allows_bot(Permission::MANAGE_THREADS);
    bot.say(&thread, "those who manage threads open it").await;
    general.denies_bot(Permission::MANAGE_THREADS);
    d.expect_refusal("POST /channels/*/messages", 160_005);
    assert_eq!(send(&bot, &thread, json!({ "content": "x" })).await.json["code"], 160_005, "it is locked still");
    thread.is_unlocked();
    bot.say(&thread, "and all may talk").await;
    d.finish().await;
}

#[tokio::test]
async fn archived_threads_are_listed_the_last_first_and_private_ones_to_those_in_them() {
    let (d, bot, general) = start().await;
    let ana = d.user("ana");
    let mut begun = Vec::new();
    for name in ["one", "two", "open"] {
        let said = ana.says(&general, name).await;
        begun.push(ana.starts_thread(&said, name).await);
    }
    let private = ana.starts_private_thread(&general, "whispers").await;
    for thread in [&begun[1], &begun[0], &private] {
        d.advance(std::time::Duration::from_secs(60));
        thread.is_archived(false);
    }
    let list = async |path: &str| {
        let answer = bot.call("GET", &format!("/channels/{}/{path}", general.id()), Value::Null).await.json;
        let names = answer["threads"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), answer["has_more"].as_bool().unwrap())
    };
    assert_eq!(list("threads/archived/public").await, (vec!["one".to_owned(), "two".to_owned()], false));
    let joined = "users/@me/threads/archived/private";
    assert_eq!(list(joined).await, (vec!["whispers".to_owned()], false));
    ana.says(&private, "speaking opens it again").await;
    assert_eq!(list(joined).await, (Vec::new(), false));
    d.finish().await;
}

#[tokio::test]
async fn buckets_are_told_and_enforced() {
    let d = FakeDiscord::start(Options::default()).await;
    let (bot, general) = (Bot::of(&d), d.channel("general"));
    d.tolerate_rate_limits(1);
    for n in (0..5).rev() {
        let answer = send(&bot, &general, json!({ "content": "x" })).await;
        assert_eq!(answer.headers["x-ratelimit-remaining"], n.to_string());
    }
    let limited = send(&bot, &general, json!({ "content": "x" })).await;
    assert_eq!(limited.status, 429);
    assert!(limited.json["retry_after"].as_f64().unwrap() <= 5.0);
    assert_eq!(limited.headers["x-ratelimit-scope"], "user");
    d.advance(std::time::Duration::from_secs(6));
    assert_eq!(send(&bot, &general, json!({ "content": "x" })).await.status, 200);
    d.finish().await;
}
