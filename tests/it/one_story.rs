//! One story over several providers: who takes over is told what happened and who said it.

use std::os::unix::fs::symlink;

use crate::support::cli::example;
use crate::support::installation::{Installation, text};

/// What a stand-in was sent, one text for each turn.
fn sent(home: &Installation, folder: &str) -> Vec<String> {
    let all = std::fs::read_to_string(home.folder().join(folder).join("sent.txt")).unwrap_or_default();
    all.split("=== sent\n").skip(1).map(str::to_owned).collect()
}

#[test]
fn a_fact_told_to_one_provider_is_known_to_the_next_and_who_said_it() {
    let home = Installation::with_fake_claude();
    symlink(example("fake-agent"), home.folder().join("bin/codex")).unwrap();
    let lines = [
        "I hide the silver key under the third stone.",
        "[[fake:say text='An old woman called Brunhild watches you.']] Who is there?",
        "/provider codex",
        "I walk to the mill.",
        "/provider oracle",
        "I listen at the door.",
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
    for told in [fact, who, "Brunhild watches you", "I walk to the mill."] {
        assert!(codex[0].contains(told), "{told}: {}", codex[0]);
    }

    // The oracle is no program and is sent no text. It answers out of the tale: whom somebody else introduced it
    // knows, which only a tale that came along can have told it.
    let story = home.scene_file(1).unwrap();
    let by_the_oracle = story.split("I listen at the door.").nth(1).expect("its turn is in the story");
    let by_the_oracle = by_the_oracle.split("Where is the key?").next().unwrap();
    assert!(by_the_oracle.trim().len() > 20, "{story}");

    // Back again: the session is an old one that lacks what happened since, so the brief is a full one.
    for told in [fact, who, "Brunhild watches you", "I walk to the mill.", "I listen at the door.", "Where is the key?"]
    {
        assert!(claude[2].contains(told), "{told}: {}", claude[2]);
    }
    let told_by_the_oracle = by_the_oracle.lines().find(|line| line.len() > 40).unwrap_or_default().trim();
    let beginning: String = told_by_the_oracle.chars().take(30).collect();
    assert!(claude[2].contains(beginning.trim_start_matches(['>', ' '])), "{beginning:?}: {}", claude[2]);
}
