//! Keeping a turn so that it can be played again: what the table stood like, what came in, what went out.
//! It waits for nobody, fails no turn and knows no file; whoever writes the notes down is told by a channel.

use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, oneshot};

use crate::domain::{ErrorId, Event, EventKind, ModelName, ProviderName, TableName, Timestamp, TurnNo};
use crate::provider::TurnOrder;
use crate::table::machine::{House, Input, Machine, Step};

/// How many notes may wait for the one who writes them; a turn that brings more at once is not kept.
const WAITING: usize = 4096;
/// How many of a turn's error ids stand in its name.
const NAMED: usize = 4;

/// The folder of everything that is kept this way.
pub fn folder_of(data_dir: &Path) -> PathBuf {
    data_dir.join("capsules")
}

/// One note about a turn that is kept.
#[derive(Debug)]
pub struct Note {
    /// Whose.
    pub table: TableName,
    /// The first note of a turn is 0; where a number is missing, one was lost.
    pub number: u64,
    /// What is noted.
    pub what: Noted,
}

/// What there is to note.
#[derive(Debug)]
pub enum Noted {
    /// A turn begins.
    Begun {
        /// Which.
        turn: TurnNo,
        /// How many turns of the table are kept.
        keep: usize,
        /// The table before the input that opened it.
        machine: Box<Machine>,
    },
    /// The table took an input.
    Moment(Box<Moment>),
    /// The provider was sent for.
    Ordered(Box<Ordered>),
    /// The turn is over and is to be kept under this name.
    Ended(String),
    /// It is not to be kept.
    Dropped,
}

/// One input of a table and what followed from it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What all tables could spend then.
    pub house: Option<House>,
    /// What came in.
    pub input: Input,
    /// What went out.
    pub step: Step,
}

/// What a provider was told, without anything that opens a door: no token, no folder.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// Who.
    pub provider: ProviderName,
    /// With which model.
    pub model: Option<ModelName>,
    /// What stands above the conversation.
    pub system: String,
    /// What is new, or everything.
    pub prompt: String,
    /// Whether it went on with a conversation of its own.
    pub resumed: bool,
    /// The CLI's own tools that it may use.
    pub allowed_tools: Vec<String>,
    /// Whether it had the game master's tools.
    pub has_tools: bool,
    /// What it may spend, in millionths of a US dollar.
    pub budget_micros: Option<u64>,
}

/// What the one who writes is told.
#[derive(Debug)]
pub enum Told {
    /// To write this down.
    Note(Note),
    /// To let go of what is not whole of a table's turns, and to say when that is done.
    Forget(TableName, oneshot::Sender<()>),
    /// To end, and to say when that is done.
    Close(oneshot::Sender<()>),
}

/// The way to the one who writes the notes down.
#[derive(Clone, Debug)]
pub struct Keeper(mpsc::Sender<Told>);

impl Keeper {
    /// A way, and its other end.
    pub fn new() -> (Self, mpsc::Receiver<Told>) {
        let (notes, inbox) = mpsc::channel(WAITING);
        (Self(notes), inbox)
    }

    /// Returns when all that a table told is written and nothing more of it will be.
    pub async fn forget(&self, table: &TableName) {
        let (done, is_done) = oneshot::channel();
        if self.0.send(Told::Forget(table.clone(), done)).await.is_ok() {
            // An error means that it has ended already.
            let _ = is_done.await;
        }
    }

    /// Ends the one who writes, after what waits is written.
    pub async fn close(self) {
        let (done, is_done) = oneshot::channel();
        if self.0.send(Told::Close(done)).await.is_ok() {
            // An error means that it has ended already.
            let _ = is_done.await;
        }
    }
}

/// A table's notes.
pub(super) struct Keeping {
    keeper: Option<Keeper>,
    keep: usize,
    table: TableName,
    kept: Option<Kept>,
}

/// The turn that is kept now.
struct Kept {
    turn: TurnNo,
    notes: u64,
    errors: Vec<ErrorId>,
    whole: bool,
}

/// What is remembered of an input until its step is durable.
pub(super) struct Seen {
    input: Input,
    before: Option<Box<Machine>>,
}

impl Keeping {
    /// Keeps the last `keep` turns of the table; none costs nothing.
    pub(super) fn new(keeper: Option<&Keeper>, keep: usize, table: TableName) -> Self {
        Self { keeper: keeper.filter(|_| keep > 0).cloned(), keep, table, kept: None }
    }

    /// Looks at an input before the table takes it.
    pub(super) fn look(&mut self, input: &Input, machine: &Machine) -> Option<Seen> {
        self.keeper.as_ref()?;
        let ends = matches!(input, Input::Ended { .. });
        if let (Input::Ended { turn, end: Err(_), error }, Some(kept)) = (input, &mut self.kept)
            && kept.turn == *turn
            && kept.errors.len() < NAMED
        {
            kept.errors.push(error.clone());
        }
        let may_open = ends || !(machine.is_running() || matches!(input, Input::Heard { .. }));
        (may_open || self.kept.is_some())
            .then(|| Seen { input: input.clone(), before: may_open.then(|| Box::new(machine.clone())) })
    }

    /// The name of the file of the turn that is kept, for the log.
    pub(super) fn name(&self, turn: TurnNo) -> Option<String> {
        let kept = self.kept.as_ref().filter(|kept| kept.turn == turn && kept.whole)?;
        let errors: String = kept.errors.iter().map(|error| format!("-{error}")).collect();
        Some(format!("{:06}{errors}", turn.get()))
    }

    /// Notes an input that was taken, and what followed.
    pub(super) fn took(&mut self, seen: Option<Seen>, at: Timestamp, house: Option<House>, step: &Step) {
        let Some(Seen { input, before }) = seen else { return };
        let private = matches!(input, Input::Safety { .. } | Input::Bound { .. });
        let opened = step.record.iter().find_map(|event| match event.kind {
            EventKind::TurnOpened { turn, .. } => Some(turn),
            _ => None,
        });
        // One that no provider answered is over with the step that opened it, and there is nothing to play again.
        let opened = opened.filter(|opened| !ends(step, *opened));
        let moment = Moment { at, house, input, step: step.clone() };
        if let Some(turn) = self.kept.as_ref().map(|kept| kept.turn) {
            let ended = ends(step, turn);
            if private {
                // Who stops play, and what people keep out of the story, is nobody's to pass on.
                self.note(Noted::Dropped);
                self.kept = None;
            } else {
                self.note(Noted::Moment(Box::new(moment.clone())));
            }
            if let Some(name) = self.name(turn).filter(|_| ended) {
                self.note(Noted::Ended(name));
            }
            if ended {
                self.kept = None;
            }
        }
        if let (Some(turn), Some(machine), false) = (opened, before, private) {
            self.kept = Some(Kept { turn, notes: 0, errors: Vec::new(), whole: true });
            self.note(Noted::Begun { turn, keep: self.keep, machine });
            self.note(Noted::Moment(Box::new(moment)));
        }
    }

    /// Notes what a provider is told.
    pub(super) fn ordered(&mut self, provider: &ProviderName, order: &TurnOrder) {
        if self.kept.is_none() {
            return;
        }
        self.note(Noted::Ordered(Box::new(Ordered {
            provider: provider.clone(),
            model: order.model.clone(),
            system: order.system.clone(),
            prompt: order.prompt.clone(),
            resumed: order.resume.is_some(),
            allowed_tools: order.allowed_tools.clone(),
            has_tools: order.tools.is_some(),
            budget_micros: order.budget_micros,
        })));
    }

    fn note(&mut self, what: Noted) {
        let (Some(Keeper(notes)), Some(kept)) = (&self.keeper, &mut self.kept) else { return };
        let note = Note { table: self.table.clone(), number: kept.notes, what };
        kept.notes += 1;
        kept.whole &= notes.try_send(Told::Note(note)).is_ok();
    }
}

/// Whether the turn ends with the step.
fn ends(step: &Step, turn: TurnNo) -> bool {
    let ends = |event: &Event| matches!(event.kind, EventKind::TurnEnded { turn: ended, .. } if ended == turn);
    step.record.iter().any(ends)
}
