//! One markdown document of all scenes: what the files hold, without what only programs read.
//! It needs no reader of callouts or ids to be pleasant.

use crate::format::escape;
use crate::format::fence::Fence;
use crate::story::export::{Meta, prose, scene_title};
use crate::story::scene_text::SceneText;

/// The document.
pub(crate) fn document(scenes: &[&SceneText], meta: &Meta) -> String {
    let mut out = format!("# {}\n", escape::markdown(&meta.shown_title()));
    let creators = meta.shown_creators().join(", ");
    if !creators.is_empty() {
        out += &format!("\n*{}*\n", escape::markdown(&creators));
    }
    for scene in scenes {
        out += &format!("\n## {}\n", escape::markdown(&scene_title(scene)));
        let body = lower_headings(&prose::without_block_ids(&scene.body));
        if !body.is_empty() {
            out += &format!("\n{body}\n");
        }
    }
    out
}

/// Puts a scene's own headings below its title.
fn lower_headings(body: &str) -> String {
    let mut fence: Option<Fence> = None;
    let lower = |line: &str| {
        let marks = line.len() - line.trim_start_matches('#').len();
        let heading = (1..=6).contains(&marks) && line[marks..].starts_with([' ', '\t']);
        if heading { "#".repeat((6 - marks).min(2)) + line } else { line.to_owned() }
    };
    let lines = body.lines().map(|line| {
        let was_open = fence.is_some();
        match &fence {
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
            None => fence = Fence::opened_by(line),
        }
        if was_open { line.to_owned() } else { lower(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_a_scene_stand_below_its_title() {
        assert_eq!(
            lower_headings("# a\n#b\n\n```\n# c\n```\n##### d\n###### e"),
            "### a\n#b\n\n```\n# c\n```\n###### d\n###### e"
        );
    }
}
