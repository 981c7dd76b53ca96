//! `talekeeper top` beside a running bot, beside none, and in a terminal.

use serde_json::Value;

use crate::monitor::{address, asked_scene};
use crate::support::bot::{Scene, in_the_end, reply};
use crate::support::installation::Installation;

/// What `top --json` says when the bot is looked for at `listen`.
fn top(scene: &Scene, listen: &str) -> Value {
    let mut command = scene.home.command(&["top", "--json"]);
    let output = command.env("TALEKEEPER_MONITORING__LISTEN", listen).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn table<'a>(view: &'a Value, name: &str) -> &'a Value {
    view["tables"].as_array().unwrap().iter().find(|table| table["table"] == name).unwrap()
}

#[test]
fn whoever_looks_sees_what_runs_what_waits_and_what_went_wrong_also_after_a_crash() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let at = address(&scene, 1).await.to_string();
        in_the_end(async || top(&scene, &at)["ready"].to_string(), "ready").await;
        let (ana, room) = (scene.discord.user("지우"), scene.discord.channel("general"));
        ana.says(&room, &scene.to_bot("I pay [[fake:plain cost=0.25]]")).await;
        reply(&room, "FAKE-OK").await;
        let cellar = scene.discord.channel("tavern");
        ana.says(&cellar, &scene.to_bot("I fall [[fake:exit code=3]]")).await;
        in_the_end(async || table(&top(&scene, &at), "tavern")["last_error"].to_string(), "E-").await;
        ana.says(&room, &scene.to_bot("I wait [[fake:hang-after]]")).await;
        in_the_end(async || table(&top(&scene, &at), "general")["turn"].to_string(), "2").await;
        ana.says(&room, &scene.to_bot("And more")).await;
        in_the_end(async || table(&top(&scene, &at), "general")["waiting"].to_string(), "1").await;

        let view = top(&scene, &at);
        assert_eq!((&view["running"], view["ready"].as_str()), (&Value::Bool(true), Some("ready")));
        let general = table(&view, "general");
        assert_eq!(view["tables"][0]["table"], "general", "what is busy stands first");
        assert_eq!((general["people"][0].as_str(), general["today_usd"].as_f64()), (Some("지우"), Some(0.25)));
        assert_eq!((general["provider"].as_str(), &general["last_error"]), (Some("claude"), &Value::Null));
        assert!(general["turn_ms"].as_i64().is_some_and(|millis| millis >= 0));
        assert!(view["process"]["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 1_000_000));
        assert!(view["process"]["provider_processes"].as_u64().is_some_and(|count| count >= 1));
        // The log explains the id.
        let id = table(&view, "tavern")["last_error"].as_str().unwrap().to_owned();
        let told = scene.home.run(&["logs", "--error", &id]);
        assert!(String::from_utf8_lossy(&told.stdout).contains("provider failed"));
        // Somebody else's page is not taken for the bot's.
        let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let elsewhere = stranger.local_addr().unwrap().to_string();
        assert_eq!(top(&scene, &elsewhere)["ready"], format!("no answer at {elsewhere}"));
        assert_eq!(top(&scene, "off")["ready"], "not known (monitoring is off)");

        let shown = scene.home.run(&["top"]);
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains("general") && shown.contains("#2 ") && shown.contains(&id), "{shown}");
        assert!(!shown.contains('\u{1b}'), "no colours where nobody looks: {shown}");

        bot.kill();
        let view = top(&scene, &at);
        assert_eq!((&view["running"], &view["ready"]), (&Value::Bool(false), &Value::Null));
        assert_eq!(table(&view, "general")["turn"], 2, "this is how it was left");
        assert_eq!(table(&view, "tavern")["last_error"], id);
        let files = || std::fs::read_dir(scene.home.data()).unwrap().count();
        let before = files();
        let shown = scene.home.run(&["top", "--once"]);
        assert!(String::from_utf8_lossy(&shown.stdout).starts_with("talekeeper is not running: no program holds"));
        assert_eq!(files(), before, "looking leaves nothing behind");
    });
}

#[test]
fn in_a_terminal_it_stays_until_q() {
    let home = Installation::new();
    let mut looking = home.sit_at_a_terminal(&["top"]);
    looking.expect("talekeeper is not running");
    looking.expect("nothing was ever played here");
    looking.types("q");
    let (code, rest, _) = looking.end();
    assert_eq!(code, Some(0));
    // The cursor and the page from before are back.
    assert!(rest.concat().contains("\u{1b}[?25h\u{1b}[?1049l"), "{rest:?}");
    assert!(!home.data().exists(), "looking makes nothing");
}
