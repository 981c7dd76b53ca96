//! `talekeeper check`: what is right and what is wrong, for a host before the first game and after an upgrade.
//! It changes nothing unless `--rebuild` asks it to.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::app::detect;
use crate::cli::Ending;
use crate::config::{Config, ConfigFaults, Sources};
use crate::domain::ProviderName;
use crate::door::discord::{examine, sentence as cannot_open};
use crate::format::escape;
use crate::provider::probe::Probe;
use crate::provider::tested;
use crate::store::Store;

/// Say what is right and what is wrong: configuration, data folder, database, providers, Discord
///
/// Ends with exit code 0 only if the program could run.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Make everything that is derived from the log anew, then check
    #[arg(long)]
    rebuild: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    /// What was looked at.
    what: String,
    /// How it is.
    state: State,
    /// What was found, in a sentence.
    found: String,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Good,
    /// Worth knowing; the program runs.
    Note,
    /// The program cannot run like this.
    Bad,
}

/// Looks at everything and says what it found.
pub fn run(args: &CheckArgs, loaded: Result<Config, ConfigFaults>, sources: &Sources) -> Ending {
    let findings = match loaded {
        Ok(config) => look(args, &config, sources),
        Err(faults) => vec![finding("configuration", State::Bad, faults.to_string())],
    };
    let could_run = findings.iter().all(|finding| finding.state != State::Bad);
    let printed = if args.json { print_json(&findings, could_run) } else { print(&findings, could_run) };
    match (printed, could_run) {
        (Ok(()), true) => Ending::Done,
        _ => Ending::Failed,
    }
}

fn finding(what: &str, state: State, found: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), state, found: found.into() }
}

fn look(args: &CheckArgs, config: &Config, sources: &Sources) -> Vec<Finding> {
    let file = config.file.as_ref().map_or_else(
        || "no file; defaults and environment".to_owned(),
        |file| format!("{} is read and understood", file.display()),
    );
    let mut findings = vec![finding("configuration", State::Good, file), data_folder(&config.data_dir)];
    findings.extend(config.notes.iter().map(|note| finding("configuration", State::Note, note)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        findings.push(finding("program", State::Bad, "the program cannot start its tasks on this machine"));
        return findings;
    };
    runtime.block_on(async {
        if args.rebuild {
            findings.push(rebuild(&config.data_dir).await);
        }
        findings.push(database(&config.data_dir));
        findings.extend(providers(config, sources).await);
        findings.extend(discord(config).await);
    });
    findings
}

fn data_folder(folder: &Path) -> Finding {
    let what = "data folder";
    let at = folder.display();
    if !folder.exists() {
        let parent = folder.ancestors().skip(1).find(|parent| parent.exists());
        return match parent.filter(|parent| is_writable(parent)) {
            Some(_) => finding(what, State::Good, format!("{at} is not there yet; it is made at the first start")),
            None => finding(what, State::Bad, format!("{at} is not there and cannot be made: no right to write there")),
        };
    }
    if !folder.is_dir() {
        return finding(what, State::Bad, format!("{at} is not a folder"));
    }
    if is_writable(folder) {
        finding(what, State::Good, format!("{at} can be written to"))
    } else {
        finding(what, State::Bad, format!("{at} cannot be written to; give the user who runs this the right to"))
    }
}

fn is_writable(folder: &Path) -> bool {
    nix::unistd::access(folder, nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK).is_ok()
}

async fn rebuild(folder: &Path) -> Finding {
    let what = "rebuild";
    let rebuilt = async {
        let store = Store::open(folder)?;
        let report = store.rebuild().await;
        store.close().await;
        report
    };
    match rebuilt.await {
        Ok(report) => finding(what, State::Good, format!("made anew from {} events", report.events)),
        Err(failure) => finding(what, State::Bad, format!("not done: {failure}")),
    }
}

fn database(folder: &Path) -> Finding {
    let what = "database";
    match Store::inspect(folder) {
        Ok(None) => finding(what, State::Good, "not there yet; it is made at the first start"),
        Ok(Some(seen)) if seen.problems.is_empty() => {
            let in_use = if seen.in_use { ", in use by a running talekeeper" } else { "" };
            finding(what, State::Good, format!("sound, schema {} of {}{in_use}", seen.version, seen.known))
        }
        Ok(Some(seen)) => {
            let problems = seen.problems.join("; ");
            finding(
                what,
                State::Bad,
                format!("damaged: {problems}. Keep a copy, then try `talekeeper check --rebuild`"),
            )
        }
        Err(failure) => finding(what, State::Bad, failure.to_string()),
    }
}

async fn providers(config: &Config, sources: &Sources) -> Vec<Finding> {
    let (seen, detected) = match detect::survey(config, &sources.env).await {
        Ok(survey) => survey,
        Err(failure) => return vec![finding("providers", State::Bad, format!("they cannot be asked: {failure}"))],
    };
    let mut findings: Vec<_> = seen
        .iter()
        .map(|seen| {
            let (state, found) = provider(&seen.name, seen.probe.as_ref(), seen.sign_in);
            // A provider that somebody relies on must be there.
            let state = if seen.needed && state == State::Note { State::Bad } else { state };
            finding(&format!("provider {}", seen.name), state, found)
        })
        .collect();
    findings.push(finding("game master", State::Good, format!("{} where nobody chose another", detected.provider)));
    findings
}

fn provider(name: &ProviderName, probe: Option<&Probe>, sign_in: &str) -> (State, String) {
    match probe {
        None => (State::Good, "built in; needs no model".to_owned()),
        Some(Probe::Found { version }) => {
            let tested = match tested::version(name.as_str()) {
                Some(tested) if tested == version => ", as tested".to_owned(),
                Some(tested) => format!(" (tested with {tested})"),
                None => String::new(),
            };
            (State::Good, format!("version {version}{tested}; {sign_in}"))
        }
        Some(Probe::NotFound) => (State::Note, "not installed".to_owned()),
        Some(Probe::NotExecutable) => (State::Note, "installed, but it may not be executed".to_owned()),
        Some(Probe::NoAnswer) => (State::Note, "installed, but it does not answer `--version`".to_owned()),
        Some(Probe::NoVersion { said }) => (State::Note, format!("installed, but it tells no version ({said})")),
        Some(Probe::NotAsked { reason }) => (State::Note, format!("it could not be asked: {reason}")),
    }
}

async fn discord(config: &Config) -> Vec<Finding> {
    let Some(token) = config.discord.token.clone() else {
        let found = "no token; the program opens a table in the terminal. Set DISCORD_TOKEN";
        return vec![finding("Discord", State::Note, found)];
    };
    match examine(config, token).await {
        // A channel where something is missing keeps no other table from being played.
        Ok(seen) => seen
            .into_iter()
            .map(|seen| finding(&seen.what, if seen.good { State::Good } else { State::Note }, seen.found))
            .collect(),
        Err(failure) => vec![finding("Discord", State::Bad, cannot_open(&failure))],
    }
}

fn print(findings: &[Finding], could_run: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let mark = match finding.state {
            State::Good => "good",
            State::Note => "note",
            State::Bad => "BAD ",
        };
        let found = escape::terminal(&finding.found).replace('\n', "\n      ");
        writeln!(out, "{mark}  {}: {found}", finding.what)?;
    }
    let last = if could_run { "Everything that is needed is there." } else { "It cannot run like this." };
    writeln!(out, "\n{last}")
}

fn print_json(findings: &[Finding], could_run: bool) -> io::Result<()> {
    let report = serde_json::json!({ "could_run": could_run, "findings": findings });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &report)?;
    writeln!(out)
}
