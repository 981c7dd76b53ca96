//! The world's own move after people were answered: the clock, the thread, who comes by, what is called back.
//! Answers nobody.

use crate::domain::Said;

use super::answer::{Turn, player_name, player_names};
use super::grammar::{Slots, capitals};
use super::intent;
use super::tables::Pool;
use super::world::{CLOCK_STEPS, Clock, Person, ThreadTold};

/// Moves the world once.
pub(crate) fn move_world<'a>(turn: &mut Turn<'a>, said: &[Said]) {
    let mut slots = turn.world.slots();
    slots.set("player", player_names(turn.tables, said));
    let called = call_back(turn, said, &slots);
    let thread = move_thread(turn, &slots);
    let light = thread.is_none() && called.is_none();
    let sense = light.then(|| sense(turn, &slots)).flatten();
    turn.page.narrate([called.or(sense), thread]);
    if !turn.spoken {
        come_by(turn, &mut slots);
    }
    move_clock(turn, &slots);
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
        let near = matches!(turn.world.clock, Clock::Running(2..));
        let dread = near.then(|| turn.line(Pool::Dread, slots)).flatten();
        return dread.or_else(|| turn.teller.tell(&turn.tables.events.details, slots));
    }
    let place = turn.world.place;
    turn.teller.tell(&place.senses, slots).or_else(|| turn.teller.tell(&turn.tables.events.details, slots))
}

/// Every third beat something a player said some beats ago comes back, once.
fn call_back<'a>(turn: &mut Turn<'a>, said: &[Said], slots: &Slots<'a>) -> Option<String> {
    if turn.world.beat % 3 != 1 {
        return None;
    }
    let mut slots = slots.clone();
    let asker = said.first()?;
    let old = turn.tale.recent.iter().rev().skip(2).take(8);
    let words = old.flat_map(|beat| &beat.said).filter(|old| old.seat == asker.seat);
    let wishes = words.map(|old| intent::read(turn.tables, &old.text, &[]));
    let vow = wishes.filter_map(|wish| wish.vow).find(|vow| !turn.teller.heard(vow))?;
    slots.set("vow", vow);
    slots.set("player", player_name(turn.tables, asker).to_owned());
    turn.line(Pool::Callback, &slots)
}

fn move_thread(turn: &mut Turn<'_>, slots: &Slots<'_>) -> Option<String> {
    let (beat, insight, thread) = (turn.world.beat, turn.insight, turn.world.thread);
    // From which beat on it may come when somebody looks or asks, and from which it comes anyway.
    let (line, may, must, told) = match turn.world.told {
        ThreadTold::Nothing => (&thread.hint, 1, 2, ThreadTold::Hint),
        ThreadTold::Hint => (&thread.clue, 3, 5, ThreadTold::Clue),
        ThreadTold::Clue => (&thread.payoff, 6, 8, ThreadTold::All),
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

fn move_clock(turn: &mut Turn<'_>, slots: &Slots<'_>) {
    let trouble = turn.world.trouble;
    let taken = match turn.world.clock {
        Clock::Struck | Clock::Eased => return,
        Clock::Unknown => {
            let pressure = turn.teller.tell_one(&trouble.pressure, slots);
            turn.page.narrate([pressure]);
            return;
        }
        Clock::Running(taken) => taken,
    };
    let beat = turn.world.beat;
    let even = turn.push == 0 && beat >= 2 && beat.is_multiple_of(2);
    let (line, clock) = if turn.push < 0 && taken <= 1 && beat >= 6 {
        (Some(&trouble.eased), Clock::Eased)
    } else if turn.push < 0 {
        (None, Clock::Running(taken.saturating_sub(1)))
    } else if turn.push == 0 && !even && beat < 9 {
        return;
    } else if beat == 9 || taken + 1 >= CLOCK_STEPS {
        (Some(&trouble.strike), Clock::Struck)
    } else {
        (trouble.steps.get(taken), Clock::Running(taken + 1))
    };
    let unchanged = turn.world.clock == clock;
    let text = line.and_then(|line| turn.teller.tell_one(line, slots));
    turn.world.clock = clock;
    turn.page.narrate([text]);
    let marks = match clock {
        Clock::Running(taken) => taken,
        Clock::Struck => CLOCK_STEPS,
        Clock::Eased | Clock::Unknown => 0,
    };
    if !unchanged && clock != Clock::Eased {
        let marks = "●".repeat(marks) + &"○".repeat(CLOCK_STEPS - marks);
        turn.page.aside(&format!("{} {marks}", capitals(&trouble.name)));
    }
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
