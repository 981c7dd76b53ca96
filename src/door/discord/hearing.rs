//! Which messages are meant for the game master, and what they say. PURE.
//! It knows nothing of Discord's library; `convert.rs` brings messages into this shape.

use super::offered::Offered;
use crate::config::Listen;

/// A message of a table's channel, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overheard {
    /// The message.
    pub message: u64,
    /// Who wrote it.
    pub author: Author,
    /// What stands in it, as Discord writes it.
    pub content: String,
    /// People named in it: id and shown name.
    pub mentions: Vec<(u64, String)>,
    /// Whether it answers one of our messages.
    pub answers_us: bool,
    /// The files on it.
    pub files: Vec<Offered>,
    /// Whether it is a plain message or an answer, not a join, a pin or the like.
    pub plain: bool,
}

/// Who wrote a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Author {
    /// Their id.
    pub id: u64,
    /// The name they go by in that server.
    pub name: String,
    /// Whether it is a program: another bot, a webhook, or we ourselves.
    pub program: bool,
}

/// What the game master is told, if the message is meant for it. Of programs only `bots` are heard, and we never.
pub(super) fn meant(heard: &Overheard, us: u64, listen: Listen, bots: &[u64]) -> Option<String> {
    let deaf_to = heard.author.program && !bots.contains(&heard.author.id);
    if deaf_to || heard.author.id == us || !heard.plain {
        return None;
    }
    let named = heard.mentions.iter().any(|(id, _)| *id == us);
    let text = spoken(heard, us);
    match listen {
        _ if named || heard.answers_us => Some(text),
        // A sticker alone says nothing that could be answered.
        Listen::All if !text.is_empty() || !heard.files.is_empty() => Some(text),
        Listen::All | Listen::Mention => None,
    }
}

/// The text without our own name, other people's ids replaced by their names.
pub(super) fn spoken(heard: &Overheard, us: u64) -> String {
    let mut text = heard.content.clone();
    for form in [format!("<@{us}>"), format!("<@!{us}>")] {
        text = text.replace(&form, "");
    }
    for (id, name) in heard.mentions.iter().filter(|(id, _)| *id != us) {
        for form in [format!("<@{id}>"), format!("<@!{id}>")] {
            text = text.replace(&form, &format!("@{name}"));
        }
    }
    text.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == ':').trim_end().to_owned()
}

/// A name as it may be shown and told: one line, no control characters, at most 40 characters, never empty.
pub(super) fn name(given: &str, id: u64) -> String {
    let name: String = given.chars().filter(|c| !c.is_control()).take(40).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { format!("Player {}", id % 10_000) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 7;

    fn says(content: &str) -> Overheard {
        let author = Author { id: 1, name: "Ana".to_owned(), program: false };
        let mut mentions = Vec::new();
        if content.contains("<@7>") {
            mentions.push((7, "Talekeeper".to_owned()));
        }
        if content.contains("<@2>") {
            mentions.push((2, "Ben".to_owned()));
        }
        Overheard {
            message: 100,
            author,
            content: content.to_owned(),
            mentions,
            answers_us: false,
            files: Vec::new(),
            plain: true,
        }
    }

    #[test]
    fn a_mention_or_an_answer_is_meant_and_talk_is_not() {
        assert_eq!(meant(&says("<@7> I open the door"), US, Listen::Mention, &[]).as_deref(), Some("I open the door"));
        assert_eq!(meant(&says("I am late today"), US, Listen::Mention, &[]), None);
        assert_eq!(meant(&says("I am late today"), US, Listen::All, &[]).as_deref(), Some("I am late today"));
        let answer = Overheard { answers_us: true, ..says("I follow her") };
        assert_eq!(meant(&answer, US, Listen::Mention, &[]).as_deref(), Some("I follow her"));
    }

    #[test]
    fn programs_and_notices_are_never_answered() {
        for listen in [Listen::All, Listen::Mention] {
            let mut bot = says("<@7> hello");
            bot.author.program = true;
            assert_eq!(meant(&bot, US, listen, &[]), None);
            assert!(meant(&bot, US, listen, &[bot.author.id]).is_some(), "unless it is named");
            bot.author.id = US;
            assert_eq!(meant(&bot, US, listen, &[US]), None, "we ourselves never");
            let joined = Overheard { plain: false, ..says("<@7> hello") };
            assert_eq!(meant(&joined, US, listen, &[]), None);
        }
        assert_eq!(meant(&says(""), US, Listen::All, &[]), None, "a sticker alone");
        let picture = Overheard { files: vec![Offered::default()], ..says("") };
        assert_eq!(meant(&picture, US, Listen::All, &[]).as_deref(), Some(""), "a picture alone");
    }

    #[test]
    fn people_are_named_not_numbered() {
        assert_eq!(spoken(&says("<@7>, I give <@2> the key"), US), "I give @Ben the key");
        assert_eq!(name("A\u{7}na  \n B", 5), "Ana B");
        assert_eq!(name("\u{0}", 123_456), "Player 3456");
    }
}
