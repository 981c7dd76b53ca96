//! The only way to a table: a handle with a verb for each thing a front door may ask.
//! It holds no state of the table; it asks the actor and waits for the answer.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::domain::MemoryId;
use crate::domain::{
    Actor, Attachment, Beat, Bounds, Budget, Command, Covered, Deed, Envelope, ErrorId, EventSeq, Floor, Game,
    ModelName, Part, Parts, Person, PersonId, ProviderName, Purse, Refusal, Rest, SafetyAct, SceneNo, Seat, SeatId,
    SourceId, Style, TableName, Timestamp, TurnNo, Viewer,
};
use crate::game::record::ProofRecord;
use crate::story::recap::Recap;
use crate::table::asks::OpenAsk;
use crate::table::feed::{Feed, Following, Next};
use crate::table::frame::Frame;
use crate::table::greeting::{CardGreeting, GreetingWish};
use crate::table::machine::{Answer, By};
use crate::table::money::Spending;

/// Why a table did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It will not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be written down, so it did not happen.
    #[error("could not be saved ({error})")]
    NotSaved {
        /// Finds the cause in the log.
        error: ErrorId,
        /// Whether the disk is full, so that people can be told what to do.
        disk_full: bool,
    },
    /// The table is closed.
    #[error("the table is closed")]
    Closed,
}

/// What a door asks of the actor.
#[derive(Debug)]
pub(super) enum Message {
    Say { person: Person, source: SourceId, text: String, files: Vec<Attachment>, secret: bool, reply: Reply },
    SayAs { person: Person, source: SourceId, text: String, character: String, reply: Reply },
    Part { person: Person, wish: PartWish, reply: Reply },
    Cast { reply: oneshot::Sender<Vec<Part>> },
    Greetings { reply: oneshot::Sender<Vec<CardGreeting>> },
    Greet { person: Person, title: Option<String>, wish: GreetingWish, reply: Reply },
    Sit { person: Person, reply: Reply },
    Edit { source: SourceId, text: String, reply: Reply },
    Withdraw { source: SourceId, reply: Reply },
    Command { person: Person, command: Command, reply: Reply },
    Deed { by: By, deed: Deed, reply: Reply },
    Safety { person: Person, act: SafetyAct, reply: Reply },
    Bound { person: PersonId, wanted: Option<Bounds>, reply: Reply },
    Guard { adults: AdultsHere },
    Age,
    Letter { person: PersonId, event: EventSeq, reply: oneshot::Sender<Result<Envelope, TableError>> },
    View { reply: oneshot::Sender<TableView> },
    Game { person: Option<PersonId>, reply: oneshot::Sender<Game> },
    Memory { person: PersonId, words: Option<String>, reply: oneshot::Sender<Result<Vec<String>, TableError>> },
    Recap { person: Option<PersonId>, reply: oneshot::Sender<Result<Recap, TableError>> },
    Lore { person: Person, reply: oneshot::Sender<Result<Vec<String>, TableError>> },
    Remember { person: Person, change: MemoryChange, reply: Reply },
    Release,
    Erase { person: PersonId, reply: oneshot::Sender<Result<bool, TableError>> },
    Proof { scene: Option<SceneNo>, reply: oneshot::Sender<Result<ProofRecord, TableError>> },
}

impl Message {
    /// Whether a turn may follow from it at once.
    pub(super) fn may_open_a_turn(&self) -> bool {
        matches!(
            self,
            Self::Say { .. }
                | Self::SayAs { .. }
                | Self::Greet { .. }
                | Self::Command { .. }
                | Self::Deed { .. }
                | Self::Safety { .. }
                | Self::Release
        )
    }
}

/// What a person changes about what the table remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryChange {
    /// Remember these words.
    Note(String),
    /// Keep a memory in view.
    Pin(MemoryId),
    /// Find a memory no more.
    Forget(MemoryId),
    /// Let a memory say something else.
    Fix(MemoryId, String),
}

/// Answers whether only adults come to where a table is played, without waiting; what is not known is a no.
#[derive(Clone)]
pub struct AdultsHere(Arc<dyn Fn() -> bool + Send + Sync>);

impl AdultsHere {
    /// Answers by asking `known`.
    pub fn new(known: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(known))
    }

    /// The answer now.
    pub(super) fn now(&self) -> bool {
        (self.0)()
    }
}

impl std::fmt::Debug for AdultsHere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AdultsHere").finish()
    }
}

/// What a person wants about who plays whom; characters by any name they go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartWish {
    /// Play a character, or have somebody else play them.
    Take(String, Option<SeatId>),
    /// Play them no more.
    Drop(String),
    /// Say everything aloud in their name from now on.
    Aloud(String),
    /// Say it in one's own name again.
    Off,
}

/// Where the actor answers.
pub(super) type Reply = oneshot::Sender<Result<Answer, TableError>>;

/// A table as `/status` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableView {
    /// Its name.
    pub name: TableName,
    /// Who answers.
    pub provider: ProviderName,
    /// With which model; none leaves it to the provider.
    pub model: Option<ModelName>,
    /// Everyone who may answer, in order; the first is the one that was chosen.
    pub ladder: Vec<RungView>,
    /// Whether the provider's memory will be resumed.
    pub session: bool,
    /// Since when there is this table.
    pub since: Timestamp,
    /// The open scene and its title.
    pub scene: Option<(SceneNo, Option<String>)>,
    /// The last beat of the open scene.
    pub last: Option<Beat>,
    /// How many turns were answered on this line of play.
    pub turns: u64,
    /// The turn that runs.
    pub running: Option<TurnNo>,
    /// How many actions wait.
    pub waiting: usize,
    /// What the provider asks people for.
    pub asks: Vec<OpenAsk>,
    /// Who sits here.
    pub seats: Vec<Seat>,
    /// The letters that nobody has opened yet, and who sent them: as much as everyone sees.
    pub letters: Vec<(EventSeq, Actor)>,
    /// The seal of the open scene's dice.
    pub seal: Option<String>,
    /// What today cost.
    pub today: Spending,
    /// What everything cost.
    pub spent: Spending,
    /// Who pays who answers, as far as known.
    pub purse: Option<Purse>,
    /// What may be spent.
    pub budget: Budget,
    /// How the story is told.
    pub style: Style,
    /// Who plays whom.
    pub parts: Parts,
    /// Whether play is paused by the stop card.
    pub paused: bool,
    /// What was covered lately, with the event that says so.
    pub covered: Vec<(EventSeq, Covered)>,
    /// Who acts now.
    pub floor: Floor,
    /// Whose actions wait to be told together.
    pub declared: Vec<SeatId>,
}

impl TableView {
    /// Who sits here, shown with whom they play where that is one character.
    pub fn people(&self) -> Vec<Seat> {
        let shown = |seat: &Seat| match self.parts.only(seat.id) {
            Some(part) => Seat { name: format!("{} ({})", part.name, seat.name), ..seat.clone() },
            None => seat.clone(),
        };
        self.seats.iter().map(shown).collect()
    }

    /// The seat that a name means: of somebody at the table, or of whoever plays somebody of that name.
    pub fn called(&self, name: &str) -> Option<SeatId> {
        let own = self.seats.iter().find(|seat| seat.name.to_lowercase() == name.to_lowercase());
        own.map(|seat| seat.id).or_else(|| self.parts.player_called(name))
    }
}

/// One of the providers that may answer at a table.
#[derive(Clone, Debug, PartialEq)]
pub struct RungView {
    /// Who.
    pub provider: ProviderName,
    /// Why it is not asked now, if it is not.
    pub rest: Option<Rest>,
}

/// A way to one open table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TableHandle {
    name: TableName,
    inbox: mpsc::Sender<Box<Message>>,
    frames: Feed,
}

impl TableHandle {
    pub(super) fn new(name: TableName, inbox: mpsc::Sender<Box<Message>>, frames: Feed) -> Self {
        Self { name, inbox, frames }
    }

    /// The table's name.
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// Says or does something. When this returns `Ok` it is in the log, once, however often it is heard.
    pub async fn say(&self, person: Person, source: SourceId, text: String) -> Result<Answer, TableError> {
        self.say_with(person, source, text, Vec::new()).await
    }

    /// The same, with what was attached. The files are brought when a turn takes the action.
    pub async fn say_with(
        &self,
        person: Person,
        source: SourceId,
        text: String,
        files: Vec<Attachment>,
    ) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Say { person, source, text, files, secret: false, reply }).await
    }

    /// Lets the table take what was left waiting when it was opened: the door has seen what was changed meanwhile.
    pub async fn release(&self) {
        // A table that is closed holds nothing.
        drop(self.send(Message::Release).await);
    }

    /// Says or does something aloud as a character whom the person plays.
    pub async fn say_as(
        &self,
        person: Person,
        source: SourceId,
        character: String,
        text: String,
    ) -> Result<Answer, TableError> {
        self.ask(|reply| Message::SayAs { person, source, text, character, reply }).await
    }

    /// Changes who plays whom.
    pub async fn part(&self, person: Person, wish: PartWish) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Part { person, wish, reply }).await
    }

    /// Everybody in the cast, as far as playing them needs.
    pub async fn cast(&self) -> Result<Vec<Part>, TableError> {
        let (reply, cast) = oneshot::channel();
        self.send(Message::Cast { reply }).await?;
        cast.await.map_err(|_| TableError::Closed)
    }

    /// Every greeting on the cards of the cast, for hosts.
    pub async fn greetings(&self) -> Result<Vec<CardGreeting>, TableError> {
        let (reply, greetings) = oneshot::channel();
        self.send(Message::Greetings { reply }).await?;
        greetings.await.map_err(|_| TableError::Closed)
    }

    /// Ends the scene and opens the next with a greeting of a character.
    pub async fn greet(&self, person: Person, title: Option<String>, wish: GreetingWish) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Greet { person, title, wish, reply }).await
    }

    /// Takes a seat, without saying anything yet; whoever sits is shown what is for them.
    pub async fn sit(&self, person: Person) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Sit { person, reply }).await
    }

    /// Says or does something that only the person and the game master know of. It waits for a turn as any action does.
    pub async fn say_in_secret(&self, person: Person, source: SourceId, text: String) -> Result<Answer, TableError> {
        let files = Vec::new();
        self.ask(|reply| Message::Say { person, source, text, files, secret: true, reply }).await
    }

    /// Does something to the game. The answer holds what came of it, as far as the person may know.
    pub async fn deed(&self, person: Person, deed: Deed) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Deed { by: By::Person(person), deed, reply }).await
    }

    /// Does something about the safety of the table: anyone may, and it is written down nowhere who did.
    pub async fn safety(&self, person: Person, act: SafetyAct) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Safety { person, act, reply }).await
    }

    /// What the person has the story keep out of and leave untold; with `wanted` that from now on. It is written down
    /// without their name.
    pub async fn bounds(&self, person: PersonId, wanted: Option<Bounds>) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Bound { person, wanted, reply }).await
    }

    /// Has the table ask `adults` before every turn whether a mature story may be told.
    pub async fn guard(&self, adults: AdultsHere) {
        // A table that is closed tells nothing.
        drop(self.send(Message::Guard { adults }).await);
    }

    /// Has the table ask now, because something changed where it is played.
    pub async fn check_age(&self) {
        drop(self.send(Message::Age).await);
    }

    /// What the person finds in a letter.
    pub async fn letter(&self, person: PersonId, event: EventSeq) -> Result<Envelope, TableError> {
        let (reply, letter) = oneshot::channel();
        self.send(Message::Letter { person, event, reply }).await?;
        letter.await.map_err(|_| TableError::Closed)?
    }

    /// The game as it stands, as far as the person may know it; none sees what everyone sees.
    pub async fn game(&self, person: Option<PersonId>) -> Result<Game, TableError> {
        let (reply, game) = oneshot::channel();
        self.send(Message::Game { person, reply }).await?;
        game.await.map_err(|_| TableError::Closed)
    }

    /// What the person may know of what is remembered of these words, a line each, the best fit first.
    pub async fn search_memory(&self, person: PersonId, words: String) -> Result<Vec<String>, TableError> {
        self.memory(person, Some(words)).await
    }

    /// What the last brief was told of earlier and what not, as far as the person may know it, a line each.
    pub async fn why_memory(&self, person: PersonId) -> Result<Vec<String>, TableError> {
        self.memory(person, None).await
    }

    async fn memory(&self, person: PersonId, words: Option<String>) -> Result<Vec<String>, TableError> {
        let (reply, lines) = oneshot::channel();
        self.send(Message::Memory { person, words, reply }).await?;
        lines.await.map_err(|_| TableError::Closed)?
    }

    /// What happened so far, as far as the person may know it; none tells what everyone knows. Nothing, before the first turn.
    pub async fn recap(&self, person: Option<PersonId>) -> Result<Option<Recap>, TableError> {
        let (reply, recap) = oneshot::channel();
        self.send(Message::Recap { person, reply }).await?;
        let recap = recap.await.map_err(|_| TableError::Closed)??;
        Ok(Some(recap).filter(|recap| !recap.is_empty()))
    }

    /// Which lore the last brief was told and why, as far as the person may know it, a line each.
    pub async fn why_lore(&self, person: Person) -> Result<Vec<String>, TableError> {
        let (reply, lines) = oneshot::channel();
        self.send(Message::Lore { person, reply }).await?;
        lines.await.map_err(|_| TableError::Closed)?
    }

    /// Changes what the table remembers. A memory that the person may not know is none.
    pub async fn remember(&self, person: Person, change: MemoryChange) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Remember { person, change, reply }).await
    }

    /// Erases a person; false if they do not sit here. Not while a turn runs.
    pub(super) async fn erase(&self, person: PersonId) -> Result<bool, TableError> {
        let (reply, erased) = oneshot::channel();
        self.send(Message::Erase { person, reply }).await?;
        erased.await.map_err(|_| TableError::Closed)?
    }

    /// A scene's rolls with what is needed to draw them again: of this scene, or of the newest in which was rolled.
    pub async fn proof(&self, scene: Option<SceneNo>) -> Result<ProofRecord, TableError> {
        let (reply, proof) = oneshot::channel();
        self.send(Message::Proof { scene, reply }).await?;
        proof.await.map_err(|_| TableError::Closed)?
    }

    /// Changes a waiting action, as its source changed.
    pub async fn edit(&self, source: SourceId, text: String) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Edit { source, text, reply }).await
    }

    /// Takes back a waiting action, as its source did.
    pub async fn withdraw(&self, source: SourceId) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Withdraw { source, reply }).await
    }

    /// Carries out a command.
    pub async fn command(&self, person: Person, command: Command) -> Result<Answer, TableError> {
        self.ask(|reply| Message::Command { person, command, reply }).await
    }

    /// The table as it stands.
    pub async fn view(&self) -> Result<TableView, TableError> {
        let (reply, view) = oneshot::channel();
        self.send(Message::View { reply }).await?;
        view.await.map_err(|_| TableError::Closed)
    }

    /// What the table shows from now on, as far as `viewer` may see it.
    pub fn watch(&self, viewer: Viewer) -> Watch {
        Watch { frames: self.frames.follow(), viewer }
    }

    /// Boxed, because a channel keeps room for many.
    async fn send(&self, message: Message) -> Result<(), TableError> {
        self.inbox.send(Box::new(message)).await.map_err(|_| TableError::Closed)
    }

    async fn ask(&self, message: impl FnOnce(Reply) -> Message) -> Result<Answer, TableError> {
        let (reply, answer) = oneshot::channel();
        self.send(message(reply)).await?;
        answer.await.map_err(|_| TableError::Closed)?
    }
}

/// The frames of a table that one viewer may see. Here, and only here, frames are kept from those they are not for.
#[derive(Debug)]
pub struct Watch {
    frames: Following,
    viewer: Viewer,
}

/// What watching yields.
#[derive(Debug)]
pub enum Watched {
    /// The next frame.
    Frame(Arc<Frame>),
    /// The viewer was too slow and missed this many; the end of a turn carries the whole reply.
    Missed(u64),
    /// The table was closed.
    Closed,
}

impl Watch {
    /// Waits for the next frame. Cancel-safe.
    pub async fn next(&mut self) -> Watched {
        loop {
            match self.frames.next().await {
                Next::Frame(frame) if frame.audience.admits(self.viewer) => return Watched::Frame(frame),
                Next::Frame(_) => {}
                Next::Missed(missed) => return Watched::Missed(missed),
                Next::Closed => return Watched::Closed,
            }
        }
    }
}

#[cfg(test)]
mod tests;
