//! A view as lines of a terminal of a certain size. PURE.
//! No line is wider than the terminal, whatever alphabet names are written in, and nothing in a name acts on it.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::view::{Process, TableLine, View};

/// How it is to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looks {
    /// Columns.
    pub(super) width: usize,
    /// Lines.
    pub(super) height: usize,
    /// Whether colours are used.
    pub(super) colour: bool,
}

/// Between two columns.
const GAP: usize = 2;
/// Lines above and below the tables: two of the program, an empty one, the headings, the last one.
const FRAME: usize = 5;

/// A column: its heading, how wide it may be, and what it says.
struct Column {
    title: &'static str,
    most: usize,
    right: bool,
    says: fn(&TableLine, i64) -> String,
}

const COLUMNS: [Column; 7] = [
    Column { title: "TABLE", most: 40, right: false, says: |line, _| line.table.clone() },
    Column { title: "PLAYERS", most: 40, right: false, says: |line, _| line.people.join(", ") },
    Column { title: "ANSWERS", most: 16, right: false, says: |line, _| line.provider.clone().unwrap_or_default() },
    Column { title: "RUNS", most: 14, right: false, says: |line, _| runs(line) },
    Column { title: "QUEUE", most: 5, right: true, says: |line, _| line.waiting.to_string() },
    Column { title: "TODAY", most: 10, right: true, says: |line, _| today(line) },
    Column { title: "LAST ERROR", most: 16, right: false, says: error },
];
/// Which become shorter, by their place above, and how short.
const NARROWED: [(usize, usize); 2] = [(1, 8), (0, 10)];
/// Which go first where there is no room, by their place above.
const GO_FIRST: [usize; 4] = [2, 1, 6, 5];

/// Draws.
pub(super) fn draw(view: &View, looks: &Looks) -> Vec<String> {
    let mut lines = vec![looks.paint(if view.running { "1" } else { "1;31" }, &looks.cut(&first(view)))];
    lines.push(looks.cut(&view.note.as_deref().map_or_else(|| second(view), plain)));
    if !view.tables.is_empty() {
        lines.push(String::new());
        let rows = looks.height.saturating_sub(FRAME).max(1);
        lines.extend(tables(view, looks, rows));
        if view.tables.len() > rows {
            lines.push(looks.paint("2", &looks.cut(&format!("and {} more", view.tables.len() - rows))));
        }
    }
    lines.truncate(looks.height.max(1));
    lines
}

/// The program.
fn first(view: &View) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if !view.running {
        let left = if view.tables.is_empty() { "" } else { " This is how it left its tables." };
        return format!(
            "talekeeper is not running: no program holds {}.{left}",
            plain(&view.data_dir.to_string_lossy())
        );
    }
    let who = view.process.as_ref().map_or_else(String::new, |process| {
        format!("  process {}, up {}", process.pid, span(i64::try_from(process.up_s).unwrap_or(i64::MAX) * 1000))
    });
    let ready = view.ready.as_deref().map_or_else(String::new, |ready| format!("  {}", plain(ready)));
    format!("talekeeper {version}{who}{ready}")
}

/// Everything together.
fn second(view: &View) -> String {
    let runs = view.tables.iter().filter(|line| line.turn.is_some()).count();
    let waits: usize = view.tables.iter().map(|line| line.waiting).sum();
    // The sum of nothing is a negative zero.
    let today = view.tables.iter().fold(0.0, |sum, line| sum + line.today_usd);
    let tables = format!(
        "{}, {} running, {waits} waiting, ${today:.2} today",
        counted(view.tables.len(), "table"),
        counted(runs, "turn")
    );
    let Some(Process { memory_bytes, descriptors, provider_processes, provider_memory_bytes, .. }) = &view.process
    else {
        return tables;
    };
    let (own, theirs) = (memory_bytes / 1_000_000, provider_memory_bytes / 1_000_000);
    format!(
        "{tables}  {own} MB, {descriptors} descriptors  {}, {theirs} MB",
        counted(usize::try_from(*provider_processes).unwrap_or(usize::MAX), "provider process")
    )
}

/// The headings and as many tables as there is room for.
fn tables(view: &View, looks: &Looks, rows: usize) -> Vec<String> {
    let shown = &view.tables[..view.tables.len().min(rows)];
    let cells: Vec<[String; 7]> =
        shown.iter().map(|line| COLUMNS.each_ref().map(|column| plain(&(column.says)(line, view.at_ms)))).collect();
    let widths = widths(&cells, looks.width);
    let heading = COLUMNS.each_ref().map(|column| column.title.to_owned());
    let mut lines = vec![looks.paint("7", &row(&heading, &widths))];
    for (cells, line) in cells.iter().zip(shown) {
        let colour = match line {
            line if line.paused => "33",
            line if line.turn.is_some() => "32",
            _ => "",
        };
        lines.push(looks.paint(colour, &row(cells, &widths)));
    }
    lines
}

/// How wide each column is; one that is not shown has none.
fn widths(cells: &[[String; 7]], width: usize) -> [usize; 7] {
    let mut natural = [0; 7];
    for (at, column) in COLUMNS.iter().enumerate() {
        let widest = cells.iter().map(|cells| cells[at].width()).max().unwrap_or(0);
        // A column that says nothing takes no room, unless it is the first.
        natural[at] = if widest > 0 || at == 0 { widest.max(column.title.len()).min(column.most) } else { 0 };
    }
    // Names become shorter first, then columns go, one after another; the table's own name stays to the last.
    for gone in 0..=GO_FIRST.len() {
        let mut widths = natural;
        for at in &GO_FIRST[..gone] {
            widths[*at] = 0;
        }
        for (at, least) in NARROWED {
            narrow(&mut widths, at, least, width);
        }
        if total(&widths) <= width {
            return widths;
        }
        natural = if gone == GO_FIRST.len() { widths } else { natural };
    }
    narrow(&mut natural, 0, 1, width);
    natural
}

fn narrow(widths: &mut [usize; 7], at: usize, least: usize, width: usize) {
    let over = total(widths).saturating_sub(width);
    widths[at] = widths[at].saturating_sub(over).max(least.min(widths[at]));
}

fn total(widths: &[usize; 7]) -> usize {
    let shown = widths.iter().filter(|width| **width > 0);
    shown.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

fn row(cells: &[String; 7], widths: &[usize; 7]) -> String {
    let mut text = String::new();
    for ((cell, width), column) in cells.iter().zip(widths).zip(&COLUMNS).filter(|((_, width), _)| **width > 0) {
        if !text.is_empty() {
            text.push_str(&" ".repeat(GAP));
        }
        let cell = cut(cell, *width);
        let pad = " ".repeat(width.saturating_sub(cell.width()));
        let (before, after) = if column.right { (pad.as_str(), "") } else { ("", pad.as_str()) };
        text.push_str(before);
        text.push_str(&cell);
        text.push_str(after);
    }
    text
}

fn runs(line: &TableLine) -> String {
    match (line.turn, line.turn_ms) {
        _ if line.paused => "paused".to_owned(),
        (Some(turn), Some(millis)) => format!("#{turn} {}", span(millis)),
        (Some(turn), None) => format!("#{turn}"),
        _ => "-".to_owned(),
    }
}

fn today(line: &TableLine) -> String {
    // What nobody told the price of is not nothing.
    let unknown = if line.today_unpriced > 0 { "+?" } else { "" };
    format!("${:.2}{unknown}", line.today_usd)
}

fn error(line: &TableLine, now: i64) -> String {
    let Some(id) = &line.last_error else { return String::new() };
    let ago = line.last_error_at_ms.map_or_else(String::new, |at| format!(" {}", span(now - at)));
    format!("{id}{ago}")
}

/// A stretch of time in its largest unit, two for hours and days.
fn span(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 {
        ""
    } else if what.ends_with('s') {
        "es"
    } else {
        "s"
    };
    format!("{count} {what}{ending}")
}

/// A text that stays on its line.
fn plain(text: &str) -> String {
    let safe = crate::format::escape::terminal(text);
    safe.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As much of a text as fits into so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut left = width.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        let Some(rest) = left.checked_sub(grapheme.width()) else { break };
        left = rest;
        kept.push_str(grapheme);
    }
    kept + if width > 0 { "…" } else { "" }
}

impl Looks {
    fn cut(&self, text: &str) -> String {
        cut(text, self.width)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let crown = TableLine {
            table: "sunken-crown".into(),
            people: vec!["Ana".into(), "지우".into(), "\u{1b}[31mBen\nthe Bad".into()],
            provider: Some("claude".into()),
            turn: Some(12),
            turn_ms: Some(8_400),
            waiting: 2,
            today_usd: 1.234,
            today_unpriced: 1,
            last_error: Some("E-7K3M9QZX".into()),
            last_error_at_ms: Some(1_000_000 - 200_000),
            ..TableLine::default()
        };
        let quiet = TableLine { table: "달빛".into(), paused: true, ..TableLine::default() };
        let process = Process {
            pid: 77,
            up_s: 11_520,
            memory_bytes: 45_000_000,
            descriptors: 38,
            provider_processes: 3,
            provider_memory_bytes: 612_000_000,
        };
        View {
            at_ms: 1_000_000,
            running: true,
            process: Some(process),
            ready: Some("ready".into()),
            tables: vec![crown, quiet],
            ..View::default()
        }
    }

    fn drawn(width: usize) -> String {
        draw(&view(), &Looks { width, height: 24, colour: false })
            .join("\n")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        insta::assert_snapshot!(drawn(120));
    }

    #[test]
    fn a_narrow_terminal_shows_what_matters_most() {
        insta::assert_snapshot!(format!("{}\n\n{}", drawn(60), drawn(34)));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_page_longer() {
        for width in 1..130 {
            for height in [1, 4, 6, 24] {
                let lines = draw(&view(), &Looks { width, height, colour: false });
                assert!(lines.len() <= height, "{height}");
                for line in lines {
                    assert!(line.width() <= width.max(25), "{width}: {line:?}");
                    assert!(!line.contains(['\u{1b}', '\n']), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn a_bot_that_is_down_is_said_to_be() {
        let mut view = View { running: false, process: None, ready: None, data_dir: "data".into(), ..view() };
        let first = |view: &View| draw(view, &Looks { width: 200, height: 9, colour: true }).remove(0);
        assert!(first(&view).starts_with("\u{1b}[1;31mtalekeeper is not running: no program holds data. This is how"));
        view.tables.clear();
        view.note = Some("There is no database yet.".to_owned());
        insta::assert_snapshot!(draw(&view, &Looks { width: 200, height: 9, colour: false }).join("\n"), @r"
        talekeeper is not running: no program holds data.
        There is no database yet.
        ");
    }

    #[test]
    fn more_tables_than_lines_are_counted() {
        let view = View { tables: vec![TableLine::default(); 30], ..view() };
        let lines = draw(&view, &Looks { width: 80, height: 10, colour: false });
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (10, Some("and 25 more")));
    }
}
