//! A stand-in for the CLIs that are spoken to in JSON-RPC of their own: `codex app-server` and `droid exec` in
//! stream-jsonrpc. Remembers conversations under its HOME and misbehaves on request. Never talks to anything but its
//! pipes and that folder.
//!
//! What it does is said by the last directive in the prompt, `[[fake:MODE key=value]]`, else it answers plainly with
//! what it knows. The modes are in `acting.rs` and are the same for both; `codex.rs` and `droid.rs` say them.

mod acting;
mod codex;
mod droid;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let first = std::env::args().nth(1).unwrap_or_default();
    match first.as_str() {
        "app-server" => codex::serve(),
        "exec" => droid::serve(),
        "--version" => line("0.0.1"),
        other => {
            let _ = writeln!(std::io::stderr(), "error: unrecognized subcommand '{other}'");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Writes one line. Nobody may be listening any more; then this program is about to end.
fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
