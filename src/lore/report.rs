//! What became of each entry that was called, or nearly: told, left out and why, near misses. PURE.
//! It tells people what was chosen; it chooses nothing.

use super::LoreAudience;
use crate::domain::Viewer;

/// What activation gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is told, in the order in which it is told.
    pub told: Vec<Chosen>,
    /// What was called and is not told.
    pub skipped: Vec<SkippedEntry>,
    /// What was nearly called.
    pub near: Vec<Near>,
    /// What the macros of those told could not replace.
    pub unknown_macros: Vec<String>,
    /// The seed that chance came from.
    pub seed: u64,
    /// How many bytes are told, and how many may be.
    pub bytes: (usize, usize),
}

/// An entry that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its name across books.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its text, macros replaced.
    pub text: String,
    /// What called it up, in words.
    pub because: String,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// Whether it was called now, rather than kept from before.
    pub called: bool,
}

/// An entry that was called and is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// Its name for people.
    pub label: String,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// Why.
    pub why: Skip,
}

/// Why an entry that was called is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// It is turned off.
    #[error("it is turned off")]
    Off,
    /// Its second keys say no.
    #[error("its second keys do not agree")]
    SecondKeys,
    /// A decorator says no.
    #[error("@@{0} keeps it away")]
    Decorator(&'static str),
    /// It is too early.
    #[error("it waits until message {0}")]
    Delay(u64),
    /// It was told not long ago.
    #[error("it was told not long ago")]
    Cooldown,
    /// Chance said no.
    #[error("chance said no ({0} of 100)")]
    Chance(u8),
    /// Another of its group is told.
    #[error("another of the group \"{0}\" is told")]
    Group(String),
    /// It belongs to another place.
    #[error("it belongs to another place")]
    Place,
    /// There is no room.
    #[error("the budget is spent ({0} bytes needed)")]
    Budget(usize),
    /// Nothing is left to tell.
    #[error("it has no text")]
    Empty,
}

/// An entry that was nearly called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its name for people.
    pub label: String,
    /// Whom it is for.
    pub audience: LoreAudience,
    /// What was almost there.
    pub what: String,
}

impl Report {
    /// The report for people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let (used, allowed) = self.bytes;
        let mut out = vec![format!("Told: {} ({used} of {allowed} bytes).", self.told.len())];
        let audience = |audience: &LoreAudience| match audience {
            LoreAudience::Table => "",
            LoreAudience::Gm | LoreAudience::Seats(_) => ", not for everybody",
        };
        out.extend(
            self.told.iter().map(|told| format!("+ {}: {}{}", told.label, told.because, audience(&told.audience))),
        );
        out.extend(self.skipped.iter().map(|skipped| format!("- {}: {}", skipped.label, skipped.why)));
        out.extend(self.near.iter().map(|near| format!("~ {}: nearly called, {}", near.label, near.what)));
        out
    }

    /// The report as far as `viewer` may know it, a line each. What was not told is for hosts: its name may give away what
    /// is still to come. What one may not know is not even counted.
    pub fn seen_by(&self, viewer: Viewer, host: bool) -> Vec<String> {
        let told: Vec<_> = self.told.iter().filter(|told| told.audience.admits(viewer)).collect();
        let bytes: usize = told.iter().map(|told| told.text.len()).sum();
        let mut out = vec![format!("Told: {} ({bytes} of {} bytes).", told.len(), self.bytes.1)];
        out.extend(told.iter().map(|told| format!("+ {}: {}", told.label, told.because)));
        if host {
            let skipped = self.skipped.iter().filter(|skipped| skipped.audience.admits(viewer));
            out.extend(skipped.map(|skipped| format!("- {}: {}", skipped.label, skipped.why)));
            let near = self.near.iter().filter(|near| near.audience.admits(viewer));
            out.extend(near.map(|near| format!("~ {}: nearly called, {}", near.label, near.what)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SeatId;

    #[test]
    fn a_seat_reads_what_it_may_know_and_a_host_also_what_was_left_out() {
        let told = |label: &str, audience| Chosen {
            name: label.to_owned(),
            label: label.to_owned(),
            text: "12345".to_owned(),
            because: "always".to_owned(),
            audience,
            called: true,
        };
        let skipped = |label: &str, audience| SkippedEntry { label: label.to_owned(), audience, why: Skip::Off };
        let report = Report {
            told: vec![
                told("Bell", LoreAudience::Table),
                told("Traitor", LoreAudience::Gm),
                told("Ring", LoreAudience::Seats(vec![2])),
            ],
            skipped: vec![skipped("Moon", LoreAudience::Table), skipped("Lich", LoreAudience::Gm)],
            bytes: (15, 100),
            ..Report::default()
        };
        let seen = |seat, host| report.seen_by(Viewer::Seat(SeatId::new(seat)), host);
        assert_eq!(seen(1, false), ["Told: 1 (5 of 100 bytes).", "+ Bell: always"]);
        assert_eq!(seen(2, false)[0], "Told: 2 (10 of 100 bytes).");
        assert_eq!(seen(1, true).last().unwrap(), "- Moon: it is turned off");
        assert!(!seen(1, true).join("").contains("Lich"));
        assert_eq!(report.seen_by(Viewer::Gm, true).len(), 6);
    }
}
