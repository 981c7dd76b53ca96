//! The world's own move after people were answered: the clock, the thread, who comes by, what is called back.
//! Answers nobody.

use crate::domain::{Said, Tale};

use super::answer::{Turn, player_name, player_names};
use super::grammar::{Slots, capitals};
use super::intent;
use super::tables::Pool;
use super::world::{CHAPTER_BEATS, CLOCK_STEPS, Clock, Person, ThreadTold};

/// Moves the world once.
pub(crate) fn move_world<'a>(turn: &mut Turn<'a>, said: &[Said]) {
    let mut slots = turn.world.slots();
    slots.set("player", player_names(turn.tables, said));
    let before = turn.world.clock;
    let called = call_back(turn, said, &slots);
    let thread = move_thread(turn, &slots);
    let light = thread.is_none() && called.is_none();
    let sense = light.then(|| sense(turn, &slots)).flatten();
    turn.page.narrate([called]);
    turn.page.narrate([thread]);
    if !turn.spoken {
        come_by(turn, &mut slots);
    }
    let step = move_clock(turn, &slots);
    turn.page.narrate([sense, step]);
    show_clock(turn, before);
    ask_on(turn, &mut slots);
}

/// The first person of a scene: somebody known from earlier scenes, every second time, or somebody new.
pub(crate) fn first_face<'a>(turn: &mut Turn<'a>, slots: &mut Slots<'a>) {
    let known = !turn.world.people.is_empty() && turn.teller.chance.below(2) == 0;
    if known {
        let at = turn.teller.chance.below(turn.world.people.len().min(6));
        return meet_again(turn, at, slots);
    }
    if let Some(person) = turn.introduce() {
        meet(turn, &person, slots, Pool::Here);
    }
}

fn meet<'a>(turn: &mut Turn<'a>, person: &Person<'a>, slots: &mut Slots<'a>, pool: Pool) {
    person.fill(slots);
    let line = turn.line(pool, slots);
    let greeting = turn.teller.tell(&person.temper.greet, slots);
    turn.page.narrate([line]);
    turn.speak(&person.name, [greeting]);
}

fn meet_again<'a>(turn: &mut Turn<'a>, at: usize, slots: &mut Slots<'a>) {
    let person = turn.world.people[at].clone();
    person.fill(slots);
    let line = turn.line(Pool::Returns, slots);
    let words = turn.teller.tell(&person.temper.again, slots);
    let words = words.or_else(|| turn.teller.tell(&person.temper.talk, slots));
    turn.page.narrate([line]);
    turn.speak(&person.name, [words]);
}

/// Twice a chapter somebody comes by: first a stranger, later whoever was silent longest.
fn come_by<'a>(turn: &mut Turn<'a>, slots: &mut Slots<'a>) {
    match turn.world.beat {
        3 => {
            if let Some(person) = turn.introduce() {
                meet(turn, &person, slots, Pool::Arrives);
            }
        }
        6..=7 => {
            let away = turn.world.silent.iter().enumerate().filter(|(_, ago)| (3..usize::MAX).contains(*ago));
            let longest = away.max_by_key(|(_, ago)| **ago).map(|(at, _)| at);
            if let Some(at) = longest {
                meet_again(turn, at, slots);
            }
        }
        _ => {}
    }
}

fn sense(turn: &mut Turn<'_>, slots: &Slots<'_>) -> Option<String> {
    if turn.world.beat.is_multiple_of(2) {
        let near = turn.push >= 0 && matches!(turn.world.clock, Clock::Running(2..));
        let dread = near.then(|| turn.line(Pool::Dread, slots)).flatten();
        return dread.or_else(|| turn.teller.tell(&turn.tables.events.details, slots));
    }
    let place = turn.world.place;
    turn.teller.tell(&place.senses, slots).or_else(|| turn.teller.tell(&turn.tables.events.details, slots))
}

/// Every third beat something a player said some beats ago comes back, once: told, or said by somebody who was there.
fn call_back<'a>(turn: &mut Turn<'a>, said: &[Said], slots: &Slots<'a>) -> Option<String> {
    if turn.world.beat % 3 != 1 {
        return None;
    }
    let asker = said.first()?;
    let mut slots = slots.clone();
    slots.set("player", player_name(turn.tables, asker).to_owned());
    let tale = turn.tale;
    let old = tale.recent.iter().enumerate().rev().skip(2).take(8);
    let words = old.flat_map(|(at, beat)| beat.said.iter().map(move |old| (at, old)));
    let words: Vec<_> = words.filter(|(_, old)| old.seat == asker.seat).collect();
    for (at, old) in &words {
        let wish = intent::read(turn.tables, &old.text, &[]);
        let Some(vow) = wish.vow.filter(|vow| !turn.teller.heard(vow)) else { continue };
        slots.set("vow", vow);
        let witness = turn.world.people.first().filter(|person| was_there(tale, person, *at));
        let Some(name) = witness.map(|person| person.name.clone()).filter(|_| !turn.spoken) else {
            return turn.line(Pool::Callback, &slots);
        };
        let line = turn.line(Pool::SpokenCallback, &slots);
        turn.speak(&name, [line]);
        return None;
    }
    let quotes = words.iter().map(|(_, old)| intent::read(turn.tables, &old.text, &[]).quote);
    let quote = quotes.into_iter().find(|quote| quote.contains(' ') && !turn.teller.heard(quote))?;
    slots.set("quote", quote);
    turn.line(Pool::Quoted, &slots)
}

/// Whether somebody had spoken by the time of a beat.
fn was_there(tale: &Tale, person: &Person<'_>, at: usize) -> bool {
    let spans = tale.recent.iter().take(at + 1).flat_map(|beat| &beat.reply.spans);
    spans.filter_map(|span| span.speaker.as_ref()).any(|name| *name == person.name)
}

fn move_thread(turn: &mut Turn<'_>, slots: &Slots<'_>) -> Option<String> {
    let (beat, insight, thread) = (turn.world.beat, turn.insight, turn.world.thread);
    // From which beat on it may come when somebody looks or asks, and from which it comes anyway.
    let (line, may, must, told) = match turn.world.told {
        ThreadTold::Nothing => (&thread.hint, 1, 2, ThreadTold::Hint),
        ThreadTold::Hint => (&thread.clue, 3, 5, ThreadTold::Clue),
        ThreadTold::Clue => (&thread.payoff, 7, 8, ThreadTold::All),
        ThreadTold::All => return None,
    };
    if beat < if insight { may } else { must } {
        return None;
    }
    let text = turn.teller.tell_one(line, slots);
    if text.is_some() {
        turn.world.told = told;
    }
    text
}

/// Moves the clock and gives the line that tells of it.
fn move_clock(turn: &mut Turn<'_>, slots: &Slots<'_>) -> Option<String> {
    let trouble = turn.world.trouble;
    let taken = match turn.world.clock {
        Clock::Struck | Clock::Eased => return None,
        Clock::Unknown => return turn.teller.tell_one(&trouble.pressure, slots),
        Clock::Running(taken) => taken,
    };
    let beat = turn.world.beat;
    // What was held off to the end of its chapter goes by.
    let last = beat + 1 == CHAPTER_BEATS && taken + 1 < CLOCK_STEPS;
    let by_itself = turn.push == 0 && beat >= 2 && beat.is_multiple_of(2);
    if last || turn.push < 0 && taken <= 1 && beat >= 6 {
        turn.world.clock = Clock::Eased;
        return turn.teller.tell_one(&trouble.eased, slots);
    }
    if turn.push < 0 {
        turn.world.clock = Clock::Running(taken.saturating_sub(1));
        return if taken == 0 { None } else { turn.line(Pool::Relief, slots) };
    }
    if turn.push == 0 && !by_itself {
        return None;
    }
    match trouble.steps.get(taken) {
        Some(step) => {
            turn.world.clock = Clock::Running(taken + 1);
            // A step that was taken, turned back and taken again has only its mark to show.
            turn.teller.tell_one(step, slots)
        }
        None => {
            turn.world.clock = Clock::Struck;
            turn.teller.tell_one(&trouble.strike, slots)
        }
    }
}

/// Shows the clock when it has moved.
fn show_clock(turn: &mut Turn<'_>, before: Clock) {
    let marks = match turn.world.clock {
        now if now == before => return,
        Clock::Running(taken) => taken,
        Clock::Struck => CLOCK_STEPS,
        Clock::Eased | Clock::Unknown => return,
    };
    let marks = "●".repeat(marks) + &"○".repeat(CLOCK_STEPS - marks);
    turn.page.aside(&format!("{} {marks}", capitals(&turn.world.trouble.name)));
}

/// Two turns of three end in a question; the third leaves the image standing.
fn ask_on<'a>(turn: &mut Turn<'a>, slots: &mut Slots<'a>) {
    let over = matches!(turn.world.clock, Clock::Struck | Clock::Eased);
    if turn.world.beat % 3 == 2 && !over {
        return;
    }
    if let Some(person) = turn.world.people.first().filter(|_| turn.world.silent.first().is_some_and(|ago| *ago < 5)) {
        person.fill(slots);
    }
    let question = turn.line(if over { Pool::Aftermath } else { Pool::Question }, slots);
    turn.page.narrate([question]);
}
