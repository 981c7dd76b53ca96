//! Keeps the house tidy: who may name whom, and which rooms stay pure (`docs/architecture.md`, "Who may name whom").
//! It reads the source as text; a rule broken on purpose is changed here, with its reason.

use std::fs;
use std::path::{Path, PathBuf};

/// What a pure room may not name: anything that waits, reads, writes, asks the time or rolls dice.
const IMPURE: [&str; 14] = [
    "tokio",
    "serenity",
    "poise",
    "axum",
    "rusqlite",
    "reqwest",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
];

/// The pure rooms, and the rooms of this program that each may name.
const PURE: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    // Reading who speaks is part of ending a turn, and `format` is pure itself.
    ("table/machine", &["dice", "domain", "format", "game", "table"]),
    ("table/asks.rs", &["domain"]),
    ("door/discord/ask_buttons.rs", &["domain", "door"]),
    ("door/terminal/asked.rs", &["domain", "door", "format"]),
    ("table/state", &["domain", "table"]),
    ("table/state.rs", &["domain", "table"]),
    ("table/money.rs", &["domain"]),
    ("table/tale.rs", &["domain", "game"]),
    ("table/rests.rs", &["domain"]),
    ("table/live.rs", &["domain"]),
    ("table/frame.rs", &["domain"]),
    ("game", &["dice", "domain", "format", "game"]),
    ("tools/catalog.rs", &["domain"]),
    ("tools/reference.rs", &["domain"]),
    ("tools/advance_fight.rs", &["domain"]),
    ("tools/ask_for_roll.rs", &["domain"]),
    ("tools/change_condition.rs", &["domain"]),
    ("tools/change_inventory.rs", &["domain"]),
    ("tools/change_vital.rs", &["domain"]),
    ("tools/come_and_go.rs", &["domain"]),
    ("tools/introduce_character.rs", &["domain"]),
    ("tools/look.rs", &["domain"]),
    // What a lorebook says comes in the words of the room that reads it.
    ("tools/look_up_lore.rs", &["domain", "lore"]),
    ("tools/note_fact.rs", &["domain"]),
    ("tools/note_promise.rs", &["domain"]),
    ("tools/recall.rs", &["domain"]),
    ("tools/set_scene.rs", &["domain"]),
    ("tools/start_fight.rs", &["domain"]),
    ("tools/tell_character.rs", &["domain"]),
    ("tools/tick_clock.rs", &["domain"]),
    ("tools/whisper.rs", &["domain"]),
    ("cli/top/draw.rs", &["format"]),
    ("kit", &["dice", "domain"]),
    ("door/fights.rs", &["domain", "door", "format"]),
    ("door/sheets.rs", &["domain", "format"]),
    ("door/memories.rs", &["domain", "table"]),
    // Under which names what somebody knows is filed is the affair of `memory`, which is pure itself.
    ("brief", &["domain", "memory"]),
    // A result is written out for people, so it is escaped.
    ("dice", &["dice", "format"]),
    // A card's book is lore, and its V2 copy has no decorators.
    ("character/card", &["lore"]),
    ("character/name.rs", &["format"]),
    ("character/persona.rs", &["format"]),
    ("character/report.rs", &[]),
    ("lore", &["domain", "format", "lore"]),
    ("memory", &["domain"]),
    ("privacy", &["domain"]),
    ("format", &["domain", "format"]),
    ("provider/acp/asking.rs", &["provider"]),
    // What the tools of the game are called is a word of the providers' own.
    ("provider/acp/decode.rs", &["domain", "provider"]),
    ("provider/acp/dialect.rs", &["domain", "provider"]),
    ("provider/acp/faults.rs", &["domain", "provider"]),
    ("provider/acp/link", &["domain", "provider"]),
    ("provider/acp/link.rs", &["domain", "provider"]),
    ("provider/acp/message.rs", &["domain"]),
    ("provider/acp/prompt.rs", &["domain"]),
    ("provider/claude/asking.rs", &["provider"]),
    ("provider/claude/decode.rs", &["domain", "provider"]),
    ("provider/codex/asking.rs", &["provider"]),
    ("provider/codex/decode.rs", &["domain", "provider"]),
    ("provider/codex/frame.rs", &["domain"]),
    ("provider/codex/outcome.rs", &["domain"]),
    ("provider/codex/request.rs", &["domain", "provider"]),
    ("provider/droid/asking.rs", &["provider"]),
    ("provider/blocks.rs", &["domain"]),
    ("provider/droid/dialogue", &["domain", "provider"]),
    ("provider/droid/dialogue.rs", &["domain", "provider"]),
    ("provider/oracle/grammar.rs", &["domain", "provider"]),
    ("door/discord/budget.rs", &["domain"]),
    ("door/discord/health.rs", &["domain"]),
    ("door/discord/hearing.rs", &["config"]),
    ("door/discord/knobs.rs", &["config"]),
    ("story/recap.rs", &["domain"]),
    ("replay/fields.rs", &[]),
    ("replay/filler.rs", &[]),
    ("door/discord/offered.rs", &["config", "domain"]),
    ("door/discord/spoken.rs", &["config", "domain", "format"]),
    ("door/discord/token.rs", &[]),
    // What dice were named in an action stands beside it, not in it.
    ("story/scene_file.rs", &["domain", "format", "game", "story"]),
];

/// The outside libraries that have one home each: none but these places may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("hmac", &["dice"]),
    // A bot's token says whose it is, in base64.
    ("base64", &["character/card", "door/discord/token.rs", "provider"]),
    ("regex", &["lore"]),
    ("flate2", &["character/card"]),
    ("rmcp", &["tools"]),
    ("axum", &["door/monitor", "tools"]),
    ("prometheus_client", &["telemetry"]),
    ("serenity", &["door/discord", "cli"]),
    ("poise", &["door/discord"]),
    ("sd_notify", &["app/pulse.rs"]),
    ("rusqlite", &["store"]),
    ("rustyline", &["door/terminal"]),
    ("figment", &["config"]),
    ("serde_saphyr", &["character/card", "config", "kit", "provider/oracle"]),
    ("tracing_subscriber", &["telemetry"]),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(below: &Path) -> Vec<PathBuf> {
    if below.is_file() {
        return vec![below.to_owned()];
    }
    let Ok(entries) = fs::read_dir(below) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flat_map(|entry| files(&entry.expect("the folder can be read").path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    found.sort();
    found
}

/// The code of a file: without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file can be read");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn names(code: &str, word: &str) -> bool {
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices(word).any(|(at, found)| {
        boundary(code[..at].chars().next_back()) && boundary(code[at + found.len()..].chars().next())
    })
}

/// The rooms named by `crate::room` in a file.
fn rooms_named(code: &str) -> Vec<&str> {
    let after = code.split("crate::").skip(1);
    after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()).collect()
}

#[test]
fn pure_rooms_name_nothing_that_acts() {
    let mut broken = Vec::new();
    for (room, may_name) in PURE {
        for path in files(&source().join(room)).into_iter().filter(|path| !is_test(path)) {
            let code = code(&path);
            broken.extend(IMPURE.iter().filter(|word| names(&code, word)).map(|word| format!("{path:?} names {word}")));
            let foreign = rooms_named(&code).into_iter().filter(|named| !may_name.contains(named));
            broken.extend(foreign.map(|named| format!("{path:?} names the room {named}")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_table_knows_no_front_door() {
    for room in [
        "table",
        "brief",
        "provider",
        "store",
        "archive",
        "story",
        "format",
        "dice",
        "character",
        "lore",
        "memory",
        "domain",
        "telemetry",
        "config",
    ] {
        for path in files(&source().join(room)) {
            for door in ["door", "cli", "app"] {
                assert!(!rooms_named(&code(&path)).contains(&door), "{path:?} names the room {door}");
            }
        }
    }
}

#[test]
fn outside_libraries_have_one_home() {
    let mut broken = Vec::new();
    for path in files(&source()) {
        let place = path.strip_prefix(source()).expect("it lies below the source").to_string_lossy().into_owned();
        let code = code(&path);
        for (library, homes) in HOMES {
            if names(&code, library) && !homes.iter().any(|home| place.starts_with(home)) {
                broken.push(format!("{place} names {library}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_lives_there() {
    for path in files(&source()).into_iter().filter(|path| !is_test(path)) {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        assert!(text.starts_with("//!"), "{path:?} begins without saying what lives there");
    }
}

#[test]
fn nothing_in_the_project_names_this_machine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "docs", "migrations", "benches"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            // A folder of that name within another is nobody's machine.
            let mut found = text.match_indices(concat!("/wo", "rk/"));
            let names_it = found.any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '>'));
            assert!(!names_it, "{:?} names a path of a machine", entry.path());
        }
    }
}
