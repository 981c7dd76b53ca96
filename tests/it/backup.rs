//! Backups: made while people play, put back whole or not at all, and refused when they are not what was packed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fake_discord::Options;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::bot::Scene;
use crate::support::installation::{Installation, text, until};

/// Every event of every table, as it lies in the file.
pub fn events(database: &Path) -> BTreeMap<String, Vec<String>> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT t.name, e.seq || '|' || e.branch || '|' || e.scene || '|' || coalesce(e.turn, '') || '|' || e.actor || '|' ||
        e.audience || '|' || e.at || '|' || coalesce(e.cause, '') || '|' || e.payload
        FROM events e JOIN tables t ON t.id = e.table_id ORDER BY t.name, e.seq";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for row in rows {
        let (table, event) = row.unwrap();
        found.entry(table).or_default().push(event);
    }
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A backup of an evening of two turns.
fn played(home: &Installation) -> std::path::PathBuf {
    assert!(home.run_with(&["play"], "I open the door.\nI light the lamp.\n").status.success());
    let cards = home.data().join("tables/home/characters");
    fs::create_dir_all(&cards).unwrap();
    fs::write(cards.join("mira.json"), "{\"name\": \"Mira\"}").unwrap();
    let file = home.folder().join("b.zip");
    let made = home.run(&["backup", "--to", file.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    file
}

#[test]
fn a_backup_made_while_twenty_tables_play_holds_each_log_up_to_one_moment() {
    let names: Vec<String> = (1..=20).map(|number| format!("cellar-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with_tables(Options::default(), Installation::new(), &names, "");
    let (discord, home) = (&scene.discord, &scene.home);
    let file = home.folder().join("kept.zip");
    discord.block_on(async {
        let bot = scene.ready().await;
        let ana = discord.user("ana");
        for name in &names {
            ana.says(&discord.channel(name), &scene.to_bot("I go down the stairs")).await;
        }
        let live = || events(&home.data().join("talekeeper.db"));
        until("every table to have begun", || (live().len() == 20).then_some(()));
        let mut backup = home.command(&["backup", "--to", file.to_str().unwrap()]).spawn().unwrap();
        // They go on while it is made.
        for name in &names {
            ana.says(&discord.channel(name), &scene.to_bot("I listen at the wall")).await;
        }
        let status = tokio::task::spawn_blocking(move || backup.wait().unwrap()).await.unwrap();
        assert!(status.success());
        for name in &names {
            let room = discord.channel(name);
            room.expect_message(|message| message.content.len() > 1).await;
        }
        assert_eq!(bot.end(), Some(0));
    });
    assert_eq!(mode(&file), 0o600);
    let into = home.folder().join("again");
    let restored = home.run(&["restore", file.to_str().unwrap(), "--into", into.to_str().unwrap()]);
    assert!(restored.status.success(), "{restored:?}");
    let (before, after) = (events(&into.join("talekeeper.db")), events(&home.data().join("talekeeper.db")));
    assert_eq!(before.len(), 20);
    for (table, kept) in &before {
        assert_eq!(kept[..], after[table][..kept.len()], "{table}: event by event the beginning of what was played");
    }
    assert_eq!((mode(&into), mode(&into.join("talekeeper.db"))), (0o700, 0o600));
    let mut left: Vec<_> =
        fs::read_dir(&into).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    // Whether a scene was written down before the backup is a matter of speed.
    left.retain(|name| name != "stories");
    assert_eq!(left, ["talekeeper.db", "talekeeper.lock"], "nothing unfinished lies there");
}

#[test]
fn what_was_put_back_is_played_on_and_holds_no_secret_unless_asked() {
    let home = Installation::new();
    home.config("discord: { token: \"a-very-secret-token\" }\nproviders: { claude: { env: { KEY: hidden-key } } }\n");
    let file = played(&home);
    let bytes = unpacked(&file);
    assert!(!bytes.iter().any(|(_, bytes)| holds(bytes, "a-very-secret-token") || holds(bytes, "hidden-key")));
    let secret = home.folder().join("secret.zip");
    let made = home.run(&["backup", "--with-secrets", "--to", secret.to_str().unwrap()]);
    assert!(text(&made.stdout).contains("keep it as you keep those"), "{made:?}");
    assert!(unpacked(&secret).iter().any(|(name, bytes)| name == "config.yaml" && holds(bytes, "a-very-secret-token")));
    let again = home.run(&["backup", "--to", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is there already"), "{again:?}");

    let other = Installation::new();
    let put = other.run(&["restore", file.to_str().unwrap()]);
    assert!(put.status.success(), "{put:?}");
    assert_eq!(
        fs::read_to_string(other.data().join("tables/home/characters/mira.json")).unwrap(),
        "{\"name\": \"Mira\"}"
    );
    let output = other.run_with(&["play"], "/status\n/undo\nI put it out.\n");
    let out = text(&output.stdout);
    assert!(out.contains("Turns     2") && out.contains("Turn 2 is taken back"), "{out}");
    let twice = other.run(&["restore", file.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice.stderr).contains("is not empty"), "{twice:?}");
}

#[test]
fn whatever_was_backed_up_comes_back_however_well_it_packs() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I open the door.\n").status.success());
    let zeros = "tables/home/work/disk.img";
    fs::create_dir_all(home.data().join("tables/home/work")).unwrap();
    fs::write(home.data().join(zeros), vec![0; 80_000_000]).unwrap();
    let file = home.folder().join("b.zip");
    assert!(home.run(&["backup", "--to", file.to_str().unwrap()]).status.success());
    assert!(fs::metadata(&file).unwrap().len() < 2_000_000);
    let other = Installation::new();
    let put = other.run(&["restore", file.to_str().unwrap()]);
    assert!(put.status.success(), "{put:?}");
    assert_eq!(fs::metadata(other.data().join(zeros)).unwrap().len(), 80_000_000);
}

/// The files of an archive.
type Members = Vec<(String, Vec<u8>)>;
/// What is done to its manifest.
type Change = Box<dyn Fn(&mut Value)>;

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Every member of an archive.
pub fn unpacked(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(file).unwrap())).unwrap();
    let count = zip.len();
    let member = |index| {
        let mut member = zip.by_index(index).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        (member.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(member).collect()
}

/// Packs members with a manifest that fits them, as somebody would who means harm and knows how.
pub fn packed(file: &Path, members: &[(String, Vec<u8>)], change: impl FnOnce(&mut Value)) {
    let manifest = members.iter().find(|(name, _)| name == "manifest.json").unwrap();
    let mut manifest: Value = serde_json::from_slice(&manifest.1).unwrap();
    let others = members.iter().filter(|(name, _)| name != "manifest.json");
    manifest["members"] = others
        .clone()
        .map(|(name, bytes)| {
            let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "name": name, "bytes": bytes.len(), "sha256": sum })
        })
        .collect();
    change(&mut manifest);
    let mut zip = zip::ZipWriter::new(fs::File::create(file).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let manifest = ("manifest.json".to_owned(), serde_json::to_vec(&manifest).unwrap());
    for (name, bytes) in others.chain([&manifest]) {
        match name.strip_prefix("link:") {
            Some(name) => zip.add_symlink(name, "/etc/passwd", options).unwrap(),
            None => {
                zip.start_file(name.as_str(), options).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
    }
    zip.finish().unwrap();
}

#[test]
fn an_archive_that_means_harm_or_is_damaged_leaves_nothing() {
    let home = Installation::new();
    let good = unpacked(&played(&home));
    let with = |name: &str, bytes: Vec<u8>| {
        let mut members = good.clone();
        members.push((name.to_owned(), bytes));
        members
    };
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut members = good.clone();
        members.iter_mut().filter(|(own, _)| own == name).for_each(|(_, bytes)| change(bytes));
        members
    };
    let bent = |sql: &'static str| {
        changed("talekeeper.db", &|bytes: &mut Vec<u8>| {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("x.db");
            fs::write(&path, &bytes).unwrap();
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            *bytes = fs::read(&path).unwrap();
        })
    };
    let same = |_: &mut Value| {};
    let cases: Vec<(&str, Members, Change, &str)> = vec![
        ("climbs", with("stories/../../evil.md", b"x".to_vec()), Box::new(same), "not safe"),
        ("absolute", with("/tmp/evil.md", b"x".to_vec()), Box::new(same), "not safe"),
        ("elsewhere", with("bin/evil", b"x".to_vec()), Box::new(same), "not safe"),
        ("backslash", with("stories/a\\b.md", b"x".to_vec()), Box::new(same), "not safe"),
        (
            "link",
            with("link:stories/x.md", Vec::new()),
            Box::new(|manifest| {
                let name = manifest["members"].as_array_mut().unwrap().last_mut().unwrap();
                name["name"] = json!("stories/x.md");
            }),
            "not safe",
        ),
        (
            "lies about its length",
            with("stories/zeros.md", vec![0; 1_000_000]),
            Box::new(|manifest| {
                manifest["members"].as_array_mut().unwrap().last_mut().unwrap()["bytes"] = json!(10);
            }),
            "longer than it says",
        ),
        (
            "unlisted",
            with("stories/x.md", b"x".to_vec()),
            Box::new(|manifest| {
                manifest["members"].as_array_mut().unwrap().pop();
            }),
            "not in its manifest",
        ),
        (
            "one bit",
            good.clone(),
            Box::new(|manifest| {
                manifest["members"][0]["sha256"] = json!("00".repeat(32));
            }),
            "is not what it was when it was packed",
        ),
        (
            "another's trigger",
            bent("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM tables; END"),
            Box::new(same),
            "not those of Talekeeper",
        ),
        ("an event is gone", bent("DELETE FROM events WHERE seq = 2"), Box::new(same), "damaged"),
        ("a derived row lies", bent("UPDATE actions SET state = 'waiting'"), Box::new(same), "does not agree"),
        ("cut", changed("talekeeper.db", &|bytes: &mut Vec<u8>| bytes.truncate(8192)), Box::new(same), "damaged"),
        ("newer", good.clone(), Box::new(|manifest| manifest["schema"] = json!(99)), "use the newer program"),
        (
            "says less",
            good.clone(),
            Box::new(|manifest| manifest["tables"][0]["events"] = json!(1)),
            "what its manifest says",
        ),
    ];
    for (what, members, change, expected) in cases {
        let (file, into) = (home.folder().join("evil.zip"), home.folder().join("nowhere/deep"));
        packed(&file, &members, change);
        let put = home.run(&["restore", file.to_str().unwrap(), "--into", into.to_str().unwrap()]);
        let said = text(&put.stderr);
        assert_eq!(put.status.code(), Some(1), "{what}: {said}");
        assert!(said.contains(expected), "{what}: {said}");
        assert!(!into.exists(), "{what}: nothing is left");
    }
    let file = home.folder().join("evil.zip");
    fs::write(&file, b"PK\x03\x04 not an archive").unwrap();
    let put = home.run(&["restore", file.to_str().unwrap(), "--into", "there"]);
    assert!(text(&put.stderr).contains("this is not a backup of Talekeeper"), "{put:?}");
}

#[test]
fn backups_are_made_by_themselves_and_the_oldest_go() {
    let home = Installation::new();
    home.config("backup: { every: 1s, keep: 2, folder: ./kept }\n");
    let mut sitting = home.sit(&["play"]);
    sitting.types("I open the door.");
    sitting.expect("# ");
    let made = || -> Vec<String> {
        let Ok(entries) = fs::read_dir(home.folder().join("kept")) else { return Vec::new() };
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".zip"))
            .collect()
    };
    until("an old backup to go", || home.log_has("\"an old backup was removed\""));
    sitting.types("/status");
    sitting.expect("Turns     1");
    assert_eq!(sitting.end().0, Some(0));
    let names = made();
    assert!(names.len() == 2 && names.iter().all(|name| name.starts_with("talekeeper-auto-")), "{names:?}");
    for name in names {
        let into = home.folder().join(name.replace(".zip", ""));
        let put = home.run(&["restore", &format!("kept/{name}"), "--into", into.to_str().unwrap()]);
        assert!(put.status.success(), "{put:?}");
    }
}

#[test]
fn a_backup_that_fails_is_in_the_log_with_an_id_and_play_goes_on() {
    let home = Installation::new();
    home.config("backup: { every: 1s, folder: ./kept }\n");
    fs::write(home.folder().join("kept"), "a file stands in the way").unwrap();
    let mut sitting = home.sit(&["play"]);
    until("the failure to be in the log", || home.log_has("\"no backup was made\""));
    assert!(home.log_has("\"error_id\":\"E-").is_some());
    sitting.types("I open the door.");
    sitting.expect("# ");
    assert_eq!(sitting.end().0, Some(0));
}

#[test]
fn where_nothing_was_played_there_is_nothing_to_back_up() {
    let home = Installation::new();
    let made = home.run(&["backup"]);
    assert_eq!(made.status.code(), Some(1));
    assert!(text(&made.stderr).contains("there is no database"), "{made:?}");
    assert!(!home.data().exists());
}
