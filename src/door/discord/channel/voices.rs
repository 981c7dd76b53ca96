//! Whether the characters of a reply can speak under their own names here, and where their pictures are.
//! It says nothing in their names; that is `speaking.rs`.

use std::collections::HashMap;

use super::{Channel, Done, Notice, Work};
use crate::domain::TurnNo;
use crate::door::discord::rest::RestError;
use crate::door::discord::telling::{Phase, Telling};
use crate::door::discord::wording as own;

/// What the subject of the notice is that says why nobody speaks under a name of their own; it is said once.
const BOLD: &str = "voices:bold";

/// What was found for a turn.
pub(super) struct VoicesDone {
    turn: TurnNo,
    way: Result<(), RestError>,
    pictures: HashMap<String, String>,
}

impl Channel {
    /// Looks for a way to speak and for pictures, if a reply that is over wants it.
    pub(super) fn ask_for_voices(&self, telling: &Telling) -> Option<Work> {
        let speakers = telling.asks_for_voices().filter(|_| telling.phase != Phase::Running)?;
        let (turn, out, cast) = (telling.turn, self.stage.out.clone(), self.stage.cast.clone());
        Some(Box::pin(async move {
            let way = out.hooks.way(out.channel).await.map(drop);
            let mut pictures = HashMap::new();
            for member in cast.members(&[]).await {
                if let (true, Some(picture)) = (speakers.contains(&member.persona.name), member.persona.picture) {
                    pictures.insert(member.persona.name, picture);
                }
            }
            Done::Voices(VoicesDone { turn, way, pictures })
        }))
    }

    /// Has the reply told in voices, or as it is; where the channel does not allow voices, that is said once.
    pub(super) async fn voices_found(&mut self, done: VoicesDone) {
        if let Err(failure) = &done.way {
            let code = failure.code();
            tracing::warn!(channel = self.stage.out.channel, error = %failure, "characters speak in bold");
            if matches!(failure, RestError::Refused { .. }) {
                self.notices.push_back(Notice::new(BOLD.to_owned(), own::no_voices(code)));
            }
        }
        if let Some(telling) = self.telling(done.turn) {
            telling.voices_are(done.way.is_ok(), &done.pictures);
        }
    }
}
