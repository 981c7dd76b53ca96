//! Which memories a turn is told: what was found is weighed, the best that fit are taken, the rest is accounted for. PURE.
//! It searches nothing; what is found has passed the filter of who may know it already.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::domain::{ErrorId, EventSeq, Memory, MemoryId, Viewer};

/// How many memories one turn is told at most; one of them is a chance find.
const MOST: usize = 10;
/// After how many turns a memory counts half for being recent.
const HALF_LIFE: f64 = 40.0;
/// The shares of relevance, importance and recency, and what is added for special cases.
const RELEVANCE: f64 = 0.55;
const IMPORTANCE: f64 = 0.25;
const RECENCY: f64 = 0.20;
const PINNED: f64 = 0.15;
const TOGETHER: f64 = 0.10;
const BY_PEOPLE: f64 = 0.10;
const TIRED: f64 = -0.20;

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What.
    pub memory: Memory,
    /// How well it fits as the search says it: the lower the better. None for a chance find.
    pub rank: Option<f64>,
}

/// What is chosen by.
#[derive(Clone, Debug, Default)]
pub struct Choosing<'a> {
    /// The turn that is told.
    pub turn: u64,
    /// Who is there or spoken of.
    pub present: &'a [String],
    /// The events that the brief tells word for word.
    pub told_events: &'a [EventSeq],
    /// What the last turns were told.
    pub lately: &'a [MemoryId],
    /// How many bytes may be told.
    pub budget: usize,
}

/// What became of everything that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What was looked for.
    pub words: Vec<String>,
    /// What is told, the best first.
    pub told: Vec<Recalled>,
    /// What was found and is not told, the best first.
    pub left: Vec<(Memory, Skip)>,
    /// How many bytes are told, and how many may be.
    pub bytes: (usize, usize),
    /// Finds in the log why nothing could be looked up, if so.
    pub failed: Option<ErrorId>,
}

/// A memory that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalled {
    /// Which.
    pub memory: Memory,
    /// What it was chosen by.
    pub score: f64,
    /// Whether it came by chance.
    pub by_chance: bool,
}

/// Why a memory that was found is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The brief has it word for word.
    #[error("it is told word for word anyway")]
    Told,
    /// It does not fit.
    #[error("the budget is spent ({0} bytes needed)")]
    Budget(usize),
    /// Enough are told.
    #[error("better ones were told ({0} at most)")]
    Enough(usize),
}

/// Chooses among what was found.
pub fn choose(found: Vec<Candidate>, by: &Choosing<'_>) -> Report {
    let best = found.iter().filter_map(|found| found.rank).fold(0.0_f64, f64::min);
    let (chance, searched): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| found.rank.is_none());
    let weigh = |found: Candidate| (score(&found, best, by), found);
    let mut searched: Vec<_> = searched.into_iter().map(weigh).collect();
    searched.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| older(&a.1, &b.1)));
    let mut report = Report { bytes: (0, by.budget), ..Report::default() };
    let room = MOST - usize::from(!chance.is_empty());
    for (score, Candidate { memory, .. }) in searched {
        take(&mut report, memory, score, by, room);
    }
    if let Some((score, Candidate { memory, .. })) = chance.into_iter().map(weigh).next()
        && !report.told.iter().any(|told| told.memory.id == memory.id)
    {
        let before = report.told.len();
        take(&mut report, memory, score, by, MOST);
        report.told[before..].iter_mut().for_each(|told| told.by_chance = true);
    }
    report
}

fn older(a: &Candidate, b: &Candidate) -> Ordering {
    b.memory.id.cmp(&a.memory.id)
}

fn take(report: &mut Report, memory: Memory, score: f64, by: &Choosing<'_>, room: usize) {
    let skip = if by.told_events.contains(&memory.id.event) {
        Some(Skip::Told)
    } else if report.told.len() >= room {
        Some(Skip::Enough(MOST))
    } else if report.bytes.0 + memory.text.len() > by.budget {
        Some(Skip::Budget(memory.text.len()))
    } else {
        None
    };
    match skip {
        Some(skip) => report.left.push((memory, skip)),
        None => {
            report.bytes.0 += memory.text.len();
            report.told.push(Recalled { memory, score, by_chance: false });
        }
    }
}

fn score(found: &Candidate, best: f64, by: &Choosing<'_>) -> f64 {
    let Candidate { memory, rank } = found;
    let relevance = rank.filter(|_| best < 0.0).map_or(0.0, |rank| (rank / best).clamp(0.0, 1.0));
    // Before the first turn everything is new.
    let ago = memory.turn.map_or(0, |turn| by.turn.saturating_sub(turn.get()));
    let recency = 0.5_f64.powf(f64::from(u32::try_from(ago).unwrap_or(u32::MAX)) / HALF_LIFE);
    let involved = by.present.iter().filter(|name| memory.names.contains(name) || memory.text.contains(*name)).count();
    let nudges = [
        (memory.pinned, PINNED),
        (involved >= 2, TOGETHER),
        (memory.by_people, BY_PEOPLE),
        (by.lately.contains(&memory.id), TIRED),
    ];
    let nudged: f64 = nudges.iter().filter(|(holds, _)| *holds).map(|(_, weight)| weight).sum();
    RELEVANCE * relevance + IMPORTANCE * f64::from(memory.importance) / 10.0 + RECENCY * recency + nudged
}

impl Report {
    /// The report as far as `viewer` may know it, a line each. What they may not know is not even counted.
    pub fn lines(&self, viewer: Viewer) -> Vec<String> {
        if let Some(error) = &self.failed {
            return vec![format!("Nothing could be looked up (error {error}). The turn was told without memories.")];
        }
        let told: Vec<_> = self.told.iter().filter(|told| told.memory.audience.admits(viewer)).collect();
        let bytes: usize = told.iter().map(|told| told.memory.text.len()).sum();
        let mut out = vec![format!("Looked for: {}.", self.words.join(", "))];
        if viewer != Viewer::Gm {
            // The words come from actions as well, and those may be secret.
            out.clear();
        }
        out.push(format!("Told: {} ({bytes} of {} bytes).", told.len(), self.bytes.1));
        out.extend(told.iter().map(|told| {
            let why = match viewer {
                _ if told.by_chance => " (by chance)".to_owned(),
                Viewer::Gm => format!(" ({:.2})", told.score),
                // It is measured by the best that was found, which may be hidden.
                Viewer::Seat(_) | Viewer::Public => String::new(),
            };
            format!("+ #{} {}{why}: {}", told.memory.id, told.memory.tier.name(), told.memory.text)
        }));
        let left = self.left.iter().filter(|(memory, _)| memory.audience.admits(viewer));
        out.extend(left.map(|(memory, why)| format!("- #{} {}: {why}", memory.id, memory.tier.name())));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Audience, SceneNo, SeatId, Tier, Timestamp, TurnNo};

    fn found(event: u64, rank: f64, importance: u8, turn: u64) -> Candidate {
        let memory = Memory {
            id: MemoryId { event: EventSeq::new(event), part: 0 },
            tier: Tier::Beat,
            text: format!("memory {event} of Mira and Odo"),
            names: Vec::new(),
            audience: Audience::Table,
            importance,
            scene: SceneNo::new(1),
            turn: Some(TurnNo::new(turn)),
            at: Timestamp::from_millis(1),
            pinned: false,
            by_people: false,
            knowers: Vec::new(),
        };
        Candidate { memory, rank: Some(rank) }
    }

    fn told(report: &Report) -> Vec<u64> {
        report.told.iter().map(|told| told.memory.id.event.get()).collect()
    }

    #[test]
    fn the_weights_are_those_that_were_agreed() {
        let by = Choosing { turn: 41, budget: 9_000, ..Choosing::default() };
        let report = choose(vec![found(1, -8.0, 10, 1), found(2, -4.0, 0, 41)], &by);
        let scores: Vec<_> = report.told.iter().map(|told| (told.score * 1000.0).round()).collect();
        // 0.55 + 0.25 + 0.2 / 2, and 0.55 / 2 + 0.2.
        assert_eq!(scores, [900.0, 475.0]);
        let present = ["Mira".to_owned(), "Odo".to_owned()];
        let lately = [found(1, 0.0, 1, 1).memory.id];
        let mut pinned = found(2, -4.0, 0, 41);
        pinned.memory.pinned = true;
        let by = Choosing { present: &present, lately: &lately, ..by };
        let report = choose(vec![found(1, -8.0, 10, 1), pinned], &by);
        let scores: Vec<_> = report.told.iter().map(|told| (told.score * 1000.0).round()).collect();
        assert_eq!(scores, [800.0, 725.0]);
    }

    #[test]
    fn everything_that_was_found_is_told_or_accounted_for() {
        let mut all: Vec<_> = (1..=14).map(|n| found(n, -20.0 + f64::from(u32::try_from(n).unwrap()), 5, n)).collect();
        all[0].memory.text = "x".repeat(5_000);
        let events = [EventSeq::new(2)];
        let by = Choosing { turn: 20, budget: 4_000, told_events: &events, ..Choosing::default() };
        let mut chance = found(99, 0.0, 9, 1);
        chance.rank = None;
        all.push(chance);
        let report = choose(all, &by);
        assert_eq!(told(&report), [3, 4, 5, 6, 7, 8, 9, 10, 11, 99]);
        assert!(report.told[9].by_chance);
        let left: Vec<_> = report.left.iter().map(|(memory, why)| (memory.id.event.get(), *why)).collect();
        let enough = Skip::Enough(MOST);
        assert_eq!(left, [(1, Skip::Budget(5_000)), (2, Skip::Told), (12, enough), (13, enough), (14, enough)]);
    }

    #[test]
    fn a_seat_reads_nothing_of_what_it_may_not_know() {
        let mut secret = found(7, -5.0, 5, 1);
        secret.memory.audience = Audience::Seats(vec![SeatId::new(2)]);
        let by = Choosing { budget: 900, ..Choosing::default() };
        let report = Report { words: vec!["ring".to_owned()], ..choose(vec![found(6, -4.0, 5, 1), secret], &by) };
        let seen = |viewer| report.lines(viewer).join("\n");
        let other = seen(Viewer::Seat(SeatId::new(1)));
        assert!(!other.contains("#7") && !other.contains("ring") && other.contains("Told: 1"), "{other}");
        assert!(seen(Viewer::Seat(SeatId::new(2))).contains("#7"));
        assert!(seen(Viewer::Gm).contains("ring"));
        let failed = Report { failed: Some(ErrorId::new("E-1")), ..Report::default() };
        assert!(failed.lines(Viewer::Public)[0].contains("E-1"));
    }
}
