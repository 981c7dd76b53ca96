//! What is kept about a person: handed to them, and erased so that no byte of it is left, while the table plays on.

use std::fs;
use std::path::Path;

use fake_discord::Options;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::bot::{Bot, Scene, in_the_end, reply};
use crate::support::held::{hold_at, let_go};
use crate::support::installation::{Installation, text, until};

/// The files below a folder that hold the words, in whatever case.
fn holding(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, words));
            continue;
        }
        let bytes = fs::read(&path).unwrap().to_ascii_lowercase();
        for word in words {
            let word = word.to_ascii_lowercase();
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

/// The log of a table as SQL sees it: how many events, and whether one is missing.
fn counted(database: &Path) -> (i64, i64) {
    let conn = Connection::open(database).unwrap();
    conn.query_row("SELECT count(*), max(seq) FROM events WHERE table_id = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

/// How many of the CLIs that run or rest have a folder with what they were told.
fn papers(home: &Installation) -> usize {
    fs::read_dir(home.data().join("run")).into_iter().flatten().count()
}

const PLANTED: [&str; 6] = ["Wilhelmina", "zanzibarwort", "quetzalpost", "krakenveil", "moonthimble", "basiliskbrew"];

#[test]
fn what_somebody_wrote_at_the_terminal_is_erased_to_the_last_byte_and_the_table_plays_on() {
    let home = Installation::with_fake_claude();
    home.config("logging: { level: debug }\n");
    let evening = "I plant the zanzibarwort here.\n/memory pin The quetzalpost is late\n/lines veil krakenveil\n\
        /scene title The moonthimble\n/whisper I keep the basiliskbrew\n[[fake:plain]] I follow Wilhelmina's trail\n";
    assert!(home.run_with(&["play", "--as", "Ben"], "I sit down by the fire.\n").status.success());
    assert!(home.run_with(&["play", "--as", "Wilhelmina"], evening).status.success());
    assert!(home.run_with(&["play", "--as", "Ben"], "I follow Wilhelmina.\n/scene new\nI sleep.\n").status.success());
    let before = holding(&home.data(), &PLANTED);
    for word in PLANTED {
        assert!(before.iter().any(|found| found.contains(&word.to_ascii_lowercase())), "{word} was kept: {before:?}");
    }
    let database = home.data().join("talekeeper.db");
    let (events, last) = counted(&database);

    let asked = home.run_with(&["play", "--as", "Wilhelmina"], "/privacy\n/privacy erase\n/privacy export\n");
    let out = text(&asked.stdout).replace('\n', " ");
    assert!(out.contains("Table home: you as \"Wilhelmina\""), "{out}");
    assert!(out.contains("cannot be taken back") && out.contains("/privacy erase yes"), "{out}");
    let export = fs::read_dir(home.folder())
        .unwrap()
        .flatten()
        .find(|e| e.file_name().to_string_lossy().starts_with("about-you"))
        .unwrap();
    let export: Value = serde_json::from_slice(&fs::read(export.path()).unwrap()).unwrap();
    let all = export.to_string();
    assert!(PLANTED.iter().all(|word| all.contains(word)), "{all}");
    assert!(!all.contains("by the fire"), "nothing of anybody else: {all}");

    let done = home.run_with(&["play", "--as", "Wilhelmina"], "/privacy erase yes\n");
    let out = text(&done.stdout);
    assert!(out.contains("Erased. Receipt P-"), "{done:?}");
    assert_eq!(holding(&home.data(), &PLANTED), Vec::<String>::new());
    let (left, end) = counted(&database);
    assert!(left == end && end > last && left > events, "a tombstone, not a hole");
    let check = home.run(&["check"]);
    assert!(!text(&check.stdout).contains("does not agree"), "{check:?}");

    let on = home.run_with(&["play", "--as", "Ben"], "I wake up.\n/undo\n/status\n");
    let out = text(&on.stdout);
    assert!(out.contains("is taken back"), "{out}");
    let story = home.scene_file(1).unwrap();
    assert!(
        story.contains("I sit down by the fire") && story.contains("I follow \\[erased\\]"),
        "the others keep theirs: {story}"
    );
}

#[test]
fn on_discord_only_whoever_asks_sees_it_and_the_running_table_forgets_them() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let (discord, home) = (&scene.discord, &scene.home);
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room, tavern) =
            (discord.user("anastasia"), discord.user("ben"), discord.channel("general"), discord.channel("tavern"));
        ana.uploads(
            &room,
            &scene.to_bot("I hide the zanzibarwort [[fake:echo]]"),
            &[("note.txt", b"moonthimble inside", "text/plain")],
        )
        .await;
        reply(&room, "zanzibarwort").await;
        ben.says(&room, &scene.to_bot("I follow anastasia down [[fake:echo]]")).await;
        reply(&room, "I follow").await;
        ana.says(&tavern, &scene.to_bot("I brew the basiliskbrew [[fake:echo]]")).await;
        reply(&tavern, "basiliskbrew").await;
        let id = ana.id().to_string();
        let words = ["zanzibarwort", "moonthimble", "basiliskbrew", "anastasia", id.as_str()];
        let before = holding(&home.data(), &words);
        assert!(words.iter().all(|word| before.iter().any(|found| found.contains(word))), "{before:?}");

        let shown = ana.slash(&room, "privacy export", json!({})).await.response().await;
        assert!(shown.flags & 64 == 64 && shown.content.contains("Table general"), "{}", shown.content);
        assert_eq!(shown.attachments.len(), 1);
        let asked = ana.slash(&room, "privacy erase", json!({})).await.response().await;
        assert!(asked.content.contains("cannot be taken back"), "{}", asked.content);
        assert!(!holding(&home.data(), &words).is_empty(), "asking erases nothing");
        assert!(papers(home) > 0, "the CLIs of both tables rest");

        // While a reply is on its way nothing is erased.
        ben.says(&room, &scene.to_bot("I wait [[fake:slow n=400 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let refused = ana.slash(&room, "privacy erase", json!({ "confirm": "erase" })).await.response().await;
        assert!(!refused.content.contains("Erased."), "{}", refused.content);
        ben.slash(&room, "stop", json!({})).await.response().await;
        in_the_end(
            async || ana.slash(&room, "privacy erase", json!({ "confirm": "erase" })).await.response().await.content,
            "Erased. Receipt P-",
        )
        .await;
        assert_eq!(holding(&home.data(), &words), Vec::<String>::new());
        assert_eq!(papers(home), 0, "what a resting CLI was told goes with it");

        let again = ana.slash(&room, "privacy about", json!({})).await.response().await;
        assert!(again.content.contains("Nothing is kept about you"), "{}", again.content);
        ben.says(&room, &scene.to_bot("I look around")).await;
        let told = reply(&room, "I look around").await;
        assert!(!told.content.contains("zanzibarwort"), "{}", told.content);
        ana.says(&room, &scene.to_bot("I am new here")).await;
        reply(&room, "I am new here").await;
        assert_eq!(bot.end(), Some(0));
    });
    let (left, end) = counted(&home.data().join("talekeeper.db"));
    assert_eq!(left, end);
}

#[test]
fn the_operator_erases_for_somebody_who_asked_and_gets_a_receipt() {
    let home = Installation::new();
    assert!(home.run_with(&["play", "--as", "Wilhelmina"], "I plant the zanzibarwort here.\n").status.success());
    let people = home.run(&["privacy", "people"]);
    assert!(text(&people.stdout).contains("terminal:wilhelmina  Wilhelmina  (home)"), "{people:?}");
    let asked = home.run(&["privacy", "erase", "--person", "terminal:wilhelmina"]);
    assert_eq!(asked.status.code(), Some(2));
    let nobody = home.run(&["privacy", "erase", "--yes", "--person", "terminal:wilhelm"]);
    assert!(nobody.status.code() == Some(2) && text(&nobody.stderr).contains("nothing is kept"), "{nobody:?}");
    let export = home.run(&["privacy", "export", "--person", "terminal:wilhelmina"]);
    assert!(text(&export.stdout).contains("zanzibarwort"), "{export:?}");
    let done = home.run(&["privacy", "erase", "--yes", "--person", "terminal:wilhelmina"]);
    let out = text(&done.stdout);
    assert!(out.contains("Receipt P-") && out.contains("1 tables"), "{done:?}");
    assert_eq!(holding(&home.data(), &["zanzibarwort", "wilhelmina"]), Vec::<String>::new());
    let kept: String = Connection::open(home.data().join("talekeeper.db"))
        .unwrap()
        .query_row("SELECT receipt FROM erasures", [], |row| row.get(0))
        .unwrap();
    assert!(out.contains(&kept), "the receipt is noted: {kept}");
    let on = home.run_with(&["play", "--as", "Ben"], "I look around.\n/status\n");
    assert!(text(&on.stdout).contains("Turns     2"), "{on:?}");
}

/// What the operator says to have Wilhelmina erased.
const ERASE: [&str; 5] = ["privacy", "erase", "--yes", "--person", "terminal:wilhelmina"];
const HERS: [&str; 2] = ["zanzibarwort", "wilhelmina"];

/// An installation where Ben and Wilhelmina played, and its database.
fn played() -> (Installation, Connection) {
    let home = Installation::new();
    assert!(home.run_with(&["play", "--as", "Ben"], "I sit down by the fire.\n").status.success());
    assert!(home.run_with(&["play", "--as", "Wilhelmina"], "I plant the zanzibarwort here.\n").status.success());
    let database = Connection::open(home.data().join("talekeeper.db")).unwrap();
    (home, database)
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn an_erasing_that_was_killed_is_finished_by_the_next_start_and_by_the_next_try() {
    for next in [&["play", "--as", "Ben"][..], &ERASE] {
        let (home, database) = played();
        let story = fs::read_dir(home.data().join("stories/home")).unwrap().flatten().next().unwrap().path();
        let (told, log) = (fs::read(&story).unwrap(), home.data().join("logs/talekeeper.log"));
        hold_at(&database, "erasures");
        let erasing = Bot::of(home.command(&ERASE));
        let noted = "SELECT count(*) FROM notes WHERE name LIKE 'erasing:%'";
        until("the log to be rewritten", || (number(&database, noted) > 0).then_some(()));
        erasing.kill();
        let_go(&database);
        drop(database);
        // It may have been killed before it came to these.
        fs::write(&story, told).unwrap();
        fs::write(&log, fs::read_to_string(&log).unwrap() + "{\"msg\":\"heard\",\"text\":\"the zanzibarwort\"}\n")
            .unwrap();

        let done = home.run_with(next, "I look around.\n");
        assert!(done.status.success(), "{done:?}");
        assert_eq!(holding(&home.data(), &HERS), Vec::<String>::new(), "{next:?}");
        assert_eq!(next == ERASE, text(&done.stdout).contains("Receipt P-"), "{done:?}");
        let database = Connection::open(home.data().join("talekeeper.db")).unwrap();
        assert_eq!(number(&database, "SELECT count(*) FROM erasures WHERE tables = 1 AND events > 2"), 1);
        assert_eq!(number(&database, "SELECT count(*) FROM notes WHERE name LIKE 'eras%'"), 0);
        drop(database);
        assert_eq!(home.run(&ERASE).status.code(), Some(2), "nothing is left of her");
        let check = home.run(&["check"]);
        assert!(!text(&check.stdout).contains("does not agree"), "{check:?}");
    }
}

#[test]
fn what_was_not_scrubbed_when_it_was_killed_is_scrubbed_by_the_next_try() {
    let (home, database) = played();
    let reader = Connection::open(home.data().join("talekeeper.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    // As long as it reads what was, the write-ahead log cannot be emptied into the file.
    assert!(number(&reader, "SELECT count(*) FROM events") > 0);
    let erasing = Bot::of(home.command(&ERASE));
    until("the receipt", || (number(&database, "SELECT count(*) FROM erasures") > 0).then_some(()));
    erasing.kill();
    assert_ne!(holding(&home.data(), &HERS), Vec::<String>::new());
    drop((reader, database));
    let again = home.run(&ERASE);
    let said = text(&again.stdout);
    assert!(again.status.success() && said.contains("had been cut off") && said.contains("Receipt P-"), "{again:?}");
    assert_eq!(holding(&home.data(), &HERS), Vec::<String>::new());
    assert_eq!(home.run(&ERASE).status.code(), Some(2), "nothing is left of her");
}
