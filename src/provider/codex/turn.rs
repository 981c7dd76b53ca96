//! One turn at the server, from taking a place to giving it up.
//! Never lets a turn end without its one typed end, and never leaves one running.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::asking::{self, Ticket};
use super::decode::Decoder;
use super::outcome;
use super::request::{self, Joined};
use super::server::{Call, Leaving, Place, Server, Word};
use crate::domain::{Fault, FaultKind, ProviderEvent};
use crate::provider::TurnOrder;
use crate::provider::asking::{self as people, Asking, Desk, Turned};
use crate::provider::cli::{CliSettings, SHARED_STOP_LIMIT, failed};
use crate::provider::watch::{Notice, Watch};

/// How long the program may take to close a conversation. One that is still open then keeps the settings of this turn.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// Why the driver itself ended a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    /// Somebody wished it.
    Cancelled,
    /// Its time was up.
    TimeUp,
    /// It wrote more than is taken.
    Flood,
}

impl Stopped {
    fn fault(self, detail: impl Into<String>) -> Fault {
        let kind = match self {
            Self::Cancelled => FaultKind::Other,
            Self::TimeUp => FaultKind::Silent,
            Self::Flood => FaultKind::Flood,
        };
        Fault::new(kind, detail)
    }
}

/// Answers a turn up to its end. The end is given back, not sent.
pub(super) async fn run(
    server: &Server,
    settings: &CliSettings,
    order: &TurnOrder,
    events: &mpsc::Sender<ProviderEvent>,
    cancel: &CancellationToken,
) -> ProviderEvent {
    if order.resume.as_ref().is_some_and(|session| uuid::Uuid::try_parse(&session.id).is_err()) {
        return failed(FaultKind::SessionLost, "the id to resume is none of this CLI's");
    }
    let place = tokio::select! {
        place = timeout(settings.timeout, server.join()) => place,
        () = cancel.cancelled() => return failed(FaultKind::Other, "cancelled before it began"),
    };
    let place = match place {
        Ok(Ok(place)) => place,
        Ok(Err(fault)) => return ProviderEvent::Failed(fault),
        Err(_) => return failed(FaultKind::Silent, "it did not start in time"),
    };
    let watch = Watch::new(Instant::now(), Some(settings.quiet_notice), Some(settings.timeout));
    let mut turn = Turn::new(order, events, cancel, place, watch, settings);
    let end = turn.converse().await;
    turn.leave().await;
    end
}

struct Turn<'a> {
    order: &'a TurnOrder,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    place: Place,
    watch: Watch,
    /// Leave to ask people, and what was asked.
    asking: Option<Asking>,
    desk: Desk<Ticket>,
    /// None until the conversation is open.
    decoder: Option<Decoder>,
    text_left: usize,
    stop_limit: Duration,
    stopped: Option<Stopped>,
    interrupted: bool,
    stop_until: Option<Instant>,
    end: Option<ProviderEvent>,
    how: Leaving,
}

impl<'a> Turn<'a> {
    fn new(
        order: &'a TurnOrder,
        events: &'a mpsc::Sender<ProviderEvent>,
        cancel: &'a CancellationToken,
        place: Place,
        watch: Watch,
        settings: &CliSettings,
    ) -> Self {
        let (stopped, stop_until, end, decoder) = (None, None, None, None);
        let (interrupted, how) = (false, Leaving::Over);
        let (asking, desk) = (order.asking.clone(), Desk::default());
        let (text_left, stop_limit) = (settings.turn_limit(), settings.stop_limit.unwrap_or(SHARED_STOP_LIMIT));
        Self {
            order,
            events,
            cancel,
            place,
            watch,
            asking,
            desk,
            decoder,
            text_left,
            stop_limit,
            stopped,
            interrupted,
            stop_until,
            end,
            how,
        }
    }

    async fn converse(&mut self) -> ProviderEvent {
        self.place.call(Call::Conversation, request::conversation(self.order, &self.place.opened.host)).await;
        while self.end.is_none() {
            self.step().await;
            self.interrupt_if_wished().await;
        }
        self.end.take().unwrap_or_else(|| failed(FaultKind::Other, "it ended without an end"))
    }

    /// Waits for one of the many and takes it in. All branches are cancel-safe.
    async fn step(&mut self) {
        let cancel = self.cancel;
        let wake_at = [self.watch.due(), self.stop_until].into_iter().flatten().min();
        tokio::select! {
            word = self.place.words.recv() => match word {
                Some(word) => self.hear(word).await,
                None => self.over(FaultKind::Flood, "its words were taken in too slowly"),
            },
            given = people::next(&mut self.asking) => {
                let turned = self.desk.take(given);
                self.turned(turned).await;
            }
            () = cancel.cancelled(), if self.stopped.is_none() => self.stop(Stopped::Cancelled),
            () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => self.look().await,
        }
    }

    async fn hear(&mut self, word: Word) {
        self.watch.heard(Instant::now());
        match word {
            Word::Answer(Call::Conversation, Ok(answer)) => self.opened(&answer).await,
            Word::Answer(Call::Turn, Ok(answer)) => {
                if let Some(decoder) = &mut self.decoder {
                    decoder.begun(&answer);
                }
            }
            Word::Answer(Call::Conversation | Call::Turn, Err(refusal)) => {
                self.over(outcome::spoken(&refusal.message), &refusal.message);
            }
            Word::Answer(..) => {}
            Word::Note(method, params) => {
                let told = self.decoder.as_mut().map(|decoder| decoder.note(&method, &params));
                for event in told.into_iter().flatten() {
                    self.event(event).await;
                }
            }
            Word::Asked(id, method, params) => self.asked(&id, &method, &params).await,
            Word::Refused(tool) => self.tell(ProviderEvent::ToolDenied { name: tool.to_owned() }).await,
            Word::Gone(kind, detail) => self.over(kind, &detail),
        }
    }

    /// It wants something of people. Without leave to ask them it is declined.
    async fn asked(&mut self, id: &serde_json::Value, method: &str, params: &serde_json::Value) {
        let matter = asking::matter(id, method, params).filter(|_| self.asking.is_some() && self.stopped.is_none());
        if let Some((ticket, matter)) = matter {
            let turned = self.desk.open(ticket, matter);
            return self.turned(turned).await;
        }
        self.place.say(request::refusal(id, method)).await;
        if let Some(tool) = request::tool_asked_for(method) {
            self.tell(ProviderEvent::ToolDenied { name: tool.to_owned() }).await;
        }
    }

    /// Does what follows from something asked or answered. While anything is asked, the silence is ours.
    async fn turned(&mut self, turned: Turned<Ticket>) {
        let now = Instant::now();
        if self.desk.is_empty() {
            self.watch.release(now);
        } else {
            self.watch.hold(now);
        }
        match turned {
            Turned::Ask(event) => self.tell(event).await,
            Turned::Say(ticket, outcome) => {
                let answer = match asking::result(&ticket, outcome) {
                    Some(result) => request::result(&ticket.id, &result),
                    None => request::refusal(&ticket.id, &ticket.method),
                };
                self.place.say(answer).await;
            }
            Turned::Nothing => {}
        }
    }

    /// The conversation is open: is it the one that was asked for?
    async fn opened(&mut self, answer: &serde_json::Value) {
        let decoder = Decoder::new(answer, self.place.opened.version.clone());
        let asked = self.order.resume.as_ref().map(|session| session.id.as_str());
        if decoder.session().is_empty() || asked.is_some_and(|asked| !asked.eq_ignore_ascii_case(decoder.session())) {
            let kind = if asked.is_some() { FaultKind::SessionLost } else { FaultKind::Garbled };
            return self.over(kind, "it opened another conversation than the one that was asked for");
        }
        if let Some(purse) = self.place.opened.purse {
            self.tell(ProviderEvent::Purse { purse }).await;
        }
        let model = decoder.model().map(|model| model.as_str());
        let turn = request::turn(self.order, decoder.session(), model, Joined::read(answer));
        self.decoder = Some(decoder);
        if self.stopped.is_none() {
            self.place.call(Call::Turn, turn).await;
        }
    }

    async fn event(&mut self, event: ProviderEvent) {
        match event {
            ProviderEvent::Finished(_) => self.end = Some(event),
            ProviderEvent::Failed(fault) => {
                // An end that we brought about tells what was spent, but not why.
                let fault = match self.stopped {
                    Some(why) => Fault { spent: fault.spent, ..why.fault(fault.detail) },
                    None => fault,
                };
                self.end = Some(ProviderEvent::Failed(fault));
            }
            other => self.tell(other).await,
        }
    }

    /// Ends the turn without the program's word for it.
    fn over(&mut self, kind: FaultKind, detail: &str) {
        let fault = self.stopped.map_or_else(|| Fault::new(kind, detail), |why| why.fault(detail));
        let spent = self.decoder.as_ref().map(Decoder::spent).unwrap_or_default();
        self.end = Some(ProviderEvent::Failed(Fault { spent, ..fault }));
    }

    async fn look(&mut self) {
        let now = Instant::now();
        if self.stop_until.is_some_and(|at| now >= at) {
            self.how = Leaving::Stuck;
            return self.over(FaultKind::Silent, "it would not stop");
        }
        // The program works for every table, so its work is no sign of life of this turn.
        match self.watch.check(now, || 0) {
            Some(Notice::Quiet(silence)) => self.tell(ProviderEvent::Quiet { seconds: silence.as_secs() }).await,
            Some(Notice::TimeUp) => self.stop(Stopped::TimeUp),
            None => {}
        }
    }

    /// Tells the listener. A slow one fills the mailbox; it does not hold up the stopping.
    async fn tell(&mut self, event: ProviderEvent) {
        if let ProviderEvent::Text { text, .. } | ProviderEvent::Block { text, .. } = &event {
            match self.text_left.checked_sub(text.len()) {
                Some(left) => self.text_left = left,
                None => return self.stop(Stopped::Flood),
            }
        }
        if self.stopped.is_some() {
            let _ = self.events.try_send(event);
            return;
        }
        let (events, cancel) = (self.events, self.cancel);
        tokio::select! {
            // Nobody listens any more: then nobody wants the rest.
            sent = events.send(event) => if sent.is_err() { self.stop(Stopped::Cancelled) },
            () = cancel.cancelled() => self.stop(Stopped::Cancelled),
        }
    }

    fn stop(&mut self, why: Stopped) {
        if self.stopped.is_none() {
            self.stopped = Some(why);
            self.stop_until = Some(Instant::now() + self.stop_limit);
        }
    }

    /// A turn can be interrupted only once it says that it runs; before that nothing is asked of a model.
    async fn interrupt_if_wished(&mut self) {
        if self.stopped.is_none() || self.interrupted || self.end.is_some() {
            return;
        }
        match &self.decoder {
            None => self.over(FaultKind::Other, "stopped before it began"),
            Some(decoder) if decoder.started() => {
                let ids = serde_json::json!({"threadId": decoder.session(), "turnId": decoder.turn()});
                self.place.call(Call::Interrupt, ("turn/interrupt", ids)).await;
                self.interrupted = true;
            }
            Some(_) => {}
        }
    }

    /// Closes the conversation, so that it takes the settings of the next turn, and gives the place up.
    async fn leave(mut self) {
        if let Some(decoder) = self.decoder.as_ref().filter(|_| self.how == Leaving::Over) {
            let id = serde_json::json!({"threadId": decoder.session()});
            self.place.call(Call::Close, ("thread/unsubscribe", id)).await;
            // What is still open after this time takes its persona with the next prompt.
            let _ = timeout(CLOSE_LIMIT, closed(&mut self.place.words)).await;
        }
        self.place.leave(self.how).await;
    }
}

/// Waits until the conversation is closed, or nothing more is to be heard of it.
async fn closed(words: &mut mpsc::Receiver<Word>) {
    while let Some(word) = words.recv().await {
        match word {
            Word::Note(method, _) if method == "thread/closed" => return,
            Word::Answer(Call::Close, Err(_)) | Word::Gone(..) => return,
            _ => {}
        }
    }
}
