//! The decoder against real dialogues, and against damaged ones.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::json;

use super::super::frame::Frame;
use super::super::request;
use super::*;

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/codex");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "stdout"));
    paths.sort();
    assert!(paths.len() > 10, "the dialogues are missing");
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// What a dialogue tells, with the refusals and questions on the way. One decoder per turn, as in life.
#[derive(Default)]
struct Listener {
    conversation: Value,
    decoder: Option<Decoder>,
}

impl Listener {
    fn line(&mut self, line: &str) -> (Vec<ProviderEvent>, Option<String>) {
        match Frame::read(line) {
            Frame::Answer { outcome: Ok(answer), .. } => (self.answer(answer), None),
            Frame::Answer { outcome: Err(refusal), .. } => {
                (Vec::new(), Some(format!("refused ({:?}): {}", outcome::spoken(&refusal.message), refusal.message)))
            }
            Frame::Note { method, params } => {
                (self.decoder.as_mut().map(|decoder| decoder.note(&method, &params)).unwrap_or_default(), None)
            }
            Frame::Question { id, method, .. } => {
                let tool = request::tool_asked_for(&method);
                (Vec::new(), Some(format!("asked for {tool:?}: {}", request::refusal(&id, &method).trim())))
            }
            Frame::Noise(noise) => (Vec::new(), Some(format!("noise: {noise}"))),
        }
    }

    fn answer(&mut self, answer: Value) -> Vec<ProviderEvent> {
        if answer["thread"].is_object() {
            self.decoder = Some(Decoder::new(&answer, Some("0.169.0".into())));
            self.conversation = answer;
        } else if answer["turn"].is_object() {
            let mut decoder = Decoder::new(&self.conversation, Some("0.169.0".into()));
            decoder.begun(&answer);
            self.decoder = Some(decoder);
        }
        Vec::new()
    }
}

/// One line per event; runs of text deltas in one line, long texts by their length.
fn story(dialogue: &str) -> String {
    let (mut listener, mut out, mut deltas) = (Listener::default(), String::new(), 0);
    for line in dialogue.lines() {
        let (events, aside) = listener.line(line);
        for event in events {
            if let ProviderEvent::Text { .. } = event {
                deltas += 1;
                continue;
            }
            flush(&mut out, &mut deltas);
            writeln!(out, "{event:?}").unwrap();
        }
        if let Some(aside) = aside {
            flush(&mut out, &mut deltas);
            writeln!(out, "{aside}").unwrap();
        }
    }
    flush(&mut out, &mut deltas);
    out
}

fn flush(out: &mut String, deltas: &mut u32) {
    if std::mem::take(deltas) > 0 {
        out.push_str("Text …\n");
    }
}

#[test]
fn every_dialogue_is_understood() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/codex/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, dialogue) in fixtures() {
            insta::assert_snapshot!(name, story(&dialogue));
        }
    });
}

#[test]
fn streamed_text_and_stated_text_are_the_same() {
    for (name, dialogue) in fixtures() {
        let mut listener = Listener::default();
        let mut streamed: HashMap<String, String> = HashMap::new();
        for event in dialogue.lines().flat_map(|line| listener.line(line).0) {
            match event {
                ProviderEvent::Text { block, text } => streamed.entry(block.message).or_default().push_str(&text),
                ProviderEvent::Block { block, text } => assert_eq!(streamed[&block.message], text, "{name}"),
                _ => {}
            }
        }
    }
}

fn decoder() -> Decoder {
    let mut decoder = Decoder::new(&json!({"thread": {"id": "c"}, "model": "m"}), None);
    decoder.begun(&json!({"turn": {"id": "t"}}));
    decoder
}

fn end(decoder: &mut Decoder, turn: &Value) -> ProviderEvent {
    decoder.note("turn/completed", &json!({"turn": turn})).pop().unwrap()
}

#[test]
fn a_turn_with_tools_counts_each_of_its_requests_once() {
    let mut decoder = decoder();
    let usage = |turn: &str, total: u64, last: u64| {
        let (total, last) = (json!({"inputTokens": total}), json!({"inputTokens": last, "outputTokens": 1}));
        json!({"turnId": turn, "tokenUsage": {"total": total, "last": last}})
    };
    for report in [usage("before", 100, 100), usage("t", 110, 10), usage("t", 110, 10), usage("t", 130, 20)] {
        assert_eq!(decoder.note("thread/tokenUsage/updated", &report), []);
    }
    assert_eq!(decoder.spent(), Spent { tokens_in: Some(30), tokens_out: Some(2), cost_micros: None });
}

#[test]
fn a_limit_says_when_it_resets() {
    let mut decoder = decoder();
    let window = json!({"usedPercent": 100, "resetsAt": 1_800_000_000});
    let limits = json!({"rateLimits": {"primary": window, "secondary": null, "rateLimitReachedType": null}});
    assert_eq!(decoder.note("account/rateLimits/updated", &limits), []);
    let error = json!({"message": "You've hit your usage limit.", "codexErrorInfo": "usageLimitExceeded"});
    let ProviderEvent::Failed(fault) = end(&mut decoder, &json!({"id": "t", "status": "failed", "error": error}))
    else {
        panic!("a limit passed for a reply")
    };
    assert_eq!((fault.kind, fault.until), (FaultKind::LimitReached, Some(Timestamp::from_millis(1_800_000_000_000))));
}

#[test]
fn an_end_that_is_not_known_is_not_a_good_one() {
    let ProviderEvent::Failed(fault) = end(&mut decoder(), &json!({"id": "t", "status": "paused"})) else {
        panic!("it passed for a reply")
    };
    assert_eq!(fault.kind, FaultKind::Garbled);
}

#[test]
fn text_of_another_turn_is_not_ours() {
    let delta = json!({"turnId": "other", "itemId": "i", "delta": "secret"});
    assert_eq!(decoder().note("item/agentMessage/delta", &delta), []);
}

#[test]
fn a_reply_that_was_never_streamed_is_taken_from_the_end() {
    let items = json!([{"type": "userMessage", "text": "q"}, {"type": "agentMessage", "id": "i", "text": "Hi"}]);
    let end = end(&mut decoder(), &json!({"id": "t", "status": "completed", "items": items}));
    assert!(matches!(end, ProviderEvent::Finished(Finished { text: Some(text), .. }) if text == "Hi"));
}

#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Join,
    Replace(usize, char),
    Repeat,
    Drop,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (0_usize..2000).prop_map(Damage::Cut),
        Just(Damage::Join),
        (0_usize..2000, any::<char>()).prop_map(|(at, with)| Damage::Replace(at, with)),
        Just(Damage::Repeat),
        Just(Damage::Drop),
    ]
}

fn damaged(lines: &[String], harms: &[(usize, Damage)]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for (at, harm) in harms {
        if lines.is_empty() {
            break;
        }
        let at = at % lines.len();
        let mut characters: Vec<char> = lines[at].chars().collect();
        match harm {
            Damage::Cut(end) => characters.truncate(*end),
            Damage::Replace(position, with) => {
                if let Some(character) = characters.get_mut(*position) {
                    *character = *with;
                }
            }
            Damage::Join if at + 1 < lines.len() => characters.extend(lines.remove(at + 1).chars()),
            Damage::Repeat => lines.insert(at, characters.iter().collect()),
            Damage::Drop => characters.clear(),
            Damage::Join => {}
        }
        lines[at] = characters.into_iter().collect();
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_lines_never_give_two_ends_nor_words_after_one(
        which in 0_usize..1000,
        harms in prop::collection::vec((0_usize..100, damage()), 1..6),
    ) {
        let all = fixtures();
        let lines: Vec<String> = all[which % all.len()].1.lines().map(str::to_owned).collect();
        let mut decoder = decoder();
        let mut ended = false;
        for line in damaged(&lines, &harms) {
            match Frame::read(&line) {
                Frame::Answer { outcome: Ok(answer), .. } if answer["turn"].is_object() && !ended => {
                    decoder.begun(&answer);
                }
                Frame::Note { method, params } => {
                    for event in decoder.note(&method, &params) {
                        prop_assert!(!ended, "{:?} after the end", event);
                        ended = matches!(event, ProviderEvent::Finished(_) | ProviderEvent::Failed(_));
                    }
                }
                _ => {}
            }
        }
    }
}
