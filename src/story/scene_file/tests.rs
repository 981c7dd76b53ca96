use proptest::prelude::*;

use super::*;
use crate::domain::{Audience, FaultKind};
use crate::story::example::{Log, answered, file_of, the_drowned_stair};

fn rolled(what: &str) -> EventKind {
    let roll = serde_json::json!({"seat": null, "shown": "public", "notation": "1d20", "label": what, "totals": [7],
            "written": "1d20 = 7", "plain": "1d20 = 7", "natural": null, "dice": [[20, 7]], "names": [], "scene": 1,
            "opened": 1, "branch": 0, "n": 1, "nonce": "n", "seal": "0123456789abcdef", "action": null, "answers": null});
    EventKind::Game(GameEvent::Rolled(Box::new(serde_json::from_value(roll).unwrap())))
}

#[test]
fn what_was_done_in_a_run_that_failed_is_not_told() {
    let mut log = Log::new(1, 1, None);
    for (outcome, first, second) in [
        (answered(&[("", "A bolt slides.")]), "fallen", "counting"),
        (TurnOutcome::Stopped { by: None }, "stopped", "stopped as well"),
    ] {
        log.turn(&[("Ana", "I knock.")], outcome);
        let ended = log.events.pop().unwrap();
        let turn = ended_turn(&ended);
        for kind in [rolled(first), EventKind::Game(GameEvent::TakenBack), rolled(second)] {
            log.push(kind).turn = turn;
        }
        log.push(ended.kind);
    }
    let told = file_of(&log).text;
    assert!(told.contains("counting") && told.contains("A bolt slides."), "{told}");
    assert!(!told.contains("fallen") && !told.contains("stopped"), "{told}");
    assert!(told.find("counting") < told.find("I knock."), "where it stood before: {told}");
}

fn ended_turn(event: &Event) -> Option<TurnNo> {
    match &event.kind {
        EventKind::TurnEnded { turn, .. } => Some(*turn),
        _ => None,
    }
}

#[test]
fn a_scene_reads_like_a_story() {
    let file = file_of(&the_drowned_stair());
    assert_eq!(file.name, "007-the-drowned-stair.md");
    insta::assert_snapshot!(file.text, @r#"
        ---
        type: scene
        id: "sunken-crown-007"
        campaign: "sunken-crown"
        scene: 7
        title: "The Drowned Stair"
        started: 2026-01-02T20:32:10Z
        ended: 2026-01-02T20:32:22Z
        cast:
          - "[[Ana]]"
          - "[[Ben]]"
          - "[[Mira]]"
        tags:
          - "story"
          - "table/sunken-crown"
        audience: public
        branch: 2
        first_event: 1030
        last_event: 1042
        provider: "claude"
        aliases:
          - "The Drowned Stair"
        ---

        # The Drowned Stair

        **Ana** — *I lift the lantern and go down first.*

        **Ben** — *I keep a hand on the rope. “If it goes slack, I run.”*

        The steps are slick with weed. Thirty of them, then forty, and the air turns cold enough to taste: salt, iron, something older. Far below, *something* is counting under its breath.

        Then the counting stops.

        **Mira:** “You came back.” She does not sound glad. “I told you the tide keeps what it is given.”

        Her hand rests on the chain that holds the gate. ^e1034

        **Ben** — *I talk her into letting us pass.*
        *Slowly. No sudden moves.*

        > [!dice]- 2d6
        > 4 + 3 = 7, a success that costs something

        **Mira:** “Leave the lantern, then. It has drowned more people than the sea.”

        She steps aside. The gate opens onto water so still that it holds every star, and:

        - one boat,
        - two oars,
        - no shore.

        ^e1040
        "#);
}

#[test]
fn what_players_write_stays_what_they_wrote() {
    let mut log = Log::new(1, 1, Some("---\ntype: note\n[[x]] \"<b>\": # *"));
    log.turn(
        &[
            (
                "Eve]] **x**",
                "---\ntype: note\n---\n# Chapter ^e1\n[[x]] <script>alert(1)</script> @everyone <@12>\n```\nfence",
            ),
            ("Ana", "**Mira:** “I give up.”"),
            ("Ana", "((brb))"),
        ],
        answered(&[("", "It is quiet. ^e1\n\n<img src=x onerror=y>\n\n```\nopen")]),
    );
    insta::assert_snapshot!(file_of(&log).text.replace('\u{200b}', "·"), @r#"
        ---
        type: scene
        id: "sunken-crown-001"
        campaign: "sunken-crown"
        scene: 1
        title: "--- type: note [[x]] \"<b>\": # *"
        started: 2026-01-02T20:15:01Z
        cast:
          - "[[Eve **x**]]"
          - "[[Ana]]"
        tags:
          - "story"
          - "table/sunken-crown"
        audience: public
        branch: 2
        first_event: 1
        last_event: 5
        provider: "claude"
        aliases:
          - "--- type: note [[x]] \"<b>\": # *"
        ---

        # \--- type: note \[\[x\]\] "\<b\>": \# \*

        **Eve\]\] \*\*x\*\*** — *\---*
        *type: note*
        *\---*
        *\# Chapter \^e1*
        *\[\[x\]\] \<script\>alert(1)\</script\> @·everyone \<·@12\>*
        *\`\`\`*
        *fence*

        **Ana** — *\*\*Mira:\*\* “I give up.”*

        It is quiet. \^e1

        &lt;img src=x onerror=y>

        ```
        open
        ```

        ^e5
        "#);
}

#[test]
fn only_what_everyone_may_see_is_told() {
    let mut log = Log::new(1, 1, Some("Open"));
    log.turn(&[("Ana", "public")], answered(&[("", "told")]));
    for audience in [Audience::Gm, Audience::Seats(vec![SeatId::new(1)])] {
        log.turn(&[("Eve", "hidden1")], answered(&[("Hidden", "hidden2")])).audience = audience.clone();
        let opened = log.events.len() - 2;
        log.events[opened].audience = audience.clone();
        log.title("hidden3").audience = audience;
    }
    let text = file_of(&log).text;
    assert!(text.contains("told") && !text.to_lowercase().contains("hidden"), "{text}");
    // A public answer to a whisper does not give the whisper away.
    log.turn(&[("Eve", "hidden4")], answered(&[("", "aloud")]));
    let opened = log.events.len() - 2;
    log.events[opened].audience = Audience::Gm;
    let text = file_of(&log).text;
    assert!(text.contains("aloud") && !text.contains("hidden"), "{text}");
}

#[test]
fn turns_without_an_answer_are_not_in_the_story() {
    let mut log = Log::new(1, 1, None);
    let failed = TurnOutcome::Failed { fault: FaultKind::Other, error: crate::domain::ErrorId::new("e"), until: None };
    for outcome in [failed, TurnOutcome::Stopped { by: None }, TurnOutcome::Interrupted] {
        log.turn(&[("Ana", "I wait.")], outcome);
    }
    let file = file_of(&log);
    assert_eq!(file.name, "001-scene-1.md");
    assert!(file.text.ends_with("---\n\n# Scene 1\n"), "{}", file.text);
}

#[test]
fn people_go_by_the_name_they_have_now() {
    let mut log = Log::new(1, 1, None);
    log.turn(&[("Ana", "I wait.")], answered(&[("", "Time passes.")]));
    let seat = SeatId::new(u32::from(b'A'));
    let person = crate::domain::PersonId::new("terminal:ana");
    let seats = [Seat { id: seat, person, name: "Anna".to_owned(), role: crate::domain::Role::Player }];
    let table = crate::story::example::table();
    let file = render(&log.events, &SceneHeader { table: &table, branch: BranchId::new(0), seats: &seats }).unwrap();
    assert!(file.text.contains("**Anna** — *I wait.*") && file.text.contains("\"[[Anna]]\""), "{}", file.text);
    assert_eq!(render(&log.events[1..], &SceneHeader { table: &table, branch: BranchId::new(0), seats: &[] }), None);
}

#[test]
fn only_rolls_become_callouts() {
    for (text, callout) in [
        ("> 2d6: 3 + 4 = 7", "> [!dice]- 2d6\n> 3 + 4 = 7"),
        ("> d100:", "> [!dice]- d100"),
        ("> 4d6kh3 + 1: 12\n> 1d6: 3", "> [!dice]- 4d6kh3 + 1\n> 12\n> 1d6: 3"),
        ("> dread: x", "> dread: x"),
        ("> 12: x", "> 12: x"),
        ("```\n> 2d6: 7\n```", "```\n> 2d6: 7\n```"),
        ("2d6: 7", "2d6: 7"),
    ] {
        assert_eq!(rolls_to_callouts(text), callout, "{text:?}");
    }
}

#[test]
fn a_block_id_stands_where_it_belongs_to_the_last_block() {
    for text in ["a", "- a\n\nb", "**Mira:** a"] {
        assert_eq!(with_block_id(text, EventSeq::new(9)), format!("{text} ^e9\n"));
    }
    for text in ["- a", "> a", "# a", "```\na\n```", "a\n\n---", "|a|\n|-|\n|b|", "a\n\n[x]: /u"] {
        assert_eq!(with_block_id(text, EventSeq::new(9)), format!("{text}\n\n^e9\n"));
    }
}

proptest! {
    #[test]
    fn a_file_holds_no_html_and_no_other_front_matter(
        title: String, name: String, action: String, speaker: String, reply in "[-<>a-c!`~*_#\\[\\]:|^@ \n\t\\\\0-9d]{0,60}"
    ) {
        let mut log = Log::new(1, 1, Some(&title));
        log.turn(&[(&name, &action)], answered(&[("", &reply), (&speaker, &reply)]));
        log.turn(&[("Ana", "end")], answered(&[("", "The last words.")]));
        let text = file_of(&log).text;
        let (values, body) = crate::story::front_matter::split(&text).unwrap();
        prop_assert_eq!(values["type"].as_str(), "scene");
        prop_assert!(text.ends_with("\n**Ana** — *end*\n\nThe last words. ^e9\n"), "{text}");
        let mut last = String::new();
        for event in Parser::new(body) {
            prop_assert!(!matches!(event, Markdown::Html(_) | Markdown::InlineHtml(_)), "{event:?} in {text}");
            if let Markdown::Text(text) = event { last = text.into_string(); }
        }
        prop_assert_eq!(last, "The last words. ^e9");
    }
}
