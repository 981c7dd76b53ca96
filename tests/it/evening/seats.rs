//! What reached each seat: every message with every text it ever had, put so that two runs give the same words.
//! It decides nothing about who may see what; that is what the evening asserts.

use std::sync::LazyLock;

use fake_discord::{By, Id, Message, Person};
use regex::Regex;

use crate::support::bot::buttons;

/// Beginnings of what somebody finds in a letter that is for somebody else; which of them comes hangs on their number.
const BLANK: [&str; 5] =
    ["The seal gives way.", "You turn the letter over", "The ink swims", "A single sheet, folded", "You hold it to"];

/// What is another one in each run, and what stands for it.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"\b\d{17,20}\b", "ID"),
        (r"\b[0-9a-f]{16,64}\b", "HEX"),
        (r"\^e\d+", "^eN"),
        (r"\\#\d+(\.\d+)?", "#N"),
        (r"<t:\d+(:\w)?>", "TIME"),
        (r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?Z?)?", "DATE"),
        (r"\bword\d+ ?", ""),
        // Whoever has no sheet throws a die of twenty sides.
        (r"\*\*Wolves\*\* \(\d+\)", "**Wolves** (D20)"),
    ];
    rules.map(|(pattern, name)| (Regex::new(pattern).unwrap(), name)).into()
});

/// Everything that reached a person by the program: what everyone was shown, what they alone were shown, and what they
/// were offered to choose from or fill in.
pub struct Seen {
    pub by_all: Vec<String>,
    pub alone: Vec<String>,
    /// The same without anything made equal, files included: for a search.
    pub raw: String,
    /// How many messages the Oracle's turn made, which are in no list but in the search.
    pub oracle: usize,
}

/// What is known beforehand of what people see.
pub struct Known<'a> {
    /// People, whose own words are none of the program's.
    pub people: &'a [Id],
    /// What streams is no frame of its own while it is the beginning of one of these.
    pub replies: &'a [&'a str],
    /// Between these two messages the Oracle told what it drew.
    pub drawn: &'a (Id, Id),
}

/// Reads what reached somebody.
pub fn seen(person: &Person, known: &Known<'_>) -> Seen {
    let mut seen = Seen { by_all: Vec::new(), alone: Vec::new(), raw: String::new(), oracle: 0 };
    for message in person.ever_saw().iter().filter(|message| !is_by(message, known.people)) {
        let files: Vec<_> = message.attachments.iter().map(|file| person.opens_file(file)).collect();
        seen.raw.push_str(&format!("{}\n{}\n", message.author_name, message.versions().join("\n")));
        seen.raw.push_str(&format!("{:?}\n{:?}\n", message.embeds, message.components));
        seen.raw.extend(files.iter().map(|file| String::from_utf8_lossy(file).into_owned()));
        if (known.drawn.0..known.drawn.1).contains(&message.id) && !message.is_ephemeral() {
            seen.oracle += 1;
            continue;
        }
        let own = message.is_ephemeral() || message.channel == person.direct().id();
        let list = if own { &mut seen.alone } else { &mut seen.by_all };
        list.extend(frame(message, &files, known.replies));
    }
    for offered in person.ever_offered() {
        seen.raw.push_str(&offered.to_string());
        seen.alone.push(format!("offered: {offered}"));
    }
    seen
}

fn is_by(message: &Message, people: &[Id]) -> bool {
    matches!(message.by, By::User(id) if people.contains(&id))
}

/// A message in words; none for one that only told a reply while it came and is gone since.
fn frame(message: &Message, files: &[Vec<u8>], replies: &[&str]) -> Option<String> {
    let versions = message.versions();
    let last = *versions.last()?;
    let on_the_way = |text: &str| {
        let told = even(text);
        let told = told.trim_end_matches(['…', '▌', ' ', '\n', '*', '_']);
        replies.iter().any(|reply| reply.starts_with(told)) || even(last).starts_with(told)
    };
    let is_whole = |text: &str| text != last && replies.contains(&text);
    if message.deleted && versions.iter().all(|text| on_the_way(text)) {
        return None;
    }
    let mut out = format!("{}: {}", message.author_name, even(last));
    let mut before = String::new();
    for text in versions[..versions.len() - 1].iter().filter(|text| is_whole(text) || !on_the_way(text)) {
        let was = format!("\n  was: {}", even(text));
        if was != before {
            out.push_str(&was);
        }
        before = was;
    }
    let labels = buttons(message);
    if !labels.is_empty() {
        out.push_str(&format!("\n  buttons: {}", labels.join(", ")));
    }
    if !message.embeds.is_empty() {
        out.push_str(&format!("\n  embeds: {:?}", message.embeds));
    }
    for (file, bytes) in message.attachments.iter().zip(files) {
        out.push_str(&format!("\n  file {}: {}", file.name, even(&String::from_utf8_lossy(bytes))));
    }
    if message.deleted {
        out.push_str("\n  taken away");
    }
    Some(out)
}

/// The text without what is another one in each run: numbers that Discord gives, seals and seeds, and times.
pub fn even(text: &str) -> String {
    if BLANK.iter().any(|line| text.starts_with(line)) {
        return "(a blank letter)".to_owned();
    }
    RULES.iter().fold(text.to_owned(), |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned())
}

/// Holds what reached somebody against the list in a file, in whatever order it came; tells what differs. With
/// `UPDATE_EVENING` set the list is written anew instead, to be read through before it is kept.
pub fn differs(who: &str, frames: &[String]) -> Option<String> {
    let path = format!("{}/tests/fixtures/evening/{who}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_EVENING").is_some() {
        std::fs::write(&path, frames.join("\n====\n") + "\n").unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let mut wanted: Vec<&str> = wanted.trim_end().split("\n====\n").collect();
    let mut more = Vec::new();
    for frame in frames {
        match wanted.iter().position(|one| *one == frame) {
            Some(at) => drop(wanted.remove(at)),
            None => more.push(frame.as_str()),
        }
    }
    if more.is_empty() && wanted.is_empty() {
        return None;
    }
    let [more, wanted] = [more, wanted].map(|list| list.join("\n====\n"));
    Some(format!("{who}\n---- reached and not listed:\n{more}\n---- listed and never came:\n{wanted}\n"))
}
