//! `droid exec` in stream-jsonrpc: one session a process, JSON-RPC with Factory's own fields.

use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::acting::{self, Stage, Turn};

/// What was answered to our question.
static ANSWER: Mutex<Option<Value>> = Mutex::new(None);

/// Serves until its input ends.
pub fn serve() {
    let system = instructions();
    let stop = Arc::new(AtomicBool::new(false));
    let mut session = String::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(ask) = serde_json::from_str::<Value>(&line) else { continue };
        let (id, params) = (&ask["id"], &ask["params"]);
        match (ask["type"].as_str(), ask["method"].as_str()) {
            (Some("response"), _) => *lock() = Some(ask["result"].clone()),
            (_, Some("droid.initialize_session")) => {
                session = format!("fake-{:08x}", std::process::id());
                acting::open(&session);
                let settings = json!({"modelId": params["modelId"].as_str().unwrap_or("fake-1")});
                respond(
                    id,
                    json!({"result": {"sessionId": session, "session": {"messages": []},
                    "settings": settings}}),
                );
            }
            (_, Some("droid.load_session")) => {
                params["sessionId"].as_str().unwrap_or_default().clone_into(&mut session);
                load(id, &session);
            }
            (_, Some("droid.interrupt_session")) => {
                stop.store(true, Ordering::SeqCst);
                respond(id, json!({"result": {}}));
            }
            (_, Some("droid.add_user_message")) => {
                respond(id, json!({"result": {}}));
                let prompt = params["text"].as_str().unwrap_or_default().to_owned();
                let (session, system, stop) = (session.clone(), system.clone(), Arc::clone(&stop));
                thread::spawn(move || {
                    let teller =
                        Teller { session: session.clone(), said: Mutex::default(), message: AtomicU64::new(1) };
                    Turn { session: &session, system: &system, prompt: &prompt, stop: &stop }.play(&teller);
                });
            }
            _ => respond(id, json!({"result": {}})),
        }
    }
}

/// What stands in the file that `--append-system-prompt-file` names.
fn instructions() -> String {
    let mut args = std::env::args();
    let file = args.find(|arg| arg == "--append-system-prompt-file").and_then(|_| args.next());
    file.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
}

fn load(id: &Value, session: &str) {
    // As the real one where its cloud does not know the id: an empty session under that very id, and no error.
    let turns = acting::earlier(session).unwrap_or_default();
    let messages: Vec<Value> = turns
        .iter()
        .flat_map(|turn| [json!({"role": "user", "content": turn}), json!({"role": "assistant", "content": "old"})])
        .collect();
    respond(id, json!({"result": {"session": {"messages": messages}, "settings": {"modelId": "fake-1"}}}));
}

/// Tells one turn.
struct Teller {
    session: String,
    said: Mutex<String>,
    message: AtomicU64,
}

impl Teller {
    fn notify(&self, notification: &Value) {
        crate::line(
            &json!({"jsonrpc": "2.0", "type": "notification", "factoryApiVersion": "1.0.0",
            "method": "droid.session_notification",
            "params": {"sessionId": self.session, "notification": notification}})
            .to_string(),
        );
    }

    fn completed(&self, reason: &str, (read, written): (u64, u64)) {
        let usage = |more: u64| json!({"inputTokens": read + more, "outputTokens": written + more});
        self.notify(&json!({"type": "agent_turn_completed", "reason": reason, "tokenUsage": usage(0),
            "cumulativeTokenUsage": usage(1_000_000)}));
    }

    fn id(&self) -> String {
        format!("m{}", self.message.load(Ordering::SeqCst))
    }
}

impl Stage for Teller {
    fn say(&self, text: &str) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        self.notify(&json!({"type": "assistant_text_delta", "messageId": self.id(), "blockIndex": 0,
            "textDelta": text}));
    }

    fn take_back(&self) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.notify(&json!({"type": "llm_retry", "attempt": 1, "reason": "timeout"}));
    }

    fn ask_leave(&self, command: &str) -> String {
        let tool = json!({"type": "tool_use", "id": "toolu_1", "name": "Execute", "input": {"command": command}});
        let answer = ask("droid.request_permission", &json!({"toolUses": [{"toolUse": tool}], "options": []}));
        answer["selectedOption"].as_str().unwrap_or_default().to_owned()
    }

    fn ask_way(&self, question: &str) -> String {
        let asked = json!({"index": 1, "topic": "Way", "question": question, "options": ["Left", "Right"]});
        let answer = ask("droid.ask_user", &json!({"toolCallId": "toolu_2", "questions": [asked]}));
        answer["answers"][0]["answer"].as_str().unwrap_or("nothing").to_owned()
    }

    fn oddity(&self) {
        self.notify(&json!({"type": "dreamt"}));
    }

    fn end(&self, tokens: (u64, u64)) {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !said.is_empty() {
            let message = json!({"id": self.id(), "role": "assistant", "content": [{"type": "text", "text": said}]});
            self.notify(&json!({"type": "create_message", "message": message}));
        }
        self.completed("completed", tokens);
    }

    fn fail(&self, kind: &str, words: &str) {
        let (reason, words) = match kind {
            "sign-in" => ("model_authentication_failed", words),
            "credit" => ("error", "402 your credit balance is too low"),
            "limit" => ("model_rate_limited", words),
            "long" => ("model_request_rejected", "400 prompt is too long"),
            "model" => ("error", "404 no such model"),
            "refusal" => ("prompt_rejected", words),
            "broken" => ("model_provider_unreachable", words),
            _ => ("model_provider_unavailable", words),
        };
        self.notify(&json!({"type": "error", "message": words}));
        self.completed(reason, (0, 0));
    }

    fn interrupted(&self) {
        self.completed("cancelled", (0, 0));
    }
}

/// Asks the client for something and waits for the answer.
fn ask(method: &str, params: &Value) -> Value {
    crate::line(
        &json!({"type": "request", "jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "id": "q", "method": method,
        "params": params})
        .to_string(),
    );
    loop {
        if let Some(answer) = lock().take() {
            return answer;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn respond(id: &Value, outcome: Value) {
    let mut response = json!({"jsonrpc": "2.0", "type": "response", "factoryApiVersion": "1.0.0", "id": id});
    if let (Some(response), Value::Object(outcome)) = (response.as_object_mut(), outcome) {
        response.extend(outcome);
    }
    crate::line(&response.to_string());
}

fn lock() -> std::sync::MutexGuard<'static, Option<Value>> {
    ANSWER.lock().unwrap_or_else(PoisonError::into_inner)
}
