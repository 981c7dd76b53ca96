//! The `claude` driver: a process per turn, spoken to in stream-json, conversations resumed by an id of our choosing.
//! Never lets a turn end without its one typed end, whatever the program does.

mod asking;
mod command;
mod decode;
mod outcome;

use std::ffi::OsString;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::asking::{Control, Ticket};
use self::command::Conversation;
pub use self::decode::{Decoder, Tally};
use self::outcome::Stopped;
use super::TurnOrder;
use super::asking::{self as people, Asking, Desk, Turned};
use super::cli::{CliDriver, CliSettings, failed};
use super::process::{Ending, Grace, Heard, Process};
use crate::domain::{Fault, FaultKind, ProviderEvent};

/// Of our environment, what this CLI may see beside the common list: its sign-in and its address.
const OWN_VARIABLES: &[&str] = &["ANTHROPIC_*", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"];

/// Its own defaults would retry for three minutes in silence, update itself and report home.
const DEFAULTS: &[(&str, &str)] = &[
    ("CLAUDE_CODE_MAX_RETRIES", "3"),
    ("API_TIMEOUT_MS", "120000"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
];

/// How long the program may stay after it told its end.
const LINGER: Duration = Duration::from_secs(1);

/// The driver.
#[derive(Debug)]
pub struct Claude {
    settings: CliSettings,
}

impl Claude {
    /// A driver with these settings. Starts nothing.
    pub fn new(settings: CliSettings) -> Self {
        Self { settings }
    }
}

impl CliDriver for Claude {
    fn settings(&self) -> &CliSettings {
        &self.settings
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        &["CLAUDE.md"]
    }

    async fn turn(
        &self,
        order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let settings = &self.settings;
        let Some(conversation) = Conversation::of(&order, uuid::Uuid::new_v4()) else {
            return failed(FaultKind::SessionLost, "the id to resume is none of this CLI's");
        };
        let (_scratch, system) = match settings.papers(&order.system) {
            Ok(papers) => papers,
            Err(fault) => return ProviderEvent::Failed(fault),
        };
        let args = command::arguments(&order, &conversation, &system, settings.extra_args());
        let environment = settings.environment(OWN_VARIABLES, DEFAULTS);
        let spec = settings.one_turn(args.into_iter().map(OsString::from).collect(), &order.folder, environment);
        let mut process = match settings.start(spec).await {
            Ok(process) => process,
            Err(fault) => return ProviderEvent::Failed(fault),
        };
        if order.asking.is_some() {
            process.send(asking::prompt(&order.prompt).as_bytes());
        } else {
            process.send(order.prompt.as_bytes());
            process.close_input();
        }
        Turn::new(conversation, process, order.asking, events, cancel).run().await
    }
}

/// One turn's run.
struct Turn<'a> {
    conversation: Conversation,
    process: Process,
    decoder: Decoder,
    /// Leave to ask people, and what was asked.
    asking: Option<Asking>,
    desk: Desk<Ticket>,
    events: &'a mpsc::Sender<ProviderEvent>,
    cancel: &'a CancellationToken,
    stopped: Option<Stopped>,
    end: Option<ProviderEvent>,
    linger_until: Option<Instant>,
}

impl<'a> Turn<'a> {
    fn new(
        conversation: Conversation,
        process: Process,
        asking: Option<Asking>,
        events: &'a mpsc::Sender<ProviderEvent>,
        cancel: &'a CancellationToken,
    ) -> Self {
        Self {
            conversation,
            process,
            decoder: Decoder::default(),
            asking,
            desk: Desk::default(),
            events,
            cancel,
            stopped: None,
            end: None,
            linger_until: None,
        }
    }

    /// The end of a turn is the `result` line, not the program's exit; and a program that exits has ended its turn
    /// even without that line. Both are waited for, each for a limited time.
    async fn run(mut self) -> ProviderEvent {
        let cancel = self.cancel;
        loop {
            let linger = self.linger_until;
            tokio::select! {
                heard = self.process.next() => match heard {
                    Heard::Ended(ending) => return self.over(ending),
                    heard => self.heard(heard).await,
                },
                given = people::next(&mut self.asking) => {
                    let turned = self.desk.take(given);
                    self.turned(turned).await;
                }
                () = cancel.cancelled(), if self.stopped.is_none() => self.stop(Stopped::Cancelled, Grace::default()),
                () = sleep_until(linger.unwrap_or_else(Instant::now)), if linger.is_some() => {
                    self.linger_until = None;
                    self.stop(Stopped::Lingered, Grace::default());
                }
            }
        }
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
            Heard::LineTooLong(_) | Heard::TooMuch => self.stop(Stopped::Flood, Grace::NONE),
            Heard::TimeUp => self.stop(Stopped::TimeUp, Grace::default()),
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
                self.process.close_input(); // which is its sign to go, where it was held open for answers
                self.linger_until = Some(Instant::now() + LINGER);
            }
            ProviderEvent::Started { ref session, .. } if self.is_another(session) => {
                self.stop(Stopped::OtherSession, Grace::NONE);
            }
            other => self.tell(other).await,
        }
    }

    /// A conversation that was asked for and did not come back is lost, whatever the exit code will say.
    fn is_another(&self, session: &str) -> bool {
        matches!(&self.conversation, Conversation::Resumed(id) if id != session)
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
                self.stop(Stopped::Cancelled, Grace::NONE); // nobody listens any more
            },
            () = cancel.cancelled() => self.stop(Stopped::Cancelled, Grace::default()),
        }
    }

    fn stop(&mut self, why: Stopped, grace: Grace) {
        self.stopped = self.stopped.or(Some(why));
        self.process.begin_stop(grace);
    }

    fn over(self, ending: Ending) -> ProviderEvent {
        let because = |stopped| outcome::without_result(&self.decoder, ending, Some(stopped), &self.process.stderr());
        match (self.end, self.stopped) {
            // What it said after we stopped it tells what was spent, but not why.
            (Some(ProviderEvent::Failed(fault)), Some(why)) if why != Stopped::Lingered => {
                ProviderEvent::Failed(Fault { spent: fault.spent, ..because(why) })
            }
            (_, Some(Stopped::OtherSession)) => ProviderEvent::Failed(because(Stopped::OtherSession)),
            (Some(end), _) => end,
            (None, stopped) => {
                let stderr = self.process.stderr();
                ProviderEvent::Failed(outcome::without_result(&self.decoder, ending, stopped, &stderr))
            }
        }
    }
}
