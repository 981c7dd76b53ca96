//! A reply that speaks for a player's character, through the whole program: told anew once, or marked.

use serde_json::json;

use crate::support::bot::{Scene, reply};
use crate::support::installation::{Installation, text};

/// An installation whose table in the terminal has Mira in its cast.
fn home() -> Installation {
    let home = Installation::with_fake_claude();
    let cast = home.data().join("tables/home/characters");
    std::fs::create_dir_all(&cast).unwrap();
    std::fs::write(cast.join("mira.json"), r#"{"name":"Mira","description":"A ferryman."}"#).unwrap();
    home
}

/// Plays as Mira at a table that is answered so, and so when it is told anew. What the player says holds none of it.
fn plays(home: &Installation, tables: &str, more: &str, first: &str, options: &str) -> (String, String) {
    let mode = json!(format!("say text='{first}' {options}"));
    home.config(&format!("{tables}providers: {{ claude: {{ env: {{ FAKE_CLI_MODE: {mode} }} }} }}\n"));
    let lines = format!("/character take Mira\n{more}I look at the river.\n/story\n");
    let output = home.run_with(&["play"], &lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

const TAKES: &str = "Rain. \"I will pay,\" Mira says.";
const LEAVES: &str = "Rain. The ferryman waits for an answer.";
const MARK: &str = "This reply speaks or decides for Mira.";

#[test]
fn a_reply_that_speaks_for_a_player_is_told_anew_and_only_the_second_is_told() {
    let home = home();
    let (out, err) = plays(&home, "", "", TAKES, &format!("anew='{LEAVES}'"));
    assert!(out.contains("plays Mira from now on"), "{out}");
    assert!(out.contains(LEAVES) && !out.contains("I will pay"), "{out}");
    assert!(!err.contains(MARK), "{err}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains(LEAVES) && !story.contains("I will pay"), "{story}");
    assert!(home.log_has("\"cost_usd\":0.1,").is_some(), "both runs are paid, 5 cents each");
}

#[test]
fn one_that_is_no_better_is_marked_and_not_asked_for_again() {
    let home = home();
    let (out, err) = plays(&home, "", "", TAKES, "anew='Mira decides to pay.'");
    assert!(out.contains("Mira decides to pay."), "{out}");
    assert_eq!(err.matches(MARK).count(), 1, "{err}");
    let runs = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert_eq!(runs.matches("\"turn goes to the provider\"").count(), 2, "once, and once more");
}

#[test]
fn one_that_cannot_be_told_anew_stands_and_is_marked() {
    let (out, err) = plays(&home(), "", "", TAKES, "anew_mode=fail");
    assert!(out.contains("I will pay"), "{out}");
    assert!(err.contains(MARK), "{err}");
}

#[test]
fn a_table_may_have_it_marked_only_or_not_at_all() {
    let (out, err) = plays(&home(), "", "/style trespass warn\n", TAKES, "anew='never told'");
    assert!(out.contains("I will pay") && !out.contains("never told"), "{out}");
    assert!(err.contains(MARK), "{err}");
    let home = home();
    let off = "tables:\n  - { name: home, style: { trespass: off } }\n";
    let (out, err) = plays(&home, off, "", TAKES, "anew='never told'");
    assert!(out.contains("I will pay") && !err.contains(MARK), "{out} {err}");
}

#[test]
fn a_reply_that_takes_nothing_is_told_at_once() {
    let home = home();
    let (out, _) = plays(&home, "", "", "Mira feels the cold wind. \"Well?\" the ferryman asks.", "anew='never told'");
    assert!(out.contains("cold wind") && !out.contains("never told"), "{out}");
}

#[test]
fn on_discord_what_streamed_is_replaced_and_what_stays_wrong_gets_a_footnote() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    let cast = scene.home.data().join("tables/general/characters");
    std::fs::create_dir_all(&cast).unwrap();
    std::fs::write(cast.join("mira.json"), r#"{"name":"Mira","description":"A ferryman."}"#).unwrap();
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
        let says = format!("I look. [[fake:say text='{TAKES}' anew='{LEAVES}']]");
        ben.says(&room, &scene.to_bot(&says)).await;
        reply(&room, LEAVES).await;
        assert!(room.bot_messages().iter().all(|message| !message.content.contains("I will pay")));
        let says = format!("I wait. [[fake:say text='{TAKES}' anew='Mira is afraid.']]");
        ben.says(&room, &scene.to_bot(&says)).await;
        reply(&room, "Mira is afraid.").await;
        room.expect_message(|message| message.content.starts_with("-# ") && message.content.contains(MARK)).await;
    });
}
