//! The decoder against text that comes again, and against damaged updates. Transcripts are read in `link/tests.rs`.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const AT_ONCE: Duration = Duration::from_millis(5);
const AFTER_A_PAUSE: Duration = Duration::from_millis(1200);

fn chunk(text: &str) -> Value {
    json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}})
}

/// What people would see: texts of parts in order, withdrawn ones taken out.
fn seen(events: &[ProviderEvent]) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for event in events {
        match event {
            ProviderEvent::Text { block, text } => {
                if parts.last().is_none_or(|(message, _)| *message != block.message) {
                    parts.push((block.message.clone(), String::new()));
                }
                parts.last_mut().unwrap().1.push_str(text);
            }
            ProviderEvent::Withdrawn { message, .. } => parts.retain(|(own, _)| own != message),
            _ => {}
        }
    }
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("|")
}

/// What is seen of these chunks, each with the pause before it, and the final text.
fn told(chunks: &[(&str, Duration)]) -> (String, String) {
    let mut decoder = Decoder::default();
    let mut events: Vec<_> = chunks.iter().flat_map(|(text, pause)| decoder.update(&chunk(text), *pause)).collect();
    events.extend(decoder.answered(&Ok(json!({"stopReason": "end_turn"})), None));
    let text = match events.last() {
        Some(ProviderEvent::Finished(finished)) => finished.text.clone().unwrap(),
        other => panic!("not finished: {other:?}"),
    };
    (seen(&events), text)
}

#[track_caller]
fn check(chunks: &[(&str, Duration)], expect: &str) {
    assert_eq!(told(chunks), (expect.to_owned(), expect.to_owned()));
}

#[test]
fn a_reply_that_begins_anew_after_a_pause_is_shown_once() {
    check(
        &[
            ("The old bell of Harrow ", AT_ONCE),
            ("rings once across the marsh, and then ", AT_ONCE),
            ("The old bell of Harrow ", AFTER_A_PAUSE),
            ("rings once across the marsh, and then ", AT_ONCE),
            ("is silent.", AT_ONCE),
        ],
        "The old bell of Harrow rings once across the marsh, and then is silent.",
    );
}

#[test]
fn a_reply_may_begin_anew_more_than_once_and_in_other_pieces() {
    check(
        &[
            ("The old bell of Harrow rings", AT_ONCE),
            ("The old bell", AFTER_A_PAUSE),
            ("The old bell of Harrow rings once, ", AFTER_A_PAUSE),
            ("and again.", AT_ONCE),
        ],
        "The old bell of Harrow rings once, and again.",
    );
}

#[test]
fn a_refrain_without_a_pause_is_the_models_own() {
    let line = "The old bell of Harrow rings, and nobody comes to the door any more. ";
    check(&[(line, AT_ONCE), (line, AT_ONCE), ("Then silence.", AT_ONCE)], &format!("{line}{line}Then silence."));
}

#[test]
fn a_pause_alone_takes_nothing_back() {
    check(
        &[("The old bell of Harrow rings. ", AT_ONCE), ("The old ", AFTER_A_PAUSE), ("woman looks up.", AT_ONCE)],
        "The old bell of Harrow rings. The old woman looks up.",
    );
}

#[test]
fn a_word_said_twice_stays() {
    check(&[("Ha! ", AT_ONCE), ("Ha! ", AFTER_A_PAUSE), ("Ha!", AFTER_A_PAUSE)], "Ha! Ha! Ha!");
}

#[test]
fn a_tool_between_two_texts_parts_them() {
    let mut decoder = Decoder::default();
    let mut events = decoder.update(&chunk("I look it up."), AT_ONCE);
    events.extend(decoder.refused(&json!({"kind": "execute", "title": "rm -rf /"})));
    events.extend(decoder.update(&chunk("It is a crown."), AT_ONCE));
    assert_eq!(seen(&events), "I look it up.|It is a crown.");
    assert!(events.contains(&ProviderEvent::ToolDenied { name: "execute".into() }));
    assert_eq!(decoder.text(), "I look it up.\n\nIt is a crown.");
}

#[test]
fn what_still_comes_of_the_history_is_not_the_reply() {
    let mut decoder = Decoder::after_loading();
    let mut events = decoder.update(&chunk("An old reply."), AT_ONCE);
    let user = json!({"sessionUpdate": "user_message_chunk", "content": {"type": "text", "text": "An old action"}});
    events.extend(decoder.update(&user, AT_ONCE));
    events.extend(decoder.update(&chunk("The reply."), AT_ONCE));
    assert_eq!(seen(&events), "The reply.");
    assert_eq!(decoder.text(), "The reply.");
}

#[test]
fn only_the_rise_of_the_conversations_cost_is_this_prompts() {
    let cost = |amount: f64| json!({"sessionUpdate": "usage_update", "cost": {"amount": amount, "currency": "USD"}});
    let spent = |amount: f64, before| {
        let mut decoder = Decoder::default();
        decoder.update(&cost(amount), AT_ONCE);
        decoder.spent_so_far(before).cost_micros
    };
    assert_eq!(spent(0.015429, Some(0.007697)), Some(7_732));
    assert_eq!(spent(0.0077, Some(0.0)), Some(7_700));
    assert_eq!(spent(0.0232, None), None, "what it had cost before is not known");
    assert_eq!(spent(0.01, Some(0.02)), Some(0), "a total that falls is no gain");
    let mut decoder = Decoder::default();
    decoder.update(&json!({"sessionUpdate": "usage_update", "cost": {"amount": 3, "currency": "EUR"}}), AT_ONCE);
    assert_eq!(decoder.spent_so_far(Some(0.0)).cost_micros, None, "other money is not dollars");
}

#[test]
fn how_it_stopped_decides_when_there_is_no_text() {
    let kind = |reason: &str| match Decoder::default().answered(&Ok(json!({"stopReason": reason})), None).pop() {
        Some(ProviderEvent::Failed(fault)) => fault.kind,
        other => panic!("not failed: {other:?}"),
    };
    assert_eq!(kind("end_turn"), FaultKind::Empty);
    assert_eq!(kind("max_tokens"), FaultKind::TooLong);
    assert_eq!(kind("max_turn_requests"), FaultKind::TurnBudget);
    assert_eq!(kind("refusal"), FaultKind::Refused);
    assert_eq!(kind("cancelled"), FaultKind::Other);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z ]{0,12}".prop_map(Value::from),
        Just(json!("text")),
    ];
    let key = prop_oneof![
        Just("type"),
        Just("text"),
        Just("content"),
        Just("messageId"),
        Just("_meta"),
        Just("usage"),
        Just("cost"),
        Just("amount"),
        Just("inputTokens"),
        Just("outputTokens"),
        Just("title"),
        Just("kind"),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_update_makes_it_fail(
        updates in prop::collection::vec((any_json(), 0_u64..3000, 0_usize..6), 0..20),
        before in proptest::option::of(any::<f64>()),
    ) {
        let kinds = ["agent_message_chunk", "tool_call", "usage_update", "user_message_chunk", "new_kind", ""];
        let mut decoder = Decoder::default();
        for (mut update, pause, kind) in updates {
            if let Some(update) = update.as_object_mut() {
                update.insert("sessionUpdate".into(), kinds[kind].into());
            }
            decoder.update(&update, Duration::from_millis(pause));
        }
        let end = decoder.answered(&Ok(Value::Null), before);
        prop_assert!(matches!(end.last(), Some(ProviderEvent::Finished(_) | ProviderEvent::Failed(_))));
    }

    #[test]
    fn however_a_reply_is_cut_all_of_it_is_shown(
        text in "[a-zäß .\n]{1,200}",
        cuts in prop::collection::vec((1_usize..40, 0_u64..600), 1..20),
    ) {
        let letters: Vec<char> = text.chars().collect();
        let mut chunks = Vec::new();
        let (mut at, mut turns) = (0, cuts.iter().cycle());
        while at < letters.len() {
            let (size, pause) = turns.next().unwrap();
            let end = (at + size).min(letters.len());
            chunks.push((letters[at..end].iter().collect::<String>(), Duration::from_millis(*pause)));
            at = end;
        }
        let mut decoder = Decoder::default();
        let events: Vec<_> = chunks.iter().flat_map(|(text, pause)| decoder.update(&chunk(text), *pause)).collect();
        prop_assert_eq!(seen(&events), text);
    }
}
