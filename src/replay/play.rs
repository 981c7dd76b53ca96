//! Plays a capsule again: the same inputs at the same times, and whether the same comes of them. PURE.
//! No provider, no network, no database and no clock; what is different is found, not judged.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;
use serde_json::Value;

use super::capsule::{Capsule, Moment};
use crate::dice::proof::Recalled;
use crate::domain::{Event, EventKind, EventSeq, GameEvent, SceneNo};
use crate::door::discord::{Message, Retelling};
use crate::table::machine::{Machine, RecalledSeed, Step};

/// What came of playing a capsule.
#[derive(Clone, Debug)]
pub struct Played {
    /// The first step that is not what was kept.
    pub step: Option<Difference>,
    /// The first message that is not what was kept.
    pub message: Option<Difference>,
    /// What a channel shows of it now.
    pub messages: Vec<Message>,
    /// The steps of this time.
    pub steps: Vec<Step>,
}

impl Played {
    /// Whether everything is as it was kept.
    pub fn is_same(&self) -> bool {
        self.step.is_none() && self.message.is_none()
    }
}

/// One thing that is not what was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which moment or message, counted from 1.
    pub number: usize,
    /// Milliseconds from the turn's first moment; none for a message.
    pub after_ms: Option<i64>,
    /// What came in; empty for a message.
    pub input: String,
    /// Where in it.
    pub place: String,
    /// What was kept; none where nothing was.
    pub was: Option<Value>,
    /// What it is now; none where nothing is.
    pub now: Option<Value>,
}

/// Plays it.
pub fn play(capsule: &Capsule) -> Played {
    let mut machine = Machine::clone(&capsule.head.machine).with_recalled_dice(recalled(&capsule.moments));
    let mut retelling = Retelling::new(capsule.head.turn, capsule.end.look);
    let (mut first, mut steps) = (None, Vec::new());
    for (number, moment) in (1..).zip(&capsule.moments) {
        machine.set_house(moment.house);
        let step = machine.handle(moment.at, moment.input.clone());
        retelling.take(&step);
        if first.is_none() {
            first = compare(capsule, number, moment, &step);
        }
        steps.push(step);
    }
    let messages = retelling.messages();
    Played { step: first, message: message_difference(&capsule.end.messages, &messages), messages, steps }
}

fn compare(capsule: &Capsule, number: usize, moment: &Moment, step: &Step) -> Option<Difference> {
    let was = serde_json::json!({"record": moment.record, "then": moment.then});
    // What cannot be put into JSON now is as different as can be.
    let now = serde_json::to_value(step).unwrap_or(Value::Null);
    let (place, was, now) = first_difference(String::new(), Some(&was), Some(&now))?;
    let start = capsule.moments.first().map_or(0, |first| first.at.millis());
    Some(Difference {
        number,
        after_ms: Some(moment.at.millis().saturating_sub(start)),
        input: input_name(moment),
        place,
        was,
        now,
    })
}

fn message_difference(kept: &[Message], now: &[Message]) -> Option<Difference> {
    let at = (0..kept.len().max(now.len())).find(|at| kept.get(*at) != now.get(*at))?;
    let json = |message: Option<&Message>| message.and_then(|message| serde_json::to_value(message).ok());
    let (was, is) = (json(kept.get(at)), json(now.get(at)));
    let (place, was, now) = first_difference(String::new(), was.as_ref(), is.as_ref())?;
    Some(Difference { number: at + 1, after_ms: None, input: String::new(), place, was, now })
}

/// What came in, as it is written: the name of the input, and of the event that it brings.
pub(super) fn input_name(moment: &Moment) -> String {
    let value = serde_json::to_value(&moment.input).unwrap_or_default();
    match &value {
        Value::String(name) => name.clone(),
        Value::Object(fields) => {
            let (name, inside) = fields.iter().next().map_or(("", &Value::Null), |(name, inside)| (name, inside));
            let event = inside.get("event").and_then(|event| event.get("type")).and_then(Value::as_str);
            event.map_or_else(|| name.to_owned(), |event| format!("{name}: {event}"))
        }
        _ => String::new(),
    }
}

type Found = (String, Option<Value>, Option<Value>);

/// The first place at which two values differ. A field that only one of them has is a difference unless it is null.
fn first_difference(place: String, was: Option<&Value>, now: Option<&Value>) -> Option<Found> {
    match (was, now) {
        (Some(Value::Array(was)), Some(Value::Array(now))) => (0..was.len().max(now.len()))
            .find_map(|at| first_difference(format!("{place}[{at}]"), was.get(at), now.get(at))),
        (Some(Value::Object(was)), Some(Value::Object(now))) => {
            let keys: std::collections::BTreeSet<_> = was.keys().chain(now.keys()).collect();
            let dot = if place.is_empty() { "" } else { "." };
            keys.into_iter().find_map(|key| first_difference(format!("{place}{dot}{key}"), was.get(key), now.get(key)))
        }
        (None, Some(Value::Null)) | (Some(Value::Null), None) => None,
        (was, now) if was == now => None,
        (was, now) => Some((place, was.cloned(), now.cloned())),
    }
}

/// What the kept events tell of the dice, so that the same faces fall without the secret they came from.
fn recalled(moments: &[Moment]) -> Vec<RecalledSeed> {
    let mut seeds: BTreeMap<(SceneNo, Option<EventSeq>), Recalled> = BTreeMap::new();
    let mut shown = Vec::new();
    for value in moments.iter().flat_map(|moment| &moment.record) {
        match Event::deserialize(value).map(|event| event.kind) {
            Ok(EventKind::Game(GameEvent::Rolled(roll))) => {
                let seed = seeds.entry((roll.scene, Some(roll.opened))).or_default();
                seed.throws.insert((roll.branch.get(), roll.n), roll.dice);
                seed.seal = roll.seal;
            }
            Ok(EventKind::Game(GameEvent::SeedShown(seed))) => shown.push(seed),
            _ => {}
        }
    }
    for seen in shown {
        match seeds.iter_mut().find(|((scene, _), seed)| *scene == seen.scene && seed.seal == seen.seal) {
            Some((_, seed)) => seed.shown = Some(seen.seed),
            None => {
                if let Entry::Vacant(free) = seeds.entry((seen.scene, None)) {
                    free.insert(Recalled { seal: seen.seal, shown: Some(seen.seed), throws: BTreeMap::new() });
                }
            }
        }
    }
    seeds.into_iter().map(|((scene, opened), recalled)| RecalledSeed { scene, opened, recalled }).collect()
}
