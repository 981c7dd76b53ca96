//! What the table's frames mean for the channel: which turn is on show, what it says, who was heard.
//! It sends nothing itself; it changes what is to be shown.

use tokio::time::Instant;

use super::{ASKS, Channel, GATHER, LETTERS, Notice, Soon, WONDER};
use crate::config::{NextUp, Voices};
use crate::domain::{
    ActionId, Actor, Done, EventSeq, Fight, FightEvent, GameEvent, Held, ProviderName, Said, Seat, SeatId, SkipWhy,
    SourceId, TurnNo,
};
use crate::door::discord::convert;
use crate::door::discord::letters as delivery;
use crate::door::discord::marks::Mark;
use crate::door::discord::rest::Draft;
use crate::door::discord::telling::{Phase, Telling};
use crate::door::discord::wording as own;
use crate::door::{fights, letters, rolls, sheets, wording};
use crate::format::escape;
use crate::game::fight;
use crate::table::{Frame, FrameBody, TableView, TurnEnd, Watched};

impl Channel {
    /// Takes what watching gave; false when the table is closed.
    pub(super) async fn watched(&mut self, watched: Watched) -> bool {
        match watched {
            Watched::Frame(frame) => self.frame(&frame).await,
            Watched::Missed(_) => {
                for telling in self.tellings.iter_mut().filter(|telling| telling.phase == Phase::Running) {
                    telling.gap = true;
                }
                self.recover().await;
            }
            Watched::Closed => return false,
        }
        true
    }

    async fn frame(&mut self, frame: &Frame) {
        match &frame.body {
            FrameBody::Heard { action, source, seat, held, aloud } => {
                // One that is said aloud is marked by being said, or when it is known that it will not be.
                if !aloud {
                    self.heard(*action, source, held.as_ref());
                }
                if let Some(held) = held {
                    self.held_back(*seat, source, held).await;
                }
            }
            FrameBody::Gathered => self.refresh_card().await,
            FrameBody::TurnOpened { turn, said, .. } => {
                self.opened(*turn, said);
                self.card_moved().await;
            }
            FrameBody::Text { turn, append } => self.told(*turn, append),
            FrameBody::Replaced { turn, text } => {
                self.soon = None;
                if let Some(telling) = self.telling(*turn) {
                    telling.hear_anew(text);
                }
            }
            FrameBody::OtherVoice { turn, provider, resting, purse, in_fiction } => {
                let said = wording::other_voice(*turn, provider, resting, *purse);
                let text = own::other_voice(&said, *in_fiction);
                self.notices.push_back(Notice::new(format!("voice:{turn}:{provider}"), text));
            }
            FrameBody::TurnEnded { turn, end } => {
                let provider = self.provider().await;
                self.end(*turn, end, &provider);
                // What a turn without an answer did to a fight does not count.
                self.refresh_card().await;
            }
            FrameBody::Game { event, what, .. } => {
                self.happened(*event, what).await;
                self.card_happened(what).await;
            }
            FrameBody::Skipped { action, why } => {
                self.skipped(*action, *why);
                self.card_moved().await;
            }
            FrameBody::NotSaved { error, disk_full } => {
                // The outbox is in the same database, so this goes past it.
                let (out, text) = (self.stage.out.clone(), wording::not_saved(error, *disk_full));
                self.stage.tasks.spawn(async move { out.say_once(&Draft::text(own::aside(&text))).await });
            }
            FrameBody::Queued { turn, ahead } => {
                self.queued = Some(*turn);
                self.waits(*turn, wording::queued(*ahead));
            }
            FrameBody::Begun { turn } => self.begun(*turn),
            FrameBody::Retrying { turn, attempt, of, cause } => {
                self.waits(*turn, wording::retrying(*cause, *attempt, *of));
            }
            FrameBody::Quiet { turn, seconds } => self.waits(*turn, own::quiet(*seconds)),
            FrameBody::Reminded { turn } => self.waits(*turn, wording::REMINDED.to_owned()),
            FrameBody::Asked { ask, request, until, .. } => self.asked(*ask, request, *until),
            FrameBody::AskSettled { ask, settlement, by, .. } => self.ask_settled(*ask, settlement, by.as_deref()),
            FrameBody::Curtained { event, covered } => self.curtain(*event, covered).await,
            FrameBody::Paused { event } => self.safety_notice(*event, wording::PAUSED),
            FrameBody::Resumed { event } => self.safety_notice(*event, wording::GOES_ON),
            FrameBody::Letter { event, by } => self.letter(*event, *by),
            FrameBody::Trespassed { turn, characters } => {
                let text = own::aside(&wording::trespassed(characters));
                self.checks.push_back(Notice::new(format!("trespass:{turn}"), text));
            }
            FrameBody::Changed(Done::Undone(_) | Done::ResetUndone | Done::Reset(_) | Done::Retrying(_)) => {
                self.refresh_card().await;
            }
            FrameBody::TakenUpAgain { .. } | FrameBody::Tool { .. } | FrameBody::Changed(_) => {}
        }
    }

    /// Puts an envelope into the channel, and brings the letter to whoever wants theirs by direct message.
    pub(super) fn letter(&mut self, event: EventSeq, by: Actor) {
        self.notices.push_back(Notice::new(format!("{LETTERS}{event}"), letters::envelope(by).to_owned()));
        let (out, table, id) = (self.stage.out.clone(), self.stage.table.clone(), self.stage.id);
        self.stage.tasks.spawn(delivery::deliver(out, table, id, event));
    }

    /// Shows what happened in the game, as far as everyone may see it.
    async fn happened(&mut self, event: EventSeq, what: &GameEvent) {
        let view = self.stage.table.view().await.ok();
        let people = view.as_ref().map(TableView::people).unwrap_or_default();
        let name = |seat: Option<SeatId>| {
            let seat = people.iter().find(|known| Some(known.id) == seat)?;
            Some(seat.name.clone())
        };
        let notice = Notice::new;
        match what {
            // The card shows what initiative came to.
            GameEvent::Rolled(roll) if roll.nonce.starts_with(fight::NONCE) => {}
            GameEvent::Rolled(roll) => {
                let name = name(roll.seat).unwrap_or_else(|| own::GAME_MASTER.to_owned());
                self.notices.push_back(notice(format!("roll:{event}"), rolls::roll(&name, roll)));
            }
            GameEvent::RollAsked(request) => {
                let seal = view.as_ref().and_then(|view| view.seal.as_deref());
                let text = rolls::asked(name(request.seat).as_deref(), request, seal);
                self.checks.push_back(notice(format!("{ASKS}{event}"), text));
            }
            GameEvent::SeedShown(shown) => {
                self.notices.push_back(notice(format!("seed:{event}"), own::aside(&rolls::seed_shown(shown))));
            }
            GameEvent::Sheet(_) | GameEvent::World(_) => {
                if let Some(text) = sheets::happened(what, event.get(), &people) {
                    self.notices.push_back(notice(format!("sheet:{event}"), own::aside(&text)));
                }
            }
            GameEvent::Fight(_) | GameEvent::Turns(_) => {
                let seats = view.as_ref().map_or(&[][..], |view| &view.seats);
                if let Some(text) = fights::happened(what, seats)
                    .filter(|_| !matches!(what, GameEvent::Fight(FightEvent::Started | FightEvent::Ended)))
                {
                    self.notices.push_back(notice(format!("turns-told:{event}"), own::aside(&text)));
                }
                self.next_up(event, what, seats).await;
            }
            GameEvent::TakenBack => {
                self.notices.push_back(notice(format!("taken-back:{event}"), own::aside(wording::TAKEN_BACK)));
            }
            GameEvent::Whispered(_) | GameEvent::LetterOpened(_) | GameEvent::LoreTold(_) | GameEvent::Memory(_) => {}
        }
    }

    /// Says once whose move it is, and calls them where a host has it so.
    async fn next_up(&mut self, event: EventSeq, what: &GameEvent, seats: &[Seat]) {
        let mut pings = None;
        let mut text = fights::next_up(what, |name| format!("**{}**", escape::markdown(name)));
        if self.stage.knobs.borrow().next_up == NextUp::Mention
            && let Ok(game) = self.stage.table.game(None).await
            && let Some(place) = game.fight.as_ref().and_then(Fight::moving)
        {
            // Somebody of the place is called; a place of several has one who tells the others.
            let seat = place.seats().next().and_then(|id| seats.iter().find(|seat| seat.id == id));
            pings = seat.and_then(|seat| convert::user_of(&seat.person));
            text = fights::next_up(what, |name| match pings {
                Some(user) => format!("<@{user}>"),
                None => format!("**{}**", escape::markdown(name)),
            });
        }
        if let Some(text) = text {
            self.checks.push_back(Notice { pings, ..Notice::new(format!("next:{event}"), own::aside(&text)) });
        }
    }

    /// Says to a seat, once for each card, why what it said is not told yet.
    async fn held_back(&mut self, seat: SeatId, source: &SourceId, held: &Held) {
        if matches!(held, Held::Declared(_)) {
            // The card shows who is missing.
            return;
        }
        let (Ok(view), Ok(game)) = (self.stage.table.view().await, self.stage.table.game(None).await) else { return };
        let since = game.fight.as_ref().map_or(game.turns.since, |fight| fight.since);
        let here = convert::heard_at(source).filter(|(thread, _)| thread.is_none());
        let notice = Notice::new(format!("held:{since}:{seat}"), own::aside(&fights::held(held, &view.seats)));
        self.notices.push_back(Notice { reply_to: here.map(|(_, message)| message), ..notice });
    }

    fn heard(&mut self, action: ActionId, source: &SourceId, held: Option<&Held>) {
        let Some((thread, message)) = convert::heard_at(source) else { return };
        let at = (thread.unwrap_or(self.stage.out.channel), message);
        let running = self.tellings.iter().any(|telling| telling.phase == Phase::Running);
        let mark = match held {
            Some(Held::Declared(_)) => Mark::Declared,
            Some(_) => Mark::Waits,
            None if running => Mark::Waits,
            None => Mark::Heard,
        };
        self.waiting.insert(action, (at, mark));
        self.stage.marks.set(at, mark);
    }

    fn opened(&mut self, turn: TurnNo, said: &[Said]) {
        for said in said {
            if let Some((at, mark)) = self.waiting.remove(&said.action) {
                if mark != Mark::Heard {
                    self.stage.marks.clear(at, mark);
                    self.stage.marks.set(at, Mark::Heard);
                }
                self.taken.entry(turn).or_default().push(at);
            }
        }
        self.begin(turn);
        self.typing_due = Instant::now();
    }

    /// Says what keeps a turn waiting, unless its text comes before anybody would wonder.
    fn waits(&mut self, turn: TurnNo, sentence: String) {
        let at = Instant::now() + WONDER;
        if self.telling(turn).is_some_and(|telling| telling.phase == Phase::Running) {
            // A newer sentence is due when the older one was.
            let at = self.soon.as_ref().map_or(at, |soon| soon.at);
            self.soon = Some(Soon { turn, sentence, at });
        }
    }

    /// A turn that had to wait is being answered now.
    fn begun(&mut self, turn: TurnNo) {
        if self.queued.take() != Some(turn) {
            return;
        }
        self.soon = None;
        if let Some(telling) = self.telling(turn).filter(|telling| telling.has_note()) {
            telling.wait_for(own::BEGUN.to_owned());
        }
    }

    /// What was to be said soon is said now.
    pub(super) fn say_soon(&mut self) {
        if let Some(Soon { turn, sentence, .. }) = self.soon.take()
            && let Some(telling) = self.telling(turn).filter(|telling| telling.phase == Phase::Running)
        {
            telling.wait_for(sentence);
        }
    }

    fn told(&mut self, turn: TurnNo, append: &str) {
        let now = Instant::now();
        self.soon = None;
        let Some(telling) = self.telling(turn).filter(|telling| !telling.gap) else { return };
        let silent = telling.is_silent();
        telling.hear(append);
        if silent && !telling.is_silent() {
            self.not_before = self.not_before.max(now + GATHER);
        }
    }

    fn skipped(&mut self, action: ActionId, why: SkipWhy) {
        let at = self.waiting.remove(&action).map(|(at, mark)| {
            self.stage.marks.clear(at, mark);
            at
        });
        // A message of a thread is not there to be answered in the channel.
        let message = at.filter(|(channel, _)| *channel == self.stage.out.channel).map(|(_, message)| message);
        if why != SkipWhy::Cleared {
            let text = own::aside(wording::skipped(why));
            let notice = Notice::new(format!("skipped:{action}"), text);
            self.notices.push_back(Notice { reply_to: message, ..notice });
        }
    }

    /// Puts a turn on show, unless it is or was.
    pub(super) fn begin(&mut self, turn: TurnNo) {
        if turn > self.stage.shown && self.telling(turn).is_none() {
            let links = self.stage.knobs.borrow().links;
            self.tellings.push_back(Telling::new(self.stage.id, turn, links));
        }
    }

    /// Notes how a turn ended.
    pub(super) fn end(&mut self, turn: TurnNo, end: &TurnEnd, provider: &ProviderName) {
        // What is over by now needs no mark any more that says it was heard.
        for at in self.taken.remove(&turn).unwrap_or_default() {
            self.stage.marks.answered(at);
        }
        self.begin(turn);
        let by_voice = self.stage.knobs.borrow().voices == Voices::Webhook;
        let Some(telling) = self.telling(turn).filter(|telling| telling.phase == Phase::Running) else { return };
        telling.end(end, provider, by_voice);
        if self.tellings.front().is_some_and(|telling| telling.turn == turn) {
            self.not_before = Instant::now();
        }
    }

    /// Who answers at the table; for the wording of a fault.
    pub(super) async fn provider(&self) -> ProviderName {
        self.stage.table.view().await.map_or_else(|_| ProviderName::oracle(), |view| view.provider)
    }
}
