//! The table in `docs/providers.md`, written by the suite's own run: who passed what, at which level, in which version.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::cases::Case;
use super::exceptions;
use super::subject::{Level, Subject};

const BEGIN: &str =
    "<!-- contract: written by `TALEKEEPER_WRITE_CONTRACT=1 cargo test --test it contract`, not by hand -->";
const END: &str = "<!-- contract: end -->";

/// One at a time: every provider's run writes its own cells.
static WRITING: Mutex<()> = Mutex::new(());

/// Who passed what.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    passed: BTreeSet<(Case, Subject, Level)>,
    versions: BTreeMap<Subject, String>,
}

/// Keeps what a run came to: writes it where that is asked for, and else looks whether the page says the same.
pub fn record(subject: Subject, level: Level, version: Option<String>, passed: &[Case]) {
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(page()).unwrap();
    let mut table = Table::parse(block(&page));
    let before: BTreeSet<_> = table.passed.iter().copied().filter(|(_, s, l)| (*s, *l) == (subject, level)).collect();
    let now: BTreeSet<_> = passed.iter().map(|case| (*case, subject, level)).collect();
    if std::env::var_os("TALEKEEPER_WRITE_CONTRACT").is_some_and(|value| value == "1") {
        table.passed.retain(|(_, s, l)| (*s, *l) != (subject, level));
        table.passed.extend(now);
        if let Some(version) = version {
            table.versions.insert(subject, version);
        }
        let (before, after) = (page.find(BEGIN).unwrap() + BEGIN.len(), page.find(END).unwrap());
        let written = format!("{}{}{}", &page[..before], table.render(), &page[after..]);
        return std::fs::write(self::page(), written).unwrap();
    }
    let stale = "docs/providers.md is stale: run the suite once with TALEKEEPER_WRITE_CONTRACT=1";
    assert_eq!(before, now, "{stale}");
    if let Some(version) = version {
        assert_eq!(table.versions.get(&subject), Some(&version), "{stale}");
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/providers.md")
}

fn block(page: &str) -> &str {
    let (from, to) = (page.find(BEGIN).expect("the table's beginning"), page.find(END).expect("the table's end"));
    &page[from + BEGIN.len()..to]
}

impl Table {
    fn parse(block: &str) -> Self {
        let mut table = Self::default();
        for line in block.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let columns = Subject::ALL.into_iter().zip(cells.iter().skip(1));
            if cells[0] == "version" {
                let told = columns.filter(|(_, cell)| **cell != "–");
                table.versions = told.map(|(subject, cell)| (subject, (*cell).to_owned())).collect();
            } else if let Some(case) = Case::ALL.iter().find(|case| case.words() == cells[0]) {
                for (subject, cell) in columns {
                    let levels = Level::ALL.into_iter().filter(|level| cell.contains(level.letter()));
                    table.passed.extend(levels.map(|level| (*case, subject, level)));
                }
            }
        }
        table
    }

    fn render(&self) -> String {
        let mut out = String::from("\n\n| |");
        let row = |cell: &dyn Fn(Subject) -> String| {
            Subject::ALL.iter().fold(String::new(), |row, subject| row + &format!(" {} |", cell(*subject)))
        };
        writeln!(out, "{}\n|---|{}", row(&|s| s.name().to_owned()), "---|".repeat(Subject::ALL.len())).unwrap();
        let version = |subject: Subject| self.versions.get(&subject).map_or("–", String::as_str).to_owned();
        writeln!(out, "| version |{}", row(&version)).unwrap();
        for case in Case::ALL {
            let cell = |subject: Subject| {
                let passed = Level::ALL.into_iter().filter(|level| self.passed.contains(&(*case, subject, *level)));
                let letters: Vec<String> = passed.map(|level| level.letter().to_string()).collect();
                if letters.is_empty() { "–".to_owned() } else { letters.join(" ") }
            };
            writeln!(out, "| {} |{}", case.words(), row(&cell)).unwrap();
        }
        out.push_str("\nWhat is not asked of whom, and why:\n\n");
        for line in exceptions::ALL {
            let subjects: Vec<&str> = line.subjects.iter().map(|subject| subject.name()).collect();
            let levels: Vec<String> = line.levels.iter().map(|level| level.letter().to_string()).collect();
            let cases: Vec<&str> = line.cases.iter().map(|case| case.words()).collect();
            let cases = if cases.is_empty() { "everything".to_owned() } else { cases.join(", ") };
            writeln!(out, "- {} ({}), {cases}: {}.", subjects.join(", "), levels.join(" "), line.reason).unwrap();
        }
        out.push('\n');
        out
    }
}

#[test]
fn the_table_says_of_everything_that_it_passed_or_why_it_was_not_asked() {
    if std::env::var_os("TALEKEEPER_WRITE_CONTRACT").is_some() {
        return; // it is being written
    }
    let page = std::fs::read_to_string(page()).unwrap();
    let table = Table::parse(block(&page));
    assert_eq!(table.render(), block(&page), "it was written by hand");
    for subject in Subject::ALL {
        assert_eq!(
            table.versions.get(&subject).cloned(),
            subject.pinned(),
            "{subject:?} is as .ci/install-clis has it"
        );
        for level in Level::ALL {
            for case in Case::ALL {
                let asked = exceptions::reason(subject, level, *case).is_none();
                assert_eq!(table.passed.contains(&(*case, subject, level)), asked, "{subject:?} {level:?} {case:?}");
            }
        }
    }
}
