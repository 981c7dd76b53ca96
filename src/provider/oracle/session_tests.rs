//! Plays whole sessions with the oracle: what people read, what it remembers, what it withstands.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::answer::{Answer, Ask, answer};
use super::grammar::sentences;
use super::tables::Tables;
use crate::domain::{ActionId, Beat, EventSeq, PastScene, Reply, Said, SceneNo, SceneState, SeatId, Span, Tale, TurnNo};

fn said(seat: u32, name: &str, text: &str) -> Said {
    Said { action: ActionId::new(1), seat: SeatId::new(seat), name: name.to_owned(), text: text.to_owned() }
}

/// One span a paragraph, as the program reads them; the title is taken off.
fn spans(text: &str) -> Vec<Span> {
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.starts_with("# "));
    paragraphs
        .map(|paragraph| match paragraph.strip_prefix("**").and_then(|rest| rest.split_once(":** ")) {
            Some((name, words)) => Span { speaker: Some(name.to_owned()), text: words.to_owned() },
            None => Span { speaker: None, text: paragraph.to_owned() },
        })
        .collect()
}

pub(super) fn beat(turn: u64, action: &str, text: &str) -> Beat {
    Beat {
        turn: TurnNo::new(turn),
        event: EventSeq::new(turn * 3),
        said: vec![said(1, "Ana", action)],
        reply: Reply { spans: spans(text) },
    }
}

/// A table that is played at: feeds replies back as the program does.
struct Play {
    table: &'static str,
    language: &'static str,
    tale: Tale,
    turn: u64,
}

impl Play {
    fn new(table: &'static str) -> Self {
        let scene = Some(SceneState { number: SceneNo::new(1), title: None, opened: EventSeq::new(1), beats: 0 });
        Self { table, language: "en", tale: Tale { scene, ..Tale::default() }, turn: 0 }
    }

    fn ask(&self, said: &[Said]) -> Answer {
        let ask = Ask {
            table: self.table,
            language: self.language,
            turn: TurnNo::new(self.turn + 1),
            tale: &self.tale,
            said,
        };
        answer(Tables::of(self.language), &ask)
    }

    fn act(&mut self, said: &[Said]) -> String {
        let text = self.ask(said).text;
        self.turn += 1;
        let scene = self.tale.scene.as_mut().expect("a scene is open");
        scene.beats += 1;
        if let Some(title) = text.lines().next().and_then(|line| line.strip_prefix("# ")) {
            assert!(scene.title.is_none(), "a second title: {title}");
            scene.title = Some(title.to_owned());
        }
        self.tale.beats += 1;
        let mut beat = beat(self.turn, "", &text);
        beat.said = said.to_vec();
        self.tale.recent.push_back(beat);
        if self.tale.recent.len() > 24 {
            self.tale.recent.pop_front();
        }
        text
    }

    fn say(&mut self, text: &str) -> String {
        self.act(&[said(1, "Ana", text)])
    }

    fn next_scene(&mut self) {
        let old = self.tale.scene.take().expect("a scene is open");
        let recap = self.tale.recent.back().map(|beat| beat.reply.to_markdown()).unwrap_or_default();
        self.tale.past.push_back(PastScene { number: old.number, title: old.title, recap });
        self.tale.recent = VecDeque::new();
        let number = SceneNo::new(old.number.get() + 1);
        self.tale.scene = Some(SceneState { number, title: None, opened: EventSeq::new(self.turn * 3), beats: 0 });
    }
}

#[test]
#[ignore = "prints a session to be read by a person: cargo test oracle -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "to be read by a person")]
fn read_aloud() {
    for table in ["sunken-crown", "kitchen", "seventh-sea"] {
        let mut play = Play::new(table);
        for action in TEN_TURNS {
            println!("\n        --- {action}\n\n{}", play.say(action));
        }
    }
}

const TEN_TURNS: &[&str] = &[
    "I follow the river down to the drowned mill.",
    "I look at the stopped wheel.",
    "I ask who else has come this way tonight.",
    "Is there a light inside?",
    "I climb up to the sack hoist.",
    "I tell them to stay close and light my lamp.",
    "I search the place for whoever left that.",
    "\"Do you know what this means?\"",
    "I help them block the way in.",
    "I open it.",
];
