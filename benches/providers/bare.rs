//! The CLI without us: what our driver says to it is written down once, then said again to the CLI alone, with the same
//! arguments, variables, files and folder. What it names itself (sessions, threads) is put in the place of the old names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::Value;

use super::Pair;
use super::lab::{Cli, Lab};

/// Stands in the CLI's place, passes everything on and writes it down.
const RECORDER: &str = r#"#!/usr/bin/env python3
import json, os, subprocess, sys, threading
log, lock = open("LOG", "a"), threading.Lock()
def note(what):
    with lock:
        log.write(json.dumps(what) + "\n"); log.flush()
named = [a for a in sys.argv[1:] + list(os.environ.values()) if os.path.isfile(a) and "TEMP" in a]
note({"start": {"args": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(),
      "files": {a: open(a, encoding="utf-8").read() for a in named}}})
child = subprocess.Popen(["PROGRAM"] + sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def forth():
    for line in iter(sys.stdin.buffer.readline, b""):
        note({"in": line.decode()}); child.stdin.write(line); child.stdin.flush()
    child.stdin.close()
threading.Thread(target=forth, daemon=True).start()
for line in iter(child.stdout.readline, b""):
    note({"out": line.decode()}); sys.stdout.buffer.write(line); sys.stdout.buffer.flush()
"#;

/// How long a line is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Note {
    Start(Start),
    In(String),
    Out(String),
    /// The first turn is over.
    Mark,
}

#[derive(Deserialize)]
struct Start {
    args: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: PathBuf,
    files: BTreeMap<PathBuf, String>,
}

/// Something said in one of two turns, and what of the CLI's answers had come by then.
struct Said {
    line: String,
    after: BTreeSet<String>,
    /// Whether the turn was over already.
    late: bool,
}

/// What our driver said to a CLI in two turns of a conversation.
pub struct Recording {
    cli: Cli,
    program: PathBuf,
    start: Start,
    turns: [Vec<Said>; 2],
    /// The CLI's answers to what was asked of it, by id.
    answers: BTreeMap<String, Value>,
}

impl Recording {
    /// Lets the driver have two turns with the CLI.
    pub async fn make(lab: &Lab) -> Self {
        let (log, recorder) = (lab.home.path().join("said.jsonl"), lab.home.path().join(lab.cli.name()));
        let text = RECORDER
            .replace("LOG", log.to_str().unwrap())
            .replace("PROGRAM", lab.program.to_str().unwrap())
            .replace("TEMP", lab.home.path().to_str().unwrap());
        std::fs::write(&recorder, text).unwrap();
        std::fs::set_permissions(&recorder, std::fs::Permissions::from_mode(0o700)).unwrap();
        let driver = lab.driver(&recorder);
        let (_, session) = driver.turn(lab.order(0, "I knock twice.", None)).await;
        let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(b"\"mark\"\n").unwrap();
        driver.turn(lab.order(0, "I knock again.", Some(session))).await;
        let text = std::fs::read_to_string(&log).unwrap();
        driver.end().await;
        Self::read(lab, &text)
    }

    fn read(lab: &Lab, text: &str) -> Self {
        let (mut start, mut turns, mut answers, mut turn) = (None, [Vec::new(), Vec::new()], BTreeMap::new(), 0);
        let (mut last, mut late) = (String::new(), false);
        for line in text.lines() {
            match serde_json::from_str(line).unwrap() {
                Note::Start(new) => assert!(start.replace(new).is_none(), "one process has both turns"),
                Note::In(line) => {
                    last.clone_from(&line);
                    turns[turn].push(Said { line, after: answers.keys().cloned().collect(), late });
                }
                Note::Out(line) => {
                    late |= is_end(lab.cli, &line, &last);
                    if let Some((id, result)) = answer(&line) {
                        answers.insert(id, result);
                    }
                }
                Note::Mark => (turn, late) = (1, false),
            }
        }
        Self { cli: lab.cli, program: lab.program.clone(), start: start.unwrap(), turns, answers }
    }

    /// Says it again to the CLI alone.
    pub fn play(&self) -> Pair {
        for (path, text) in &self.start.files {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        // An agent's own folder goes with its driver.
        std::fs::create_dir_all(&self.start.cwd).unwrap();
        if let Some(temporary) = self.start.env.get("TMPDIR") {
            std::fs::create_dir_all(temporary).unwrap();
        }
        let begun = Instant::now();
        let mut bare = Bare::start(self);
        let cold = bare.turn(self, 0, begun);
        let warm = bare.turn(self, 1, Instant::now());
        drop(bare);
        for path in self.start.files.keys() {
            drop(std::fs::remove_file(path));
        }
        Pair { cold, warm }
    }

    fn is_text(&self, line: &str) -> bool {
        line.contains(match self.cli {
            Cli::Claude => "\"text_delta\"",
            Cli::Codex => "item/agentMessage/delta",
            Cli::Gemini | Cli::Opencode => "agent_message_chunk",
        })
    }
}

/// The CLI alone; it ends with the value, and what it started too.
struct Bare {
    child: Child,
    input: ChildStdin,
    lines: mpsc::Receiver<(Instant, String)>,
    answers: BTreeMap<String, Value>,
    /// Names as they were, and as they are now.
    names: BTreeMap<String, String>,
}

impl Drop for Bare {
    fn drop(&mut self) {
        let group = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _ = killpg(group, Signal::SIGKILL); // it may be gone already
        drop(self.child.wait());
    }
}

impl Bare {
    #[expect(clippy::disallowed_methods, reason = "the benchmark starts the program that it measures")]
    fn start(recording: &Recording) -> Self {
        let Start { args, env, cwd, .. } = &recording.start;
        let mut names = BTreeMap::new();
        if let Some(at) = args.iter().position(|arg| arg == "--session-id") {
            names.insert(args[at + 1].clone(), uuid::Uuid::new_v4().to_string());
        }
        let args = args.iter().map(|arg| names.get(arg).unwrap_or(arg));
        let mut command = Command::new(&recording.program);
        command.args(args).env_clear().envs(env).current_dir::<&Path>(cwd).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tell.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines, answers: BTreeMap::new(), names }
    }

    /// One turn: the time to its first text. What our driver said after its end is said then, and not counted.
    fn turn(&mut self, recording: &Recording, turn: usize, begun: Instant) -> Duration {
        let (late, said): (Vec<_>, Vec<_>) = recording.turns[turn].iter().partition(|said| said.late);
        said.iter().for_each(|said| self.say(recording, said));
        let last = said.last().map_or("", |said| &said.line);
        let mut first = None;
        loop {
            let (at, line) = self.next(recording);
            if recording.is_text(&line) {
                first.get_or_insert(at);
            }
            if is_end(recording.cli, &line, last) {
                break;
            }
        }
        for said in late {
            self.say(recording, said);
            // Codex takes up a conversation again only when it has let go of it, which it says by itself.
            let closes = said.line.contains("thread/unsubscribe");
            let wanted = id_of(&said.line).filter(|id| recording.answers.contains_key(id));
            let mut settled = wanted.is_none();
            while !settled {
                let (_, line) = self.next(recording);
                let answered = answer(&line).is_some_and(|(id, _)| Some(id) == wanted);
                settled = if closes { line.contains("thread/closed") } else { answered };
            }
        }
        first.expect("it spoke") - begun
    }

    fn say(&mut self, recording: &Recording, said: &Said) {
        while !said.after.iter().all(|id| self.answers.contains_key(id)) {
            self.next(recording);
        }
        let renamed = |line: String, (old, new): (&String, &String)| line.replace(old, new);
        let line = self.names.iter().fold(said.line.clone(), renamed);
        self.input.write_all(line.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    fn next(&mut self, recording: &Recording) -> (Instant, String) {
        let (at, line) = self.lines.recv_timeout(PATIENCE).expect("the CLI goes on");
        if let Some((id, result)) = answer(&line) {
            if let Some(old) = recording.answers.get(&id) {
                rename(old, &result, &mut self.names);
            }
            self.answers.insert(id, result);
        }
        (at, line)
    }
}

/// Strings that stand at the same place in an answer and are others than before.
fn rename(old: &Value, new: &Value, names: &mut BTreeMap<String, String>) {
    match (old, new) {
        (Value::String(old), Value::String(new)) if old != new && old.len() >= 8 => {
            names.insert(old.clone(), new.clone());
        }
        (Value::Object(old), Value::Object(new)) => {
            old.iter()
                .filter_map(|(key, old)| Some((old, new.get(key)?)))
                .for_each(|(old, new)| rename(old, new, names));
        }
        (Value::Array(old), Value::Array(new)) => old.iter().zip(new).for_each(|(old, new)| rename(old, new, names)),
        _ => {}
    }
}

/// Whether this line ends a turn in which this was said last.
fn is_end(cli: Cli, line: &str, last: &str) -> bool {
    match cli {
        Cli::Claude => line.contains("\"type\":\"result\""),
        Cli::Codex => line.contains("turn/completed"),
        Cli::Gemini | Cli::Opencode => {
            last.contains("session/prompt") && answer(line).is_some_and(|(id, _)| Some(id) == id_of(last))
        }
    }
}

/// The id and the result of a line that answers a request.
fn answer(line: &str) -> Option<(String, Value)> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some((value.get("id")?.to_string(), value.get("result")?.clone()))
}

fn id_of(line: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some(value.get("id")?.to_string())
}
