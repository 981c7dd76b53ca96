//! `check`, `logs` and the exit codes, through the real program.

use crate::support::bot::Scene;
use crate::support::installation::{Installation, text};

#[test]
fn check_says_what_is_right_and_wrong() {
    let home = Installation::with_fake_claude();
    let output = home.run(&["check"]);
    assert!(output.status.success(), "{output:?}");
    let out = text(&output.stdout);
    assert!(out.contains("good  provider claude: version 2.1.330, as tested; no sign-in was found"), "{out}");
    assert!(out.contains("good  provider oracle: built in"), "{out}");
    assert!(out.contains("good  game master: claude"), "{out}");
    assert!(!home.data().exists(), "looking makes nothing");
    let json: serde_json::Value = serde_json::from_slice(&home.run(&["check", "--json"]).stdout).unwrap();
    assert_eq!(json["could_run"], true);
}

#[test]
fn check_fails_when_what_is_relied_on_is_not_there() {
    let home = Installation::new();
    home.config("defaults: { provider: claude }\n");
    let output = home.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("BAD   provider claude: not installed"), "{output:?}");
}

#[test]
fn rebuilding_changes_nothing() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I go.\nI come.\n/undo\nI stay.\n").status.success());
    let before = text(&home.run_with(&["play"], "/status\n").stdout);
    let rebuilt = home.run(&["check", "--rebuild"]);
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    assert!(text(&rebuilt.stdout).contains("made anew from"), "{rebuilt:?}");
    assert_eq!(text(&home.run_with(&["play"], "/status\n").stdout), before);
}

#[test]
fn a_token_never_shows() {
    let home = Installation::new();
    let token = "MTIzNDU2Nzg5.secret.token-of-a-bot";
    home.config("discord: { api_url: \"http://127.0.0.1:9\" }\n");
    let output = home.command(&["check"]).env("DISCORD_TOKEN", token).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "nobody answers there");
    assert!(text(&output.stdout).contains("BAD   Discord: Discord cannot be reached"), "{output:?}");
    assert!(!text(&output.stdout).contains("secret.token"), "{output:?}");
    let output = home.command(&["play"]).env("DISCORD_TOKEN", token).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("secret.token"));
}

#[test]
fn the_turns_facts_are_in_the_log_and_its_words_are_not() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "I whisper xyzzy. [[fake:plain cost=0.25 in=700 out=30]]\n");
    assert!(output.status.success(), "{output:?}");
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("xyzzy"), "no message text above debug");
    let ended = log.lines().find(|line| line.contains("\"turn ended\"")).unwrap();
    let ended: serde_json::Value = serde_json::from_str(ended).unwrap();
    assert_eq!(ended["table"], "home");
    assert_eq!(ended["turn"], 1);
    assert_eq!(ended["provider"], "claude");
    assert_eq!(ended["outcome"], "answered");
    assert_eq!(ended["cost_usd"], 0.25);
    assert_eq!(ended["tokens_in"], 700);
    assert_eq!(ended["tokens_out"], 30);
    assert!(ended["duration_ms"].is_u64() && ended["first_text_ms"].is_u64());
}

#[test]
fn usage_faults_end_with_2() {
    let home = Installation::new();
    assert_eq!(home.run(&["dance"]).status.code(), Some(2));
    assert_eq!(home.run(&["story", "show"]).status.code(), Some(2));
    assert_eq!(home.run(&["play", "--provider", "nobody"]).status.code(), Some(2));
}

#[test]
fn check_looks_at_discord_and_gives_the_invite_link() {
    let scene = Scene::new("");
    let check = |token: &str| scene.home.command(&["check"]).env("DISCORD_TOKEN", token).output().unwrap();
    let good = check(&scene.discord.token());
    let out = text(&good.stdout);
    assert!(good.status.success(), "{out}");
    assert!(out.contains("&scope=bot+applications.commands&permissions=275414887488"), "{out}");
    assert!(out.contains("good  channel of general") && out.contains("good  channel of tavern"), "{out}");
    scene.discord.pardon(fake_discord::Judge::Refusal);
    let bad = check("somebody.elses.token");
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stdout).contains("BAD   Discord: Discord does not accept the token"), "{bad:?}");
}
