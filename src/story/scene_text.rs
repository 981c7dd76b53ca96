//! A scene file as it is read back: its place on the shelf and its prose.
//! It trusts nothing in the file; a person may have edited it.

use crate::domain::SceneNo;
use crate::story::front_matter;

/// A scene to read or to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneText {
    /// The table it belongs to.
    pub campaign: String,
    /// Its number.
    pub number: SceneNo,
    /// Its title.
    pub title: String,
    /// When it began (RFC 3339), if the file says so.
    pub started: Option<String>,
    /// The prose: markdown without front matter and title.
    pub body: String,
}

impl SceneText {
    /// Reads a scene file. None when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut values, rest) = front_matter::split(text)?;
        if values.get("type").map(String::as_str) != Some("scene") {
            return None;
        }
        let number = SceneNo::new(values.get("scene")?.parse().ok()?);
        let rest = rest.trim_start();
        let body = match rest.strip_prefix("# ") {
            Some(heading) => heading.split_once('\n').map_or("", |(_, body)| body),
            None => rest,
        };
        Some(Self {
            campaign: values.remove("campaign")?,
            number,
            title: values.remove("title").unwrap_or_else(|| super::scene_file::untitled(number)),
            started: values.remove("started"),
            body: body.trim().replace("\r\n", "\n"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_our_front_matter_is_no_scene() {
        for other in
            ["", "# Note", "---\ntype: note\nscene: 1\ncampaign: a\n---\n", "---\ntype: scene\ncampaign: a\n---\n"]
        {
            assert_eq!(SceneText::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_title_is_not_part_of_the_prose() {
        let scene = SceneText::parse("---\ntype: scene\ncampaign: a\nscene: 4\n---\n\n# Old\r\n\r\nRain.\r\n").unwrap();
        assert_eq!(scene.title, "Scene 4");
        assert_eq!(scene.body, "Rain.");
    }
}
