//! What the terminal says of itself: greeting, help, status.
//! Faults and refusals are worded for every door in `door/wording.rs`.

use crate::domain::{Beat, Event, EventKind, GameEvent, ModelName, ProviderName, Seat, Whisper};
use crate::door::terminal::typed::COMMANDS;
use crate::door::wording::{self, provider_name};
use crate::door::{letters, rolls};
use crate::game::fight;
use crate::table::{CardGreeting, TableView};

/// What can be typed.
pub(super) fn help() -> String {
    let mut out = "Write what you do or say. Or:\n".to_owned();
    for (command, what) in COMMANDS {
        out.push_str(&format!("  {command:<26} {what}\n"));
    }
    out
}

/// With which words characters open a scene, and how they are asked for.
pub(super) fn greetings(greetings: &[CardGreeting]) -> String {
    let line = |greeting: &CardGreeting| {
        let words = greeting.words.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}#{}: {words}", greeting.by.name, greeting.which)
    };
    match greetings {
        [] => "No card in the cast has a greeting.".to_owned(),
        all => all.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

/// Something is asked where nobody sits.
pub(super) const NOBODY_HERE: &str = "Standard input is no terminal, so this cannot be answered here. It counts as declined when its time is over \
     (`limits.ask_timeout`).";

/// What can be typed after the stop card.
pub(super) const CARD: &str = "What becomes of the last part? rewind (take it out), fade (let it fade), skip (go on elsewhere) or pause (leave \
     it). Enter alone leaves it.";

/// How play goes on.
pub(super) const RESUME: &str = "/resume goes on when you are ready.";

/// How the table stands.
pub(super) fn status(view: &TableView) -> String {
    let model = view.model.as_ref().map_or_else(String::new, |model| format!(", model {model}"));
    let ladder = wording::ladder(&view.ladder).map_or_else(String::new, |ladder| format!("Ladder    {ladder}\n"));
    let memory = if view.session { "remembers this conversation" } else { "will be told the story" };
    let scene = match &view.scene {
        Some((number, Some(title))) => format!("{number}, {title}"),
        Some((number, None)) => format!("{number}, without a title yet"),
        None => "none open".to_owned(),
    };
    let seal = view.seal.as_ref().map_or_else(String::new, |seal| format!("Dice      sealed with {seal}\n"));
    format!(
        "Table     {}\nAnswers   {}{model} ({memory})\n{ladder}Scene     {scene}\nTurns     {}, {} waiting\nToday     {}\nPaid by   {}\nSince     {}\n{seal}",
        view.name,
        provider_name(&view.provider),
        view.turns,
        view.waiting,
        wording::today(view),
        wording::payer(&view.provider, view.purse),
        wording::day(view.since),
    )
}

/// Who can answer.
pub(super) fn providers(known: &[ProviderName], present: &ProviderName) -> String {
    let mut out = String::new();
    for name in known {
        let mark = if name == present { "*" } else { " " };
        out.push_str(&format!("{mark} {name}\n"));
    }
    out
}

/// Which models there are.
pub(super) fn models(known: &[ModelName], present: Option<&ModelName>) -> String {
    if known.is_empty() {
        return "Any name the provider knows: /model NAME.\n".to_owned();
    }
    let mut out = String::new();
    for name in known {
        let mark = if Some(name) == present { "*" } else { " " };
        out.push_str(&format!("{mark} {name}\n"));
    }
    out
}

/// Where the story stood when the program was last here.
pub(super) fn previously(title: Option<&str>, beat: &Beat) -> String {
    let title = title.map_or_else(String::new, |title| format!("# {title}\n\n"));
    let said = beat.said.iter().map(|said| format!("> {}: {}\n", said.who(), said.text)).collect::<String>();
    format!("{title}{said}\n{}\n", beat.reply.to_markdown())
}

/// A command that does not exist.
pub(super) fn unknown(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("There is no /{name}. Did you mean /{nearest}?"),
        None => format!("There is no /{name}. /help lists what there is."),
    }
}

/// What the one who rolled is told.
pub(super) fn rolled(events: &[Event]) -> String {
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Game(what) => happened(what),
            _ => None,
        })
        .collect();
    if told.is_empty() { rolls::rolled(events) } else { told.join("\n") }
}

/// A throw for initiative, with whose it is: several are thrown at once.
pub(super) fn initiative(what: &GameEvent, seats: &[Seat]) -> Option<String> {
    let GameEvent::Rolled(roll) = what else { return None };
    let seat = seats.iter().find(|seat| Some(seat.id) == roll.seat);
    let who = seat.map_or("The game master", |seat| seat.name.as_str());
    Some(format!("{who}: {} ({})", roll.plain, rolls::place(roll)))
}

/// A letter for whoever sits here.
pub(super) fn letter(whisper: &Whisper, seats: &[Seat]) -> String {
    let text: String = whisper.text.lines().map(|line| format!("  {line}\n")).collect();
    format!("✉️ For you alone, from {}:\n{text}", letters::author(whisper.from, seats))
}

/// What happened in the game, as far as it is worth a line.
pub(super) fn happened(what: &GameEvent) -> Option<String> {
    match what {
        GameEvent::Rolled(roll) if roll.nonce.starts_with(fight::NONCE) => None,
        GameEvent::Rolled(roll) => Some(format!("{} ({})", roll.plain, rolls::place(roll))),
        GameEvent::SeedShown(shown) => Some(rolls::seed_shown(shown)),
        GameEvent::TakenBack => Some(wording::TAKEN_BACK.to_owned()),
        // What needs the names of those who sit here is worded where they are known.
        _ => None,
    }
}
