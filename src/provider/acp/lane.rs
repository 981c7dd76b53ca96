//! Which process a turn goes to: turns that need a process started in the same way share one.
//! It starts none; an actor per lane does (`agent.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::agent::{Agent, Wish};
use super::dialect::{Dialect, ModelChoice};
use crate::domain::ModelName;
use crate::provider::TurnOrder;
use crate::provider::cli::CliSettings;

/// How many lanes a driver may have; as many processes may run then.
const LANES: usize = 32;

/// How many wishes may wait for a lane's actor.
const INBOX: usize = 64;

/// What a process is started for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    /// The model, for agents that take it at the start.
    pub(super) model: Option<ModelName>,
    /// The tools that are allowed.
    pub(super) tools: Vec<String>,
    /// Whether people may be asked for more, and whether for every tool.
    pub(super) asks: Option<bool>,
    /// The names of the game's own tools, where it has them.
    pub(super) game: Vec<&'static str>,
}

impl Lane {
    /// The lane of a turn.
    pub(super) fn of(order: &TurnOrder, dialect: Dialect) -> Self {
        let per_process = dialect.model_choice() == ModelChoice::PerProcess;
        let model = order.model.clone().filter(|_| per_process);
        let mut tools = order.allowed_tools.clone();
        tools.sort();
        tools.dedup();
        let game = order.tools.as_ref().map(|access| access.names.clone()).unwrap_or_default();
        Self { model, tools, asks: order.asking.as_ref().map(|asking| asking.every_tool), game }
    }
}

/// The lanes in use.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<Lane, mpsc::Sender<Wish>>>);

impl Lanes {
    /// The way to a lane's actor, which is started if it is not there. None when there are too many.
    pub(super) fn inbox(&self, lane: Lane, settings: &Arc<CliSettings>) -> Option<mpsc::Sender<Wish>> {
        // The map is whole after every line below, so a panic elsewhere does it no harm.
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|_, inbox| !inbox.is_closed());
        if let Some(inbox) = lanes.get(&lane) {
            return Some(inbox.clone());
        }
        if lanes.len() >= LANES {
            return None;
        }
        let (inbox, wishes) = mpsc::channel(INBOX);
        settings.tasks.spawn(Agent::new(Arc::clone(settings), lane.clone(), wishes).run());
        lanes.insert(lane, inbox.clone());
        Some(inbox)
    }
}
