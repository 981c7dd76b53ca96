//! Summaries by the provider, through the real program: beside the turns, within the budget, held against what happened,
//! and lost with nothing when the program is killed.

use nix::sys::signal::Signal;

use crate::support::installation::{Installation, Sitting, text, until};

/// A scene of four turns, the third with something that only the player knows.
const SCENE: &str = "I ask Odo for 3 ropes. [[fake:say text='# The Gate\\n\\nOdo laughs.']]\n\
    I promise Odo a boat. [[fake:say text='He nods.']]\n\
    /whisper I palm the OPALKEY. [[fake:say text='Nothing stirs.']]\n\
    I climb the wall. [[fake:say text='From up there the mill burns.']]\n\
    I wait. [[fake:say text='Night falls.']]\n";
const GOOD: &str = "say text='SUMMARY: The Traveller asked Odo for 3 ropes and saw the mill burn.\\nFACT: The mill burns.\\n\
    FACT: Mordred lit it.\\nPROMISE: The Traveller promised Odo a boat.'";

fn chronicle(home: &Installation, directive: &str) {
    let folder = home.folder().join(".fake-cli");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("chronicle.txt"), directive).unwrap();
}

fn asked(home: &Installation) -> String {
    std::fs::read_to_string(home.folder().join(".fake-cli/chronicle-asked.txt")).unwrap_or_default()
}

/// A sitting that has played the scene and ended it.
fn played(home: &Installation) -> Sitting {
    let mut sitting = home.sit(&["play"]);
    for line in SCENE.lines() {
        sitting.types(line);
    }
    sitting.expect("Night falls.");
    sitting.types("/scene end");
    sitting
}

fn play(home: &Installation, lines: &str) -> String {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

#[test]
fn the_provider_sums_up_a_scene_and_what_holds_of_it_is_remembered_and_told() {
    let home = Installation::with_fake_claude();
    chronicle(&home, GOOD);
    let sitting = played(&home);
    until("the summary", || home.log_has("\"summed up\""));
    assert_eq!(sitting.end().0, Some(0));
    let told = asked(&home);
    assert!(told.contains("## What happened: The Gate") && told.contains("| Traveller: I ask Odo"), "{told}");
    assert!(!told.contains("OPALKEY"), "{told}");
    let out = play(&home, "/recap\n/memory search mill burn\n/status\n");
    assert!(out.contains("asked Odo for 3 ropes and saw the mill burn.") && !out.contains("Mordred"), "{out}");
    assert!(out.contains("(fact, scene 1): The mill burns."), "{out}");
    assert!(out.contains("$0.30"), "five turns and the summary: {out}");
    play(&home, "I go on. [[fake:keep-brief]]\n");
    let brief = std::fs::read_to_string(home.folder().join(".fake-cli/brief.json")).unwrap();
    assert!(brief.contains("Scene 1 (The Gate): The Traveller asked Odo for 3 ropes"), "{brief}");
}

#[test]
fn a_summary_that_tells_of_what_did_not_happen_is_refused_and_a_setting_asks_for_none() {
    let home = Installation::with_fake_claude();
    chronicle(&home, "say text='SUMMARY: The Traveller slew Mordred.'");
    let sitting = played(&home);
    until("the refusal", || home.log_has("a summary tells of what did not happen"));
    assert_eq!(sitting.end().0, Some(0));
    let out = play(&home, "/recap\n");
    assert!(!out.contains("Mordred") && out.contains("I ask Odo for 3 ropes"), "{out}");
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("Mordred"), "nobody's words stand in the log");

    let home = Installation::with_fake_claude();
    home.config("tables: [{ name: home, summaries: template }]\n");
    chronicle(&home, GOOD);
    assert_eq!(played(&home).end().0, Some(0));
    let out = play(&home, "/recap\n");
    assert!(out.contains("I ask Odo for 3 ropes") && asked(&home).is_empty(), "{out}");
}

#[test]
fn play_goes_on_while_a_summary_hangs_and_a_killed_program_takes_it_up_again() {
    let home = Installation::with_fake_claude();
    home.config("limits: { running_turns: 1 }\ntables: [{ name: home }]\n");
    chronicle(&home, "hang");
    let mut sitting = played(&home);
    until("the request", || (!asked(&home).is_empty()).then_some(()));
    sitting.types("I go in. [[fake:say text='It is DARK.']]");
    sitting.expect("It is DARK.");
    sitting.signal(Signal::SIGKILL);
    assert_eq!(sitting.end().0, None);
    chronicle(&home, GOOD);
    let mut sitting = home.sit(&["play"]);
    until("the summary", || home.log_has("\"summed up\""));
    sitting.types("/recap");
    sitting.expect("saw the mill burn");
    assert_eq!(sitting.end().0, Some(0));
    assert_eq!(asked(&home).matches("=== asked").count(), 2);
}
