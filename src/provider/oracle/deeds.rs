//! Answers one speaker: each intent has its own small scene of dice, narration and speech.
//! Moves neither clock nor thread itself; it leaves a push and an insight for the world's turn.

use crate::domain::Said;

use super::answer::{Clash, Turn, player_name};
use super::grammar::{Slots, fill};
use super::intent::{self, Leaning, Wish};
use super::odds::{Likelihood, Outcome, Verdict};
use super::tables::{Intent, Label, Pool};
use super::world::{Clock, Person, ThreadTold, named_place};

/// Answers what one person says or does.
pub(crate) fn answer_one<'a>(turn: &mut Turn<'a>, said: &Said) {
    let tables = turn.tables;
    let names: Vec<String> = turn.world.people.iter().map(|person| person.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wish = intent::read(tables, &said.text, &names);
    let addressed = intent::addressed(&said.text, &names);
    let mut slots = turn.world.slots();
    slots.set("player", player_name(tables, said).to_owned());
    if let Some(target) = &wish.target {
        slots.set("target", target.clone());
        // What is spoken of first is what the player named, not some other thing that stands about.
        if matches!(wish.intent, Intent::Look | Intent::Move | Intent::Use) {
            slots.set("place.thing", target.clone());
        }
    }
    let deed = Deed { said, wish, addressed, player: player_name(tables, said) };
    match deed.wish.intent {
        Intent::Ask | Intent::Talk => talk(turn, &deed, slots),
        Intent::Help => help(turn, &deed, slots),
        Intent::Risk => risk(turn, &deed, slots, [Pool::RiskFull, Pool::RiskCost, Pool::RiskSetback]),
        Intent::Fight => risk(turn, &deed, slots, [Pool::FightFull, Pool::FightCost, Pool::FightSetback]),
        Intent::Move | Intent::Leave => travel(turn, &deed, slots),
        Intent::YesNo => question(turn, &deed, slots),
        Intent::Gm => game_master(turn, &deed, slots),
        Intent::Who => who(turn, &deed, slots),
        Intent::Look => {
            turn.insight = true;
            found(turn, &deed, slots, Pool::Look);
        }
        Intent::Wait => {
            turn.push += 1;
            simple(turn, &deed, &slots, Pool::Wait);
        }
        Intent::Use => {
            turn.insight |= turn.world.beat % 2 == 1;
            simple(turn, &deed, &slots, Pool::Use);
        }
        Intent::Where => simple(turn, &deed, &slots, Pool::Where),
        Intent::What => simple(turn, &deed, &slots, Pool::What),
        Intent::Other => simple(turn, &deed, &slots, Pool::Other),
    }
}

/// One person's action while it is answered.
#[derive(Debug)]
struct Deed<'s> {
    said: &'s Said,
    wish: Wish,
    addressed: Option<usize>,
    player: &'s str,
}

/// Begins a paragraph with the player's name when several are answered.
fn tell(turn: &mut Turn<'_>, deed: &Deed<'_>, sentences: impl IntoIterator<Item = Option<String>>) {
    let mut told = sentences.into_iter().flatten().peekable();
    if told.peek().is_none() {
        return;
    }
    let mut lead = None;
    if turn.many {
        let mut slots = Slots::default();
        slots.set("player", deed.player);
        lead = fill(turn.tables.label(Label::Addressed), &slots, &mut turn.teller.chance);
    }
    turn.page.narrate(lead.into_iter().chain(told).map(Some));
}

fn simple(turn: &mut Turn<'_>, deed: &Deed<'_>, slots: &Slots<'_>, pool: Pool) {
    let line = turn.line(pool, slots).or_else(|| turn.line(Pool::Quiet, slots));
    tell(turn, deed, [line]);
}

/// Looking shows something of the place, and sometimes something that was not looked for.
fn found<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, mut slots: Slots<'a>, pool: Pool) {
    let line = turn.line(pool, &slots);
    let sense = turn.teller.tell(&turn.world.place.senses, &slots);
    // A thread that is about to move needs no second find beside it.
    // A find lies beside something else than what was looked at.
    slots.set_any("place.thing", &turn.world.place.things);
    let quiet = turn.world.told == ThreadTold::All || turn.world.beat.is_multiple_of(3);
    let find = quiet.then(|| turn.teller.tell(&turn.tables.events.discoveries, &slots)).flatten();
    let missing = line.is_none() && find.is_none() && sense.is_none();
    let rest = missing.then(|| turn.line(Pool::Quiet, &slots)).flatten();
    tell(turn, deed, [line, find.or(sense), rest]);
}

fn travel<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, slots: Slots<'a>) {
    let here = turn.world.place;
    let named = named_place(turn.tables, &deed.said.text).filter(|place| !std::ptr::eq(*place, here));
    let places = &turn.tables.places.places;
    let elsewhere = places.iter().position(|place| std::ptr::eq(place, here)).unwrap_or(0);
    let next = match (named, deed.wish.intent) {
        (Some(place), _) => Some(place),
        (None, Intent::Leave) => {
            let step = 1 + turn.teller.chance.below(places.len() - 1);
            Some(&places[(elsewhere + step) % places.len()])
        }
        (None, _) => None,
    };
    let Some(next) = next else { return found(turn, deed, slots, Pool::Move) };
    let way = turn.line(Pool::Travel, &slots);
    turn.world.place = next;
    let arrive = turn.teller.tell_one(&next.arrive, &slots);
    let light = turn.teller.tell_one(&next.light, &slots);
    // Having been here before leaves only what is new to say.
    let sense = turn.teller.tell(&next.senses, &slots);
    tell(turn, deed, [way, arrive, light, sense]);
}

fn risk<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, mut slots: Slots<'a>, pools: [Pool; 3]) {
    if let Some(person) = turn.world.people.get(deed.addressed.unwrap_or(0)) {
        person.fill(&mut slots);
    }
    let (first, second) = (turn.teller.chance.die(6), turn.teller.chance.die(6));
    let outcome = Outcome::of(first + second);
    let (pool, label, push) = match outcome {
        Outcome::Full => (pools[0], Label::Full, -1),
        Outcome::Cost => (pools[1], Label::Cost, 0),
        Outcome::Setback => (pools[2], Label::Setback, 1),
    };
    turn.push += push;
    if deed.wish.intent == Intent::Fight {
        turn.clash = clash(turn, deed, outcome).or(turn.clash.take());
    }
    turn.insight |= outcome == Outcome::Full;
    if outcome == Outcome::Setback {
        turn.setbacks.push(deed.said.seat);
    }
    let roll = format!("2d6: {first} + {second} = {} · {}", first + second, turn.tables.label(label));
    aside(turn, deed, &roll);
    let line = turn.line(pool, &slots).or_else(|| turn.line(Pool::Quiet, &slots));
    let cost = (outcome != Outcome::Full).then(|| turn.teller.tell(&turn.tables.events.costs, &slots)).flatten();
    tell(turn, deed, [line, cost]);
}

/// A blow that misses has a foe strike back, if anybody was named; one that strikes home ends it.
fn clash(turn: &Turn<'_>, deed: &Deed<'_>, outcome: Outcome) -> Option<Clash> {
    match outcome {
        Outcome::Full => Some(Clash::Ends),
        Outcome::Cost => None,
        Outcome::Setback => {
            let person = deed.addressed.and_then(|at| turn.world.people.get(at)).map(|person| person.name.clone());
            // What the player strikes with is no foe.
            let target = deed.wish.target.clone().filter(|target| !target.starts_with("your "));
            person.or(target).map(Clash::Begins)
        }
    }
}

fn aside(turn: &mut Turn<'_>, deed: &Deed<'_>, roll: &str) {
    match turn.many {
        true => turn.page.aside(&format!("{} · {roll}", deed.player)),
        false => turn.page.aside(roll),
    }
}

/// How likely a yes is, by the question and by how things stand.
fn likelihood(turn: &Turn<'_>, deed: &Deed<'_>) -> Likelihood {
    let near = matches!(turn.world.clock, Clock::Running(2..) | Clock::Struck);
    match intent::leaning(turn.tables, &deed.said.text) {
        Leaning::Hope if near => deed.wish.likelihood.less(),
        Leaning::Dread if near => deed.wish.likelihood.more(),
        _ => deed.wish.likelihood,
    }
}

fn question(turn: &mut Turn<'_>, deed: &Deed<'_>, slots: Slots<'_>) {
    let likelihood = likelihood(turn, deed);
    let throw = turn.teller.chance.die(100);
    let (pool, label) = match likelihood.verdict(throw) {
        Verdict::YesAnd => (Pool::YesAnd, Label::YesAnd),
        Verdict::Yes => (Pool::Yes, Label::Yes),
        Verdict::No => (Pool::No, Label::No),
        Verdict::NoAnd => (Pool::NoAnd, Label::NoAnd),
    };
    let odds = turn.tables.words.odds.get(&likelihood).map_or("", String::as_str);
    let verdict = turn.tables.label(label);
    aside(turn, deed, &format!("{odds} · d100: {throw} · {verdict}"));
    simple(turn, deed, &slots, pool);
}

/// Whom the words are for: the one named, else who spoke last, else somebody new.
fn listener<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, slots: &mut Slots<'a>) -> Option<(Person<'a>, Met)> {
    let at = deed.addressed.or_else(|| turn.world.silent.first().filter(|&&ago| ago != usize::MAX).map(|_| 0));
    if let Some(person) = at.and_then(|at| turn.world.people.get(at)).cloned() {
        person.fill(slots);
        let long = at.and_then(|at| turn.world.silent.get(at)).is_some_and(|&ago| ago > 4);
        return Some((person, if long { Met::LongAgo } else { Met::Lately }));
    }
    let person = turn.introduce()?;
    person.fill(slots);
    let line = turn.line(Pool::Arrives, slots);
    tell(turn, deed, [line]);
    Some((person, Met::Now))
}

/// When a listener was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Now,
    Lately,
    LongAgo,
}

fn talk<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, mut slots: Slots<'a>) {
    turn.insight = true;
    let Some((person, met)) = listener(turn, deed, &mut slots) else {
        return simple(turn, deed, &slots, Pool::Alone);
    };
    if let Some(topic) = deed.wish.topic.clone().or_else(|| deed.wish.target.clone()) {
        slots.set("topic", topic);
    }
    let manner = match met {
        Met::Now => None,
        _ => turn.teller.tell(&person.temper.manner, &slots).or_else(|| turn.line(Pool::Manner, &slots)),
    };
    tell(turn, deed, [manner]);
    let first = match met {
        Met::Now => turn.teller.tell(&person.temper.greet, &slots),
        Met::LongAgo => turn.teller.tell(&person.temper.again, &slots),
        Met::Lately => plain_answer(turn, deed, &person, &slots),
    };
    // After a plain yes or no nobody changes the subject.
    let second = match (&first, met) {
        (Some(_), Met::Lately) => turn.teller.tell(&person.temper.talk, &slots),
        _ => second_line(turn, deed, &person, &slots),
    };
    let silent = first.is_none() && second.is_none();
    turn.speak(&person.name, [first, second]);
    if silent {
        simple(turn, deed, &slots, Pool::Quiet);
    }
}

/// A yes or no in the listener's own manner, if it was that kind of question.
fn plain_answer(turn: &mut Turn<'_>, deed: &Deed<'_>, person: &Person<'_>, slots: &Slots<'_>) -> Option<String> {
    let asks = |word: &str| turn.tables.words.yes_no.iter().any(|known| known == word);
    let lower = deed.said.text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if !deed.said.text.contains('?') || !words.take(3).any(asks) {
        return None;
    }
    let throw = turn.teller.chance.die(100);
    match likelihood(turn, deed).verdict(throw) {
        Verdict::YesAnd | Verdict::Yes => turn.teller.tell(&person.temper.yes, slots),
        Verdict::No | Verdict::NoAnd => turn.teller.tell(&person.temper.no, slots),
    }
}

/// What somebody has to say: what they heard, what they need, what they are like; in that order, as far as it is new.
fn second_line(turn: &mut Turn<'_>, deed: &Deed<'_>, person: &Person<'_>, slots: &Slots<'_>) -> Option<String> {
    let knows = turn.world.told == ThreadTold::Hint && deed.wish.intent == Intent::Ask || turn.world.beat >= 4;
    if knows && turn.world.told == ThreadTold::Hint {
        let rumour = turn.teller.tell_one(&turn.world.thread.rumour, slots);
        if rumour.is_some() {
            turn.world.told = ThreadTold::Clue;
            turn.insight = false;
            return rumour;
        }
    }
    // Who is told something answers to it; who is asked something has something to ask as well.
    let lists = match deed.wish.intent {
        Intent::Talk => [&person.temper.talk, &person.want.plea],
        _ => [&person.want.plea, &person.temper.talk],
    };
    let own = lists.into_iter().find_map(|list| turn.teller.tell(list, slots));
    own.or_else(|| turn.line(Pool::Reply, slots))
}

/// Help is no gamble: it costs the moment, and whoever gets it says so.
fn help<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, mut slots: Slots<'a>) {
    turn.push -= 1;
    let helped = listener(turn, deed, &mut slots).map(|(person, _)| person);
    simple(turn, deed, &slots, Pool::Help);
    let Some(person) = helped else { return };
    let thanks = turn.teller.tell_one(&person.want.thanks, &slots);
    let words = thanks.or_else(|| turn.teller.tell(&person.temper.talk, &slots));
    turn.speak(&person.name, [words]);
}

fn who<'a>(turn: &mut Turn<'a>, deed: &Deed<'_>, mut slots: Slots<'a>) {
    let here = turn.world.people.iter().zip(&turn.world.silent).filter(|(_, ago)| **ago != usize::MAX);
    let here: Vec<Person<'a>> = here.map(|(person, _)| person.clone()).take(3).collect();
    if here.is_empty() {
        return simple(turn, deed, &slots, Pool::Alone);
    }
    let mut lines = Vec::new();
    for person in here {
        person.fill(&mut slots);
        lines.push(turn.line(Pool::Who, &slots));
    }
    tell(turn, deed, lines);
}

/// Out of the story: how things stand and what one can do.
fn game_master(turn: &mut Turn<'_>, deed: &Deed<'_>, mut slots: Slots<'_>) {
    let here = turn.world.people.iter().zip(&turn.world.silent).filter(|(_, ago)| **ago != usize::MAX);
    let names: Vec<String> = here.map(|(person, _)| person.name.clone()).take(4).collect();
    if !names.is_empty() {
        slots.set("names", names.join(", "));
    }
    let line = turn.line(Pool::Gm, &slots).unwrap_or_default();
    aside(turn, deed, &line);
}
