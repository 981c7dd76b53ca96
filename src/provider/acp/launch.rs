//! Starts an agent's process for the tables of one lane: arguments, environment, a folder of its own.
//! It says nothing to the process; see `agent.rs`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;

use super::dialect;
use super::dialect::{Dialect, ToldBy};
use super::lane::Lane;
use crate::domain::{Fault, FaultKind};
use crate::provider::cli::CliSettings;
use crate::provider::environment::for_program;
use crate::provider::process::{Process, ProcessSpec};
use crate::provider::scratch::Scratch;

/// A process and the folder it has to itself.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) process: Process,
    scratch: Scratch,
}

impl Started {
    /// Removes what the agent left in its temporary folder. gemini writes a report of several hundred kilobytes, with
    /// the conversation in it, about every failed request.
    pub(super) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.scratch.folder().join(TEMPORARY)) else { return };
        let reports = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().contains("-error-"));
        for report in reports {
            // The folder goes with the process in any case.
            let _ = fs::remove_file(report.path());
        }
    }
}

/// The agent's own temporary folder, in the folder of its process.
const TEMPORARY: &str = "tmp";

/// Starts the process of `lane`.
///
/// # Errors
/// As a fault for the turns that wait for it.
pub(super) async fn start(settings: &CliSettings, lane: &Lane) -> Result<Started, Fault> {
    let scratch = settings.scratch()?;
    let spec = prepare(settings, lane, &scratch)
        .map_err(|error| Fault::new(FaultKind::NotStarted, format!("no folder for the agent: {error}")))?;
    let process = settings.start(spec).await?;
    Ok(Started { process, scratch })
}

fn prepare(settings: &CliSettings, lane: &Lane, scratch: &Scratch) -> io::Result<ProcessSpec> {
    let dialect = Dialect::of(&settings.name);
    let temporary = scratch.folder().join(TEMPORARY);
    DirBuilder::new().mode(0o700).create(&temporary)?;
    let dialect::Fitting { args: fitted, env, files } =
        dialect.fitting(lane.model.as_ref(), &lane.tools, lane.asks, &lane.game);
    let mut args = match &settings.args {
        Some(args) => args.clone(),
        None => dialect.arguments().iter().map(|arg| (*arg).to_owned()).collect(),
    };
    args.extend(fitted);
    let mut wishes: BTreeMap<String, String> = env.into_iter().collect();
    wishes.insert("TMPDIR".to_owned(), temporary.to_string_lossy().into_owned());
    for file in files {
        let path = scratch.write(file.name, &file.text)?.to_string_lossy().into_owned();
        match file.told_by {
            ToldBy::Argument(flag) => args.extend([flag.to_owned(), path]),
            ToldBy::Variable(name) => drop(wishes.insert(name.to_owned(), path)),
        }
    }
    wishes.extend(settings.env.clone());
    let environment = for_program(&settings.base_environment, dialect.own_variables(), &wishes);
    Ok(settings.kept(args.into_iter().map(OsString::from).collect(), scratch.folder(), environment))
}
