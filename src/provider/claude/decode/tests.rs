//! The decoder against real transcripts, and against damaged ones.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::domain::FaultKind;

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/claude");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "stdout"));
    paths.sort();
    assert!(paths.len() > 50, "the transcripts are missing");
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// One line per event; runs of text deltas in one line, long texts by their length.
fn story(transcript: &str) -> String {
    let mut decoder = Decoder::default();
    let (mut out, mut deltas) = (String::new(), 0);
    for event in transcript.lines().flat_map(|line| decoder.line(line)) {
        if let ProviderEvent::Text { .. } = event {
            deltas += 1;
            continue;
        }
        flush(&mut out, &mut deltas);
        writeln!(out, "{}", shortened(event)).unwrap();
    }
    flush(&mut out, &mut deltas);
    writeln!(out, "{:?}", decoder.tally()).unwrap();
    out
}

fn flush(out: &mut String, deltas: &mut u32) {
    if std::mem::take(deltas) > 0 {
        out.push_str("Text …\n");
    }
}

fn shortened(event: ProviderEvent) -> String {
    let short = |text: String| match text.chars().count() {
        ..=200 => text,
        count => format!("{}… ({count} characters)", clip(&text, 60)),
    };
    match event {
        ProviderEvent::Block { block, text } => format!("{:?}", ProviderEvent::Block { block, text: short(text) }),
        ProviderEvent::Finished(mut finished) => {
            finished.text = finished.text.map(short);
            format!("{:?}", ProviderEvent::Finished(finished))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn every_transcript_is_understood() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/claude/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, transcript) in fixtures() {
            insta::assert_snapshot!(name, story(&transcript));
        }
    });
}

#[test]
fn streamed_text_and_stated_text_are_the_same() {
    for (name, transcript) in fixtures() {
        let mut decoder = Decoder::default();
        let mut streamed: HashMap<(String, u32), String> = HashMap::new();
        for event in transcript.lines().flat_map(|line| decoder.line(line)) {
            match event {
                ProviderEvent::Text { block, text } => {
                    streamed.entry((block.message, block.index)).or_default().push_str(&text);
                }
                ProviderEvent::Block { block, text } => {
                    let Some(before) = streamed.get(&(block.message, block.index)) else { continue };
                    assert_eq!(*before, text, "{name}");
                }
                _ => {}
            }
        }
    }
}

fn last(lines: &[&str]) -> ProviderEvent {
    let mut decoder = Decoder::default();
    lines.iter().flat_map(|line| decoder.line(line)).last().unwrap()
}

#[test]
fn a_refusal_is_one_even_when_the_result_claims_success() {
    let stop = r#"{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"refusal"}}}"#;
    let result = r#"{"type":"result","subtype":"success","is_error":false,"result":"I cannot"}"#;
    let ProviderEvent::Failed(fault) = last(&[stop, result]) else { panic!("a refusal passed for a reply") };
    assert_eq!(fault.kind, FaultKind::Refused);
}

#[test]
fn a_sub_agents_text_is_not_shown() {
    let delta = r#"{"type":"stream_event","parent_tool_use_id":"t","api_message_id":"m","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"secret"}}}"#;
    assert_eq!(Decoder::default().line(delta), []);
}

#[test]
fn an_older_release_that_counts_each_run_alone_is_taken_at_its_word() {
    let result = r#"{"type":"result","subtype":"success","is_error":false,"result":"Hi","total_cost_usd":0.0957,"usage":{"input_tokens":3,"cache_read_input_tokens":40,"output_tokens":5}}"#;
    let ProviderEvent::Finished(finished) = last(&[result]) else { panic!("not finished") };
    let spent = Spent { tokens_in: Some(43), tokens_out: Some(5), cost_micros: Some(95_700) };
    assert_eq!((finished.text.as_deref(), finished.spent), (Some("Hi"), spent));
}

#[test]
fn a_cost_that_is_no_number_does_no_harm() {
    assert_eq!([micros(f64::NAN), micros(-1.0), micros(f64::INFINITY)], [0, 0, u64::MAX]);
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
        (0_usize..4000).prop_map(Damage::Cut),
        Just(Damage::Join),
        (0_usize..4000, any::<char>()).prop_map(|(at, with)| Damage::Replace(at, with)),
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
    fn damaged_lines_are_all_accounted_for(
        which in 0_usize..1000,
        harms in prop::collection::vec((0_usize..100, damage()), 1..6),
    ) {
        let all = fixtures();
        let lines: Vec<String> = all[which % all.len()].1.lines().map(str::to_owned).collect();
        let lines = damaged(&lines, &harms);
        let mut decoder = Decoder::default();
        let mut ends = 0;
        for line in &lines {
            let events = decoder.line(line);
            let end = |event: &&ProviderEvent| matches!(event, ProviderEvent::Finished(_) | ProviderEvent::Failed(_));
            ends += events.iter().filter(end).count();
        }
        let Tally { told, silent, noise } = decoder.tally();
        prop_assert_eq!(told + silent + noise, lines.len() as u64);
        prop_assert!(ends <= 1);
    }
}
