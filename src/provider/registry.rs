//! Which providers there are, by name.
//! It starts none of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::discreet::Discretion;
use super::{Provider, TurnOrder};
use crate::domain::{ProviderEvent, ProviderName};

/// Looks whether a provider is there and signed in, as far as can be seen without starting it.
pub type Look = Arc<dyn Fn(&ProviderName) -> bool + Send + Sync>;

/// The providers that can be asked. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry {
    providers: Arc<BTreeMap<ProviderName, Arc<dyn Provider>>>,
    discretion: Option<Arc<Discretion>>,
    look: Option<Look>,
}

impl Registry {
    /// A registry of these, each under its own name.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        let providers = providers.into_iter().map(|provider| (provider.name().clone(), provider)).collect();
        Self { providers: Arc::new(providers), discretion: None, look: None }
    }

    /// The same, and these values are taken out of whatever a provider says.
    #[must_use]
    pub fn discreet_about(self, secrets: &[SecretString]) -> Self {
        let discretion = (!secrets.is_empty()).then(|| Arc::new(Discretion::about(secrets)));
        Self { discretion, ..self }
    }

    /// The same, and people are offered those that `look` finds.
    #[must_use]
    pub fn offering(self, look: Look) -> Self {
        Self { look: Some(look), ..self }
    }

    /// Lets a provider answer a turn, as [`Provider::run`] says.
    pub async fn run(
        &self,
        provider: &dyn Provider,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) {
        match &self.discretion {
            Some(discretion) => discretion.run(provider, order, events, cancel).await,
            None => provider.run(order, events, cancel).await,
        }
    }

    /// Lets every provider end what it keeps of a table between its turns.
    pub async fn forget(&self, table: &str) {
        for provider in self.providers.values() {
            provider.forget(table).await;
        }
    }

    /// The provider of that name.
    pub fn get(&self, name: &ProviderName) -> Option<Arc<dyn Provider>> {
        self.providers.get(name).cloned()
    }

    /// All names in order.
    pub fn names(&self) -> Vec<ProviderName> {
        self.providers.keys().cloned().collect()
    }

    /// The names of those that are there and signed in now, in order. Others can be named all the same.
    pub fn offered(&self) -> Vec<ProviderName> {
        let found = |name: &&ProviderName| self.look.as_ref().is_none_or(|look| look(name));
        self.providers.keys().filter(found).cloned().collect()
    }
}
