//! What stands on buttons and in forms.
//! What a press comes to is worded where it is told.

use crate::door::discord::buttons::Press;

/// What stands on a button.
pub(in crate::door::discord) fn button(press: Press) -> &'static str {
    match press {
        Press::Stop => "Stop",
        Press::Retry => "Retry",
        Press::Undo => "Undo",
        Press::Continue => "Continue",
    }
}

/// What stands on the button that opens the stop card.
pub(in crate::door::discord) const SAFETY: &str = "Safety";
/// What the Safety button shows to its presser.
pub(in crate::door::discord) const LINES_TITLE: &str = "Lines and veils";
pub(in crate::door::discord) const LINES_FIELD: &str = "Never in the story, one a line";
pub(in crate::door::discord) const LINES_HINT: &str = "spiders";
pub(in crate::door::discord) const VEILS_FIELD: &str = "Only behind a veil, one a line";
pub(in crate::door::discord) const VEILS_HINT: &str = "torture";
pub(in crate::door::discord) const CARD_PANEL: &str = "Only you see this. Stop pauses play at once and covers the last messages; nobody is told who did it. A host \
     lets play go on afterwards.";
/// The buttons of the stop card.
pub(in crate::door::discord) const CARD_STOP: &str = "Stop play";
/// Takes the last part out.
pub(in crate::door::discord) const CARD_REWIND: &str = "Rewind";
/// Lets it fade.
pub(in crate::door::discord) const CARD_FADE: &str = "Fade";
/// Goes on elsewhere.
pub(in crate::door::discord) const CARD_SKIP: &str = "Skip ahead";
/// Leaves the story as it is.
pub(in crate::door::discord) const CARD_PAUSE: &str = "Just pause";
/// Whoever stopped play is ready.
pub(in crate::door::discord) const CARD_READY: &str = "I am ready to go on";
/// A host has play go on.
pub(in crate::door::discord) const CARD_RESUME: &str = "Go on (host)";

/// What stands on the button under what the game master asks to be rolled.
pub(in crate::door::discord) const ROLL: &str = "Roll";

/// What stands on the button of an envelope.
pub(in crate::door::discord) const OPEN_LETTER: &str = "Open";

/// The form in which a line is changed.
pub(in crate::door::discord) const EDIT_LINE: &str = "Change your line";
/// Its field.
pub(in crate::door::discord) const LINE: &str = "What you say or do";

/// What stands above the form that opens a table.
pub(in crate::door::discord) const NEW_TABLE: &str = "A new table";
pub(in crate::door::discord) const ASK_PITCH: &str = "What is the game about?";
pub(in crate::door::discord) const HINT_PITCH: &str = "A drowned city, and a party that owes its harbour master";
pub(in crate::door::discord) const ASK_TONE: &str = "How is it told?";
pub(in crate::door::discord) const HINT_TONE: &str = "Slow dread, dry humour, no gore";
pub(in crate::door::discord) const ASK_PROVIDER: &str = "Who answers? Leave empty for the default";
pub(in crate::door::discord) const HINT_PROVIDER: &str = "claude, oracle, …";
pub(in crate::door::discord) const ASK_MODEL: &str = "With which model? Empty for the default";
pub(in crate::door::discord) const HINT_MODEL: &str = "opus";

/// The form for an answer in one's own words.
pub(in crate::door::discord) const OWN_WORDS: &str = "Your answer";
pub(in crate::door::discord) const ASK_WORDS: &str = "In your own words";
