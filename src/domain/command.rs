//! What a person may ask of a table beside playing: the same for every door.
//! How a command is typed and what is answered in words is the door's matter.

use serde::{Deserialize, Serialize};

use super::asking::AskReply;
use super::game::Denied;
use super::ids::{AskId, ModelName, ProviderName, SceneNo, TurnNo};
use super::money::EmptyPurse;
use super::part::{Part, PartDenied};
use super::style::StyleFault;

/// The words with which a character opens a scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Who.
    pub by: Part,
    /// What they say.
    pub words: String,
}

/// A command that may change the table. Looking (status, story, help) needs none of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Stop the running turn.
    Stop,
    /// Take back the last turn.
    Undo,
    /// Run the last turn's actions again.
    Retry,
    /// Begin a new tale; the old one stays in the log and in the story folder.
    Reset,
    /// Let another provider answer from now on.
    Provider {
        /// Which.
        provider: ProviderName,
        /// With which model; none leaves it to the provider.
        model: Option<ModelName>,
    },
    /// Use another model of the same provider; none leaves it to the provider.
    Model(Option<ModelName>),
    /// End the scene and open the next.
    SceneNew {
        /// Its title, if the person gave one.
        title: Option<String>,
        /// Who opens it with which words, if somebody does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        greeting: Option<Greeting>,
    },
    /// End the scene; the next action opens another.
    SceneEnd,
    /// Name the open scene.
    SceneTitle(String),
    /// Tell the story in another way.
    Style {
        /// Which facet of it.
        facet: String,
        /// What to set it to.
        value: String,
    },
    /// Answer what the provider asks.
    Answer {
        /// Which of its requests.
        ask: AskId,
        /// The answer.
        reply: AskReply,
    },
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// The turn is being stopped.
    Stopping(TurnNo),
    /// The turn was taken back.
    Undone(TurnNo),
    /// The tale before the reset is back.
    ResetUndone,
    /// The actions of the turn are run again.
    Retrying(TurnNo),
    /// A new tale began with this scene.
    Reset(SceneNo),
    /// The provider answers from now on.
    Provider(ProviderName, Option<ModelName>),
    /// A scene was opened.
    SceneOpened(SceneNo),
    /// The scene ended.
    SceneEnded(SceneNo),
    /// The scene was named.
    SceneTitled(SceneNo, String),
    /// What the provider asked was answered.
    Answered(AskId),
    /// The facet of the story's style is set to this.
    Styled(String, String),
}

/// Why a table does not do what was asked. Each has one sentence in the door's wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Refusal {
    /// The action holds nothing but white space.
    #[error("the action is empty")]
    EmptyAction,
    /// The action is longer than the table takes.
    #[error("the action has {bytes} bytes and {limit} are allowed")]
    ActionTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Too many actions wait already.
    #[error("{limit} actions wait already")]
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// It is not their move, and enough of theirs waits for it.
    #[error("{limit} actions wait for their move already")]
    OutOfTurn {
        /// The limit.
        limit: usize,
    },
    /// A spectator tried to act.
    #[error("spectators do not act")]
    Spectator,
    /// Only a host may do that.
    #[error("only a host may do that")]
    NotHost,
    /// A turn is running; it has to end or be stopped first.
    #[error("a turn is running")]
    TurnRunning,
    /// No turn is running.
    #[error("no turn is running")]
    NoTurnRunning,
    /// There is nothing to take back.
    #[error("nothing to undo")]
    NothingToUndo,
    /// There is nothing to run again.
    #[error("nothing to retry")]
    NothingToRetry,
    /// No scene is open.
    #[error("no scene is open")]
    NoScene,
    /// A title is empty or too long.
    #[error("a title has 1 to {limit} characters")]
    BadTitle {
        /// The limit in characters.
        limit: usize,
    },
    /// The action is not waiting any more.
    #[error("the action is not waiting")]
    NotWaiting,
    /// What was asked is settled already.
    #[error("that is settled already")]
    AskSettled,
    /// Only those who acted in the turn, or a host, answer its questions.
    #[error("only those who acted in the turn answer it")]
    NotAsked,
    /// The answer is none to what was asked.
    #[error("that is no answer to what was asked")]
    NoAnswer {
        /// The longest answer in one's own words, in characters.
        limit: usize,
    },
    /// A limit of what may be spent is reached.
    #[error("a budget is spent")]
    Spent(EmptyPurse),
    /// No such provider.
    #[error("there is no provider `{name}`")]
    UnknownProvider {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<ProviderName>,
    },
    /// Play is paused by the stop card.
    #[error("play is paused")]
    Paused,
    /// Play is not paused, or by somebody else.
    #[error("there is nothing to settle")]
    NotPaused,
    /// A mature rating where not only adults come.
    #[error("not only adults come here")]
    NotForAdults,
    /// A style that cannot be set.
    #[error(transparent)]
    Style(#[from] StyleFault),
    /// That character is not theirs to play.
    #[error(transparent)]
    Part(#[from] PartDenied),
    /// The game's rules do not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
}
