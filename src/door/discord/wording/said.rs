//! Sentences about what is said in secret, and in a character's name.
//! Nothing here is part of the story.

/// A whisper reached the game master.
pub(in crate::door::discord) const WHISPER_HEARD: &str = "The game master hears it, and nobody else.";
/// A whisper waits for the next turn.
pub(in crate::door::discord) const WHISPER_WAITS: &str =
    "The game master hears it after the reply that is on its way, and nobody else does.";
/// A whisper was handed to a person.
pub(in crate::door::discord) const WHISPER_HANDED: &str =
    "Handed over in an envelope. Only they can read it; the game master knows of it too.";
/// `/whisper` without words.
pub(in crate::door::discord) const NOTHING_WHISPERED: &str =
    "Write what you whisper as `text`. Without `to` the game master hears it; `deliver` sets how letters for you come.";

/// How a person's letters come from now on.
pub(in crate::door::discord) fn letters_come(direct: bool) -> &'static str {
    if direct {
        "Letters for you come by direct message from now on. The envelope still stands in the channel."
    } else {
        "Letters for you come as envelopes in the channel from now on."
    }
}

/// Nobody at the table is called that.
pub(in crate::door::discord) fn nobody_called(name: &str) -> String {
    let name: String = name.chars().take(80).collect();
    format!(
        "Nobody at this table is called {name}. Choose a name while you type; whoever has not played here yet takes a \
         seat with their first message."
    )
}

/// Who tells the story, where no name is known.
pub(in crate::door::discord) const GAME_MASTER: &str = "The game master";

/// Somebody who is not known any more.
pub(in crate::door::discord) const SOMEBODY: &str = "Somebody";
/// A line was said as a character.
pub(in crate::door::discord) const SAID_ALOUD: &str = "Said.";
/// Said once where lines stay as their writers wrote them.
pub(in crate::door::discord) const ALOUD_STAYS: &str = "-# Lines said as a character stay under their writer's own name here: to put them under the \
character's, I lack Manage Messages. They are told as the character's all the same.";
/// What the game master or one of its characters said.
pub(in crate::door::discord) const GM_WROTE: &str = "The game master wrote this.";
/// A message that is no line in a character's name.
pub(in crate::door::discord) const NO_LINE: &str =
    "That is no line said as a character. Your own messages you change and delete as ever.";
/// Somebody else's line.
pub(in crate::door::discord) const ANOTHERS_LINE: &str = "Somebody else wrote that line.";
/// A line that a turn has.
pub(in crate::door::discord) const LINE_TAKEN: &str =
    "That line has been taken up by a reply, so it stays. /undo takes the turn back for everyone.";
/// It could not be looked up.
pub(in crate::door::discord) const LINE_UNKNOWN: &str =
    "It could not be looked up whose line that is. Try again in a moment.";
/// The table did not answer in the time that Discord gives a form.
pub(in crate::door::discord) const TABLE_LATER: &str = "The table is busy just now. Try again in a moment.";
/// A line is gone.
pub(in crate::door::discord) const LINE_REMOVED: &str = "Your line is taken back.";
/// A line counts no more and its message stands.
pub(in crate::door::discord) const LINE_REMAINS: &str =
    "Your line is taken back, but its message could not be removed.";
/// A line says something else.
pub(in crate::door::discord) const LINE_CHANGED: &str = "Your line is changed.";
/// A line counts as changed and its message says what it said.
pub(in crate::door::discord) const LINE_STANDS: &str =
    "Your line counts as changed, but its message could not be changed any more.";
/// The same, and it may work later.
pub(in crate::door::discord) const LINE_LATER: &str =
    "Your line counts as changed, but Discord did not take the change of its message. Try again.";

/// Who wrote a message; the person's number lets their client show who that is, and pings nobody.
pub(in crate::door::discord) fn wrote(name: &str, user: Option<u64>) -> String {
    match user {
        Some(user) => format!("{name} (<@{user}>) wrote this."),
        None => format!("{name} wrote this."),
    }
}
