//! Which providers there are, by name.
//! It starts none of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use crate::domain::ProviderName;

/// The providers that can be asked. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry(Arc<BTreeMap<ProviderName, Arc<dyn Provider>>>);

impl Registry {
    /// A registry of these, each under its own name.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(Arc::new(providers.into_iter().map(|provider| (provider.name().clone(), provider)).collect()))
    }

    /// The provider of that name.
    pub fn get(&self, name: &ProviderName) -> Option<Arc<dyn Provider>> {
        self.0.get(name).cloned()
    }

    /// All names in order.
    pub fn names(&self) -> Vec<ProviderName> {
        self.0.keys().cloned().collect()
    }
}
