//! Who plays whom: taking, giving and dropping characters of the cast, and as whom lines are said. PURE.
//! Which characters there are is the actor's to know; here is who may play them.

use super::{Answer, Ask, Machine, Scribe};
use crate::domain::{
    Actor, EventKind, Part, PartDeed, PartDenied, PartDone, PartEvent, Parts, Person, Refusal, Role, Seat, SeatId,
};

/// The most characters that one seat plays.
const MOST: usize = 6;

impl Machine {
    /// Who sits here, under every name that means them: their characters' first, then their own.
    pub(super) fn called(&self) -> Vec<Seat> {
        let ledger = &self.state.ledger;
        let characters = ledger.parts.all().iter().flat_map(|played| {
            let seat = ledger.seat(played.seat).cloned();
            let names: Vec<_> = played.part.names().map(str::to_owned).collect();
            seat.into_iter()
                .flat_map(move |seat| names.clone().into_iter().map(move |name| Seat { name, ..seat.clone() }))
        });
        characters.chain(ledger.seats.iter().cloned()).collect()
    }
}

impl Scribe<'_> {
    pub(super) fn part(&mut self, person: &Person, deed: PartDeed, ask: Ask) {
        if person.role == Role::Spectator {
            return self.refuse(ask, Refusal::Spectator);
        }
        let seat = self.seat(person);
        match self.decide_part(seat, person.role == Role::Host, deed) {
            Ok((event, done)) => {
                self.record(Actor::Seat(seat), None, None, EventKind::Part(event));
                self.answer(ask, Answer::Parted(done));
            }
            Err(denied) => self.refuse(ask, denied.into()),
        }
    }

    fn decide_part(&self, seat: SeatId, host: bool, deed: PartDeed) -> Result<(PartEvent, PartDone), PartDenied> {
        let parts = &self.machine.state.ledger.parts;
        match deed {
            PartDeed::Take { character, to } => {
                let to = to.unwrap_or(seat);
                if to != seat && !host {
                    return Err(PartDenied::OnlyHostsGive);
                }
                self.may_take(parts, &character, to, host)?;
                let (player, name) = (self.player(to).ok_or(PartDenied::NoSuchPlayer)?, character.name.clone());
                Ok((PartEvent::Taken { seat: to, character }, PartDone::Taken { player, character: name }))
            }
            PartDeed::Drop { character } => {
                let name = character.name;
                let of = parts.player_of(&character.slug);
                let of = of.ok_or_else(|| PartDenied::Nobodys { character: name.clone() })?;
                if of != seat && !host {
                    return Err(self.anothers(of, &name));
                }
                let dropped = PartEvent::Dropped { seat: of, slug: character.slug };
                Ok((dropped, PartDone::Dropped { character: name }))
            }
            PartDeed::Aloud { character: None } => {
                Ok((PartEvent::Aloud { seat, slug: None }, PartDone::Aloud { character: None }))
            }
            PartDeed::Aloud { character: Some(character) } => {
                plays(parts, seat, &character)?;
                let done = PartDone::Aloud { character: Some(character.name) };
                Ok((PartEvent::Aloud { seat, slug: Some(character.slug) }, done))
            }
        }
    }

    fn may_take(&self, parts: &Parts, character: &Part, to: SeatId, host: bool) -> Result<(), PartDenied> {
        let before = parts.player_of(&character.slug).filter(|of| *of != to);
        if let Some(of) = before.filter(|_| !host) {
            return Err(self.anothers(of, &character.name));
        }
        let others = parts.of(to).filter(|played| played.part.slug != character.slug).count();
        if others >= MOST { Err(PartDenied::TooMany(MOST)) } else { Ok(()) }
    }

    fn anothers(&self, of: SeatId, character: &str) -> PartDenied {
        let player = self.player(of).unwrap_or_else(|| "somebody else".to_owned());
        PartDenied::Anothers { character: character.to_owned(), player }
    }

    /// The name of somebody who may play.
    fn player(&self, seat: SeatId) -> Option<String> {
        let seat = self.machine.state.ledger.seat(seat)?;
        (seat.role != Role::Spectator).then(|| seat.name.clone())
    }

    /// As which character a line is said, and whether aloud: as the one it names, else as the seat's lines are.
    pub(super) fn voice(&self, seat: SeatId, named: Option<Part>) -> Result<(Option<Part>, bool), PartDenied> {
        let parts = &self.machine.state.ledger.parts;
        match named {
            Some(part) => {
                plays(parts, seat, &part)?;
                Ok((Some(part), true))
            }
            None => Ok((parts.meant(seat).cloned(), parts.aloud(seat).is_some())),
        }
    }
}

fn plays(parts: &Parts, seat: SeatId, character: &Part) -> Result<(), PartDenied> {
    if parts.of(seat).any(|played| played.part.slug == character.slug) {
        return Ok(());
    }
    Err(PartDenied::NotYours { character: character.name.clone() })
}
