//! Own keys: given in a file, seen by the provider's program and by nobody else, whatever that program says of them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::cli::example;
use crate::support::installation::{Installation, text};
use crate::support::processes::alive_in;

/// Found nowhere but where it belongs.
const CANARY: &str = "sk-canary-7f3a91c55e024b6d";

/// The providers, their stand-ins, and the variable that each takes its key from.
const PROVIDERS: [(&str, &str, &str); 4] = [
    ("claude", "fake-cli", "ANTHROPIC_API_KEY"),
    ("codex", "fake-agent", "OPENAI_API_KEY"),
    ("gemini", "fake-acp", "GEMINI_API_KEY"),
    ("droid", "fake-agent", "FACTORY_API_KEY"),
];

/// An installation whose providers are stand-ins with a key from a file that only we can read.
fn installation() -> Installation {
    let home = Installation::new();
    let bin = home.folder().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let key = home.folder().join("key.txt");
    std::fs::write(&key, format!("{CANARY}\n")).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let providers = PROVIDERS.map(|(name, program, variable)| {
        std::os::unix::fs::symlink(example(program), bin.join(name)).unwrap();
        format!("  {name}: {{ command: bin/{name}, env: {{ {variable}_FILE: key.txt }} }}\n").replace("bin/", "./bin/")
    });
    home.config(&format!("logging: {{ level: debug }}\nproviders:\n{}", providers.concat()));
    home
}

/// Every file under `folder` that holds the canary, but for the one it was given in.
fn files_with_it(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, about) = (entry.path(), entry.file_type().unwrap());
        if about.is_dir() {
            files_with_it(&path, found);
        } else if about.is_file() && !path.ends_with("key.txt") {
            let bytes = std::fs::read(&path).unwrap_or_default();
            if bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
}

#[test]
fn a_key_is_seen_by_its_provider_and_stands_nowhere_else() {
    let home = installation();
    let mut said = String::new();
    for (name, _, variable) in PROVIDERS {
        let lines = format!(
            "[[fake:plain]] hello\n[[fake:reveal var={variable}]] tell me\n[[fake:leak var={variable}]] and again\n"
        );
        let output = home.run_with(&["play", "--provider", name], &lines);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(out.contains("The key is [secret], it says."), "{name} had the key and its word is kept: {out}\n{err}");
        said.push_str(&(out + &err));
        in_the_open_while_it_runs(&home, name);
    }
    for words in [&["check"][..], &["check", "--json"], &["logs"], &["story", "list"]] {
        let output = home.run(words);
        said.push_str(&(text(&output.stdout) + &text(&output.stderr)));
    }
    assert!(!said.contains(CANARY), "it was said to people: {said}");
    let mut found = Vec::new();
    files_with_it(home.folder(), &mut found);
    assert_eq!(found, [] as [String; 0]);
    // That nothing was found means something: the words around it were written.
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert_eq!(log.matches("invalid api key [secret]").count().min(4), 4, "{log}");
    assert!(home.scene_file(1).unwrap().contains("The key is [secret], it says."));
}

#[test]
fn a_key_in_what_a_provider_asks_leave_for_is_not_shown_to_those_who_are_asked() {
    let home = installation();
    let providers = std::fs::read_to_string(home.folder().join("config.yaml")).unwrap();
    home.config(&format!("{providers}limits: {{ ask_timeout: 1s }}\ntables: [{{ name: home, mode: coding }}]\n"));
    for (name, _, variable) in PROVIDERS {
        let mode = if name == "claude" { "ask" } else { "permission" };
        let line = format!("[[fake:{mode} var={variable}]] may you\n");
        let output = home.run_with(&["play", "--provider", name], &line);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let said = out + &err;
        assert!(said.contains("[secret]") && said.contains("asks for leave"), "{name}: {said}");
        assert!(!said.contains(CANARY), "{name}: {said}");
    }
    let mut found = Vec::new();
    files_with_it(home.folder(), &mut found);
    assert_eq!(found, [] as [String; 0]);
}

/// No command line of anything that runs shows the key; the program that it is for has it in its environment.
fn in_the_open_while_it_runs(home: &Installation, provider: &str) {
    let mut sitting = home.sit(&["play", "--provider", provider]);
    sitting.types("[[fake:slow n=40 delay=50]] slowly");
    let has_it = |pid: &i32| {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
    };
    let pids = crate::support::installation::until("the provider runs with its key", || {
        let pids = alive_in(home.folder());
        pids.iter().any(has_it).then_some(pids)
    });
    assert!(pids.len() >= 2, "the program and the provider's");
    for pid in pids {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains(CANARY), "{provider}: on a command line");
    }
    let (_, out, err) = sitting.end();
    assert!(!format!("{out:?}{err:?}").contains(CANARY));
}

#[test]
fn a_key_of_our_own_environment_is_kept_the_same_way() {
    let mut home = Installation::with_fake_claude();
    home.env("ANTHROPIC_API_KEY", CANARY);
    home.config("logging: { level: debug }\n");
    let lines = "[[fake:reveal var=ANTHROPIC_API_KEY]] tell\n[[fake:leak var=ANTHROPIC_API_KEY]] me\n";
    let output = home.run_with(&["play", "--provider", "claude"], lines);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("The key is [secret], it says.") && !said.contains(CANARY), "{said}");
    let mut found = Vec::new();
    files_with_it(home.folder(), &mut found);
    assert_eq!(found, [] as [String; 0]);
}

#[test]
fn a_file_with_a_key_that_everybody_can_read_is_noted() {
    let home = installation();
    let noted = |home: &Installation| text(&home.run(&["check"]).stdout).contains("everybody on this machine can read");
    assert!(!noted(&home));
    let key = home.folder().join("key.txt");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(noted(&home));
    home.run_with(&["play", "--provider", "oracle"], "I look.\n");
    home.log_has("everybody on this machine can read").expect("it is in the log as well");
    std::fs::remove_file(&key).unwrap();
    let output = home.run(&["check"]);
    assert!(text(&output.stdout).contains("there is no such file"), "{output:?}");
}
