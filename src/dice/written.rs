//! Writes a result out so that it reads on a phone: what was thrown, what was dropped, what it came to.
//! What people wrote (labels, notes, the notation itself) is escaped; nothing of it becomes markup or a mention.

use super::outcome::{Critical, Die, Outcome, Row, Shape, Term};
use crate::format::escape;

/// The longest text of one result, in characters. Longer ones show their totals only, so that a message holds them.
pub const WRITTEN_CHARS: usize = 1_200;
/// How many dice of one throw are shown.
const SHOWN_DICE: usize = 30;

/// A result in markdown, as in `2d20kh1+5: (~~7~~, **18**) + 5 = **23**`.
pub fn written(outcome: &Outcome) -> String {
    render(outcome, Marks { bold: "**", struck: "~~", escapes: true })
}

/// The same without markup: dropped dice in square brackets.
pub fn plain(outcome: &Outcome) -> String {
    render(outcome, Marks { bold: "", struck: "", escapes: false })
}

#[derive(Clone, Copy)]
struct Marks {
    bold: &'static str,
    struck: &'static str,
    escapes: bool,
}

impl Marks {
    fn bold(self, text: &str) -> String {
        format!("{0}{text}{0}", self.bold)
    }

    fn struck(self, text: &str) -> String {
        if self.escapes { format!("{0}{text}{0}", self.struck) } else { format!("[{text}]") }
    }

    /// Words of people.
    fn words(self, text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.escapes { escape::markdown(&line) } else { escape::terminal(&line).into_owned() }
    }
}

fn render(outcome: &Outcome, marks: Marks) -> String {
    let full = whole(outcome, marks, &|row| format!("{} = ", term(&row.term, marks)));
    if full.chars().count() <= WRITTEN_CHARS { full } else { whole(outcome, marks, &|_| String::new()) }
}

fn whole(outcome: &Outcome, marks: Marks, dice: &dyn Fn(&Row) -> String) -> String {
    let head = marks.words(notation(outcome));
    let mut out = match &outcome.label {
        Some(label) => format!("{} · {head}:", marks.words(label)),
        None => format!("{head}:"),
    };
    if let [row] = outcome.rows.as_slice() {
        out.push(' ');
        out.push_str(&dice(row));
        out.push_str(&total(row, marks));
        return out;
    }
    for (number, row) in outcome.rows.iter().enumerate() {
        out.push_str(&format!("\n{}. {}{}", number + 1, dice(row), total(row, marks)));
    }
    out
}

/// The notation without its label.
fn notation(outcome: &Outcome) -> &str {
    let text = outcome.text.as_str();
    let Some(label) = &outcome.label else { return text.trim_end_matches(['#', ' ']) };
    text.strip_suffix(label.as_str()).unwrap_or(text).trim_end().trim_end_matches('#').trim_end()
}

fn total(row: &Row, marks: Marks) -> String {
    let mut out = marks.bold(&row.total.to_string());
    if row.term.value != row.total as f64 {
        out = format!("{}, so {out}", number(row.term.value));
    }
    if row.compares {
        out.push_str(if row.total == 1 { " (yes)" } else { " (no)" });
    }
    match row.critical {
        Some(Critical::Hit) => out.push_str(" · natural 20"),
        Some(Critical::Miss) => out.push_str(" · natural 1"),
        None => {}
    }
    out
}

fn term(part: &Term, marks: Marks) -> String {
    let mut out = match &part.shape {
        Shape::Number => number(part.value),
        Shape::Name(name) => format!("{} ({})", number(part.value), marks.words(&format!("@{name}"))),
        Shape::Dice { dice, counted } => {
            let mut out = row(dice, marks);
            if counted.marks || counted.margin {
                out.push_str(&format!(" → {}", number(part.value)));
            }
            out
        }
        Shape::Set { members, counted } => {
            let written: Vec<String> = members.iter().map(|member| term(member, marks)).collect();
            let mut out = format!("({})", written.join(", "));
            if counted.marks || counted.margin || members.len() > 1 {
                out.push_str(&format!(" → {}", number(part.value)));
            }
            out
        }
        // Dice bring brackets of their own.
        Shape::Group(inner) if matches!(inner.shape, Shape::Dice { .. }) => term(inner, marks),
        Shape::Group(inner) => format!("({})", term(inner, marks)),
        Shape::Signed(sign, inner) => format!("{sign}{}", term(inner, marks)),
        Shape::Binary(left, sign, right) => {
            let compares = marks.escapes && sign.contains(['<', '>', '=']);
            let sign = if compares { escape::markdown(sign) } else { (*sign).to_owned() };
            format!("{} {sign} {}", term(left, marks), term(right, marks))
        }
    };
    for note in &part.notes {
        out.push_str(&format!(" {}", marks.words(&format!("[{note}]"))));
    }
    if part.dropped { dropped(&out, marks) } else { out }
}

/// A part that was taken out: struck through unless something in it is struck already, which markdown cannot nest.
fn dropped(text: &str, marks: Marks) -> String {
    if marks.escapes {
        return marks.struck(&text.replace(marks.struck, "").replace(marks.bold, ""));
    }
    marks.struck(text)
}

fn row(dice: &[Die], marks: Marks) -> String {
    let some_dropped = dice.iter().any(|die| !die.kept);
    let mut shown: Vec<String> = dice.iter().take(SHOWN_DICE).map(|one| die(one, some_dropped, marks)).collect();
    if dice.len() > SHOWN_DICE {
        shown.push(format!("and {} more", dice.len() - SHOWN_DICE));
    }
    format!("({})", shown.join(", "))
}

fn die(die: &Die, some_dropped: bool, marks: Marks) -> String {
    let mut parts: Vec<String> = Vec::new();
    let (last, earlier) = die.shown.split_last().map_or((0, &[][..]), |(last, earlier)| (*last, earlier));
    // A die that is rerolled for long shows its last few faces.
    parts.extend(earlier.iter().rev().take(3).rev().map(|face| marks.struck(&face.to_string())));
    let mut face = match die.set_to {
        Some(value) => format!("{last}→{value}"),
        None => last.to_string(),
    };
    if die.exploded {
        face.push('!');
    }
    match die.mark {
        1 => face.push('✓'),
        -1 => face.push('✗'),
        _ => {}
    }
    parts.push(match die.kept {
        false => marks.struck(&face),
        true if some_dropped => marks.bold(&face),
        true => face,
    });
    parts.join(" ")
}

/// A number with at most two places behind the point.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
