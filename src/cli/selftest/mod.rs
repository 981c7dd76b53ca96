//! `talekeeper selftest`: an evening in seconds on this machine, with the parts that a real one has, and a report of it.
//! It touches nothing of the installation: it plays in a passing folder, and nothing private is in the report.

#[cfg(feature = "selftest-discord")]
mod discord;
mod evening;
mod report;

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::detect;
use crate::cli::{Ending, complain};
use crate::config::{self, Config, Sources};
use crate::provider::probe::Probe;
use crate::provider::tested;
use report::{Installed, Report, Step};

/// The longest that one part may take, on the slowest machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Play an evening in seconds and report how it went
///
/// The real parts (data folder, database, tables, dice, stories) and the Oracle, in a folder that is removed afterwards;
/// no network, no model. The report is markdown that can be pasted into an issue: it holds no path, no name and no key.
/// Ends with exit code 0 only if everything went as it should.
#[derive(Debug, Args)]
pub struct SelftestArgs {
    /// Do not ask the installed CLIs for their versions
    #[arg(long)]
    no_clis: bool,
}

/// Plays and reports.
pub fn run(args: &SelftestArgs, config: &Config, sources: &Sources) -> Ending {
    let folder = tempfile::Builder::new().prefix("talekeeper-selftest-").tempdir();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let (Ok(folder), Ok(runtime)) = (folder, runtime) else {
        complain("The selftest cannot begin: this machine gives it no passing folder, or no tasks.");
        return Ending::Failed;
    };
    let steps = runtime.block_on(async {
        tokio::select! {
            steps = play(folder.path()) => Some(steps),
            () = interrupted() => None,
        }
    });
    let Some(steps) = steps else {
        complain("The selftest was ended before it was over.");
        return Ending::Failed;
    };
    let installed = (!args.no_clis).then(|| runtime.block_on(clis(config, sources)));
    let report = Report { steps, installed, discord: cfg!(feature = "selftest-discord") };
    let good = report.is_good();
    report.print(&report::private(config, sources, folder.path()));
    drop(runtime);
    match folder.close() {
        Ok(()) if good => Ending::Done,
        Ok(()) => Ending::Failed,
        Err(failure) => {
            complain(&format!("The selftest's folder could not be removed: {failure}."));
            Ending::Failed
        }
    }
}

async fn interrupted() {
    let heard = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate)] = heard else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Everything that is played, each part in a folder of its own.
async fn play(folder: &Path) -> Vec<Step> {
    let mut steps = Steps::default();
    evening::play(&mut steps, &folder.join("table")).await;
    #[cfg(feature = "selftest-discord")]
    discord::play(&mut steps, &folder.join("discord")).await;
    steps.0
}

/// The configuration of an evening: a folder, the Oracle, and nothing of this machine.
fn settings(folder: &Path, more: &[(&str, String)]) -> Result<Config, String> {
    let mut env = vec![
        ("TALEKEEPER_DATA_DIR".to_owned(), folder.display().to_string()),
        ("TALEKEEPER_DEFAULTS__PROVIDER".to_owned(), "oracle".to_owned()),
    ];
    env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let sources = Sources { file: None, working_dir: folder.to_owned(), env };
    config::load_variables(&sources).map_err(|faults| faults.to_string())
}

/// What was tried so far.
#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    /// Tries something; what it needs from an earlier step that failed is told by the first failure alone.
    async fn tries<T>(
        &mut self,
        what: &'static str,
        trial: impl Future<Output = Result<(T, String), String>>,
    ) -> Option<T> {
        let began = Instant::now();
        let outcome = tokio::time::timeout(LIMIT, trial).await;
        let outcome = outcome.unwrap_or_else(|_| Err(format!("it did not end within {} seconds", LIMIT.as_secs())));
        let (given, found) = match outcome {
            Ok((given, found)) => (Some(given), Ok(found)),
            Err(fault) => (None, Err(fault)),
        };
        self.0.push(Step { what, found, took: began.elapsed() });
        given
    }
}

/// The CLIs that are here, beside those that were tested.
async fn clis(config: &Config, sources: &Sources) -> Vec<Installed> {
    let Ok((seen, _)) = detect::survey(config, &sources.env).await else { return Vec::new() };
    let known = seen.into_iter().filter_map(|seen| {
        let tested = tested::version(seen.name.as_str())?;
        let found = match seen.probe? {
            Probe::NotFound => return None,
            Probe::Found { version } => Ok(version),
            Probe::NotExecutable => Err("it may not be executed"),
            Probe::NoVersion { .. } => Err("it tells no version"),
            Probe::NoAnswer => Err("it does not answer `--version`"),
            Probe::NotAsked { .. } => Err("it could not be asked"),
        };
        Some(Installed { name: seen.name.to_string(), found, tested })
    });
    known.collect()
}
