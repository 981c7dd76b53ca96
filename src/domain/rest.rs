//! A provider's rest: why it is not asked for a while, and until when.
//! Who rests and who answers instead is decided at the table, not here.

use serde::{Deserialize, Serialize};

use super::ids::{ErrorId, ProviderName, Timestamp};
use super::provider::FaultKind;

/// A provider that could not answer and has not answered since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Which.
    pub provider: ProviderName,
    /// What was wrong when it was tried last.
    pub why: FaultKind,
    /// Finds that in the log.
    pub error: ErrorId,
    /// When a limit resets, if that was it and it is known.
    pub until: Option<Timestamp>,
    /// A turn that is opened from then on tries it again.
    pub again: Timestamp,
    /// How often in a row it was tried in vain.
    pub failures: u32,
}
