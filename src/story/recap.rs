//! "Previously on": a few lines that bring people back into a story, made from what the tale has at hand. PURE.
//! It holds only what everyone at the table may know: scenes' own lines and the game master's last words.

use crate::domain::{PastScene, Reply};

/// How many past scenes are told of.
const SCENES: usize = 3;
/// How long a scene's line may be, in characters.
const LINE: usize = 300;
/// How much of the last words is told, in characters.
const LAST: usize = 600;

/// What a recap is made from.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The table's name.
    pub table: &'a str,
    /// Scenes that ended, the oldest first.
    pub past: &'a [PastScene],
    /// The title of the open scene, if one is open; empty if it has none yet.
    pub scene: Option<&'a str>,
    /// What the game master said last.
    pub last: Option<&'a Reply>,
}

/// The recap as markdown; none if nothing has happened yet.
pub fn recap(material: &Material<'_>) -> Option<String> {
    if material.past.is_empty() && material.last.is_none() {
        return None;
    }
    let mut out = format!("**Previously at {}**\n", material.table);
    let skipped = material.past.len().saturating_sub(SCENES);
    for scene in &material.past[skipped..] {
        let title = scene.title.as_deref().unwrap_or("Without a title");
        out.push_str(&format!("\n**{}. {}**\n{}\n", scene.number, flat(title, 80), flat(&scene.recap, LINE)));
    }
    let where_we_stand = match material.scene {
        Some("") => "Where we stand".to_owned(),
        Some(title) => format!("Where we stand: {}", flat(title, 80)),
        None => "Where we stand: between two scenes".to_owned(),
    };
    out.push_str(&format!("\n**{where_we_stand}**\n"));
    if let Some(last) = material.last {
        out.push_str(&flat(&last.to_markdown(), LAST));
        out.push('\n');
    }
    Some(out)
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
    use crate::domain::{SceneNo, Span};

    #[test]
    fn it_tells_the_last_scenes_and_where_the_story_stands() {
        let scene = |n: u32, title: Option<&str>| PastScene {
            number: SceneNo::new(n),
            title: title.map(str::to_owned),
            recap: format!("Ana: I knock → It opens ({n}).\nBen: I go in → Dark."),
        };
        let past = [scene(1, Some("The Gate")), scene(2, None), scene(3, Some("The Yard")), scene(4, Some("The Well"))];
        let last = Reply { spans: vec![Span { speaker: None, text: "The rope\n\nbreaks.".to_owned() }] };
        let material = Material { table: "crown", past: &past, scene: Some("The Deep"), last: Some(&last) };
        insta::assert_snapshot!(recap(&material).unwrap(), @r"
        **Previously at crown**

        **2. Without a title**
        Ana: I knock → It opens (2). Ben: I go in → Dark.

        **3. The Yard**
        Ana: I knock → It opens (3). Ben: I go in → Dark.

        **4. The Well**
        Ana: I knock → It opens (4). Ben: I go in → Dark.

        **Where we stand: The Deep**
        The rope breaks.
        ");
        assert_eq!(recap(&Material { past: &[], scene: None, last: None, ..material }), None);
    }

    #[test]
    fn it_always_fits_a_message() {
        let scene = PastScene { number: SceneNo::new(1), title: Some("x".repeat(500)), recap: "é ".repeat(5_000) };
        let last = Reply { spans: vec![Span { speaker: None, text: "é ".repeat(5_000) }] };
        let past = vec![scene; 9];
        let material = Material { table: "crown", past: &past, scene: Some("x"), last: Some(&last) };
        assert!(recap(&material).unwrap().chars().count() < 1_950);
    }
}
