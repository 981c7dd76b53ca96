//! A table, which Discord cannot show, as lines of a code block with aligned columns; indented code likewise.
//!
//! It never decides how many of the lines fit a message.

use std::ops::Range;

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};
use unicode_segmentation::UnicodeSegmentation;

use super::lens;
use super::script::columns;

/// A cell wider than this sticks out of its column instead of widening it for all.
const WIDEST_COLUMN: usize = 40;

/// What a table says, cell by cell, without marks.
#[derive(Debug)]
pub(super) struct Table {
    align: Vec<Alignment>,
    /// The first row is the head.
    rows: Vec<Vec<String>>,
    /// Where the links now open lead, and how long their cell was before them.
    links: Vec<(String, usize)>,
}

impl Table {
    pub(super) fn new(align: Vec<Alignment>) -> Self {
        Self { align, rows: Vec::new(), links: Vec::new() }
    }

    /// Takes one event; false if it is the end of the table.
    pub(super) fn event(&mut self, text: &str, event: &Event<'_>, range: Range<usize>) -> bool {
        let written = &text[range];
        match event {
            Event::End(TagEnd::Table) => return false,
            Event::Start(Tag::TableHead | Tag::TableRow) => self.rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                if let Some(row) = self.rows.last_mut() {
                    row.push(String::new());
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let so_far = self.cell().map_or(0, |cell| cell.len());
                self.links.push((dest_url.to_string(), so_far));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => self.end_link(),
            // An entity is shown as what it means, anything else as it is written: the parser saw the text through a lens.
            Event::Text(shown) => self.say(if shown.len() == written.len() { written } else { shown }),
            Event::Code(_) => self.say(&written.trim_matches('`').trim().replace("\\|", "|")),
            Event::SoftBreak | Event::HardBreak => self.say(" "),
            Event::InlineHtml(_) => self.say(written),
            _ => {}
        }
        true
    }

    fn cell(&mut self) -> Option<&mut String> {
        self.rows.last_mut()?.last_mut()
    }

    fn say(&mut self, text: &str) {
        let text = plain_emoji(text);
        if let Some(cell) = self.cell() {
            cell.push_str(&text);
        }
    }

    /// A link in a code block cannot be clicked, so its address is written out.
    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else { return };
        if let Some(cell) = self.cell()
            && cell.get(start..).is_some_and(|shown| shown != address)
            && !address.is_empty()
        {
            cell.push_str(&format!(" ({address})"));
        }
    }

    /// The table as lines of equal columns.
    pub(super) fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.align.len()).map(|column| self.width(column)).collect();
        let mut lines: Vec<String> = self.rows.iter().map(|row| self.line(row, &widths)).collect();
        if !lines.is_empty() {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            lines.insert(1, rule.join("-+-"));
        }
        lines
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| width(cell)).filter(|width| *width <= WIDEST_COLUMN).max().unwrap_or(0).max(1)
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).zip(&self.align).map(|((cell, column), align)| {
            let free = column.saturating_sub(width(cell));
            let before = match align {
                Alignment::Right => free,
                Alignment::Center => free / 2,
                Alignment::Left | Alignment::None => 0,
            };
            format!("{}{cell}{}", " ".repeat(before), " ".repeat(free - before))
        });
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    }
}

fn width(text: &str) -> usize {
    text.graphemes(true).map(columns).sum()
}

/// Discord draws custom emoji nowhere inside code, so their name stands for them.
fn plain_emoji(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let length = lens::token(&rest[at..]).unwrap_or(1);
        let token = &rest[at..at + length];
        let mut parts = token.trim_start_matches("<a:").trim_start_matches("<:").split(':');
        match (parts.next(), parts.next()) {
            (Some(name), Some(_)) if token.starts_with("<:") || token.starts_with("<a:") => {
                plain.push_str(&format!(":{name}:"));
            }
            _ => plain.push_str(token),
        }
        rest = &rest[at + length..];
    }
    plain.push_str(rest);
    plain
}

/// The lines as a fenced code block, with a fence longer than any in them. No line feed at the end.
pub(super) fn fenced(lines: &[String], indent: &str) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = fence.clone();
    for line in lines {
        block.push('\n');
        block.push_str(if line.is_empty() { indent.trim_end() } else { indent });
        block.push_str(line);
    }
    block.push('\n');
    block.push_str(indent);
    block.push_str(&fence);
    block
}

fn longest_run(line: &str) -> usize {
    line.split(|ch| ch != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::splitter::{Limits, split};

    fn shown(markdown: &str) -> String {
        split(markdown, &Limits::default()).messages.join("\n=====\n")
    }

    #[test]
    fn a_table_becomes_an_aligned_block() {
        let table = "Wares:\n\n| Item | Price |\n|:-----|------:|\n| Rope, 10 m | 1 |\n| *Silver* dagger | 120 |\n\nTake your pick.";
        insta::assert_snapshot!(shown(table), @"
        Wares:

        ```
        Item          | Price
        --------------+------
        Rope, 10 m    |     1
        Silver dagger |   120
        ```

        Take your pick.
        ");
    }

    #[test]
    fn wide_characters_count_twice_in_columns() {
        insta::assert_snapshot!(shown("| 名前 | 値 |\n|---|---|\n| 剣 | 12 |\n| long | 1 |"), @"
        ```
        名前 | 値
        -----+---
        剣   | 12
        long | 1
        ```
        ");
    }

    #[test]
    fn links_and_emoji_in_cells_stay_readable() {
        insta::assert_snapshot!(shown("| a | b |\n|---|---|\n| [map](https://x.y/m) | <:gold:12> `a \\| b` <@1> |"), @"
        ```
        a                   | b
        --------------------+------------------
        map (https://x.y/m) | :gold: a | b <@1>
        ```
        ");
    }

    #[test]
    fn a_fence_in_a_cell_is_outbid() {
        assert!(fenced(&["a ``` b".to_owned()], "").starts_with("````\n"));
    }

    #[test]
    fn one_huge_cell_does_not_widen_the_others() {
        let cell = "x".repeat(900);
        let table = format!("| a | b |\n|---|---|\n| {cell} | 1 |\n| 2 | 3 |");
        assert!(shown(&table).contains("\n2 | 3\n"));
    }
}
