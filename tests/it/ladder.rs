//! Several providers at one table: a limit of the first passes the turn on, and it is back when the limit resets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake_discord::{Options, Room};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::bot::{Scene, reply};
use crate::support::cli::example;
use crate::support::installation::{Installation, text, until};
use crate::support::processes::alive_in;

const LADDER: &str = "defaults: { provider: [claude, oracle] }\n";

/// Seconds since 1970.
fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn at_its_limit(text: &str, until: u64) -> String {
    format!("{text} [[fake:fail kind=rate_limit until={until}]]")
}

#[test]
fn at_a_limit_the_oracle_goes_on_with_the_turn_and_the_first_one_is_back_when_it_resets() {
    let home = Installation::with_fake_claude();
    home.config(LADDER);
    let reset = clock() + 8;
    let mut sitting = home.sit(&["play"]);
    sitting.types(&at_its_limit("I knock twice.", reset));
    let notes = sitting.expect_note("The Oracle answers for now. Claude's limit is reached; it is asked again from");
    let tale = &notes[notes.len() - 2];
    assert!(!tale.contains("Claude") && tale.ends_with('.'), "a line of the tale stands before it: {notes:?}");
    sitting.expect("# ");
    until("the limit to reset", || (clock() >= reset).then_some(()));
    sitting.types("I enter. [[fake:plain]]");
    sitting.expect_note("Claude answers again.");
    let told = sitting.expect("FAKE-OK earlier_turns=0");
    assert!(told.last().unwrap().contains("I enter."), "{told:?}");
    sitting.types("/status");
    sitting.expect("Turns     2, 0 waiting");
    assert_eq!(sitting.end().0, Some(0));
    let story = home.scene_file(1).unwrap();
    assert_eq!(story.matches("I knock twice.").count(), 1, "{story}");
    assert!(story.contains("- \"oracle\"\n  - \"claude\""), "who told it stands above: {story}");
}

#[test]
fn who_rests_and_until_when_is_shown_and_outlives_the_program() {
    let home = Installation::with_fake_claude();
    home.config(LADDER);
    let mut sitting = home.sit(&["play"]);
    sitting.types(&at_its_limit("I knock.", clock() + 3600));
    sitting.expect_note("The Oracle answers for now.");
    sitting.types("/status");
    sitting.expect("Answers   The Oracle");
    sitting.signal(Signal::SIGKILL);
    sitting.end();
    let output =
        home.run_with(&["play"], "/status\nI wait. [[fake:plain]]\n/provider claude\nI knock. [[fake:plain]]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("Ladder    Claude (rests: it is at its limit, until "), "{out}");
    assert!(out.contains("), then The Oracle"), "{out}");
    assert!(err.contains("The Oracle is the game master (in Claude's place; /status says why)"), "{err}");
    assert_eq!(out.matches("FAKE-OK").count(), 1, "only a person's choice ends the rest: {out}");
    assert!(!err.contains("answers again"), "a person's choice needs no explanation: {err}");
}

/// What a stand-in was sent, one text for each turn.
fn sent(home: &Installation, folder: &str) -> Vec<String> {
    let all = std::fs::read_to_string(home.folder().join(folder).join("sent.txt")).unwrap_or_default();
    all.split("=== sent\n").skip(1).map(str::to_owned).collect()
}

#[test]
fn a_fall_outlives_a_kill_at_any_moment() {
    // Before the next one's first word, and after it.
    for (directive, word) in [("[[agent:hang once=1]]", None), ("[[agent:hang-after once=1]]", Some("Once upon"))] {
        let home = Installation::with_fake_claude();
        std::os::unix::fs::symlink(example("fake-agent"), home.folder().join("bin/codex")).unwrap();
        home.config("defaults: { provider: [claude, codex, oracle] }\n");
        let mut sitting = home.sit(&["play"]);
        sitting.types(&at_its_limit(&format!("I knock twice. {directive}"), clock() + 3600));
        until("the next one to be asked", || (sent(&home, ".fake-agent").len() == 1).then_some(()));
        if word.is_some() {
            sitting.expect_note("Codex answers for now.");
        }
        for pid in alive_in(home.folder()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL); // one may be gone already
        }
        sitting.end();
        until("everything to be gone", || alive_in(home.folder()).is_empty().then_some(()));

        let mut again = home.sit(&["play"]);
        again.expect("FAKE-OK");
        again.types("/status");
        again.expect("Turns     1, 0 waiting");
        assert_eq!(again.end().0, Some(0));
        assert_eq!(sent(&home, ".fake-cli").len(), 1, "who is at a limit is not asked again");
        let codex = sent(&home, ".fake-agent");
        assert_eq!(codex.len(), 2, "{codex:?}");
        assert!(codex[1].contains("I knock twice."), "{}", codex[1]);
        let story = home.scene_file(1).unwrap();
        assert_eq!(story.matches("— *I knock twice.").count(), 1, "{story}");
        assert!(!story.contains("Once upon"), "what the cut run said is not in the story: {story}");
    }
}

#[test]
fn a_prompt_that_is_at_fault_stays_with_the_one_that_was_asked() {
    let home = Installation::with_fake_claude();
    home.config(LADDER);
    let output =
        home.run_with(&["play"], "I knock. [[fake:fail kind=refusal]]\nI knock. [[fake:fail kind=too_long]]\n");
    let err = text(&output.stderr);
    assert!(err.contains("Claude would rather not tell this"), "{err}");
    assert!(err.contains("This is more than Claude takes at once"), "{err}");
    assert!(!err.contains("Oracle"), "{err}");
}

#[test]
fn whatever_keeps_a_provider_from_answering_passes_the_turn_on_and_is_named() {
    let causes = [
        ("fail kind=server_error", "is overloaded"),
        ("fail kind=authentication_failed", "is not signed in"),
        ("fail kind=billing_error", "has no credit left"),
        ("broken", "broke off in mid-answer"),
        ("crash", "was ended from outside"),
        ("gibberish", "speaks in a way this version does not understand"),
    ];
    for (mode, why) in causes {
        let home = Installation::with_fake_claude();
        home.config(LADDER);
        let output = home.run_with(&["play"], &format!("I knock twice. [[fake:{mode}]]\n/status\n"));
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let told = format!("The Oracle answers for now. Claude {why}; it is tried again from");
        assert!(err.contains(&told), "{mode}: {err}");
        assert!(out.contains(&format!("Ladder    Claude (rests: it {why}, until ")), "{mode}: {out}");
        assert!(out.contains("Turns     1, 0 waiting"), "{mode}: the same turn went on: {out}");
    }
}

#[test]
fn a_cli_that_is_not_there_passes_the_turn_on() {
    let home = Installation::with_fake_claude();
    home.config("tables:\n  - { name: home, provider: [codex, claude, oracle] }\n");
    let output = home.run_with(&["play"], "I knock.\n");
    let err = text(&output.stderr);
    assert!(err.contains("Claude answers for now. Codex is not installed here; it is tried again from"), "{err}");
    assert!(text(&output.stdout).contains("FAKE-OK"), "{output:?}");
}

#[test]
fn what_cannot_be_a_ladder_is_a_fault_of_the_configuration() {
    let home = Installation::new();
    home.config("defaults: { provider: [claude, oracle, claude] }\ntables: [{ name: a, provider: [] }, { name: b, provider: [clod] }]\n");
    let output = home.run(&["play"]);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("defaults.provider[2]: found \"claude\", expected each provider once"), "{err}");
    assert!(err.contains("tables[0].provider: found an empty list"), "{err}");
    assert!(err.contains("tables[1].provider[0]: found \"clod\", expected one of"), "{err}");
    let mut home = Installation::with_fake_claude();
    home.env("TALEKEEPER_DEFAULTS__PROVIDER", "[droid, oracle]");
    let output = home.run_with(&["play"], "I knock.\n");
    assert!(text(&output.stderr).contains("The Oracle answers for now. Droid is not installed here"), "{output:?}");
}

/// Everything that stands in the channel.
fn standing(room: &Room) -> String {
    room.bot_messages().iter().map(|message| format!("{}\n", message.content)).collect()
}

#[test]
fn on_discord_the_channel_is_told_who_answers_and_why() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), ", provider: [claude, oracle]");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let reset = clock() + 2;
        ana.says(&room, &scene.to_bot(&at_its_limit("I knock twice", reset))).await;
        let notice = room.expect_message(|message| message.content.contains("answers for now.")).await;
        let (tale, note) = notice.content.split_once('\n').unwrap();
        assert!(tale.starts_with('*') && tale.ends_with('*'), "{tale}");
        assert!(note.starts_with("-# The Oracle answers for now. Claude's limit is reached;"), "{note}");
        reply(&room, "").await;
        let status = ana.slash(&room, "status", json!({})).await.response().await.content;
        assert!(status.contains("Ladder: Claude"), "{status}");
        until("the limit to reset", || (clock() >= reset).then_some(()));
        ana.says(&room, &scene.to_bot("I enter [[fake:plain]]")).await;
        room.expect_message(|message| message.content.contains("-# Claude answers again.")).await;
        reply(&room, "FAKE-OK").await;
        assert_eq!(bot.end(), Some(0));
        let notices = room.bot_messages().iter().filter(|message| message.content.contains("-# ")).count();
        assert_eq!(notices, 2, "{}", standing(&room));
    });
}

#[test]
fn on_discord_the_words_of_one_who_broke_off_give_way_to_the_whole_reply_of_another() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), ", provider: [claude, oracle]");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock [[fake:crash signal=KILL]]")).await;
        room.expect_message(|message| message.content.contains("answers for now. Claude was ended from outside")).await;
        reply(&room, "").await;
        room.expect_silence(Duration::from_millis(500)).await;
        assert!(!standing(&room).contains("Once upon"), "{}", standing(&room));
        let told = room.bot_messages().into_iter().filter(|message| !message.content.contains("-# ")).count();
        assert_eq!(told, 1, "{}", standing(&room));
    });
}
