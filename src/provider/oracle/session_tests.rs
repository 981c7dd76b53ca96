//! Plays whole sessions with the oracle: what people read, what it remembers, what it withstands.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::answer::{Answer, Ask, answer};
use super::grammar::sentences;
use super::tables::Tables;
use crate::domain::{
    ActionId, Beat, EventSeq, PastScene, Reply, Said, SceneNo, SceneState, SeatId, Span, Tale, TurnNo,
};

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

/// Actions of every kind, for long runs.
const DEEDS: &[&str] = &[
    "I look at the wall.",
    "I ask what they know about the road",
    "Is there a way out?",
    "I climb up.",
    "I wait.",
    "I go on.",
    "\"Who sent you?\"",
    "I use my rope.",
    "I help them carry it",
    "I attack!",
    "What is happening?",
    "Who is here?",
    "I sing a song about the sea",
    "I sneak past the guard",
    "I open the box.",
    "flurb",
    "I listen at the door",
    "Is it safe here?",
    "Where are we?",
    "I tell them my name",
    "I search the ground.",
    "I jump over the gap",
    "Are we followed?",
];

fn long_sentences(text: &str) -> Vec<String> {
    let told = text.lines().filter(|line| !line.starts_with(['>', '#'])).collect::<Vec<_>>().join("\n");
    let plain: Vec<String> = spans(&told.replace('\n', "\n\n")).into_iter().map(|span| span.text).collect();
    let words = plain.iter().flat_map(|text| sentences(text));
    words.filter(|sentence| sentence.len() >= 12).map(str::to_lowercase).collect()
}

/// How often a sentence came again within 40 beats, over 120 beats.
fn echoes(table: &'static str, beats_a_scene: usize, stride: usize) -> Vec<String> {
    let mut play = Play::new(table);
    let mut told: Vec<Vec<String>> = Vec::new();
    let mut echoes = Vec::new();
    for nth in 0..120 {
        if nth > 0 && nth % beats_a_scene == 0 {
            play.next_scene();
        }
        let text = play.say(DEEDS[nth * stride % DEEDS.len()]);
        let now = long_sentences(&text);
        for sentence in &now {
            if told.iter().rev().take(40).flatten().any(|old| old == sentence) {
                echoes.push(format!("{nth}: {sentence}"));
            }
        }
        told.push(now);
    }
    echoes
}

#[test]
fn no_sentence_comes_twice_within_forty_beats_of_a_scene() {
    for (stride, table) in ["sunken-crown", "kitchen", "seventh-sea", "attic", "a", "long-road"].iter().enumerate() {
        assert_eq!(echoes(table, 1000, stride + 1), Vec::<String>::new(), "{table}");
    }
}

#[test]
fn scenes_do_not_echo_each_other() {
    // The tale keeps no text of scenes that ended, so here the decks alone keep lines apart: of about a thousand
    // sentences a few short ones come again.
    for table in ["sunken-crown", "kitchen", "seventh-sea"] {
        let echoes = echoes(table, 12, 7);
        assert!(echoes.len() <= 30, "{table}: {echoes:#?}");
    }
}

#[test]
fn the_same_turn_of_the_same_tale_is_told_the_same() {
    let mut play = Play::new("kitchen");
    for action in TEN_TURNS {
        let said = [said(1, "Ana", action)];
        assert_eq!(play.ask(&said), play.ask(&said));
        play.act(&said);
    }
    let mut again = Play::new("kitchen");
    for action in TEN_TURNS {
        again.say(action);
    }
    assert_eq!(play.tale, again.tale);
    let other = Play::new("cellar").say("I look around.");
    assert_ne!(Play::new("kitchen").say("I look around."), other);
}

#[test]
fn a_retry_throws_again_in_the_same_place() {
    let mut play = Play::new("kitchen");
    play.say("Hello");
    let first = play.ask(&[said(1, "Ana", "I climb the wall")]).text;
    play.turn += 1;
    let second = play.ask(&[said(1, "Ana", "I climb the wall")]).text;
    assert_ne!(first, second);
}

#[test]
fn people_who_were_met_are_met_again_under_their_names() {
    let mut play = Play::new("kitchen");
    let opening = play.say("I go to the toll bridge");
    let (name, _) = opening.split_once("**").and_then(|(_, rest)| rest.split_once(":**")).expect("somebody speaks");
    let name = name.to_owned();
    for action in ["I wait", "I look around", "I wait"] {
        play.say(action);
    }
    let reply = play.say(&format!("{name}, what do you know about the road?"));
    assert!(reply.contains(&format!("**{name}:** ")), "{name} in {reply}");
    // Even when all that is left of them is a line of an earlier scene.
    play.tale.past.push_back(PastScene {
        number: SceneNo::new(1),
        title: Some("The Toll Bridge".to_owned()),
        recap: format!("{name} waited on the bridge."),
    });
    play.tale.recent.clear();
    play.tale.scene.as_mut().expect("a scene is open").number = SceneNo::new(2);
    let reply = play.say(&format!("I ask {name} about the road"));
    assert!(reply.contains(&format!("**{name}:** ")), "{name} in {reply}");
}

#[test]
fn each_of_several_speakers_is_answered_by_name() {
    let mut play = Play::new("kitchen");
    play.act(&[said(1, "Ana", "I enter the mill"), said(2, "Bo", "I follow Ana")]);
    let reply = play.act(&[said(1, "Ana", "I climb the wheel"), said(2, "Bo", "Is the door open?")]);
    assert!(reply.contains("\n\nAna — ") && reply.contains("\n\nBo — "), "{reply}");
    assert!(reply.contains("> Ana · 2d6: ") && reply.contains("> Bo · "), "{reply}");
    assert!(!reply.contains("**Ana:**") && !reply.contains("**Bo:**"), "{reply}");
}

#[test]
fn a_scene_that_has_a_title_keeps_it_and_another_game_masters_people_stay() {
    let mut play = Play::new("kitchen");
    let scene = play.tale.scene.as_mut().expect("a scene is open");
    scene.title = Some("Chapter Two".to_owned());
    scene.beats = 4;
    play.tale.beats = 4;
    play.tale.recent.push_back(beat(1, "I knock", "A tall woman opens.\n\n**Lady Marwen:** You are late."));
    let reply = play.say("I ask Lady Marwen about the road");
    assert!(!reply.starts_with('#'), "{reply}");
    assert!(reply.contains("**Lady Marwen:** "), "{reply}");
    assert!(reply.contains(
        Tables::of("en").events.troubles.iter().map(|t| &t.pressure).find(|p| reply.contains(*p)).expect("a pressure")
    ));
}

#[test]
fn another_language_is_answered_in_english_and_says_so_once() {
    let mut play = Play { language: "de", ..Play::new("kitchen") };
    assert!(play.say("Hallo").ends_with("> The oracle knows English only and goes on in it."));
    assert!(!play.say("Hallo").contains("> The oracle knows"));
    let mut play = Play { language: "en-GB", ..Play::new("kitchen") };
    assert!(!play.say("Hello").contains("> The oracle knows"));
}

#[test]
fn a_turn_takes_no_time() {
    // Not a clock: the work of a turn is bounded by what is read, so a huge action is read no further than a small one.
    let mut play = Play::new("kitchen");
    play.say("Hello");
    let short: String = "I climb the tower and ".repeat(40);
    let long: String = "I climb the tower and ".repeat(1500);
    assert_eq!(play.ask(&[said(1, "Ana", &short)]), play.ask(&[said(1, "Ana", &long)]));
}

/// What must hold of any reply, whatever people write.
fn check_envelope(text: &str, first: bool) {
    assert!(text.len() < 8_000 && !text.trim().is_empty());
    assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    assert!(!text.contains(['@', '`', '<', '|', '\u{202e}']), "{text}");
    for (nth, line) in text.lines().enumerate() {
        assert_eq!(line.starts_with('#'), first && nth == 0, "{text}");
        if let Some((name, _)) = line.strip_prefix("**").and_then(|rest| rest.split_once(":**")) {
            let ours = Tables::of("en").people.styles.iter().flatten().any(|known| known == name);
            assert!(ours, "{name} speaks in {text}");
        } else {
            assert!(!line.contains("**"), "{text}");
        }
    }
}

#[test]
fn forged_lines_stay_words() {
    let mut play = Play::new("kitchen");
    let hostile = [
        "# Fake title\n\n**Mira:** I give you everything.",
        "I look at the **Mira:** @everyone <@1> `x`",
        "I'll take the # crown of @here\n# Again",
        "> The tide ●●●●\n\n**Bram:** dead",
        "gm: # x **y:** z",
        "[x](https://evil.example) ||s|| ~~t~~ \u{1b}[31m",
    ];
    for (nth, text) in hostile.iter().chain(&hostile).enumerate() {
        let reply = play.act(&[said(1, "**Mira:** @everyone\n# x", text)]);
        check_envelope(&reply, nth == 0);
    }
    let flood = "**Mira:** # @everyone ".repeat(1500);
    check_envelope(&play.say(&flood), false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn anything_said_is_withstood(
        texts in prop::collection::vec("\\PC{0,120}|(I|we) (will )?[a-z]{1,8} the [#*@<>`|\\n\\x1b a-z]{0,60}|[\\x00-\\x7f]{0,200}", 1..8),
        name in "\\PC{0,40}",
    ) {
        let mut play = Play::new("kitchen");
        for (nth, text) in texts.iter().enumerate() {
            let reply = play.act(&[said(1, &name, text), said(2, "Bo", text)]);
            check_envelope(&reply, nth == 0);
        }
    }
}
