//! Bad input, a broken machine, a misbehaving CLI: a plain sentence each, and nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::installation::{Installation, text, until};
use crate::support::left_out;

#[test]
fn empty_and_blank_actions_are_told_so() {
    let home = Installation::new();
    let output = home.run_with(&["play"], "\n   \t \nI wake up.\n");
    assert!(output.status.success());
    assert_eq!(text(&output.stderr).matches("There is nothing in that").count(), 2, "{output:?}");
    assert!(home.scene_file(1).unwrap().contains("I wake up."));
}

#[test]
fn an_action_of_200_kb_is_refused_and_the_next_one_is_heard() {
    let home = Installation::new();
    let lines = format!("{}\nI take a breath.\n", "word ".repeat(40_000));
    let output = home.run_with(&["play"], &lines);
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("That is too long: 196 KB, and 31 KB are allowed"),
        "{}",
        text(&output.stderr)
    );
    assert!(home.scene_file(1).unwrap().contains("I take a breath."));
}

#[test]
fn an_unknown_table_is_named_with_those_there_are() {
    let home = Installation::new();
    home.config("tables:\n  - name: sunken-crown\n");
    let output = home.run(&["play", "--table", "sunken-clown"]);
    assert_eq!(output.status.code(), Some(2));
    let err = text(&output.stderr);
    assert!(err.contains("There is no table \"sunken-clown\" (there is: sunken-crown)"), "{err}");
    let output = home.run(&["play", "--table", "../etc"]);
    assert_eq!(output.status.code(), Some(2));
    let output = home.run_with(&["play", "--table", "side-quest", "--new"], "I go.\n");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let home = Installation::new();
    home.config("data_dri: ./data\nlimits: { running_turns: many }\ntables:\n  - name: Bad Name\n");
    let output = home.run(&["play"]);
    assert_eq!(output.status.code(), Some(2));
    let err = text(&output.stderr);
    assert!(
        err.contains("did you mean `data_dir`?")
            && err.contains("limits.running_turns")
            && err.contains("tables[0].name"),
        "{err}"
    );
    let missing = home.run(&["--config", "typo.yaml", "play"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_second_program_on_the_same_folder_is_refused() {
    let home = Installation::new();
    let mut first = home.sit(&["play"]);
    first.types("I sit down.");
    first.expect("# ");
    let second = home.run_with(&["play"], "Me too.\n");
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("in use by another running program"), "{second:?}");
    let check = home.run(&["check"]);
    assert!(check.status.success(), "looking is allowed: {check:?}");
    first.ends_input();
    assert_eq!(first.end().0, Some(0));
}

#[test]
fn a_data_folder_that_cannot_be_used_is_said_plainly() {
    let home = Installation::new();
    fs::write(home.data(), "not a folder").unwrap();
    let output = home.run_with(&["play"], "I go.\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is not a folder"), "{output:?}");
    assert_eq!(home.run(&["check"]).status.code(), Some(1));
    fs::remove_file(home.data()).unwrap();
    fs::create_dir(home.data()).unwrap();
    fs::set_permissions(home.data(), fs::Permissions::from_mode(0o555)).unwrap();
    let output = if nix::unistd::geteuid().is_root() {
        // Root may write anywhere, so somebody else has to try.
        fs::set_permissions(home.folder(), fs::Permissions::from_mode(0o755)).unwrap();
        home.run_as_nobody(&["play"])
    } else {
        home.run_with(&["play"], "I go.\n")
    };
    let err = text(&output.stderr);
    if output.status.code() == Some(126) || err.contains("setpriv:") {
        return left_out("a folder without the right to write, because nobody else may run the program here");
    }
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("The table cannot be opened") && err.contains("cannot be"), "{err}");
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I go.\n").status.success());
    let file = home.data().join("talekeeper.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 9_999).unwrap();
    drop(connection);
    let before = fs::read(&file).unwrap();
    let output = home.run_with(&["play"], "I go on.\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("schema 9999"), "{output:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_half_written_story_file_is_made_whole_again() {
    let home = Installation::new();
    assert!(home.run_with(&["play"], "I go.\n").status.success());
    let whole = home.scene_file(1).unwrap();
    let folder = home.data().join("stories/home");
    let path = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(home.run_with(&["play"], "").status.success());
    until("the file to be whole", || (home.scene_file(1)? == whole).then_some(()));
}

#[test]
fn nothing_that_people_or_models_write_reaches_a_terminal_raw() {
    let home = Installation::with_fake_claude();
    let lines = "I write \u{1b}[2J\u{9b}31m and ring \u{7}. [[fake:ansi]]\n/story\n";
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    let shown = [output.stdout, output.stderr].concat();
    assert!(!shown.iter().any(|byte| matches!(byte, 0x1b | 0x07 | 0x08)), "{}", text(&shown));
    assert!(!text(&shown).contains('\u{9b}'));
    assert!(!home.scene_file(1).unwrap().contains('\u{1b}'));
}

#[test]
fn damaged_bytes_from_a_cli_are_replaced() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "I listen. [[fake:bad-utf8]]\n");
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stdout.is_empty() || text(&output.stderr).contains("E-"), "{output:?}");
}

#[test]
fn a_cli_that_is_not_there_or_not_executable_is_said_so() {
    let home = Installation::new();
    home.config("providers: { claude: { command: ./no-such-claude } }\n");
    let output = home.run_with(&["play", "--provider", "claude"], "I go.\n");
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("Claude is not installed here"), "{output:?}");
    fs::write(home.folder().join("no-such-claude"), "#!/bin/sh\n").unwrap();
    let output = home.run_with(&["play", "--provider", "claude"], "I go.\n");
    assert!(
        text(&output.stderr).contains("could not be started") || text(&output.stderr).contains("not installed"),
        "{output:?}"
    );
    let back = home.run_with(&["play", "--provider", "oracle"], "/retry\n");
    assert!(!back.stdout.is_empty(), "what was said is not lost: {back:?}");
}

#[test]
fn an_update_notice_first_is_no_harm_and_no_text_is_a_failure_with_an_id() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "I go. [[fake:notice]]\nI stay. [[fake:silent]]\n");
    assert!(text(&output.stdout).contains("I go."), "{output:?}");
    let err = text(&output.stderr);
    assert!(err.contains("answered with nothing"), "{err}");
    let id = err.split("(E-").nth(1).and_then(|rest| rest.split(')').next()).expect("an error id");
    let logs = home.run(&["logs", "--error", &format!("E-{id}")]);
    assert!(text(&logs.stdout).contains("provider failed"), "{logs:?}");
}

/// A small file system of its own, gone with the test.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    #[expect(clippy::disallowed_methods, reason = "the test mounts the disk that it fills")]
    fn mount(at: &std::path::Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(at).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    #[expect(clippy::disallowed_methods, reason = "the test takes down the disk that it mounted")]
    fn drop(&mut self) {
        drop(std::process::Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_refuses_the_action_and_play_goes_on_when_there_is_room() {
    let home = Installation::new();
    let Some(disk) = SmallDisk::mount(&home.data()) else {
        left_out("a full disk, because this user may not mount a small one");
        return;
    };
    let mut sitting = home.sit(&["play"]);
    sitting.types("I begin.");
    sitting.expect("# ");
    let ballast = disk.0.join("ballast");
    let mut size = 2_000_000;
    while size > 0 {
        use std::io::Write;
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&ballast).unwrap();
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
    sitting.types(&format!("I carry {}.", "stones ".repeat(2_000)));
    sitting.expect_note("because the disk is full");
    fs::remove_file(&ballast).unwrap();
    sitting.types("I put them down.");
    sitting.types("/status");
    sitting.expect("Turns     2");
    assert_eq!(sitting.end().0, Some(0));
}
