//! Makes a scene's markdown file from its events: front matter for programs, then prose for people.
//! It writes no file and shows nothing that not everyone may see.

use std::collections::BTreeMap;

use pulldown_cmark::{Event as Markdown, Options, Parser};

use crate::domain::{
    ActionId, BranchId, Event, EventKind, EventSeq, GameEvent, Reply, Said, SceneNo, Seat, SeatId, TableName,
    Timestamp, TurnNo, TurnOutcome, Viewer,
};
use crate::format::escape;
use crate::format::fence::Fence;
use crate::game::dice;
use crate::story::front_matter::FrontMatter;
use crate::story::rolls;
use crate::story::slug;

/// What the events of a scene do not say themselves.
#[derive(Clone, Copy, Debug)]
pub struct SceneHeader<'a> {
    /// The table.
    pub table: &'a TableName,
    /// The current line of play.
    pub branch: BranchId,
    /// The table's seats: the names people go by now. A seat that is missing keeps the name it had when it spoke.
    pub seats: &'a [Seat],
}

/// A scene's file before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneFile {
    /// The scene's number.
    pub number: SceneNo,
    /// The file's name, without a folder.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// The title of a scene that has none.
pub fn untitled(number: SceneNo) -> String {
    format!("Scene {number}")
}

/// Renders the scene that `events` tell: the events of one scene on the current line of play, oldest first.
///
/// None when none of them opens a scene.
pub fn render(events: &[Event], header: &SceneHeader<'_>) -> Option<SceneFile> {
    let mut scene = Scene::default();
    for event in events.iter().filter(|event| event.audience.admits(Viewer::Public)) {
        scene.fold(event, header.seats);
    }
    let number = scene.number?;
    let title = scene.title.take().unwrap_or_else(|| untitled(number));
    let text =
        format!("{}\n# {}\n{}", scene.front_matter(number, &title, header), escape::markdown(&title), scene.prose);
    Some(SceneFile { number, name: slug::file_name(number, &title), text })
}

/// A scene as far as its events were read.
#[derive(Default)]
struct Scene {
    number: Option<SceneNo>,
    title: Option<String>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    first: Option<EventSeq>,
    last: Option<EventSeq>,
    cast: Vec<String>,
    providers: Vec<String>,
    /// Turns that were opened and have not ended.
    open: BTreeMap<TurnNo, (Vec<Said>, String)>,
    /// Rolls written in actions that were not told yet.
    rolls: Vec<(ActionId, String)>,
    /// What happened in turns that have not ended: it is told only if they are answered.
    deeds: Vec<(TurnNo, String)>,
    prose: String,
}

impl Scene {
    fn fold(&mut self, event: &Event, seats: &[Seat]) {
        match &event.kind {
            EventKind::SceneOpened { scene, title } => {
                self.number = Some(*scene);
                self.title = title.as_deref().and_then(plain_line);
                self.started = Some(event.at);
            }
            EventKind::SceneTitled { title, .. } => self.title = plain_line(title),
            EventKind::SceneEnded { .. } => self.ended = Some(event.at),
            EventKind::TurnOpened { turn, said, provider, .. } => {
                self.open.insert(*turn, (said.clone(), provider.to_string()));
            }
            EventKind::TurnEnded { turn, outcome, session, .. } => {
                let (said, asked) = self.open.remove(turn).unwrap_or_default();
                if let TurnOutcome::Answered { reply } = outcome {
                    // Another than the one that was asked first may have gone on with the turn.
                    let answered = session.as_ref().map(|session| session.provider.to_string());
                    push_new(&mut self.providers, answered.unwrap_or(asked));
                    let done = self.deeds.extract_if(.., |(of, _)| of == turn);
                    self.prose.extend(done.map(|(_, told)| told));
                    self.tell(event.seq, &said, reply, seats);
                } else {
                    self.deeds.retain(|(of, _)| of != turn);
                }
            }
            EventKind::Game(happened) => return self.happened(event, happened, seats),
            _ => return,
        }
        self.first = self.first.or(Some(event.seq));
        self.last = Some(event.seq);
    }

    /// Adds what happened in the game, as far as it is told.
    fn happened(&mut self, event: &Event, happened: &GameEvent, seats: &[Seat]) {
        let told = match happened {
            GameEvent::Rolled(roll) => {
                let name = roll.seat.and_then(|seat| name_of(seat, seats)).unwrap_or("The game master");
                let callout = rolls::callout(&plain_line(name).unwrap_or_default(), roll);
                match roll.action {
                    Some(action) => return self.rolls.push((action, callout)),
                    None => callout,
                }
            }
            GameEvent::SeedShown(shown) => rolls::seed(shown),
            GameEvent::TakenBack => return self.deeds.retain(|(of, _)| Some(*of) != event.turn),
            _ => return,
        };
        let told = format!("\n{}", with_block_id(told.trim_end(), event.seq));
        match event.turn.filter(|turn| self.open.contains_key(turn)) {
            Some(turn) => self.deeds.push((turn, told)),
            None => self.prose += &told,
        }
        self.last = Some(event.seq);
    }

    /// Adds a beat to the prose: what people did, then what came of it.
    fn tell(&mut self, event: EventSeq, said: &[Said], reply: &Reply, seats: &[Seat]) {
        let mut beat = String::new();
        let public = |said: &&Said| said.audience.admits(Viewer::Public) && !is_table_talk(&said.text);
        for said in said.iter().filter(public) {
            let name = said.character.as_deref().or_else(|| name_of(said.seat, seats)).unwrap_or(&said.name);
            if let Some(action) = action(name, &said.text) {
                push_new(&mut self.cast, plain_line(name).unwrap_or_default());
                beat += "\n";
                beat += &action;
            }
            for (_, callout) in self.rolls.extract_if(.., |(action, _)| *action == said.action) {
                beat += "\n";
                beat += &callout;
            }
        }
        for speaker in reply.spans.iter().filter_map(|span| span.speaker.as_deref()) {
            push_new(&mut self.cast, plain_line(speaker).unwrap_or_default());
        }
        let told = told(reply);
        if !told.is_empty() {
            beat += "\n";
            beat += &told;
        }
        if !beat.is_empty() {
            self.prose += &with_block_id(beat.trim_end(), event);
        }
    }

    fn front_matter(&self, number: SceneNo, title: &str, header: &SceneHeader<'_>) -> String {
        let table = header.table.as_str();
        let mut front = FrontMatter::new();
        front.plain("type", "scene");
        front.text("id", &format!("{table}-{:03}", number.get()));
        front.text("campaign", table);
        front.plain("scene", number);
        front.text("title", title);
        if let Some(at) = self.started {
            front.time("started", at);
        }
        if let Some(at) = self.ended {
            front.time("ended", at);
        }
        let links: Vec<String> = self.cast.iter().map(|name| format!("[[{}]]", linkable(name))).collect();
        front.list("cast", links.iter().map(String::as_str));
        front.list("tags", ["story", &format!("table/{table}")].into_iter());
        front.plain("audience", "public");
        front.plain("branch", header.branch);
        if let (Some(first), Some(last)) = (self.first, self.last) {
            front.plain("first_event", first);
            front.plain("last_event", last);
        }
        match self.providers.as_slice() {
            [] => {}
            [only] => front.text("provider", only),
            several => front.list("provider", several.iter().map(String::as_str)),
        }
        front.list("aliases", [title].into_iter());
        front.finish()
    }
}

fn push_new(list: &mut Vec<String>, item: String) {
    if !item.is_empty() && !list.contains(&item) {
        list.push(item);
    }
}

fn name_of(seat: SeatId, seats: &[Seat]) -> Option<&str> {
    seats.iter().find(|known| known.id == seat).map(|known| known.name.as_str())
}

/// A name or title on one line without what a terminal or YAML would act upon; none when nothing is left.
fn plain_line(text: &str) -> Option<String> {
    let line = escape::terminal(text).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// A name without the characters that mean something inside a wikilink.
fn linkable(name: &str) -> String {
    name.chars().filter(|c| !"[]|#^\\".contains(*c)).collect()
}

/// Talk among players, `((like this))`, belongs to the log and not to the story.
fn is_table_talk(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("((") && text.ends_with("))")
}

/// What a player did: `**Ana** — *I open the door.*`, each of their lines slanted for itself.
fn action(name: &str, text: &str) -> Option<String> {
    let lines = escape::markdown(&dice::without_inline(text));
    let lines = lines.lines().filter(|line| !line.is_empty()).map(|line| format!("*{line}*\n"));
    let told = lines.collect::<String>();
    let name = escape::markdown(&plain_line(name).unwrap_or_else(|| "Someone".to_owned()));
    (!told.is_empty()).then(|| format!("**{name}** — {told}"))
}

/// The reply as markdown that is safe to keep.
fn told(reply: &Reply) -> String {
    let mut reply = reply.clone();
    for speaker in reply.spans.iter_mut().filter_map(|span| span.speaker.as_mut()) {
        *speaker = escape::markdown(&plain_line(speaker).unwrap_or_default());
    }
    // The whole at once: a name before a text can change what its first line means.
    rolls_to_callouts(&escape::defang(&reply.to_markdown()))
}

/// Turns quoted rolls, `> 2d6: 3 + 4 = 7`, into callouts that fold.
fn rolls_to_callouts(text: &str) -> String {
    let mut lines = Vec::new();
    let mut fence: Option<Fence> = None;
    let mut quoted = false;
    for line in text.lines() {
        match &fence {
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opened_by(line),
        }
        match roll(line).filter(|_| fence.is_none() && !quoted) {
            Some((dice, "")) => lines.push(format!("> [!dice]- {dice}")),
            Some((dice, result)) => lines.extend([format!("> [!dice]- {dice}"), format!("> {result}")]),
            None => lines.push(line.to_owned()),
        }
        quoted = line.starts_with('>');
    }
    lines.join("\n")
}

/// Splits a quoted roll into its dice and what came of them.
fn roll(line: &str) -> Option<(&str, &str)> {
    let (dice, result) = line.strip_prefix('>')?.trim().split_once(':')?;
    let count = dice.trim_start_matches(|c: char| c.is_ascii_digit());
    let sides = count.strip_prefix(['d', 'D'])?;
    let notation = |c: char| c.is_ascii_digit() || "dDkKhHlLfF+-*!% ".contains(c);
    let is_dice =
        sides.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '%' | 'F')) && dice.chars().all(notation);
    (is_dice && dice.len() <= 40).then_some((dice, result.trim()))
}

/// Ends a beat with its event's number, so that other notes can link to it.
fn with_block_id(beat: &str, event: EventSeq) -> String {
    let gap = if ends_in_paragraph(beat) { " " } else { "\n\n" };
    format!("{beat}{gap}^e{event}\n")
}

/// Whether the last thing in a text is a plain paragraph; anything else needs its block id on a line of its own.
fn ends_in_paragraph(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut last = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Markdown::Start(_) => depth += 1,
            Markdown::End(tag) => {
                depth -= 1;
                if depth == 0 {
                    last = Some((tag, range.end));
                }
            }
            Markdown::Rule if depth == 0 => last = None,
            _ => {}
        }
    }
    last.is_some_and(|(tag, end)| tag == pulldown_cmark::TagEnd::Paragraph && text[end..].trim().is_empty())
}

#[cfg(test)]
mod tests {
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
        let failed =
            TurnOutcome::Failed { fault: FaultKind::Other, error: crate::domain::ErrorId::new("e"), until: None };
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
        let file =
            render(&log.events, &SceneHeader { table: &table, branch: BranchId::new(0), seats: &seats }).unwrap();
        assert!(file.text.contains("**Anna** — *I wait.*") && file.text.contains("\"[[Anna]]\""), "{}", file.text);
        assert_eq!(
            render(&log.events[1..], &SceneHeader { table: &table, branch: BranchId::new(0), seats: &[] }),
            None
        );
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
}
