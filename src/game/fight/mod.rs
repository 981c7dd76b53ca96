//! Fights: who may take which place, leave it or show themselves, and what is thrown for it. PURE.
//! Initiative is thrown like any roll, from the scene's seed; nobody gives it.

mod fold;
mod moves;

pub(super) use self::fold::{apply, apply_condition};
pub use self::moves::advance;

use self::fold::put;
use self::moves::{is_down, over};
use super::{Happenings, LINE_CHARS, Standing, dice, line};
use crate::domain::{
    Audience, Denied, Doer, Enters, EventSeq, Fight, FightDeed, FightDenied, FightEvent, GameEvent, Place, Role,
    RollFor, SeatId, SheetOf, same,
};

/// How many places are kept, and how many act in one of them.
const PLACES: usize = 24;
const TOGETHER: usize = 12;
/// How many throws are made for whoever is hidden: as many may hide in one fight.
const RESERVE: usize = 12;
/// What is thrown where the kit does not say.
const INITIATIVE: &str = "1d20";
/// What a kit calls the roll for initiative, which is also its label.
const LABEL: &str = "initiative";
/// The greatest bonus.
const BONUS: i64 = 20;
/// What the nonce of a throw for initiative begins with, by which doors know it: the card shows what it came to.
pub const NONCE: &str = "fight-";

pub(super) fn decide(standing: Standing<'_>, by: Doer, deed: FightDeed) -> Result<Happenings, Denied> {
    let desk = Desk { standing, by };
    let fight = standing.game.fight.as_ref();
    match (deed, fight) {
        (FightDeed::Start { .. }, _) if !desk.is_master() => Err(FightDenied::NotByYou.into()),
        (FightDeed::Start { .. }, Some(_)) => Err(FightDenied::GoesOn.into()),
        (FightDeed::Start { places, nonce }, None) => desk.start(places, &nonce),
        (_, None) => Err(FightDenied::None.into()),
        (FightDeed::Join { places, nonce }, Some(fight)) => desk.join(fight, places, &nonce),
        (FightDeed::Next, Some(fight)) => desk.next(fight),
        (FightDeed::Leave { name }, Some(fight)) => desk.leave(fight, &name),
        (FightDeed::Reveal { .. } | FightDeed::End, _) if !desk.is_master() => Err(FightDenied::NotByYou.into()),
        (FightDeed::Reveal { name }, Some(fight)) => desk.reveal(fight, &name),
        (FightDeed::End, Some(_)) => Ok(desk.end()),
    }
}

/// What is thrown for initiative and what has happened so far.
struct Throws<'a> {
    cup: dice::Cup<'a>,
    nonce: &'a str,
    happened: Happenings,
}

impl Throws<'_> {
    fn happen(&mut self, audience: Audience, what: FightEvent) {
        self.happened.push((audience, GameEvent::Fight(what)));
    }
}

/// Who asks, and by what it is judged.
struct Desk<'a> {
    standing: Standing<'a>,
    by: Doer,
}

impl Desk<'_> {
    fn is_master(&self) -> bool {
        matches!(self.by, Doer::Gm | Doer::Seat(_, Role::Host))
    }

    fn start(&self, mut places: Vec<Enters>, nonce: &str) -> Result<Happenings, Denied> {
        let players = self.standing.seats.iter().filter(|seat| seat.role != Role::Spectator);
        for seat in players.map(|seat| SheetOf::Seat(seat.id)) {
            if !places.iter().any(|place| place.who.contains(&seat)) {
                places.push(Enters { who: vec![seat], ..Enters::default() });
            }
        }
        if places.is_empty() {
            return Err(FightDenied::Nobody.into());
        }
        let mut fight = Fight::new(EventSeq::new(0));
        let mut throws = self.throws(nonce)?;
        throws.happen(Audience::Table, FightEvent::Started);
        // It is thrown for every fight and for as many, so that neither the throw nor its number in the sequence tells
        // that somebody is hidden.
        let notation = format!("{RESERVE}x({INITIATIVE})");
        fight.reserve = self.throw(&mut throws, None, &notation, RollFor::Blind)?;
        throws.happen(Audience::Gm, FightEvent::Reserve { throws: fight.reserve.clone() });
        self.take_places(&mut fight, places, &mut throws)?;
        throws.happen(Audience::Table, FightEvent::Moved { round: 1, to: self.first(&fight) });
        Ok(throws.happened)
    }

    fn join(&self, fight: &Fight, places: Vec<Enters>, nonce: &str) -> Result<Happenings, Denied> {
        let own = |place: &Enters| match self.by {
            Doer::Seat(seat, _) => place.who == [SheetOf::Seat(seat)] && !place.hidden,
            Doer::Gm => true,
        };
        if !self.is_master() && !places.iter().all(own) {
            return Err(FightDenied::NotByYou.into());
        }
        if places.is_empty() {
            return Err(FightDenied::Nobody.into());
        }
        let (mut fight, mut throws) = (fight.clone(), self.throws(nonce)?);
        self.take_places(&mut fight, places, &mut throws)?;
        let to = self.first(&fight);
        if fight.mover.is_none() && to.is_some() {
            throws.happen(Audience::Table, FightEvent::Moved { round: fight.round, to });
        }
        Ok(throws.happened)
    }

    /// The first of the players who can move.
    fn first(&self, fight: &Fight) -> Option<String> {
        let first = fight.order().into_iter().find(|place| place.is_players() && !is_down(self.standing, place));
        first.map(|place| place.name.clone())
    }

    fn take_places(&self, fight: &mut Fight, places: Vec<Enters>, throws: &mut Throws<'_>) -> Result<(), Denied> {
        for enters in places {
            let place = self.place(fight, enters, throws)?;
            put(fight, place.clone());
            if fight.places.iter().filter(|known| !known.hidden).count() > PLACES || place.who.len() > TOGETHER {
                return Err(FightDenied::TooMany(PLACES, TOGETHER).into());
            }
            throws.happen(place.audience(), FightEvent::Joined { place });
        }
        Ok(())
    }

    /// The place as it is with those who enter: the one of that name with more in it, or a new one with its throw.
    fn place(&self, fight: &mut Fight, enters: Enters, throws: &mut Throws<'_>) -> Result<Place, Denied> {
        let Enters { name, who, bonus, hidden } = enters;
        if bonus.abs() > BONUS {
            return Err(FightDenied::BadBonus(BONUS).into());
        }
        let who = match (&name, who.is_empty()) {
            (Some(name), true) => vec![SheetOf::Other(name.clone())],
            _ => who,
        };
        let who = who.into_iter().map(|one| self.known(one)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = who.iter().map(|one| self.name_of(one)).collect();
        let name = name.unwrap_or_else(|| names.join(" and "));
        let name = line(&name).ok_or(FightDenied::BadName(LINE_CHARS))?;
        let mut place = Place { name, who, initiative: 0, hidden, down: false };
        if hidden && place.is_players() {
            return Err(FightDenied::NoPlayerHides.into());
        }
        self.nobody_twice(fight, &place, &names)?;
        let there = fight.places.iter().find(|known| known.hidden == hidden && same(&known.name, &place.name));
        if let Some(there) = there {
            if there.is_players() != place.is_players() {
                return Err(FightDenied::Twice(place.name).into());
            }
            let who = [there.who.clone(), place.who].concat();
            return Ok(Place { who, ..there.clone() });
        }
        place.initiative = match hidden {
            true => reserved(fight, throws)? + bonus,
            false => self.initiative(&place, bonus, throws)?,
        };
        Ok(place)
    }

    /// Nobody acts in two places. What the doer does not know of is no reason.
    fn nobody_twice(&self, fight: &Fight, place: &Place, names: &[String]) -> Result<(), FightDenied> {
        let seen = fight.seen_by(self.by.viewer());
        for (at, one) in place.who.iter().enumerate() {
            let is = |other: &SheetOf| match (one, other) {
                (SheetOf::Other(one), SheetOf::Other(other)) => same(one, other),
                (one, other) => one == other,
            };
            if place.who[..at].iter().any(is) || seen.places.iter().any(|known| known.who.iter().any(is)) {
                return Err(FightDenied::Twice(names[at].clone()));
            }
        }
        Ok(())
    }

    fn known(&self, one: SheetOf) -> Result<SheetOf, Denied> {
        match one {
            SheetOf::Seat(id) if self.standing.seats.iter().any(|seat| seat.id == id) => Ok(SheetOf::Seat(id)),
            SheetOf::Seat(id) => Err(Denied::NoSuchSeat(id)),
            SheetOf::Other(name) => {
                let people = &self.standing.game.world.people;
                let introduced = people.iter().find(|person| same(&person.name, name.trim()));
                let name = introduced.map_or(line(&name), |person| Some(person.name.clone()));
                Ok(SheetOf::Other(name.ok_or(FightDenied::BadName(LINE_CHARS))?))
            }
        }
    }

    fn name_of(&self, one: &SheetOf) -> String {
        match one {
            SheetOf::Seat(id) => {
                let seat = self.standing.seats.iter().find(|seat| seat.id == *id);
                // A name of several lines would not be a place's name.
                seat.map_or_else(String::new, |seat| super::reason(&seat.name))
            }
            SheetOf::Other(name) => name.clone(),
        }
    }

    fn initiative(&self, place: &Place, bonus: i64, throws: &mut Throws<'_>) -> Result<i64, Denied> {
        // Several players act together as fast as the first of them.
        let seat = place.seats().next();
        let check = self.standing.kit.ok().and_then(|kit| kit.check(LABEL)).filter(|_| seat.is_some());
        let notation = match (check, bonus) {
            (Some(check), _) => check,
            (None, 0) => format!("{INITIATIVE} # {LABEL}"),
            (None, bonus) => format!("{INITIATIVE}{bonus:+} # {LABEL}"),
        };
        Ok(self.throw(throws, seat, &notation, RollFor::Public)?.first().copied().unwrap_or_default())
    }

    fn throws<'n>(&'n self, nonce: &'n str) -> Result<Throws<'n>, Denied> {
        let cup = self.standing.cup.ok_or(Denied::NoDice)?;
        Ok(Throws { cup, nonce, happened: Happenings::new() })
    }

    fn throw(
        &self,
        throws: &mut Throws<'_>,
        seat: Option<SeatId>,
        notation: &str,
        shown: RollFor,
    ) -> Result<Vec<i64>, Denied> {
        let nonce = format!("{NONCE}{}", throws.nonce);
        let wanted = dice::Wanted { seat, notation, shown, nonce: &nonce, action: None, answers: None };
        let roll = dice::throw(throws.cup, &wanted, &dice::names_of(self.standing, seat))?;
        throws.cup.n += 1;
        let totals = roll.totals.clone();
        throws.happened.push((shown.audience(seat), GameEvent::Rolled(Box::new(roll))));
        Ok(totals)
    }

    fn next(&self, fight: &Fight) -> Result<Happenings, Denied> {
        let own = |seat| fight.moving().is_some_and(|place| place.seats().any(|one| one == seat));
        match self.by {
            Doer::Seat(seat, _) if !self.is_master() && !own(seat) => Err(FightDenied::NotByYou.into()),
            _ => Ok(advance(self.standing, fight, None)),
        }
    }

    fn leave(&self, fight: &Fight, name: &str) -> Result<Happenings, Denied> {
        let nobody = || FightDenied::NobodyCalled(name.chars().take(LINE_CHARS).collect());
        let seen = fight.seen_by(self.by.viewer());
        // What everyone sees comes first where somebody hidden has the same name.
        let places = || seen.places.iter().filter(|place| !place.hidden).chain(seen.places.iter().filter(|p| p.hidden));
        let named = |one: &SheetOf| same(&self.name_of(one), name.trim());
        let (place, who) = match places().find(|place| same(&place.name, name.trim())) {
            Some(place) => (place, place.who.clone()),
            None => {
                let place = places().find(|place| place.who.iter().any(named)).ok_or_else(nobody)?;
                (place, place.who.iter().filter(|one| named(one)).cloned().collect())
            }
        };
        let own = |seat| who == [SheetOf::Seat(seat)];
        if let Doer::Seat(seat, _) = self.by
            && !self.is_master()
            && !own(seat)
        {
            return Err(FightDenied::NotByYou.into());
        }
        let whole = who.len() == place.who.len();
        let moving = !place.hidden && fight.mover.as_ref() == Some(&place.name);
        let mut happened = match whole && moving {
            true => advance(self.standing, fight, Some(&place.name)),
            false => Happenings::new(),
        };
        let left = FightEvent::Left { name: place.name.clone(), hidden: place.hidden, who };
        happened.push((place.audience(), GameEvent::Fight(left)));
        Ok(happened)
    }

    fn reveal(&self, fight: &Fight, name: &str) -> Result<Happenings, Denied> {
        let hidden = match self.by {
            Doer::Gm => fight.places.iter().find(|place| place.hidden && same(&place.name, name.trim())),
            // Others do not know whom there is to show.
            Doer::Seat(..) => return Err(FightDenied::NotByYou.into()),
        };
        let hidden = hidden.ok_or_else(|| FightDenied::NobodyCalled(name.chars().take(LINE_CHARS).collect()))?;
        let shown = fight.places.iter().find(|place| !place.hidden && same(&place.name, &hidden.name));
        let place = match shown {
            Some(shown) if shown.is_players() => return Err(FightDenied::Twice(shown.name.clone()).into()),
            Some(shown) => Place { who: [shown.who.clone(), hidden.who.clone()].concat(), ..shown.clone() },
            None => Place { hidden: false, ..hidden.clone() },
        };
        Ok(vec![(Audience::Table, GameEvent::Fight(FightEvent::Revealed { place }))])
    }

    /// The end. What counted by rounds is over with it.
    fn end(&self) -> Happenings {
        let mut happened = Happenings::new();
        for sheet in &self.standing.game.sheets.sheets {
            for condition in sheet.conditions.iter().filter(|condition| condition.rounds.is_some()) {
                happened.push(over(&sheet.of, &condition.name, "the fight is over"));
            }
        }
        happened.push((Audience::Table, GameEvent::Fight(FightEvent::Ended)));
        happened
    }
}

/// The next of the throws that were made at the beginning for whoever hides.
fn reserved(fight: &mut Fight, throws: &mut Throws<'_>) -> Result<i64, Denied> {
    if fight.reserve.is_empty() {
        return Err(FightDenied::TooMany(RESERVE, TOGETHER).into());
    }
    let throw = fight.reserve.remove(0);
    throws.happen(Audience::Gm, FightEvent::Reserve { throws: fight.reserve.clone() });
    Ok(throw)
}

#[cfg(test)]
mod tests;
