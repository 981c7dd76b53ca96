//! Starts an agent's process for the tables of one lane: arguments, environment, a folder of its own.
//! It says nothing to the process; see `agent.rs`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use super::dialect::{Dialect, ToldBy};
use super::lane::Lane;
use super::{AcpSettings, dialect};
use crate::domain::{Fault, FaultKind};
use crate::provider::environment::for_program;
use crate::provider::process::{Process, ProcessSpec, StartFault};
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
pub(super) async fn start(settings: &AcpSettings, lane: &Lane) -> Result<Started, Fault> {
    let (scratch, spec) = prepare(settings, lane)
        .map_err(|error| Fault::new(FaultKind::NotStarted, format!("no folder for the agent: {error}")))?;
    match Process::spawn(&settings.launcher, spec).await {
        Ok(process) => Ok(Started { process, scratch }),
        Err(fault @ StartFault::NotFound { .. }) => Err(Fault::new(FaultKind::NotInstalled, fault.to_string())),
        Err(fault) => Err(Fault::new(FaultKind::NotStarted, fault.to_string())),
    }
}

fn prepare(settings: &AcpSettings, lane: &Lane) -> io::Result<(Scratch, ProcessSpec)> {
    let dialect = Dialect::of(&settings.name);
    let scratch = Scratch::create(&parent(settings))?;
    let temporary = scratch.folder().join(TEMPORARY);
    DirBuilder::new().mode(0o700).create(&temporary)?;
    let dialect::Fitting { args: fitted, env, files } = dialect.fitting(lane.model.as_ref(), &lane.tools);
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
    let spec = ProcessSpec {
        args: args.into_iter().map(OsString::from).collect(),
        environment: for_program(&settings.base_environment, dialect.own_variables(), &wishes),
        line_limit: settings.line_limit,
        ..ProcessSpec::new(&settings.command, scratch.folder())
    };
    Ok((scratch, spec))
}

fn parent(settings: &AcpSettings) -> PathBuf {
    let named = settings.base_environment.get(&OsString::from("TMPDIR"));
    named.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}
