use std::fs;

use clap::Parser;
use jiff::tz::TimeZone;

use super::*;
use crate::telemetry::{Record, Rotating};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: LogsArgs,
}

fn args(typed: &str) -> LogsArgs {
    Cli::try_parse_from(std::iter::once("logs").chain(typed.split_whitespace())).unwrap().args
}

fn line(second: u32, level: &str, msg: &str, fields: &str) -> String {
    let time = format!("2026-11-21T13:00:{second:02}.000Z");
    format!(r#"{{"ts":"{time}","level":"{level}","target":"talekeeper::table","msg":"{msg}"{fields}}}"#)
}

/// Two tables, one error, over three small files.
fn a_log() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Rotating::open(folder.path(), 300, 5).unwrap();
    let crown = r#","table":"crown","turn":7"#;
    for line in [
        line(1, "info", "turn opened", crown),
        line(2, "info", "turn opened", r#","table":"keep","turn":7"#),
        line(3, "warn", "provider is slow", crown),
        line(
            4,
            "error",
            "turn failed",
            &format!(r#"{crown},"error_id":"E-7K3M9QZX","error":"silent","caused_by":["no output"]"#),
        ),
        line(5, "debug", "a crown elsewhere", r#","table":"keep","turn":8"#),
        line(6, "info", "apology sent", r#","error_id":"E-7K3M9QZX""#),
    ] {
        writeln!(log, "{line}").unwrap();
    }
    folder
}

fn console<'a>(out: &'a mut Vec<u8>, notes: &'a mut Vec<u8>) -> Console<'a> {
    Console { out, notes, style: Style { colour: false, zone: TimeZone::UTC } }
}

/// What is printed for `typed`: the lines and, behind `!`, the sentences.
fn shown(folder: &Path, typed: &str) -> String {
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    run(&args(typed), folder, console(&mut out, &mut notes)).unwrap();
    let notes: String = String::from_utf8(notes).unwrap().lines().map(|note| format!("! {note}\n")).collect();
    String::from_utf8(out).unwrap() + &notes
}

fn messages(folder: &Path, typed: &str) -> Vec<String> {
    let read = |line: &str| Record::from_line(line).unwrap().msg;
    shown(folder, &format!("--json {typed}")).lines().map(read).collect()
}

#[test]
fn all_files_are_shown_oldest_first() {
    let folder = a_log();
    assert!(folder.path().join("talekeeper.log.2").exists());
    insta::assert_snapshot!(shown(folder.path(), ""), @"
        2026-11-21 13:00:01.000Z  INFO [crown #7] turn opened
        2026-11-21 13:00:02.000Z  INFO [keep #7] turn opened
        2026-11-21 13:00:03.000Z  WARN [crown #7] provider is slow
        2026-11-21 13:00:04.000Z ERROR [crown #7] turn failed error_id=E-7K3M9QZX
            error: silent
            caused by: no output
        2026-11-21 13:00:05.000Z DEBUG [keep #8] a crown elsewhere
        2026-11-21 13:00:06.000Z  INFO apology sent error_id=E-7K3M9QZX
        ");
}

#[test]
fn filters_narrow_and_combine() {
    let folder = a_log();
    let check = |typed: &str, expect: &[&str]| assert_eq!(messages(folder.path(), typed), expect, "{typed}");
    check("--level warn", &["provider is slow", "turn failed"]);
    check("--level WARN --lines 1", &["turn failed"]);
    check("--table crown --level info", &["turn opened", "provider is slow", "turn failed"]);
    check("--table keep", &["turn opened", "a crown elsewhere"]);
    check("--table keep --turn 8", &["a crown elsewhere"]);
    check("-n 2", &["a crown elsewhere", "apology sent"]);
    check("-n 0", &[]);
}

#[test]
fn an_error_is_shown_with_its_turn() {
    let folder = a_log();
    insta::assert_snapshot!(shown(folder.path(), "--error e-7k3m9qzx"), @"
        2026-11-21 13:00:01.000Z  INFO [crown #7] turn opened
        2026-11-21 13:00:03.000Z  WARN [crown #7] provider is slow
        2026-11-21 13:00:04.000Z ERROR [crown #7] turn failed error_id=E-7K3M9QZX
            error: silent
            caused by: no output
        2026-11-21 13:00:06.000Z  INFO apology sent error_id=E-7K3M9QZX
        ");
    assert_eq!(messages(folder.path(), "--error 7K3M9QZX --level error"), ["turn failed", "apology sent"]);
}

#[test]
fn nothing_to_show_is_said_and_is_no_failure() {
    let folder = a_log();
    assert_eq!(shown(folder.path(), "--table none"), "! No line matches.\n");
    insta::assert_snapshot!(shown(folder.path(), "--error E-00000000"), @"! No line has the error id E-00000000. The file it was in may have been dropped since.");
    let none = shown(&folder.path().join("none"), "--json").replace(folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!(none, @"! There is no log yet: FOLDER/none/talekeeper.log does not exist.");
}

#[test]
fn what_is_no_log_line_is_shown_harmlessly_and_never_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    let good = line(1, "info", "good", "");
    let mut bytes = format!("{}\n\x1b[2J boo\n{good}\n", &good[..40]).into_bytes();
    bytes.extend_from_slice(b"\xff\xfe\n\n{}\n");
    bytes.extend_from_slice(&good.as_bytes()[..50]);
    fs::write(log_file(folder.path()), bytes).unwrap();
    insta::assert_snapshot!(shown(folder.path(), ""), @r#"
        ? {"ts":"2026-11-21T13:00:01.000Z","level"
        ? \u{1b}[2J boo
        2026-11-21 13:00:01.000Z  INFO good
        ? ��
        ? {}
        ? {"ts":"2026-11-21T13:00:01.000Z","level":"info","t
        "#);
    assert_eq!(messages(folder.path(), ""), ["good"]);
    assert_eq!(shown(folder.path(), "--level info").lines().count(), 1);
}

#[test]
fn a_whole_last_line_without_its_line_feed_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(log_file(folder.path()), line(1, "info", "good", "")).unwrap();
    assert_eq!(messages(folder.path(), ""), ["good"]);
}

#[test]
fn following_goes_on_across_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let mut log = None;
    let mut looks = 0;
    let mut pause = || {
        looks += 1;
        let log = log.get_or_insert_with(|| Rotating::open(&logs, 250, 3).unwrap());
        for number in 0..looks {
            writeln!(log, "{}", line(looks, "info", &format!("look {looks}.{number}"), "")).unwrap();
        }
        if looks == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    run_with(&args("--follow --json"), &logs, console(&mut out, &mut notes), &mut pause).unwrap();
    let out = String::from_utf8(out).unwrap();
    let seen: Vec<String> = out.lines().map(|line| Record::from_line(line).unwrap().msg).collect();
    assert_eq!(seen, ["look 1.0", "look 2.0", "look 2.1", "look 3.0", "look 3.1", "look 3.2"]);
    assert!(String::from_utf8(notes).unwrap().starts_with("There is no log yet"));
}

#[test]
fn following_begins_with_the_last_lines() {
    let folder = a_log();
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let once = &mut || ControlFlow::Break(());
    run_with(&args("-f -n 1 --json"), folder.path(), console(&mut out, &mut notes), once).unwrap();
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 1);
}

/// A reader that takes a little and goes away.
struct Head(usize);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_a_good_end() {
    let folder = a_log();
    for taken in 0..2 {
        let console = Console {
            out: &mut Head(taken),
            notes: &mut io::sink(),
            style: Style { colour: false, zone: TimeZone::UTC },
        };
        let mut looks = 0;
        let mut pause = || {
            looks += 1;
            writeln!(Rotating::open(folder.path(), 9000, 5).unwrap(), "{}", line(9, "info", "more", "")).unwrap();
            ControlFlow::Continue(())
        };
        run_with(&args("--follow"), folder.path(), console, &mut pause).unwrap();
        assert_eq!(looks, taken);
    }
}

#[test]
fn a_log_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(log_file(folder.path())).unwrap();
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let error = run(&args(""), folder.path(), console(&mut out, &mut notes)).unwrap_err();
    assert!(error.to_string().contains("talekeeper.log"), "{error}");
}

#[test]
fn bad_arguments_are_refused_with_what_would_be_good() {
    let refused = |typed: &str| {
        Cli::try_parse_from(std::iter::once("logs").chain(typed.split_whitespace())).err().unwrap().to_string()
    };
    assert!(refused("--error E-1").contains("an error id looks like E-7K3M9QZX"));
    assert!(refused("--level loud").contains("error, warn, info, debug, trace"));
    assert!(refused("--table ../x").contains("lower-case letters"));
    assert!(refused("--error 7K3M9QZX -f").contains("cannot be used with"));
}
