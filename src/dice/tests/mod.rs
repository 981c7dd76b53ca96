mod cases;
mod chance;
mod properties;

use std::num::NonZeroU32;

use super::Faces;

/// Shows these faces, then ones.
pub(super) struct Row(pub Vec<u32>);

impl Faces for Row {
    fn face(&mut self, _: NonZeroU32) -> u32 {
        if self.0.is_empty() { 1 } else { self.0.remove(0) }
    }
}

/// Shows the highest face.
pub(super) struct Highest;

impl Faces for Highest {
    fn face(&mut self, sides: NonZeroU32) -> u32 {
        sides.get()
    }
}
