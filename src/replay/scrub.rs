//! Takes names and texts out of a capsule: what is left has its shape, plays as it did, and says nothing. PURE.
//! What comes of the filled inputs is made by playing them, so a scrubbed capsule is true for the program that made it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::capsule::{Capsule, End, Head, Moment, Order};
use super::fields::{At, Texts, written};
use super::filler::Filler;
use super::play::{Played, play};
use crate::config::Driver;
use crate::domain::{BlockKey, ProviderEvent, ProviderName};
use crate::door::discord::Message;
use crate::game::turns::HOLDS_BACK;
use crate::table::machine::Input;
use crate::telemetry::parse_error_id;

/// The fields that hold names, ids and what else must be told apart.
const NAMES: [&str; 38] = [
    "called",
    "character",
    "characters",
    "chosen",
    "condition",
    "conditions",
    "fallbacks",
    "here",
    "id",
    "key",
    "knows",
    "label",
    "lines",
    "message",
    "model",
    "name",
    "names",
    "next",
    "next_model",
    "nonce",
    "path",
    "person",
    "provider",
    "seal",
    "seats",
    "session",
    "slug",
    "source",
    "speaker",
    "table",
    "tool",
    "tools",
    "user",
    "veils",
    "vital",
    "vitals",
    "voice",
    "who",
];
/// The fields whose words are the program's own.
const OURS: [&str; 5] = ["facet", "language", "program", "style", "form"];
/// The fields in which people and models speak: nothing of them is taken for a word of the program.
const SPEECH: [&str; 6] = ["detail", "name", "prompt", "system", "text", "words"];

/// A capsule without names and texts.
#[derive(Clone, Debug)]
pub struct Scrubbed {
    /// It.
    pub capsule: Capsule,
    /// Whether its messages have the shape of the others. Where they have not, a word decided what came.
    pub same_shape: bool,
}

/// Why a capsule cannot be scrubbed.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// It plays differently than it was kept.
    #[error("it plays differently here than where it was kept; Talekeeper {0} scrubs it")]
    PlaysOtherwise(String),
    /// Something of it does not fit any more when it is filled.
    #[error("it cannot be filled: {0}")]
    Unfit(#[from] serde_json::Error),
}

/// Scrubs it.
///
/// # Errors
/// When it does not play as it was kept, or what is left is no capsule.
pub fn scrub(capsule: &Capsule) -> Result<Scrubbed, ScrubError> {
    let played = play(capsule);
    if !played.is_same() {
        return Err(ScrubError::PlaysOtherwise(capsule.head.program.clone()));
    }
    let filler = learned(capsule, &played)?;
    let streamed = streamed(&capsule.moments, &filler);
    let mut filled = Filled(&filler);
    let head = written(&capsule.head, &mut filled)?;
    let orders = written(&capsule.orders, &mut filled)?;
    let moments = capsule.moments.iter().enumerate().map(|(at, moment)| {
        let bare = Moment { record: Vec::new(), then: Vec::new(), ..moment.clone() };
        let mut value = written(&bare, &mut filled)?;
        if let (Some(text), Some(place)) = (streamed.get(&at), value.pointer_mut("/input/heard/event/text")) {
            *place = Value::String(text.clone());
        }
        Moment::deserialize(value)
    });
    let moments = moments.collect::<Result<Vec<_>, _>>()?;
    let end = End { messages: Vec::new(), ..capsule.end.clone() };
    let head = Head { scrubbed: true, ..Head::deserialize(head)? };
    let mut copy = Capsule { head, moments, orders: Vec::<Order>::deserialize(orders)?, end };
    // The dice are recalled from what was kept, so that has to stand there while it is played.
    for (moment, step) in copy.moments.iter_mut().zip(&played.steps) {
        moment.record = step.record.iter().map(|event| written(event, &mut filled)).collect::<Result<_, _>>()?;
    }
    let again = play(&copy);
    for (moment, step) in copy.moments.iter_mut().zip(&again.steps) {
        moment.record = step.record.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        moment.then = step.then.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    }
    let same_shape = shapes(&played.messages) == shapes(&again.messages);
    copy.end.messages = again.messages;
    Ok(Scrubbed { capsule: copy, same_shape })
}

/// What is left of messages when every word is alike.
fn shapes(messages: &[Message]) -> Vec<Message> {
    let filler = Filler::default();
    let shape = |message: &Message| Message {
        unfinished: message.unfinished,
        voice: message.voice.as_ref().map(|voice| filler.fill(voice)),
        text: filler.fill(&message.text),
        file: message.file.as_ref().map(|file| filler.fill(file)),
    };
    messages.iter().map(shape).collect()
}

/// Every name that is in it.
fn learned(capsule: &Capsule, played: &Played) -> Result<Filler, serde_json::Error> {
    let mut filler = Filler::default();
    let mut learner = Learner(&mut filler);
    written(&capsule.head, &mut learner)?;
    for moment in &capsule.moments {
        written(&moment.input, &mut learner)?;
    }
    written(&played.steps, &mut learner)?;
    Ok(filler)
}

struct Learner<'a>(&'a mut Filler);

impl Texts for Learner<'_> {
    fn text(&mut self, at: At<'_>, text: &str) -> String {
        if (at.is_name || NAMES.contains(&at.field)) && !stays(at, text) {
            self.0.learn(text);
        }
        String::new()
    }
}

struct Filled<'a>(&'a Filler);

impl Texts for Filled<'_> {
    fn text(&mut self, at: At<'_>, text: &str) -> String {
        match at.field {
            _ if stays(at, text) => text.to_owned(),
            "notation" => self.0.notation(text),
            _ => self.0.fill(text),
        }
    }
}

/// Whether a text is one of the program's own words.
fn stays(at: At<'_>, text: &str) -> bool {
    let known = || !SPEECH.contains(&at.field) && Driver::well_known(&ProviderName::new(text)).is_some();
    match at.field {
        field if OURS.contains(&field) => true,
        "value" => at.before == "facet",
        "error" | "errors" => parse_error_id(text).is_ok_and(|id| id.as_str() == text),
        "version" => text.len() <= 20 && text.chars().all(|c| c.is_ascii_digit() || c == '.'),
        _ => text == HOLDS_BACK || known(),
    }
}

/// The filled texts of what streamed, by the moments they came in. Words are cut anywhere in a stream, so a part is filled
/// as a whole.
fn streamed(moments: &[Moment], filler: &Filler) -> HashMap<usize, String> {
    let mut open: Vec<(BlockKey, Vec<(usize, &str)>)> = Vec::new();
    let mut filled = HashMap::new();
    let mut close = |pieces: Vec<(usize, &str)>| {
        let whole: String = pieces.iter().map(|(_, text)| *text).collect();
        let whole = filler.fill(&whole);
        let mut chars = whole.chars();
        for (at, text) in pieces {
            filled.insert(at, chars.by_ref().take(text.chars().count()).collect());
        }
    };
    for (at, moment) in moments.iter().enumerate() {
        match &moment.input {
            Input::Heard { event: ProviderEvent::Text { block, text }, .. } => {
                match open.iter_mut().find(|(key, _)| key == block) {
                    Some((_, pieces)) => pieces.push((at, text)),
                    None => open.push((block.clone(), vec![(at, text)])),
                }
            }
            Input::Heard { event: ProviderEvent::Block { block, .. }, .. } => {
                if let Some(place) = open.iter().position(|(key, _)| key == block) {
                    close(open.remove(place).1);
                }
            }
            Input::Ended { .. } => open.drain(..).for_each(|(_, pieces)| close(pieces)),
            _ => {}
        }
    }
    open.into_iter().for_each(|(_, pieces)| close(pieces));
    filled
}
