//! What a soak came to, as a page for people and as a judgement for tests.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use talekeeper::telemetry::{Record, Tail};

use super::plot;
use super::samples::{Rest, Sample};
use super::{MORE_DESCRIPTORS, WARM};
use crate::discord_chaos::Tally;
use crate::support::bot::Scene;

/// Everything that is told of a soak.
#[derive(Default)]
pub struct Report {
    length: Duration,
    tables: usize,
    messages: usize,
    /// What became of them.
    outcomes: BTreeMap<String, usize>,
    replies: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    unsaid: Vec<String>,
    limited: usize,
    errors: BTreeMap<String, usize>,
    pub tally: Tally,
    pub samples: Vec<Sample>,
    /// The last life before anybody played, and when everybody had gone.
    pub rests: (Rest, Rest),
    pub left_processes: usize,
    pub left_files: usize,
}

impl Report {
    pub fn new(length: Duration, tables: usize) -> Self {
        Self { length, tables, ..Self::default() }
    }

    /// What the log complains of.
    pub fn take_log(&mut self, scene: &Scene) {
        let mut log = Tail::open(&scene.home.data().join("logs")).unwrap();
        while let Some(line) = log.next_line().unwrap() {
            let Ok(record) = Record::from_line(&String::from_utf8_lossy(line)) else { continue };
            self.limited += usize::from(record.msg == "Discord asks to slow down");
            if record.level.as_str() == "ERROR" {
                *self.errors.entry(record.msg).or_default() += 1;
            }
        }
    }

    /// What became of each message, by the database.
    pub fn take_outcomes(&mut self, scene: &Scene, written: &[String]) {
        let database = scene.database();
        let mut state = database.prepare("SELECT state FROM actions WHERE source = ?1").unwrap();
        // Who writes while fifty wait already is told so in a line of its own, and writes it again.
        let mut told = database.prepare("SELECT 1 FROM outbox WHERE subject = ?1 AND state = 'sent'").unwrap();
        self.messages = written.len();
        for id in written {
            let source = format!("discord:{id}");
            let states: Vec<String> =
                state.query_map([&source], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            match states.as_slice() {
                [state] if !["waiting", "taken"].contains(&state.as_str()) => {
                    *self.outcomes.entry(state.clone()).or_default() += 1;
                }
                [] if told.exists([format!("heard:{id}")]).unwrap() => {
                    *self.outcomes.entry("told to wait".to_owned()).or_default() += 1;
                }
                other => self.lost.push(format!("{source}: {other:?}")),
            }
        }
    }

    /// What stands in a table's channel, and what its log says was told there; both sorted.
    pub fn take_table(&mut self, name: &str, shown: &[String], told: &[String]) {
        self.replies += told.len();
        let count = |all: &[String], mark: &String| all.iter().filter(|other| *other == mark).count();
        for mark in told {
            if count(shown, mark) == 0 {
                self.unsaid.push(format!("{name}: deed {mark}"));
            }
        }
        for mark in shown {
            if count(shown, mark) > 1 || count(told, mark) != 1 {
                self.doubled.push(format!("{name}: deed {mark}"));
            }
        }
    }

    /// Writes the page and its picture.
    #[expect(clippy::print_stderr, reason = "where the report stands is for whoever asked for it")]
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("soak.svg"), plot::draw(&self.samples)).unwrap();
        let page = self.page();
        std::fs::write(folder.join("report.md"), &page).unwrap();
        eprintln!("{page}\nThe report is in {}", folder.display());
    }

    fn page(&self) -> String {
        let mut page = format!(
            "# Soak: {} tables for {:.1} minutes\n\n| what | figure |\n|---|---|\n",
            self.tables,
            self.length.as_secs_f64() / 60.0
        );
        let outcomes = self.outcomes.iter().map(|(state, count)| format!("{count} {state}"));
        let outcomes = outcomes.collect::<Vec<_>>().join(", ");
        let (before, after) = &self.rests;
        let mega = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        for (what, figure) in [
            ("messages of people", format!("{} ({outcomes})", self.messages)),
            ("replies", self.replies.to_string()),
            ("**lost**", self.lost.len().to_string()),
            ("**said twice, or not in the log**", self.doubled.len().to_string()),
            ("**in the log and not said**", self.unsaid.len().to_string()),
            ("answers 429 that the bot met, those on purpose included", self.limited.to_string()),
            ("memory of the last life, before and after", format!("{}, {}", mega(before.memory), mega(after.memory))),
            ("descriptors, before and after", format!("{}, {}", before.descriptors, after.descriptors)),
            ("threads, before and after", format!("{}, {}", before.threads, after.threads)),
            (
                "processes of providers at rest",
                format!("{} and {} guards; {WARM} may rest", after.programs, after.guards),
            ),
            ("processes left when the bot had ended", self.left_processes.to_string()),
            ("temporary files left", self.left_files.to_string()),
        ] {
            let _ = writeln!(page, "| {what} | {figure} |");
        }
        page.push_str("\n![over time](soak.svg)\n\n## What happened meanwhile\n\n| fault | times |\n|---|---|\n");
        for (fault, times) in &self.tally {
            let _ = writeln!(page, "| {fault} | {times} |");
        }
        page.push_str("\n## Errors in the log\n\n| line | times |\n|---|---|\n");
        for (line, times) in &self.errors {
            let _ = writeln!(page, "| {line} | {times} |");
        }
        for (title, all) in [("Lost", &self.lost), ("Said twice", &self.doubled), ("Not said", &self.unsaid)] {
            if !all.is_empty() {
                let _ = writeln!(page, "\n## {title}\n\n- {}", all.join("\n- "));
            }
        }
        page
    }

    /// Fails where something was lost, doubled, or left behind.
    pub fn judge(&self) {
        assert!(self.messages > self.tables && self.replies > 0, "nothing was played");
        for (what, all) in [("lost", &self.lost), ("said twice", &self.doubled), ("not said", &self.unsaid)] {
            assert!(all.is_empty(), "{what}: {all:#?}");
        }
        assert_eq!((self.left_processes, self.left_files), (0, 0), "processes and files are left");
        let (before, after) = &self.rests;
        assert!(after.programs <= WARM, "{after:?}");
        assert!(after.descriptors <= before.descriptors + MORE_DESCRIPTORS, "{before:?} {after:?}");
        assert!(self.tally.contains_key("kill") && self.samples.len() > 10, "{:?}", self.tally);
    }
}
