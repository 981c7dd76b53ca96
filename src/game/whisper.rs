//! Whispers: who may tell whom, and how many the game keeps at hand. PURE.

use super::{Happenings, Standing};
use crate::domain::{
    Actor, Bounds, Denied, Doer, EventSeq, Game, GameEvent, KeptWhisper, LetterOpened, Role, SeatId, WHISPER_CHARS,
    Whisper,
};

/// How many are kept at hand for the brief; older ones are in the log.
const KEPT: usize = 24;
/// How many decoys are, so that they can be opened.
const DECOYS_KEPT: usize = 48;

pub(super) fn decide(standing: Standing<'_>, by: Doer, to: SeatId, text: String) -> Result<Happenings, Denied> {
    let from = match by {
        Doer::Gm => Actor::Gm,
        Doer::Seat(seat, _) => Actor::Seat(seat),
    };
    if from == Actor::Seat(to) {
        return Err(Denied::ToOneself);
    }
    if !standing.seats.iter().any(|known| known.id == to) {
        return Err(Denied::NoSuchSeat(to));
    }
    let text = text.trim().to_owned();
    let chars = text.chars().count();
    if text.is_empty() {
        return Err(Denied::NothingToTell);
    }
    if chars > WHISPER_CHARS {
        return Err(Denied::TooLong { chars, limit: WHISPER_CHARS });
    }
    let whisper = Whisper { from, to, text };
    Ok(vec![(whisper.audience(), GameEvent::Whispered(whisper))])
}

/// What the game master whispers with a letter for everyone else who plays, in the order of the seats: nothing about a
/// letter says which is the real one.
pub fn with_decoys(happened: Happenings, standing: Standing<'_>, language: &str, bounds: &Bounds) -> Happenings {
    let mut out = Happenings::new();
    for (audience, event) in happened {
        let GameEvent::Whispered(real) = &event else {
            out.push((audience, event));
            continue;
        };
        let mut seats: Vec<_> = standing.seats.iter().filter(|seat| seat.role != Role::Spectator).collect();
        seats.extend(standing.seats.iter().find(|seat| seat.id == real.to && seat.role == Role::Spectator));
        seats.sort_by_key(|seat| seat.id);
        for seat in seats {
            let whisper =
                if seat.id == real.to { real.clone() } else { decoy(standing.game, seat.id, language, bounds) };
            out.push((whisper.audience(), GameEvent::Whispered(whisper)));
        }
    }
    out
}

/// Something harmless that only this seat notices; not the same twice in a row.
fn decoy(game: &Game, to: SeatId, language: &str, bounds: &Bounds) -> Whisper {
    let lines = match language.split('-').next() {
        Some("ko") => &DECOYS_KO,
        Some("de") => &DECOYS_DE,
        _ => &DECOYS,
    };
    let before = game.whispers.iter().filter(|kept| kept.whisper.is_decoy() && kept.whisper.to == to).count();
    let at = usize::try_from(to.get()).unwrap_or(0).wrapping_mul(3).wrapping_add(before);
    let mut texts = (0..lines.len()).map(|more| lines[at.wrapping_add(more) % lines.len()]);
    // Where a line forbids all of them there is a page with nothing on it.
    let text = texts.find(|text| !bounds.crossed_by(text)).unwrap_or("…");
    Whisper { from: Actor::Program, to, text: text.to_owned() }
}

const DECOYS: [&str; 8] = [
    "For a moment the light falls so that dust hangs in it like slow snow. Only you look up.",
    "A smell of wet rope and oranges, and then it is gone.",
    "Somewhere a bell counts the hour, and you lose count with it.",
    "Your sleeve has come loose at a seam; it will need a thread.",
    "A tune from long ago goes through your head and will not say its name.",
    "The floor gives a little under your left foot. Old wood does that.",
    "A bird looks at you with one eye, then thinks better of it.",
    "You notice how warm the air is here, and how still.",
];
const DECOYS_KO: [&str; 8] = [
    "빛 속에 먼지가 느린 눈처럼 떠 있다. 올려다보는 사람은 당신뿐이다.",
    "젖은 밧줄과 귤 냄새가 스쳤다가 사라진다.",
    "어디선가 종이 시간을 세고, 당신은 함께 세다 놓친다.",
    "소매 솔기가 조금 풀렸다. 실이 필요하겠다.",
    "오래된 가락이 머릿속을 맴돌지만 제목은 떠오르지 않는다.",
    "왼발 밑의 바닥이 조금 내려앉는다. 오래된 나무는 그렇다.",
    "새 한 마리가 한쪽 눈으로 당신을 보다가 고개를 돌린다.",
    "이곳 공기가 얼마나 따뜻하고 고요한지 문득 느낀다.",
];
const DECOYS_DE: [&str; 8] = [
    "Einen Moment lang fällt das Licht so, dass Staub darin hängt wie langsamer Schnee. Nur du siehst hinauf.",
    "Ein Geruch nach nassem Seil und Orangen, dann ist er fort.",
    "Irgendwo zählt eine Glocke die Stunde, und du verzählst dich mit ihr.",
    "An deinem Ärmel hat sich eine Naht gelöst; sie wird einen Faden brauchen.",
    "Ein Lied von früher geht dir durch den Kopf und nennt seinen Namen nicht.",
    "Der Boden gibt unter deinem linken Fuß ein wenig nach. Altes Holz tut das.",
    "Ein Vogel sieht dich mit einem Auge an und überlegt es sich anders.",
    "Dir fällt auf, wie warm die Luft hier ist, und wie still.",
];

pub(super) fn apply(game: &mut Game, event: EventSeq, whisper: &Whisper) {
    game.whispers.push_back(KeptWhisper { event, whisper: whisper.clone(), opened: false });
    // Counted apart, so that decoys push no real one out.
    let of_its_kind = |kept: &KeptWhisper| kept.whisper.is_decoy() == whisper.is_decoy();
    let most = if whisper.is_decoy() { DECOYS_KEPT } else { KEPT };
    while game.whispers.iter().filter(|kept| of_its_kind(kept)).count() > most {
        let oldest = game.whispers.iter().position(of_its_kind);
        drop(oldest.and_then(|at| game.whispers.remove(at)));
    }
}

/// A letter is read by whom it is for. That it is read once more is nothing new.
pub(super) fn decide_open(standing: Standing<'_>, by: Doer, letter: EventSeq) -> Result<Happenings, Denied> {
    let Doer::Seat(seat, _) = by else { return Err(Denied::NoSuchLetter) };
    let theirs = |kept: &&KeptWhisper| kept.event == letter && kept.whisper.to == seat;
    let kept = standing.game.whispers.iter().find(theirs).ok_or(Denied::NoSuchLetter)?;
    if kept.opened {
        return Ok(Vec::new());
    }
    Ok(vec![(kept.whisper.audience(), GameEvent::LetterOpened(LetterOpened { letter, seat }))])
}

pub(super) fn apply_opened(game: &mut Game, opened: &LetterOpened) {
    if let Some(kept) = game.whispers.iter_mut().find(|kept| kept.event == opened.letter) {
        kept.opened = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Audience, Deed, PersonId, Role, Seat, Viewer};
    use crate::game::{apply, decide};

    fn seats() -> Vec<Seat> {
        let seat = |id: u32| Seat {
            id: SeatId::new(id),
            person: PersonId::new(format!("test:{id}")),
            name: format!("Seat {id}"),
            role: Role::Player,
        };
        vec![seat(1), seat(2), seat(3)]
    }

    fn whisper(by: Doer, to: SeatId, text: &str) -> Result<Happenings, Denied> {
        let (game, seats) = (Game::default(), seats());
        decide(
            Standing { game: &game, seats: &seats, kit: Err("none"), cup: None },
            by,
            Deed::Whisper { to, text: text.to_owned() },
        )
    }

    #[test]
    fn a_whisper_is_for_the_two_and_nobody_else_sees_it_kept() {
        let (one, two) = (SeatId::new(1), SeatId::new(2));
        let told = whisper(Doer::Seat(one, Role::Player), two, " The key is fake. ").unwrap();
        let [(audience, event)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(*audience, Audience::Seats(vec![one, two]));
        let mut game = Game::default();
        apply(&mut game, EventSeq::new(7), event);
        for (viewer, sees) in [
            (Viewer::Gm, 1),
            (Viewer::Seat(one), 1),
            (Viewer::Seat(two), 1),
            (Viewer::Seat(SeatId::new(3)), 0),
            (Viewer::Public, 0),
        ] {
            assert_eq!(game.seen_by(viewer).whispers.len(), sees, "{viewer:?}");
        }
    }

    #[test]
    fn a_letter_is_opened_once_and_only_by_whom_it_is_for() {
        let (one, two) = (SeatId::new(1), SeatId::new(2));
        let (mut game, seats) = (Game::default(), seats());
        let letter = EventSeq::new(7);
        let told = whisper(Doer::Gm, two, "The key is fake.").unwrap();
        apply(&mut game, letter, &told[0].1);
        let open = |game: &Game, by: Doer| {
            decide(Standing { game, seats: &seats, kit: Err("none"), cup: None }, by, Deed::OpenLetter { letter })
        };
        for by in [Doer::Seat(one, Role::Host), Doer::Gm] {
            assert_eq!(open(&game, by), Err(Denied::NoSuchLetter), "{by:?}");
        }
        let opened = open(&game, Doer::Seat(two, Role::Player)).unwrap();
        assert_eq!(opened[0].0, Audience::Seats(vec![two]));
        apply(&mut game, EventSeq::new(8), &opened[0].1);
        assert!(game.whispers[0].opened);
        assert_eq!(open(&game, Doer::Seat(two, Role::Player)), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_whispered_is_refused_with_the_reason() {
        let one = SeatId::new(1);
        assert_eq!(whisper(Doer::Seat(one, Role::Host), one, "a"), Err(Denied::ToOneself));
        let nine = SeatId::new(9);
        assert_eq!(whisper(Doer::Gm, nine, "a"), Err(Denied::NoSuchSeat(nine)));
        assert_eq!(whisper(Doer::Gm, one, " \n"), Err(Denied::NothingToTell));
        assert_eq!(whisper(Doer::Seat(one, Role::Spectator), SeatId::new(2), "a"), Err(Denied::Spectator));
        let long = "🐉".repeat(WHISPER_CHARS + 1);
        let too_long = Denied::TooLong { chars: WHISPER_CHARS + 1, limit: WHISPER_CHARS };
        assert_eq!(whisper(Doer::Gm, one, &long), Err(too_long));
    }
}
