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

/// Show the log
///
/// Reads every log file in the data folder, the oldest first, and prints a line for each event: its time with the
/// offset from UTC, its level, the table, the turn and the provider in brackets, what happened, and the facts. An
/// error is followed by everything that caused it. Lines that are no log lines, for instance one cut short by a
/// power failure, are shown as they are behind a question mark.
///
/// All filters have to match. The log itself is documented in docs/logging.md.
#[derive(Args, Clone, Debug, Default)]
pub struct LogsArgs {
    /// Keep running and show new lines as they are written
    ///
    /// Begins with the last 20 lines that match, or as many as --lines says, and goes on when the log is rotated.
    /// Stop with Ctrl-C.
    #[arg(short, long)]
    pub follow: bool,

    /// Show only lines of this level and worse
    ///
    /// From bad to chatty: error, warn, info, debug, trace. Lines the log was not told to keep (logging.level in
    /// the configuration) are not in it and cannot be shown.
    #[arg(short, long, value_name = "LEVEL", ignore_case = true, value_parser = levels())]
    pub level: Option<Level>,

    /// Show only lines of this table
    #[arg(short, long, value_name = "NAME")]
    pub table: Option<TableName>,

    /// Show only lines of the turn with this number
    ///
    /// Turns are counted for each table, so this is most useful together with --table.
    #[arg(long, value_name = "NUMBER")]
    pub turn: Option<u64>,

    /// Show the error with this id and the other lines of its turn
    ///
    /// The id is the one people were shown at the table, such as E-7K3M9QZX. Upper and lower case are the same, the
    /// E- may be left out, and the letters O, I and L are taken for the digits 0, 1 and 1.
    #[arg(short, long, value_name = "ID", value_parser = parse_error_id, conflicts_with_all = ["follow", "table", "turn"])]
    pub error: Option<ErrorId>,

    /// Print the JSON lines themselves, for jq and other programs
    ///
    /// Lines that are no log lines are left out, so that the output can be relied on.
    #[arg(long)]
    pub json: bool,

    /// Show only the last NUMBER lines that match
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
mod tests;
