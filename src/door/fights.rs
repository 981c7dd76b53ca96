//! Fights and turns in words, for every door: the card, whose move it is, who waits for what, and what people type. PURE.
//! It tells what the viewer's own view of the game holds; who is hidden does not stand in that.

use crate::domain::{
    Enters, EventSeq, Fight, FightDeed, FightEvent, Floor, Game, GameEvent, Held, Place, Seat, SeatId, SheetOf,
    TurnMode, TurnsDeed, TurnsEvent,
};
use crate::door::wording::time;
use crate::format::escape::markdown;

/// What a card says that is over.
pub const FIGHT_OVER: &str = "⚔️ The fight is over.";
/// What the card of a way to take turns says that is over.
pub const TURNS_OVER: &str = "Turns are taken in another way now.";

/// What everyone needs to know to act.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    /// The game as everyone may see it.
    pub game: &'a Game,
    /// Who sits here.
    pub seats: &'a [Seat],
    /// Who acts now.
    pub floor: &'a Floor,
    /// Whose actions wait to be told together.
    pub declared: &'a [SeatId],
}

/// The card with the event it dates from; none where everybody acts when they like.
pub fn card(board: Board<'_>) -> Option<(EventSeq, String)> {
    let turns = mode(board);
    match &board.game.fight {
        Some(fight) => Some((fight.since, format!("{}\n{turns}", order(fight, board)))),
        None if board.game.turns.mode == TurnMode::Open => None,
        None => Some((board.game.turns.since, turns)),
    }
}

/// The same for whoever asks.
pub fn show(board: Board<'_>) -> String {
    card(board).map_or_else(|| mode(board), |(_, card)| card)
}

fn order(fight: &Fight, board: Board<'_>) -> String {
    let mut lines = vec![format!("⚔️ **Round {}**", fight.round)];
    for place in fight.order() {
        let mark = if fight.moving() == Some(place) { "▶" } else { "·" };
        let parts = place_parts(place, board);
        lines.push(format!("{mark} **{}** ({}){parts}", markdown(&place.name), place.initiative));
    }
    lines.join("\n")
}

/// What stands behind a place's name: who acts there, how they are, what befell them.
fn place_parts(place: &Place, board: Board<'_>) -> String {
    let mut parts = Vec::new();
    if place.who.len() > 1 {
        let names = place.who.iter().map(|who| who_of(who, board.seats));
        parts.push(names.collect::<Vec<_>>().join(", "));
    }
    for who in &place.who {
        let Some(sheet) = board.game.sheets.sheets.iter().find(|sheet| sheet.of == *who) else { continue };
        let vitals = sheet.vitals.iter().map(|v| format!("{} {} of {}", markdown(&v.name), v.now, v.max));
        let conditions = sheet.conditions.iter().map(|condition| match condition.rounds {
            Some(1) => format!("{}, 1 round", markdown(&condition.name)),
            Some(rounds) => format!("{}, {rounds} rounds", markdown(&condition.name)),
            None => markdown(&condition.name),
        });
        parts.extend(vitals.chain(conditions));
    }
    if place.down {
        parts.push("down".to_owned());
    }
    parts.iter().map(|part| format!(" · {part}")).collect()
}

/// How turns are taken, in a line or two.
fn mode(board: Board<'_>) -> String {
    let turns = &board.game.turns;
    match &turns.mode {
        TurnMode::Open => "Everybody acts when they like.".to_owned(),
        TurnMode::Spotlight { seats } => {
            format!("The floor is for {}. What others say waits until it is given on.", names(seats, board.seats))
        }
        TurnMode::Initiative => match board.game.fight.as_ref().and_then(Fight::moving) {
            None => "No player can move, so everybody acts when they like.".to_owned(),
            Some(place) => {
                let next = board.game.fight.as_ref().and_then(|fight| fight.to_tell().1);
                let next = next.filter(|next| *next != place);
                let next = next.map_or_else(String::new, |next| format!(" Then **{}**.", markdown(&next.name)));
                format!("**{}** acts now.{next}{}", markdown(&place.name), gathered(board))
            }
        },
        TurnMode::Round { .. } => format!("All say what they do; then it is told together.{}", gathered(board)),
        TurnMode::Post { hours } => format!(
            "Played by post: all say what they do, within {hours} hours of the first; then it is told together.{}",
            gathered(board)
        ),
    }
}

/// Who has said something and who is waited for, and how long.
fn gathered(board: Board<'_>) -> String {
    let Floor { awaited, .. } = board.floor;
    let missing = board.floor.missing(board.declared);
    if awaited.is_empty() || missing.is_empty() {
        return String::new();
    }
    let said: Vec<_> = awaited.iter().filter(|seat| board.declared.contains(seat)).copied().collect();
    let said = if said.is_empty() { String::new() } else { format!("Said: {}. ", names(&said, board.seats)) };
    let until = board.game.turns.until.map_or_else(String::new, |until| {
        format!(" They are waited for until {}; who says nothing by then holds back.", time(until))
    });
    format!("\n{said}Still missing: {}.{until}", names(&missing, board.seats))
}

/// What happened, in a line; none where the card alone tells it.
pub fn happened(what: &GameEvent, seats: &[Seat]) -> Option<String> {
    let place = |name: &str| markdown(name);
    match what {
        GameEvent::Fight(FightEvent::Started) => Some("⚔️ A fight begins.".to_owned()),
        GameEvent::Fight(FightEvent::Ended) => Some(FIGHT_OVER.to_owned()),
        GameEvent::Fight(FightEvent::Revealed { place: shown }) => {
            Some(format!("**{}** shows up in the fight.", place(&shown.name)))
        }
        GameEvent::Fight(FightEvent::Left { name, who, .. }) => {
            let who = who.iter().map(|who| who_of(who, seats)).collect::<Vec<_>>().join(", ");
            let who = if who.is_empty() { place(name) } else { who };
            Some(format!("Out of the fight: **{who}**."))
        }
        GameEvent::Fight(FightEvent::Down { name, down: true }) => Some(format!("**{}** is down.", place(name))),
        GameEvent::Fight(FightEvent::Down { name, .. }) => Some(format!("**{}** is up again.", place(name))),
        GameEvent::Turns(TurnsEvent::Away { seat, away }) => {
            let who = names(&[*seat], seats);
            Some(if *away { format!("{who} is not waited for.") } else { format!("{who} is waited for again.") })
        }
        GameEvent::Turns(TurnsEvent::Set { mode: TurnMode::Open }) => Some("Everybody acts when they like.".to_owned()),
        _ => None,
    }
}

/// Whose move it is, told once when it becomes theirs.
pub fn next_up(what: &GameEvent, who: impl Fn(&str) -> String) -> Option<String> {
    match what {
        GameEvent::Fight(FightEvent::Moved { round, to: Some(to) }) => {
            Some(format!("Round {round}. Next: {}.", who(to)))
        }
        GameEvent::Fight(FightEvent::Moved { to: None, .. }) => {
            Some("No player can move, so everybody acts when they like.".to_owned())
        }
        _ => None,
    }
}

/// Why what somebody said is not told yet, for them.
pub fn held(held: &Held, seats: &[Seat]) -> String {
    match held {
        Held::NotYourMove(whose) => format!(
            "It is the move of {}. What you said is kept for yours; until then you can change it or take it back.",
            names(whose, seats)
        ),
        Held::NotYourFloor(whose) => format!(
            "The floor is for {} now. What you said is kept until it is given on; you can change it or take it back.",
            names(whose, seats)
        ),
        Held::Declared(missing) => format!("Noted. It is told when {} said something as well.", names(missing, seats)),
    }
}

fn names(of: &[SeatId], seats: &[Seat]) -> String {
    let name = |id: &SeatId| format!("**{}**", who_of(&SheetOf::Seat(*id), seats));
    match of {
        [] => "nobody".to_owned(),
        [one] => name(one),
        [most @ .., last] => {
            format!("{} and {}", most.iter().map(name).collect::<Vec<_>>().join(", "), name(last))
        }
    }
}

fn who_of(who: &SheetOf, seats: &[Seat]) -> String {
    match who {
        SheetOf::Seat(id) => {
            let known = seats.iter().find(|seat| seat.id == *id);
            known.map_or_else(|| format!("seat {id}"), |seat| markdown(&seat.name))
        }
        SheetOf::Other(name) => markdown(name),
    }
}

/// Who a host brings in: `Goblins, Wolf +2`, a place each.
pub fn foes(text: &str) -> Vec<Enters> {
    let foe = |part: &str| {
        let (name, bonus) = match part.rsplit_once(char::is_whitespace) {
            Some((name, last)) if last.starts_with(['+', '-']) => last.parse().map_or((part, 0), |bonus| (name, bonus)),
            _ => (part, 0),
        };
        Enters { name: Some(name.trim().to_owned()), bonus, ..Enters::default() }
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(foe).collect()
}

/// What `/fight VERB REST` asks for; `own` is who says it. None for no such verb.
pub fn fight_deed(verb: &str, rest: &str, own: (SeatId, &str), nonce: String) -> Option<FightDeed> {
    let rest = rest.trim();
    Some(match verb {
        "start" => FightDeed::Start { places: foes(rest), nonce },
        "join" if rest.is_empty() => {
            let own = Enters { who: vec![SheetOf::Seat(own.0)], ..Enters::default() };
            FightDeed::Join { places: vec![own], nonce }
        }
        "join" => FightDeed::Join { places: foes(rest), nonce },
        "next" => FightDeed::Next,
        "leave" => FightDeed::Leave { name: if rest.is_empty() { own.1 } else { rest }.to_owned() },
        "end" => FightDeed::End,
        _ => return None,
    })
}

/// What `/turns VERB REST` asks for; `named` finds a player by name. None for no such verb.
pub fn turns_deed(verb: &str, rest: &str, named: impl Fn(&str) -> Option<SeatId>) -> Option<TurnsDeed> {
    let rest = rest.trim();
    let who = if rest.is_empty() { None } else { Some(named(rest)?) };
    Some(match verb {
        "open" => TurnsDeed::Set(TurnMode::Open),
        "spotlight" => TurnsDeed::Set(TurnMode::Spotlight { seats: who.into_iter().collect() }),
        "initiative" => TurnsDeed::Set(TurnMode::Initiative),
        "go" => TurnsDeed::Go,
        "away" | "back" => TurnsDeed::Away { seat: who, away: verb == "away" },
        _ => return None,
    })
}

/// What `/turns round [MINUTES]` and `/turns post HOURS` ask for.
pub fn gathering(verb: &str, rest: &str) -> Option<TurnsDeed> {
    let number = rest.trim().parse().ok();
    match (verb, number) {
        ("round", _) if rest.trim().is_empty() => Some(TurnsDeed::Set(TurnMode::Round { minutes: None })),
        ("round", Some(minutes)) => Some(TurnsDeed::Set(TurnMode::Round { minutes: Some(minutes) })),
        ("post", Some(hours)) => Some(TurnsDeed::Set(TurnMode::Post { hours })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PersonId, Role, Sheet, Timestamp, Vital};

    fn seats() -> Vec<Seat> {
        let seat = |id: u32, name: &str| Seat {
            id: SeatId::new(id),
            person: PersonId::new(format!("test:{id}")),
            name: name.to_owned(),
            role: Role::Player,
        };
        vec![seat(1, "*Ana*"), seat(2, "Bo")]
    }

    #[test]
    fn the_card_tells_the_order_whose_move_it_is_and_how_they_are() {
        let seats = seats();
        let mut fight = Fight::new(EventSeq::new(7));
        let place = |name: &str, who: SheetOf, initiative| Place {
            name: name.to_owned(),
            who: vec![who],
            initiative,
            hidden: false,
            down: name == "Bo",
        };
        fight.places.push(place("Bo", SheetOf::Seat(SeatId::new(2)), 9));
        fight.places.push(place("Goblins", SheetOf::Other("Goblins".to_owned()), 14));
        fight.places.push(place("*Ana*", SheetOf::Seat(SeatId::new(1)), 17));
        fight.mover = Some("*Ana*".to_owned());
        let mut game = Game { fight: Some(fight), ..Game::default() };
        game.turns.mode = TurnMode::Initiative;
        let mut sheet = Sheet::new(SheetOf::Seat(SeatId::new(1)));
        sheet.vitals.push(Vital { name: "hp".to_owned(), now: 7, max: 10 });
        game.sheets.sheets.push(sheet);
        let floor = Floor { whose: Some(vec![SeatId::new(1)]), awaited: Vec::new() };
        let board = Board { game: &game, seats: &seats, floor: &floor, declared: &[] };
        let (since, text) = card(board).unwrap();
        assert_eq!(since, EventSeq::new(7));
        assert_eq!(
            text,
            "⚔️ **Round 1**\n▶ **\\*Ana\\*** (17) · hp 7 of 10\n· **Goblins** (14)\n· **Bo** (9) · down\n\
             **\\*Ana\\*** acts now."
        );
    }

    #[test]
    fn who_is_missing_is_told_with_the_deadline() {
        let seats = seats();
        let mut game = Game::default();
        let floor = Floor::default();
        let board = Board { game: &game, seats: &seats, floor: &floor, declared: &[] };
        assert_eq!((card(board), show(board)), (None, "Everybody acts when they like.".to_owned()));
        game.turns.mode = TurnMode::Post { hours: 24 };
        game.turns.until = Some(Timestamp::from_millis(1_795_269_600_000));
        let floor = Floor { whose: None, awaited: vec![SeatId::new(1), SeatId::new(2)] };
        let board = Board { game: &game, seats: &seats, floor: &floor, declared: &[SeatId::new(2)] };
        let text = show(board);
        assert!(text.contains("Said: **Bo**. Still missing: **\\*Ana\\***."), "{text}");
        assert!(text.contains("until 14:00 UTC on 21 November"), "{text}");
    }

    #[test]
    fn foes_are_read_with_what_is_added_to_their_throw() {
        let read: Vec<_> = foes("Goblins, Old Wolf +2 ,, T-5").into_iter().map(|foe| (foe.name, foe.bonus)).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(read, [(name("Goblins"), 0), (name("Old Wolf"), 2), (name("T-5"), 0)]);
        let own = (SeatId::new(1), "Ana");
        assert_eq!(fight_deed("leave", "", own, String::new()), Some(FightDeed::Leave { name: "Ana".to_owned() }));
        assert_eq!(fight_deed("dance", "", own, String::new()), None);
        assert_eq!(gathering("round", "x"), None);
        assert_eq!(turns_deed("spotlight", "Zoe", |_| None), None);
    }
}
