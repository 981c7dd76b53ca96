//! Turns that are kept and played again: the same comes of them, what differs is found, and scrubbed copies say nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fake_discord::Message;
use serde_json::{Value, json};

use crate::support::bot::{Scene, buttons};
use crate::support::installation::{Installation, text, until};

const KEY: &str = "sk-ant-never-kept-0123456789";

/// The capsules of a table, oldest first.
fn capsules(home: &Installation, table: &str) -> Vec<PathBuf> {
    let folder = home.data().join("capsules").join(table);
    let files = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// Plays a capsule; the exit code, and everything that is said.
fn replay(home: &Installation, words: &[&str]) -> (i32, String) {
    let output = home.run(&[&["replay"], words].concat());
    (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes lines beside a capsule.
fn write(path: &Path, name: &str, lines: &[Value]) -> PathBuf {
    let other = path.with_file_name(name);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&other, text).unwrap();
    other
}

/// An evening with everything that a turn may meet; its installation, and the error of the turn that failed.
fn an_evening() -> (Installation, String) {
    let mut home = Installation::with_fake_claude();
    home.env("ANTHROPIC_API_KEY", KEY);
    home.config("replay: { keep_turns: 20 }\n");
    let whisper = "args='{\"seat\":1,\"text\":\"The GARNET is warm.\"}'";
    let input = [
        "I open the ZEBRAGATE. [[fake:withdrawn]]".to_owned(),
        format!("I listen. [[fake:tool name=whisper {whisper} say='# The Drowned Hall\n\n**Mira:** Come.']]"),
        "I leap. [[1d20+2]] [[fake:say text='**Mira:** Good.\n\n**Jory Vance:** Hm.\n\n[roll: anybody, 1d20, to land]']]"
            .to_owned(),
        format!("I whisper {KEY} to the wall. [[fake:retry]]"),
        "/roll".to_owned(),
        "I fall. [[fake:fail kind=rate_limit]]".to_owned(),
        "/undo".to_owned(),
        "/retry".to_owned(),
        "/provider oracle".to_owned(),
        "I look around.".to_owned(),
    ];
    let output = home.run_with(&["play"], &(input.map(|line| line.replace('\n', "\\n")).join("\n") + "\n"));
    let err = text(&output.stderr);
    let error = err.split("E-").nth(1).map(|rest| format!("E-{}", &rest[..8]));
    let error = error.unwrap_or_else(|| panic!("a turn fails: {err}\n{}", text(&output.stdout)));
    (home, error)
}

#[test]
fn every_kept_turn_is_played_again_and_gives_the_same() {
    let (home, error) = an_evening();
    let kept = capsules(&home, "home");
    assert!(kept.len() >= 7, "{kept:?}");
    let mut told = String::new();
    for capsule in &kept {
        let (code, said) = replay(&home, &[capsule.to_str().unwrap(), "--messages"]);
        assert_eq!(code, 0, "{}: {said}", capsule.display());
        assert!(said.contains("The same: "), "{said}");
        told += &said;
        let written = fs::read_to_string(capsule).unwrap();
        assert!(!written.contains(KEY) && !written.contains("Bearer"), "{}", capsule.display());
        assert_eq!(fs::metadata(capsule).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(home.data().join("capsules")).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(told.contains("  | Jory Vance: Hm.") && told.contains("## The Drowned Hall"), "{told}");
    let all: String = kept.iter().map(|capsule| fs::read_to_string(capsule).unwrap()).collect();
    for part in ["\"withdrawn\"", "\"retrying\"", "\"rolled\"", "\"whispered\"", "\"deed\"", "ZEBRAGATE"] {
        assert!(all.contains(part), "the evening has {part}");
    }
    let database = rusqlite::Connection::open(home.data().join("talekeeper.db")).unwrap();
    let mut notes = database.prepare("SELECT value FROM notes WHERE name LIKE '%secret%'").unwrap();
    let secrets: Vec<String> = notes.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(secrets.len() >= 2 && secrets.iter().all(|secret| !all.contains(secret)), "{}", secrets.len());
    // The one that failed is found by what people were shown.
    let (code, said) = replay(&home, &[&error]);
    assert_eq!((code, said.contains(&format!("Errors: {error}\n"))), (0, true), "{said}");
    let shown = home.run(&["logs", "--error", &error]);
    assert!(text(&shown.stderr).contains(&format!("talekeeper replay {error}")), "{}", text(&shown.stderr));
    let shown = text(&home.run(&["logs", "--error", &error, "--json"]).stdout);
    let failed = shown.lines().find(|line| line.contains("\"turn ended\"")).unwrap();
    assert!(failed.contains(&format!("-{error}\"")) && failed.contains("\"capsule\":"), "{failed}");
}

#[test]
fn what_is_different_is_named_and_what_is_no_capsule_is_refused() {
    let home = Installation::with_fake_claude();
    home.config("replay: { keep_turns: 5 }\n");
    home.run_with(&["play"], "I knock. [[fake:say text='The gate opens slowly.']]\n");
    let path = capsules(&home, "home").remove(0);
    let good = lines(&path);
    let check = |name: &str, change: &dyn Fn(&mut Vec<Value>), code: i32, wanted: &str| {
        let mut lines = good.clone();
        change(&mut lines);
        let other = write(&path, name, &lines);
        let (found, said) = replay(&home, &[other.to_str().unwrap()]);
        assert_eq!(found, code, "{name}: {said}");
        assert!(said.contains(wanted), "{name}: {said}");
    };
    let is_text = |line: &Value| line.pointer("/moment/input/heard/event/text").is_some();
    let at = good.iter().position(is_text).unwrap();
    check("same.jsonl", &|_| {}, 0, "The same: ");
    let heard = |lines: &mut Vec<Value>| lines[at]["moment"]["input"]["heard"]["event"]["text"] = json!("The door");
    check("heard.jsonl", &heard, 1, "Different: step ");
    let recorded = |lines: &mut Vec<Value>| {
        let of_end = |line: &&mut Value| line.pointer("/moment/input/ended").is_some();
        let ended = lines.iter_mut().find(of_end).unwrap();
        let record = ended["moment"]["record"].as_array_mut().unwrap();
        let row = record.iter_mut().find(|row| row["kind"]["kind"] == "turn_ended").unwrap();
        row["kind"]["outcome"]["reply"]["spans"][0]["text"] = json!("The gate opens quickly.");
    };
    check("recorded.jsonl", &recorded, 1, "was  \"The gate opens quickly.\"\n  now  \"The gate opens slowly.\"");
    let message = |lines: &mut Vec<Value>| {
        lines.last_mut().unwrap()["end"]["messages"][0]["text"] = json!("Another.");
    };
    check("message.jsonl", &message, 1, "Different: message 1 of ");
    check("cut.jsonl", &|lines| drop(lines.pop()), 2, "its end is missing");
    check("newer.jsonl", &|lines| lines[0]["head"]["format"] = json!(99), 2, "a newer Talekeeper plays it");
    check("none.jsonl", &|lines| lines[0] = json!({"hello": 1}), 2, "it is no capsule");
    check("order.jsonl", &|lines| lines[1] = good[0].clone(), 2, "line 2 is damaged");
    let other = |lines: &mut Vec<Value>| {
        lines[0]["head"]["program"] = json!("0.0.1");
        lines[0]["head"]["machine"] = json!({});
    };
    check("other.jsonl", &other, 2, "Talekeeper 0.0.1 kept it");
    check("machine.jsonl", &|lines| lines[0]["head"]["machine"] = json!({}), 2, "line 1 is damaged");
    let nowhere = |lines: &mut Vec<Value>| {
        lines[at]["moment"]["at"] = json!(i64::MIN);
        lines[0]["head"]["machine"]["state"]["ledger"]["seq"] = json!(u64::MAX);
    };
    let mut hostile = good.clone();
    nowhere(&mut hostile);
    let (code, said) = replay(&home, &[write(&path, "hostile.jsonl", &hostile).to_str().unwrap()]);
    assert!(code != 0 && !said.contains("panicked"), "{code}: {said}");
    let older = |lines: &mut Vec<Value>| {
        let state = &mut lines[0]["head"]["machine"]["state"];
        state["ledger"].as_object_mut().unwrap().remove("covered").unwrap();
        state["tale"].as_object_mut().unwrap().remove("beats").unwrap();
    };
    check("older.jsonl", &older, 0, "The same: ");
    let half = path.with_file_name("half.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&half, &whole[..whole.len() - 9]).unwrap();
    assert!(replay(&home, &[half.to_str().unwrap()]).1.contains("its end is missing"));
    fs::write(&half, [0xff, 0xfe, 0x00]).unwrap();
    let (code, said) = replay(&home, &[half.to_str().unwrap()]);
    assert_eq!((code, said.contains("it is no capsule")), (2, true), "{said}");
    assert_eq!(replay(&home, &["nowhere.jsonl"]).0, 2);
    let (code, said) = replay(&home, &["E-00000000"]);
    assert_eq!((code, said.contains("No turn with the error E-00000000 is kept")), (2, true), "{said}");
}

#[test]
fn the_last_turns_are_kept_where_it_is_wanted_and_none_elsewhere() {
    let home = Installation::with_fake_claude();
    home.run_with(&["play"], "I knock.\n");
    assert!(!home.data().join("capsules").exists(), "nothing is kept unless it is wanted");
    home.config("replay: { keep_turns: 2 }\ntables: [{ name: home }, { name: quiet, replay: { keep_turns: 0 } }]\n");
    home.run_with(&["play", "--table", "home"], "I enter.\nI wait.\nI look.\nI go.\n");
    home.run_with(&["play", "--table", "quiet"], "I enter.\n");
    let names: Vec<_> =
        capsules(&home, "home").iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["000004.jsonl", "000005.jsonl"]);
    assert!(capsules(&home, "quiet").is_empty());
}

#[test]
fn a_turn_of_two_providers_is_found_by_the_error_of_the_first() {
    let home = Installation::with_fake_claude();
    home.config("replay: { keep_turns: 9 }\ntables: [{ name: home, provider: [claude, oracle] }]\n");
    home.run_with(&["play"], "I knock. [[fake:fail kind=rate_limit]]\n");
    let path = capsules(&home, "home").remove(0);
    let error = path.file_stem().unwrap().to_str().unwrap().split_once('-').unwrap().1.to_owned();
    let (code, said) = replay(&home, &[&error, "--messages"]);
    assert_eq!((code, said.contains("The Oracle answers for now.")), (0, true), "{said}");
    let orders = lines(&path).iter().filter_map(|line| line.pointer("/order/provider").cloned()).collect::<Vec<_>>();
    assert_eq!(orders, ["claude", "oracle"]);
}

#[test]
fn a_turn_that_a_crash_cut_off_is_kept_as_far_as_it_went_and_again_when_it_is_taken_up() {
    let home = Installation::with_fake_claude();
    home.config("replay: { keep_turns: 9 }\n");
    let mut sitting = home.sit(&["play"]);
    sitting.types("I wait. [[fake:hang-after]]");
    let part = home.data().join("capsules/home/000001.part");
    until("the turn to be told", || fs::read_to_string(&part).ok()?.contains("Once upon a time").then_some(()));
    sitting.signal(nix::sys::signal::Signal::SIGKILL);
    sitting.end();
    let (code, said) = replay(&home, &[part.to_str().unwrap()]);
    assert_eq!((code, said.contains("its end is missing")), (2, true), "{said}");
    home.run_with(&["play", "--provider", "oracle"], "I look.\n");
    let taken_up = capsules(&home, "home").into_iter().find(|path| path.ends_with("000002.jsonl")).unwrap();
    let (code, said) = replay(&home, &[taken_up.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_folder_that_takes_no_capsules_keeps_nobody_from_playing() {
    let home = Installation::with_fake_claude();
    home.config("replay: { keep_turns: 2 }\n");
    fs::create_dir(home.data()).unwrap();
    fs::write(home.data().join("capsules"), "in the way").unwrap();
    let output = home.run_with(&["play"], "I knock.\nI enter.\n");
    assert_eq!(text(&output.stdout).matches("FAKE-OK").count(), 2);
    until("the log to say so", || home.log_has("the turn is not kept for a replay"));
}

#[test]
fn a_channel_sees_what_a_replay_says() {
    let scene = Scene::above(
        fake_discord::Options::default(),
        Installation::with_fake_claude(),
        ", voices: webhook",
        "replay: { keep_turns: 5 }\n",
    );
    let discord = &scene.discord;
    let long = "The hall is long and cold, and nobody answers. ".repeat(60);
    let told = format!("{long}\\n\\n**Mira:** Come in.\\n\\nShe waves.");
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot(&format!("I knock [[fake:say text='{told}']]"))).await;
        let last = |message: &Message| message.content == "She waves." && buttons(message).contains(&"Undo".to_owned());
        room.expect_message(last).await;
        let whole = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "jsonl");
        let capsule = until("the capsule to be whole", || capsules(&scene.home, "general").into_iter().find(whole));
        let kept = lines(&capsule);
        let messages = kept.last().unwrap()["end"]["messages"].as_array().unwrap().clone();
        let over = messages.iter().filter(|message| message.get("unfinished").is_none());
        let texts: Vec<_> = over.map(|message| message["text"].as_str().unwrap().to_owned()).collect();
        // What was told while it streamed is taken away last.
        for message in room.bot_messages() {
            if !texts.contains(&message.content) {
                room.expect_deleted(&message).await;
            }
        }
        let stood: Vec<_> = room.bot_messages().iter().map(|message| message.content.clone()).collect();
        assert_eq!(texts, stood);
        assert!(stood.len() >= 4, "{stood:?}");
        assert_eq!(bot.end(), Some(0));
        assert!(messages.iter().any(|message| message["voice"] == "Mira"), "{messages:?}");
        let (code, said) = replay(&scene.home, &[capsule.to_str().unwrap()]);
        assert_eq!(code, 0, "{said}");
    });
}

#[test]
fn a_scrubbed_capsule_says_nothing_and_plays_as_it_did() {
    let (home, error) = an_evening();
    for capsule in capsules(&home, "home") {
        let copy = capsule.with_extension("scrubbed");
        let (code, said) = replay(&home, &[capsule.to_str().unwrap(), "--scrub", copy.to_str().unwrap()]);
        assert_eq!(code, 0, "{}: {said}", capsule.display());
        let (code, said) = replay(&home, &[copy.to_str().unwrap()]);
        assert_eq!((code, said.contains(", scrubbed\n")), (0, true), "{said}");
        let (before, after) = (fs::read_to_string(&capsule).unwrap(), fs::read_to_string(&copy).unwrap());
        let low = after.to_lowercase();
        for planted in
            ["zebragate", "garnet", "mira", "jory", "vance", "drowned", "whisper it", "game master", "fake-ok"]
        {
            assert!(!low.contains(planted), "{planted} survives in {}", copy.display());
        }
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        // Every message has its length and its lines.
        let shape = |text: &str| {
            let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            let messages = last["end"]["messages"].as_array().unwrap().clone();
            let of = |message: &Value| {
                let text = message["text"].as_str().unwrap();
                (text.encode_utf16().count(), text.lines().count(), message["voice"].is_string())
            };
            messages.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(shape(&before), shape(&after));
        let (code, _) = replay(&home, &[capsule.to_str().unwrap(), "--scrub", copy.to_str().unwrap()]);
        assert_eq!(code, 1, "a file that is there stays");
        if before.contains(&error) {
            assert!(after.contains(&error), "the error is still known by its id");
        }
    }
}
