//! How one turn is to look in a channel, and which request comes next to make it look so. PURE.
//! It sends nothing and knows no time; pacing is the channel's matter.

use std::collections::HashMap;

use serde_json::Value;

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

/// The next request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Send this message.
    Send { part: usize, draft: Draft },
    /// Make this message say that.
    Edit { part: usize, message: u64, draft: Draft },
    /// Say this in somebody's voice, or in ours between theirs.
    Speak { part: usize, piece: Piece },
    /// Remove this message.
    Delete { part: usize, message: u64 },
    /// Remove this message if it is there, which nobody knows: an earlier run of the program planned it.
    Unsend { part: usize },
}

impl Step {
    /// Which message it is about.
    pub(super) fn part(&self) -> usize {
        match self {
            Self::Send { part, .. } | Self::Edit { part, .. } | Self::Speak { part, .. } => *part,
            Self::Delete { part, .. } | Self::Unsend { part } => *part,
        }
    }

    /// Whether it is about a message from the first character's on; those are counted for themselves.
    pub(super) fn is_spoken(&self) -> bool {
        matches!(self, Self::Speak { .. })
    }
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

    /// What to do next so that the channel looks as it should; none when it does.
    pub(super) fn next(&self) -> Option<Step> {
        let wanted = self.wanted();
        for (part, draft) in wanted.iter().enumerate() {
            match self.shown.get(part) {
                None | Some(Shown::Planned | Shown::Unsent) => return Some(Step::Send { part, draft: draft.clone() }),
                Some(Shown::There { message, draft: there }) if there.as_ref() != Some(draft) => {
                    return Some(Step::Edit { part, message: *message, draft: draft.clone() });
                }
                Some(Shown::There { .. } | Shown::Gone) => {}
            }
        }
        let covered = self.phase == Phase::Over(Over::Curtained);
        if let (Voices::Own(pieces, ours), Phase::Over(_), false) = (&self.voices, &self.phase, covered) {
            // What perhaps stands in our own words would be taken for words of the character's whose sending was not
            // heard of, so it goes first.
            let perhaps = |part: &usize| self.shown[*part] == Shown::Planned;
            if let Some(part) = (wanted.len()..self.shown.len()).find(perhaps) {
                return Some(Step::Unsend { part });
            }
            let unsaid = |part: &usize| matches!(self.spoken.get(*part), None | Some(Shown::Planned | Shown::Unsent));
            if let Some(part) = (0..pieces.len() - ours).find(unsaid) {
                return Some(Step::Speak { part, piece: pieces[ours + part].clone() });
            }
        }
        // A pause in the text is no reason to remove what may come again.
        if self.phase == Phase::Running {
            return None;
        }
        self.shown.iter().enumerate().skip(wanted.len()).find_map(|(part, shown)| match shown {
            Shown::There { message, .. } => Some(Step::Delete { part, message: *message }),
            Shown::Planned => Some(Step::Unsend { part }),
            Shown::Gone | Shown::Unsent => None,
        })
    }

    /// What stands of it cannot be changed any more: all of it goes into messages of its own, once.
    pub(super) fn tell_anew(&mut self) {
        if !self.spoken.is_empty() {
            // They would stand below what follows them; the old ones say it already, in bold.
            self.shown = vec![Shown::Gone; self.shown.len().max(MESSAGES)];
            return;
        }
        if self.anew {
            return self.give_up();
        }
        self.anew = true;
        self.shown.clear();
    }

    /// Nothing more of it can be shown.
    pub(super) fn give_up(&mut self) {
        self.shown = vec![Shown::Gone; self.shown.len().max(MESSAGES + 2)];
        self.spoken = vec![Shown::Gone; self.spoken.len().max(MESSAGES + 2)];
    }

    /// Notes what became of a message.
    pub(super) fn note(&mut self, part: usize, now: Shown) {
        put(&mut self.shown, part, now);
    }

    /// Notes what became of a message from the first character's on.
    pub(super) fn note_spoken(&mut self, part: usize, now: Shown) {
        put(&mut self.spoken, part, now);
    }
}

fn put(shown: &mut Vec<Shown>, part: usize, now: Shown) {
    while shown.len() <= part {
        shown.push(Shown::Planned);
    }
    shown[part] = now;
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
mod tests {
    use super::*;

    fn telling(text: &str) -> Telling {
        let mut telling = Telling::new(TableId::new(1), TurnNo::new(3), Links::Inert);
        telling.hear(text);
        telling
    }

    /// Does everything until nothing is left to do; gives the kinds of the requests.
    fn settle(telling: &mut Telling) -> Vec<String> {
        let mut done = Vec::new();
        while let Some(step) = telling.next() {
            assert!(done.len() < 50, "it never settles");
            match step {
                Step::Send { part, draft } => {
                    done.push(format!("send {part}"));
                    telling.note(part, Shown::There { message: 100 + part as u64, draft: Some(draft) });
                }
                Step::Edit { part, message, draft } => {
                    done.push(format!("edit {part}"));
                    telling.note(part, Shown::There { message, draft: Some(draft) });
                }
                Step::Speak { part, piece } => {
                    let who = piece.voice.map_or("us".to_owned(), |voice| voice.name);
                    done.push(format!("speak {part} {who}"));
                    telling.note_spoken(part, Shown::There { message: 200 + part as u64, draft: None });
                }
                Step::Delete { part, .. } => {
                    done.push(format!("delete {part}"));
                    telling.note(part, Shown::Gone);
                }
                Step::Unsend { part } => {
                    done.push(format!("unsend {part}"));
                    telling.note(part, Shown::Unsent);
                }
            }
        }
        done
    }

    #[test]
    fn a_reply_grows_in_its_message_and_ends_with_other_buttons() {
        let mut telling = telling("The gate");
        assert_eq!(settle(&mut telling), ["send 0"]);
        telling.hear(" opens.");
        assert_eq!(settle(&mut telling), ["edit 0"]);
        telling.phase = Phase::Over(Over::Answered);
        assert_eq!(settle(&mut telling), ["edit 0"]);
        let last = telling.wanted().remove(0);
        assert_eq!(last.content, "The gate opens.");
        let labels: Vec<_> =
            last.components[0]["components"].as_array().unwrap().iter().map(|b| b["label"].clone()).collect();
        assert_eq!(labels, ["Retry", "Undo", "Continue", "Safety"]);
    }

    #[test]
    fn a_turn_that_says_nothing_shows_nothing_until_it_ends() {
        let mut telling = telling("");
        assert_eq!(telling.next(), None);
        assert!(telling.is_silent());
        let (sentence, again) = ("It failed. (E-1)".to_owned(), true);
        telling.phase = Phase::Over(Over::Unanswered { sentence, again });
        assert_eq!(telling.wanted()[0].content, "-# It failed. (E-1)");
        assert_eq!(settle(&mut telling), ["send 0"]);
    }

    #[test]
    fn what_keeps_it_waiting_stands_in_the_message_that_the_text_takes() {
        let mut telling = telling("");
        telling.wait_for("Other tables are being answered first.".to_owned());
        assert_eq!(telling.wanted()[0].content, "-# Other tables are being answered first.");
        assert_eq!(settle(&mut telling), ["send 0"]);
        assert!(telling.is_silent(), "it still shows as typing");
        telling.hear("The gate");
        assert_eq!(settle(&mut telling), ["edit 0"]);
        assert_eq!(telling.wanted()[0].content, "The gate");
        telling.wait_for("Nothing was heard for a while.".to_owned());
        assert_eq!(telling.wanted()[0].content, "The gate\n-# Nothing was heard for a while.");
        telling.hear(" opens.");
        telling.phase = Phase::Over(Over::Answered);
        assert_eq!(settle(&mut telling), ["edit 0"]);
        assert_eq!(telling.wanted()[0].content, "The gate opens.");
    }

    #[test]
    fn what_a_crash_left_is_completed_and_what_is_too_much_removed() {
        let mut telling = telling("The whole reply.");
        telling.phase = Phase::Over(Over::Answered);
        telling.shown =
            vec![Shown::There { message: 9, draft: None }, Shown::There { message: 10, draft: None }, Shown::Planned];
        assert_eq!(settle(&mut telling), ["edit 0", "delete 1", "unsend 2"]);
    }

    #[test]
    fn a_message_that_somebody_removed_is_not_sent_again() {
        let mut telling = telling("The gate opens.");
        telling.shown = vec![Shown::Gone];
        assert_eq!(telling.next(), None);
    }

    fn with_voices(telling: &mut Telling, spans: &[(&str, &str)]) {
        let span = |(speaker, text): &(&str, &str)| crate::domain::Span {
            speaker: Some((*speaker).to_owned()).filter(|name| !name.is_empty()),
            text: (*text).to_owned(),
        };
        let reply = Reply { spans: spans.iter().map(span).collect() };
        telling.tell(&reply.to_markdown());
        telling.give_voices("", &reply);
        telling.phase = Phase::Over(Over::Answered);
    }

    #[test]
    fn what_was_told_in_bold_is_said_by_its_voices_when_it_is_over() {
        let mut telling = telling("The gate opens.\n\n**Mira:** Come.\n\nShe waves.");
        assert_eq!(settle(&mut telling), ["send 0"]);
        with_voices(&mut telling, &[("", "The gate opens."), ("Mira", "Come."), ("", "She waves.")]);
        assert_eq!(telling.asks_for_voices(), Some(vec!["Mira".to_owned()]));
        telling.voices_are(true, &HashMap::new());
        assert_eq!(settle(&mut telling), ["edit 0", "speak 0 Mira", "speak 1 us"]);
        assert_eq!(telling.wanted()[0].content, "The gate opens.");
    }

    #[test]
    fn a_reply_that_begins_with_a_voice_leaves_nothing_of_ours_above_it() {
        let mut telling = telling("**Mira:** Come.");
        assert_eq!(settle(&mut telling), ["send 0"]);
        with_voices(&mut telling, &[("Mira", "Come.")]);
        telling.voices_are(true, &HashMap::new());
        assert_eq!(settle(&mut telling), ["speak 0 Mira", "delete 0"]);
    }

    #[test]
    fn what_perhaps_stands_goes_before_a_voice_says_the_same() {
        let mut left = telling("**Mira:** Come.");
        left.shown = vec![Shown::Planned];
        with_voices(&mut left, &[("Mira", "Come.")]);
        left.voices_are(true, &HashMap::new());
        assert_eq!(settle(&mut left), ["unsend 0", "speak 0 Mira"]);
        // The program died between the two, and now the channel has no voices.
        let mut bold = telling("**Mira:** Come.");
        bold.shown = vec![Shown::Unsent];
        with_voices(&mut bold, &[("Mira", "Come.")]);
        bold.voices_are(false, &HashMap::new());
        assert_eq!(settle(&mut bold), ["send 0"]);
    }

    #[test]
    fn without_voices_it_stands_as_it_was_told_and_what_was_begun_is_finished() {
        let spans = [("Mira", "Come."), ("", "She waves.")];
        let mut bold = telling("");
        with_voices(&mut bold, &spans);
        bold.voices_are(false, &HashMap::new());
        assert_eq!(settle(&mut bold), ["send 0"]);
        let mut begun = telling("");
        begun.note_spoken(0, Shown::There { message: 200, draft: None });
        with_voices(&mut begun, &spans);
        begun.voices_are(false, &HashMap::new());
        assert_eq!(settle(&mut begun), ["speak 1 us"]);
    }

    #[test]
    fn a_flood_ends_in_a_file() {
        let mut telling = telling(&"A line of the flood.\n\n".repeat(2000));
        telling.phase = Phase::Over(Over::Answered);
        let wanted = telling.wanted();
        assert!(wanted.len() <= MESSAGES + 1, "{}", wanted.len());
        assert!(wanted.iter().all(|draft| splitting::units(&draft.content) <= MESSAGE_UNITS));
        assert!(wanted.last().unwrap().attached.is_some());
    }
}
