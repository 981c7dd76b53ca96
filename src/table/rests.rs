//! Which providers rest, because they could not answer lately, and whose voice the table heard last. PURE.
//! Only the fold of it stands here; who answers instead is decided in `machine/ladder.rs`.

use serde::{Deserialize, Serialize};

use crate::domain::{Event, EventKind, ProviderName, Rest, Timestamp};

/// What a table remembers of providers that could not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rests {
    rests: Vec<Rest>,
    voice: Option<ProviderName>,
}

impl Rests {
    /// The provider's rest, whether or not it is over.
    pub fn of(&self, provider: &ProviderName) -> Option<&Rest> {
        self.rests.iter().find(|rest| rest.provider == *provider)
    }

    /// The provider's rest, if no turn that is opened at `now` tries it.
    pub fn at(&self, provider: &ProviderName, now: Timestamp) -> Option<&Rest> {
        self.of(provider).filter(|rest| now < rest.again)
    }

    /// Who answered the last turn that was answered since a person chose.
    pub fn voice(&self) -> Option<&ProviderName> {
        self.voice.as_ref()
    }

    /// A person chose who answers: everybody may be tried again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The provider answered.
    pub(super) fn answered(&mut self, provider: ProviderName) {
        self.rests.retain(|rest| rest.provider != provider);
        self.voice = Some(provider);
    }

    /// Takes in that a rung was left.
    pub(super) fn take(&mut self, event: &Event) {
        let EventKind::RungLeft { provider, why, error, until, again, .. } = &event.kind else { return };
        let failures = self.of(provider).map_or(0, |rest| rest.failures).saturating_add(1);
        self.rests.retain(|rest| rest.provider != *provider);
        self.rests.push(Rest {
            provider: provider.clone(),
            why: *why,
            error: error.clone(),
            until: *until,
            again: *again,
            failures,
        });
    }
}
