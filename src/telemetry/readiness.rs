//! Whether the program is ready to play: what it has told of itself so far, in words for operators.
//! It asks nobody; who opens the doors says when they are open.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// How the connection to Discord's gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// There is to be none.
    None,
    /// It is being made, for the first time or anew.
    Connecting,
    /// It stands.
    Connected,
    /// It was lost, and is not being made at this moment.
    Lost,
}

impl Gateway {
    /// The states that a connection can be in.
    pub const ALL: [Self; 3] = [Self::Connecting, Self::Connected, Self::Lost];

    /// The state's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }

    fn from_number(number: u8) -> Self {
        [Self::None, Self::Connecting, Self::Connected, Self::Lost]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::None)
    }
}

/// What is ready.
#[derive(Debug, Default)]
pub struct Readiness {
    tables: AtomicBool,
    gateway: AtomicU8,
}

impl Readiness {
    /// Every table that has a channel was opened.
    pub fn tables_are_open(&self) {
        self.tables.store(true, Ordering::Relaxed);
    }

    /// The gateway is like this now; gives how it was.
    pub(super) fn gateway_is(&self, gateway: Gateway) -> Gateway {
        Gateway::from_number(self.gateway.swap(gateway as u8, Ordering::Relaxed))
    }

    /// How the gateway is.
    pub fn gateway(&self) -> Gateway {
        Gateway::from_number(self.gateway.load(Ordering::Relaxed))
    }

    /// What is missing, a word each; nothing when play can go on.
    pub fn missing(&self) -> Vec<&'static str> {
        let gateway = !matches!(self.gateway(), Gateway::None | Gateway::Connected);
        let tables = !self.tables.load(Ordering::Relaxed);
        [("tables", tables), ("gateway", gateway)].into_iter().filter(|(_, is)| *is).map(|(word, _)| word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_ready_when_its_tables_are_open_and_its_gateway_stands() {
        let readiness = Readiness::default();
        assert_eq!(readiness.missing(), ["tables"], "without Discord there is no gateway to wait for");
        for gateway in Gateway::ALL {
            readiness.gateway_is(gateway);
            assert_eq!(readiness.gateway(), gateway);
            assert_eq!(readiness.missing().contains(&"gateway"), gateway != Gateway::Connected);
        }
        readiness.tables_are_open();
        assert_eq!(readiness.missing(), ["gateway"]);
        readiness.gateway_is(Gateway::Connected);
        assert!(readiness.missing().is_empty());
    }
}
