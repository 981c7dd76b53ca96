//! One story over several providers: who takes over is told what happened and who said it.

use std::os::unix::fs::symlink;

use crate::support::cli::example;
use crate::support::installation::{Installation, text};

/// What a stand-in was sent, one text for each turn.
fn sent(home: &Installation, folder: &str) -> Vec<String> {
    let all = std::fs::read_to_string(home.folder().join(folder).join("sent.txt")).unwrap_or_default();
    all.split("=== sent\n").skip(1).map(str::to_owned).collect()
}

/// What the story tells from this action up to the question for the key.
fn told_after(home: &Installation, action: &str) -> String {
    let story = home.scene_file(1).unwrap();
    let rest = story.split(action).nth(1).unwrap_or_else(|| panic!("it is in the story: {story}"));
    rest.split("Where is the key?").next().unwrap_or_default().to_owned()
}

#[test]
fn a_fact_told_to_one_provider_is_known_to_the_next_and_who_said_it() {
    let home = Installation::with_fake_claude();
    symlink(example("fake-agent"), home.folder().join("bin/codex")).unwrap();
    let lines = [
        "I hide the silver key under the third stone.",
        "[[fake:say text='**Brunhild:** You knock like a bailiff.']] Who is there?",
        "/provider codex",
        "I count the stones.",
        "/provider oracle",
        "I ask Brunhild what she wants.",
        "/provider claude",
        "Where is the key?",
    ];
    let output = home.run_with(&["play", "--as", "Ana"], &(lines.join("\n") + "\n"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let fact = "| I hide the silver key under the third stone.";
    let who = "[seat 1 · Ana]";

    let claude = sent(&home, ".fake-cli");
    assert_eq!(claude.len(), 3, "two turns, and one when it was back: {out}\n{err}");
    assert!(claude[0].contains(fact) && claude[0].contains(who), "{}", claude[0]);
    assert!(!claude[1].contains(fact), "it remembers, so it is told only what is new: {}", claude[1]);

    // Codex has no session of this table: it is told all of it.
    let codex = sent(&home, ".fake-agent");
    assert_eq!(codex.len(), 1, "{out}\n{err}");
    for told in [fact, who, "You knock like a bailiff", "I count the stones."] {
        assert!(codex[0].contains(told), "{told}: {}", codex[0]);
    }

    // The oracle is no program and is sent no text. It answers out of the tale: whom somebody else introduced answers,
    // and at a table where that was not told she does not.
    let by_the_oracle = told_after(&home, "I ask Brunhild what she wants.");
    assert!(by_the_oracle.contains("**Brunhild:**"), "{by_the_oracle}");
    let elsewhere = Installation::with_fake_claude();
    let lines = "Who is there?\n/provider oracle\nI ask Brunhild what she wants.\n";
    elsewhere.run_with(&["play", "--as", "Ana"], lines);
    let without = told_after(&elsewhere, "I ask Brunhild what she wants.");
    assert!(without.len() > 20 && !without.contains("**Brunhild:**"), "{without}");

    // Back again: the session is an old one that lacks what happened since, so the brief is a full one.
    let there = [fact, who, "You knock like a bailiff", "I count the stones.", "I ask Brunhild what she wants."];
    for told in there.into_iter().chain(["Where is the key?"]) {
        assert!(claude[2].contains(told), "{told}: {}", claude[2]);
    }
    let told_by_the_oracle = by_the_oracle.lines().find(|line| line.len() > 40).unwrap_or_default().trim();
    let beginning: String = told_by_the_oracle.chars().take(30).collect();
    assert!(claude[2].contains(beginning.trim_start_matches(['>', ' '])), "{beginning:?}: {}", claude[2]);
}
