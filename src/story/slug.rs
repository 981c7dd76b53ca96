//! Makes a scene's file name from its number and title.
//! It lets nothing through that means something to a file system.

use crate::domain::SceneNo;

/// The longest slug, in characters.
const SLUG_CHARS: usize = 60;

/// The name of a scene's file: `007-the-drowned-stair.md`.
pub fn file_name(number: SceneNo, title: &str) -> String {
    format!("{:03}-{}.md", number.get(), slug(title))
}

/// The scene number a file's name states, if it is a name that [`file_name`] can have made.
pub(crate) fn number_of(file_name: &str) -> Option<SceneNo> {
    let (digits, slug) = file_name.strip_suffix(".md")?.split_once('-')?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if digits.len() < 3 || !digits.chars().all(|c| c.is_ascii_digit()) || slug.is_empty() || !slug.chars().all(fits) {
        return None;
    }
    digits.parse().ok().map(SceneNo::new)
}

/// A title as lower-case ASCII words joined by hyphens; other letters are dropped, and `scene` stands for nothing.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if slug.len() == SLUG_CHARS {
            break;
        }
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            // "Mira's" is one word, and so is "café" without its last letter.
            '\'' => {}
            c if !c.is_ascii() => {}
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "scene".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, name) in [
            ("The Drowned Stair", "007-the-drowned-stair.md"),
            ("Mira's café — “now”!", "007-miras-caf-now.md"),
            ("../../etc/passwd", "007-etc-passwd.md"),
            ("水の階段", "007-scene.md"),
            ("", "007-scene.md"),
        ] {
            assert_eq!(file_name(SceneNo::new(7), title), name);
        }
        assert_eq!(file_name(SceneNo::new(1234), "x"), "1234-x.md");
    }

    #[test]
    fn only_its_own_names_are_read() {
        assert_eq!(number_of("007-a.md"), Some(SceneNo::new(7)));
        for other in ["7-a.md", "007.md", "007-.md", "007-A.md", "index.md", "007-a.md.bak", "99999999999-a.md"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_short_and_plain(title: String, number: u32) {
            let name = file_name(SceneNo::new(number), &title);
            prop_assert!(slug(&title).len() <= SLUG_CHARS);
            prop_assert_eq!(number_of(&name), Some(SceneNo::new(number)));
        }
    }
}
