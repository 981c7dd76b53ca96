//! A stand-in for an agent that speaks the Agent Client Protocol: many sessions at once, remembered under its HOME, and
//! misbehaving on request. Never talks to anything but its pipes and that folder.
//!
//! What it does is said by the last directive in the prompt, `[[fake:MODE key=value]]`, else it answers plainly with
//! what it knows: how many prompts came before in this session, whether instructions stood in this one.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Sessions that are open, and whether their prompt is to stop.
type Sessions = Arc<Mutex<HashMap<String, Arc<AtomicBool>>>>;

/// The ids of our own requests.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// The answers to our own requests.
static ANSWERS: Mutex<BTreeMap<u64, Value>> = Mutex::new(BTreeMap::new());

fn main() {
    let mode = std::env::var_os("FAKE_ACP_MODE").unwrap_or_default().into_string().unwrap_or_default();
    match mode.as_str() {
        "hang" => sleep_for_ever(),
        "exit" => {
            let _ = writeln!(std::io::stderr(), "Please set an Auth method in your settings");
            std::process::exit(41);
        }
        _ => {}
    }
    let sessions = Sessions::default();
    for line in std::io::stdin().lock().lines() {
        let Ok(message) = line.map_err(drop).and_then(|line| serde_json::from_str::<Value>(&line).map_err(drop)) else {
            continue;
        };
        take(message, &sessions, &mode);
    }
}

fn take(message: Value, sessions: &Sessions, mode: &str) {
    let id = message["id"].clone();
    let params = message["params"].clone();
    let session = params["sessionId"].as_str().unwrap_or_default().to_owned();
    match message["method"].as_str() {
        None => {
            let id = id.as_u64().unwrap_or_default();
            ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).insert(id, message["result"].clone());
        }
        Some("initialize") => {
            raw(b"a banner that is no JSON\n");
            let version = if mode == "next-protocol" { 2 } else { 1 };
            answer(
                &id,
                &json!({"protocolVersion": version, "agentInfo": {"name": "fake", "version": "1.2.3"},
                "agentCapabilities": {"loadSession": true}}),
            );
        }
        Some("session/new") => {
            let session = format!("fake-{}-{}", std::process::id(), ASKED.fetch_add(1, Ordering::SeqCst));
            lock(sessions).insert(session.clone(), Arc::default());
            answer(&id, &json!({"sessionId": session, "models": {"currentModelId": "fake-1"}}));
        }
        Some("session/load") => load(&id, &session, sessions),
        Some("session/cancel") => {
            if let Some(stop) = lock(sessions).get(&session) {
                stop.store(true, Ordering::SeqCst);
            }
        }
        Some("session/prompt") => {
            let Some(stop) = lock(sessions).get(&session).cloned() else {
                return error(&id, -32602, "Session not found");
            };
            stop.store(false, Ordering::SeqCst);
            let text = params["prompt"][0]["text"].as_str().unwrap_or_default().to_owned();
            thread::spawn(move || Prompt { id, session, text, stop }.tell());
        }
        Some(_) => error(&id, -32601, "method not found"),
    }
}

fn load(id: &Value, session: &str, sessions: &Sessions) {
    let Ok(history) = fs::read_to_string(memory(session)) else {
        return error(id, -32603, "Internal error: service failure");
    };
    lock(sessions).insert(session.to_owned(), Arc::default());
    let tell = |history: &str| {
        for line in history.lines() {
            update(session, &json!({"sessionUpdate": "user_message_chunk", "content": {"type": "text", "text": line}}));
            chunk(session, "an old reply that must not be shown again");
        }
    };
    // Half of the history before the answer, half of it after: agents do both, but for those that are known not to.
    let lines: Vec<&str> = history.lines().collect();
    let (before, after) = lines.split_at(if known_as(&["opencode", "qwen"]) { lines.len() } else { lines.len() / 2 });
    tell(&before.join("\n"));
    answer(id, &json!({}));
    tell(&after.join("\n"));
}

/// One prompt.
struct Prompt {
    id: Value,
    session: String,
    text: String,
    stop: Arc<AtomicBool>,
}

impl Prompt {
    fn tell(self) {
        let (mode, options) = directive(&self.text);
        let number = |key: &str, default: u64| options.get(key).and_then(|value| value.parse().ok()).unwrap_or(default);
        match mode.as_str() {
            "hang" => return self.until_stopped(),
            "hang-after" => {
                self.say("Once upon a time ");
                return self.until_stopped();
            }
            "deaf" => {
                self.say("Once upon a time ");
                sleep_for_ever();
            }
            "crash" => std::process::abort(),
            "crash-after" => {
                self.say("Once upon a time ");
                std::process::abort();
            }
            "flood" => loop {
                self.say(&"flood ".repeat(1000));
            },
            "long-line" => {
                raw(&vec![b'x'; 2 * 1024 * 1024]);
                raw(b"\n");
                return self.until_stopped();
            }
            "fail" => {
                let code = options.get("code").and_then(|code| code.parse().ok()).unwrap_or(-32603);
                return error(&self.id, code, options.get("message").map_or("Internal error", String::as_str));
            }
            "slow" => {
                for word in 1..=number("n", 5) {
                    if self.stop.load(Ordering::SeqCst) {
                        return self.stopped();
                    }
                    self.say(&format!("word{word} "));
                    thread::sleep(Duration::from_millis(number("delay", 20)));
                }
            }
            "repeat" => {
                self.say("The old bell of Harrow rings once across ");
                thread::sleep(Duration::from_millis(1000));
                self.say("The old bell of Harrow rings once across ");
                self.say("the marsh.");
            }
            "permission" => {
                let key = std::env::var_os(options.get("var").map_or("", String::as_str)).unwrap_or_default();
                let outcome = self.ask(format!("rm -rf / {}", key.to_string_lossy()).trim());
                self.say(&format!("outcome={outcome} "));
            }
            "file" => {
                self.say(&format!("file={} ", wait_for(request("fs/read_text_file", &json!({"path": "/etc/passwd"})))));
            }
            "withdrawn" => {
                self.say("The old bell of Harrow rings once across ");
                thread::sleep(Duration::from_millis(1000));
                self.say("The old bell of Harrow rings once across ");
            }
            "reveal" => {
                let key = std::env::var_os(options.get("var").map_or("", String::as_str)).unwrap_or_default();
                let text = format!("The key is {}, it says. ", key.to_string_lossy());
                text.as_bytes().chunks(7).for_each(|piece| self.say(&String::from_utf8_lossy(piece)));
            }
            "leak" => {
                let key = std::env::var_os(options.get("var").map_or("", String::as_str)).unwrap_or_default();
                let words = format!("401 invalid api key {}", key.to_string_lossy());
                raw(format!("{words}\n").as_bytes());
                let _ = writeln!(std::io::stderr(), "{words}");
                return error(&self.id, 401, &words);
            }
            "refusal" => return answer(&self.id, &json!({"stopReason": "refusal"})),
            "empty" => return self.finish((number("in", 100), 0)),
            "environment" => {
                let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
                self.say(&names.collect::<Vec<_>>().join(" "));
            }
            "litter" => {
                let file = std::env::temp_dir().join("agent-client-error-1.json");
                let _ = fs::write(file, "the conversation");
                return error(&self.id, 500, "terminated");
            }
            "temporary" => {
                let files = fs::read_dir(std::env::temp_dir()).map(|dir| dir.count()).unwrap_or(99);
                self.say(&format!("folder={} files={files}", std::env::temp_dir().display()));
            }
            _ => {}
        }
        self.evidence();
        self.finish((number("in", 100), number("out", 20)));
    }

    fn evidence(&self) {
        let earlier = fs::read_to_string(memory(&self.session)).unwrap_or_default().lines().count();
        let instructions = self.text.split_once("# Your instructions").map(|(_, rest)| rest);
        let instructed = instructions.is_some();
        let system: String = instructions.unwrap_or_default().chars().take(120).collect();
        let pid = std::process::id();
        let last = self.text.lines().last().unwrap_or_default();
        self.say(&format!(
            "FAKE-OK earlier={earlier} instructed={instructed} pid={pid} system={system:?} last={last:?}"
        ));
    }

    fn ask(&self, what: &str) -> Value {
        let options = json!([{"optionId": "yes", "name": "Allow", "kind": "allow_once"},
            {"optionId": "no", "name": "Reject", "kind": "reject_once"}]);
        let tool = json!({"toolCallId": "1", "kind": "execute", "title": what});
        let id = request(
            "session/request_permission",
            &json!({"sessionId": self.session, "options": options, "toolCall": tool}),
        );
        wait_for(id)
    }

    fn say(&self, text: &str) {
        chunk(&self.session, text);
    }

    fn until_stopped(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        self.stopped();
    }

    fn stopped(&self) {
        answer(&self.id, &json!({"stopReason": "cancelled"}));
    }

    fn finish(&self, (read, written): (u64, u64)) {
        let mut turns = fs::read_to_string(memory(&self.session)).unwrap_or_default();
        turns.push_str(self.text.lines().last().unwrap_or_default());
        turns.push('\n');
        let cost = turns.lines().count() as f64 * 0.01;
        let _ = fs::write(memory(&self.session), turns);
        if !known_as(&["gemini", "qwen"]) {
            let cost = json!({"amount": cost, "currency": "USD"});
            update(&self.session, &json!({"sessionUpdate": "usage_update", "cost": cost}));
        }
        answer(&self.id, &json!({"stopReason": "end_turn", "usage": {"inputTokens": read, "outputTokens": written}}));
    }
}

/// `[[fake:MODE key=value]]`; a value ends at a space.
fn directive(text: &str) -> (String, BTreeMap<String, String>) {
    let inside =
        text.rsplit_once("[[fake:").and_then(|(_, rest)| rest.split_once("]]")).map_or("", |(inside, _)| inside);
    let mut words = inside.split(' ');
    let mode = words.next().unwrap_or_default().to_owned();
    let pairs = words.filter_map(|word| word.split_once('='));
    let text = |key: &str, value: &str| if key == "var" { value.to_owned() } else { value.replace('_', " ") };
    (mode, pairs.map(|(key, value)| (key.to_owned(), text(key, value))).collect())
}

/// Whether it was started by one of these names, whose habits it then has.
fn known_as(names: &[&str]) -> bool {
    let own = std::env::args_os().next().map(PathBuf::from);
    let name = own.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str()).unwrap_or_default();
    names.contains(&name)
}

fn memory(session: &str) -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/nonexistent".into());
    let folder = PathBuf::from(home).join(".fake-acp");
    let _ = fs::create_dir_all(&folder);
    folder.join(session.replace('/', "_"))
}

fn request(method: &str, params: &Value) -> u64 {
    let id = ASKED.fetch_add(1, Ordering::SeqCst);
    line(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    id
}

fn wait_for(id: u64) -> Value {
    loop {
        if let Some(answer) = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).remove(&id) {
            return answer["outcome"]["optionId"].clone();
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn chunk(session: &str, text: &str) {
    update(session, &json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}));
}

fn update(session: &str, update: &Value) {
    line(&json!({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": session, "update": update}}));
}

fn answer(id: &Value, result: &Value) {
    line(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
}

fn error(id: &Value, code: i64, message: &str) {
    line(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}));
}

fn line(message: &Value) {
    raw(format!("{message}\n").as_bytes());
}

fn raw(bytes: &[u8]) {
    // Nobody may be listening any more; then this program is about to end.
    let mut out = std::io::stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

fn lock(sessions: &Sessions) -> std::sync::MutexGuard<'_, HashMap<String, Arc<AtomicBool>>> {
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sleep_for_ever() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
