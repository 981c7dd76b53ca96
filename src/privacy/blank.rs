//! Erasing a person from a table's log: each event stays at its place, and what was theirs in it is blanked.
//! What other people said stays theirs; what the game master told stays where it does not name or repeat the person.

use std::collections::HashSet;

use serde_json::Value;

use super::words::{GONE, Traces};
use crate::domain::{
    ActionId, Actor, Audience, BoundMark, Bounds, Event, EventKind, GameEvent, PersonId, SafetyEvent, SeatId,
    Settlement, SourceId, TurnNo, TurnOutcome,
};

/// Keys under which people and models write freely. What the person wrote there goes as a whole.
const PROSE: [&str; 13] = [
    "text", "why", "label", "title", "words", "what", "line", "place", "time", "plain", "written", "question", "wanted",
];
/// Keys under which things are called something. The same name is blanked in the same way everywhere, so that what belongs
/// together stays together.
const NAMES: [&str; 17] = [
    "name",
    "who",
    "clock",
    "item",
    "condition",
    "speaker",
    "characters",
    "choices",
    "now",
    "was",
    "value",
    "arc",
    "to",
    "mover",
    "other",
    "enter",
    "leave",
];

/// Who is to be erased from a table, and what their events become.
#[derive(Clone, Debug)]
pub struct Erasing {
    /// Their seat.
    pub seat: SeatId,
    /// What stands in place of who they were.
    pub nobody: PersonId,
    /// The mark of their lines and veils.
    pub mark: BoundMark,
}

/// The events of a log that change, and what to look for in what was made of them. Events that do not change are not given.
pub fn erase(events: &[Event], erasing: &Erasing) -> (Vec<Event>, Traces, Vec<SourceId>) {
    let (traces, own, sources) = gather(events, erasing);
    let mut changed = Vec::new();
    for event in events {
        let mut blanked = event.clone();
        blank(&mut blanked, erasing, &own, &traces);
        if blanked != *event {
            changed.push(blanked);
        }
    }
    (changed, traces, sources)
}

/// What the person said and is called, which actions are theirs and where they were heard.
fn gather(events: &[Event], erasing: &Erasing) -> (Traces, HashSet<ActionId>, Vec<SourceId>) {
    let seat = erasing.seat;
    let (mut traces, mut own, mut sources) = (Traces::default(), HashSet::new(), Vec::new());
    let mut with_them = HashSet::<TurnNo>::new();
    for event in events {
        match &event.kind {
            EventKind::SeatJoined { seat: joined, person, name, .. } if *joined == seat => {
                traces.id(person.as_str());
                traces.name(name);
            }
            EventKind::SeatChanged { seat: changed, name, .. } if *changed == seat => traces.name(name),
            EventKind::ActionSaid { seat: by, source, text, .. } if *by == seat => {
                own.insert(ActionId::new(event.seq.get()));
                sources.push(source.clone());
                traces.said(text);
            }
            EventKind::ActionSaid { text, .. } => traces.others_said(text),
            EventKind::ActionEdited { action, text } if own.contains(action) => traces.said(text),
            EventKind::ActionEdited { text, .. } => traces.others_said(text),
            EventKind::TurnOpened { turn, said, .. } => {
                for said in said.iter().filter(|said| said.seat == seat) {
                    with_them.insert(*turn);
                    traces.name(&said.name);
                    traces.said(&said.text);
                }
            }
            EventKind::TurnEnded { turn, outcome: TurnOutcome::Answered { reply }, .. } => {
                for span in &reply.spans {
                    if with_them.contains(turn) { traces.told(&span.text) } else { traces.others_said(&span.text) }
                }
            }
            EventKind::Safety(SafetyEvent::Bounded { mark, bounds }) if *mark == erasing.mark => {
                bounds.lines.iter().chain(&bounds.veils).for_each(|words| traces.said(words));
            }
            kind if event.actor == Actor::Seat(seat) && holds_prose(kind) => {
                let mut texts = Vec::new();
                if let Ok(value) = serde_json::to_value(kind) {
                    collect(&value, "", &mut texts);
                }
                texts.iter().for_each(|text| traces.said(text));
            }
            _ => {}
        }
    }
    (traces, own, sources)
}

fn blank(event: &mut Event, erasing: &Erasing, own: &HashSet<ActionId>, traces: &Traces) {
    let seat = erasing.seat;
    let seq = event.seq;
    let by_them = event.actor == Actor::Seat(seat);
    let for_them_alone = event.actor == Actor::Gm && event.audience == Audience::Seats(vec![seat]);
    match &mut event.kind {
        EventKind::SeatJoined { seat: joined, person, name, .. } if *joined == seat => {
            *person = erasing.nobody.clone();
            GONE.clone_into(name);
        }
        EventKind::SeatChanged { seat: changed, name, .. } if *changed == seat => GONE.clone_into(name),
        EventKind::ActionSaid { seat: by, source, text, files, .. } if *by == seat => {
            *source = SourceId::new(format!("erased:{seq}"));
            GONE.clone_into(text);
            files.clear();
        }
        EventKind::ActionEdited { action, text } if own.contains(action) => GONE.clone_into(text),
        EventKind::ActionSaid { text, .. } | EventKind::ActionEdited { text, .. } => {
            replace(text, |text| traces.blank_names(text));
        }
        EventKind::TurnOpened { said, .. } => {
            for said in said {
                if said.seat == seat {
                    GONE.clone_into(&mut said.name);
                    GONE.clone_into(&mut said.text);
                    said.files.clear();
                } else {
                    replace(&mut said.text, |text| traces.blank_names(text));
                }
            }
        }
        EventKind::TurnEnded { outcome, session, .. } => {
            // The provider remembers what they said; the next brief is a full one.
            *session = None;
            if let TurnOutcome::Answered { reply } = outcome {
                for span in &mut reply.spans {
                    replace(&mut span.text, |text| traces.blank(text));
                    if let Some(speaker) = &mut span.speaker {
                        replace(speaker, |text| traces.blank(text));
                    }
                }
            }
        }
        EventKind::AskSettled { settlement: Settlement::Answered { words }, .. } if by_them => GONE.clone_into(words),
        EventKind::Safety(SafetyEvent::Bounded { mark, bounds }) if *mark == erasing.mark => {
            *bounds = Bounds::default();
        }
        EventKind::Game(GameEvent::Rolled(roll)) => {
            if let Some(label) = roll.label.as_mut().filter(|_| roll.seat == Some(seat)) {
                for text in [&mut roll.notation, &mut roll.written, &mut roll.plain] {
                    *text = text.replace(label.as_str(), GONE);
                }
                GONE.clone_into(label);
            }
            for text in [&mut roll.notation, &mut roll.written, &mut roll.plain] {
                replace(text, |text| traces.blank_names(text));
            }
        }
        kind if holds_prose(kind) => rewrite(kind, by_them || for_them_alone, traces),
        _ => {}
    }
}

/// Kinds of which only what people and models wrote is looked at.
fn holds_prose(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Game(_)
            | EventKind::SummaryEnded { .. }
            | EventKind::Asked { .. }
            | EventKind::SceneOpened { .. }
            | EventKind::SceneTitled { .. }
            | EventKind::Trespassed { .. }
            | EventKind::AskSettled { .. }
    )
}

fn rewrite(kind: &mut EventKind, theirs: bool, traces: &Traces) {
    let Ok(mut value) = serde_json::to_value(&*kind) else { return };
    walk(&mut value, "", theirs, traces);
    // A word of ours stands under none of the keys, so it can be read again; else nothing is lost by keeping it.
    if let Ok(read) = serde_json::from_value(value) {
        *kind = read;
    }
}

fn walk(value: &mut Value, key: &str, theirs: bool, traces: &Traces) {
    match value {
        Value::String(text) if theirs && PROSE.contains(&key) && !is_tag(key, text) => GONE.clone_into(text),
        Value::String(text) if (PROSE.contains(&key) || NAMES.contains(&key)) && !is_tag(key, text) => {
            replace(text, |text| traces.blank(text));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, key, theirs, traces)),
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| walk(value, key, theirs, traces)),
        _ => {}
    }
}

fn collect(value: &Value, key: &str, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if (PROSE.contains(&key) || NAMES.contains(&key)) && !is_tag(key, text) => {
            texts.push(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, key, texts)),
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(value, key, texts)),
        _ => {}
    }
}

/// Words of ours that stand under a key under which people write elsewhere: the kinds of memory events.
fn is_tag(key: &str, text: &str) -> bool {
    key == "what" && matches!(text, "noted" | "pinned" | "forgotten" | "fixed")
}

fn replace(text: &mut String, with: impl FnOnce(&str) -> Option<String>) {
    if let Some(with) = with(text) {
        *text = with;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        BranchId, EventSeq, MemoryEvent, Reply, Role, Said, SceneNo, Span, Spent, Spoken, Tier, Timestamp, Whisper,
    };

    fn log(kinds: Vec<(Actor, Audience, EventKind)>) -> Vec<Event> {
        let event = |(seq, (actor, audience, kind))| Event {
            seq: EventSeq::new(seq),
            branch: BranchId::new(0),
            scene: SceneNo::new(1),
            turn: None,
            at: Timestamp::from_millis(1),
            actor,
            audience,
            cause: None,
            kind,
        };
        (1..).zip(kinds).map(event).collect()
    }

    fn seated(seat: u32, name: &str) -> (Actor, Audience, EventKind) {
        let id = SeatId::new(seat);
        let person = PersonId::new(format!("discord:10000000{seat}"));
        let kind = EventKind::SeatJoined { seat: id, person, name: name.into(), role: Role::Player };
        (Actor::Seat(id), Audience::Table, kind)
    }

    fn said(seat: u32, text: &str) -> (Actor, Audience, EventKind) {
        let (seat, source) = (SeatId::new(seat), SourceId::new(format!("discord:9{seat}")));
        let kind = EventKind::ActionSaid { source, seat, text: text.into(), files: Vec::new(), character: None };
        (Actor::Seat(seat), Audience::Table, kind)
    }

    fn erased(kinds: Vec<(Actor, Audience, EventKind)>) -> (Vec<Event>, String) {
        let mark = BoundMark::new("m");
        let erasing = Erasing { seat: SeatId::new(1), nobody: PersonId::new("erased:1"), mark };
        let mut events = log(kinds);
        let (changed, ..) = erase(&events, &erasing);
        for event in changed {
            let at = events.iter().position(|old| old.seq == event.seq).unwrap();
            events[at] = event;
        }
        let text = serde_json::to_string(&events).unwrap();
        (events, text)
    }

    #[test]
    fn every_event_stays_at_its_place_and_the_others_keep_their_words() {
        let (ana, ben) = (SeatId::new(1), SeatId::new(2));
        let turn = TurnNo::new(1);
        let taken = |action: u64, seat, name: &str, text: &str| Said {
            action: ActionId::new(action),
            seat,
            name: name.into(),
            text: text.into(),
            files: Vec::new(),
            audience: Audience::Table,
            character: None,
        };
        let opened = EventKind::TurnOpened {
            turn,
            said: vec![
                taken(3, ana, "Anastasia", "I plant the zanzibarwort"),
                taken(4, ben, "Ben", "I help Anastasia"),
            ],
            provider: crate::domain::ProviderName::oracle(),
            model: None,
            retry_of: None,
        };
        let reply = Reply {
            spans: vec![Span {
                speaker: Some("Mira".into()),
                text: "Anastasia's zanzibarwort grows; Ben helps.".into(),
            }],
        };
        let ended = EventKind::TurnEnded {
            turn,
            outcome: TurnOutcome::Answered { reply },
            spent: Spent::default(),
            session: None,
            duration_ms: 1,
            first_text_ms: None,
            spoken: Spoken::default(),
        };
        let noted = MemoryEvent::Noted { tier: Tier::Pin, text: "The quetzal is late".into(), characters: None };
        let letter = |from: Actor, to: SeatId, text: &str| {
            let whisper = Whisper { from, to, text: text.into() };
            (from, whisper.audience(), EventKind::Game(GameEvent::Whispered(whisper)))
        };
        let (events, text) = erased(vec![
            seated(1, "Anastasia"),
            seated(2, "Ben"),
            said(1, "I plant the zanzibarwort"),
            said(2, "I help Anastasia"),
            (Actor::Program, Audience::Table, opened),
            (Actor::Gm, Audience::Table, ended),
            (Actor::Seat(ana), Audience::Table, EventKind::Game(GameEvent::Memory(noted))),
            letter(Actor::Gm, ana, "For you alone."),
            letter(Actor::Seat(ben), ana, "Trust me, Anastasia."),
        ]);
        assert_eq!(events.iter().map(|event| event.seq.get()).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
        for gone in ["Anastasia", "zanzibarwort", "quetzal", "100000001", "discord:91", "For you alone"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        for stays in [
            "I help [erased]",
            "Ben helps",
            "Mira",
            "discord:100000002",
            "discord:92",
            "Trust me, [erased]",
            "\"noted\"",
        ] {
            assert!(text.contains(stays), "{stays} in {text}");
        }
    }
}
