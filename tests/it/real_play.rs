//! The whole program with the real claude CLI, which talks to a stub on loopback: a session that survives a restart, and
//! a story that survives the session.

use std::path::{Path, PathBuf};

use crate::support::installation::{Installation, text};
use crate::support::stub::{Stub, real_claude};

/// An installation whose claude is the real one, if it is there.
fn with_real_claude() -> Option<(Installation, Stub, PathBuf)> {
    let mut home = Installation::new();
    let bodies = home.folder().join("bodies");
    std::fs::create_dir(&bodies).unwrap();
    let (cli, stub) = real_claude(&bodies)?;
    home.env("ANTHROPIC_BASE_URL", &stub.url());
    home.env("ANTHROPIC_API_KEY", "dummy");
    home.config(&format!("providers: {{ claude: {{ command: {} }} }}\n", cli.display()));
    Some((home, stub, bodies))
}

/// What the newest request said that holds `wanted`.
fn request_with(bodies: &Path, wanted: &str) -> String {
    let mut paths: Vec<_> = std::fs::read_dir(bodies).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let found = paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok());
    found.into_iter().find(|body| body.contains(wanted)).expect("the request was made")
}

#[test]
fn a_restart_resumes_the_conversation_and_a_lost_one_is_told_the_story_again() {
    let Some((home, _stub, bodies)) = with_real_claude() else { return };
    let first = home.run_with(&["play"], "I hide the silver key under the third stone.\n");
    let out = text(&first.stdout);
    assert!(out.contains("prior_user_turns=0"), "{out}\n{}", text(&first.stderr));

    let second = home.run_with(&["play"], "I walk to the mill.\n");
    let out = text(&second.stdout);
    assert!(out.contains("prior_user_turns=1"), "the conversation went on over a restart: {out}");
    let resumed = request_with(&bodies, "I walk to the mill");
    assert!(!resumed.contains("word for word"), "a provider that remembers is told only what is new");

    std::fs::remove_dir_all(home.folder().join(".claude")).unwrap();
    let third = home.run_with(&["play"], "Where is the key?\n");
    let out = text(&third.stdout);
    assert!(out.contains("prior_user_turns=0"), "a new conversation: {out}\n{}", text(&third.stderr));
    let told = request_with(&bodies, "Where is the key?");
    assert!(told.contains("| I hide the silver key under the third stone."), "the brief tells the story: {told}");
    assert!(told.contains("[seat 1 · Traveller]") || told.contains("[seat 1 \\u00b7 Traveller]"), "and who said it");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("silver key") && story.contains("Where is the key"), "{story}");
}

#[test]
fn the_files_of_a_workspace_reach_the_provider() {
    let Some((home, _stub, bodies)) = with_real_claude() else { return };
    let campaign = home.folder().join("campaign");
    std::fs::create_dir(&campaign).unwrap();
    std::fs::write(campaign.join("CLAUDE.md"), "The king is called MARKER-KING.\n").unwrap();
    std::fs::write(campaign.join("GAME.md"), "The inn is called MARKER-INN.\n").unwrap();
    let config = std::fs::read_to_string(home.folder().join("config.yaml")).unwrap();
    home.config(&format!(
        "{config}tables:\n  - name: home\n    workspace: ./campaign\n    system_prompt: MARKER-RULES\n    characters: [mira]\n"
    ));
    let cards = home.data().join("tables/home/characters");
    std::fs::create_dir_all(&cards).unwrap();
    std::fs::write(cards.join("mira.md"), "A ferryman called MARKER-MIRA.\n").unwrap();
    let output = home.run_with(&["play"], "I look around.\n");
    assert!(output.status.success(), "{output:?}");
    let request = request_with(&bodies, "I look around");
    for marker in ["MARKER-KING", "MARKER-INN", "MARKER-RULES", "MARKER-MIRA"] {
        assert_eq!(request.matches(marker).count(), 1, "{marker} is told once: {request}");
    }
}

fn kinds_of_events(home: &Installation) -> Vec<String> {
    let db = rusqlite::Connection::open(home.data().join("talekeeper.db")).unwrap();
    let mut kinds = db.prepare("SELECT kind FROM events ORDER BY seq").unwrap();
    kinds.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_game_master_whispers_by_a_tool_before_it_tells_of_it() {
    let Some((home, _stub, bodies)) = with_real_claude() else { return };
    let call = r#"[[stub:call name=whisper args='{"seat":1,"text":"The lock is WARM-SECRET."}']]"#;
    let output = home.run_with(&["play"], &format!("I touch the lock. {call}\n"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("They alone know it now."), "the tool answered the model: {out}\n{err}");
    let kinds: Vec<_> = kinds_of_events(&home).into_iter().filter(|kind| kind != "purse_known").collect();
    // The letter, and that whoever sits here read it.
    assert_eq!(
        kinds,
        ["seat_joined", "action_said", "scene_opened", "turn_opened", "game", "game", "turn_ended"],
        "before it is told"
    );
    let request = request_with(&bodies, "I touch the lock");
    assert!(request.contains("You have the tools of this game"), "{request}");
}

#[test]
fn a_tool_changes_a_vital_before_it_is_told_and_undo_takes_both_back() {
    let Some((home, _stub, bodies)) = with_real_claude() else { return };
    let config = std::fs::read_to_string(home.folder().join("config.yaml")).unwrap();
    home.config(&format!("{config}tables: [{{ name: home, kit: d20-lite }}]\n"));
    let hurt = r#"[[stub:call name=change_vital args='{"seat":1,"vital":"hp","by":-3,"why":"a fall"}']]"#;
    let output = home.run_with(&["play"], &format!("I climb the wall. {hurt}\n/sheet\n"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("hp went from 10 to 7 of 10."), "the tool answered the model, which told it: {out}\n{err}");
    assert!(out.contains("Traveller: hp 10 → 7 of 10 (a fall)"), "the table sees it: {out}");
    assert!(out.contains("hp: 7 of 10"), "it stands on the sheet: {out}");
    let kinds = kinds_of_events(&home);
    let (game, told) =
        (kinds.iter().position(|kind| kind == "game"), kinds.iter().position(|kind| kind == "turn_ended"));
    assert!(game.is_some() && game < told, "{kinds:?}");

    let looks = "I look at my bruises. [[stub:call name=look args='{}']]\n/undo\n/undo\n/sheet\n";
    let output = home.run_with(&["play"], looks);
    let out = text(&output.stdout);
    assert!(out.contains("hp 7 of 10"), "the game master looks: {out}");
    assert!(out.contains("hp: 10 of 10"), "undo takes it back: {out}");
    let request = request_with(&bodies, "I look at my bruises");
    assert!(request.contains("How things stand"), "the brief has the state card: {request}");
    let none = r#"[[stub:call name=change_vital args='{"seat":9,"vital":"hp","by":-3}']]"#;
    let output = home.run_with(&["play"], &format!("I wait. {none}\n"));
    let out = text(&output.stdout);
    assert!(out.contains("Not done: there is nobody called seat 9"), "a denied call says why: {out}");
}
