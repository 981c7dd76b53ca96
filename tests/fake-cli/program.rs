//! A stand-in for the `claude` CLI: takes its flags, speaks its stream, remembers conversations under its HOME, and
//! misbehaves on request. Never talks to anything but its pipes and that folder.
//!
//! As the real one it takes a prompt on stdin, or with `--input-format stream-json` one message after another.
//!
//! What it does is said by the last directive in the prompt, `[[fake:MODE key=value key='with spaces']]`, else by the
//! variable `FAKE_CLI_MODE` (the same without brackets), else it answers plainly. The modes are in `modes.rs`. One of
//! them, `script name=x`, does what the file `x.txt` in its folder says, written without brackets. Asked for a chronicle it does
//! what the file `chronicle.txt` there says, written likewise.

mod asking;
mod keeper;
mod memory;
mod modes;
mod speech;
mod tools;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::ExitCode;

use nix::sys::signal::{SigSet, Signal};

/// What the command line said.
#[derive(Debug, Default)]
struct Flags {
    session: Option<String>,
    resume: Option<String>,
    system: String,
    model: String,
    given: BTreeMap<String, Vec<String>>,
}

/// Flags that take values; `0` any number, else exactly one.
const WITH_VALUE: &[&str] = &[
    "--input-format",
    "--output-format",
    "--permission-prompt-tool",
    "--session-id",
    "--resume",
    "--system-prompt-snapshot",
    "--permission-mode",
    "--model",
    "--max-budget-usd",
    "--system-prompt-file",
    "--append-system-prompt-file",
    "--tools",
    "--max-turns",
    "--mcp-config",
];
const ALONE: &[&str] = &["-p", "--verbose", "--include-partial-messages", "--strict-mcp-config"];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("__stray") => return modes::stray(args.get(1).is_some_and(|how| how == "stubborn")),
        Some("__keeper") => return keeper::main(&args[1..]),
        Some("--version") => return version(),
        _ => {}
    }
    let flags = match flags(&args) {
        Ok(flags) => flags,
        Err(complaint) => return complain(&complaint),
    };
    interruptible();
    if flags.given.contains_key("--permission-prompt-tool") {
        let prompt = asking::prompt();
        return modes::run(&flags, &prompt, 0).unwrap_or(ExitCode::SUCCESS);
    }
    if flags.given.contains_key("--input-format") {
        return converse(flags);
    }
    let mut prompt = Vec::new();
    if std::io::stdin().read_to_end(&mut prompt).is_err() {
        return complain("Error: could not read the prompt");
    }
    let prompt = String::from_utf8_lossy(&prompt).into_owned();
    modes::run(&flags, &prompt, 0).unwrap_or(ExitCode::SUCCESS)
}

/// A message, a turn, until the input ends or a turn takes the program along.
fn converse(mut flags: Flags) -> ExitCode {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || listen(&tell));
    let mut code = ExitCode::SUCCESS;
    for (prompt, pictures) in told {
        match modes::run(&flags, &prompt, pictures) {
            Some(ended) => return ended,
            None => code = modes::last_code(),
        }
        // The conversation goes on.
        flags.resume = flags.session.take().or(flags.resume);
    }
    code
}

/// Hands on the messages. An interrupt ends the turn that runs, with a result that tells the cost; this one says
/// nothing more then.
fn listen(tell: &std::sync::mpsc::Sender<(String, usize)>) {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if said["type"] == "user" {
            let _ = tell.send(message(&said));
        } else if said["request"]["subtype"] == "interrupt" && !modes::deaf() {
            speech::line(&serde_json::json!({"type": "control_response", "response": {"subtype": "success",
                "request_id": said["request_id"], "response": {"still_queued": []}}}));
            speech::aborted();
            speech::fall_silent();
        }
    }
    if speech::is_silent() {
        std::process::exit(1);
    }
}

/// The prompt as text, and how many pictures came with it in the stream format.
fn message(message: &serde_json::Value) -> (String, usize) {
    let parts = message["message"]["content"].as_array().cloned().unwrap_or_default();
    let text = parts.iter().filter_map(|part| part["text"].as_str()).collect();
    let sound = |part: &&serde_json::Value| {
        part["source"]["media_type"].as_str().is_some_and(|kind| kind.starts_with("image/"))
            && part["source"]["data"].as_str().is_some_and(|data| !data.is_empty())
    };
    (text, parts.iter().filter(sound).count())
}

fn version() -> ExitCode {
    let mode = std::env::var_os("FAKE_CLI_MODE").unwrap_or_default();
    match mode.to_str() {
        Some("no-version") => modes::hang(),
        Some("notice") => speech::raw(b"Update available: 2.1.300 -> 2.1.331\n"),
        _ => {}
    }
    speech::raw(b"2.1.330 (Fake Claude)\n");
    ExitCode::SUCCESS
}

fn flags(args: &[String]) -> Result<Flags, String> {
    let mut flags = Flags::default();
    let mut rest = args.iter().peekable();
    while let Some(flag) = rest.next() {
        let mut values = Vec::new();
        if flag == "--allowed-tools" {
            while let Some(value) = rest.next_if(|next| !next.starts_with("--")) {
                values.push(value.clone());
            }
        } else if WITH_VALUE.contains(&flag.as_str()) {
            values.push(rest.next().ok_or_else(|| format!("error: option '{flag}' argument missing"))?.clone());
        } else if !ALONE.contains(&flag.as_str()) {
            return Err(format!("error: unknown option '{flag}'"));
        }
        flags.given.insert(flag.clone(), values);
    }
    let one = |name: &str| flags.given.get(name).and_then(|values| values.first()).cloned();
    let file = one("--system-prompt-file").or_else(|| one("--append-system-prompt-file"));
    let system = match file {
        Some(path) => std::fs::read_to_string(&path).map_err(|_| format!("Error: no system prompt file {path}"))?,
        None => String::new(),
    };
    if !flags.given.contains_key("--verbose") {
        return Err("Error: When using --print, --output-format=stream-json requires --verbose".into());
    }
    let model = one("--model").unwrap_or_else(|| "fake-1".into());
    Ok(Flags { session: one("--session-id"), resume: one("--resume"), system, model, given: flags.given })
}

/// As the real one: an interrupt ends the turn politely, with a result that tells the cost. The signal stays blocked,
/// so that a mode that wants to be deaf need only not start the listener.
fn interruptible() {
    let mut set = SigSet::empty();
    set.add(Signal::SIGINT);
    if set.thread_block().is_ok() {
        std::thread::spawn(move || {
            if set.wait().is_ok() && !modes::deaf() {
                speech::aborted();
                std::process::exit(0);
            }
        });
    }
}

fn complain(words: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{words}");
    ExitCode::from(1)
}
