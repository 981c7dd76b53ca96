//! A reply as messages of several voices: what we say, and what each character says under a name Discord takes. PURE.
//! It decides what is said by whom and in which order; it sends nothing.

use super::rest::{Attached, Draft, Voice};
use super::splitting::{self, MESSAGE_UNITS, MESSAGES};
use crate::config::Links;
use crate::domain::{Reply, Span};
use crate::format::links;
use crate::format::splitter::{self, Limits};

/// What is left free in a character's message, so that it also fits with the name in bold before it.
const NAME_UNITS: usize = 100;
/// The longest name (resources/webhook, "Webhook Object").
const LONGEST: usize = 80;
/// A letter that shows nothing: it makes a short name long enough, and two equal names differ.
const BLANK: char = '\u{17b5}';
/// What a name may not hold, whatever its case (resources/webhook and resources/user, "Usernames and Nicknames").
const RESERVED: [&str; 4] = ["clyde", "discord", "everyone", "here"];

/// One message of a reply.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Whose words these are, as the story calls them; none are ours.
    pub speaker: Option<String>,
    /// As whom they are said; none is we.
    pub voice: Option<Voice>,
    /// What is said.
    pub draft: Draft,
}

impl Piece {
    /// The same said by us, with the name in bold before it.
    pub(super) fn in_bold(&self) -> Draft {
        match &self.speaker {
            Some(speaker) => Draft { content: format!("**{speaker}:** {}", self.draft.content), ..self.draft.clone() },
            None => self.draft.clone(),
        }
    }
}

/// A reply in messages of the voices in it, the first of them led by `title`; `rest` names the file for what is too much
/// and says so in a line. What comes after the last message but one is told by us, whoever speaks.
pub(super) fn pieces(title: &str, reply: &Reply, links: Links, rest: (String, String)) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut groups = groups(reply).into_iter();
    let mut lead = title.to_owned();
    while let Some((speaker, spans)) = groups.next() {
        let text = shown(&spans, speaker.is_some(), links);
        let text = if speaker.is_none() { std::mem::take(&mut lead) + &text } else { text };
        if !lead.is_empty() {
            out.push(Piece { speaker: None, voice: None, draft: Draft::text(std::mem::take(&mut lead).trim_end()) });
        }
        let room = MESSAGES.saturating_sub(out.len());
        let cut = splitter::split(&text, &Limits { units: MESSAGE_UNITS - NAME_UNITS, ..splitting::limits() });
        let last = groups.len() == 0 && cut.messages.len() <= room && cut.rest.is_none();
        if last || (cut.messages.len() < room && cut.rest.is_none()) {
            out.extend(cut.messages.into_iter().map(|text| piece(speaker.clone(), text)));
            continue;
        }
        let left: Vec<Span> = spans.into_iter().chain(groups.by_ref().flat_map(|(_, spans)| spans)).collect();
        out.extend(remainder(&shown(&left, false, links), room.max(1), &rest));
    }
    name_voices(&mut out);
    out
}

/// Neighbouring spans of one voice together; those without words left out.
fn groups(reply: &Reply) -> Vec<(Option<String>, Vec<Span>)> {
    let mut groups: Vec<(Option<String>, Vec<Span>)> = Vec::new();
    for span in reply.spans.iter().filter(|span| !span.text.trim().is_empty()) {
        match groups.last_mut() {
            Some((speaker, spans)) if *speaker == span.speaker => spans.push(span.clone()),
            _ => groups.push((span.speaker.clone(), vec![span.clone()])),
        }
    }
    groups
}

/// What spans say; without the names where their voice says them.
fn shown(spans: &[Span], by_voice: bool, links: Links) -> String {
    let nameless = |span: &Span| Span { speaker: span.speaker.clone().filter(|_| !by_voice), text: span.text.clone() };
    let text = Reply { spans: spans.iter().map(nameless).collect() }.to_markdown();
    match links {
        Links::Inert => links::inert(&text),
        Links::Allow => text,
    }
}

fn piece(speaker: Option<String>, text: String) -> Piece {
    let voice = speaker.as_ref().map(|_| Voice::default());
    Piece { speaker, voice, draft: Draft::text(text) }
}

/// What does not fit any more as voices, told by us in at most `room` messages and a file.
fn remainder(text: &str, room: usize, (file, aside): &(String, String)) -> Vec<Piece> {
    let cut = splitter::split(text, &Limits { messages: room, ..splitting::limits() });
    let mut drafts: Vec<Draft> = cut.messages.into_iter().map(Draft::text).collect();
    if let (Some(text), Some(last)) = (cut.rest, drafts.last_mut()) {
        if splitting::units(&last.content) + splitting::units(aside) < MESSAGE_UNITS {
            last.content = format!("{}\n{aside}", last.content);
        }
        last.attached = Some(Attached { name: file.clone(), text });
    }
    drafts.into_iter().map(|draft| Piece { speaker: None, voice: None, draft }).collect()
}

/// Gives each voice its name. Two who follow each other and would be called the same are kept apart.
fn name_voices(pieces: &mut [Piece]) {
    let mut before: Option<(String, String)> = None;
    for piece in pieces {
        let (Some(speaker), Some(voice)) = (&piece.speaker, &mut piece.voice) else {
            before = None;
            continue;
        };
        voice.name = called(speaker, before.as_ref().map(|(who, name)| (who.as_str(), name.as_str())));
        before = Some((speaker.clone(), voice.name.clone()));
    }
}

/// How somebody is called where `before` (who, and the name that was shown) spoke last.
pub(super) fn called(speaker: &str, before: Option<(&str, &str)>) -> String {
    let mut name = name(speaker);
    if before.is_some_and(|(who, shown)| who != speaker && shown == name) {
        if name.chars().count() == LONGEST {
            name.pop();
        }
        name.push(BLANK);
    }
    name
}

/// A name as Discord takes it for a webhook's message.
pub(super) fn name(speaker: &str) -> String {
    let kept = speaker.chars().filter(|c| !c.is_control()).map(|c| match c {
        '@' | '#' | ':' | '`' => ' ',
        other => other,
    });
    let kept: String = kept.collect();
    let mut name = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in RESERVED {
        name = broken(&name, word);
    }
    let mut name: String = name.chars().take(LONGEST).collect();
    name.truncate(name.trim_end().len());
    while name.chars().count() < 2 {
        name.push(BLANK);
    }
    name
}

/// `name` with a thin space within each `word`. Words of ASCII letters; where a name is `everyone` or `here` only as a
/// part of another word it is left alone.
fn broken(name: &str, word: &str) -> String {
    let whole = matches!(word, "everyone" | "here");
    if whole && !name.eq_ignore_ascii_case(word) {
        return name.to_owned();
    }
    let low = name.to_ascii_lowercase();
    let mut out = String::with_capacity(name.len() + 3);
    let mut from = 0;
    while let Some(at) = low[from..].find(word) {
        let first = from + at + 1;
        out.push_str(&name[from..first]);
        out.push('\u{200a}');
        from = first;
    }
    out.push_str(&name[from..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(spans: &[(&str, &str)]) -> Reply {
        let span = |(speaker, text): &(&str, &str)| Span {
            speaker: Some((*speaker).to_owned()).filter(|name| !name.is_empty()),
            text: (*text).to_owned(),
        };
        Reply { spans: spans.iter().map(span).collect() }
    }

    fn cut(title: &str, spans: &[(&str, &str)]) -> Vec<(String, String)> {
        let rest = ("rest.md".to_owned(), "-# more".to_owned());
        let pieces = pieces(title, &reply(spans), Links::Inert, rest);
        pieces.into_iter().map(|p| (p.voice.map(|v| v.name).unwrap_or_default(), p.draft.content)).collect()
    }

    fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn each_voice_says_its_own_in_order() {
        let spans = [("", "The gate opens."), ("Mira", "Come."), ("Mira", "Quick."), ("", "She waves."), ("Bo", "No.")];
        let wanted = [("", "## Gate\nThe gate opens."), ("Mira", "Come.\n\nQuick."), ("", "She waves."), ("Bo", "No.")];
        assert_eq!(cut("## Gate\n", &spans), told(&wanted));
        assert_eq!(cut("## Gate\n", &[("Mira", "Come.")]), told(&[("", "## Gate"), ("Mira", "Come.")]));
    }

    #[test]
    fn long_speech_is_split_in_character_and_a_crowd_ends_in_our_words() {
        let long = "A sentence of a speech. ".repeat(150);
        let spoken = cut("", &[("Mira", &long)]);
        assert!(spoken.len() > 1 && spoken.iter().all(|(name, _)| name == "Mira"), "{spoken:?}");
        let many: Vec<_> = (0..30).map(|at| if at % 2 == 0 { ("Mira", "Yes.") } else { ("Bo", "No.") }).collect();
        let shown = cut("", &many);
        assert_eq!(shown.len(), MESSAGES);
        let (name, text) = shown.last().unwrap();
        assert!(name.is_empty() && text.contains("**Bo:** No.") && text.matches("Yes.").count() == 11, "{text}");
    }

    #[test]
    fn names_are_made_such_that_discord_takes_them() {
        for (speaker, expected) in [
            ("Mira", "Mira"),
            ("Clyde Discordia", "C\u{200a}lyde D\u{200a}iscordia"),
            ("Everyone", "E\u{200a}veryone"),
            ("Where", "Where"),
            ("X", "X\u{17b5}"),
            ("@Mira: `x`", "Mira x"),
        ] {
            assert_eq!(name(speaker), expected, "{speaker}");
        }
    }

    #[test]
    fn two_people_of_one_name_are_kept_apart() {
        assert_eq!(called("Mira:", Some(("Mira", "Mira"))), "Mira\u{17b5}");
        assert_eq!(called("Mira", Some(("Mira", "Mira"))), "Mira");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_discord_takes(speaker in "\\PC{0,90}|(?i)[a-z ]{0,4}(clyde|discord|here|everyone)[a-z ]{0,4}") {
            let name = name(&speaker);
            let low = name.trim().to_lowercase();
            prop_assert!((2..=LONGEST).contains(&name.chars().count()));
            prop_assert!(!low.contains("clyde") && !low.contains("discord") && low != "here" && low != "everyone");
            prop_assert!(!low.is_empty());
        }
    }
}
