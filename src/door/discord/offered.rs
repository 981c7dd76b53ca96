//! Which of the files on a message are taken, and under which names they will lie in the table's folder. PURE.
//! It fetches nothing; it goes by what Discord says of a file, which whoever uploaded it may have made up.

use crate::config::Attachments;
use crate::domain::{Attachment, FileKind};

/// A file on a message, as Discord tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offered {
    /// Its id.
    pub id: u64,
    /// Its name, as its owner has it.
    pub name: String,
    /// Its media type, where Discord says one.
    pub media: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    /// It is of no kind that is taken.
    Kind,
    /// It is too large.
    Large,
    /// There are too many.
    Many,
}

/// The files that are taken, and why others are not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// What goes with the action.
    pub taken: Vec<Attachment>,
    /// The names of the others.
    pub left_out: Vec<(String, LeftOut)>,
}

/// The longest name of a file that is kept, in bytes.
const NAME: usize = 60;
/// Endings of files that hold text, where Discord does not say so.
const TEXTS: [&str; 14] =
    ["txt", "md", "markdown", "csv", "tsv", "json", "yaml", "yml", "toml", "xml", "log", "ini", "srt", "text"];
/// Media types of text that do not begin with `text/`.
const TEXT_TYPES: [&str; 5] =
    ["application/json", "application/yaml", "application/x-yaml", "application/toml", "application/xml"];
/// Pictures that providers take.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

/// Chooses among the files of `message` in `channel`.
pub(super) fn choose(channel: u64, message: u64, offered: &[Offered], limits: &Attachments) -> Choice {
    let mut choice = Choice::default();
    for offered in offered {
        let kind = kind(offered).filter(|kind| limits.types.contains(kind));
        let why = match kind {
            None => Err(LeftOut::Kind),
            Some(_) if offered.bytes > limits.size => Err(LeftOut::Large),
            Some(_) if choice.taken.len() == limits.most => Err(LeftOut::Many),
            Some(kind) => Ok(kind),
        };
        match why {
            Ok(kind) => {
                let from = format!("discord:{channel}:{message}:{}", offered.id);
                let name = free(&choice.taken, message, &safe(&offered.name));
                choice.taken.push(Attachment { name, kind, bytes: offered.bytes, from });
            }
            Err(why) => choice.left_out.push((offered.name.clone(), why)),
        }
    }
    choice
}

/// Where a file is found again: channel, message, file.
pub(super) fn found_at(from: &str) -> Option<(u64, u64, u64)> {
    let mut ids = from.strip_prefix("discord:")?.split(':').map(|id| id.parse().ok());
    let found = (ids.next()??, ids.next()??, ids.next()??);
    ids.next().is_none().then_some(found)
}

fn kind(offered: &Offered) -> Option<FileKind> {
    let media = offered.media.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let ending = offered.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let picture = media.strip_prefix("image/").unwrap_or(if media.is_empty() { &ending } else { "" });
    if PICTURES.contains(&picture) {
        return Some(FileKind::Image);
    }
    let text = media.starts_with("text/") || TEXT_TYPES.contains(&media) || TEXTS.contains(&ending.as_str());
    (text && !media.starts_with("image/")).then_some(FileKind::Text)
}

/// A name that means nothing to a shell or a file system: letters, digits, `.`, `-` and `_`, its ending kept.
fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_start_matches(['.', '-', '_']);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let ending: String = ending.chars().take(10).collect();
    let stem: String = stem.chars().take(NAME - ending.len()).collect();
    let stem = if stem.is_empty() { "file".to_owned() } else { stem };
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// That name for a file of this message, or one like it that no other of its files has.
fn free(taken: &[Attachment], message: u64, name: &str) -> String {
    let wanted = |n: usize| match n {
        1 => format!("attachments/{message}-{name}"),
        n => format!("attachments/{message}-{n}-{name}"),
    };
    let mut n = 1;
    while taken.iter().any(|file| file.name == wanted(n)) {
        n += 1;
    }
    wanted(n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offered(name: &str, media: &str, bytes: u64) -> Offered {
        let media = (!media.is_empty()).then(|| media.to_owned());
        Offered { id: 9, name: name.to_owned(), media, bytes }
    }

    #[test]
    fn pictures_and_texts_within_the_limits_are_taken() {
        let limits = Attachments { most: 2, size: 100, ..Attachments::default() };
        let files = [
            offered("map.png", "image/png", 50),
            offered("song.mp3", "audio/mpeg", 5),
            offered("huge.txt", "text/plain", 101),
            offered("map.png", "image/png", 50),
            offered("more.txt", "text/plain", 5),
        ];
        let choice = choose(1, 2, &files, &limits);
        let names: Vec<_> = choice.taken.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["attachments/2-map.png", "attachments/2-2-map.png"]);
        assert_eq!(found_at(&choice.taken[0].from), Some((1, 2, 9)));
        let left_out: Vec<_> = choice.left_out.iter().map(|(_, why)| *why).collect();
        assert_eq!(left_out, [LeftOut::Kind, LeftOut::Large, LeftOut::Many]);
    }

    #[test]
    fn a_kind_is_what_discord_says_or_else_the_ending() {
        for (name, media, expected) in [
            ("a.PNG", "", Some(FileKind::Image)),
            ("a.svg", "image/svg+xml", None),
            ("a.txt", "image/svg+xml", None),
            ("a", "text/plain; charset=utf-8", Some(FileKind::Text)),
            ("notes.md", "", Some(FileKind::Text)),
            ("a.zip", "application/zip", None),
            ("a.json", "application/json", Some(FileKind::Text)),
            ("a.png", "application/octet-stream", None),
        ] {
            assert_eq!(kind(&offered(name, media, 1)), expected, "{name} {media}");
        }
    }

    #[test]
    fn only_our_own_places_are_read() {
        for bad in ["discord:1:2", "discord:1:2:3:4", "discord:1:2:x", "web:1:2:3", ""] {
            assert_eq!(found_at(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_its_folder(name in ".{0,200}") {
            let kept = safe(&name);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            prop_assert!(kept.chars().all(plain), "{kept}");
            prop_assert!(!kept.is_empty() && !kept.starts_with('.') && kept.len() <= 80, "{kept}");
        }
    }
}
