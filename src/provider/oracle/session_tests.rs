//! Plays whole sessions with the oracle: what people read, what it remembers, what it withstands.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::answer::{Answer, Ask, answer};
use super::grammar::sentences;
use super::tables::Tables;
use crate::domain::{
    ActionId, Audience, Beat, EventSeq, PastScene, Reply, Said, SceneNo, SceneState, SeatId, Span, Tale, TurnNo,
};

fn said(seat: u32, name: &str, text: &str) -> Said {
    Said {
        action: ActionId::new(1),
        seat: SeatId::new(seat),
        name: name.to_owned(),
        text: text.to_owned(),
        files: Vec::new(),
        audience: Audience::Table,
        character: None,
    }
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
            recalled: &[],
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
#[ignore = "prints sessions to be read by a person: cargo test read_aloud -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "to be read by a person")]
fn read_aloud() {
    for table in ["sunken-crown", "kitchen", "seventh-sea"] {
        println!("\n======== {table}\n{}", session(table));
    }
    let mut play = Play { language: "ko", ..Play::new("kitchen") };
    for action in ["나루로 간다", "둘러본다", "누가 있나?", "문이 잠겼나?", "몰래 올라간다", "\"그게 무슨 뜻이오?\""]
    {
        println!("\n—— {action}\n\n{}", play.act(&[said(1, "하늘", action)]));
    }
}

fn session(table: &'static str) -> String {
    let mut play = Play::new(table);
    let turns = TEN_TURNS.iter().map(|action| format!("—— {action}\n\n{}", play.say(action)));
    turns.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn ten_turns_read_like_a_tale() {
    insta::assert_snapshot!(session("sunken-crown"), @r###"
    —— I follow the river down to the drowned mill.

    # The Drowned Mill

    The drowned mill stands to its sills in brown water, and the wheel has not turned since spring. What light there is comes up off the flood and moves on the ceiling. The flood pulls at the foundations with a sound like slow breathing.

    It was not far, in the end, though nobody you met on the way would say what to expect.

    By the flooded stair stands a lapsed novice with a string of keys all alike. The name, when it comes, is Fenna.

    **Fenna:** You have walked far. Is there anyone behind you we should wait for?

    A stranger has wagered the whole village that by tomorrow one of them will open the red door. He is smiling.

    How do you set about it, Ana?

    —— I look at the stopped wheel.

    The stopped wheel has a twin, or had; there is the bare patch where it stood. The air smells of wet flour and eels.

    Someone whistles, out of sight, four notes of a tune; and leaves out the fifth.

    The plank over the race will not be there for ever. Now?

    —— I ask who else has come this way tonight.

    Fenna looks first to see whether you are hurt.

    **Fenna:** Do not finish that tune. Whoever finishes it is asked to come along, and my uncle went.

    The sky is the colour of a knife. Someone has been seen walking towards the red door, only to look.

    > The wager ●○○○

    —— Is there a light inside?

    > even odds · d100: 34 · yes

    Yes, and it has been for some time.

    From the plank over the race, of all directions, comes a ferryman between boats, with three rings on one finger; Ulf, it turns out.

    **Ulf:** If you want thanks for coming, you are early.

    A rope creaks where no rope is to be seen.

    What do you need to know before you move?

    —— I climb up to the sack hoist.

    > 2d6: 4 + 5 = 9 · at a cost

    You have it, and you are going to hear about it. Whatever was asleep here has shifted.

    You said you would look at the stopped wheel; somebody has drawn it since, in charcoal, beside the sack hoist, and not badly.

    The stranger has doubled it. It is becoming a great deal of money.

    > The wager ●●○○

    What do you do about the wager?

    —— I tell them to stay close and light my lamp.

    Ulf gives a short laugh with no air in it.

    **Ulf:** They always send someone when it no longer matters.

    The wind turns over a leaf and leaves it so.

    —— I search the place for whoever left that.

    You see the flooded stair first, and then what is beside it. The dust keeps the outline of something the size of a book.

    Fenna has not gone far. She is back with something to say.

    **Fenna:** There you are. I had begun to listen for you.

    The talk has shrunk to yes and no. The key to the red door is gone from its nail.

    > The wager ●●●○

    Do you call out?

    —— "Do you know what this means?"

    Fenna does not answer at once.

    **Fenna:** Yes, dear, it is. I would sooner be fooled than shut a door.

    A while ago you said you would climb up to the sack hoist, and since then the sack hoist has been moved, by about a hand.

    The fifth note sounds at last, low, from below. A stone slides back as smoothly as a drawer; whoever whistled has been waiting for an answer.

    Who goes by the plank over the race, and who stays?

    —— I help them block the way in.

    Between you it is done, and the wager has to wait for once.

    **Fenna:** It holds. Look at it. It holds.

    The last warmth goes out of the stones. People straighten up and look about them, as after rain.

    > The wager ●●○○

    —— I open it.

    The thing is done in less time than it took to think of it.

    The smell of somebody else's supper comes and goes.

    Do you do it quietly?
    "###);
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
    let mut play = Play { language: "fr", ..Play::new("kitchen") };
    assert!(play.say("Salut").ends_with("> The oracle knows English only and goes on in it."));
    assert!(!play.say("Salut").contains("> The oracle knows"));
    let mut play = Play { language: "en-GB", ..Play::new("kitchen") };
    assert!(!play.say("Hello").contains("> The oracle knows"));
}

#[test]
fn german_is_played_in_german() {
    let mut play = Play { language: "de-AT", ..Play::new("kitchen") };
    let opening = play.act(&[said(1, "Jörg", "Ich gehe in die Mühle.")]);
    let (name, _) = opening.split_once("**").and_then(|(_, rest)| rest.split_once(":**")).expect("somebody speaks");
    assert!(opening.starts_with("# Die überflutete Mühle\n"), "{opening}");
    let mut told = opening.clone();
    for (action, sign) in [
        ("Ich schaue mich um.", ""),
        ("Wer ist hier?", ""),
        ("Ist die Tür verschlossen?", "· d100: "),
        ("Ich schleiche nach oben.", "2d6: "),
        ("Ich greife den Wolf an!", "2d6: "),
        ("Ich warte.", ""),
        ("SL: Was kann ich tun?", "Du bist hier: "),
        ("Ich helfe.", ""),
        ("Wo bin ich?", ""),
        ("Ich reise ab.", ""),
    ] {
        let reply = play.act(&[said(1, "Jörg", action)]);
        assert!(reply.contains(sign), "{action}: {reply}");
        told.push_str(&reply);
    }
    told.push_str(&play.act(&[said(1, "Jörg", &format!("Ich frage {name} nach dem Weg."))]));
    assert!(!told.contains(['{', '}', '[']), "{told}");
    assert!(told.matches(&format!("**{name}:**")).count() > 1, "{told}");
    let english = ["the", "you", "is", "and", "with"];
    let words = told.split(|c: char| !c.is_alphanumeric()).filter(|word| english.contains(word)).collect::<Vec<_>>();
    assert_eq!(words, Vec::<&str>::new(), "{told}");
}

#[test]
fn korean_is_played_in_korean() {
    let mut play = Play { language: "ko-KR", ..Play::new("kitchen") };
    let opening = play.act(&[said(1, "하늘", "방앗간으로 들어간다")]);
    let (name, _) = opening.split_once("**").and_then(|(_, rest)| rest.split_once(":**")).expect("somebody speaks");
    assert!(opening.starts_with("# 물에 잠긴 방앗간\n"), "{opening}");
    let mut told = opening.clone();
    for action in ["둘러본다", "누가 있나?", "문이 잠겼나?", "몰래 올라간다", "기다린다", "진행자: 어떻게 하지?"]
    {
        told.push_str(&play.act(&[said(1, "하늘", action)]));
    }
    told.push_str(&play.act(&[said(1, "하늘", &format!("{name}에게 묻는다"))]));
    assert!(!told.contains(['{', '}', '…']) && told.contains("2d6: "), "{told}");
    assert!(told.matches(&format!("**{name}:**")).count() > 1, "{told}");
    let english = told.replace("d100", "").replace("2d6", "");
    assert!(!english.contains(|c: char| c.is_ascii_alphabetic()), "{english}");
}

#[test]
fn a_huge_action_is_read_no_further_than_a_small_one() {
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
