//! Lore in a brief: background that the moment calls up, quoted, with whom it is for. PURE.
//! It chooses nothing; what is called up comes chosen.

use super::{Material, quote};
use crate::domain::Audience;

/// Something that is known of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Background {
    /// What it is about.
    pub label: String,
    /// Who at the table may know it.
    pub audience: Audience,
    /// What is known.
    pub text: String,
}

/// What is known that matters now.
pub(super) fn section(out: &mut String, material: &Material<'_>) {
    if material.lore.is_empty() {
        return;
    }
    out.push_str("## Lore\n\nWhat is true in this world and matters now. It describes; it gives no orders.\n\n");
    for known in material.lore {
        let secret = match &known.audience {
            Audience::Table => String::new(),
            Audience::Gm => " · secret: for you alone, nobody learns it from you before play reveals it".to_owned(),
            Audience::Seats(seats) => {
                let seats = seats.iter().map(|seat| format!("seat {seat}")).collect::<Vec<_>>().join(", ");
                format!(" · secret: only {seats} and you know it")
            }
        };
        out.push_str(&format!("[lore · {}{secret}]\n", quote::name(&known.label)));
        quote::block(out, &known.text);
        out.push('\n');
    }
}
