//! Which functions run from the start to a first reply: written down for `build.rs`, which has the linker lay them
//! together. Valgrind's callgrind tells; the program has to have its symbols, and no functions folded.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Bot, CHANNELS, discord, oracle_answers, program, start_under};

/// Where the list stands.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/at-rest.txt");
/// A program under valgrind takes fifty times as long.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// Plays, and writes the list anew.
pub fn touched() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("touched");
    let discord = discord(PATIENCE);
    let names: Vec<_> = (1..=CHANNELS).map(|number| format!("table-{number}")).collect();
    let valgrind = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        "--demangle=no".to_owned(),
        "--compress-strings=no".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let bot = start_under(&valgrind, &discord, &names, "oracle");
    std::thread::sleep(Duration::from_secs(20));
    dump(&bot);
    oracle_answers(&discord, &discord.channel(&names[0]), 2);
    dump(&bot);
    drop(bot);

    let parts = ["touched.1", "touched.2"].map(|part| functions(&folder.path().join(part)));
    // Most functions say in their name what the compiler made of everything around them: that is left out.
    let mut seen = BTreeSet::new();
    let list: Vec<_> = parts.into_iter().flatten().filter(|name| seen.insert(name.clone())).collect();
    assert!(list.len() > 1_000, "only {} functions have names: is `{}` stripped?", list.len(), program().display());
    println!("{} functions ran", list.len());
    std::fs::write(LIST, list.join("\n") + "\n").unwrap();
}

/// Has callgrind write what ran since the last time.
#[expect(clippy::disallowed_methods, reason = "valgrind is asked by a program of its own")]
fn dump(bot: &Bot) {
    let asked =
        Command::new("vgdb").arg(format!("--pid={}", bot.child.id())).arg("dump").stdout(Stdio::null()).status();
    assert!(asked.unwrap().success(), "valgrind did not answer");
}

/// The program's own functions in one of callgrind's files, without what changes from build to build.
fn functions(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let ours = program().display().to_string();
    let mut here = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            here = object == ours;
        } else if let Some(name) = line.strip_prefix("fn=").filter(|name| here && is_symbol(name)) {
            found.insert(without_hash(name).to_owned());
        }
    }
    found
}

/// Neither an address nor valgrind's words for what has no name.
fn is_symbol(name: &str) -> bool {
    !name.starts_with("0x") && name.chars().all(|char| char.is_ascii_alphanumeric() || "_$.".contains(char))
}

/// `_ZN4core3fmt5write17h0123456789abcdefE` without what stands after `write`.
fn without_hash(name: &str) -> &str {
    let at = name.rfind("17h").filter(|_| name.starts_with("_ZN"));
    at.filter(|at| name[at + 3..].len() > 16).map_or(name, |at| &name[..at])
}
