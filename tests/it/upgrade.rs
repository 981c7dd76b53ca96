//! Installations of earlier times are opened by the present program as they are, with their story; and what is newer is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::backup::events;
use crate::support::installation::{Installation, text};

/// The installations that are kept, by the number of their schema.
fn kept() -> Vec<(i64, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/upgrade");
    let number = |path: PathBuf| Some((path.file_name()?.to_str()?.strip_prefix("schema-")?.parse().ok()?, path));
    let mut kept: Vec<_> = fs::read_dir(folder).unwrap().filter_map(|entry| number(entry.unwrap().path())).collect();
    kept.sort();
    assert!(kept.len() >= 3, "three versions and more are kept");
    kept
}

fn schema(database: &Path) -> i64 {
    Connection::open(database).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// An installation as it was then.
fn installed(fixture: &Path) -> Installation {
    let home = Installation::new();
    home.config(&fs::read_to_string(fixture.join("config.yaml")).unwrap());
    fs::create_dir(home.data()).unwrap();
    let made = Connection::open(home.data().join("talekeeper.db")).unwrap();
    made.execute_batch(&fs::read_to_string(fixture.join("database.sql")).unwrap()).unwrap();
    let stories = home.data().join("stories/home");
    fs::create_dir_all(&stories).unwrap();
    for scene in fs::read_dir(fixture.join("stories/home")).unwrap().flatten() {
        fs::copy(scene.path(), stories.join(scene.file_name())).unwrap();
    }
    home
}

#[test]
fn an_installation_of_each_earlier_schema_is_played_on_with_its_story() {
    for (number, fixture) in kept() {
        let home = installed(&fixture);
        let database = home.data().join("talekeeper.db");
        assert_eq!(schema(&database), number);
        let before = events(&database);
        let on = home.run_with(&["play", "--as", "Ana"], "/status\nI come back.\n/undo\n/undo\nI turn around.\n");
        let out = text(&on.stdout);
        assert!(on.status.success(), "schema {number}: {on:?}");
        assert!(out.contains("Turns     3"), "schema {number}: {out}");
        assert_eq!(out.matches("is taken back").count(), 2, "schema {number}: {out}");
        let after = events(&database);
        assert_eq!(before["home"][..], after["home"][..before["home"].len()], "schema {number}: the log is untouched");
        let check = text(&home.run(&["check"]).stdout);
        assert!(!check.contains("does not agree") && !check.contains("damaged"), "schema {number}: {check}");
        let scene = text(&home.run(&["story", "show", "--scene", "1"]).stdout);
        let list = text(&home.run(&["story", "list"]).stdout);
        assert!(list.contains("home"), "schema {number}: {list}");
        let told = home.run_with(&["play"], "/recap\n");
        assert!(told.status.success(), "schema {number}: {told:?}");
        assert!(
            scene.contains("I open the green door") && scene.contains("I keep the letter"),
            "schema {number}: {scene}"
        );
        assert!(!scene.contains("I burn the letter"), "schema {number}: what was undone stays undone: {scene}");

        let newest = schema(&database);
        let copies: Vec<PathBuf> = match fs::read_dir(home.data().join("backups")) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        };
        if number == newest {
            assert_eq!(copies, Vec::<PathBuf>::new(), "nothing was changed, so nothing was copied");
            continue;
        }
        let [copy] = copies.as_slice() else { panic!("schema {number}: {copies:?}") };
        let name = copy.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("before-schema-{newest}-from-{number}-")), "{name}");
        assert_eq!((schema(copy), events(copy)), (number, before), "it can be gone back to");
    }
}

#[test]
fn the_copies_before_upgrades_do_not_pile_up() {
    let (number, fixture) = kept().remove(0);
    let home = installed(&fixture);
    let backups = home.data().join("backups");
    fs::create_dir(&backups).unwrap();
    for old in 1..=4 {
        fs::write(backups.join(format!("before-schema-{old}-from-0-2020010{old}T000000Z.db")), "old").unwrap();
    }
    fs::write(backups.join("mine.db"), "mine").unwrap();
    assert!(home.run_with(&["play"], "/status\n").status.success());
    let left = fs::read_dir(&backups).unwrap().count();
    assert_eq!(left, 4, "three copies and what is somebody's own, from schema {number}");
    assert!(backups.join("mine.db").exists());
}

#[test]
fn without_room_for_the_copy_nothing_is_changed() {
    let (number, fixture) = kept().remove(0);
    let home = installed(&fixture);
    fs::write(home.data().join("backups"), "a file stands in the way").unwrap();
    let on = home.run_with(&["play"], "I go on.\n");
    assert_eq!(on.status.code(), Some(1), "{on:?}");
    assert!(text(&on.stderr).contains("cannot be opened"), "{on:?}");
    assert_eq!(schema(&home.data().join("talekeeper.db")), number);
}

#[test]
fn a_newer_database_is_refused_kindly_and_left_as_it_is() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I open the door.\n").status.success());
    let database = home.data().join("talekeeper.db");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&database).unwrap();
    for (words, code) in [
        // Whatever starts it again is to leave it alone until somebody has looked.
        (&["play"][..], 2),
        (&["backup", "--to", "b.zip"], 1),
        (&["export", "--table", "home", "--to", "t.zip"], 1),
        (&["privacy", "people"], 1),
    ] {
        let refused = home.run_with(words, "");
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains("has schema 99 and this program knows up to"), "{words:?}: {said}");
    }
    assert!(fs::read(&database).unwrap() == before, "byte for byte");
    assert!(!home.folder().join("b.zip").exists() && !home.folder().join("t.zip").exists());
}

#[test]
fn a_key_that_stands_where_it_is_not_known_is_named_with_its_place() {
    let home = Installation::new();
    home.config("running_turns: 2\nmax_files: 3\n");
    let refused = home.run(&["play"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("running_turns: no such key here; it belongs to `limits.running_turns`"), "{said}");
    assert!(said.contains("it belongs to `logging.max_files`"), "{said}");
}
