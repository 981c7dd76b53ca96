//! The dialogue against real transcripts, and against damaged ones.

use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn subject(resume: Option<&str>) -> Subject {
    Subject {
        resume: resume.map(str::to_owned),
        model: None,
        tools: Vec::new(),
        asks: None,
        game: None,
        folder: "/home/user/project".into(),
        prompt: "Hello".into(),
    }
}

/// A transcript's lines, with the ids that our requests have: the recorded ones were counted from 0 or 1.
fn fixture(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/droid/jsonrpc_{name}.stdout"));
    let text = std::fs::read_to_string(path).unwrap();
    let first = if name == "two_turns" { 1 } else { 0 };
    let renumbered = |line: &str| {
        let mut message: Value = serde_json::from_str(line).unwrap();
        if message["type"] == "response" {
            let id: u32 = message["id"].as_str().unwrap().parse().unwrap();
            let of_stage = if id == first { Stage::Opening } else { Stage::Talking };
            message["id"] = json!(of_stage.id());
        }
        message.to_string()
    };
    text.lines().map(renumbered).collect()
}

/// One line per thing done; runs of deltas in one. After the end of a turn the next one goes on in the same session.
fn story(name: &str, resume: Option<&str>) -> String {
    let mut dialogue = Dialogue::new(subject(resume));
    let (mut out, mut deltas) = (String::new(), String::new());
    for step in fixture(name).iter().flat_map(|line| {
        let steps = dialogue.line(line);
        let over =
            steps.iter().any(|step| matches!(step, Step::Tell(ProviderEvent::Finished(_) | ProviderEvent::Failed(_))));
        if over && dialogue.started() {
            let talking = Dialogue::new(subject(resume));
            dialogue = Dialogue { stage: Stage::Talking, started: true, ..talking };
        }
        steps
    }) {
        if let Step::Tell(ProviderEvent::Text { text, .. }) = &step {
            deltas.push_str(text);
            continue;
        }
        if !deltas.is_empty() {
            writeln!(out, "   Text {:?}", std::mem::take(&mut deltas)).unwrap();
        }
        let line = match step {
            Step::Send(line) => format!("> {}", line.trim_end()),
            Step::Tell(event) => format!("{event:?}"),
        };
        writeln!(out, "{}", line.chars().take(300).collect::<String>()).unwrap();
    }
    out
}

#[test]
fn every_transcript_is_understood() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/droid/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, resume) in [
            ("two_turns", None),
            ("many", None),
            ("load", Some("8cf0cd1c-b868-4535-8dd8-2ad606b0e1d3")),
            ("load_bad_id", Some("99999999-9999-4999-8999-999999999999")),
        ] {
            insta::assert_snapshot!(name, story(name, resume));
        }
    });
}

fn last(dialogue: &mut Dialogue, lines: &[&str]) -> ProviderEvent {
    let steps: Vec<Step> = lines.iter().flat_map(|line| dialogue.line(line)).collect();
    match steps.into_iter().last() {
        Some(Step::Tell(event)) => event,
        other => panic!("nothing was told at the end: {other:?}"),
    }
}

#[test]
fn an_empty_session_under_the_right_id_is_a_lost_one() {
    let mut dialogue = Dialogue::new(subject(Some("s")));
    let answer = r#"{"type":"response","id":"1","result":{"session":{"messages":[]}}}"#;
    let ProviderEvent::Failed(fault) = last(&mut dialogue, &[answer]) else { panic!("it passed for the session") };
    assert_eq!(fault.kind, FaultKind::SessionLost);
    assert!(!dialogue.started());
}

#[test]
fn a_request_that_was_taken_may_still_fail() {
    let mut dialogue = Dialogue::new(subject(None));
    let lines = [
        r#"{"type":"response","id":"1","result":{"sessionId":"s"}}"#,
        r#"{"type":"response","id":"3","result":{}}"#,
        r#"{"type":"response","id":"3","error":{"code":-32603,"message":"No active session."}}"#,
    ];
    let ProviderEvent::Failed(fault) = last(&mut dialogue, &lines) else { panic!("not failed") };
    assert_eq!(fault.kind, FaultKind::Other);
}

#[test]
fn how_a_turn_ended_is_told_by_its_reason() {
    let kind = |reason: &str, words: &str| {
        let mut dialogue = Dialogue { stage: Stage::Talking, ..Dialogue::new(subject(None)) };
        let notify = |notification: Value| {
            json!({"method": "droid.session_notification", "params": {"notification": notification}}).to_string()
        };
        let error = notify(json!({"type": "error", "message": words}));
        let end = notify(json!({"type": "agent_turn_completed", "reason": reason}));
        let lines = if words.is_empty() { vec![end] } else { vec![error, end] };
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        match last(&mut dialogue, &lines) {
            ProviderEvent::Failed(fault) => fault.kind,
            other => panic!("not failed: {other:?}"),
        }
    };
    assert_eq!(kind("completed", ""), FaultKind::Empty);
    assert_eq!(kind("model_authentication_failed", "401 {}"), FaultKind::NotSignedIn);
    assert_eq!(kind("model_rate_limited", "429"), FaultKind::LimitReached);
    assert_eq!(kind("model_usage_exhausted", ""), FaultKind::LimitReached);
    assert_eq!(kind("model_provider_unavailable", "529"), FaultKind::Overloaded);
    let closed = "The socket connection was closed unexpectedly. For more information, pass `verbose: true`";
    assert_eq!(kind("model_provider_unavailable", closed), FaultKind::BrokenStream);
    let unknown = "Requested model was not found on the API provider";
    assert_eq!(kind("model_request_rejected", unknown), FaultKind::UnknownModel);
    assert_eq!(kind("error", "No access token available"), FaultKind::NotSignedIn);
    assert_eq!(kind("model_request_rejected", "400 prompt is too long"), FaultKind::TooLong);
    assert_eq!(kind("prompt_rejected", ""), FaultKind::Refused);
    assert_eq!(kind("error", "404 no such model"), FaultKind::UnknownModel);
    assert_eq!(kind("something_new", ""), FaultKind::Other);
}

#[test]
fn another_model_is_asked_for_in_an_old_session() {
    let wanted = Subject { model: Some(ModelName::new("big")), ..subject(Some("s")) };
    let mut dialogue = Dialogue::new(wanted);
    let opened = r#"{"type":"response","id":"1","result":{"session":{"messages":[{"role":"assistant"}]},"settings":{"modelId":"small"}}}"#;
    let steps = dialogue.line(opened);
    assert!(matches!(&steps[1], Step::Send(line) if line.contains("update_session_settings") && line.contains("big")));
    let no = r#"{"type":"response","id":"2","error":{"message":"no"}}"#;
    let ProviderEvent::Failed(fault) = last(&mut dialogue, &[no]) else { panic!("not failed") };
    assert_eq!(fault.kind, FaultKind::UnknownModel);
}

fn with_the_game(resume: Option<&str>) -> Subject {
    let (url, token) = ("http://127.0.0.1:1/mcp".into(), "T".to_owned().into());
    Subject { game: Some(ToolAccess { url, token, names: vec!["whisper", "look"] }), ..subject(resume) }
}

#[test]
fn the_games_own_tools_are_announced_and_alone_are_given_leave() {
    let mut dialogue = Dialogue::new(with_the_game(None));
    let opening: Value = serde_json::from_str(&dialogue.opening()).unwrap();
    let params = &opening["params"];
    assert_eq!(params["restrictToolIds"], json!(["table___whisper", "table___look", "none"]));
    assert_eq!(params["mcpServers"][0]["headers"][0]["value"], "Bearer T");
    assert_eq!((&params["blockOnMcpLoad"], &params["autoRejectPermissionRequests"]), (&json!(true), &json!(false)));
    let asks = |names: &[&str]| {
        let uses: Vec<Value> = names.iter().map(|name| json!({"toolUse": {"name": name, "input": {}}})).collect();
        json!({"type": "request", "id": "r", "method": "droid.request_permission", "params": {"toolUses": uses}})
            .to_string()
    };
    let mut answer = |names: &[&str]| match dialogue.line(&asks(names)).remove(0) {
        Step::Send(line) => line,
        Step::Tell(event) => panic!("{event:?}"),
    };
    assert!(answer(&["table___whisper"]).contains("proceed_once"));
    assert!(answer(&["table___whisper", "Execute"]).contains("cancel"), "not with another beside it");
    assert!(answer(&["Execute"]).contains("cancel"));
    assert!(answer(&[]).contains("cancel"));
    let mut plain = Dialogue::new(subject(None));
    let refused = plain.line(&asks(&["table___whisper"]));
    assert!(matches!(&refused[0], Step::Send(line) if line.contains("cancel")), "a table without them has none");
}

#[test]
fn an_old_session_is_told_which_tools_there_are_now_and_only_if_they_are_others() {
    let opened = |tools: Value| {
        json!({"type": "response", "id": "1", "result": {"session": {"messages": [{"role": "assistant"}]},
            "settings": {"restrictToolIds": tools}}})
        .to_string()
    };
    let next = |tools: Value| match Dialogue::new(with_the_game(Some("s"))).line(&opened(tools)).remove(1) {
        Step::Send(line) => line,
        Step::Tell(event) => panic!("{event:?}"),
    };
    assert!(next(json!(["none"])).contains(r#"{"restrictToolIds":["table___whisper","table___look","none"]}"#));
    assert!(next(json!(["table___whisper", "table___look", "none"])).contains("add_user_message"));
}

#[test]
fn looking_for_a_tool_is_no_news_and_the_games_own_go_by_their_names() {
    let mut dialogue = Dialogue { stage: Stage::Talking, ..Dialogue::new(with_the_game(None)) };
    let mut told = |id: &str, name: &str| {
        let notification = json!({"type": "tool_call", "toolUse": {"id": id, "name": name}});
        dialogue.line(
            &json!({"method": "droid.session_notification", "params": {"notification": notification}}).to_string(),
        )
    };
    assert_eq!(told("1", "ToolSearch"), []);
    assert_eq!(told("2", "table___whisper"), [Step::Tell(ProviderEvent::Tool { name: "whisper".into() })]);
}

proptest! {
    /// Whatever is done to the lines, a turn ends at most once.
    #[test]
    fn damaged_lines_never_end_a_turn_twice(
        damage in prop::collection::vec((0_usize..60, 0_usize..400, any::<u8>()), 0..30),
        cut in 0_usize..60,
    ) {
        let mut lines: Vec<Vec<u8>> = fixture("two_turns").into_iter().map(String::into_bytes).collect();
        for (line, at, byte) in damage {
            if let Some(place) = lines.get_mut(line).and_then(|line| line.get_mut(at)) {
                *place = byte;
            }
        }
        lines.truncate(cut);
        let mut dialogue = Dialogue::new(subject(None));
        let steps: Vec<Step> = lines.iter().flat_map(|line| dialogue.line(&String::from_utf8_lossy(line))).collect();
        let is_end = |step: &&Step| matches!(step, Step::Tell(ProviderEvent::Finished(_) | ProviderEvent::Failed(_)));
        prop_assert!(steps.iter().filter(is_end).count() <= 1);
    }

    #[test]
    fn no_line_makes_it_fail(line in ".{0,200}") {
        Dialogue::new(subject(None)).line(&line);
    }
}
