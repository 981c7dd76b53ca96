//! Text on its way out: who speaks in it, and what must be taken out of it before it is shown.
//! Pure: nothing here reads a file, a clock or the network, and nothing here sends.

pub mod escape;
pub(crate) mod fence;
pub mod links;
pub mod macros;
pub mod spans;
pub mod splitter;
pub mod trespass;
