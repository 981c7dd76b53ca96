//! What the log says has happened in the story: scenes and beats, as the brief and the doors need them.
//! These are folded from events in `table/state.rs`; nothing here changes by itself.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::event::Said;
use super::game::Game;
use super::ids::{BranchId, EventSeq, SceneNo, TurnNo};
use super::reply::Reply;

/// The story along one line of play, as far as play needs it at hand. Bounded: older beats shrink to lines,
/// the full text stays in the log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tale {
    /// The scene that is open.
    pub scene: Option<SceneState>,
    /// Scenes that ended on this line of play, oldest first; the newest 100.
    pub past: VecDeque<PastScene>,
    /// Beats of the open scene that are older than `recent`, a line each, oldest first; the newest 120.
    pub earlier: VecDeque<BeatLine>,
    /// The last beats of the open scene word for word, oldest first; at most 24.
    pub recent: VecDeque<Beat>,
    /// The last turn that was answered on this line of play.
    pub last_turn: Option<TurnNo>,
    /// How many turns were answered on this line of play.
    pub beats: u64,
    /// The event before the last answered turn: where play goes on when that turn is taken back.
    pub last_before: Option<EventSeq>,
    /// The same, and before the rolls in its actions: an undo takes them back, telling it anew keeps them.
    pub last_before_rolls: Option<EventSeq>,
    /// The number of the next scene, less one.
    pub last_scene: u32,
    /// A turn whose end has not been folded yet.
    pub open_turn: Option<OpenTurn>,
    /// How the game stands.
    pub game: Game,
}

/// A turn on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenTurn {
    /// Its number.
    pub turn: TurnNo,
    /// The event before it and what was opened for it.
    pub before: EventSeq,
    /// The event before that and before the rolls in its actions.
    pub before_rolls: EventSeq,
    /// What it took.
    pub said: Vec<Said>,
    /// How the game stands without what happened in this turn: what counts if the turn is not answered.
    pub game_without: Box<Game>,
}

/// A stretch of the log that lies on a line of play: the events of `branch` up to and including `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// The branch.
    pub branch: BranchId,
    /// The last event of it that counts; none means to its end.
    pub upto: Option<EventSeq>,
}

/// Where a line of play left another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The line it left.
    pub parent: BranchId,
    /// The last event of that line that still counts.
    pub at: EventSeq,
    /// Whether it begins a new tale, to which nothing before belongs.
    pub anew: bool,
}

/// The stretches of the log that make up the line of play that ends with `branch`, oldest first.
pub fn line_of_play(branch: BranchId, fork_of: impl Fn(BranchId) -> Option<Fork>) -> Vec<PathStep> {
    let mut steps = vec![PathStep { branch, upto: None }];
    let mut id = branch;
    while let Some(fork) = fork_of(id).filter(|fork| !fork.anew) {
        steps.push(PathStep { branch: fork.parent, upto: Some(fork.at) });
        id = fork.parent;
    }
    steps.reverse();
    // A later fork may lie before an earlier one: then the stretch in between counts for nothing.
    let mut limit = None::<EventSeq>;
    for step in steps.iter_mut().rev() {
        step.upto = match (step.upto, limit) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (own, outer) => own.or(outer),
        };
        limit = step.upto.or(limit);
    }
    steps
}

/// The open scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneState {
    /// Its number.
    pub number: SceneNo,
    /// Its title, once it has one.
    pub title: Option<String>,
    /// The event that opened it.
    pub opened: EventSeq,
    /// How many turns were answered in it.
    pub beats: u64,
}

/// A scene that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastScene {
    /// Its number.
    pub number: SceneNo,
    /// Its title, if it had one.
    pub title: Option<String>,
    /// How it began and how it stood at the end, in at most two lines taken from its beats.
    pub recap: String,
}

/// One answered turn: what was said and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// The turn.
    pub turn: TurnNo,
    /// The event that ended it.
    pub event: EventSeq,
    /// What people said or did.
    pub said: Vec<Said>,
    /// What the game master answered.
    pub reply: Reply,
}

/// One answered turn in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeatLine {
    /// The turn.
    pub turn: TurnNo,
    /// Who did what, with what result, shortened.
    pub line: String,
}
