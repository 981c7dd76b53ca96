//! What a table keeps about one person, as it is handed to them.
//! It holds what they said and what was meant for them alone, and of others only what they did to that.

use serde::Serialize;

use crate::domain::{
    Actor, Audience, BoundMark, Bounds, Event, EventKind, PersonId, SafetyEvent, SeatId, TableName, Viewer,
};

/// Everything of one person at one table.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The table.
    pub table: String,
    /// Who they are to the program.
    pub person: String,
    /// The names they went by, the first one first.
    pub names: Vec<String>,
    /// What they keep out of the story, and behind a veil.
    pub bounds: Bounds,
    /// Files they attached, by their names in the table's folder.
    pub files: Vec<String>,
    /// What they did, and what was told to them alone: the events as they are kept.
    pub events: Vec<Event>,
}

/// What `events`, the whole log of a table, hold about a person; none if they never sat there.
pub fn about(table: &TableName, events: &[Event], person: &PersonId, mark: &BoundMark) -> Option<About> {
    let seat = events.iter().find_map(|event| match &event.kind {
        EventKind::SeatJoined { seat, person: joined, .. } if joined == person => Some(*seat),
        _ => None,
    })?;
    let mut about = About {
        table: table.to_string(),
        person: person.as_str().to_owned(),
        names: Vec::new(),
        bounds: Bounds::default(),
        files: Vec::new(),
        events: Vec::new(),
    };
    for event in events {
        match &event.kind {
            EventKind::SeatJoined { seat: own, name, .. } | EventKind::SeatChanged { seat: own, name, .. }
                if *own == seat && !about.names.contains(name) =>
            {
                about.names.push(name.clone());
            }
            EventKind::ActionSaid { seat: own, files, .. } if *own == seat => {
                about.files.extend(files.iter().map(|file| file.name.clone()));
            }
            EventKind::Safety(SafetyEvent::Bounded { mark: own, bounds }) if own == mark => {
                about.bounds = bounds.clone();
            }
            _ => {}
        }
        if concerns(event, seat) {
            about.events.push(event.clone());
        }
    }
    Some(about)
}

fn concerns(event: &Event, seat: SeatId) -> bool {
    // What the game master hides from them, such as a blind roll, stays hidden.
    event.audience.admits(Viewer::Seat(seat)) && is_theirs(event, seat)
}

fn is_theirs(event: &Event, seat: SeatId) -> bool {
    event.actor == Actor::Seat(seat)
        || matches!(&event.audience, Audience::Seats(seats) if seats.contains(&seat))
        || matches!(&event.kind, EventKind::SeatJoined { seat: own, .. } | EventKind::SeatChanged { seat: own, .. } if *own == seat)
}
