//! What the last turns were told of earlier, and what can be said to people of why.
//! It searches nothing and writes nothing.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::{Audience, MemoryId, TurnNo, Viewer};
use crate::memory::{KeptReport, Report};

/// How many turns a memory counts as told lately.
const LATELY: usize = 5;

/// What a turn was told of earlier.
#[derive(Debug)]
pub(super) struct Recollection {
    /// The turn.
    pub(super) turn: TurnNo,
    /// What the game master was told.
    pub(super) report: Report,
    /// Of a turn in which something was said in secret: whose secrets, and what would have been told without them. Else what
    /// came back would tell others what was spoken of.
    pub(super) veiled: Option<(Vec<Audience>, Report)>,
}

impl Recollection {
    /// The report as far as `viewer` may know it, a line each.
    pub(super) fn lines(&self, viewer: Viewer) -> Vec<String> {
        match &self.veiled {
            Some((whose, public)) if hidden(whose, viewer) => public.lines(viewer),
            _ => self.report.lines(viewer),
        }
    }
}

fn hidden(whose: &[Audience], viewer: Viewer) -> bool {
    whose.iter().any(|audience| !audience.admits(viewer))
}

/// A recollection as it is kept over a restart: numbers, no words.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptRecollection {
    report: KeptReport,
    veiled: Option<(Vec<Audience>, KeptReport)>,
}

impl KeptRecollection {
    pub(super) fn of(recollection: &Recollection) -> Self {
        let veiled = recollection.veiled.as_ref().map(|(whose, report)| (whose.clone(), KeptReport::of(report)));
        Self { report: KeptReport::of(&recollection.report), veiled }
    }

    /// What of it is for `viewer`.
    pub(super) fn seen_by(self, viewer: Viewer) -> KeptReport {
        match self.veiled {
            Some((whose, public)) if hidden(&whose, viewer) => public,
            _ => self.report,
        }
    }
}

/// The last turns, the newest last.
#[derive(Debug, Default)]
pub(super) struct Recollections(VecDeque<Recollection>);

impl Recollections {
    /// A turn is begun, or told anew: what it was told before is not what was told lately.
    pub(super) fn begin(&mut self, turn: TurnNo) {
        self.0.retain(|told| told.turn != turn);
    }

    /// What was told lately.
    pub(super) fn lately(&self) -> Vec<MemoryId> {
        self.0.iter().flat_map(|told| &told.report.told).map(|told| told.memory.id).collect()
    }

    /// The newest.
    pub(super) fn newest(&self) -> Option<&Recollection> {
        self.0.back()
    }

    /// Notes what a turn was told.
    pub(super) fn note(&mut self, recollection: Recollection) {
        self.0.push_back(recollection);
        while self.0.len() > LATELY {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventSeq, Memory, SceneNo, Tier, Timestamp};
    use crate::memory::{Candidate, Choosing, choose};

    fn report(event: u64) -> Report {
        let memory = Memory {
            id: MemoryId { event: EventSeq::new(event), part: 0 },
            tier: Tier::Beat,
            text: "The key lies in the well.".to_owned(),
            names: Vec::new(),
            audience: Audience::Table,
            importance: 3,
            scene: SceneNo::new(1),
            turn: None,
            at: Timestamp::from_millis(1),
            pinned: false,
            by_people: false,
            knowers: Vec::new(),
        };
        choose(vec![Candidate { memory, rank: Some(-1.0) }], &Choosing { budget: 900, ..Choosing::default() })
    }

    #[test]
    fn a_turn_that_is_told_anew_is_not_tired_of_what_it_was_told_itself() {
        let mut told = Recollections::default();
        for turn in 1..=9 {
            told.begin(TurnNo::new(turn));
            told.note(Recollection { turn: TurnNo::new(turn), report: report(turn), veiled: None });
        }
        let events = |told: &Recollections| told.lately().iter().map(|id| id.event.get()).collect::<Vec<_>>();
        assert_eq!(events(&told), [5, 6, 7, 8, 9]);
        told.begin(TurnNo::new(9));
        assert_eq!(events(&told), [5, 6, 7, 8]);
    }

    #[test]
    fn what_is_kept_holds_no_words_and_hides_what_was_hidden() {
        let own = vec![Audience::Seats(vec![crate::domain::SeatId::new(1)])];
        let veiled = Some((own, Report::default()));
        let kept = KeptRecollection::of(&Recollection { turn: TurnNo::new(1), report: report(7), veiled });
        let json = serde_json::to_string(&kept).unwrap();
        assert!(json.contains('7') && !json.contains("well"), "{json}");
        let again = |json: &str| serde_json::from_str::<KeptRecollection>(json).unwrap();
        assert_eq!(again(&json).seen_by(Viewer::Gm).ids().count(), 1);
        assert_eq!(again(&json).seen_by(Viewer::Public).ids().count(), 0);
        let known: Vec<_> = report(7).told.into_iter().map(|told| told.memory).collect();
        let seen = again(&json).seen_by(Viewer::Gm);
        assert_eq!(seen.report(&known).lines(Viewer::Public), report(7).lines(Viewer::Public));
        assert!(seen.report(&[]).told.is_empty(), "what is forgotten is shown to nobody");
    }
}
