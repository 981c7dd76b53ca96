//! The report of a selftest: markdown for an issue, and what must not stand in it.
//! It tries nothing.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;

use crate::config::{Config, Sources};
use crate::format::escape;

/// Shorter texts are no names, and taking them out would take out words.
const SHORTEST: usize = 3;
/// The longest that is told of one failure, in characters.
const FAULT: usize = 400;

/// One thing that was tried.
pub(super) struct Step {
    /// What.
    pub(super) what: &'static str,
    /// What was found, or what went wrong.
    pub(super) found: Result<String, String>,
    /// How long it took.
    pub(super) took: Duration,
}

/// A CLI that is here.
pub(super) struct Installed {
    /// Its provider's name.
    pub(super) name: String,
    /// Its version, or why it is not known.
    pub(super) found: Result<String, &'static str>,
    /// The version whose answers were recorded and are tested with.
    pub(super) tested: &'static str,
}

/// Everything.
pub(super) struct Report {
    pub(super) steps: Vec<Step>,
    /// None if they were not to be asked.
    pub(super) installed: Option<Vec<Installed>>,
    /// Whether this program can play over a Discord of its own.
    pub(super) discord: bool,
}

impl Report {
    /// Whether everything that was played went as it should. A CLI of another version is worth knowing, and no fault.
    pub(super) fn is_good(&self) -> bool {
        self.steps.iter().all(|step| step.found.is_ok())
    }

    /// Prints it, with everything private taken out.
    pub(super) fn print(&self, private: &[(String, &'static str)]) {
        let text = without(&self.text(), private);
        // Whoever does not read on does not want to be told.
        drop(std::io::stdout().lock().write_all(escape::terminal(&text).as_bytes()));
    }

    fn text(&self) -> String {
        let failed = self.steps.iter().filter(|step| step.found.is_err()).count();
        let verdict = match failed {
            0 => "everything works".to_owned(),
            failed => format!("{failed} of {} parts failed", self.steps.len()),
        };
        let mut text = format!(
            "## Talekeeper selftest: {verdict}\n\ntalekeeper {} · {} {} · {}\n\n| what | how | ms |\n|---|---|---|\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            system(),
        );
        for step in &self.steps {
            let how = match &step.found {
                Ok(found) => format!("good: {}", cell(found)),
                Err(fault) => format!("**failed**: {}", cell(fault)),
            };
            text += &format!("| {} | {how} | {} |\n", step.what, step.took.as_millis());
        }
        if !self.discord {
            text += "\nDiscord was not played: this program was built without `selftest-discord`.\n";
        }
        let installed = match &self.installed {
            None => return text + "\nProviders' CLIs were not asked.\n",
            Some(installed) if installed.is_empty() => return text + "\nNo provider's CLI is installed here.\n",
            Some(installed) => installed,
        };
        text += "\n| CLI | here | recorded and tested |\n|---|---|---|\n";
        for cli in installed {
            let here = match &cli.found {
                Ok(version) if version == cli.tested => format!("{version}, the same"),
                Ok(version) => format!("{version}, another"),
                Err(why) => (*why).to_owned(),
            };
            text += &format!("| {} | {} | {} |\n", cli.name, cell(&here), cli.tested);
        }
        text
    }
}

/// A text as a cell of a table takes it.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    line.chars().take(FAULT).collect()
}

/// What the system calls itself; it says that of every machine of its kind.
fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map_or_else(|| "system unknown".to_owned(), |name| cell(name.trim_matches('"')))
}

/// What must not stand in a report, with what stands there in its place; the longest first.
pub(super) fn private(config: &Config, sources: &Sources, folder: &Path) -> Vec<(String, &'static str)> {
    let value = |name: &str| sources.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut all = vec![
        (folder.display().to_string(), "<folder>"),
        (config.data_dir.display().to_string(), "<data folder>"),
        (sources.working_dir.display().to_string(), "<working folder>"),
    ];
    all.extend(value("HOME").map(|home| (home, "<home>")));
    all.extend(["USER", "LOGNAME"].into_iter().filter_map(value).map(|name| (name, "<user>")));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    all.extend(host.map(|name| (name.trim().to_owned(), "<host>")));
    let secrets = crate::app::keys(config, &sources.env);
    all.extend(secrets.iter().map(|secret| (secret.expose_secret().to_owned(), "<secret>")));
    // A root folder or a user called `it` is nobody's secret.
    all.retain(|(text, _)| text.len() >= SHORTEST);
    all.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    all
}

fn without(text: &str, private: &[(String, &'static str)]) -> String {
    private.iter().fold(text.to_owned(), |text, (private, shown)| text.replace(private.as_str(), shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(found: Result<String, String>) -> Report {
        let took = Duration::from_millis(12);
        let installed = vec![
            Installed { name: "claude".to_owned(), found: Ok("2.0.0".to_owned()), tested: "2.1.330" },
            Installed { name: "codex".to_owned(), found: Err("it tells no version"), tested: "0.169.0" },
        ];
        Report { steps: vec![Step { what: "dice", found, took }], installed: Some(installed), discord: true }
    }

    #[test]
    fn a_failure_is_one_cell_of_a_table_and_says_nothing_private() {
        let fault = "could not open /home/ana/games/x.db: a | b\nas ana, with k-1234567890".to_owned();
        let report = report(Err(fault));
        assert!(!report.is_good());
        let private =
            [("/home/ana".to_owned(), "<home>"), ("k-1234567890".to_owned(), "<secret>"), ("ana".to_owned(), "<user>")];
        let text = without(&report.text(), &private);
        assert!(text.contains("1 of 1 parts failed"), "{text}");
        let line = text.lines().find(|line| line.starts_with("| dice")).unwrap();
        assert_eq!(
            line,
            "| dice | **failed**: could not open <home>/games/x.db: a \\| b as <user>, with <secret> | 12 |"
        );
    }

    #[test]
    fn another_version_is_told_and_is_no_fault() {
        let report = report(Ok("2 rolls".to_owned()));
        assert!(report.is_good());
        let text = report.text();
        assert!(text.contains("| claude | 2.0.0, another | 2.1.330 |"), "{text}");
        assert!(text.contains("| codex | it tells no version | 0.169.0 |"), "{text}");
    }
}
