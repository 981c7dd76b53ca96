//! What happened, in order, on both planes and by people. Never the place a judgement is made.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// How many lines are kept; older ones are dropped.
const KEPT: usize = 400;
/// How much of one line is kept, in characters.
const WIDTH: usize = 400;

/// Where a line happened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plane {
    Rest,
    Gateway,
    People,
    Judge,
}

/// The last lines of what happened.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    lines: VecDeque<String>,
    dropped: usize,
    began_ms: Option<u64>,
}

impl Transcript {
    pub(crate) fn note(&mut self, now_ms: u64, plane: Plane, text: &str) {
        let began = *self.began_ms.get_or_insert(now_ms);
        let plane = match plane {
            Plane::Rest => "rest   ",
            Plane::Gateway => "gateway",
            Plane::People => "people ",
            Plane::Judge => "JUDGE  ",
        };
        let mut line = format!("{:>8} ms  {plane}  ", now_ms.saturating_sub(began));
        line.extend(text.chars().take(WIDTH).map(|c| if c == '\n' { '⏎' } else { c }));
        if self.lines.len() == KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    pub(crate) fn render(&self) -> String {
        let mut out = String::from("---- transcript of the fake Discord ----\n");
        if self.dropped > 0 {
            let _ = writeln!(out, "({} earlier lines dropped)", self.dropped);
        }
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
        out
    }
}
