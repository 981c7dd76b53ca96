//! The world: who was introduced, where and when play is, clocks and promises, each within bounds. PURE.

use super::{Happenings, LINE_CHARS, Standing, line};
use crate::domain::{
    Audience, Doer, EventSeq, GameEvent, Here, Introduced, Promise, Role, World, WorldClock, WorldDeed, WorldDenied,
    WorldEvent, goes_by, same,
};

/// How many people and promises are kept at hand; older ones are in the log.
const KEPT: usize = 48;
/// How many clocks may run.
const CLOCKS: usize = 12;
/// The most steps of a clock.
const SEGMENTS: u32 = 12;
/// How many are kept as being where play is; those who came first are forgotten first.
const HERE: usize = 24;
/// How many come and go at once.
const CROWD: usize = 12;

pub(super) fn decide(standing: Standing<'_>, by: Doer, deed: WorldDeed) -> Result<Happenings, WorldDenied> {
    if !matches!(by, Doer::Gm | Doer::Seat(_, Role::Host)) {
        return Err(WorldDenied::NotByYou);
    }
    let words = |text: &str| line(text).ok_or(WorldDenied::BadWords(LINE_CHARS));
    let (audience, event) = match deed {
        WorldDeed::Introduce { who: Introduced { name, line }, here } => {
            let known = standing.game.world.people.iter().find(|person| same(&person.name, name.trim()));
            let name = known.map_or_else(|| words(&name), |known| Ok(known.name.clone()))?;
            let told = WorldEvent::Introduced(Introduced { name: name.clone(), line: words(&line)? });
            let comes = here.then(|| presence(&standing.game.world, vec![name], &[])).flatten();
            return Ok(with_presence(told, comes));
        }
        WorldDeed::Move { place, time, title, with } => {
            if place.is_none() && time.is_none() && title.is_none() {
                return Err(WorldDenied::Nothing);
            }
            let [place, time, title] = [place, time, title].map(|text| text.map(|text| words(&text)).transpose());
            let place = place?;
            let goes =
                elsewhere(standing.game.world.place.as_deref(), place.as_deref(), names(with)?, &standing.game.world);
            return Ok(with_presence(WorldEvent::Moved { place, time: time?, title: title? }, goes));
        }
        WorldDeed::Presence { enter, leave } => {
            let world = &standing.game.world;
            let here = || world.here.iter().map(|here| here.name.as_str()).collect::<Vec<_>>();
            let here = || if here().is_empty() { "none of yours".to_owned() } else { here().join(", ") };
            let moves =
                presence(world, names(enter)?, &names(leave)?).ok_or_else(|| WorldDenied::NobodyMoves(here()))?;
            (Audience::Gm, moves)
        }
        WorldDeed::Tick { clock, segments, by, secret } => {
            tick(&standing.game.world, words(&clock)?, segments, by, secret)?
        }
        WorldDeed::Promise { who, what } => {
            (Audience::Table, WorldEvent::Promised { who: words(&who)?, what: words(&what)? })
        }
    };
    Ok(vec![(audience, GameEvent::World(event))])
}

/// What happens, and after it who comes and goes with it.
fn with_presence(event: WorldEvent, moves: Option<WorldEvent>) -> Happenings {
    let told = (Audience::Table, GameEvent::World(event));
    std::iter::once(told).chain(moves.map(|moves| (Audience::Gm, GameEvent::World(moves)))).collect()
}

fn names(given: Vec<String>) -> Result<Vec<String>, WorldDenied> {
    if given.len() > CROWD {
        return Err(WorldDenied::Crowd(CROWD));
    }
    given.iter().map(|name| line(name).ok_or(WorldDenied::BadWords(LINE_CHARS))).collect()
}

/// Who comes that is not there yet, and who leaves that is; none if nobody does.
fn presence(world: &World, enter: Vec<String>, leave: &[String]) -> Option<WorldEvent> {
    let mut leaving: Vec<String> = Vec::new();
    for here in leave.iter().flat_map(|name| world.here_called(name)) {
        if !leaving.contains(&here.name) {
            leaving.push(here.name.clone());
        }
    }
    let mut entering: Vec<String> = Vec::new();
    for name in enter {
        let there = world.here_called(&name).any(|here| !leaving.contains(&here.name));
        if !there && !entering.contains(&name) {
            entering.push(name);
        }
    }
    let moves = !entering.is_empty() || !leaving.is_empty();
    moves.then_some(WorldEvent::Presence { enter: entering, leave: leaving })
}

/// When play moves to another place, those who were there stay behind but for those who come along.
fn elsewhere(from: Option<&str>, to: Option<&str>, with: Vec<String>, world: &World) -> Option<WorldEvent> {
    let moves = from.zip(to).is_some_and(|(from, to)| !same(from, to));
    let along = |here: &Here| with.iter().any(|name| goes_by(&here.name, name));
    let behind = world.here.iter().filter(|here| moves && !along(here)).map(|here| here.name.clone());
    let behind: Vec<_> = behind.collect();
    presence(world, with, &behind)
}

fn tick(
    world: &World,
    name: String,
    segments: Option<u32>,
    by: i32,
    secret: bool,
) -> Result<(Audience, WorldEvent), WorldDenied> {
    let known = world.clocks.iter().find(|clock| same(&clock.name, &name));
    let (clock, fresh) = match (known, segments.filter(|segments| (2..=SEGMENTS).contains(segments))) {
        (Some(known), _) => (known.clone(), false),
        (None, Some(_)) if world.clocks.len() >= CLOCKS => return Err(WorldDenied::TooMany(CLOCKS)),
        (None, Some(segments)) => (WorldClock { name, segments, filled: 0, secret }, true),
        (None, None) => return Err(WorldDenied::NoSuchClock { name, most: SEGMENTS }),
    };
    let was = clock.filled;
    let filled = was.saturating_add_signed(by).min(clock.segments);
    if filled == was && !fresh {
        return Err(WorldDenied::Still(clock.name));
    }
    let audience = if clock.secret { Audience::Gm } else { Audience::Table };
    Ok((audience, WorldEvent::Ticked { clock: WorldClock { filled, ..clock }, was }))
}

pub(super) fn apply(world: &mut World, event: EventSeq, happened: &WorldEvent) {
    match happened {
        WorldEvent::Introduced(new) => {
            world.people.retain(|known| known.name != new.name);
            world.people.push_back(new.clone());
            while world.people.len() > KEPT {
                world.people.pop_front();
            }
        }
        WorldEvent::Moved { place, time, .. } => {
            world.place = place.clone().or_else(|| world.place.take());
            world.time = time.clone().or_else(|| world.time.take());
        }
        WorldEvent::Ticked { clock, .. } => match world.clocks.iter_mut().find(|known| known.name == clock.name) {
            Some(known) => known.clone_from(clock),
            None => world.clocks.push(clock.clone()),
        },
        WorldEvent::Promised { who, what } => {
            world.promises.push_back(Promise { event, who: who.clone(), what: what.clone() });
            while world.promises.len() > KEPT {
                world.promises.pop_front();
            }
        }
        WorldEvent::Presence { enter, leave } => {
            world.here.retain(|here| !leave.contains(&here.name));
            enter.iter().for_each(|name| arrive(world, event, name));
        }
    }
}

/// Somebody is where play is: they came, or they spoke.
pub(crate) fn arrive(world: &mut World, event: EventSeq, name: &str) {
    if world.here_called(name).next().is_some() {
        return;
    }
    world.here.push_back(Here { name: name.to_owned(), since: event });
    while world.here.len() > HERE {
        world.here.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Deed, Denied, Game, Kit, SeatId, Viewer};
    use crate::game::{apply, decide};

    fn happen(game: &mut Game, by: Doer, deed: WorldDeed) -> Result<(), Denied> {
        let kit = Kit::default();
        let standing = Standing { game, seats: &[], kit: Ok(&kit), cup: None };
        let happened = decide(standing, by, Deed::World(deed))?;
        happened.iter().for_each(|(_, event)| apply(game, EventSeq::new(1), event));
        Ok(())
    }

    fn tick(clock: &str, segments: Option<u32>, by: i32, secret: bool) -> WorldDeed {
        WorldDeed::Tick { clock: clock.to_owned(), segments, by, secret }
    }

    #[test]
    fn clocks_move_within_their_steps_and_secret_ones_are_the_game_masters() {
        let mut game = Game::default();
        let unknown = happen(&mut game, Doer::Gm, tick("The flood", None, 1, false));
        assert_eq!(unknown, Err(WorldDenied::NoSuchClock { name: "The flood".to_owned(), most: 12 }.into()));
        happen(&mut game, Doer::Gm, tick("The flood", Some(4), 3, false)).unwrap();
        happen(&mut game, Doer::Gm, tick("the FLOOD", None, 9, false)).unwrap();
        assert_eq!(game.world.clocks[0].filled, 4);
        let still = happen(&mut game, Doer::Gm, tick("The flood", None, 1, false));
        assert_eq!(still, Err(WorldDenied::Still("The flood".to_owned()).into()));
        happen(&mut game, Doer::Gm, tick("The traitor", Some(6), 0, true)).unwrap();
        assert_eq!(game.seen_by(Viewer::Public).world.clocks.len(), 1);
        assert_eq!(game.seen_by(Viewer::Gm).world.clocks.len(), 2);
    }

    #[test]
    fn play_moves_people_come_and_players_change_neither() {
        let mut game = Game::default();
        let mira = |line: &str| WorldDeed::Introduce {
            who: Introduced { name: "Mira".to_owned(), line: line.to_owned() },
            here: true,
        };
        happen(&mut game, Doer::Gm, mira("A ferryman.")).unwrap();
        happen(&mut game, Doer::Gm, mira("A ferryman who lies.")).unwrap();
        assert_eq!(game.world.people.len(), 1);
        let at = |place: Option<&str>, time: Option<&str>| WorldDeed::Move {
            place: place.map(str::to_owned),
            time: time.map(str::to_owned),
            title: None,
            with: Vec::new(),
        };
        happen(&mut game, Doer::Gm, at(Some("The mill"), Some("Dusk"))).unwrap();
        happen(&mut game, Doer::Gm, at(None, Some("Night"))).unwrap();
        assert_eq!((game.world.place.as_deref(), game.world.time.as_deref()), (Some("The mill"), Some("Night")));
        assert_eq!(happen(&mut game, Doer::Gm, at(None, None)), Err(WorldDenied::Nothing.into()));
        let player = Doer::Seat(SeatId::new(1), Role::Player);
        assert_eq!(happen(&mut game, player, mira("x")), Err(WorldDenied::NotByYou.into()));
        assert_eq!(happen(&mut game, Doer::Gm, mira("two\nlines")), Err(WorldDenied::BadWords(120).into()));
    }

    #[test]
    fn who_is_there_comes_goes_and_stays_behind() {
        let mut game = Game::default();
        let here = |game: &Game| game.world.here.iter().map(|here| here.name.clone()).collect::<Vec<_>>().join(", ");
        let some = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let moves = |enter: &[&str], leave: &[&str]| WorldDeed::Presence { enter: some(enter), leave: some(leave) };
        let to = |place: &str, with: &[&str]| WorldDeed::Move {
            place: Some(place.to_owned()),
            time: None,
            title: None,
            with: some(with),
        };
        happen(&mut game, Doer::Gm, moves(&["Tomas Reed", "Mira"], &[])).unwrap();
        // A first name is somebody who is there already.
        let nobody = happen(&mut game, Doer::Gm, moves(&["Tomas"], &["Odo"]));
        assert_eq!(nobody, Err(WorldDenied::NobodyMoves("Tomas Reed, Mira".to_owned()).into()));
        // Where play is was not said before: nobody is left behind.
        happen(&mut game, Doer::Gm, to("The mill", &[])).unwrap();
        assert_eq!(here(&game), "Tomas Reed, Mira");
        happen(&mut game, Doer::Gm, to("the MILL", &[])).unwrap();
        assert_eq!(here(&game), "Tomas Reed, Mira");
        happen(&mut game, Doer::Gm, to("The weir", &["Tomas", "Odo"])).unwrap();
        assert_eq!(here(&game), "Tomas Reed, Odo");
        happen(&mut game, Doer::Gm, moves(&[], &["tomas"])).unwrap();
        assert_eq!(here(&game), "Odo");
        assert!(game.seen_by(Viewer::Public).world.here.is_empty());
        let player = Doer::Seat(SeatId::new(1), Role::Player);
        assert_eq!(happen(&mut game, player, moves(&["Ash"], &[])), Err(WorldDenied::NotByYou.into()));
        let many: Vec<_> = (0..13).map(|n| format!("P{n}")).collect();
        let crowd = WorldDeed::Presence { enter: many, leave: Vec::new() };
        assert_eq!(happen(&mut game, Doer::Gm, crowd), Err(WorldDenied::Crowd(12).into()));
        for n in 0..100 {
            happen(&mut game, Doer::Gm, moves(&[&format!("P{n}")], &[])).unwrap();
        }
        assert_eq!(game.world.here.len(), HERE);
    }
}
