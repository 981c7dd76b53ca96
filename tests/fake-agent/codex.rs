//! `codex app-server`: JSON-RPC lines without the "jsonrpc" key, many threads in one process.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::acting::{self, Stage, Turn};

/// What was answered to our own questions.
static ANSWERS: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());

static NUMBER: AtomicU64 = AtomicU64::new(1);

#[derive(Default)]
struct Thread {
    system: String,
    stop: Arc<AtomicBool>,
}

/// Serves until its input ends.
pub fn serve() {
    let mut threads: HashMap<String, Thread> = HashMap::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(ask) = serde_json::from_str::<Value>(&line) else { continue };
        let (id, params) = (&ask["id"], &ask["params"]);
        let thread = params["threadId"].as_str().unwrap_or_default().to_owned();
        match ask["method"].as_str() {
            None => {
                let key = id.as_str().unwrap_or_default().to_owned();
                lock(&ANSWERS).insert(key, ask["result"].clone());
            }
            Some("initialize") => answer(id, &json!({"userAgent": "talekeeper/0.0.1 (fake)"})),
            Some("thread/start") => {
                let number = NUMBER.fetch_add(1, Ordering::SeqCst);
                let new = format!("01a1fe84-3fdc-71c3-9a49-{:06x}{number:06x}", std::process::id());
                acting::open(&new);
                opened(id, &new, params, &mut threads);
            }
            Some("thread/resume") if acting::earlier(&thread).is_none() => {
                refuse(id, &format!("no rollout found for thread id {thread}"));
            }
            Some("thread/resume") => opened(id, &thread, params, &mut threads),
            Some("thread/unsubscribe") => {
                threads.remove(&thread);
                answer(id, &json!({}));
                note("thread/closed", &json!({"threadId": thread}));
            }
            Some("turn/start") => begin(id, thread, params, &threads),
            Some("turn/interrupt") => {
                if let Some(open) = threads.get(&thread) {
                    open.stop.store(true, Ordering::SeqCst);
                }
                answer(id, &json!({}));
            }
            Some(_) if !id.is_null() => refuse(id, "unknown"),
            Some(_) => {}
        }
    }
}

fn opened(id: &Value, thread: &str, params: &Value, threads: &mut HashMap<String, Thread>) {
    let system = params["baseInstructions"].as_str().unwrap_or_default().to_owned();
    threads.insert(thread.to_owned(), Thread { system, stop: Arc::default() });
    answer(id, &json!({"thread": {"id": thread, "status": {"type": "idle"}}, "model": "fake-1"}));
}

fn begin(id: &Value, thread: String, params: &Value, threads: &HashMap<String, Thread>) {
    let Some(open) = threads.get(&thread) else { return refuse(id, "thread not found") };
    let (system, stop) = (open.system.clone(), Arc::clone(&open.stop));
    let prompt = params["input"][0]["text"].as_str().unwrap_or_default().to_owned();
    let turn = format!("t{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    answer(id, &json!({"turn": {"id": turn}}));
    stop.store(false, Ordering::SeqCst);
    thread::spawn(move || {
        let teller = Teller { about: json!({"threadId": thread, "turnId": turn}), item: AtomicU64::new(0) };
        note("turn/started", &json!({"threadId": thread, "turn": {"id": turn}}));
        Turn { session: &thread, system: &system, prompt: &prompt, stop: &stop }.play(&teller);
    });
}

/// Tells one turn.
struct Teller {
    about: Value,
    item: AtomicU64,
}

impl Teller {
    fn note(&self, method: &str, more: Value) {
        let mut params = self.about.clone();
        if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
            params.extend(more);
        }
        note(method, &params);
    }

    /// Asks the client for something and waits for the answer.
    fn ask(&self, method: &str, more: Value) -> Value {
        let id = format!("q{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        let mut params = self.about.clone();
        if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
            params.extend(more);
        }
        crate::line(&json!({"id": id, "method": method, "params": params}).to_string());
        loop {
            if let Some(answer) = lock(&ANSWERS).remove(&id) {
                return answer;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn completed(&self, status: &str, error: &Value) {
        let turn = json!({"id": self.about["turnId"], "status": status, "error": error});
        note("turn/completed", &json!({"threadId": self.about["threadId"], "turn": turn}));
    }
}

impl Stage for Teller {
    fn say(&self, text: &str) {
        let item = format!("msg_{}", self.item.load(Ordering::SeqCst));
        self.note("item/agentMessage/delta", json!({"itemId": item, "delta": text}));
    }

    fn take_back(&self) {
        self.item.fetch_add(1, Ordering::SeqCst);
        let info = json!({"responseStreamDisconnected": {"httpStatusCode": null}});
        let error = json!({"message": "Reconnecting... 1/2", "codexErrorInfo": info});
        self.note("error", json!({"error": error, "willRetry": true}));
    }

    fn ask_leave(&self, command: &str) -> String {
        let answer = self.ask("item/commandExecution/requestApproval", json!({"command": command}));
        answer["decision"].as_str().unwrap_or_default().to_owned()
    }

    fn ask_way(&self, question: &str) -> String {
        let options = ["Left", "Right"].map(|label| json!({"label": label, "description": "…"}));
        let asked = json!({"id": "way", "header": "Way", "question": question, "isSecret": false, "options": options});
        let answer = self.ask("item/tool/requestUserInput", json!({"questions": [asked]}));
        answer["answers"]["way"]["answers"][0].as_str().unwrap_or("nothing").to_owned()
    }

    fn oddity(&self) {
        self.note("thread/dreamt", json!({}));
    }

    fn end(&self, (read, written): (u64, u64)) {
        let last = json!({"inputTokens": read, "outputTokens": written});
        // The total is the conversation's, and somebody may take it for the turn's.
        let total = json!({"inputTokens": read + 1_000_000, "outputTokens": written + 1_000_000});
        self.note("thread/tokenUsage/updated", json!({"tokenUsage": {"last": last, "total": total}}));
        self.completed("completed", &Value::Null);
    }

    fn fail(&self, kind: &str, words: &str) {
        let status = |status: u64| json!({"httpConnectionFailed": {"httpStatusCode": status}});
        let (info, words) = match kind {
            "sign-in" => (status(401), words),
            "credit" => (json!("usageLimitExceeded"), "Quota exceeded. Check your plan and billing details."),
            "limit" => (json!({"responseTooManyFailedAttempts": {"httpStatusCode": 429}}), words),
            "long" => (json!("contextWindowExceeded"), words),
            "model" => (status(404), words),
            "refusal" => (json!("cyberPolicy"), words),
            "broken" => (json!({"responseStreamDisconnected": {"httpStatusCode": null}}), words),
            _ => (json!("serverOverloaded"), words),
        };
        self.completed("failed", &json!({"message": words, "codexErrorInfo": info}));
    }

    fn interrupted(&self) {
        self.completed("interrupted", &Value::Null);
    }
}

fn answer(id: &Value, result: &Value) {
    crate::line(&json!({"id": id, "result": result}).to_string());
}

fn refuse(id: &Value, message: &str) {
    crate::line(&json!({"id": id, "error": {"code": -32600, "message": message}}).to_string());
}

fn note(method: &str, params: &Value) {
    crate::line(&json!({"method": method, "params": params}).to_string());
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
