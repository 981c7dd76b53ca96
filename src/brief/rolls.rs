//! Rolls in the brief: what was thrown since the last beat, and what was asked for and not thrown yet. PURE.
//! What a seat rolled for itself alone is not told.

use super::{Material, quote};
use crate::domain::{KeptRoll, RollFor, SeatId, Viewer};

/// Writes the section, if there is anything to tell.
pub(super) fn section(out: &mut String, material: &Material<'_>) {
    let tray = material.tale.game.dice.seen_by(Viewer::Gm);
    let last = material.tale.recent.back().map(|beat| beat.event);
    let told = |kept: &&KeptRoll| match kept.action {
        Some(action) => material.said.iter().any(|said| said.action == action),
        None => last.is_none_or(|last| kept.event > last),
    };
    let mut rolls = tray.rolls.iter().filter(told).peekable();
    if rolls.peek().is_some() {
        out.push_str(
            "## Rolled\n\nThe program threw these dice; they stand. Tell what comes of them, and state no other results.\n\n",
        );
        for kept in rolls {
            let secret = match kept.shown {
                RollFor::Public | RollFor::Own => "",
                RollFor::Gm => " · only they and you know",
                RollFor::Blind => " · only you know, they do not",
            };
            out.push_str(&format!("[{}{secret}]\n", who(material, kept.seat, "game master")));
            quote::block(out, &kept.plain);
            out.push('\n');
        }
    }
    if !tray.asked.is_empty() {
        out.push_str("## Asked for and not rolled yet\n\n");
        for kept in &tray.asked {
            let request = &kept.request;
            out.push_str(&format!("[{}]\n", who(material, request.seat, "anyone")));
            quote::block(out, &format!("{} {}", request.notation, request.why));
            out.push('\n');
        }
    }
}

fn who(material: &Material<'_>, seat: Option<SeatId>, nobody: &str) -> String {
    let Some(id) = seat else { return nobody.to_owned() };
    let name = material.seats.iter().find(|seat| seat.id == id).map_or("", |seat| seat.name.as_str());
    format!("seat {id} · {}", quote::name(name))
}
