//! Rolls in words, for every door: the result, who asked for what, the seal and the seed, and what drawing again gave.
//! Markdown, because both doors show it; a door without markup takes the plain result of the roll itself.

use crate::domain::{Event, EventKind, GameEvent, Roll, RollFor, RollRequest, Seat, SeedShown, Tally};
use crate::format::escape;
use crate::game::record::ProofRecord;

/// What the one who rolled is told.
pub fn rolled(events: &[Event]) -> String {
    let rolls = events.iter().filter_map(|event| match &event.kind {
        EventKind::Game(GameEvent::Rolled(roll)) => Some(&**roll),
        _ => None,
    });
    let told: Vec<String> = rolls.map(told).collect();
    if told.is_empty() { "Rolled. Only the game master knows what came of it.".to_owned() } else { told.join("\n") }
}

fn told(roll: &Roll) -> String {
    let who = match roll.shown {
        RollFor::Public | RollFor::Blind => return roll.written.clone(),
        RollFor::Gm => "Only you and the game master see this.",
        RollFor::Own => "Only you see this; the game master is not told.",
    };
    format!("{}\n{who}", roll.written)
}

/// A roll that everyone sees, with its place in the proof in small print.
pub fn roll(name: &str, roll: &Roll) -> String {
    format!("🎲 **{}** · {}\n-# {}", escape::markdown(name), roll.written, place(roll))
}

/// Where a roll stands in the proof.
pub fn place(roll: &Roll) -> String {
    format!("roll {}.{}, seal {}", roll.branch, roll.n, short(&roll.seal))
}

/// As much of a seal as people compare.
pub fn short(seal: &str) -> &str {
    seal.get(..16).unwrap_or(seal)
}

/// The game master asks for a roll.
pub fn asked(name: Option<&str>, request: &RollRequest, seal: Option<&str>) -> String {
    let who = name.map_or_else(|| "Anyone".to_owned(), escape::markdown);
    let why = if request.why.is_empty() { String::new() } else { format!(": {}", escape::markdown(&request.why)) };
    let seal = seal.map_or_else(String::new, |seal| format!("\n-# The dice are sealed with {}.", short(seal)));
    format!("🎲 **{who}**, roll {}{why}{seal}", escape::markdown(&request.notation))
}

/// A seed is shown.
pub fn seed_shown(shown: &SeedShown) -> String {
    let rolls = if shown.rolls == 1 { "one roll".to_owned() } else { format!("{} rolls", shown.rolls) };
    format!(
        "The seed of scene {}'s dice, {rolls}: {}. Its seal was {}; /verify draws them again.",
        shown.scene,
        shown.seed,
        short(&shown.seal)
    )
}

/// What drawing a scene's rolls again gave.
pub fn verdict(record: &ProofRecord) -> String {
    let scene = record.scene;
    if record.sealed.is_empty() {
        return format!("Nothing was rolled in scene {scene}.");
    }
    let verdict = record.verdict();
    let mut lines = vec![match (verdict.bent, verdict.hold) {
        (0, 0) => format!("Nothing of scene {scene} can be drawn again yet."),
        (0, 1) => format!("Scene {scene}: the one open roll is what the seed gives."),
        (0, hold) => format!("Scene {scene}: all {hold} open rolls are what the seed gives."),
        (bent, hold) => {
            let (not, do_hold) = (if bent == 1 { "does" } else { "do" }, if hold == 1 { "does" } else { "do" });
            format!("Scene {scene}: **{bent} {not} not hold**, {hold} {do_hold}. Tell the host.")
        }
    }];
    match verdict.sealed {
        0 => {}
        1 => lines.push("One waits for the scene's end, when its seed is shown.".to_owned()),
        many => lines.push(format!("{many} wait for the scene's end, when its seed is shown.")),
    }
    match verdict.hidden {
        0 => {}
        1 => lines.push("One was not for everyone; the record holds that it was made.".to_owned()),
        many => lines.push(format!("{many} were not for everyone; the record holds that they were made.")),
    }
    for sealed in &record.sealed {
        let seed = sealed.seed.as_deref().unwrap_or("not shown yet");
        lines.push(format!("Seal {}\nSeed {seed}", sealed.seal));
    }
    lines.push("Whoever trusts nobody runs `python3 verify_rolls.py` on the file.".to_owned());
    lines.join("\n")
}

/// What each seat rolled for everyone to see.
pub fn tallies(tallies: &[Tally], seats: &[Seat]) -> String {
    if tallies.is_empty() {
        return "Nobody has rolled for everyone to see yet.".to_owned();
    }
    let line = |tally: &Tally| {
        let name = seats.iter().find(|seat| seat.id == tally.seat).map_or("Someone", |seat| seat.name.as_str());
        let rolls = if tally.rolls == 1 { "one roll".to_owned() } else { format!("{} rolls", tally.rolls) };
        let mut line = format!("**{}**: {rolls}", escape::markdown(name));
        if let Some(tenths) = (tally.d20_sum * 10).checked_div(tally.d20s) {
            line.push_str(&format!(
                "; {} d20, {}.{} on average, {} natural 20, {} natural 1",
                tally.d20s,
                tenths / 10,
                tenths % 10,
                tally.twenties,
                tally.ones
            ));
        }
        line
    };
    tallies.iter().map(line).collect::<Vec<_>>().join("\n")
}
