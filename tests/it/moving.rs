//! One table moved from one installation to another: its log event by event, and it is played on there.

use std::fs;

use fake_discord::Options;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backup::{events, packed, unpacked};
use crate::support::bot::{Bot, Scene, reply};
use crate::support::held::{hold_at, let_go};
use crate::support::installation::{Installation, text, until};

const EVENING: &str = "I open the door.\n/roll 2d6 # the lock\nI burn the letter.\n/undo\n/lines never spiders\n/style length short\n\
    /whisper I keep the key\n/scene new The cellar\nI go down.\n/roll 1d20\n";

/// An installation where an evening was played, and the file its table was exported to.
fn exported() -> (Installation, String) {
    let home = Installation::new();
    assert!(home.run_with(&["play", "--as", "Ana"], EVENING).status.success());
    let cards = home.data().join("tables/home/characters");
    fs::create_dir_all(&cards).unwrap();
    fs::write(cards.join("mira.json"), "{\"name\": \"Mira\"}").unwrap();
    fs::write(home.data().join("stories/home/mine.md"), "My own notes.").unwrap();
    let done = home.run(&["export", "--table", "home", "--to", "t.zip"]);
    assert!(done.status.success(), "{done:?}");
    let file = home.folder().join("t.zip").to_str().unwrap().to_owned();
    (home, file)
}

fn payload(event: &str) -> Value {
    serde_json::from_str(event.splitn(9, '|').nth(8).unwrap()).unwrap()
}

#[test]
fn a_table_arrives_event_by_event_and_is_played_on() {
    let (home, file) = exported();
    let other = Installation::new();
    let taken = other.run(&["import", &file]);
    assert!(taken.status.success(), "{taken:?}");
    let (was, is) = (events(&home.data().join("talekeeper.db")), events(&other.data().join("talekeeper.db")));
    let (was, is) = (&was["home"], &is["home"]);
    for (old, new) in was.iter().zip(is) {
        let (mut before, mut after) = (payload(old), payload(new));
        assert_eq!(
            old.rsplit_once("|{").map(|(head, _)| head.len()),
            new.rsplit_once("|{").map(|(head, _)| head.len())
        );
        for value in [&mut before, &mut after] {
            // Conversations with providers stay behind, and marks are made with the secret of each installation.
            value.as_object_mut().unwrap().remove("session");
            value.as_object_mut().unwrap().remove("mark");
        }
        assert_eq!(before, after);
    }
    assert_eq!(is.len(), was.len() + 1, "the seed of the open scene's rolls is shown");
    assert_eq!(payload(is.last().unwrap())["game"], "seed_shown");
    assert_eq!(
        fs::read_to_string(other.data().join("tables/home/characters/mira.json")).unwrap(),
        "{\"name\": \"Mira\"}"
    );
    assert_eq!(fs::read_to_string(other.data().join("stories/home/mine.md")).unwrap(), "My own notes.");
    let there = |home: &Installation, number| {
        home.scene_file(number).map(|text| text.split("\n---\n").nth(1).unwrap().to_owned())
    };
    assert_eq!(there(&other, 1), there(&home, 1), "the scene that is over tells the same");

    let on = other.run_with(
        &["play", "--as", "Ana"],
        "/status\n/lines\n/verify 2\nI look around.\n/undo\n/undo\n/roll 1d6\n/status\n",
    );
    let out = text(&on.stdout) + &text(&on.stderr);
    assert!(on.status.success() && out.contains("spiders"), "her lines are still hers: {out}");
    assert!(out.matches("is taken back").count() == 2, "also what was played before: {out}");
    assert!(out.contains("Turns     3") && out.contains("Turns     2"), "{out}");
    let check = other.run(&["check"]);
    assert!(!text(&check.stdout).contains("does not agree") && !text(&check.stdout).contains("damaged"), "{check:?}");
}

#[test]
fn what_is_in_the_way_is_left_alone_and_a_running_bot_is_not_disturbed() {
    let (home, file) = exported();
    let here = home.run(&["import", &file]);
    assert!(here.status.code() == Some(1) && text(&here.stderr).contains("is here already, as \"home\""), "{here:?}");
    let copy = home.run(&["import", &file, "--as", "copy"]);
    assert!(copy.status.success(), "{copy:?}");
    let taken = home.run(&["import", &file, "--as", "copy"]);
    assert!(text(&taken.stderr).contains("there is a table \"copy\" here already"), "{taken:?}");
    let bad = home.run(&["import", &file, "--as", "../x"]);
    assert_eq!(bad.status.code(), Some(2));
    let story = text(&home.run(&["story", "show", "--table", "copy", "--scene", "1"]).stdout);
    assert!(story.contains("I open the door"), "{story}");
    let none = home.run(&["export", "--table", "crown"]);
    assert!(text(&none.stderr).contains("there is no table \"crown\"; there is: copy, home"), "{none:?}");

    let other = Installation::new();
    let mut sitting = other.sit(&["play", "--table", "mine", "--new"]);
    sitting.types("I wait.");
    sitting.expect("# ");
    let refused = other.run(&["import", &file]);
    assert!(text(&refused.stderr).contains("in use by another running program"), "{refused:?}");
    let while_it_runs = other.run(&["export", "--table", "mine", "--to", "mine.zip"]);
    assert!(while_it_runs.status.success(), "{while_it_runs:?}");
    sitting.end();

    // What does not hold together is not taken in, and nothing of it is left.
    let fresh = Installation::new();
    let members = unpacked(std::path::Path::new(&file));
    let evil = fresh.folder().join("evil.zip");
    for (what, from, to) in
        [("a gap", "\"seq\":3,", "\"seq\":300,"), ("no event", "\"kind\":\"action_said\"", "\"kind\":\"sung\"")]
    {
        let mut bent = members.clone();
        let log = bent.iter_mut().find(|(name, _)| name == "events.jsonl").unwrap();
        log.1 = String::from_utf8(log.1.clone()).unwrap().replacen(from, to, 1).into_bytes();
        packed(&evil, &bent, |_| {});
        let refused = fresh.run(&["import", evil.to_str().unwrap()]);
        assert!(refused.status.code() == Some(1) && text(&refused.stderr).contains("damaged"), "{what}: {refused:?}");
        assert!(!fresh.data().join("tables/home").exists() && !fresh.data().join("stories/home").exists(), "{what}");
    }
    let mut bomb = members.clone();
    bomb.push(("folder/characters/zeros.json".to_owned(), vec![0; 80_000_000]));
    packed(&evil, &bomb, |_| {});
    let refused = fresh.run(&["import", evil.to_str().unwrap()]);
    assert!(refused.status.code() == Some(1) && text(&refused.stderr).contains("would become"), "{refused:?}");
    let backup = home.run(&["backup", "--to", "b.zip"]);
    assert!(backup.status.success());
    let kind = fresh.run(&["import", home.folder().join("b.zip").to_str().unwrap()]);
    assert!(text(&kind.stderr).contains("it is a backup of Talekeeper"), "{kind:?}");
}

#[test]
fn a_table_that_moved_is_played_in_its_new_channel() {
    let (_home, file) = exported();
    let scene = Scene::with_tables(Options::default(), Installation::new(), &["general"], "");
    let discord = &scene.discord;
    let (general, tavern) = (discord.channel("general").id().to_string(), discord.channel("tavern").id().to_string());
    let taken = scene.home.run(&["import", &file, "--channel", &general]);
    assert!(text(&taken.stderr).contains("has a table already: general"), "{taken:?}");
    let done = scene.home.run(&["import", &file, "--channel", &tavern]);
    assert!(done.status.success(), "{done:?}");
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ben, room) = (discord.user("ben"), discord.channel("tavern"));
        ben.says(&room, &scene.to_bot("I come after you")).await;
        reply(&room, "").await;
        assert_eq!(room.bot_messages().len(), 1, "what was played before is not told again");
        let story = ben.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I go down") && story.contains("I come after you"), "{story}");
        assert_eq!(bot.end(), Some(0));
    });
}

/// What says of a folder that its table is on its way.
const MARK: &str = ".talekeeper-import";

#[test]
fn an_import_that_was_killed_is_taken_back_or_finished_and_nothing_is_in_the_way() {
    let (_home, file) = exported();
    for the_start_is_first in [false, true] {
        let other = Installation::new();
        let wait = || other.run_with(&["play", "--table", "mine", "--new", "--as", "Ana"], "I wait.\n");
        assert!(wait().status.success());
        let database = Connection::open(other.data().join("talekeeper.db")).unwrap();
        hold_at(&database, "tables");
        let (card, notes) =
            (other.data().join("tables/home/characters/mira.json"), other.data().join("stories/home/mine.md"));
        let importing = Bot::of(other.command(&["import", &file]));
        until("everything to be in its place", || (card.exists() && notes.exists()).then_some(()));
        importing.kill();
        let_go(&database);
        drop(database);
        assert!(card.exists(), "it was killed before the table was there");
        if the_start_is_first {
            assert!(wait().status.success());
            assert!(!other.data().join("tables/home").exists() && !other.data().join("stories/home").exists());
        }
        let taken = other.run(&["import", &file]);
        assert!(taken.status.success(), "{taken:?}");
        assert!(card.exists() && notes.exists());

        // The same, killed when the table was there and its story was not told yet.
        let story = other.scene_file(1).unwrap();
        let marks = ["tables/home", "stories/home"].map(|folder| other.data().join(folder).join(MARK));
        assert!(marks.iter().all(|mark| !mark.exists()));
        marks.iter().for_each(|mark| fs::write(mark, "").unwrap());
        for scene in fs::read_dir(other.data().join("stories/home")).unwrap().flatten() {
            if scene.file_name().to_string_lossy().starts_with("00") {
                fs::remove_file(scene.path()).unwrap();
            }
        }
        assert!(wait().status.success());
        assert_eq!(other.scene_file(1).as_ref(), Some(&story));
        assert!(card.exists() && notes.exists() && marks.iter().all(|mark| !mark.exists()));
        assert!(!other.data().join(MARK).exists());
    }
}
