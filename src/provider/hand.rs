//! The hand: how a provider acts on the game while it answers a turn. The oracle uses it directly; tools are served by it.
//! It decides nothing; the table judges every deed and records it before the answer comes.

use tokio::sync::{mpsc, oneshot};

use crate::domain::{Deed, Denied, Event, Game, Memory, Viewer};
use crate::lore::LookedUp;

/// How many deeds may wait; a provider does one after another.
const WAITING: usize = 8;

/// A way to the table for as long as the turn goes on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hand(mpsc::Sender<Reach>);

/// What a provider asks of the table.
#[derive(Debug)]
pub enum Reach {
    /// Do something to the game.
    Deed {
        /// What.
        deed: Deed,
        /// Where the table answers, once it is recorded.
        reply: oneshot::Sender<Result<Vec<Event>, HandError>>,
    },
    /// Look at the game as its master knows it.
    Game {
        /// Where the table answers.
        reply: oneshot::Sender<Game>,
    },
    /// Look up what is remembered of these words, as `viewer` may know it.
    Recall {
        /// What is looked for.
        words: String,
        /// Who looks.
        viewer: Viewer,
        /// Whose knowledge is looked through, if it is a character's.
        character: Option<String>,
        /// Where the table answers.
        reply: oneshot::Sender<Result<Vec<Memory>, HandError>>,
    },
    /// Look up what the lorebooks say about these words, as the game master knows it.
    Lore {
        /// What is looked for.
        words: String,
        /// Where the table answers.
        reply: oneshot::Sender<Vec<LookedUp>>,
    },
}

/// Why a deed was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// The rules do not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It could not be written down, so it did not happen.
    #[error("that could not be written down and did not happen")]
    NotSaved,
    /// It could not be looked up: that is no sign that there is nothing.
    #[error("that could not be looked up now, so it is not known whether there is something")]
    NotFoundOut,
}

impl Hand {
    /// A hand and what it reaches for.
    pub fn new() -> (Self, mpsc::Receiver<Reach>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Does something to the game. When this returns `Ok` it is recorded; what came of it, as the game master knows it.
    pub async fn deed(&self, deed: Deed) -> Result<Vec<Event>, HandError> {
        let (reply, answer) = oneshot::channel();
        let over = |_| HandError::Denied(Denied::TurnOver);
        self.0.send(Reach::Deed { deed, reply }).await.map_err(|_| HandError::Denied(Denied::TurnOver))?;
        answer.await.map_err(over)?
    }

    /// The game as it stands. None when the turn is over.
    pub async fn game(&self) -> Option<Game> {
        let (reply, game) = oneshot::channel();
        self.0.send(Reach::Game { reply }).await.ok()?;
        game.await.ok()
    }

    /// What is remembered of these words, as `viewer` may know it, the best fit first; of a character only what they know,
    /// with how they know it.
    pub async fn recall(
        &self,
        words: String,
        viewer: Viewer,
        character: Option<String>,
    ) -> Result<Vec<Memory>, HandError> {
        let (reply, found) = oneshot::channel();
        let over = |_| HandError::Denied(Denied::TurnOver);
        self.0.send(Reach::Recall { words, viewer, character, reply }).await.map_err(over)?;
        found.await.map_err(|_| HandError::Denied(Denied::TurnOver))?
    }

    /// What the lorebooks say about these words, as the game master knows it.
    pub async fn look_up_lore(&self, words: String) -> Result<Vec<LookedUp>, HandError> {
        let (reply, found) = oneshot::channel();
        self.0.send(Reach::Lore { words, reply }).await.map_err(|_| HandError::Denied(Denied::TurnOver))?;
        found.await.map_err(|_| HandError::Denied(Denied::TurnOver))
    }
}
