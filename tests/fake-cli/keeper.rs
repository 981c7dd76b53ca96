//! A small parent that keeps one run of the fake, so that a test can kill the parent and look what is left.

use std::path::Path;
use std::process::ExitCode;

use talekeeper::provider::process::{Heard, Launcher, Process, ProcessSpec};

/// Arguments: the guard's binary, a HOME that is also the working folder.
pub fn main(args: &[String]) -> ExitCode {
    let [guard, home] = args else { return ExitCode::from(2) };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(2);
    };
    runtime.block_on(keep(guard, Path::new(home)))
}

async fn keep(guard: &str, home: &Path) -> ExitCode {
    let Ok(own) = std::env::current_exe() else { return ExitCode::from(2) };
    let mut spec = ProcessSpec::new(own, home);
    spec.args = ["-p", "--verbose", "--output-format", "stream-json"].map(Into::into).into();
    spec.environment.insert("HOME".into(), home.into());
    let Ok(mut process) = Process::spawn(&Launcher::at(guard), spec).await else { return ExitCode::from(3) };
    process.send(b"[[fake:stray-hang how=stubborn]]");
    process.close_input();
    loop {
        if let Heard::Ended(_) = process.next().await {
            return ExitCode::SUCCESS;
        }
    }
}
