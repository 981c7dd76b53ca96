//! Dice at the table: who may roll what, who is asked to, and what is kept at hand of it. PURE.
//! The faces follow from the scene's seed, which comes in; nothing here draws one.

use super::{Happenings, Standing, sheet};
use crate::dice::proof::{self, Seed, Throw};
use crate::dice::{Critical, Notation, plain, written};
use crate::domain::{
    ActionId, BranchId, Denied, DiceTray, Doer, EventSeq, Game, GameEvent, KeptRequest, KeptRoll, Reply, Role, Roll,
    RollFor, RollRequest, SceneNo, Seat, SeatId, Tally,
};

/// How many rolls are kept at hand; older ones are in the log.
const KEPT: usize = 40;
/// How many requests may be open.
const ASKED: usize = 8;
/// The longest reason for a request, in characters.
const WHY_CHARS: usize = 120;
/// How many rolls one action may hold.
const INLINE: usize = 8;

/// What a notation's names stand for.
pub type Names<'a> = &'a dyn Fn(&str) -> Option<i64>;

/// The numbers of the roller's sheet, by their names.
pub fn names_of(standing: Standing<'_>, seat: Option<SeatId>) -> impl Fn(&str) -> Option<i64> + '_ {
    move |name| sheet::number(standing, seat, name)
}

/// What a throw is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Cup<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The open scene.
    pub scene: SceneNo,
    /// The event that opened it.
    pub opened: EventSeq,
    /// The line of play.
    pub branch: BranchId,
    /// The number of the next roll on it.
    pub n: u64,
    /// The scene's seed.
    pub seed: &'a Seed,
}

/// What is to be thrown, by whom and for whom.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Who rolls; none is the game master.
    pub seat: Option<SeatId>,
    /// The notation.
    pub notation: &'a str,
    /// Who is shown it.
    pub shown: RollFor,
    /// What came with the request.
    pub nonce: &'a str,
    /// The action it is written in.
    pub action: Option<ActionId>,
    /// What it answers.
    pub answers: Option<EventSeq>,
}

/// Throws what is wanted.
///
/// # Errors
/// When the notation cannot be thrown.
pub fn throw(cup: Cup<'_>, wanted: &Wanted<'_>, names: Names<'_>) -> Result<Roll, Denied> {
    // The parts of a throw's message are told apart by this sign.
    let nonce = wanted.nonce.replace('|', "");
    let notation = wanted.notation.trim();
    let record =
        Throw { table: cup.table, scene: cup.scene.get(), branch: cup.branch.get(), n: cup.n, notation, nonce: &nonce };
    let (outcome, dice) = proof::throw(cup.seed, &record, names).map_err(|fault| Denied::Dice(fault.to_string()))?;
    Ok(Roll {
        seat: wanted.seat,
        shown: wanted.shown,
        notation: notation.to_owned(),
        totals: outcome.totals(),
        written: written(&outcome),
        plain: plain(&outcome),
        natural: outcome.critical().map(|critical| if critical == Critical::Hit { 20 } else { 1 }),
        label: outcome.label,
        dice,
        names: outcome.names,
        scene: cup.scene,
        opened: cup.opened,
        branch: cup.branch,
        n: cup.n,
        nonce,
        seal: cup.seed.seal().to_string(),
        action: wanted.action,
        answers: wanted.answers,
    })
}

pub(super) fn decide_roll(
    standing: Standing<'_>,
    by: Doer,
    notation: &str,
    shown: RollFor,
    nonce: &str,
) -> Result<Happenings, Denied> {
    let cup = standing.cup.ok_or(Denied::NoDice)?;
    let seat = match by {
        Doer::Gm => None,
        Doer::Seat(seat, _) => Some(seat),
    };
    let roll =
        throw(cup, &Wanted { seat, notation, shown, nonce, action: None, answers: None }, &names_of(standing, seat))?;
    Ok(vec![(shown.audience(seat), GameEvent::Rolled(Box::new(roll)))])
}

pub(super) fn decide_request(standing: Standing<'_>, by: Doer, request: RollRequest) -> Result<Happenings, Denied> {
    if !matches!(by, Doer::Gm | Doer::Seat(_, Role::Host)) {
        return Err(Denied::OnlyTheGmAsks);
    }
    if let Some(seat) = request.seat
        && !standing.seats.iter().any(|known| known.id == seat)
    {
        return Err(Denied::NoSuchSeat(seat));
    }
    check(&request.notation)?;
    let chars = request.why.chars().count();
    if chars > WHY_CHARS {
        return Err(Denied::TooLong { chars, limit: WHY_CHARS });
    }
    Ok(vec![(crate::domain::Audience::Table, GameEvent::RollAsked(request))])
}

/// The request that `seat` answers: the one that is named, else the oldest that they may answer.
///
/// # Errors
/// When there is none, or it is for somebody else.
pub fn asked_of(tray: &DiceTray, seat: SeatId, named: Option<EventSeq>) -> Result<KeptRequest, Denied> {
    let for_them = |kept: &KeptRequest| kept.request.seat.is_none_or(|wanted| wanted == seat);
    match named {
        Some(event) => {
            let kept = tray.asked.iter().find(|kept| kept.event == event).ok_or(Denied::NothingAsked)?;
            if for_them(kept) { Ok(kept.clone()) } else { Err(Denied::AskedOfAnother) }
        }
        None => tray.asked.iter().find(|kept| for_them(kept)).cloned().ok_or(Denied::NothingAsked),
    }
}

/// Whether a notation can be read.
///
/// # Errors
/// What is wrong with it.
pub fn check(notation: &str) -> Result<(), Denied> {
    notation.parse::<Notation>().map(drop).map_err(|fault| Denied::Dice(fault.to_string()))
}

/// The notations in double square brackets, as in `I climb [[1d20+5]]`. What does not look like dice is left alone.
///
/// # Errors
/// When one of them looks like dice and cannot be read, or there are too many.
pub fn inline(text: &str) -> Result<Vec<&str>, Denied> {
    let found: Vec<_> = notations(text).collect();
    for notation in &found {
        check(notation)?;
    }
    if found.len() > INLINE { Err(Denied::TooManyRolls { limit: INLINE }) } else { Ok(found) }
}

/// A text without the notations in it, for those who tell what was said: what came of them is told beside it.
pub fn without_inline(text: &str) -> String {
    let mut left = text.to_owned();
    for notation in notations(text) {
        left = left.replacen(&format!("[[{notation}]]"), "", 1);
    }
    if left.len() == text.len() { left } else { left.split_inclusive('\n').map(tidy).collect() }
}

/// A line without the gaps that a notation left.
fn tidy(line: &str) -> String {
    let words = line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.replace(" .", ".").replace(" ,", ",")
}

/// What stands in double square brackets and looks like dice.
fn notations(text: &str) -> impl Iterator<Item = &str> {
    text.split("[[").skip(1).filter_map(|part| {
        let (notation, _) = part.split_once("]]")?;
        // A note in the notation ends in a bracket too: `[[1d6[fire]]]`.
        let notation = if part[notation.len()..].starts_with("]]]") { &part[..=notation.len()] } else { notation };
        let lower = notation.trim().to_ascii_lowercase();
        let begins = lower.starts_with(|c: char| c.is_ascii_digit() || "(+-.@{".contains(c));
        let die =
            |at: usize| lower[at + 1..].trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '%' || c == 'f');
        let rolls = lower.match_indices('d').any(|(at, _)| die(at));
        (rolls && (begins || notation.parse::<Notation>().is_ok())).then_some(notation)
    })
}

/// How a reply asks for a roll: `[roll: Ana, 1d20+3, climbing the wall]` on a line of its own.
const MARK: &str = "[roll:";

/// Takes the lines out of a reply that ask for a roll. A line that cannot be understood stays where it is.
pub fn requests(reply: &mut Reply, seats: &[Seat]) -> Vec<RollRequest> {
    let mut found = Vec::new();
    for span in &mut reply.spans {
        if !span.text.contains(MARK) {
            continue;
        }
        let mut left = Vec::new();
        for line in span.text.lines() {
            match request(line, seats).filter(|_| found.len() < ASKED / 2) {
                Some(request) => found.push(request),
                None => left.push(line),
            }
        }
        span.text = left.join("\n").trim().to_owned();
    }
    if reply.spans.iter().any(|span| !span.text.is_empty()) {
        reply.spans.retain(|span| !span.text.is_empty());
    } else if let [first, ..] = reply.spans.as_mut_slice() {
        // A reply is never empty: one that only asks says that it does.
        "🎲".clone_into(&mut first.text);
        reply.spans.truncate(1);
    }
    found
}

fn request(line: &str, seats: &[Seat]) -> Option<RollRequest> {
    let inner = line.trim().strip_prefix(MARK)?.strip_suffix(']')?;
    let mut parts = inner.splitn(3, ',').map(str::trim);
    let (who, notation, why) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    check(notation).ok()?;
    let lower = who.to_lowercase();
    let seat = seats.iter().find(|seat| seat.name.to_lowercase() == lower).map(|seat| seat.id);
    let why: String = why.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WHY_CHARS).collect();
    Some(RollRequest { seat, notation: notation.to_owned(), why })
}

/// Marks the lines of a reply that claim a roll, because the game master throws none: `2d6: 3 + 4 = 7`.
pub fn mark_claims(reply: &mut Reply) {
    for span in &mut reply.spans {
        if !span.text.lines().any(claims) {
            continue;
        }
        let marked: Vec<String> = span
            .text
            .lines()
            .map(
                |line| if claims(line) { format!("{} *(told, not rolled)*", line.trim_end()) } else { line.to_owned() },
            )
            .collect();
        span.text = marked.join("\n");
    }
}

/// Whether a line says what dice came to.
fn claims(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let dice = line.match_indices(['d', 'D']).any(|(at, _)| {
        let alone = at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphabetic());
        alone && digit(at + 1)
    });
    let result = line.match_indices('=').any(|(at, _)| {
        line[at + 1..].trim_start_matches([' ', '*', '_', '`', '-']).starts_with(|c: char| c.is_ascii_digit())
    });
    dice && result
}

pub(super) fn apply_roll(game: &mut Game, event: EventSeq, roll: &Roll) {
    let tray = &mut game.dice;
    if let Some(answered) = roll.answers {
        tray.asked.retain(|kept| kept.event != answered);
    }
    if let (RollFor::Public, Some(seat)) = (roll.shown, roll.seat) {
        count(&mut tray.tallies, seat, roll);
    }
    let kept = KeptRoll { event, seat: roll.seat, shown: roll.shown, plain: roll.plain.clone(), action: roll.action };
    tray.rolls.push_back(kept);
    while tray.rolls.len() > KEPT {
        tray.rolls.pop_front();
    }
}

fn count(tallies: &mut Vec<Tally>, seat: SeatId, roll: &Roll) {
    let place = tallies.iter().position(|tally| tally.seat == seat).unwrap_or_else(|| {
        tallies.push(Tally { seat, rolls: 0, d20s: 0, d20_sum: 0, twenties: 0, ones: 0 });
        tallies.len() - 1
    });
    let tally = &mut tallies[place];
    tally.rolls += 1;
    for &(_, face) in roll.dice.iter().filter(|(sides, _)| *sides == 20) {
        tally.d20s += 1;
        tally.d20_sum += u64::from(face);
        tally.twenties += u64::from(face == 20);
        tally.ones += u64::from(face == 1);
    }
}

pub(super) fn apply_request(game: &mut Game, event: EventSeq, request: &RollRequest) {
    game.dice.asked.push_back(KeptRequest { event, request: request.clone() });
    while game.dice.asked.len() > ASKED {
        game.dice.asked.pop_front();
    }
}

#[cfg(test)]
mod tests;
