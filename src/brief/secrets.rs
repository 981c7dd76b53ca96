//! What the game master knows and not everyone at the table does. PURE.
//! A provider that remembers is told only what it cannot know: whispers between seats since the last beat, and which of
//! its own letters nobody has opened.

use super::{Material, Memory, quote};
use crate::domain::{Actor, KeptWhisper, Seat, SeatId};

/// Marks a letter of the game master's that nobody has read yet.
const UNOPENED: &str = " · not opened yet";

fn is_sealed(kept: &KeptWhisper) -> bool {
    kept.whisper.from == Actor::Gm && !kept.opened
}

/// Writes the section, if there is anything to tell.
pub(super) fn section(out: &mut String, material: &Material<'_>) {
    let last = material.tale.recent.back().map(|beat| beat.event);
    let heard = |kept: &&KeptWhisper| match material.memory {
        // What the program wrote to hide who was handed a letter happened to nobody.
        _ if kept.whisper.is_decoy() => false,
        Memory::None => true,
        // A letter that still lies unread is told of again, so that nobody counts on its being known.
        Memory::Kept if is_sealed(kept) => true,
        Memory::Kept => matches!(kept.whisper.from, Actor::Seat(_)) && last.is_none_or(|last| kept.event > last),
    };
    let mut told = material.tale.game.whispers.iter().filter(heard).peekable();
    if told.peek().is_none() {
        return;
    }
    out.push_str("## Whispered\n\nOnly those named know of it. Let nobody else learn it from you.\n\n");
    for kept in told {
        let from = match kept.whisper.from {
            Actor::Seat(seat) => seat_name(material.seats, seat),
            Actor::Gm | Actor::Program => "game master".to_owned(),
        };
        let sealed = if is_sealed(kept) { UNOPENED } else { "" };
        quote::whisper(
            out,
            &from,
            &format!("{}{sealed}", seat_name(material.seats, kept.whisper.to)),
            &kept.whisper.text,
        );
    }
}

fn seat_name(seats: &[Seat], id: SeatId) -> String {
    let name = seats.iter().find(|seat| seat.id == id).map_or("", |seat| seat.name.as_str());
    format!("seat {id} · {}", quote::name(name))
}
