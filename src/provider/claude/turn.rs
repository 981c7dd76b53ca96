//! One turn in a running process, from its prompt to its end.
//! Never lets a turn end without its one typed end, whatever the program does.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::asking::{self, Control, Ticket};
use super::command::Conversation;
use super::decode::Decoder;
use super::outcome::{self, Stopped};
use super::say;
use crate::domain::{Fault, ProviderEvent};
use crate::provider::TurnOrder;
use crate::provider::asking::{self as people, Asking, Desk, Turned};
use crate::provider::process::{Ending, Grace, Heard, Process};

/// How long the program may stay after it told its end.
const LINGER: Duration = Duration::from_secs(1);

/// How long it may take to end a turn that it was asked to interrupt.
const INTERRUPTING: Duration = Duration::from_millis(800);

/// How much time it gets after that.
const LAST: Grace = Grace { interrupt: Duration::ZERO, terminate: Duration::from_millis(400) };

/// How a turn went.
pub(super) struct Run {
    /// Its end.
    pub(super) end: ProviderEvent,
    /// The process, which could take another turn. None when it is gone.
    pub(super) process: Option<Process>,
    /// The process ended by itself before it took the turn up, which nobody has heard of.
    pub(super) unheard: bool,
}

/// One turn's run.
pub(super) struct Turn<'a> {
    conversation: &'a Conversation,
    process: Process,
    /// Whether the process is left running after a good end.
    keep: bool,
    decoder: Decoder,
    /// Leave to ask people, and what was asked.
    asking: Option<Asking>,
    desk: Desk<Ticket>,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    stopped: Option<Stopped>,
    end: Option<ProviderEvent>,
    /// How long it may take to stop.
    interrupting: Duration,
    /// When the program is ended because it does not end by itself.
    act_at: Option<Instant>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        conversation: &'a Conversation,
        process: Process,
        keep: bool,
        asking: Option<Asking>,
        events: &'a mpsc::Sender<ProviderEvent>,
        cancel: &'a CancellationToken,
    ) -> Self {
        let (decoder, desk) = (Decoder::default(), Desk::default());
        let (stopped, end, interrupting, act_at) = (None, None, INTERRUPTING, None);
        Self { conversation, process, keep, decoder, asking, desk, events, cancel, stopped, end, interrupting, act_at }
    }

    /// Gives it this long to stop, if that is said.
    pub(super) fn stopping_within(self, limit: Option<Duration>) -> Self {
        Self { interrupting: limit.unwrap_or(self.interrupting), ..self }
    }

    /// The end of a turn is the `result` line, not the program's exit; and a program that exits has ended its turn
    /// even without that line. Both are waited for, each for a limited time.
    pub(super) async fn run(mut self, order: &TurnOrder) -> Run {
        self.process.send(say::prompt(&order.prompt, &order.pictures).as_bytes());
        let cancel = self.cancel;
        loop {
            let done = self.may_rest();
            if let Some(end) = self.end.take_if(|_| done) {
                return Run { end, process: Some(self.process), unheard: false };
            }
            let act_at = self.act_at;
            tokio::select! {
                heard = self.process.next() => match heard {
                    Heard::Ended(ending) => return self.over(ending),
                    heard => self.heard(heard).await,
                },
                given = people::next(&mut self.asking) => {
                    let turned = self.desk.take(given);
                    self.turned(turned).await;
                }
                () = cancel.cancelled(), if self.stopped.is_none() => self.interrupt(Stopped::Cancelled),
                () = sleep_until(act_at.unwrap_or_else(Instant::now)), if act_at.is_some() => self.insist(),
            }
        }
    }

    /// Whether the turn is over, and the process fit for another. One whose bill is of the whole process is not.
    fn may_rest(&self) -> bool {
        let good = matches!(self.end, Some(ProviderEvent::Finished(_)));
        self.keep && good && self.stopped.is_none() && self.decoder.bills_by_turn()
    }

    async fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Line(line) => {
                if self.asking.is_some()
                    && let Some(control) = asking::read(&line)
                {
                    return self.control(control).await;
                }
                for event in self.decoder.line(&line) {
                    self.event(event).await;
                }
            }
            Heard::LineTooLong(_) | Heard::TooMuch => self.kill(Stopped::Flood),
            Heard::TimeUp => self.interrupt(Stopped::TimeUp),
            Heard::Quiet(seconds) => self.tell(ProviderEvent::Quiet { seconds }).await,
            Heard::Ended(_) => {}
        }
    }

    /// Takes a line about asking.
    async fn control(&mut self, control: Control) {
        match control {
            Control::Asks(ticket, matter) => {
                let turned = self.desk.open(ticket, matter);
                self.turned(turned).await;
            }
            Control::Withdraws(id) => {
                for event in self.desk.close(|ticket| ticket.id == id) {
                    self.tell(event).await;
                }
                self.process.wait_for_people(!self.desk.is_empty());
            }
            Control::Unknown(answer) => self.process.send(answer.as_bytes()),
            Control::Silent => {}
        }
    }

    /// Does what follows from something asked or answered. While anything is asked, the silence is ours.
    async fn turned(&mut self, turned: Turned<Ticket>) {
        self.process.wait_for_people(!self.desk.is_empty());
        match turned {
            Turned::Ask(event) => self.tell(event).await,
            Turned::Say(ticket, outcome) => self.process.send(asking::answer(ticket, outcome).as_bytes()),
            Turned::Nothing => {}
        }
    }

    async fn event(&mut self, event: ProviderEvent) {
        match event {
            ProviderEvent::Finished(_) | ProviderEvent::Failed(_) => {
                self.end = Some(event);
                if !self.may_rest() {
                    self.process.close_input(); // which is its sign to go
                    self.act_at = Some(Instant::now() + LINGER);
                }
            }
            ProviderEvent::Started { ref session, .. } if self.is_another(session) => {
                self.kill(Stopped::OtherSession);
            }
            other => self.tell(other).await,
        }
    }

    /// A conversation that was asked for and did not come back is lost, whatever the exit code will say.
    fn is_another(&self, session: &str) -> bool {
        matches!(self.conversation, Conversation::Resumed(id) if id != session)
    }

    /// Tells the listener. A slow one slows the program down; it does not hold up the stopping.
    async fn tell(&mut self, event: ProviderEvent) {
        if self.stopped.is_some() {
            let _ = self.events.try_send(event);
            return;
        }
        let (events, cancel) = (self.events, self.cancel);
        tokio::select! {
            sent = events.send(event) => if sent.is_err() {
                self.kill(Stopped::Cancelled); // nobody listens any more
            },
            () = cancel.cancelled() => self.interrupt(Stopped::Cancelled),
        }
    }

    /// Asks it to end the turn, and ends it if it does not.
    fn interrupt(&mut self, why: Stopped) {
        if self.stopped.is_some() {
            return;
        }
        self.stopped = Some(why);
        if self.end.is_none() {
            self.process.send(say::interrupt().as_bytes());
            self.act_at = Some(Instant::now() + self.interrupting);
        } else {
            self.process.close_input();
        }
    }

    fn insist(&mut self) {
        self.act_at = None;
        self.stopped.get_or_insert(Stopped::Lingered);
        self.process.begin_stop(LAST);
    }

    fn kill(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
        self.process.begin_stop(Grace::NONE);
    }

    fn over(self, ending: Ending) -> Run {
        let unheard = self.stopped.is_none() && self.end.is_none() && !self.decoder.started();
        Run { end: self.end_of(ending), process: None, unheard }
    }

    fn end_of(self, ending: Ending) -> ProviderEvent {
        let because = |stopped| outcome::without_result(&self.decoder, ending, stopped, &self.process.stderr());
        match (self.end, self.stopped) {
            // What it said after we stopped it tells what was spent, but not why.
            (Some(ProviderEvent::Failed(fault)), Some(why)) if why != Stopped::Lingered => {
                ProviderEvent::Failed(Fault { spent: fault.spent, ..because(Some(why)) })
            }
            (_, Some(Stopped::OtherSession)) => ProviderEvent::Failed(because(Some(Stopped::OtherSession))),
            (Some(end), _) => end,
            (None, stopped) => ProviderEvent::Failed(because(stopped)),
        }
    }
}
