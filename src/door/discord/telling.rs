//! How one turn is to look in a channel. PURE.
//! It sends nothing and knows no time; which request comes next is in `telling/steps.rs`, pacing is the channel's matter.

mod steps;

use std::collections::HashMap;

use serde_json::Value;

pub(super) use steps::Step;

use super::buttons;
use super::rest::{Attached, Draft};
use super::splitting::{self, MESSAGE_UNITS, MESSAGES};
use super::spoken::{self, Piece};
use super::wording;
use crate::config::Links;
use crate::domain::{ProviderName, Reply, TableId, TurnNo};
use crate::door::wording::{self as door, CURTAIN};
use crate::format::links::{self, Inert};
use crate::format::spans::TitleGate;
use crate::format::splitter::{Split, Streaming};
use crate::table::TurnEnd;

/// How far a turn is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It runs.
    Running,
    /// It is over, with this sentence beside what was told.
    Over(Over),
}

/// How a turn ended, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// With a reply.
    Answered,
    /// Nothing of it is to stand here. It takes its place in the order all the same: what is shown is counted in order.
    Nothing,
    /// Somebody stopped play: nothing of it is to be read any more.
    Curtained,
    /// Without one; the sentence says why, and whether it can be run again from here.
    Unanswered { sentence: String, again: bool },
}

/// What is known of one message of a turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// It may or may not be there.
    Planned,
    /// It is certainly not there, and may be sent.
    Unsent,
    /// It is there; what it says is known if this run of the program wrote it.
    There { message: u64, draft: Option<Draft> },
    /// Somebody removed it, or it cannot be shown.
    Gone,
}

/// How the characters of a reply speak.
#[derive(Clone, Debug, PartialEq)]
enum Voices {
    /// In our messages.
    Ours,
    /// Under their own names, if the channel lets them, which is not known yet.
    Asked(Vec<Piece>),
    /// Under their own names: our words before the first of them, and how many these are, and all the rest.
    Own(Vec<Piece>, usize),
}

/// One turn in one channel.
#[derive(Debug)]
pub(super) struct Telling {
    /// The turn.
    pub turn: TurnNo,
    /// Its table, for the buttons.
    pub table: TableId,
    /// How far it is.
    pub phase: Phase,
    /// What was told so far.
    pub text: String,
    /// Which links in it work.
    links: Links,
    /// Makes the others inert as it grows.
    inert: Inert,
    /// The same, cut as it grows.
    cutter: Streaming,
    /// Keeps the line with the scene's title out of it until the end says what the title is.
    gate: TitleGate,
    /// Some of the text was missed: nothing more is shown until the end brings the whole.
    pub gap: bool,
    /// Its first messages could not be changed any more, so it stands in others.
    pub anew: bool,
    /// What keeps the text waiting, in a sentence; gone when text comes.
    note: Option<String>,
    /// What stands in the channel, message by message.
    pub shown: Vec<Shown>,
    /// How its characters speak.
    voices: Voices,
    /// What stands in the channel from the first character's message on.
    pub spoken: Vec<Shown>,
}

impl Telling {
    /// A turn that has just been opened.
    pub(super) fn new(table: TableId, turn: TurnNo, links: Links) -> Self {
        Self {
            links,
            inert: Inert::default(),
            turn,
            table,
            phase: Phase::Running,
            text: String::new(),
            cutter: Streaming::new(splitting::limits()),
            gate: TitleGate::default(),
            gap: false,
            anew: false,
            note: None,
            shown: Vec::new(),
            voices: Voices::Ours,
            spoken: Vec::new(),
        }
    }

    /// Says what keeps the text waiting.
    pub(super) fn wait_for(&mut self, note: String) {
        self.note = Some(note);
    }

    /// Whether something is said of why there is no text.
    pub(super) fn has_note(&self) -> bool {
        self.note.is_some()
    }

    /// Takes more of the text, as the provider sends it.
    pub(super) fn hear(&mut self, append: &str) {
        self.note = None;
        let mut visible = self.gate.push(append);
        if self.links == Links::Inert {
            visible = self.inert.push(&visible);
        }
        self.cutter.push(&visible);
        self.text.push_str(&visible);
    }

    /// Begins the text anew.
    pub(super) fn hear_anew(&mut self, text: &str) {
        (self.text, self.gate, self.gap) = (String::new(), TitleGate::default(), false);
        self.inert = Inert::default();
        self.cutter = Streaming::new(splitting::limits());
        self.hear(text);
    }

    /// Takes how the turn ended.
    pub(super) fn end(&mut self, end: &TurnEnd, provider: &ProviderName, by_voice: bool) {
        self.gap = false;
        let unanswered = |sentence: String, again| Phase::Over(Over::Unanswered { sentence, again });
        self.phase = match end {
            TurnEnd::Answered { title, reply } => {
                let title = title.as_ref().map_or_else(String::new, |title| format!("## {title}\n"));
                self.tell(&format!("{title}{}", reply.to_markdown()));
                if by_voice || !self.spoken.is_empty() {
                    self.give_voices(&title, reply);
                }
                Phase::Over(Over::Answered)
            }
            TurnEnd::Failed { fault, error, until } => unanswered(door::fault(*fault, provider, *until, error), true),
            TurnEnd::Stopped => unanswered(wording::STOPPED.to_owned(), true),
            TurnEnd::Faded => unanswered(door::FADED.to_owned(), false),
            TurnEnd::Interrupted => unanswered(wording::CUT_OFF.to_owned(), false),
        };
    }

    /// The messages from the first character's on.
    pub(super) fn wanted_of_voices(&self) -> &[Piece] {
        match &self.voices {
            Voices::Own(pieces, ours) => &pieces[*ours..],
            Voices::Ours | Voices::Asked(_) => &[],
        }
    }

    /// The whole text, now that it is over.
    pub(super) fn tell(&mut self, text: &str) {
        self.text = match self.links {
            Links::Inert => links::inert(text),
            Links::Allow => text.to_owned(),
        };
    }

    /// Has the characters of the reply speak under their own names, if somebody does in it and the channel lets them.
    pub(super) fn give_voices(&mut self, title: &str, reply: &Reply) {
        let rest = (wording::rest_file(self.turn), wording::rest_attached());
        let pieces = spoken::pieces(title, reply, self.links, rest);
        if pieces.iter().any(|piece| piece.voice.is_some()) {
            self.voices = Voices::Asked(pieces);
        }
    }

    /// Who wants to speak and does not know yet whether they can; none when nobody does.
    pub(super) fn asks_for_voices(&self) -> Option<Vec<String>> {
        let Voices::Asked(pieces) = &self.voices else { return None };
        Some(pieces.iter().filter_map(|piece| piece.speaker.clone()).collect())
    }

    /// Says whether the characters can speak for themselves, and where their pictures are.
    pub(super) fn voices_are(&mut self, can: bool, pictures: &HashMap<String, String>) {
        let Voices::Asked(mut pieces) = std::mem::replace(&mut self.voices, Voices::Ours) else { return };
        // What they began to say they also finish.
        if !can && self.spoken.is_empty() {
            return;
        }
        for piece in &mut pieces {
            if let (Some(speaker), Some(voice)) = (&piece.speaker, &mut piece.voice) {
                voice.picture = pictures.get(speaker).cloned();
            }
        }
        if let Some(last) = pieces.last_mut() {
            last.draft.components = buttons::answered(self.table, self.turn);
        }
        let ours = pieces.iter().take_while(|piece| piece.voice.is_none()).count();
        self.voices = Voices::Own(pieces, ours);
    }

    /// Whether the turn runs and nothing of it can be seen yet.
    pub(super) fn is_silent(&self) -> bool {
        self.phase == Phase::Running && (self.gap || self.text.trim().is_empty())
    }

    /// The messages as they should stand now.
    pub(super) fn wanted(&self) -> Vec<Draft> {
        match &self.phase {
            Phase::Running => self.growing(),
            Phase::Over(Over::Nothing) => Vec::new(),
            Phase::Over(Over::Curtained) => self.covered(),
            Phase::Over(Over::Answered) if let Voices::Own(pieces, ours) = &self.voices => {
                pieces[..*ours].iter().map(|piece| piece.draft.clone()).collect()
            }
            Phase::Over(Over::Answered) => self.drafts(None, buttons::answered(self.table, self.turn)),
            Phase::Over(Over::Unanswered { sentence, again }) => {
                let row = if *again { buttons::unanswered(self.table, self.turn) } else { Vec::new() };
                self.drafts(Some(wording::aside(sentence)), row)
            }
        }
    }

    /// The messages while the text grows: the finished ones never change, and the last one is closed as it stands. The
    /// eighth simply stops growing; the file with the rest comes with the end. What keeps the text waiting stands under
    /// it, in the message that the text will take.
    fn growing(&self) -> Vec<Draft> {
        let mut texts = Vec::new();
        if !self.is_silent() {
            let live = Some(self.cutter.live()).filter(|live| !live.trim().is_empty());
            texts = self.cutter.finished().iter().cloned().chain(live).take(MESSAGES).collect();
        }
        if let Some(note) = &self.note {
            under(&mut texts, wording::aside(note));
        }
        let mut drafts: Vec<_> = texts.into_iter().map(Draft::text).collect();
        if let Some(last) = drafts.last_mut() {
            last.components = buttons::running(self.table, self.turn);
        }
        drafts
    }

    /// One neutral line in the place of everything; nothing where nothing stood.
    fn covered(&self) -> Vec<Draft> {
        let stood = self.shown.iter().any(|shown| !matches!(shown, Shown::Gone | Shown::Unsent));
        let line = stood.then(|| Draft::text(wording::aside(CURTAIN)));
        line.into_iter().collect()
    }

    fn drafts(&self, aside: Option<String>, row: Vec<Value>) -> Vec<Draft> {
        let Split { messages: mut texts, rest } = splitting::cut(&self.text);
        let aside = aside.or_else(|| rest.as_ref().map(|_| wording::rest_attached()));
        if let Some(aside) = aside {
            under(&mut texts, aside);
        }
        let mut drafts: Vec<_> = texts.into_iter().map(Draft::text).collect();
        if let Some(last) = drafts.last_mut() {
            last.components = row;
            last.attached = rest.map(|text| Attached { name: wording::rest_file(self.turn), text });
        }
        drafts
    }
}

/// Puts small print under the last of the messages, or into one of its own where it does not fit.
fn under(texts: &mut Vec<String>, aside: String) {
    match texts.last_mut() {
        Some(last) if splitting::units(last) + splitting::units(&aside) < MESSAGE_UNITS => {
            last.push('\n');
            last.push_str(&aside);
        }
        _ => texts.push(aside),
    }
}

#[cfg(test)]
mod tests;
