//! What the Discord door says about characters' cards.
//! What a card or its author wrote is escaped here; it is shown and never acts.

use crate::character::FolderFault;
use crate::domain::ErrorId;
use crate::format::escape;

/// What the list says where nobody is.
pub(super) const NOBODY: &str =
    "Nobody is in the cast of this table yet. `/character import` takes in a card, `/character new` makes one.";

/// A card did not arrive, or its file could not be used.
pub(super) fn not_loaded(error: &ErrorId) -> String {
    format!("The card could not be loaded or kept. Try again; the host finds more in the log. (Error {error})")
}

/// A card is kept.
pub(super) fn kept(slug: &str) -> String {
    format!("Kept as **{}**. The game master knows of them from the next turn on.", escape::markdown(slug))
}

/// A card was changed.
pub(super) fn changed(slug: &str) -> String {
    format!("**{}** is changed. The game master knows from the next turn on.", escape::markdown(slug))
}

/// A card is refused, or there is none.
pub(super) fn refused(fault: &FolderFault) -> String {
    format!("That did not work: {}.", escape::markdown(&fault.to_string()))
}
