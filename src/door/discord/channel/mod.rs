//! One channel's show: follows the table's frames and makes the channel look like them, one request at a time.
//! The only owner of the messages it edits. It hears nobody; that is `ingest.rs`.

mod aloud;
mod asks;
mod curtain;
mod frames;
mod recover;
mod turn_card;
mod voices;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info};

use self::asks::{AskDone, AskShow};
use self::curtain::{Cover, CoverDone};
use self::turn_card::{CardDone, TurnCard};
use self::voices::VoicesDone;
use super::aloud::Became;
use super::buttons::RollButton;
use super::knobs::Knobs;
use super::letters::LetterButton;
use super::marks::{Mark, Marks};
pub(super) use super::notice::Notice;
use super::outgoing::{self, Hope, Outgoing, SendError, Standing};
use super::rest::{self, Draft};
use super::telling::{Over, Phase, Shown, Step, Telling};
use super::{buttons, wording as own};
use crate::character::Cast;
use crate::domain::{ActionId, ErrorId, EventSeq, TableId, TurnNo, Viewer};
use crate::store::StoreError;
use crate::table::TableHandle;

/// How long text is gathered before a reply's first message, so that it does not begin with half a word.
const GATHER: Duration = Duration::from_millis(300);
/// How long nothing may be seen of a turn before it is said what keeps it waiting.
const WONDER: Duration = Duration::from_millis(700);
/// The least time between two changes of a running reply.
const PACE: Duration = Duration::from_secs(1);
/// How long after a failure that may pass the same is tried again.
const LATER: Duration = Duration::from_secs(3);
/// The longest that anything is put off, whatever Discord says.
const LATEST: Duration = Duration::from_secs(600);
/// How often "is typing" is renewed; it lasts ten seconds.
const TYPING: Duration = Duration::from_secs(8);

/// What the subject of a notice begins with that asks for a roll; the event that asks follows.
const ASKS: &str = "ask:";

/// What the subject of an envelope begins with; the event that holds the letter follows.
const LETTERS: &str = "letter:";

/// What is said of a turn that waits, if nothing else comes before.
struct Soon {
    turn: TurnNo,
    sentence: String,
    at: Instant,
}

/// A request on its way.
type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// How a request ended.
enum Done {
    Step { turn: TurnNo, step: Step, end: Result<Standing, SendError> },
    Settled { turn: TurnNo, end: Result<(), StoreError> },
    Notice { notice: Notice, end: Result<(), SendError> },
    Aloud { notice: Notice, end: Result<Became, SendError> },
    Ask(AskDone),
    Card(CardDone),
    Voices(VoicesDone),
    Cover(CoverDone),
}

/// What a show is made of.
pub(super) struct Stage {
    /// What hosts set; here, which links work and how characters speak.
    pub knobs: watch::Receiver<Knobs>,
    /// Into the channel.
    pub out: Outgoing,
    /// Whose show it is.
    pub table: TableHandle,
    /// Who is in it, for their pictures.
    pub cast: Cast,
    /// The table's id, for the buttons.
    pub id: TableId,
    /// The newest turn whose end stands in the channel.
    pub shown: TurnNo,
    /// The marks on people's messages.
    pub marks: Marks,
    /// Where small tasks are started.
    pub tasks: TaskTracker,
}

/// One channel's show.
pub(super) struct Channel {
    stage: Stage,
    /// Turns on show, the oldest first.
    tellings: VecDeque<Telling>,
    /// Notices to be sent, the oldest first.
    notices: VecDeque<Notice>,
    /// What the provider asks, the oldest first.
    asks: VecDeque<AskShow>,
    /// What the game master asks for and who is next, to be shown below what it told.
    checks: VecDeque<Notice>,
    /// What is being covered, the oldest first.
    covers: VecDeque<Cover>,
    /// The card of the fight or of how turns are taken, and those before it that have to say that they are over.
    cards: VecDeque<TurnCard>,
    /// Messages of people that no turn has, each with the channel or thread it stands in and its mark.
    waiting: HashMap<ActionId, ((u64, u64), Mark)>,
    /// Those that turns have which are not over.
    taken: HashMap<TurnNo, Vec<(u64, u64)>>,
    /// What is said next of why there is no text.
    soon: Option<Soon>,
    /// The turn that waits for other tables.
    queued: Option<TurnNo>,
    /// Nothing is changed before this.
    not_before: Instant,
    /// When "is typing" is due.
    typing_due: Instant,
}

impl Channel {
    /// A show with nothing on it yet.
    pub(super) fn new(stage: Stage) -> Self {
        let (now, waiting) = (Instant::now(), HashMap::new());
        let (tellings, notices, asks, checks) = (VecDeque::new(), VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self {
            stage,
            tellings,
            notices,
            asks,
            checks,
            covers: VecDeque::new(),
            cards: VecDeque::new(),
            waiting,
            taken: HashMap::new(),
            soon: None,
            queued: None,
            not_before: now,
            typing_due: now,
        }
    }

    /// Shows until the program ends and everything stands.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Box<Notice>>, ending: CancellationToken) {
        let mut watch = self.stage.table.watch(Viewer::Public);
        // What is done is boxed, so that a channel at rest takes no more room than waiting does.
        Box::pin(self.recover()).await;
        let mut work: Option<Work> = None;
        loop {
            if work.is_none() {
                work = self.next_work();
            }
            let nothing = self.tellings.is_empty() && self.notices.is_empty() && self.checks.is_empty();
            let nothing = nothing && self.covers.is_empty();
            let idle = work.is_none() && self.next_ask().is_none() && self.next_card().is_none() && nothing;
            if ending.is_cancelled() && idle {
                return debug!(channel = self.stage.out.channel, "channel at rest");
            }
            // All branches are cancel-safe: the request in flight is polled by reference.
            tokio::select! {
                biased;
                done = in_flight(&mut work) => {
                    work = None;
                    Box::pin(self.done(done)).await;
                }
                watched = watch.next() => if !Box::pin(self.watched(watched)).await { return },
                Some(notice) = inbox.recv() => self.notices.push_back(*notice),
                () = tokio::time::sleep_until(self.not_before), if work.is_none() && self.not_before > Instant::now() => {}
                () = tokio::time::sleep_until(self.typing_due), if self.is_thinking() => self.type_on(),
                () = until(self.soon.as_ref()) => self.say_soon(),
                () = ending.cancelled(), if !ending.is_cancelled() => {}
            }
        }
    }

    /// The request that comes next, if it is time for one.
    fn next_work(&mut self) -> Option<Work> {
        if Instant::now() < self.not_before {
            return None;
        }
        let ask = if self.tellings.is_empty() { self.checks.pop_front() } else { None };
        if let Some(notice) = self.notices.pop_front().or(ask) {
            let (out, table) = (self.stage.out.clone(), self.stage.id);
            if let Some(aloud) = notice.aloud.clone() {
                return Some(Box::pin(async move {
                    let end = out.say_aloud(&notice, &aloud).await;
                    Done::Aloud { notice, end }
                }));
            }
            return Some(Box::pin(async move {
                let end = send_notice(&out, table, &notice).await;
                Done::Notice { notice, end }
            }));
        }
        if let Some(ask) = self.next_ask().or_else(|| self.next_card()) {
            return Some(ask);
        }
        self.next_of_reply().or_else(|| self.next_cover())
    }

    /// The next request about the oldest turn on show.
    fn next_of_reply(&self) -> Option<Work> {
        let telling = self.tellings.front()?;
        let anew = telling.anew;
        if let Some(asked) = self.ask_for_voices(telling) {
            return Some(asked);
        }
        let (turn, out) = (telling.turn, self.stage.out.clone());
        match telling.next() {
            Some(step) => Some(Box::pin(async move {
                let subject = if step.is_spoken() { spoken(turn) } else { subject(turn, anew) };
                let end = take(&out, &subject, &step).await;
                Done::Step { turn, step, end }
            })),
            None if telling.phase == Phase::Running => None,
            None => {
                Some(Box::pin(async move { Done::Settled { turn, end: out.store.shown_upto(&out.place, turn).await } }))
            }
        }
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Step { turn, step, end } => self.stepped(turn, step, end).await,
            Done::Settled { turn, end: Ok(()) } => {
                self.stage.shown = self.stage.shown.max(turn);
                // One may have been covered while that was written down.
                self.tellings.retain(|telling| telling.turn != turn || telling.next().is_some());
            }
            Done::Settled { end: Err(failure), .. } => drop(self.fail(&failure.into(), "what is shown").await),
            Done::Ask(done) => self.ask_done(done).await,
            Done::Cover(done) => self.cover_done(done).await,
            Done::Card(done) => self.card_done(done).await,
            Done::Voices(done) => self.voices_found(done).await,
            Done::Aloud { notice, end } => self.said_aloud(notice, end).await,
            Done::Notice { end: Ok(_), .. } => self.works(),
            Done::Notice { notice, end: Err(failure) } => {
                if self.fail(&failure, "a notice").await.0 == Hope::Later && !self.is_covered(&notice.subject) {
                    self.notices.push_front(notice);
                }
            }
        }
    }

    async fn stepped(&mut self, turn: TurnNo, step: Step, end: Result<Standing, SendError>) {
        let now = match end {
            Ok(Standing { message, as_asked }) => {
                self.pace();
                self.works();
                match &step {
                    Step::Delete { .. } => Shown::Gone,
                    Step::Unsend { .. } => Shown::Unsent,
                    Step::Speak { .. } => Shown::There { message, draft: None },
                    Step::Send { draft, .. } | Step::Edit { draft, .. } => {
                        Shown::There { message, draft: as_asked.then(|| draft.clone()) }
                    }
                }
            }
            Err(failure) => match self.refused(turn, &step, &failure).await {
                Some(now) => now,
                None => return,
            },
        };
        match self.telling(turn) {
            Some(telling) if step.is_spoken() => telling.note_spoken(step.part(), now),
            Some(telling) => telling.note(step.part(), now),
            None => {}
        }
    }

    /// What a failure means for a message of a turn; none where it is dealt with already.
    async fn refused(&mut self, turn: TurnNo, step: &Step, failure: &SendError) -> Option<Shown> {
        let editing = matches!(step, Step::Edit { .. });
        if editing && outgoing::is_too_late(failure) {
            // No trouble of the channel: a thread that only sleeps wakes when something is sent there.
            info!(channel = self.stage.out.channel, error = %failure, "a message cannot be changed; its text is sent anew");
            let telling = self.telling(turn)?;
            if telling.phase == Phase::Over(Over::Curtained) {
                // What cannot be covered is taken away.
                telling.phase = Phase::Over(Over::Nothing);
                return None;
            }
            telling.tell_anew();
            return None;
        }
        let (hope, error) = self.fail(failure, "a reply").await;
        match (hope, step) {
            // It may have been taken all the same.
            (Hope::Later, Step::Send { .. }) => Some(Shown::Planned),
            (Hope::Later, _) => None,
            (Hope::NotHere, _) => {
                self.stage.out.health.unsaid();
                self.telling(turn)?.give_up();
                None
            }
            // The message stands as it is; what it should say cannot be said, so it is left alone.
            (Hope::NotThisOne, Step::Edit { message, draft, .. }) if !is_gone(failure) => {
                self.not_taken(turn, error.as_ref());
                Some(Shown::There { message: *message, draft: Some(draft.clone()) })
            }
            (Hope::NotThisOne, Step::Send { .. } | Step::Speak { .. }) => {
                self.not_taken(turn, error.as_ref());
                Some(Shown::Gone)
            }
            (Hope::NotThisOne, _) => Some(Shown::Gone),
        }
    }

    /// Says of a reply that a part of it is missing here.
    fn not_taken(&mut self, turn: TurnNo, error: Option<&ErrorId>) {
        if let Some(error) = error {
            self.notices.push_back(Notice::new(format!("untaken:{turn}"), own::not_taken(error)));
        }
    }

    /// Something got through; says so where before nothing could be said.
    fn works(&mut self) {
        self.revive_cards();
        if let Some(over) = self.stage.out.works() {
            self.notices.push_back(Notice::new(format!("trouble:{}", over.error), own::trouble_over(&over)));
        }
    }

    /// Logs a failure and says what follows from it, and which id finds it.
    async fn fail(&mut self, failure: &SendError, what: &'static str) -> (Hope, Option<ErrorId>) {
        let hope = failure.hope();
        let error = if is_gone(failure) { None } else { Some(self.stage.out.log(failure, what).await) };
        if hope == Hope::Later {
            self.not_before = Instant::now() + failure.pause().unwrap_or(LATER).clamp(LATER, LATEST);
        }
        (hope, error)
    }

    /// After a change of a running reply the next one waits, as long as Discord's own words ask for.
    fn pace(&mut self) {
        let running = self.tellings.front().is_some_and(|telling| telling.phase == Phase::Running);
        let route = rest::editing(self.stage.out.channel);
        if running {
            self.not_before = Instant::now() + self.stage.out.rest.spacing(&route, PACE);
        }
    }

    fn telling(&mut self, turn: TurnNo) -> Option<&mut Telling> {
        self.tellings.iter_mut().find(|telling| telling.turn == turn)
    }

    fn is_thinking(&self) -> bool {
        self.tellings.iter().any(Telling::is_silent)
    }

    fn type_on(&mut self) {
        self.typing_due = Instant::now() + TYPING;
        if self.stage.out.health.trouble().is_some() {
            return;
        }
        let out = self.stage.out.clone();
        self.stage.tasks.spawn(async move {
            // A sign of life that does not arrive is no failure worth a word.
            drop(out.rest.typing(out.channel).await);
        });
    }
}

async fn until(soon: Option<&Soon>) {
    match soon {
        Some(soon) => tokio::time::sleep_until(soon.at).await,
        None => std::future::pending().await,
    }
}

async fn in_flight(work: &mut Option<Work>) -> Done {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

async fn take(out: &Outgoing, subject: &str, step: &Step) -> Result<Standing, SendError> {
    let standing = |message: &u64| Standing { message: *message, as_asked: true };
    match step {
        Step::Send { part, draft } => {
            let part = u32::try_from(*part).unwrap_or(u32::MAX);
            out.send(subject, part, draft, None).await
        }
        Step::Speak { part, piece } => {
            let part = u32::try_from(*part).unwrap_or(u32::MAX);
            out.speak(subject, part, piece).await
        }
        Step::Edit { message, draft, .. } => {
            out.edit(*message, draft).await?;
            Ok(standing(message))
        }
        Step::Delete { message, .. } => {
            out.remove(*message).await?;
            Ok(standing(message))
        }
        Step::Unsend { part } => {
            out.unplan(subject, u32::try_from(*part).unwrap_or(u32::MAX)).await?;
            Ok(standing(&0))
        }
    }
}

async fn send_notice(out: &Outgoing, table: TableId, notice: &Notice) -> Result<(), SendError> {
    let about = |kind: &str| notice.subject.strip_prefix(kind)?.parse().ok().map(EventSeq::new);
    let components = match (about(ASKS), about(LETTERS), notice.again) {
        (Some(asks), ..) => RollButton { table, asks }.row(),
        (None, Some(letter), _) => LetterButton { table, letter }.row(),
        (None, None, Some(turn)) => buttons::unanswered(table, turn),
        (None, None, None) => Vec::new(),
    };
    let (reply_to, pings) = (notice.reply_to, notice.pings.into_iter().collect());
    let draft = Draft { reply_to, pings, components, ..Draft::text(notice.text.clone()) };
    out.send(&notice.subject, 0, &draft, Some(notice.body())).await.map(drop)
}

/// Whether a failure means that somebody removed the message.
fn is_gone(failure: &SendError) -> bool {
    matches!(failure, SendError::Rest(failure) if failure.code() == rest::UNKNOWN_MESSAGE)
}

/// What the outbox calls the messages of a turn; `anew` those that were sent because the first could not be changed.
fn subject(turn: TurnNo, anew: bool) -> String {
    if anew { format!("turn:{turn}:anew") } else { format!("turn:{turn}") }
}

/// What the outbox calls the messages of a turn from the first character's on.
fn spoken(turn: TurnNo) -> String {
    format!("turn:{turn}:voices")
}
