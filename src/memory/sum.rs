//! What a provider is told to sum up, and what is taken of its answer: only what holds against what it was told. PURE.
//! Everything it is told is known to everyone at the table.

use super::check::{self, Source};
use super::make::{flat, shorten};
use super::sessions::Line;
use crate::domain::{SummaryNote, SummaryOutcome, Tier};

/// How much a provider is told, in bytes.
const MATERIAL: usize = 24 * 1024;
/// What has fewer lines is not worth asking for.
const LINES: usize = 4;
/// The longest summary of a scene and of a session, in characters.
const SCENE: usize = 1_200;
const SESSION: usize = 2_000;
/// The longest story so far and note, in characters, and the most notes.
const ARC: usize = 1_200;
const NOTE: usize = 240;
const NOTES: usize = 6;

/// What is to be summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSumUp {
    /// A scene or a session.
    pub tier: Tier,
    /// What it is called, if it is.
    pub title: Option<String>,
    /// What happened, in order, as everyone at the table knows it.
    pub lines: Vec<Line>,
    /// The story so far, before it.
    pub arc: Option<String>,
}

impl ToSumUp {
    /// Whether there is enough to ask a provider for it.
    pub fn is_worth_it(&self) -> bool {
        self.lines.len() >= LINES
    }

    /// As much of it as a provider is told: of what does not fit the first and the last lines stay, and what matters most.
    #[must_use]
    pub fn fitting(mut self) -> Self {
        let last = self.lines.len().saturating_sub(1);
        let mut by_weight: Vec<usize> = (0..self.lines.len()).collect();
        by_weight.sort_by_key(|&at| (at != 0 && at != last, std::cmp::Reverse((self.lines[at].importance, at))));
        let mut left = MATERIAL;
        by_weight.retain(|&at| {
            let size = self.lines[at].text.len();
            let fits = size <= left;
            left = left.saturating_sub(if fits { size } else { 0 });
            fits
        });
        by_weight.sort_unstable();
        self.lines = by_weight.into_iter().map(|at| self.lines[at].clone()).collect();
        self
    }

    /// What comes of a provider's answer: the summary, if it holds, and those notes that hold.
    pub fn judge(&self, answer: &str, language: &str) -> SummaryOutcome {
        let given = Given::read(answer);
        let texts = self.lines.iter().map(|line| line.text.as_str());
        let source = Source::of(texts.chain(self.title.as_deref()).chain(self.arc.as_deref()), language);
        let most = if self.tier == Tier::Session { SESSION } else { SCENE };
        if given.summary.is_empty() || given.summary.chars().count() > most * 2 {
            return SummaryOutcome::Refused { words: Vec::new() };
        }
        let text = shorten(&given.summary, most);
        let words = check::strangers(&text, &source);
        if !words.is_empty() {
            return SummaryOutcome::Refused { words };
        }
        let holds = |text: &str| check::strangers(text, &source).is_empty();
        let arc = (self.tier == Tier::Session && !given.arc.is_empty()).then(|| shorten(&given.arc, ARC));
        let arc = arc.filter(|arc| holds(arc));
        let notes = given.notes.into_iter().map(|(tier, text)| SummaryNote { tier, text: shorten(&text, NOTE) });
        let notes = notes.filter(|note| !note.text.is_empty() && holds(&note.text)).take(NOTES).collect();
        SummaryOutcome::Written { text, arc, notes }
    }
}

/// An answer, taken apart.
#[derive(Debug, Default)]
struct Given {
    summary: String,
    arc: String,
    notes: Vec<(Tier, String)>,
}

/// What a line belongs to.
#[derive(Clone, Copy)]
enum Part {
    Nothing,
    Summary,
    Arc,
    Note,
}

impl Given {
    /// Reads `SUMMARY:`, `ARC:`, `FACT:`, `RUMOUR:` and `PROMISE:`; a line without such a word goes on with the one before.
    fn read(answer: &str) -> Self {
        let mut given = Self::default();
        let mut part = Part::Nothing;
        for line in answer.lines().map(flat) {
            let (word, rest) = line.split_once(':').unwrap_or(("", ""));
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_uppercase();
            let note = match word.as_str() {
                "FACT" => Some(Tier::Fact),
                "RUMOUR" | "RUMOR" => Some(Tier::Rumour),
                "PROMISE" => Some(Tier::Promise),
                _ => None,
            };
            let rest = rest.trim_matches(|c: char| c.is_whitespace() || c == '*');
            part = match (word.as_str(), note) {
                ("SUMMARY", _) => Part::Summary,
                ("ARC", _) => Part::Arc,
                (_, Some(tier)) => {
                    given.notes.push((tier, String::new()));
                    Part::Note
                }
                _ => {
                    given.add(part, &line);
                    continue;
                }
            };
            given.add(part, rest);
        }
        given
    }

    fn add(&mut self, part: Part, words: &str) {
        let text = match part {
            Part::Nothing => return,
            Part::Summary => &mut self.summary,
            Part::Arc => &mut self.arc,
            Part::Note => match self.notes.last_mut() {
                Some((_, text)) => text,
                None => return,
            },
        };
        if !text.is_empty() && !words.is_empty() {
            text.push(' ');
        }
        text.push_str(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SceneNo;

    fn scene(lines: &[&str]) -> ToSumUp {
        let line =
            |text: &&str| Line { tier: Tier::Beat, scene: SceneNo::new(1), text: (*text).to_owned(), importance: 3 };
        ToSumUp {
            tier: Tier::Scene,
            title: Some("The Gate".to_owned()),
            lines: lines.iter().map(line).collect(),
            arc: None,
        }
    }

    #[test]
    fn an_answer_is_taken_apart_and_only_what_holds_is_kept() {
        let told = scene(&["Ana: I ask Odo for 3 ropes. → Odo laughs.", "Ana: I promise Odo a boat. → He nods."]);
        let answer = "Certainly!\n\n**SUMMARY:** Ana asked Odo for 3 ropes,\nand promised him a boat.\n\nFACT: Odo has 3 ropes.\n\
            FACT: Odo has 7 ropes.\n- PROMISE: Ana promised Odo a boat.\nRUMOUR: Mordred is near.\nARC: Not asked for.";
        let SummaryOutcome::Written { text, arc, notes } = told.judge(answer, "en") else { panic!("refused") };
        assert_eq!(text, "Ana asked Odo for 3 ropes, and promised him a boat.");
        assert_eq!(arc, None);
        let notes: Vec<_> = notes.iter().map(|note| (note.tier, note.text.as_str())).collect();
        assert_eq!(notes, [(Tier::Fact, "Odo has 3 ropes."), (Tier::Promise, "Ana promised Odo a boat.")]);
    }

    #[test]
    fn a_summary_that_names_what_nothing_tells_of_is_refused_and_says_what() {
        let told = scene(&["Ana: I ask Odo. → Odo laughs."]);
        let refused = |answer: &str| match told.judge(answer, "en") {
            SummaryOutcome::Refused { words } => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused("SUMMARY: Ana asked Odo, and Mordred paid 40 coins."), ["Mordred", "40"]);
        assert!(refused("I cannot do that.").is_empty());
        assert!(refused(&format!("SUMMARY: {}", "on ".repeat(2_000))).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_left_out_of_the_middle() {
        let long = "x".repeat(10_000);
        let mut told = scene(&["first", &long.replace('x', "w"), &long, &long, "last"]);
        told.lines[1].importance = 9;
        let kept = told.fitting();
        let texts: Vec<_> = kept.lines.iter().map(|line| &line.text[..4]).collect();
        assert_eq!(texts, ["firs", "wwww", "xxxx", "last"]);
    }
}
