//! Turns: taking what waits, following the provider, ending in a recorded outcome. PURE.
//! Exactly one turn runs at a time, and every turn that was opened ends once.

use serde::{Deserialize, Serialize};

use super::bounds::Watched;
use super::ladder::Rung;
use super::trespass::First;
use super::{Effect, Opening, Scribe, floor};
use crate::domain::{
    ActionId, Actor, EmptyPurse, ErrorId, EventKind, EventSeq, Fault, FaultKind, Finished, ProviderEvent, Said,
    SceneNo, SeatId, Session, SkipWhy, Span, Spent, Spoken, Timestamp, TurnMode, TurnNo, TurnOutcome,
};
use crate::format::spans::{self, ReadReply};
use crate::table::frame::{FrameBody, TurnEnd};
use crate::table::live::{Change, Streamed};
use crate::table::state::Waiting;

/// A turn whose actions were cut off this often by the program's end is not tried again.
const INTERRUPTIONS: u8 = 2;

/// The turn that runs now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Live {
    pub(super) turn: TurnNo,
    pub(super) opened: EventSeq,
    pub(super) opened_at: Timestamp,
    first_text_at: Option<Timestamp>,
    pub(super) rung: Rung,
    opening: Opening,
    pub(super) session: Option<String>,
    pub(super) streamed: Streamed,
    pub(super) limit_until: Option<Timestamp>,
    /// Whether it was said, where it is worth saying, who speaks.
    pub(super) announced: bool,
    /// The purse that is empty, if that is why who answers does.
    pub(super) spared: Option<EmptyPurse>,
    /// How often its provider asked people for something.
    pub(super) asked: u32,
    /// What earlier runs of the turn took.
    pub(super) spent: Spent,
    /// The reply that it has already, while it is told anew.
    pub(super) first: Option<Box<First>>,
    /// Whether it was run again because its run was cut off.
    again: bool,
    /// Whether the provider did something that is in the log, which a second run would do twice.
    pub(super) acted: bool,
    spoken: Spoken,
    pub(super) watched: Watched,
    pub(super) ending: Option<Ending>,
}

impl Live {
    pub(super) fn new(turn: TurnNo, rung: Rung, opening: Opening, opened: EventSeq, opened_at: Timestamp) -> Self {
        Self {
            turn,
            opened,
            opened_at,
            first_text_at: None,
            rung,
            opening,
            session: None,
            streamed: Streamed::default(),
            limit_until: None,
            announced: false,
            spared: None,
            asked: 0,
            spent: Spent::default(),
            first: None,
            again: false,
            acted: false,
            spoken: Spoken::default(),
            watched: Watched::default(),
            ending: None,
        }
    }

    /// The same turn with another provider, as if nothing had come yet.
    pub(super) fn begin_anew(&mut self, rung: Rung) {
        let anew = self.watched.anew;
        *self = Self::new(self.turn, rung, Opening::Full, self.opened, self.opened_at);
        self.watched.anew = anew;
    }
}

/// Why a running turn is being ended from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ending {
    Stop(Option<SeatId>),
    /// The stop card: nothing of it stays on show.
    Card,
    Flood,
    Program,
}

impl Scribe<'_> {
    /// Opens a turn with what waits, unless one runs.
    pub(super) fn take_waiting(&mut self) {
        let busy = self.machine.live.is_some() || self.machine.after_fold.is_some();
        if busy || self.machine.closing {
            return;
        }
        // What is laid aside is so whatever its author may have changed: nobody waits for that.
        let worn: Vec<_> = self.waiting(|waiting| waiting.interrupted >= INTERRUPTIONS);
        for action in worn {
            self.skip(action, SkipWhy::InterruptedTwice);
        }
        if self.machine.state.ledger.paused.is_some() || self.machine.held.is_some() {
            return;
        }
        self.skip_unpayable();
        self.close_if_late();
        let said = self.next_actions();
        if !said.is_empty() {
            self.open_turn(said, None);
        }
        self.settle_clock();
    }

    pub(super) fn waiting(&self, which: impl Fn(&Waiting) -> bool) -> Vec<ActionId> {
        let waiting = self.machine.state.ledger.waiting.iter();
        waiting.filter(|waiting| which(waiting)).map(|waiting| waiting.action).collect()
    }

    /// What waits and may be taken, in order, as much as one turn takes.
    pub(super) fn next_actions(&self) -> Vec<Said> {
        let ledger = &self.machine.state.ledger;
        let (taken_now, together) = (self.taken_now(), self.together());
        let mut said = Vec::new();
        let mut bytes = 0;
        for waiting in ledger.waiting.iter().filter(|waiting| taken_now(waiting)) {
            bytes += waiting.text.len();
            if !said.is_empty() && !together && bytes > self.machine.setup.turn_bytes {
                break;
            }
            let name = ledger.seat(waiting.seat).map_or_else(String::new, |seat| seat.name.clone());
            let Waiting { action, seat, text, files, audience, character, .. } = waiting.clone();
            said.push(Said { action, seat, name, text, files, audience, character });
        }
        said
    }

    pub(super) fn open_turn(&mut self, said: Vec<Said>, retry_of: Option<TurnNo>) {
        let opened_scene = self.machine.state.tale.scene.is_none().then(|| self.open_scene(Actor::Program, None));
        let affordable = self.machine.affordable(self.now);
        let (rung, spared) = affordable.unwrap_or_else(|_| (self.machine.rung(self.now), None));
        let Rung { provider, model } = rung.clone();
        let turn = TurnNo::new(self.machine.state.ledger.last_turn + 1);
        let kind = EventKind::TurnOpened { turn, said: said.clone(), provider: provider.clone(), model, retry_of };
        let opened = self.record(Actor::Program, Some(turn), opened_scene, kind);
        let session = self.machine.state.ledger.session.clone().filter(|session| session.provider == provider);
        let opening = session.map_or(Opening::Full, Opening::Resume);
        self.reserve(turn, &provider);
        let live = Live { spared, ..Live::new(turn, rung, opening.clone(), opened, self.now) };
        self.machine.live = Some(live);
        let said = said.into_iter().filter(|said| said.audience.is_table()).collect();
        self.show(FrameBody::TurnOpened { turn, said, provider });
        self.then(Effect::Run { turn, opening });
    }

    /// Opens the next turn with nobody's action, as often as the table's style has it and can be paid; a person who says
    /// something, or stops it, comes first.
    fn go_on_alone(&mut self) {
        let machine = &self.machine;
        let free = machine.live.is_none() && machine.after_fold.is_none() && !machine.closing;
        let asked = machine.state.tale.game.dice.asked.is_empty() && machine.state.ledger.paused.is_none();
        let open = machine.state.tale.game.turns.mode == TurnMode::Open;
        if free
            && open
            && asked
            && machine.state.ledger.alone < machine.style().auto()
            && machine.affordable(self.now).is_ok()
        {
            self.open_turn(Vec::new(), None);
        }
    }

    pub(super) fn open_scene(&mut self, actor: Actor, title: Option<String>) -> EventSeq {
        let scene = SceneNo::new(self.machine.state.tale.last_scene + 1);
        let opened = self.record(actor, None, None, EventKind::SceneOpened { scene, title });
        self.settle_dice();
        opened
    }

    pub(super) fn heard(&mut self, turn: TurnNo, event: ProviderEvent) {
        let Some(event) = self.heard_asking(turn, event) else { return };
        let now = self.now;
        let limit = self.machine.setup.reply_bytes;
        let Some(live) = self.machine.live.as_mut().filter(|live| live.turn == turn) else { return };
        let change = match event {
            ProviderEvent::Started { session, version, .. } => {
                live.session = Some(session);
                live.spoken.version = version.or(live.spoken.version.take());
                return self.show(FrameBody::Begun { turn });
            }
            ProviderEvent::Text { block, text } => live.streamed.push(&block, &text),
            ProviderEvent::Block { block, text } => live.streamed.settle(&block, &text),
            ProviderEvent::Withdrawn { message, from } => live.streamed.withdraw(&message, from),
            ProviderEvent::RateLimited { until } => {
                live.limit_until = until;
                Change::None
            }
            ProviderEvent::Tool { name } => return self.show(FrameBody::Tool { turn, name }),
            ProviderEvent::Retrying { attempt, of, cause, .. } => {
                return self.show(FrameBody::Retrying { turn, attempt, of, cause });
            }
            ProviderEvent::Purse { purse } => return self.learn_purse(turn, purse),
            ProviderEvent::Quiet { seconds } => return self.show(FrameBody::Quiet { turn, seconds }),
            ProviderEvent::Unknown { name } => {
                live.spoken.count(&name);
                Change::None
            }
            // Ends come as `Input::Ended`; the others are for the log only.
            ProviderEvent::ToolDenied { .. }
            | ProviderEvent::Asked { .. }
            | ProviderEvent::Unasked { .. }
            | ProviderEvent::Finished(_)
            | ProviderEvent::Failed(_) => Change::None,
        };
        if change == Change::None || live.ending.is_some() || live.watched.crossed() {
            return;
        }
        let first = live.first_text_at.is_none();
        live.first_text_at.get_or_insert(now);
        if live.streamed.bytes() > limit {
            live.ending = Some(Ending::Flood);
            return self.then(Effect::Cancel { turn });
        }
        if !live.announced
            && let Some(mut live) = self.machine.live.take()
        {
            self.announce(&mut live);
            self.machine.live = Some(live);
        }
        self.show_watched(turn, change, first);
    }

    pub(super) fn ended(&mut self, turn: TurnNo, end: Result<Finished, Fault>, error: ErrorId) {
        let Some(mut live) = self.machine.live.take_if(|live| live.turn == turn) else { return };
        self.lapse();
        let spent = match &end {
            Ok(finished) => finished.spent,
            Err(fault) => fault.spent,
        };
        let spent = live.spent.and(spent);
        let ended_by_us = live.ending.is_some_and(|ending| ending != Ending::Flood);
        if let Some(first) = live.first.take_if(|_| !ended_by_us) {
            // One that would not stop while it told the reply anew leaves the first.
            let end = if live.ending.take().is_some() { Err(Fault::new(FaultKind::Flood, "told anew")) } else { end };
            return self.mended(live, *first, end, spent);
        }
        if let Some(ending) = live.ending {
            return self.end_from_here(&live, ending, spent, error);
        }
        if self.crosses(&live, end.as_ref().ok()) {
            return self.turn_away(live, spent);
        }
        let fault = match end {
            Ok(finished) => match self.take_reply(&live, &finished) {
                Some(read) => {
                    self.announce(&mut live);
                    return self.replied(live, read, spent);
                }
                None => Fault::new(FaultKind::Empty, "no text"),
            },
            Err(fault) => fault,
        };
        let fault = Fault { spent, ..fault };
        let cut_off = matches!(fault.kind, FaultKind::Interrupted | FaultKind::Killed);
        if cut_off && !live.again && !live.acted && live.asked == 0 && live.streamed.is_blank() {
            live.again = true;
            self.show(FrameBody::Retrying { turn, attempt: 1, of: 1, cause: fault.kind });
            return self.run_anew(live, spent);
        }
        let memory_is_at_fault = matches!(fault.kind, FaultKind::SessionLost | FaultKind::TooLong);
        if memory_is_at_fault && live.opening != Opening::Full && live.streamed.is_blank() {
            self.show(FrameBody::Reminded { turn });
            return self.run_anew(live, spent);
        }
        let Some(live) = self.step_down(live, &fault, &error) else { return };
        let until = fault.until.or(live.limit_until);
        let outcome = TurnOutcome::Failed { fault: fault.kind, error: error.clone(), until };
        self.end_turn(&live, outcome, spent, None);
        self.show(FrameBody::TurnEnded { turn, end: TurnEnd::Failed { fault: fault.kind, error, until } });
        self.take_waiting();
    }

    /// The same turn once more with the same provider, which is told everything: what it remembers of the run that
    /// failed is not in the story.
    pub(super) fn run_anew(&mut self, mut live: Live, spent: Spent) {
        let turn = live.turn;
        live.opening = Opening::Full;
        live.session = None;
        live.spent = spent;
        let acted = std::mem::take(&mut live.acted);
        self.machine.live = Some(live);
        self.take_back_deeds(turn, acted);
        self.then(Effect::Run { turn, opening: Opening::Full });
    }

    pub(super) fn take_reply(&self, live: &Live, finished: &Finished) -> Option<ReadReply> {
        let text = if live.streamed.is_blank() {
            finished.text.clone().filter(|text| !text.trim().is_empty())?
        } else {
            live.streamed.text()
        };
        let mut read = spans::read(&text, self.machine.setup.reading);
        let titled = self.machine.state.tale.scene.as_ref().is_some_and(|scene| scene.title.is_some());
        if let Some(heading) = read.title.take_if(|_| titled) {
            // The scene has its title already: a heading is part of what is told.
            read.reply.spans.insert(0, Span { speaker: None, text: format!("*{heading}*") });
        }
        (!read.reply.spans.is_empty()).then_some(read)
    }

    pub(super) fn end_answered(&mut self, live: &Live, mut read: ReadReply, spent: Spent) {
        let turn = live.turn;
        self.show_rest(live);
        let requests = self.take_rolls(&mut read.reply, &live.rung.provider);
        let session = live.session.clone().map(|id| Session { provider: live.rung.provider.clone(), id });
        let open = self.machine.state.tale.open_turn.as_ref();
        let moves = floor::moves(open.map_or(&self.machine.state.tale.game, |open| &open.game_without));
        self.end_turn(live, TurnOutcome::Answered { reply: read.reply.clone() }, spent, session);
        let untitled = self.machine.state.tale.scene.as_ref().filter(|scene| scene.title.is_none());
        let title = read.title.zip(untitled.map(|scene| scene.number)).map(|(title, scene)| {
            self.record(Actor::Gm, Some(turn), None, EventKind::SceneTitled { scene, title: title.clone() });
            title
        });
        self.show(FrameBody::TurnEnded { turn, end: TurnEnd::Answered { title, reply: read.reply } });
        self.ask_for_rolls(turn, requests);
        self.pass_the_move(turn, moves);
        let scene = self.present_scene();
        self.then(Effect::WriteStory { from: scene });
        self.take_waiting();
        self.go_on_alone();
    }

    pub(super) fn end_from_here(&mut self, live: &Live, ending: Ending, spent: Spent, error: ErrorId) {
        let turn = live.turn;
        let (outcome, end) = match ending {
            Ending::Stop(by) => (TurnOutcome::Stopped { by }, TurnEnd::Stopped),
            Ending::Card => (TurnOutcome::Stopped { by: None }, TurnEnd::Stopped),
            Ending::Program => (TurnOutcome::Interrupted, TurnEnd::Interrupted),
            Ending::Flood => {
                let fault = FaultKind::Flood;
                let outcome = TurnOutcome::Failed { fault, error: error.clone(), until: None };
                (outcome, TurnEnd::Failed { fault, error, until: None })
            }
        };
        self.end_turn(live, outcome, spent, None);
        self.show(FrameBody::TurnEnded { turn, end });
        match ending {
            Ending::Program => {}
            Ending::Card => self.carry_out_choices(),
            Ending::Stop(_) | Ending::Flood => self.take_waiting(),
        }
    }

    pub(super) fn end_turn(&mut self, live: &Live, outcome: TurnOutcome, spent: Spent, session: Option<Session>) {
        let since = |at: Timestamp| u64::try_from(at.millis() - live.opened_at.millis()).unwrap_or(0);
        let kind = EventKind::TurnEnded {
            turn: live.turn,
            outcome,
            spent,
            session,
            duration_ms: since(self.now),
            first_text_ms: live.first_text_at.map(since),
            spoken: live.spoken.clone(),
        };
        self.record(Actor::Gm, Some(live.turn), Some(live.opened), kind);
    }

    pub(super) fn opened(&mut self) {
        self.lapse();
        if let Some(running) = self.machine.state.ledger.running.clone() {
            let turn = running.turn;
            let kind = EventKind::TurnEnded {
                turn,
                outcome: TurnOutcome::Interrupted,
                spent: Spent::default(),
                session: None,
                duration_ms: 0,
                first_text_ms: None,
                spoken: Spoken::default(),
            };
            self.record(Actor::Program, Some(turn), None, kind);
            self.show(FrameBody::TakenUpAgain { turn });
        }
        self.take_up_summaries();
        // Nobody has said yet for whom it may be told.
        self.age_known(self.machine.adults);
        // The last run may have ended between a turn's record and its story file.
        let scene = self.present_scene();
        self.then(Effect::MendStory { from: scene });
        if self.machine.state.ledger.waiting.is_empty() {
            // Nothing was left that could have changed.
            self.machine.held = None;
        }
        self.take_waiting();
    }

    /// What waits may be taken.
    pub(super) fn release(&mut self) {
        if self.machine.held.take().is_some() {
            self.take_waiting();
        }
    }

    /// The same, because the time for it is over.
    pub(super) fn hold_no_longer_than_said(&mut self) {
        if self.machine.held.is_some_and(|until| until <= self.now) {
            self.release();
        }
    }

    pub(super) fn interrupt(&mut self) {
        if let Some(live) = self.machine.live.as_mut() {
            live.ending = Some(Ending::Program);
            let turn = live.turn;
            self.then(Effect::Cancel { turn });
        }
    }

    /// The open scene; without one, the next. From it on the story's files may need work.
    pub(super) fn present_scene(&self) -> SceneNo {
        let tale = &self.machine.state.tale;
        tale.scene.as_ref().map_or(SceneNo::new(tale.last_scene.max(1)), |scene| scene.number)
    }
}
