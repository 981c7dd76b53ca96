//! Lines, veils and the rating at a table: who set what is a mark, and a reply that crosses a line is told anew once,
//! then not at all. PURE.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::turns::Live;
use super::{Answer, Ask, Effect, Machine, Scribe};
use crate::domain::{
    Actor, Audience, BoundMark, Bounds, Direction, EventKind, Finished, GameEvent, RATING, Rating, SafetyEvent, Spent,
    Style, TurnNo, TurnOutcome,
};
use crate::table::frame::{FrameBody, TurnEnd};
use crate::table::live::Change;
use crate::table::machine::turns::Ending;

/// What keeps a reply from being told as it comes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Watched {
    /// How much of it was shown, where it is shown sentence by sentence.
    shown: Option<usize>,
    /// It crossed a line.
    crossed: bool,
    /// It is told for the second time, because the first crossed a line.
    pub(super) anew: bool,
}

impl Watched {
    /// Whether it is being ended because it crossed a line.
    pub(super) fn crossed(self) -> bool {
        self.crossed
    }

    /// Another text stands in place of what was shown, so much of it on show.
    pub(super) fn replaced(&mut self, shown: usize) {
        self.shown = self.shown.map(|_| shown);
        self.crossed = false;
    }
}

impl Machine {
    /// The same table; `adults` says whether only adults come here, as far as the configuration can tell.
    #[must_use]
    pub fn with_adults(self, adults: bool) -> Self {
        Self { adults, ..self }
    }

    /// Whether only adults come here.
    pub fn adults(&self) -> bool {
        self.adults
    }

    /// What the story keeps out of and what it leaves untold.
    pub fn bounds(&self) -> Bounds {
        Bounds::merged(self.state.ledger.bounds.values())
    }

    /// Whether the running turn is told once more because what was told crossed a line.
    pub fn tells_anew(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.watched.anew)
    }

    /// The style with the rating that may be here.
    pub(super) fn rated(&self, mut style: Style) -> Style {
        if Rating::of(&style) == Rating::Mature && !self.adults {
            style.set(RATING, Rating::Teen.word());
        }
        style
    }

    /// Whether a mature rating is wished for, allowed or not.
    fn wishes_mature(&self) -> bool {
        Rating::of(&self.style.under(&self.state.ledger.style)) == Rating::Mature
    }
}

impl Scribe<'_> {
    /// Takes what somebody sets in place of what they set before; without it only tells them what they have.
    pub(super) fn bound(&mut self, mark: BoundMark, wanted: Option<Bounds>, ask: Ask) {
        let own = self.machine.state.ledger.bounds.get(&mark).cloned().unwrap_or_default();
        let now = wanted.unwrap_or_else(|| own.clone());
        if now != own {
            let kind = EventKind::Safety(SafetyEvent::Bounded { mark, bounds: now.clone() });
            self.record_for(Audience::Gm, Actor::Program, None, None, kind);
        }
        self.answer(ask, Answer::Bounds(now));
    }

    /// Takes whether only adults come here. A mature reply on its way to others is ended.
    pub(super) fn age_known(&mut self, adults: bool) {
        let wished = self.machine.wishes_mature();
        self.machine.adults = adults;
        if wished && self.machine.state.ledger.adults != adults {
            let kind = EventKind::Safety(SafetyEvent::Adults { adults });
            self.record_for(Audience::Gm, Actor::Program, None, None, kind);
        }
        if wished
            && !adults
            && let Some(live) = self.machine.live.as_mut().filter(|live| live.ending.is_none())
        {
            live.ending = Some(Ending::Stop(None));
            let turn = live.turn;
            self.then(Effect::Cancel { turn });
        }
    }

    /// Shows what came of a reply, as far as it may be: where lines are drawn, whole sentences that were looked at. One
    /// that crosses a line is ended.
    pub(super) fn show_watched(&mut self, turn: TurnNo, change: Change, first: bool) {
        let bounds = self.machine.bounds();
        let Some(live) = self.machine.live.as_mut() else { return };
        if first && !bounds.lines.is_empty() {
            live.watched.shown = Some(0);
        }
        if live.watched.shown.is_none() && bounds.lines.is_empty() {
            return self.show_change(turn, change);
        }
        let text = live.streamed.text();
        let more = live.watched.shown.is_none_or(|shown| whole_sentences(&text) > shown);
        if matches!(change, Change::Append(_)) && !more {
            // Nothing of it is shown yet, and its end is looked at.
            return;
        }
        if bounds.crossed_by(&text) {
            live.watched.crossed = true;
            return self.then(Effect::Cancel { turn });
        }
        let Some(shown) = live.watched.shown else {
            // The lines were drawn while it was being told.
            return self.show_change(turn, change);
        };
        let upto = whole_sentences(&text);
        let change = match change {
            Change::Append(_) if upto > shown => Change::Append(text[shown..upto].to_owned()),
            Change::Replace(_) => Change::Replace(text[..upto].to_owned()),
            Change::Append(_) | Change::None => return,
        };
        live.watched.shown = Some(upto);
        self.show_change(turn, change);
    }

    fn show_change(&mut self, turn: TurnNo, change: Change) {
        match change {
            Change::None => {}
            Change::Append(append) => self.show(FrameBody::Text { turn, append }),
            Change::Replace(text) => self.show(FrameBody::Replaced { turn, text }),
        }
    }

    /// Shows the end of a reply that was shown sentence by sentence.
    pub(super) fn show_rest(&mut self, live: &Live) {
        let Some(shown) = live.watched.shown else { return };
        let text = live.streamed.text();
        if let Some(rest) = text.get(shown..).filter(|rest| !rest.is_empty()) {
            self.show(FrameBody::Text { turn: live.turn, append: rest.to_owned() });
        }
    }

    /// Whether what the provider told, or what it was telling, crosses a line.
    pub(super) fn crosses(&self, live: &Live, finished: Option<&Finished>) -> bool {
        let bounds = self.machine.bounds();
        let whole = finished.and_then(|finished| finished.text.as_deref()).unwrap_or_default();
        live.watched.crossed || bounds.crossed_by(&live.streamed.text()) || bounds.crossed_by(whole)
    }

    /// A reply crossed a line: it is asked for once more; the second time it is not told, and the moment fades.
    pub(super) fn turn_away(&mut self, mut live: Live, spent: Spent) {
        let turn = live.turn;
        if live.watched.shown != Some(0) {
            self.show(FrameBody::Replaced { turn, text: String::new() });
        }
        let paid = self.machine.costs_nothing(&live.rung.provider) || self.is_left_after(spent);
        if !live.watched.anew && paid {
            live.streamed = crate::table::live::Streamed::default();
            live.watched = Watched { anew: true, shown: Some(0), crossed: false };
            return self.run_anew(live, spent);
        }
        let direction = Direction::Fade;
        self.record(Actor::Program, None, None, EventKind::Safety(SafetyEvent::Directed { direction }));
        self.end_turn(&live, TurnOutcome::Stopped { by: None }, spent, None);
        self.show(FrameBody::TurnEnded { turn, end: TurnEnd::Faded });
        self.take_waiting();
    }
}

/// What in an event's JSON says which kind it is, not what happened.
const TAGS: [&str; 9] = ["game", "world", "sheet", "tier", "fight", "turns", "shown", "nonce", "seal"];

/// Whether what the game master does crosses a line, as what it tells may.
pub(super) fn deed_crosses(bounds: &Bounds, happened: &[(Audience, GameEvent)]) -> bool {
    // What cannot be written down cannot happen either.
    let crosses = |event: &GameEvent| serde_json::to_value(event).is_ok_and(|json| words_cross(bounds, &json));
    !bounds.lines.is_empty() && happened.iter().any(|(_, event)| crosses(event))
}

fn words_cross(bounds: &Bounds, json: &Value) -> bool {
    match json {
        Value::String(text) => bounds.crossed_by(text),
        Value::Array(all) => all.iter().any(|one| words_cross(bounds, one)),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| !TAGS.contains(&key.as_str()) && words_cross(bounds, value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Up to where a text is whole sentences or lines.
fn whole_sentences(text: &str) -> usize {
    let ends = |c: char| matches!(c, '\n' | '.' | '!' | '?' | '…' | '。' | '！' | '？');
    text.rfind(ends).map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8))
}
