//! The link against real transcripts, and against lines that were damaged.

use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::domain::{ProviderName, Session, Tale, TurnNo};
use crate::provider::Hand;

const STEP: Duration = Duration::from_millis(1);
const LATER: Duration = Duration::from_secs(1);

fn order(prompt: &str, resume: Option<&str>) -> TurnOrder {
    let provider = ProviderName::new("agent");
    TurnOrder {
        table: "cellar".into(),
        turn: TurnNo::new(1),
        system: "Be brief.".into(),
        prompt: prompt.into(),
        resume: resume.map(|id| Session { provider, id: id.into() }),
        model: None,
        allowed_tools: Vec::new(),
        asking: None,
        folder: "/home/user/project".into(),
        budget_micros: None,
        language: "en".into(),
        tale: Tale::default(),
        said: Vec::new(),
        hand: Hand::new().0,
    }
}

fn link(replay: Replay) -> Link {
    Link::new(Manner { replay, sign_in: None, asks_for_model: false })
}

/// One line per thing done; runs of deltas in one.
#[derive(Default)]
struct Story {
    text: String,
    deltas: String,
}

impl Story {
    fn add(&mut self, out: Vec<Out>) {
        for out in out {
            match out {
                Out::Heard(_) => {}
                Out::Tell(_, ProviderEvent::Text { text, .. }) => self.deltas.push_str(&text),
                other => {
                    self.flush();
                    let line = match other {
                        Out::Send(line) => format!("> {}", line.trim_end()),
                        Out::Tell(key, event) => format!("{key}: {event:?}"),
                        other => format!("{other:?}"),
                    };
                    let short: String = line.chars().take(360).collect();
                    writeln!(self.text, "{short}").unwrap();
                }
            }
        }
    }

    fn flush(&mut self) {
        if !self.deltas.is_empty() {
            let short: String = self.deltas.chars().take(160).collect();
            writeln!(self.text, "   Text {short:?}").unwrap();
            self.deltas.clear();
        }
    }
}

fn fixture(path: &str, ending: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{path}.{ending}"));
    std::fs::read_to_string(path).unwrap()
}

/// Plays a transcript: our turns are those that were asked for when it was recorded, each begun when the one before
/// was over, so that our requests have the numbers that the recorded answers name.
fn story(path: &str, replay: Replay) -> String {
    let mut link = link(replay);
    let mut story = Story::default();
    let mut asked: Vec<Value> =
        fixture(path, "stdin").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    asked.reverse();
    let (mut now, mut key) = (Duration::ZERO, 0);
    story.add(link.connected());
    asked.pop();
    for line in fixture(path, "stdout").lines() {
        now += STEP;
        if line.contains("partial1 ") {
            now += LATER; // in this transcript, where the agent asked again
        }
        story.add(link.line(line, now));
        if line.contains("available_commands_update") {
            now += LATER;
            story.add(link.on_time(now));
        }
        if link.is_ready() && link.turns.is_empty() {
            let Some(order) = next_turn(&mut asked) else { continue };
            key += 1;
            story.add(link.begin(key, order, now));
        }
    }
    story.flush();
    story.text
}

/// The turn that the recorded requests were about.
fn next_turn(asked: &mut Vec<Value>) -> Option<TurnOrder> {
    let first = asked.pop()?;
    let text = |request: &Value| request["params"]["prompt"][0]["text"].as_str().unwrap_or_default().to_owned();
    let session = first["params"]["sessionId"].as_str();
    match first["method"].as_str() {
        Some("session/prompt") => Some(order(&text(&first), session)),
        Some("session/new" | "session/load") => {
            let same = |next: &&Value| session.is_none() || next["params"]["sessionId"].as_str() == session;
            let prompt = asked.last().filter(same).map(text);
            if prompt.is_some() {
                asked.pop();
            }
            Some(order(&prompt.unwrap_or_default(), session))
        }
        _ => next_turn(asked),
    }
}

#[test]
fn every_transcript_is_understood() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/acp/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for agent in ["gemini", "opencode", "qwen", "acp/claude", "acp/codex", "acp/droid"] {
            let before = [Replay::AnyTime, Replay::BeforeTheAnswer][usize::from(agent != "gemini")];
            for scenario in ["two_turns", "load_and_errors"] {
                let joint = if agent.starts_with("acp/") { "_" } else { "/acp_" };
                let name = format!("{}_{scenario}", agent.replace('/', "_"));
                insta::assert_snapshot!(name, story(&format!("{agent}{joint}{scenario}"), before));
            }
        }
        insta::assert_snapshot!("gemini_cut", story("gemini/acp_cut", Replay::AnyTime));
        insta::assert_snapshot!("gemini_tool", story("gemini/acp_tool", Replay::AnyTime));
    });
}

const READY: &str = r#"{"id":0,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}"#;

fn told(out: &[Out]) -> Vec<&ProviderEvent> {
    out.iter().filter_map(|out| if let Out::Tell(_, event) = out { Some(event) } else { None }).collect()
}

fn sent(out: &[Out]) -> String {
    out.iter().filter_map(|out| if let Out::Send(line) = out { Some(line.as_str()) } else { None }).collect()
}

/// A link with a turn whose prompt is at the agent, in the session `s`.
fn prompting() -> Link {
    let mut link = link(Replay::BeforeTheAnswer);
    link.connected();
    link.line(READY, STEP);
    link.begin(7, order("Hello", None), STEP);
    link.line(r#"{"id":1,"result":{"sessionId":"s"}}"#, STEP);
    link
}

fn update(session: &str, text: &str) -> String {
    message::notification(
        "session/update",
        &json!({"sessionId": session, "update": {
        "sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}}),
    )
}

#[test]
fn text_goes_to_the_turn_of_its_session_and_to_no_other() {
    let mut link = prompting();
    link.begin(8, order("Hi", None), STEP);
    link.line(r#"{"id":3,"result":{"sessionId":"t"}}"#, STEP);
    let out = link.line(&update("t", "for eight"), STEP);
    assert!(matches!(&out[..], [Out::Heard(8), Out::Tell(8, ProviderEvent::Text { .. })]));
    assert_eq!(link.line(&update("nobody", "lost"), STEP), []);
}

#[test]
fn a_turn_that_is_stopped_is_not_finished_whatever_the_agent_calls_it() {
    for reason in ["cancelled", "end_turn"] {
        let mut link = prompting();
        link.line(&update("s", "Once upon"), STEP);
        let out = link.stop(7, Fault::new(FaultKind::Silent, "time"));
        assert!(sent(&out).contains("session/cancel"));
        assert_eq!(link.stop(7, Fault::new(FaultKind::Other, "again")), [], "it is asked once");
        let out = link.line(&format!(r#"{{"id":2,"result":{{"stopReason":"{reason}"}}}}"#), STEP);
        let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
        assert_eq!(fault.kind, FaultKind::Silent, "the first reason counts");
    }
}

#[test]
fn a_turn_that_still_waits_for_its_session_ends_at_once() {
    let mut link = link(Replay::BeforeTheAnswer);
    link.connected();
    link.begin(1, order("Hello", None), STEP);
    assert_eq!(told(&link.stop(1, Fault::new(FaultKind::Other, "stop"))).len(), 1);
    assert!(sent(&link.line(READY, STEP)).is_empty(), "nothing is asked for it any more");
}

#[test]
fn instructions_are_told_again_only_where_they_changed_or_may_be_lost() {
    let mut link = prompting();
    let end = |link: &mut Link, id: u64| {
        link.line(&update("s", "Yes."), STEP);
        link.line(&format!(r#"{{"id":{id},"result":{{"stopReason":"end_turn"}}}}"#), STEP);
    };
    end(&mut link, 2);
    let same = sent(&link.begin(8, order("More", Some("s")), STEP));
    assert!(same.contains(r#""text":"More""#), "{same}");
    end(&mut link, 3);
    let changed = TurnOrder { system: "Be long.".into(), ..order("More", Some("s")) };
    let changed = sent(&link.begin(9, changed, STEP));
    assert!(changed.contains("in place of all earlier ones") && changed.contains("Be long."), "{changed}");
    end(&mut link, 4);
    link.broken(&Fault::new(FaultKind::Killed, "gone"));
    link.connected();
    let kept = TurnOrder { system: "Be long.".into(), ..order("More", Some("s")) };
    link.begin(10, kept, STEP);
    let load = sent(&link.line(&READY.replace("\"id\":0", "\"id\":5"), STEP));
    assert!(load.contains("session/load"), "a new process does not know the session: {load}");
}

#[test]
fn a_session_without_a_history_is_a_lost_one() {
    let mut link = link(Replay::BeforeTheAnswer);
    link.connected();
    link.line(READY, STEP);
    link.begin(1, order("Hello", Some("s")), STEP);
    let out = link.line(r#"{"id":1,"result":{}}"#, STEP);
    let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
    assert_eq!(fault.kind, FaultKind::SessionLost);
}

#[test]
fn another_session_than_the_one_asked_for_is_a_lost_one() {
    let mut link = link(Replay::BeforeTheAnswer);
    link.connected();
    link.line(READY, STEP);
    link.begin(1, order("Hello", Some("s")), STEP);
    link.line(&update("s", "history"), STEP);
    let out = link.line(r#"{"id":1,"result":{"sessionId":"other"}}"#, STEP);
    let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
    assert_eq!(fault.kind, FaultKind::SessionLost);
}

#[test]
fn a_key_in_the_environment_is_used_once_to_sign_in() {
    let manner = Manner { replay: Replay::AnyTime, sign_in: Some("gemini-api-key".into()), asks_for_model: false };
    let mut link = Link::new(manner);
    link.connected();
    link.line(READY, STEP);
    link.begin(1, order("Hello", None), STEP);
    let refusal = |id: u64| format!(r#"{{"id":{id},"error":{{"code":-32000,"message":"Authentication required"}}}}"#);
    assert!(sent(&link.line(&refusal(1), STEP)).contains(r#""methodId":"gemini-api-key""#));
    assert!(sent(&link.line(r#"{"id":2,"result":null}"#, STEP)).contains("session/new"));
    let out = link.line(&refusal(3), STEP);
    let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
    assert_eq!(fault.kind, FaultKind::NotSignedIn);
}

#[test]
fn an_agents_wishes_are_declined() {
    let mut link = prompting();
    let ask = |method: &str, params: Value| json!({"id": "q", "method": method, "params": params}).to_string();
    let options = json!([{"optionId": "yes", "kind": "allow_once"}, {"optionId": "no", "kind": "reject_once"}]);
    let tool = json!({"sessionId": "s", "options": options, "toolCall": {"kind": "execute"}});
    let out = link.line(&ask("session/request_permission", tool), STEP);
    assert!(sent(&out).contains(r#""optionId":"no""#), "{out:?}");
    assert_eq!(told(&out), [&ProviderEvent::ToolDenied { name: "execute".into() }]);
    let out = link.line(&ask("session/request_permission", json!({"options": []})), STEP);
    assert!(sent(&out).contains(r#""outcome":"cancelled""#), "{out:?}");
    for method in ["fs/read_text_file", "terminal/create", "craft/drainMidTurnQueue"] {
        assert!(sent(&link.line(&ask(method, Value::Null), STEP)).contains("-32601"), "{method}");
    }
}

#[test]
fn a_model_is_asked_for_where_the_process_has_none() {
    let mut link = Link::new(Manner { replay: Replay::AnyTime, sign_in: None, asks_for_model: true });
    link.connected();
    link.line(READY, STEP);
    let order = TurnOrder { model: Some(ModelName::new("big")), ..order("Hello", None) };
    link.begin(1, order, STEP);
    let out = link.line(r#"{"id":1,"result":{"sessionId":"s"}}"#, STEP);
    assert!(sent(&out).contains(r#""modelId":"big""#));
    let out = link.line(r#"{"id":2,"error":{"code":-32602,"message":"no"}}"#, STEP);
    let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
    assert_eq!(fault.kind, FaultKind::UnknownModel);
}

#[test]
fn another_version_of_the_protocol_is_not_spoken() {
    let mut link = link(Replay::AnyTime);
    link.connected();
    link.begin(1, order("Hello", None), STEP);
    let out = link.line(r#"{"id":0,"result":{"protocolVersion":2}}"#, STEP);
    let Some(ProviderEvent::Failed(fault)) = told(&out).last().copied() else { panic!("{out:?}") };
    assert_eq!(fault.kind, FaultKind::Garbled);
    assert_eq!(out.last(), Some(&Out::Abandon));
}

proptest! {
    /// Whatever is done to the lines of a session, each turn ends exactly once.
    #[test]
    fn damaged_lines_never_cost_a_turn_its_end(
        damage in prop::collection::vec((0_usize..40, 0_usize..400, any::<u8>()), 0..30),
        cut in 0_usize..40,
    ) {
        let mut lines: Vec<Vec<u8>> = fixture("opencode/acp_two_turns", "stdout").lines().map(|line| line.as_bytes().to_vec()).collect();
        for (line, at, byte) in damage {
            if let Some(place) = lines.get_mut(line).and_then(|line| line.get_mut(at)) {
                *place = byte;
            }
        }
        lines.truncate(cut);
        let mut link = link(Replay::BeforeTheAnswer);
        let mut out = link.connected();
        out.extend(link.begin(1, order("acp one", None), STEP));
        for line in &lines {
            out.extend(link.line(&String::from_utf8_lossy(line), STEP));
        }
        out.extend(link.broken(&Fault::new(FaultKind::Killed, "gone")));
        let ends = told(&out).into_iter().filter(|event| matches!(event, ProviderEvent::Finished(_) | ProviderEvent::Failed(_)));
        prop_assert_eq!(ends.count(), 1);
    }
}
