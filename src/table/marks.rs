//! The marks under which people draw lines: the same after a restart, and nobody reads from one whose it is.
//! Who has the whole database can try everybody at the table.

use sha2::{Digest, Sha256};

use crate::domain::{BoundMark, PersonId, TableName};

/// A person's mark at a table of the installation that has this secret.
pub fn bound_mark(secret: &str, table: &TableName, person: &PersonId) -> BoundMark {
    let mut hash = Sha256::new();
    for part in [secret, table.as_str(), person.as_str()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    BoundMark::new(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
}
