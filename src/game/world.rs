//! The world: who was introduced, where and when play is, clocks and promises, each within bounds. PURE.

use super::{Happenings, LINE_CHARS, Standing, line};
use crate::domain::{
    Audience, Doer, EventSeq, GameEvent, Introduced, Promise, Role, World, WorldClock, WorldDeed, WorldDenied,
    WorldEvent, same,
};

/// How many people and promises are kept at hand; older ones are in the log.
const KEPT: usize = 48;
/// How many clocks may run.
const CLOCKS: usize = 12;
/// The most steps of a clock.
const SEGMENTS: u32 = 12;

pub(super) fn decide(standing: Standing<'_>, by: Doer, deed: WorldDeed) -> Result<Happenings, WorldDenied> {
    if !matches!(by, Doer::Gm | Doer::Seat(_, Role::Host)) {
        return Err(WorldDenied::NotByYou);
    }
    let words = |text: &str| line(text).ok_or(WorldDenied::BadWords(LINE_CHARS));
    let (audience, event) = match deed {
        WorldDeed::Introduce(Introduced { name, line }) => {
            let known = standing.game.world.people.iter().find(|person| same(&person.name, name.trim()));
            let name = known.map_or_else(|| words(&name), |known| Ok(known.name.clone()))?;
            (Audience::Table, WorldEvent::Introduced(Introduced { name, line: words(&line)? }))
        }
        WorldDeed::Move { place, time, title } => {
            if place.is_none() && time.is_none() && title.is_none() {
                return Err(WorldDenied::Nothing);
            }
            let [place, time, title] = [place, time, title].map(|text| text.map(|text| words(&text)).transpose());
            (Audience::Table, WorldEvent::Moved { place: place?, time: time?, title: title? })
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
        let mira = |line: &str| WorldDeed::Introduce(Introduced { name: "Mira".to_owned(), line: line.to_owned() });
        happen(&mut game, Doer::Gm, mira("A ferryman.")).unwrap();
        happen(&mut game, Doer::Gm, mira("A ferryman who lies.")).unwrap();
        assert_eq!(game.world.people.len(), 1);
        let at = |place: Option<&str>, time: Option<&str>| WorldDeed::Move {
            place: place.map(str::to_owned),
            time: time.map(str::to_owned),
            title: None,
        };
        happen(&mut game, Doer::Gm, at(Some("The mill"), Some("Dusk"))).unwrap();
        happen(&mut game, Doer::Gm, at(None, Some("Night"))).unwrap();
        assert_eq!((game.world.place.as_deref(), game.world.time.as_deref()), (Some("The mill"), Some("Night")));
        assert_eq!(happen(&mut game, Doer::Gm, at(None, None)), Err(WorldDenied::Nothing.into()));
        let player = Doer::Seat(SeatId::new(1), Role::Player);
        assert_eq!(happen(&mut game, player, mira("x")), Err(WorldDenied::NotByYou.into()));
        assert_eq!(happen(&mut game, Doer::Gm, mira("two\nlines")), Err(WorldDenied::BadWords(120).into()));
    }
}
