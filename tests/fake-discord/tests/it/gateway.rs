//! The gateway by hand: handshake, resume, loss, closes and what each session may hear.

use fake_discord::{Compression, FakeDiscord, Intent, Judge, Loss, Options, Permission, Resumable};
use serde_json::{Value, json};

use crate::client::{Bot, INTENTS, Socket};

#[tokio::test]
async fn a_handshake_ends_in_the_guild() {
    let d = FakeDiscord::start(Options::default()).await;
    let mut socket = Socket::connect(&d).await;
    socket.identify(&d.token(), INTENTS).await;
    let ready = socket.event("READY").await;
    assert_eq!(ready["guilds"][0]["unavailable"], true);
    let guild = socket.event("GUILD_CREATE").await;
    assert_eq!(guild["channels"][0]["name"], "general");
    socket.send(json!({ "op": 1, "d": 2 })).await;
    assert_eq!(socket.frame().await["op"], 11);
    d.finish().await;
}

async fn close_code(options: Options, token: Option<&str>, intents: u64) -> Value {
    let d = FakeDiscord::start(options).await;
    d.pardon(Judge::Gateway);
    let mut socket = Socket::connect(&d).await;
    socket.identify(token.unwrap_or(&d.token()), intents).await;
    socket.frame().await["close"].clone()
}

#[tokio::test]
async fn wrong_tokens_and_intents_are_closed() {
    assert_eq!(close_code(Options::default(), Some("wrong"), INTENTS).await, 4004);
    assert_eq!(close_code(Options::default(), None, 1 << 40).await, 4013);
    let plain = Options { privileged_intents: 0, ..Options::default() };
    assert_eq!(close_code(plain, None, Intent::MESSAGE_CONTENT).await, 4014);
}

#[tokio::test]
async fn a_resume_replays_what_was_missed() {
    let d = FakeDiscord::start(Options::default()).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let mut first = Socket::ready(&d, INTENTS).await;
    d.gateway().drop_tcp();
    assert_eq!(first.frame().await["close"], Value::Null);
    d.gateway().expect_disconnected().await;
    ana.says(&general, "one").await;
    ana.says(&general, "two").await;

    let mut second = Socket::connect(&d).await;
    let resume = json!({ "token": d.token(), "session_id": first.session, "seq": first.seq });
    second.send(json!({ "op": 6, "d": resume })).await;
    assert_eq!(second.event("MESSAGE_CREATE").await["content"], "one");
    assert_eq!(second.event("MESSAGE_CREATE").await["content"], "two");
    second.event("RESUMED").await;
    d.finish().await;
}

#[tokio::test]
async fn a_forgotten_session_cannot_resume() {
    let d = FakeDiscord::start(Options::default()).await;
    let mut socket = Socket::ready(&d, INTENTS).await;
    d.gateway().invalidate(Resumable::No);
    let frame = socket.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&json!(9), &json!(false)));
    let resume = json!({ "token": d.token(), "session_id": socket.session, "seq": socket.seq });
    socket.send(json!({ "op": 6, "d": resume })).await;
    assert_eq!(socket.frame().await["op"], 9);
    socket.identify(&d.token(), INTENTS).await;
    socket.event("READY").await;
    assert_eq!(d.gateway().identifies(), 2);
    d.finish().await;
}

/// A resume of that session and sequence; gives the socket, which was refused.
async fn refused(d: &FakeDiscord, session: &str, seq: Option<u64>) -> Socket {
    let mut socket = Socket::connect(d).await;
    let resume = json!({ "token": d.token(), "session_id": session, "seq": seq });
    socket.send(json!({ "op": 6, "d": resume })).await;
    assert_eq!(socket.frame().await["op"], 9);
    socket
}

#[tokio::test]
async fn who_may_not_resume_still_beats_with_the_sequence_it_had() {
    let d = FakeDiscord::start(Options::default()).await;
    let first = Socket::ready(&d, INTENTS).await;
    d.gateway().forget_sessions();
    d.gateway().drop_tcp();
    d.gateway().expect_disconnected().await;
    let mut second = refused(&d, &first.session, first.seq).await;
    second.send(json!({ "op": 1, "d": first.seq })).await;
    assert_eq!(second.frame().await["op"], 11);
    // With a session of its own it begins anew.
    second.identify(&d.token(), INTENTS).await;
    second.event("READY").await;
    second.send(json!({ "op": 1, "d": 1 })).await;
    second.event("GUILD_CREATE").await;
    assert_eq!(second.frame().await["op"], 11);
    d.finish().await;
}

#[tokio::test]
async fn a_sequence_that_was_never_sent_is_found_after_a_refused_resume_too() {
    for (mine, wrong) in [(true, 3), (false, 1)] {
        let d = FakeDiscord::start(Options::default()).await;
        let first = Socket::ready(&d, INTENTS).await;
        d.gateway().forget_sessions();
        let session = if mine { first.session.as_str() } else { "made-up" };
        let mut second = refused(&d, session, first.seq).await;
        second.send(json!({ "op": 1, "d": wrong })).await;
        assert_eq!(second.frame().await["op"], 11);
        let found: Vec<_> = d.violations().iter().map(|violation| violation.judge).collect();
        assert_eq!(found, [Judge::Heartbeat], "{session} {wrong}");
        d.pardon(Judge::Heartbeat);
    }
}

#[tokio::test]
async fn a_loss_waits_for_somebody_to_befall() {
    let d = FakeDiscord::start(Options::default()).await;
    // Who has gone is nobody to cut off, though it was there when somebody looked.
    drop(Socket::ready(&d, INTENTS).await);
    d.gateway().expect_disconnected().await;
    let gateway = d.gateway();
    let arrives = async {
        let mut second = Socket::ready(&d, INTENTS).await;
        second.frame().await
    };
    let ((), frame) = tokio::join!(gateway.befalls_whoever_is_there(Loss::Close(4000)), arrives);
    assert_eq!(frame["close"], 4000);
    d.finish().await;
}

#[tokio::test]
async fn planned_orders_reach_the_client() {
    let d = FakeDiscord::start(Options::default()).await;
    let mut socket = Socket::ready(&d, INTENTS).await;
    d.gateway().reconnect();
    assert_eq!(socket.frame().await["op"], 7);
    d.gateway().invalidate(Resumable::Yes);
    assert_eq!(socket.frame().await["d"], true);
    d.gateway().close(4000);
    assert_eq!(socket.frame().await["close"], 4000);
    d.gateway().refuse_connections();
    let url = Bot::of(&d).call("GET", "/gateway", Value::Null).await.json["url"].as_str().unwrap().to_owned();
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
    d.finish().await;
}

#[tokio::test]
async fn a_black_hole_keeps_events_for_a_resume() {
    let d = FakeDiscord::start(Options::default()).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let mut deaf = Socket::ready(&d, INTENTS).await;
    d.gateway().black_hole();
    d.gateway().expect_disconnected().await;
    ana.says(&general, "anybody?").await;
    deaf.send(json!({ "op": 1, "d": 2 })).await;

    let mut second = Socket::connect(&d).await;
    let resume = json!({ "token": d.token(), "session_id": deaf.session, "seq": deaf.seq });
    second.send(json!({ "op": 6, "d": resume })).await;
    assert_eq!(second.event("MESSAGE_CREATE").await["content"], "anybody?");
    assert_eq!(d.gateway().heartbeats(), 0, "nobody reads in a black hole");
    d.finish().await;
}

#[tokio::test]
async fn duplicates_arrive_twice_under_two_numbers() {
    let d = FakeDiscord::start(Options::default()).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let mut socket = Socket::ready(&d, INTENTS).await;
    d.gateway().duplicate_next("MESSAGE_CREATE");
    ana.says(&general, "once").await;
    let (first, second) = (socket.frame().await, socket.frame().await);
    assert_eq!(first["d"], second["d"]);
    assert_ne!(first["s"], second["s"]);
    d.finish().await;
}

#[tokio::test]
async fn without_the_content_intent_only_what_concerns_the_bot_is_readable() {
    let d = FakeDiscord::start(Options::default()).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let mut socket = Socket::ready(&d, INTENTS & !Intent::MESSAGE_CONTENT).await;
    let mut content = async |_: &str| socket.event("MESSAGE_CREATE").await["content"].clone();
    ana.says(&general, "private talk").await;
    assert_eq!(content("").await, "");
    ana.says(&general, "<@bot> hi").await;
    assert_eq!(content("").await, format!("<@{}> hi", d.bot_id()));
    ana.says(&ana.direct(), "psst").await;
    assert_eq!(content("").await, "psst");
    Bot::of(&d).say(&general, "mine").await;
    assert_eq!(content("").await, "mine");
    d.finish().await;
}

#[tokio::test]
async fn intents_and_hidden_channels_filter_events() {
    let d = FakeDiscord::start(Options::default()).await;
    let (ana, general, tavern) = (d.user("ana"), d.channel("general"), d.channel("tavern"));
    let mut socket = Socket::ready(&d, Intent::GUILDS | Intent::GUILD_MESSAGES).await;
    tavern.denies_bot(Permission::VIEW_CHANNEL);
    let said = ana.says(&tavern, "hidden").await;
    ana.reacts(&said, "👀").await;
    ana.types(&general).await;
    ana.says(&ana.direct(), "direct").await;
    ana.says(&general, "open").await;
    let heard = socket.event("MESSAGE_CREATE").await;
    assert_eq!(heard["channel_id"], general.id().to_string());
    d.finish().await;
}

#[tokio::test]
async fn payloads_are_packed_when_asked() {
    for compression in [Compression::WhenAsked, Compression::Never] {
        let d = FakeDiscord::start(Options { compression, ..Options::default() }).await;
        let mut socket = Socket::connect(&d).await;
        let identify = json!({ "token": d.token(), "intents": INTENTS, "compress": true, "properties": {} });
        socket.send(json!({ "op": 2, "d": identify })).await;
        socket.event("READY").await;
        d.finish().await;
    }
}
