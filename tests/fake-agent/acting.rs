//! What the stand-in can be asked to do in a turn, whichever way it is spoken to.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How a turn is told.
pub trait Stage {
    /// More text.
    fn say(&self, text: &str);
    /// What was said since the turn began is taken back, and the model is asked again.
    fn take_back(&self);
    /// Asks for leave to run this, and gives the answer as it came.
    fn ask_leave(&self, command: &str) -> String;
    /// Asks people to choose left or right, and gives what they said.
    fn ask_way(&self, question: &str) -> String;
    /// Something that no client knows.
    fn oddity(&self);
    /// The good end of a turn that read and wrote so many tokens.
    fn end(&self, tokens: (u64, u64));
    /// The bad end.
    fn fail(&self, kind: &str, words: &str);
    /// The end of a turn that was interrupted.
    fn interrupted(&self);
}

/// One turn.
pub struct Turn<'a> {
    /// The conversation.
    pub session: &'a str,
    /// The instructions that hold.
    pub system: &'a str,
    /// What was said.
    pub prompt: &'a str,
    /// Whether to stop.
    pub stop: &'a AtomicBool,
}

impl Turn<'_> {
    /// Plays it.
    pub fn play(&self, stage: &dyn Stage) {
        note_sent(self.system, self.prompt);
        let (mut mode, options) = directive(self.prompt);
        if options.contains_key("once") && !first_time(&mode) {
            mode = "plain".to_owned();
        }
        let number = |key: &str, default: u64| options.get(key).and_then(|value| value.parse().ok()).unwrap_or(default);
        match mode.as_str() {
            "hang" => return self.until_stopped(stage),
            "hang-after" => {
                stage.say("Once upon a time ");
                return self.until_stopped(stage);
            }
            "deaf" => {
                stage.say("Once upon a time ");
                for_ever();
            }
            "crash" => std::process::abort(),
            "crash-after" => {
                stage.say("Once upon a time ");
                std::process::abort();
            }
            "leave" => {
                stage.say("Once upon a time ");
                std::process::exit(3);
            }
            "fail" => {
                let kind = options.get("kind").map_or("overloaded", String::as_str);
                return stage.fail(kind, options.get("words").map_or("no", String::as_str));
            }
            "leak" => {
                let key = std::env::var_os(options.get("var").map_or("", String::as_str)).unwrap_or_default();
                let words = format!("invalid api key {}", key.to_string_lossy());
                crate::line(&words);
                let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{words}\n").as_bytes());
                return stage.fail("sign-in", &words);
            }
            "reveal" => {
                let key = std::env::var_os(options.get("var").map_or("", String::as_str)).unwrap_or_default();
                let text = format!("The key is {}, it says. ", key.to_string_lossy());
                text.as_bytes().chunks(7).for_each(|piece| stage.say(&String::from_utf8_lossy(piece)));
            }
            "slow" => {
                for word in 1..=number("n", 5) {
                    if self.stop.load(Ordering::SeqCst) {
                        return stage.interrupted();
                    }
                    stage.say(&format!("word{word} "));
                    thread::sleep(Duration::from_millis(number("delay", 20)));
                }
            }
            "withdrawn" => {
                stage.say("this will be taken back ");
                stage.take_back();
            }
            "permission" => {
                let key = options.get("var").and_then(std::env::var_os).unwrap_or_default();
                let command = options.get("command").map_or("touch ran", String::as_str);
                let command = format!("{command} {}", key.to_string_lossy());
                stage.say(&format!("leave={} ", stage.ask_leave(command.trim())));
            }
            "question" => {
                let question = options.get("text").map_or("Which way?", String::as_str);
                stage.say(&format!("They said: {}. ", stage.ask_way(question)));
            }
            "unknown" => stage.oddity(),
            "noise" => crate::line("Update available!"),
            "flood" => crate::line(&"x".repeat(2 * 1024 * 1024)),
            "empty" => return stage.end((number("in", 100), 0)),
            _ => {}
        }
        stage.say(&self.evidence());
        keep(self.session, last_line(self.prompt));
        stage.end((number("in", 100), number("out", 20)));
    }

    fn evidence(&self) -> String {
        let earlier = earlier(self.session).unwrap_or_default().len();
        let system: String = self.system.chars().take(40).collect();
        let (bytes, pid) = (self.prompt.len(), std::process::id());
        let last = last_line(self.prompt);
        format!("FAKE-OK earlier={earlier} prompt_bytes={bytes} pid={pid} system={system:?} last={last:?}")
    }

    fn until_stopped(&self, stage: &dyn Stage) {
        while !self.stop.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        stage.interrupted();
    }
}

/// The last lines of the earlier prompts of a conversation; none if it never was.
pub fn earlier(session: &str) -> Option<Vec<String>> {
    Some(fs::read_to_string(memory(session)).ok()?.lines().map(str::to_owned).collect())
}

/// Opens a conversation, so that it can be found again.
pub fn open(session: &str) {
    let _ = fs::write(memory(session), "");
}

/// Keeps what the model would be sent, for a test to read.
fn note_sent(system: &str, prompt: &str) {
    let path = memory("sent.txt");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::write(path, format!("{before}=== sent\n{system}\n{prompt}\n"));
}

fn keep(session: &str, turn: &str) {
    let mut turns = earlier(session).unwrap_or_default();
    turns.push(turn.to_owned());
    let _ = fs::write(memory(session), turns.join("\n") + "\n");
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// Whether a mode that is meant `once` was not met before in this HOME.
fn first_time(mode: &str) -> bool {
    fs::File::create_new(memory(&format!("once-{mode}"))).is_ok()
}

/// `[[fake:MODE key=value]]`, or `[[agent:MODE …]]` where others in the same turn are to do something else; a value
/// ends at a space, an underscore in it stands for one.
fn directive(text: &str) -> (String, BTreeMap<String, String>) {
    let inside = |opening: &str| Some(text.rsplit_once(opening)?.1.split_once("]]")?.0);
    let inside = inside("[[agent:").or_else(|| inside("[[fake:")).unwrap_or_default();
    let mut words = inside.split(' ');
    let mode = words.next().unwrap_or_default().to_owned();
    let value = |key: &str, value: &str| if key == "var" { value.to_owned() } else { value.replace('_', " ") };
    let pairs = words.filter_map(|word| word.split_once('='));
    (mode, pairs.map(|(key, text)| (key.to_owned(), value(key, text))).collect())
}

fn memory(session: &str) -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/nonexistent".into());
    let folder = PathBuf::from(home).join(".fake-agent");
    let _ = fs::create_dir_all(&folder);
    folder.join(session.replace('/', "_"))
}

fn for_ever() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
