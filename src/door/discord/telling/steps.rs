//! Which request comes next so that a turn looks in its channel as it should, and what became of those before. PURE.
//! What is wanted is decided in `telling.rs`.

use super::{Over, Phase, Shown, Telling, Voices};
use crate::door::discord::rest::Draft;
use crate::door::discord::splitting::MESSAGES;
use crate::door::discord::spoken::Piece;

/// The next request.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::door::discord) enum Step {
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
    pub(in crate::door::discord) fn part(&self) -> usize {
        match self {
            Self::Send { part, .. } | Self::Edit { part, .. } | Self::Speak { part, .. } => *part,
            Self::Delete { part, .. } | Self::Unsend { part } => *part,
        }
    }

    /// Whether it is about a message from the first character's on; those are counted for themselves.
    pub(in crate::door::discord) fn is_spoken(&self) -> bool {
        matches!(self, Self::Speak { .. })
    }
}

impl Telling {
    /// What to do next so that the channel looks as it should; none when it does.
    pub(in crate::door::discord) fn next(&self) -> Option<Step> {
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
    pub(in crate::door::discord) fn tell_anew(&mut self) {
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
    pub(in crate::door::discord) fn give_up(&mut self) {
        self.shown = vec![Shown::Gone; self.shown.len().max(MESSAGES + 2)];
        self.spoken = vec![Shown::Gone; self.spoken.len().max(MESSAGES + 2)];
    }

    /// Notes what became of a message.
    pub(in crate::door::discord) fn note(&mut self, part: usize, now: Shown) {
        put(&mut self.shown, part, now);
    }

    /// Notes what became of a message from the first character's on.
    pub(in crate::door::discord) fn note_spoken(&mut self, part: usize, now: Shown) {
        put(&mut self.spoken, part, now);
    }
}

fn put(shown: &mut Vec<Shown>, part: usize, now: Shown) {
    while shown.len() <= part {
        shown.push(Shown::Planned);
    }
    shown[part] = now;
}
