//! Playing at a table in the terminal, through the real program.

use nix::sys::signal::Signal;

use crate::support::installation::{Installation, text, until};

#[test]
fn a_fresh_folder_gives_a_table_with_the_oracle_and_a_story() {
    let home = Installation::new();
    let output = home.run_with(&["play"], "I open the door.\n");
    assert!(output.status.success(), "{output:?}");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.starts_with("# "), "the first reply gives the scene its title: {out}");
    assert!(!out.contains("DISCORD_TOKEN"), "standard output holds replies and nothing else: {out}");
    assert!(err.contains("The Oracle is the game master (it needs no model; no other was found here)"), "{err}");
    assert!(err.contains("To play on Discord, set DISCORD_TOKEN"), "{err}");
    let story = home.scene_file(1).expect("a scene file");
    assert!(story.contains("I open the door"), "{story}");
}

#[test]
fn without_a_command_or_a_token_a_table_opens_here() {
    let home = Installation::new();
    let output = home.run_with(&[], "I look around.\n");
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stdout.is_empty());
}

#[test]
fn the_first_cli_that_is_found_answers_and_says_why() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "Hello there.\n");
    let err = text(&output.stderr);
    assert!(err.contains("Claude is the game master (the first one found here, version 2.1.330)"), "{err}");
    let forced = home.run_with(&["play", "--provider", "oracle"], "And now?\n");
    assert!(text(&forced.stderr).contains("The Oracle is the game master"), "{forced:?}");
}

#[test]
fn killed_and_started_again_it_is_still_the_same_story() {
    let home = Installation::new();
    let mut sitting = home.sit(&["play"]);
    sitting.types("I knock twice at the green door.");
    sitting.expect("# ");
    sitting.types("/status");
    sitting.expect("Turns     1");
    sitting.expect("Since     20");
    sitting.signal(Signal::SIGKILL);
    sitting.end();
    let output = home.run_with(&["play"], "/status\n/story\n");
    let out = text(&output.stdout);
    assert!(out.contains("Turns     1"), "{out}");
    assert!(out.contains("I knock twice at the green door"), "{out}");
}

#[test]
fn a_turn_that_was_cut_off_is_told_again_when_the_program_is_back() {
    let home = Installation::with_fake_claude();
    let mut sitting = home.sit(&["play"]);
    sitting.types("[[fake:hang]]");
    until("the action to be in the log", || home.log_has("\"turn goes to the provider\""));
    sitting.signal(Signal::SIGKILL);
    sitting.end();
    let mut again = home.sit(&["play", "--provider", "oracle"]);
    again.types("/status");
    again.expect("Turns     1");
    let (code, _, _) = again.end();
    assert_eq!(code, Some(0));
}

#[test]
fn sigterm_in_mid_turn_ends_well_and_the_action_is_answered_later() {
    let home = Installation::with_fake_claude();
    home.config("limits: { shutdown: 4s }\n");
    let mut sitting = home.sit(&["play"]);
    sitting.types("I wait. [[fake:hang]]");
    until("the turn to run", || home.log_has("\"turn goes to the provider\""));
    sitting.signal(Signal::SIGTERM);
    let (code, _, err) = sitting.end();
    assert_eq!(code, Some(0), "{err:?}");
    assert!(home.log_has("\"outcome\":\"interrupted\"").is_some());
    let output = home.run_with(&["play", "--provider", "oracle"], "/status\n");
    let story = until("the story", || home.scene_file(1));
    assert!(story.contains("I wait."), "{story}\n{output:?}");
}

#[test]
fn a_busy_table_is_answered_by_the_process_that_rests() {
    let pids = |home: &Installation| {
        let mut sitting = home.sit(&["play"]);
        let pids: Vec<String> = ["One.", "Two."]
            .iter()
            .map(|words| {
                sitting.types(&format!("{words} [[fake:pid]]"));
                let lines = sitting.expect("pid=");
                lines.iter().find(|line| line.contains("pid=")).unwrap().clone()
            })
            .collect();
        assert_eq!(sitting.end().0, Some(0));
        let folder = format!("/proc/{}", pids[1].trim_matches(|c: char| !c.is_ascii_digit()));
        assert!(!std::path::Path::new(&folder).exists(), "it goes with the program");
        pids
    };
    let home = Installation::with_fake_claude();
    let warm = pids(&home);
    assert_eq!(warm[0], warm[1], "four rest where nothing is said");
    home.config("providers: { claude: { warm: 0 } }\n");
    let cold = pids(&home);
    assert_ne!(cold[0], cold[1]);
}

#[test]
fn ctrl_c_stops_the_turn_and_a_second_one_leaves() {
    let home = Installation::with_fake_claude();
    let mut sitting = home.sit(&["play"]);
    sitting.types("I wait. [[fake:slow n=400 delay=50]]");
    until("the turn to run", || home.log_has("provider started"));
    sitting.signal(Signal::SIGINT);
    sitting.expect_note("Stopped.");
    sitting.types("I go on.");
    sitting.expect("I go on.");
    sitting.types("I wait again. [[fake:stubborn]]");
    until("the third turn to run", || {
        home.log_has("\"msg\":\"turn goes to the provider\",\"table\":\"home\",\"turn\":3")
    });
    sitting.signal(Signal::SIGINT);
    until("the stop to be in the log", || home.log_has("\"kind\":\"seat_changed\"").or(Some(())));
    sitting.signal(Signal::SIGINT);
    let (code, _, _) = sitting.end();
    assert_eq!(code, Some(0));
}

#[test]
fn undo_takes_the_turn_out_of_the_story_and_leaves_it_in_the_log() {
    let home = Installation::new();
    let once = home.run_with(&["play"], "I light the lamp.\n");
    assert!(once.status.success());
    let before = home.scene_file(1).unwrap();
    let output = home.run_with(&["play"], "I burn the letter.\n/undo\n");
    assert!(text(&output.stdout).contains("Turn 2 is taken back"), "{output:?}");
    let after = home.scene_file(1).unwrap();
    assert_eq!(body(&after), body(&before));
    assert!(!after.contains("burn the letter"));
}

/// A story file without its front matter, which counts branches and events.
fn body(story: &str) -> &str {
    story.split("\n---\n").nth(1).unwrap()
}

#[test]
fn scenes_have_files_of_their_own_and_a_reset_keeps_the_old_ones() {
    let home = Installation::new();
    let lines = "I begin.\n/scene title The First Gate\n/scene new The Second Gate\nI go on.\n/reset\nI begin again.\n";
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    assert!(home.scene_file(1).unwrap().contains("# The First Gate"));
    assert!(home.scene_file(2).unwrap().contains("# The Second Gate"));
    assert!(home.scene_file(3).unwrap().contains("I begin again"));
    let listed = text(&home.run(&["story", "list"]).stdout);
    assert!(listed.contains("001  The First Gate") && listed.contains("002  The Second Gate"), "{listed}");
    let shown = text(&home.run(&["story", "show", "--scene", "2"]).stdout);
    assert!(shown.contains("I go on"), "{shown}");
    let page = text(&home.run(&["story", "export", "--format", "html"]).stdout);
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("The First Gate") && page.contains("I begin again"), "{page}");
}

#[test]
fn the_story_goes_on_with_another_provider() {
    let home = Installation::with_fake_claude();
    let lines = "I hide the key under the stone. \n/provider oracle\nI wait.\n/provider claude\nWhere is the key?\n";
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    let out = text(&output.stdout);
    assert!(out.contains("The Oracle answers from now on"), "{out}");
    let again = home.run_with(&["play"], "/provider nobody\n");
    assert!(
        text(&again.stderr).contains(
            "There is no provider \"nobody\". There is: claude, codex, droid, gemini, opencode, oracle, qwen."
        ),
        "{again:?}"
    );
}

#[test]
fn at_a_terminal_the_reply_streams_below_a_greeting_and_the_story_is_recalled() {
    let home = Installation::new();
    let mut sitting = home.sit_at_a_terminal(&[]);
    let greeting = sitting.expect("Say what you do.").join("\n");
    assert!(greeting.contains("The Oracle is the game master"), "{greeting}");
    assert!(greeting.contains("To play on Discord, set DISCORD_TOKEN"), "{greeting}");
    sitting.types("I knock twice at the green door.");
    sitting.expect("# ");
    sitting.types("/quit");
    assert_eq!(sitting.end().0, Some(0));
    let mut again = home.sit_at_a_terminal(&[]);
    again.expect("Say what you do.");
    again.expect("> Traveller: I knock twice at the green door.");
    again.types("/help");
    again.expect("/retry");
    again.types("/quit");
    assert_eq!(again.end().0, Some(0));
}

#[test]
fn a_coding_table_has_the_tools_it_is_allowed_and_no_story() {
    let home = Installation::with_fake_claude();
    std::fs::create_dir(home.folder().join("project")).unwrap();
    let table = "{ name: home, mode: coding, workspace: ./project, allowed_tools: [Read, Grep] }";
    home.config(&format!("tables:\n  - {table}\n"));
    let output = home.run_with(&["play"], "Look at it. [[fake:arguments]]\n");
    let out = text(&output.stdout);
    assert!(out.contains("Read") && out.contains("Grep"), "{out}");
    assert!(out.contains("--append-system-prompt-file"), "the CLI keeps its own instructions: {out}");
    assert!(home.scene_file(1).is_none(), "no story is kept");
    home.config("tables:\n  - { name: home }\n");
    let output = home.run_with(&["play"], "I look. [[fake:arguments]]\n");
    let out = text(&output.stdout);
    assert!(!out.contains("Grep") && out.contains("--system-prompt-file"), "{out}");
}

#[test]
fn a_story_file_that_is_current_is_left_as_it_is() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I go.\n").status.success());
    let folder = home.data().join("stories/home");
    let written =
        || std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().metadata().unwrap().modified().unwrap();
    let before = written();
    assert!(home.run_with(&["play"], "/status\n").status.success());
    assert_eq!(written(), before);
}
