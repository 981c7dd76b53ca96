//! `talekeeper logs`: shows the JSON log to people, or the lines that matter to programs.
//! Never changes a log file, and never stops at a line it cannot read.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use tracing::Level;

use crate::domain::{ErrorId, TableName};
use crate::telemetry::{Style, Tail, TailError, log_file, parse_error_id, plain, pretty};

use filter::{Filter, Verdict};

mod filter;

/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Lines shown before following begins, when nobody says how many.
const BEFORE_FOLLOWING: usize = 20;

/// Bytes that are shown of a line that is no log line.
const SHOWN_OF_GARBAGE: usize = 200;

/// Show the log.
///
/// Reads every log file in the data folder, the oldest first, and prints a line for each event: its time with the
/// offset from UTC, its level, the table, the turn and the provider in brackets, what happened, and the facts. An
/// error is followed by everything that caused it. Lines that are no log lines, for instance one cut short by a
/// power failure, are shown as they are behind a question mark.
///
/// All filters have to match. The log itself is documented in docs/logging.md.
#[derive(Args, Clone, Debug, Default)]
pub struct LogsArgs {
    /// Keep running and show new lines as they are written.
    ///
    /// Begins with the last 20 lines that match, or as many as --lines says, and goes on when the log is rotated.
    /// Stop with Ctrl-C.
    #[arg(short, long)]
    pub follow: bool,

    /// Show only lines of this level and worse.
    ///
    /// From bad to chatty: error, warn, info, debug, trace. Lines the log was not told to keep (logging.level in
    /// the configuration) are not in it and cannot be shown.
    #[arg(short, long, value_name = "LEVEL", ignore_case = true, value_parser = levels())]
    pub level: Option<Level>,

    /// Show only lines of this table.
    #[arg(short, long, value_name = "NAME")]
    pub table: Option<TableName>,

    /// Show only lines of the turn with this number.
    ///
    /// Turns are counted for each table, so this is most useful together with --table.
    #[arg(long, value_name = "NUMBER")]
    pub turn: Option<u64>,

    /// Show the error with this id and the other lines of its turn.
    ///
    /// The id is the one people were shown at the table, such as E-7K3M9QZX. Upper and lower case are the same, the
    /// E- may be left out, and the letters O, I and L are taken for the digits 0, 1 and 1.
    #[arg(short, long, value_name = "ID", value_parser = parse_error_id, conflicts_with_all = ["follow", "table", "turn"])]
    pub error: Option<ErrorId>,

    /// Print the JSON lines themselves, for jq and other programs.
    ///
    /// Lines that are no log lines are left out, so that the output can be relied on.
    #[arg(long)]
    pub json: bool,

    /// Show only the last NUMBER lines that match.
    ///
    /// Without it all are shown, or the last 20 with --follow.
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub lines: Option<usize>,
}

fn levels() -> impl clap::builder::TypedValueParser<Value = Level> {
    PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"]).try_map(|level| level.parse::<Level>())
}

/// Where the command writes.
pub struct Console<'a> {
    /// Lines of the log; standard output.
    pub out: &'a mut dyn Write,
    /// Sentences about it; standard error, so that they never mix with lines for a program.
    pub notes: &'a mut dyn Write,
    /// How lines for people look.
    pub style: Style,
}

/// Why the log could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// A file is there and cannot be read.
    #[error(transparent)]
    Read(#[from] TailError),
    /// The lines cannot be written.
    #[error("could not write the lines")]
    Write(#[from] io::Error),
}

/// Shows what `args` ask for of the log in `folder`. A reader that goes away (`| head`) is a good end.
///
/// # Errors
/// When a log file cannot be read or the lines cannot be written.
pub fn run(args: &LogsArgs, folder: &Path, console: Console<'_>) -> Result<(), LogsError> {
    run_with(args, folder, console, &mut || {
        std::thread::sleep(LOOK);
        ControlFlow::Continue(())
    })
}

/// As [`run`], with the waiting between two looks at a followed log given in; following ends when it breaks.
fn run_with(
    args: &LogsArgs,
    folder: &Path,
    console: Console<'_>,
    pause: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<(), LogsError> {
    let Console { out, notes, style } = console;
    let mut printer = Printer { out: BufWriter::new(out), notes, style, json: args.json, shown: 0 };
    match show(args, folder, &mut printer, pause).and_then(|()| Ok(printer.out.flush()?)) {
        Err(LogsError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still buffered has no reader; writing it when the buffer is dropped would only fail again.
            let _ = printer.out.into_parts();
            Ok(())
        }
        other => other,
    }
}

fn show(
    args: &LogsArgs,
    folder: &Path,
    printer: &mut Printer<'_>,
    pause: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<(), LogsError> {
    let mut tail = Tail::open(folder)?;
    if tail.is_empty() {
        let path = log_file(folder);
        printer.note(&format!("There is no log yet: {} does not exist.", path.display()))?;
        if !args.follow {
            return Ok(());
        }
    }
    let filter = match &args.error {
        Some(id) => Filter::around(id, Tail::open(folder)?, args.level)?,
        None => Filter::of(args),
    };
    let last = args.lines.or(args.follow.then_some(BEFORE_FOLLOWING));
    history(&mut tail, &filter, last, printer)?;
    if args.follow {
        return follow(&mut tail, &filter, printer, pause);
    }
    if let Some(rest) = tail.rest() {
        printer.print(&filter, &rest)?;
    }
    if printer.shown == 0 && args.lines != Some(0) && !tail.is_empty() {
        printer.note(&nothing(args))?;
    }
    Ok(())
}

/// Prints what is there now: everything that passes, or the last few of it.
fn history(tail: &mut Tail, filter: &Filter, last: Option<usize>, printer: &mut Printer<'_>) -> Result<(), LogsError> {
    let Some(last) = last else {
        while let Some(line) = tail.next_line()? {
            printer.print(filter, line)?;
        }
        return Ok(());
    };
    let mut kept: VecDeque<Vec<u8>> = VecDeque::new();
    while let Some(line) = tail.next_line()? {
        if last == 0 || !filter.keeps(line) {
            continue;
        }
        // The oldest line's memory is used again: most lines are kept for a moment only.
        let mut memory = if kept.len() == last { kept.pop_front().unwrap_or_default() } else { Vec::new() };
        memory.clear();
        memory.extend_from_slice(line);
        kept.push_back(memory);
    }
    for line in kept {
        printer.print(filter, &line)?;
    }
    Ok(())
}

/// Prints what comes until waiting is broken off.
fn follow(
    tail: &mut Tail,
    filter: &Filter,
    printer: &mut Printer<'_>,
    pause: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<(), LogsError> {
    loop {
        while let Some(line) = tail.next_line()? {
            printer.print(filter, line)?;
        }
        printer.out.flush()?;
        if pause().is_break() {
            return Ok(());
        }
        tail.refresh()?;
    }
}

/// Says that nothing was shown, and what may help.
fn nothing(args: &LogsArgs) -> String {
    match &args.error {
        Some(id) => format!("No line has the error id {id}. The file it was in may have been dropped since."),
        None => "No line matches.".to_owned(),
    }
}

/// Writes lines the way they were asked for.
struct Printer<'a> {
    out: BufWriter<&'a mut dyn Write>,
    notes: &'a mut dyn Write,
    style: Style,
    json: bool,
    shown: u64,
}

impl Printer<'_> {
    fn print(&mut self, filter: &Filter, line: &[u8]) -> io::Result<()> {
        let text = match filter.judge(line) {
            Verdict::Skip => return Ok(()),
            Verdict::Show(record) if self.json => record.to_line(),
            Verdict::Show(record) => pretty(&record, &self.style),
            Verdict::Garbage if self.json => return Ok(()),
            Verdict::Garbage => garbage(line),
        };
        self.shown += 1;
        self.out.write_all(text.as_bytes())
    }

    fn note(&mut self, sentence: &str) -> io::Result<()> {
        writeln!(self.notes, "{}", plain(sentence))
    }
}

/// A line that is no log line, or the end of one that was cut short.
fn garbage(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(&line[..line.len().min(SHOWN_OF_GARBAGE)]);
    let more = if line.len() > SHOWN_OF_GARBAGE { "…" } else { "" };
    format!("? {}{more}\n", plain(&text))
}

#[cfg(test)]
mod tests {
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
}
