//! What the fake can be asked to do.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, raise};
use serde_json::json;

use crate::asking;
use crate::memory::{self, Memory};
use crate::speech::{self, Bill};
use crate::{Flags, complain, tools};

static DEAF: AtomicBool = AtomicBool::new(false);
static FAILED: AtomicBool = AtomicBool::new(false);

/// Whether an interrupt is to be ignored.
pub fn deaf() -> bool {
    DEAF.load(Ordering::SeqCst)
}

/// A mode and its options.
struct Directive {
    mode: String,
    options: BTreeMap<String, String>,
}

impl Directive {
    fn of(prompt: &str) -> Self {
        let spoken = prompt.rfind("[[fake:").and_then(|start| {
            let rest = &prompt[start + "[[fake:".len()..];
            rest.find("]]").map(|end| rest[..end].to_owned())
        });
        let from_outside = || std::env::var_os("FAKE_CLI_MODE").and_then(|mode| mode.into_string().ok());
        Self::parse(&spoken.or_else(from_outside).unwrap_or_else(|| "plain".into())).written_down()
    }

    /// `[[fake:script name=x]]` does what the file `x.txt` says, so that no player has said it.
    fn written_down(self) -> Self {
        if self.mode != "script" {
            return self;
        }
        let path = memory::folder().join(self.text("name", "script")).with_extension("txt");
        Self::parse(&std::fs::read_to_string(path).unwrap_or_default())
    }

    /// `mode key=value key='with spaces and \n'`
    fn parse(text: &str) -> Self {
        let (mode, mut rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let mut options = BTreeMap::new();
        while let Some((key, tail)) = rest.trim_start().split_once('=') {
            let (value, after) = match tail.strip_prefix('\'') {
                Some(quoted) => quoted.split_once('\'').unwrap_or((quoted, "")),
                None => tail.split_once(' ').unwrap_or((tail, "")),
            };
            // A test writes `\l` where people's `<@7>` would become a name before it is heard here.
            options.insert(key.to_owned(), value.replace("\\n", "\n").replace("\\l", "<"));
            rest = after;
        }
        Self { mode: mode.to_owned(), options }
    }

    /// What the same directive has a reply that is told anew be: `anew='other words'`, or `anew_mode=fail`; else the same.
    fn anew(mut self) -> Self {
        if let Some(text) = self.options.remove("anew") {
            self.options.insert("text".to_owned(), text);
        }
        if let Some(mode) = self.options.remove("anew_mode") {
            self.mode = mode;
        }
        self
    }

    fn text(&self, key: &str, default: &str) -> String {
        self.options.get(key).cloned().unwrap_or_else(|| default.to_owned())
    }

    fn number(&self, key: &str, default: u64) -> u64 {
        self.options.get(key).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    fn bill(&self, session: &str, cost_before: f64) -> Bill {
        let cost = self.options.get("cost").and_then(|cost| cost.parse().ok()).unwrap_or(0.05);
        let (tokens_in, tokens_out) = (self.number("in", 100), self.number("out", 20));
        Bill { session: session.to_owned(), cost_before, cost, tokens_in, tokens_out }
    }
}

/// The exit code of a program that goes after this turn: 1 if the turn failed.
pub fn last_code() -> ExitCode {
    if FAILED.load(Ordering::SeqCst) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// One turn. Gives the exit code of one that takes the program along.
pub fn run(flags: &Flags, prompt: &str, pictures: usize) -> Option<ExitCode> {
    FAILED.store(false, Ordering::SeqCst);
    let session = flags.resume.clone().or_else(|| flags.session.clone()).unwrap_or_else(|| "fake".into());
    let memory = if flags.resume.is_some() { Memory::open(&session) } else { Memory::create(&session) };
    memory::note_sent(&flags.system, prompt);
    let directive = match memory.as_ref().and_then(|memory| memory.earlier.last()) {
        Some(earlier) if prompt.contains("## Tell your last reply anew") => Directive::of(earlier).anew(),
        _ => match memory::chronicle(&flags.system, prompt) {
            Some(asked) => Directive::parse(&asked),
            None => Directive::of(prompt),
        },
    };
    let lost = directive.mode.starts_with("lost") && flags.resume.is_some();
    let Some(memory) = memory.filter(|_| !lost) else { return Some(no_conversation(flags, &session)) };
    let cost_before = memory.earlier.len() as f64 * 0.05;
    before_the_beginning(&directive);
    if let Some(code) = never_begins(&directive) {
        return Some(code);
    }
    let shown = if directive.mode == "other-session" { "00000000-0000-4000-8000-000000000000" } else { &session };
    speech::init(shown, &flags.model, cost_before);
    let last = prompt.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
    let bill = directive.bill(&session, cost_before);
    let turn = Turn { directive, bill, flags, prompt, pictures, earlier: memory.earlier.clone(), last: last.clone() };
    if !matches!(turn.directive.mode.as_str(), "fail" | "leak" | "lost" | "lost-hang") {
        memory.keep(&last);
    }
    turn.tell()
}

fn no_conversation(flags: &Flags, session: &str) -> ExitCode {
    if flags.resume.is_none() {
        return complain(&format!("Error: Session ID {session} is already in use."));
    }
    let words = format!("No conversation found with session ID: {session}");
    let bill = Bill { session: session.into(), cost_before: 0.0, cost: 0.0, tokens_in: 0, tokens_out: 0 };
    speech::result(
        &bill,
        &json!({"subtype": "error_during_execution", "is_error": true, "errors": [words],
        "terminal_reason": null}),
    );
    complain(&words)
}

fn before_the_beginning(directive: &Directive) {
    match directive.mode.as_str() {
        "notice" => speech::raw(b"Update available: 2.1.330 -> 2.1.331\nRun it.\n"),
        "stubborn" => make_deaf(),
        _ => {}
    }
}

fn make_deaf() {
    DEAF.store(true, Ordering::SeqCst);
    let mut set = SigSet::empty();
    set.add(Signal::SIGTERM);
    let _ = set.thread_block();
}

/// The modes that end or hang before a word.
fn never_begins(directive: &Directive) -> Option<ExitCode> {
    match directive.mode.as_str() {
        "hang" => hang(),
        "silent" => Some(ExitCode::SUCCESS),
        "exit" => {
            let _ = writeln!(std::io::stderr(), "{}", directive.text("stderr", "something is wrong"));
            Some(ExitCode::from(u8::try_from(directive.number("code", 1)).unwrap_or(1)))
        }
        "gibberish" => {
            speech::raw(b"Welcome to the fake!\nHow may I help?\n");
            Some(ExitCode::SUCCESS)
        }
        _ => None,
    }
}

struct Turn<'a> {
    directive: Directive,
    bill: Bill,
    flags: &'a Flags,
    prompt: &'a str,
    pictures: usize,
    earlier: Vec<String>,
    last: String,
}

impl Turn<'_> {
    fn tell(self) -> Option<ExitCode> {
        Some(match self.directive.mode.as_str() {
            "fail" => {
                let words = format!("API Error: {} at http://10.0.0.1/secret", self.directive.text("kind", "?"));
                return self.fail(&words);
            }
            // The tool was called and then the turn fails.
            "tool-fail" => {
                self.call();
                return self.fail("API Error: overloaded");
            }
            "leak" => {
                let key = std::env::var_os(self.directive.text("var", "")).unwrap_or_default();
                let words = format!("API Error: 401 invalid api key {}", key.to_string_lossy());
                speech::raw(format!("{words}\n").as_bytes());
                let _ = writeln!(std::io::stderr(), "{words}");
                return self.fail(&words);
            }
            "crash" => crash(&self.directive),
            "flood" => flood(),
            "long-line" => self.long_line(),
            "hang-after" | "stubborn" => {
                speech::open("msg_1");
                speech::delta("msg_1", "Once upon a time");
                hang()
            }
            "broken" => {
                speech::open("msg_1");
                speech::delta("msg_1", "Once upon");
                ExitCode::from(u8::try_from(self.directive.number("code", 0)).unwrap_or(1))
            }
            // Forgot everything, and takes its time when it is told again.
            "lost-hang" => hang(),
            "retry-hang" => {
                retry(1, 3, Some(529), "overloaded");
                hang()
            }
            "stray" | "stray-hang" => self.stray(),
            "busy" => return self.busy(),
            _ => return self.answer(),
        })
    }

    fn answer(self) -> Option<ExitCode> {
        let text = self.text();
        match self.directive.mode.as_str() {
            "slow" => self.slowly(&text),
            "withdrawn" => {
                speech::open("msg_0");
                speech::delta("msg_0", "this will be taken back");
                speech::withdraw("msg_0");
                retry(1, 3, None, "unknown");
                speech::say("msg_1", &text);
            }
            "retry" => {
                let n = self.directive.number("n", 2);
                (1..=n).for_each(|attempt| retry(attempt, n, Some(529), "overloaded"));
                speech::say("msg_1", &text);
            }
            "denied" => {
                speech::line(&json!({"type": "assistant", "message": {"id": "msg_0", "model": "fake-1",
                    "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}]}}));
                speech::line(&json!({"type": "system", "subtype": "permission_denied", "tool_name": "Bash"}));
                speech::say("msg_1", &text);
            }
            "unknown" => {
                speech::line(&json!({"type": "brand_new_event", "x": [1, 2, {"y": null}]}));
                speech::line(&json!({"type": "system", "subtype": "hook_started"}));
                speech::say("msg_1", &text);
            }
            "bad-utf8" => {
                speech::open("msg_1");
                speech::raw(b"{\"type\":\"assistant\",\"message\":{\"id\":\"msg_1\",\"model\":\"fake-1\",\"content\":[{\"type\":\"text\",\"text\":\"caf\xe9 au lait\"}]}}\n");
            }
            // The text tells when it was printed; the rest comes when that has been seen.
            "clock" => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                speech::open("msg_1");
                speech::delta("msg_1", &format!("printed-at-{}\n\n", now.as_micros()));
                std::thread::sleep(Duration::from_millis(1500));
                speech::say("msg_2", &text);
            }
            "empty" => {}
            _ => speech::say("msg_1", &text),
        }
        let said = if self.directive.mode == "empty" { "" } else { &text };
        if self.directive.mode == "noisy-stderr" {
            let _ = std::io::stderr().write_all(&vec![b'e'; 300_000]);
        }
        let facts = match self.directive.mode.as_str() {
            "old-bill" => json!({"result": said, "model_usage_since_last_result": null}),
            "unpriced" => json!({"result": said, "total_cost_usd": null, "model_usage_since_last_result": null}),
            _ => json!({"result": said}),
        };
        speech::result(&self.bill, &facts);
        if self.directive.mode == "linger" {
            DEAF.store(true, Ordering::SeqCst);
            hang();
        }
        self.afterwards()
    }

    /// What comes after the end of the turn.
    fn afterwards(&self) -> Option<ExitCode> {
        match self.directive.mode.as_str() {
            "leave" => return Some(ExitCode::SUCCESS),
            "unasked" => speech::say("msg_2", "And another thing!"),
            _ => {}
        }
        None
    }

    fn text(&self) -> String {
        match self.directive.mode.as_str() {
            "tool" => {
                let answered = self.call();
                self.directive.text("say", &answered)
            }
            // What was told before is not to be told so again.
            "say" if self.prompt.contains("## Tell it otherwise") && self.directive.options.contains_key("anew") => {
                self.directive.text("anew", "")
            }
            "say" => self.directive.text("text", "Hm."),
            "slow" if self.directive.options.contains_key("text") => self.directive.text("text", ""),
            // Says what the players did back to them, as a model that was talked into anything might.
            "echo" => section(self.prompt, "What the players do now"),
            "keep-tools" => {
                let config = self.flags.given.get("--mcp-config").and_then(|values| values.first());
                let config = config.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
                let _ = std::fs::write(memory::folder().join("tools.json"), config);
                "The tools are kept.".into()
            }
            "reveal" => {
                let key = std::env::var_os(self.directive.text("var", "")).unwrap_or_default();
                format!("The key is {}, it says.", key.to_string_lossy())
            }
            "ask" | "question" if !self.flags.given.contains_key("--permission-prompt-tool") => {
                "Nobody may be asked.".to_owned()
            }
            "ask" => {
                let key = std::env::var_os(self.directive.text("var", "")).unwrap_or_default();
                let command = format!("{} {}", self.directive.text("command", "ls"), key.to_string_lossy());
                let (tool, command) = (self.directive.text("tool", "Bash"), command.trim());
                let told = (1..=self.directive.number("n", 1)).map(|number| asking::leave(number, &tool, command));
                told.collect::<Vec<_>>().join(" ")
            }
            "question" => asking::question(1, &self.directive.text("text", "Where to?")),
            "ansi" => "red \u{1b}[31malert\u{1b}[0m \u{1b}]0;title\u{7}end".into(),
            "environment" => {
                let names: Vec<String> =
                    std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
                names.join(" ")
            }
            "pid" => format!("pid={}.", std::process::id()),
            "files" => {
                let told = self.prompt.split("## The files").nth(1).unwrap_or("no files");
                let kept = std::fs::read_dir("attachments").into_iter().flatten().flatten();
                let kept: Vec<_> = kept.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
                format!("pictures={} kept={kept:?}\n\n```\n{told}\n```", self.pictures)
            }
            "arguments" => format!("{:?}", self.flags.given),
            "section" => section(self.prompt, &self.directive.text("name", "Rolled")),
            "keep-brief" => {
                let brief = json!({"system": self.flags.system, "prompt": self.prompt});
                let _ = std::fs::write(memory::folder().join("brief.json"), brief.to_string());
                "The brief is kept.".into()
            }
            _ => {
                let system: String = self.flags.system.chars().take(40).collect();
                let (turns, bytes) = (self.earlier.len(), self.prompt.len());
                format!("FAKE-OK earlier_turns={turns} prompt_bytes={bytes} system={system:?} last={:?}", self.last)
            }
        }
    }

    /// Calls the tool `name` with the JSON `args`.
    fn call(&self) -> String {
        tools::call(self.flags, &self.directive.text("name", ""), &self.directive.text("args", "{}"))
    }

    fn slowly(&self, text: &str) {
        let (n, delay) = (self.directive.number("n", 10), self.directive.number("delay", 50));
        speech::open("msg_1");
        let mut told = String::new();
        for word in (1..=n).map(|n| format!("word{n} ")) {
            speech::delta("msg_1", &word);
            told.push_str(&word);
            std::thread::sleep(Duration::from_millis(delay));
        }
        speech::delta("msg_1", text);
        // What streams in parts, so that a reader has something before the end.
        for part in self.directive.options.get("then").into_iter().flat_map(|then| then.split_inclusive(' ')) {
            std::thread::sleep(Duration::from_millis(delay));
            speech::delta("msg_1", part);
        }
        let then = self.directive.text("then", "");
        speech::close("msg_1", &(told + text + &then));
    }

    fn fail(&self, words: &str) -> Option<ExitCode> {
        let usual = if self.directive.mode == "leak" { "authentication_failed" } else { "server_error" };
        let kind = self.directive.text("kind", usual);
        let status = match kind.as_str() {
            "authentication_failed" => Some(401),
            "billing_error" | "invalid_request" | "too_long" => Some(400),
            "model_not_found" => Some(404),
            "rate_limit" => Some(429),
            "server_error" => Some(529),
            _ => None,
        };
        let until = self.directive.options.get("until").and_then(|until| until.parse::<i64>().ok());
        if let Some(until) = until {
            speech::line(&json!({"type": "rate_limit_event",
                "rate_limit_info": {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": until}}));
        }
        let (terminal, subtype) = match kind.as_str() {
            "too_long" => ("prompt_too_long", "success"),
            "budget" => ("budget_exhausted", "error_max_budget_usd"),
            _ => ("api_error", "success"),
        };
        if subtype == "success" && kind != "refusal" {
            speech::line(&json!({"type": "assistant", "error": kind, "is_api_error_message": true,
                "api_error_status": status,
                "message": {"id": "x", "model": "<synthetic>", "content": [{"type": "text", "text": words}]}}));
        }
        let stop = if kind == "refusal" { "refusal" } else { "stop_sequence" };
        speech::result(
            &self.bill,
            &json!({"is_error": true, "subtype": subtype, "terminal_reason": terminal,
            "api_error_status": status, "stop_reason": stop, "result": words}),
        );
        FAILED.store(true, Ordering::SeqCst);
        None
    }

    fn long_line(&self) -> ExitCode {
        let megabytes = usize::try_from(self.directive.number("mb", 20)).unwrap_or(20);
        speech::raw(b"{\"type\":\"assistant\",\"x\":\"");
        let piece = vec![b'x'; 1024 * 1024];
        (0..megabytes).for_each(|_| speech::raw(&piece));
        speech::raw(b"\"}\n");
        hang()
    }

    /// Leaves a grandchild in a session of its own that holds our pipes.
    fn stray(&self) -> ExitCode {
        let how = self.directive.text("how", "plain");
        let own = std::env::current_exe().unwrap_or_else(|_| "fake-cli".into());
        #[expect(clippy::disallowed_methods, reason = "a stand-in for a CLI starts programs as one does")]
        let started = Command::new(own).args(["__stray", &how]).stdin(Stdio::null()).spawn();
        if started.is_err() {
            return complain("Error: no stray");
        }
        let note = memory::folder().join("stray.pid");
        while !note.exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.directive.mode == "stray-hang" {
            speech::open("msg_1");
            speech::delta("msg_1", "A stray was set loose");
            hang();
        }
        speech::say("msg_1", "A stray was set loose");
        speech::result(&self.bill, &json!({"result": "A stray was set loose"}));
        ExitCode::SUCCESS
    }

    /// Works without a word.
    fn busy(self) -> Option<ExitCode> {
        let until = Instant::now() + Duration::from_millis(self.directive.number("ms", 1500));
        let mut sum = 0_u64;
        while Instant::now() < until {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        self.answer()
    }
}

fn retry(attempt: u64, of: u64, status: Option<u64>, error: &str) {
    speech::line(&json!({"type": "system", "subtype": "api_retry", "attempt": attempt, "max_retries": of,
        "retry_delay_ms": 500, "error_status": status, "error": error}));
}

fn crash(directive: &Directive) -> ExitCode {
    let signal = if directive.text("signal", "SEGV") == "KILL" { Signal::SIGKILL } else { Signal::SIGSEGV };
    speech::open("msg_1");
    speech::delta("msg_1", "Once upon");
    // Rust's own handler takes the first SIGSEGV, finds no overflow, and stands aside for the next.
    let _ = raise(signal).and_then(|()| raise(signal));
    hang()
}

fn flood() -> ExitCode {
    let piece = "{\"type\":\"system\",\"subtype\":\"status\"}\n".repeat(1000);
    loop {
        speech::raw(piece.as_bytes());
    }
}

/// Never comes back.
pub fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// The grandchild: in its own session, holding what it inherited.
pub fn stray(stubborn: bool) -> ExitCode {
    let _ = nix::unistd::setsid();
    if stubborn {
        let _ = SigSet::all().thread_block();
    }
    let _ = std::fs::write(memory::folder().join("stray.pid"), std::process::id().to_string());
    hang()
}

/// What the prompt says under a heading, to be looked at by a test.
fn section(prompt: &str, name: &str) -> String {
    let heading = format!("## {name}\n");
    let found = prompt.rsplit_once(&heading).map_or("nothing", |(_, rest)| rest);
    found.split("\n## ").next().unwrap_or_default().replace("| ", "")
}
