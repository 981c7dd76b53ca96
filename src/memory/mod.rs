//! What a table remembers: what is made of each event, how it is looked for, and what of it a turn is told. PURE.
//! Where it is kept, and the search itself, are the store's (`store/memory.rs`).

mod check;
mod choose;
mod import;
mod kept;
mod make;
mod presence;
mod sessions;
mod sum;
mod words;

pub use choose::{Candidate, Choosing, Recalled, Report, Skip, choose};
pub use kept::KeptReport;
pub use make::{NewMemory, of_event, of_turn, scene_summary};
pub use presence::{There, filed_under, key};
pub use sessions::{Line, arc_summary, session_is_over, session_lines, session_summary};
pub use sum::ToSumUp;
pub use words::{Query, grams, terms};
