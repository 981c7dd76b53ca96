//! People at a table and who may see what.
//! It decides nothing about rights of commands; the table does.

use serde::{Deserialize, Serialize};

use super::ids::{PersonId, SeatId};

/// What a person may do at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plays and may change the table.
    Host,
    /// Plays.
    Player,
    /// Reads along.
    Spectator,
}

/// A person as a door introduces them, before they have a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who the door says it is.
    pub id: PersonId,
    /// The name shown to the table and told to the provider.
    pub name: String,
    /// What the door grants.
    pub role: Role,
}

/// A person at this table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The seat's number.
    pub id: SeatId,
    /// Who sits there.
    pub person: PersonId,
    /// The name shown to the table and told to the provider.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Who may see an event or a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everyone at the table.
    #[default]
    Table,
    /// The game master and nobody else.
    Gm,
    /// The named seats and the game master.
    Seats(Vec<SeatId>),
}

impl Audience {
    /// Whether it is for everyone.
    pub fn is_table(&self) -> bool {
        *self == Self::Table
    }

    /// Whether `viewer` may see what has this audience. The one place where that is decided.
    pub fn admits(&self, viewer: Viewer) -> bool {
        match (self, viewer) {
            (_, Viewer::Gm) | (Self::Table, _) => true,
            (Self::Gm, _) | (Self::Seats(_), Viewer::Public) => false,
            (Self::Seats(seats), Viewer::Seat(seat)) => seats.contains(&seat),
        }
    }
}

/// Someone who looks: what they may see is decided by [`Audience::admits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The game master: the provider's brief.
    Gm,
    /// One seat.
    Seat(SeatId),
    /// Anyone: a story file, a channel.
    Public,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_named_and_the_gm_see_a_whisper() {
        let whisper = Audience::Seats(vec![SeatId::new(2)]);
        assert!(whisper.admits(Viewer::Gm));
        assert!(whisper.admits(Viewer::Seat(SeatId::new(2))));
        assert!(!whisper.admits(Viewer::Seat(SeatId::new(1))));
        assert!(!whisper.admits(Viewer::Public));
        assert!(!Audience::Gm.admits(Viewer::Seat(SeatId::new(1))));
        assert!(Audience::Table.admits(Viewer::Public));
    }
}
