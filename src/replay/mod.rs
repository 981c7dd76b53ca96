//! Turns that were kept: capsules are written while tables play, and played again later without provider or network.
//! Nothing here changes a table, and no turn waits for it.

mod capsule;
mod fields;
mod filler;
mod folder;
mod play;
mod scrub;
mod writer;

pub use capsule::{Capsule, CapsuleError, Head, Moment};
pub use folder::find;
pub use play::{Difference, Played, play};
pub use scrub::{ScrubError, Scrubbed, scrub};
pub use writer::{LookOf, Writer};
