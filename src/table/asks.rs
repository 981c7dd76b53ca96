//! What the provider asks people for and what they allowed until the scene ends: a fold over events. PURE.
//! It decides nothing; see `machine/asking.rs`.

use serde::{Deserialize, Serialize};

use crate::domain::{AskId, BranchWhy, Event, EventKind, Request, Settlement, Timestamp, TurnNo};

/// The open requests and the leave that holds for the scene.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// What is asked and not settled, in order.
    pub open: Vec<OpenAsk>,
    /// The tools that may be used unasked until the scene ends.
    pub allowed: Vec<String>,
}

/// A request that nobody has settled yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAsk {
    /// Which.
    pub ask: AskId,
    /// The turn that waits for it.
    pub turn: TurnNo,
    /// The driver's name for it.
    pub key: u32,
    /// What is asked.
    pub request: Request,
    /// When it counts as declined.
    pub until: Timestamp,
}

impl Asks {
    /// The open request of this name.
    pub fn find(&self, ask: AskId) -> Option<&OpenAsk> {
        self.open.iter().find(|open| open.ask == ask)
    }

    /// Whether this was allowed for the scene.
    pub fn allows(&self, request: &Request) -> bool {
        matches!(request, Request::Leave { tool, .. } if self.allowed.contains(tool))
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Asked { turn, key, request, until } => {
                let (ask, request) = (AskId::new(event.seq.get()), request.clone());
                self.open.push(OpenAsk { ask, turn: *turn, key: *key, request, until: *until });
            }
            EventKind::AskSettled { ask, settlement } => {
                let settled = self.open.iter().position(|open| open.ask == *ask).map(|at| self.open.remove(at));
                if let (Some(OpenAsk { request: Request::Leave { tool, .. }, .. }), Settlement::Scene) =
                    (settled, settlement)
                    && !self.allowed.contains(&tool)
                {
                    self.allowed.push(tool);
                }
            }
            // What is told anew goes on in the scene; what is taken back does not.
            EventKind::BranchOpened { why: BranchWhy::Retry { .. }, .. } => {}
            EventKind::SceneOpened { .. } | EventKind::SceneEnded { .. } | EventKind::BranchOpened { .. } => {
                self.allowed.clear();
            }
            _ => {}
        }
    }
}
