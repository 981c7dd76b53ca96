//! Injections through the running program: typed at the terminal, told to the game master, told back, and written down.

use crate::support::installation::{Installation, text};

fn corpus() -> Vec<String> {
    let read = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["text"].as_str().unwrap().to_owned()
    };
    include_str!("../fixtures/attacks/injections.jsonl").lines().map(read).collect()
}

#[test]
fn what_is_typed_is_told_quoted_and_comes_back_harmless() {
    let home = Installation::with_fake_claude();
    // The fake tells back what it was told the players do.
    let ask = "[[fake:section name='What the players do now']]";
    let typed: String = corpus().iter().map(|attack| format!("I say: {} {ask}\n", attack.replace('\n', " "))).collect();
    let output = home.run_with(&["play"], &typed);
    assert!(output.status.success(), "{output:?}");
    let out = text(&output.stdout);
    assert!(out.matches("[seat 1 · ").count() >= corpus().len(), "{out}");
    let acts = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!out.contains(acts), "{out:?}");
    let story = home.scene_file(1).unwrap();
    assert!(!story.contains(acts) && !story.contains("<script>") && !story.contains("@everyone"), "{story}");
}
