//! What a turn's steps come to in a channel: the messages, without sending any. PURE.
//! What depends on the pace of sending, such as a note that a reply takes long, is left out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::rest::Draft;
use super::telling::Telling;
use super::wording as own;
use crate::config::{Links, Voices};
use crate::domain::{EventKind, ProviderName, TableId, TurnNo};
use crate::door::wording;
use crate::table::FrameBody;
use crate::table::machine::{Effect, Step};

/// How a channel shows replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Whether links that hide where they lead work.
    pub links_work: bool,
    /// Whether characters speak under names of their own.
    pub own_voices: bool,
}

impl Look {
    /// As the settings have it.
    pub fn new(links: Links, voices: Voices) -> Self {
        Self { links_work: links == Links::Allow, own_voices: voices == Voices::Webhook }
    }
}

/// One message as a channel gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whether it is how the reply stood when its last text had come, before it was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// In whose voice; none is the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// What it says.
    pub text: String,
    /// What the file says that is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// One turn, told from its steps.
#[derive(Debug)]
pub struct Retelling {
    telling: Telling,
    provider: ProviderName,
    look: Look,
    unfinished: Vec<Message>,
    asides: Vec<Message>,
}

impl Retelling {
    /// A turn that is about to be opened.
    pub fn new(turn: TurnNo, look: Look) -> Self {
        let links = if look.links_work { Links::Allow } else { Links::Inert };
        let telling = Telling::new(TableId::new(0), turn, links);
        Self { telling, provider: ProviderName::oracle(), look, unfinished: Vec::new(), asides: Vec::new() }
    }

    /// Takes a step of the turn's table.
    pub fn take(&mut self, step: &Step) {
        let this = self.telling.turn;
        for event in &step.record {
            match &event.kind {
                EventKind::TurnOpened { turn, provider, .. } | EventKind::RungLeft { turn, next: provider, .. }
                    if *turn == this =>
                {
                    self.provider = provider.clone();
                }
                _ => {}
            }
        }
        for effect in &step.then {
            if let Effect::Show(frame) = effect
                && frame.audience.is_table()
            {
                self.frame(&frame.body);
            }
        }
    }

    fn frame(&mut self, body: &FrameBody) {
        let this = self.telling.turn;
        match body {
            FrameBody::Text { turn, append } if *turn == this => self.telling.hear(append),
            FrameBody::Replaced { turn, text } if *turn == this => self.telling.hear_anew(text),
            FrameBody::OtherVoice { turn, provider, resting, purse, in_fiction } if *turn == this => {
                let said = wording::other_voice(*turn, provider, resting, *purse);
                self.asides.push(message(&Draft::text(own::other_voice(&said, *in_fiction)), None));
            }
            FrameBody::Trespassed { turn, characters } if *turn == this => {
                let text = own::aside(&wording::trespassed(characters));
                self.asides.push(message(&Draft::text(text), None));
            }
            FrameBody::TurnEnded { turn, end } if *turn == this => {
                let standing = self.telling.wanted();
                self.unfinished = standing.iter().map(|draft| message(draft, None)).collect();
                self.unfinished.iter_mut().for_each(|message| message.unfinished = true);
                self.telling.end(end, &self.provider, self.look.own_voices);
                self.telling.voices_are(true, &HashMap::new());
            }
            _ => {}
        }
    }

    /// Every message of it, in order: how the reply stood last while it came, how it stands, and what was said beside it.
    pub fn messages(&self) -> Vec<Message> {
        let told = self.telling.wanted();
        let told = told.iter().map(|draft| message(draft, None));
        let spoken = self.telling.wanted_of_voices().iter();
        let spoken = spoken.map(|piece| message(&piece.draft, piece.voice.as_ref().map(|voice| voice.name.clone())));
        self.unfinished.iter().cloned().chain(told).chain(spoken).chain(self.asides.iter().cloned()).collect()
    }
}

fn message(draft: &Draft, voice: Option<String>) -> Message {
    let file = draft.attached.as_ref().map(|attached| attached.text.clone());
    Message { unfinished: false, voice, text: draft.content.clone(), file }
}
