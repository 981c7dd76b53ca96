//! "Previously on": what brings people back into a story, made from what those who ask may know. PURE.
//! It is told what it may tell and looks nothing up; words of people and models in it are the doors' to make harmless.

use crate::domain::{Reply, SceneNo, WorldClock};

/// The longest recap where there is room, in characters: about a page.
pub const ARCHIVE: usize = 6_000;
/// The longest recap of one message, in characters.
pub const MESSAGE: usize = 1_900;

/// How long a line may be, in characters: of a scene, of a turn that was missed, of everything else.
const SCENE: usize = 420;
const TURN: usize = 180;
const LINE: usize = 160;
/// How much of the last words is told, in characters.
const LAST: usize = 600;

/// What a recap tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recap {
    /// The table's name.
    pub table: String,
    /// The story so far in short, for whoever has not played yet.
    pub arc: Option<String>,
    /// Scenes that ended, the oldest first.
    pub scenes: Vec<SceneTold>,
    /// What happened since the one who asks acted last.
    pub missed: Vec<String>,
    /// How many turns that were.
    pub missed_turns: u64,
    /// What was promised.
    pub promises: Vec<String>,
    /// What draws near.
    pub clocks: Vec<WorldClock>,
    /// What only the one who asks knows, and few others.
    pub secrets: Vec<String>,
    /// The title of the open scene, if one is open; empty if it has none yet.
    pub scene: Option<String>,
    /// What the game master said last.
    pub last: Option<Reply>,
}

/// A scene that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneTold {
    /// Its number.
    pub number: SceneNo,
    /// Its title, if it had one.
    pub title: Option<String>,
    /// What happened in it.
    pub text: String,
}

impl Recap {
    /// Whether nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.scenes.is_empty() && self.last.is_none() && self.missed.is_empty() && self.secrets.is_empty()
    }

    /// The recap as markdown, at most so long in characters. What matters less is left out first: the story so far, older
    /// scenes, what draws near, what was promised, what was missed. Where the story stands and what is secret stay.
    pub fn to_markdown(&self, most: usize) -> String {
        let head = format!("**Previously at {}**\n", self.table);
        let foot = self.where_we_stand();
        // What is kept first, and where it stands.
        let parts = [
            (4, list("For you alone", &self.secrets)),
            (3, list(&self.missed_heading(), &self.missed)),
            (2, list("Promised", &self.promises)),
            (1, self.scenes_from(0)),
            (2, self.drawing_near()),
            (0, self.arc.as_ref().map(|arc| format!("\n{}\n", flat(arc, SCENE * 2))).unwrap_or_default()),
        ];
        let mut left = most.saturating_sub(head.chars().count() + foot.chars().count());
        let mut kept: Vec<(u8, String)> = Vec::new();
        for (place, mut part) in parts {
            if place == 1 {
                let from = (0..self.scenes.len()).find(|from| self.scenes_from(*from).chars().count() <= left);
                part = from.map(|from| self.scenes_from(from)).unwrap_or_default();
            }
            let chars = part.chars().count();
            if chars <= left {
                left -= chars;
                kept.push((place, part));
            }
        }
        kept.sort_by_key(|(place, _)| *place);
        head + &kept.into_iter().map(|(_, part)| part).collect::<String>() + &foot
    }

    fn scenes_from(&self, from: usize) -> String {
        let told = self.scenes[from..].iter().map(|scene| {
            let title = scene.title.as_deref().unwrap_or("Without a title");
            format!("\n**{}. {}**\n{}\n", scene.number, flat(title, 80), flat(&scene.text, SCENE))
        });
        told.collect()
    }

    fn missed_heading(&self) -> String {
        match self.missed_turns {
            1 => "Since you last acted (1 turn)".to_owned(),
            turns => format!("Since you last acted ({turns} turns)"),
        }
    }

    fn drawing_near(&self) -> String {
        let lines: Vec<_> = self
            .clocks
            .iter()
            .map(|clock| format!("{}: {} of {}", flat(&clock.name, LINE), clock.filled, clock.segments))
            .collect();
        list("Drawing near", &lines)
    }

    fn where_we_stand(&self) -> String {
        let heading = match self.scene.as_deref() {
            Some("") => "Where we stand".to_owned(),
            Some(title) => format!("Where we stand: {}", flat(title, 80)),
            None => "Where we stand: between two scenes".to_owned(),
        };
        let last = self.last.as_ref().map(|last| flat(&last.to_markdown(), LAST) + "\n").unwrap_or_default();
        format!("\n**{heading}**\n{last}")
    }
}

fn list(heading: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let most = if heading.starts_with("Since") { TURN } else { LINE };
    let lines: String = lines.iter().map(|line| format!("- {}\n", flat(line, most))).collect();
    format!("\n**{heading}**\n{lines}")
}

/// The end of a text that is told, on one line; its beginning is left out where it is too long.
fn flat(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = flat.chars().count();
    if count <= most {
        return flat;
    }
    let tail: String = flat.chars().skip(count - most + 2).collect();
    format!("… {}", tail.split_once(' ').map_or(tail.as_str(), |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Span;

    fn said(text: &str) -> Option<Reply> {
        Some(Reply { spans: vec![Span { speaker: None, text: text.to_owned() }] })
    }

    fn scene(number: u32, title: Option<&str>, text: &str) -> SceneTold {
        SceneTold { number: SceneNo::new(number), title: title.map(str::to_owned), text: text.to_owned() }
    }

    fn recap() -> Recap {
        Recap {
            table: "crown".to_owned(),
            arc: Some("A crown was stolen.".to_owned()),
            scenes: vec![scene(2, None, "Ana knocks."), scene(3, Some("The Yard"), "Ben\ngoes in.")],
            missed: vec!["Ana: I wait → Dark.".to_owned()],
            missed_turns: 1,
            promises: vec!["Odo promised: a boat".to_owned()],
            clocks: vec![WorldClock { name: "Flood".to_owned(), segments: 4, filled: 1, secret: false }],
            secrets: vec!["The ring is false.".to_owned()],
            scene: Some("The Deep".to_owned()),
            last: said("The rope\n\nbreaks."),
        }
    }

    #[test]
    fn it_tells_what_happened_what_was_missed_and_where_the_story_stands() {
        insta::assert_snapshot!(recap().to_markdown(MESSAGE), @r"
        **Previously at crown**

        A crown was stolen.

        **2. Without a title**
        Ana knocks.

        **3. The Yard**
        Ben goes in.

        **Promised**
        - Odo promised: a boat

        **Drawing near**
        - Flood: 1 of 4

        **Since you last acted (1 turn)**
        - Ana: I wait → Dark.

        **For you alone**
        - The ring is false.

        **Where we stand: The Deep**
        The rope breaks.
        ");
        assert!(Recap { table: "crown".to_owned(), ..Recap::default() }.is_empty());
    }

    #[test]
    fn it_always_fits_and_what_is_secret_stays() {
        let long = "é ".repeat(5_000);
        let full = Recap {
            arc: Some(long.clone()),
            scenes: (1..=9).map(|number| scene(number, Some(&"x".repeat(500)), &long)).collect(),
            missed: vec![long.clone(); 8],
            promises: vec![long.clone(); 5],
            secrets: vec![long.clone(); 3],
            last: said(&long),
            ..recap()
        };
        for most in [MESSAGE, ARCHIVE] {
            let told = full.to_markdown(most);
            assert!(told.chars().count() <= most, "{}", told.chars().count());
            assert!(told.contains("For you alone") && told.contains("Where we stand"), "{told}");
        }
        assert!(full.to_markdown(ARCHIVE).contains("**9."));
    }
}
