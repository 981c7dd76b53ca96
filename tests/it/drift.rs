//! A CLI that is not as it was: what it says that is not known is kept and counted, and what is missing is told.

use crate::support::installation::{Installation, text};

/// What the log says of how the turns ended, one line of JSON each.
fn ends(home: &Installation) -> Vec<serde_json::Value> {
    let db = rusqlite::Connection::open(home.data().join("talekeeper.db")).unwrap();
    let mut ends = db.prepare("SELECT payload FROM events WHERE kind = 'turn_ended' ORDER BY seq").unwrap();
    let ends = ends.query_map([], |row| row.get::<_, String>(0)).unwrap();
    ends.map(|end| serde_json::from_str(&end.unwrap()).unwrap()).collect()
}

#[test]
fn an_unknown_event_is_kept_with_its_turn_counted_and_logged_and_harms_nothing() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "I knock. [[fake:unknown]]\nI enter. [[fake:plain]]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(out.matches("FAKE-OK").count(), 2, "{out}\n{err}");
    let ends = ends(&home);
    assert_eq!(ends[0]["spoken"]["unknown"]["brand_new_event"], 1, "{}", ends[0]);
    assert!(ends[0]["spoken"]["version"].is_string(), "each turn says by which release: {}", ends[0]);
    assert!(ends[1]["spoken"]["unknown"].as_object().is_none_or(serde_json::Map::is_empty), "{}", ends[1]);
    home.log_has("unknown provider event").expect("operators see it");
}

#[test]
fn a_release_that_speaks_otherwise_is_told_in_a_sentence_and_the_host_finds_more() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "I knock. [[fake:gibberish]]\nI knock again. [[fake:plain]]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let told = "Claude speaks in a way this version does not understand. The host finds more in the log.";
    assert!(err.contains(told), "{err}");
    assert!(out.contains("FAKE-OK"), "the next turn is tried as ever: {out}");
    home.log_has("provider failed").expect("with its evidence");
    assert_eq!(ends(&home).len(), 2);
}
