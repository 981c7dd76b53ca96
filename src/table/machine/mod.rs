//! The table as a machine without I/O: an input and the time go in, events to record and effects come out. PURE.
//! It never waits, reads no clock and rolls no dice; the actor does what it says, records first.

mod actions;
mod asking;
mod bounds;
mod commands;
mod deeds;
mod dice;
mod floor;
mod greeting;
mod ladder;
mod parts;
mod purse;
mod safety;
mod summaries;
mod trespass;
mod turns;

use serde::{Deserialize, Serialize};

use self::actions::Way;
use self::commands::AfterFold;
pub use self::commands::TITLE_CHARS;
pub use self::dice::RecalledSeed;
pub use self::ladder::Rung;
pub use self::purse::House;
use self::turns::Live;
use crate::domain::{
    ActionId, Actor, Attachment, Audience, BoundMark, Bounds, Budget, Command, Deed, Done, ErrorId, Event, EventKind,
    EventSeq, Fault, Finished, GameEvent, Held, Kit, LoreTold, MemoryId, ModelName, Part, PartDeed, PartDone, PathStep,
    Person, ProviderEvent, ProviderName, Refusal, SafetyAct, SafetyDone, SceneNo, SeatId, Session, SourceId, Spent,
    Style, SummaryOutcome, Tale, Timestamp, TurnNo, Verdict,
};
use crate::format::spans;
use crate::format::trespass::Trespass;
use crate::table::frame::{Frame, FrameBody};
use crate::table::state::TableState;

/// What does not change while a table is open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// Who answers when nobody chose.
    pub provider: ProviderName,
    /// With which model when nobody chose.
    pub model: Option<ModelName>,
    /// Who goes on, in this order, when the one before cannot answer.
    pub fallbacks: Vec<ProviderName>,
    /// How replies are read for speakers and a title.
    pub reading: spans::Reading,
    /// The longest action, in bytes.
    pub action_bytes: usize,
    /// How many actions may wait.
    pub waiting: usize,
    /// How much text of actions one turn takes, in bytes; at least one action is always taken.
    pub turn_bytes: usize,
    /// The longest reply, in bytes.
    pub reply_bytes: usize,
    /// How long people are waited for when the provider asks them for something, in milliseconds; none declines at
    /// once, for a table without tools.
    pub ask_ms: Option<u64>,
    /// What may be spent here.
    pub budget: Budget,
    /// Whether providers sum up what is over.
    pub summaries: bool,
}

/// Pairs an input with the one who waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ask(pub u64);

/// Who does something to the game.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum By {
    /// A person at the table.
    Person(Person),
    /// The game master, in this turn.
    Gm(TurnNo),
}

/// What can happen to a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A person says or does something; in secret, then only they and the game master know of it.
    Say { person: Person, source: SourceId, text: String, files: Vec<Attachment>, secret: bool, ask: Ask },
    /// A person says or does something as a character whom they play, aloud.
    SayAs { person: Person, source: SourceId, text: String, character: Part, ask: Ask },
    /// A person changes who plays whom.
    Part { person: Person, deed: PartDeed, ask: Ask },
    /// A person takes a seat, without saying anything yet.
    Sit { person: Person, ask: Ask },
    /// The author changed a waiting action.
    Edit { action: ActionId, text: String, ask: Ask },
    /// The author took back a waiting action.
    Withdraw { action: ActionId, ask: Ask },
    /// A person asks for a change.
    Command { person: Person, command: Command, ask: Ask },
    /// A person does something about the safety of the table. `mark` only tells them from others who do; a host may have
    /// play go on.
    Safety { mark: u64, host: bool, act: SafetyAct, ask: Ask },
    /// A person sets what the story keeps out of, or only looks at what they set. `mark` says nothing of who they are.
    Bound { mark: BoundMark, wanted: Option<Bounds>, ask: Ask },
    /// Whether only adults come to where the table is played.
    Age { adults: bool },
    /// A person, or the game master by a tool, does something to the game.
    Deed { by: By, deed: Deed, ask: Ask },
    /// The turn is about to be told this of the lorebooks.
    LoreTold { turn: TurnNo, told: LoreTold },
    /// Something is over and remembered without a model: a provider may sum it up.
    SumUp { of: MemoryId },
    /// What came of having something summed up.
    SummedUp { of: MemoryId, outcome: SummaryOutcome, spent: Spent },
    /// The provider reports something that does not end the turn.
    Heard { turn: TurnNo, event: ProviderEvent },
    /// The provider's run is over. The id is used if that is a failure.
    Ended { turn: TurnNo, end: Result<Finished, Fault>, error: ErrorId },
    /// The story along the new line of play, as asked for by [`Effect::Fold`].
    Folded { tale: Box<Tale> },
    /// The moment has come that [`Machine::due`] named.
    Due,
    /// The table was opened: take up what an earlier run of the program left.
    Opened,
    /// The door has seen what was changed meanwhile: what waits may be taken.
    Release,
    /// The program is ending: no other turn is begun.
    Closing,
    /// The program is ending and cannot wait for the turn.
    Interrupt,
}

/// What is to be done after the record is durable, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Tell the one who asked.
    Answer { ask: Ask, answer: Result<Answer, Refusal> },
    /// Show it to those who may see it.
    Show(Frame),
    /// Let the provider answer the turn.
    Run { turn: TurnNo, opening: Opening },
    /// Tell the provider's run what became of something it asked.
    Tell { turn: TurnNo, key: u32, verdict: Verdict },
    /// End the provider's run.
    Cancel { turn: TurnNo },
    /// Fold the story along this line of play and hand it back.
    Fold { path: Vec<PathStep> },
    /// Have a provider sum up what is over, beside the turns.
    SumUp { of: MemoryId, rung: Rung, micros: u64 },
    /// Bring the story's files up to date, from this scene on.
    WriteStory { from: SceneNo },
    /// The same, unless a look at the open scene's file shows that it is current.
    MendStory { from: SceneNo },
}

/// What an input is answered with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Answer {
    /// The action is in the log. It is said aloud as that character, if one is named.
    Heard { action: ActionId, ahead: usize, aloud: Option<Part>, held: Option<Held> },
    /// Who plays whom, or as whom is spoken, was changed.
    Parted(PartDone),
    /// The person sits here.
    Seated(SeatId),
    /// The waiting action was changed or taken back.
    Amended,
    /// The command was carried out.
    Done(Done),
    /// It was done, and only the person is told.
    Safe(SafetyDone),
    /// What the person has the story keep out of and leave untold.
    Bounds(Bounds),
    /// The deed was done. What came of it, as far as the doer may know.
    Happened(Vec<Event>),
}

/// How a run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    /// A new provider session, told everything.
    Full,
    /// The provider's memory, told what is new.
    Resume(Session),
    /// The same turn once more in its conversation: the reply took something from players and is told anew.
    Mend {
        /// The conversation.
        session: Session,
        /// What it took.
        found: Vec<Trespass>,
    },
}

/// One step: what to record, and what to do once it is durable.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Step {
    /// Events in order, to be written in one transaction. Already folded into the state.
    pub record: Vec<Event>,
    /// Effects in order.
    pub then: Vec<Effect>,
}

/// The table. Written down it is all that a turn goes by, but for what its dice are made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    setup: Setup,
    state: TableState,
    live: Option<Live>,
    after_fold: Option<AfterFold>,
    house: Option<House>,
    closing: bool,
    /// Until when what an earlier run of the program left waiting is not taken: its door may know of changes to it.
    held: Option<Timestamp>,
    /// What the dice are made from; none at a table without any.
    keeper: Option<dice::Keeper>,
    /// How the story is told unless a command says otherwise.
    style: Style,
    card: safety::Card,
    /// Whether only adults come to where the table is played.
    adults: bool,
    /// What sheets hold here; else why it cannot be read.
    kit: Result<Kit, String>,
}

impl Machine {
    /// A table in the state that its log gives.
    pub fn new(setup: Setup, state: TableState) -> Self {
        let (style, card) = (Style::default(), safety::Card::default());
        Self {
            setup,
            state,
            live: None,
            after_fold: None,
            house: None,
            closing: false,
            held: None,
            keeper: None,
            style,
            card,
            adults: false,
            kit: Ok(Kit::default()),
        }
    }

    /// The same table, with how the story is told there unless a command says otherwise.
    pub fn with_style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// How the story is told.
    pub fn style(&self) -> Style {
        self.rated(self.style.under(&self.state.ledger.style))
    }

    /// Holds what waits when the table is opened until it is released, or until `until`.
    pub fn hold(&mut self, until: Timestamp) {
        self.held = Some(until);
    }

    /// When an [`Input::Due`] is wanted: the next open request counts as declined then, what is held is let go, or those who
    /// said nothing are waited for no longer.
    pub fn due(&self) -> Option<Timestamp> {
        let asked = self.state.ledger.asks.open.iter().map(|open| open.until);
        asked.chain(self.held).chain(self.deadline()).min()
    }

    /// The state: the fold of all that was recorded.
    pub fn state(&self) -> &TableState {
        &self.state
    }

    /// What does not change while the table is open.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// What all tables may spend together, as the last input met it.
    pub fn house(&self) -> Option<House> {
        self.house
    }

    /// Whether a turn is on its way.
    pub fn is_running(&self) -> bool {
        self.live.is_some()
    }

    /// Whether the log has all there is to know: nothing runs, waits, is held or is due, and nobody stopped play.
    pub fn may_rest(&self) -> bool {
        let ledger = &self.state.ledger;
        let runs = self.live.is_some() || self.after_fold.is_some() || ledger.running.is_some();
        let waits = self.held.is_some() || !ledger.waiting.is_empty() || !ledger.summing.is_empty();
        let quiet = self.card == safety::Card::default() && ledger.paused.is_none();
        quiet && !runs && !waits && !self.closing && self.due().is_none()
    }

    /// The same table after its log was written anew: what is known beside the log stays, such as who stopped play.
    pub fn in_place_of(self, before: &Self) -> Self {
        Self { card: before.card.clone(), held: before.held, adults: before.adults, ..self }
    }

    /// Takes one input at `now`.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Step {
        let mut step = Scribe { machine: self, now, step: Step::default() };
        match input {
            Input::Say { person, source, text, files, secret, ask } => {
                step.say(&person, source, (text, files), Way { secret, character: None }, ask);
            }
            Input::SayAs { person, source, text, character, ask } => {
                let way = Way { secret: false, character: Some(character) };
                step.say(&person, source, (text, Vec::new()), way, ask);
            }
            Input::Part { person, deed, ask } => step.part(&person, deed, ask),
            Input::Sit { person, ask } => {
                let seat = step.seat(&person);
                step.answer(ask, Answer::Seated(seat));
            }
            Input::Edit { action, text, ask } => step.edit(action, text, ask),
            Input::Withdraw { action, ask } => step.withdraw(action, ask),
            Input::Command { person, command, ask } => step.command(&person, command, ask),
            Input::Safety { mark, host, act, ask } => step.safety(mark, host, act, ask),
            Input::Bound { mark, wanted, ask } => step.bound(mark, wanted, ask),
            Input::Age { adults } => step.age_known(adults),
            Input::Deed { by, deed, ask } => step.deed(by, deed, ask),
            Input::LoreTold { turn, told } => step.lore_told(turn, told),
            Input::SumUp { of } => step.sum_up(of, false),
            Input::SummedUp { of, outcome, spent } => step.summed_up(of, outcome, spent),
            Input::Heard { turn, event } => step.heard(turn, event),
            Input::Ended { turn, end, error } => step.ended(turn, end, error),
            Input::Folded { tale } => step.folded(*tale),
            Input::Due => {
                step.due();
                step.hold_no_longer_than_said();
                step.wait_no_longer();
            }
            Input::Opened => step.opened(),
            Input::Release => step.release(),
            Input::Closing => step.machine.closing = true,
            Input::Interrupt => step.interrupt(),
        }
        step.step
    }
}

/// Writes one step: every event goes through [`Scribe::record`], which folds it in at once.
struct Scribe<'a> {
    machine: &'a mut Machine,
    now: Timestamp,
    step: Step,
}

impl Scribe<'_> {
    fn record(&mut self, actor: Actor, turn: Option<TurnNo>, cause: Option<EventSeq>, kind: EventKind) -> EventSeq {
        self.record_for(Audience::Table, actor, turn, cause, kind)
    }

    /// Records what only some may know.
    fn record_for(
        &mut self,
        audience: Audience,
        actor: Actor,
        turn: Option<TurnNo>,
        cause: Option<EventSeq>,
        kind: EventKind,
    ) -> EventSeq {
        let state = &mut self.machine.state;
        let seq = state.ledger.seq.next();
        let branch = match &kind {
            EventKind::BranchOpened { branch, .. } => *branch,
            _ => state.ledger.branch,
        };
        let scene = match &kind {
            EventKind::SceneOpened { scene, .. } | EventKind::SceneEnded { scene } => *scene,
            EventKind::Game(GameEvent::SeedShown(shown)) => shown.scene,
            _ => state.tale.scene.as_ref().map_or(SceneNo::new(0), |scene| scene.number),
        };
        let event = Event { seq, branch, scene, turn, at: self.now, actor, audience, cause, kind };
        state.apply(&event);
        self.step.record.push(event);
        seq
    }

    fn then(&mut self, effect: Effect) {
        self.step.then.push(effect);
    }

    fn show(&mut self, body: FrameBody) {
        self.then(Effect::Show(Frame::public(body)));
    }

    fn show_to(&mut self, audience: Audience, body: FrameBody) {
        self.then(Effect::Show(Frame { audience, body }));
    }

    fn answer(&mut self, ask: Ask, answer: Answer) {
        self.then(Effect::Answer { ask, answer: Ok(answer) });
    }

    fn refuse(&mut self, ask: Ask, refusal: Refusal) {
        self.then(Effect::Answer { ask, answer: Err(refusal) });
    }
}

#[cfg(test)]
mod tests;
