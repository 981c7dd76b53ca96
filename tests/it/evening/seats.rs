//! What reached each seat: every message with every text it ever had, put so that two runs give the same words.
//! It decides nothing about who may see what; that is what the evening asserts.

use fake_discord::{By, Id, Message, Person};
use regex::Regex;

use crate::support::bot::buttons;

/// Beginnings of what somebody finds in a letter that is for somebody else; which of them comes hangs on their number.
const BLANK: [&str; 5] =
    ["The seal gives way.", "You turn the letter over", "The ink swims", "A single sheet, folded", "You hold it to"];

/// Everything that reached a person by the program: what everyone was shown, what they alone were shown, and what they
/// were offered to choose from or fill in.
pub struct Seen {
    pub by_all: Vec<String>,
    pub alone: Vec<String>,
    /// The same without anything made equal, files included: for a search.
    pub raw: String,
}

/// Reads what reached somebody. What streams is no frame of its own while it is the beginning of one of these replies.
pub fn seen(person: &Person, people: &[Id], replies: &[&str]) -> Seen {
    let mut seen = Seen { by_all: Vec::new(), alone: Vec::new(), raw: String::new() };
    for message in person.ever_saw().iter().filter(|message| !is_by(message, people)) {
        let files: Vec<_> = message.attachments.iter().map(|file| person.opens_file(file)).collect();
        seen.raw.push_str(&format!("{}\n{:?}\n{:?}\n", message.versions().join("\n"), message.embeds, message.components));
        seen.raw.extend(files.iter().map(|file| String::from_utf8_lossy(file).into_owned()));
        let own = message.is_ephemeral() || message.channel == person.direct().id();
        let list = if own { &mut seen.alone } else { &mut seen.by_all };
        list.extend(frame(message, &files, replies));
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
        replies.iter().any(|reply| even(reply).starts_with(told)) || even(last).starts_with(told)
    };
    if message.deleted && versions.iter().all(|text| on_the_way(text)) {
        return None;
    }
    let mut out = format!("{}: {}", message.author_name, even(last));
    let mut before = String::new();
    for text in versions[..versions.len() - 1].iter().filter(|text| !on_the_way(text)) {
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
    let rules = [
        (r"\b[0-9a-f]{16,64}\b", "HEX"),
        (r"\b\d{17,20}\b", "ID"),
        (r"<t:\d+(:\w)?>", "TIME"),
        (r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?Z?)?", "DATE"),
        (r"\bword\d+ ?", ""),
    ];
    let even = |text: String, (pattern, name): (&str, &str)| Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    rules.into_iter().fold(text.to_owned(), even)
}

/// Holds what reached somebody against the list in a file, in whatever order it came.
pub fn hold(who: &str, frames: &[String]) {
    let path = format!("{}/tests/fixtures/evening/{who}.txt", env!("CARGO_MANIFEST_DIR"));
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let mut wanted: Vec<&str> = wanted.trim_end().split("\n====\n").collect();
    let mut more = Vec::new();
    for frame in frames {
        match wanted.iter().position(|one| *one == frame) {
            Some(at) => drop(wanted.remove(at)),
            None => more.push(frame.as_str()),
        }
    }
    let all = frames.join("\n====\n");
    assert!(
        more.is_empty() && wanted.is_empty(),
        "{who}\n---- reached and not listed:\n{}\n---- listed and never came:\n{}\n---- all:\n{all}",
        more.join("\n====\n"),
        wanted.join("\n====\n")
    );
}
