//! Injections put into a brief as every kind of source: none of them leaves its quote, adds a heading or touches the contract.

use super::*;
use crate::domain::{
    ActionId, Actor, Attachment, Audience, EventSeq, FileKind, Game, KeptWhisper, PersonId, Reply, Role, SceneNo,
    SceneState, SeatId, Span, TurnNo, Whisper,
};

/// The corpus: one JSON object a line.
const CORPUS: &str = include_str!("../../tests/fixtures/attacks/injections.jsonl");

fn corpus() -> Vec<(String, String)> {
    let read = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        (line["id"].as_str().unwrap().to_owned(), line["text"].as_str().unwrap().to_owned())
    };
    CORPUS.lines().map(read).collect()
}

/// A brief in which `text` stands wherever people, cards, books, files and models may write.
fn brief(text: &str) -> Brief {
    let one = SeatId::new(1);
    let said = Said {
        action: ActionId::new(1),
        seat: one,
        name: text.to_owned(),
        text: text.to_owned(),
        files: vec![Attachment { name: text.to_owned(), kind: FileKind::Text, bytes: 1, from: "test".to_owned() }],
        audience: Audience::Table,
        character: None,
    };
    let secret = Said { audience: Audience::Seats(vec![one]), ..said.clone() };
    let whisper = |from| Whisper { from, to: one, text: text.to_owned() };
    let kept = |from| KeptWhisper { event: EventSeq::new(9), whisper: whisper(from), opened: false };
    let spans = vec![Span { speaker: Some(text.to_owned()), text: text.to_owned() }];
    let beat = Beat { turn: TurnNo::new(1), event: EventSeq::new(8), said: vec![said.clone()], reply: Reply { spans } };
    let title = Some(text.to_owned());
    let tale = Tale {
        scene: Some(SceneState { number: SceneNo::new(2), title: title.clone(), opened: EventSeq::new(3), beats: 1 }),
        past: [PastScene { number: SceneNo::new(1), title, recap: text.to_owned() }].into(),
        earlier: [BeatLine { turn: TurnNo::new(1), line: text.to_owned() }].into(),
        recent: [beat].into(),
        game: Game { whispers: [kept(Actor::Gm), kept(Actor::Seat(one))].into(), ..Game::default() },
        ..Tale::default()
    };
    let seat = Seat { id: one, person: PersonId::new("test:1"), name: text.to_owned(), role: Role::Player };
    let lore = Background { label: text.to_owned(), audience: Audience::Gm, text: text.to_owned() };
    write(&Material {
        mode: Mode::Narrative,
        table: "sunken-crown",
        language: "en",
        house_rules: None,
        guides: &[],
        cast: &[(text.to_owned(), text.to_owned())],
        players: &[],
        lore: &[lore],
        memories: &[],
        past: Box::leak(Box::default()),
        tale: &tale,
        game: &tale.game,
        style: &Style::default(),
        direction: None,
        bounds: &Bounds { lines: vec![text.to_owned()], veils: vec![text.to_owned()] },
        anew: false,
        seats: &[seat],
        said: &[said, secret],
        tools: true,
        memory: Memory::None,
        budget: 90_000,
    })
}

/// What is not quoted, with the names that stand in it left out.
fn skeleton(text: &str) -> Vec<String> {
    let bare = |line: &str| {
        let (name, rest) = line.split_once("· ").unwrap_or((line, ""));
        let marks = rest.matches('·').count();
        let closed = line.starts_with('[') == line.ends_with(']');
        if line.starts_with("## The present scene: ") {
            return "## The present scene".to_owned();
        }
        let name = if name.starts_with("[file ") { "[file" } else { name.trim_end() };
        format!("{} {marks} {closed}", if line.starts_with('[') { name } else { line })
    };
    text.lines().filter(|line| !line.starts_with("| ")).map(bare).collect()
}

#[test]
fn there_are_many_of_them_and_each_is_its_own() {
    let all = corpus();
    let texts: std::collections::BTreeSet<_> = all.iter().map(|(_, text)| text).collect();
    assert!(all.len() >= 60 && texts.len() == all.len(), "{}", all.len());
}

#[test]
fn no_injection_changes_what_is_not_quoted() {
    let plain = brief("plain");
    let contract = plain.system.split("\n## Never in this story").next().unwrap();
    for (id, text) in corpus() {
        let attacked = brief(&text);
        assert!(attacked.system.starts_with(contract), "{id}: the contract is first and as it was");
        for (part, was) in [(&attacked.system, &plain.system), (&attacked.prompt, &plain.prompt)] {
            assert_eq!(skeleton(part), skeleton(was), "{id}:\n{part}");
            let breaks = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
            assert!(!part.contains(breaks), "{id}:\n{part:?}");
        }
        let file = Attachment { name: text.clone(), kind: FileKind::Text, bytes: 1, from: "test".to_owned() };
        let told = files(&[FoundFile { file: &file, found: Found::Text { text: &text, whole: true } }]);
        let loose: Vec<_> = told.lines().filter(|line| !line.starts_with("| ") && !line.is_empty()).collect();
        assert_eq!(loose.len(), 3, "{id}:\n{told}");
    }
}
