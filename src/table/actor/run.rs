//! The provider's run of a turn: started within the limit, followed until it ends.
//! What its events mean is the machine's business.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, warn};

use super::place::{Place, Word};
use super::{Actor, Waiter, log};
use crate::brief::Mode;
use crate::domain::{Fault, FaultKind, ProviderEvent, TurnNo, Verdict, Viewer};
use crate::provider::asking::answers;
use crate::provider::{Hand, HandError, Provider, Reach};
use crate::store::ReportOf;
use crate::table::files;
use crate::table::frame::{Frame, FrameBody};
use crate::table::library::{self, Chosen};
use crate::table::machine::{By, Input, Opening, Rung};
use crate::table::order::{self, Occasion};
use crate::table::slots::{RunSlots, Slot, Ticket};
use crate::telemetry::new_error_id;
use crate::tools::Binding;

/// How many events of a provider may wait for the actor.
const PROVIDER_EVENTS: usize = 256;

/// The provider's run of the present turn.
pub(super) struct Run {
    pub(super) turn: TurnNo,
    events: mpsc::Receiver<ProviderEvent>,
    hand: mpsc::Receiver<Reach>,
    pub(super) cancel: CancellationToken,
    /// Keeps the game master's tools open while the run goes on.
    _tools: Option<Binding>,
    /// Keeps its place among those that run, and hands on what people say.
    place: mpsc::UnboundedSender<Word>,
    ended: bool,
}

impl Actor {
    /// Hands the turn to its provider; what cannot even begin ends like a run that failed.
    pub(super) async fn run(&mut self, turn: TurnNo, opening: &Opening) {
        let Rung { provider: provider_name, model } = self.machine.rung((self.parts.now)());
        self.kept.asked = Some(provider_name.clone());
        let (events, receiver) = mpsc::channel(PROVIDER_EVENTS);
        let (hand, reaches) = Hand::new();
        let cancel = CancellationToken::new();
        let ((answering, answers), (place, words)) = (answers(), mpsc::unbounded_channel());
        let provider = self.parts.providers.get(&provider_name);
        let tools = self.open_tools(provider.as_deref(), &hand);
        let access = tools.as_ref().map(|binding| binding.access.clone());
        let (run_cancel, ended) = (cancel.clone(), false);
        self.run = Some(Run { turn, events: receiver, hand: reaches, cancel: run_cancel, place, _tools: tools, ended });
        let Some(provider) = provider else {
            return fail(&events, FaultKind::NotInstalled, format!("no provider named `{provider_name}`"));
        };
        let past = self.past(opening).await;
        // A reply that is told anew is told nothing new.
        let anew = matches!(opening, Opening::Mend { .. });
        let memories = if anew { Vec::new() } else { self.remember(turn, &past).await };
        let occasion = Occasion {
            table: &self.name,
            machine: &self.machine,
            settings: &self.settings,
            folder: &self.folder,
            provider: &*provider,
            model,
            turn,
            opening,
            answers,
            hand,
            tools: access,
            memories: &memories,
            past: &past.told,
        };
        let (mut order, lore) = match order::write(occasion).await {
            Ok(written) => written,
            Err(failure) => return fail(&events, FaultKind::NotStarted, format!("the table's folder: {failure}")),
        };
        self.keeping.ordered(&provider_name, &order);
        if !anew && !self.record_lore(turn, lore).await {
            return fail(&events, FaultKind::Killed, "the program ends".to_owned());
        }
        let slots = provider.is_process().then(|| self.parts.slots.clone());
        let coming = slots.as_ref().map(RunSlots::ask);
        if let Some(Err(ticket)) = &coming {
            self.show(Frame::public(FrameBody::Queued { turn, ahead: ticket.ahead }));
        }
        let span = tracing::info_span!("turn", table = %self.name, turn = %turn, provider = %provider_name);
        let bearers = self.parts.bearers.clone();
        let providers = self.parts.providers.clone();
        let run = async move {
            tokio::select! {
                () = files::gather(&mut order, &bearers) => {}
                () = cancel.cancelled() => return fail(&events, FaultKind::Killed, "cancelled before it began".to_owned()),
            }
            let Some(held) = wait(coming, &cancel).await else {
                return fail(&events, FaultKind::Killed, "cancelled before it began".to_owned());
            };
            info!(prompt_bytes = order.prompt.len(), resume = order.resume.is_some(), "turn goes to the provider");
            let place = Place { slots, held, words, answering };
            place.keep(providers.run(&*provider, order, events, cancel)).await;
        };
        self.parts.tasks.spawn(run.instrument(span));
    }

    /// Tools are for a game, and for providers that take them.
    fn open_tools(&self, provider: Option<&dyn Provider>, hand: &Hand) -> Option<Binding> {
        let plays = self.settings.mode == Mode::Narrative && provider?.takes_tools();
        let tools = self.parts.tools.as_ref().filter(|_| plays)?;
        Some(tools.open(&self.name, hand.clone()))
    }

    /// Writes down what of the lorebooks a turn is told, before it is told. False if the program ends first.
    async fn record_lore(&mut self, turn: TurnNo, chosen: Option<Chosen>) -> bool {
        self.kept.lore = chosen;
        let Some(chosen) = &self.kept.lore else { return true };
        let kept = chosen.kept(&self.machine.state().ledger.seats);
        self.keep_report(ReportOf::Lore, turn, &kept).await;
        let report = &chosen.report;
        debug!(table = %self.name, turn = %turn, told = report.told.len(), skipped = report.skipped.len(),
            seed = report.seed, report = report.lines().join(" / "), "lore chosen");
        match library::told(report, &self.machine.state().tale) {
            Some(told) => self.note(Input::LoreTold { turn, told }).await,
            None => true,
        }
    }

    /// Hands what became of a request to the run that made it.
    pub(super) fn tell(&self, turn: TurnNo, key: u32, verdict: Verdict) {
        if let Some(run) = self.run.as_ref().filter(|run| run.turn == turn) {
            // A run that is over wants no answer.
            let _ = run.place.send(Word::Answer(key, verdict));
        }
    }

    /// While a run waits for people, another may have its place.
    fn mind_the_place(&self, turn: TurnNo) {
        let Some(run) = self.run.as_ref().filter(|run| run.turn == turn) else { return };
        let waits = self.machine.state().ledger.asks.open.iter().any(|open| open.turn == turn);
        // A run that is over needs no place.
        let _ = run.place.send(if waits { Word::Waits } else { Word::GoesOn });
    }

    pub(super) async fn run_says(&mut self, what: FromRun) {
        match what {
            FromRun::Event(event) => self.provider(event).await,
            FromRun::Reach(Reach::Game { reply }) => {
                drop(reply.send(self.machine.game(Viewer::Gm)));
            }
            FromRun::Reach(Reach::Recall { words, viewer, character, reply }) => {
                let found = match character {
                    Some(name) => self.known_to(viewer, &name, &words).await,
                    None => self.found(viewer, &words).await,
                };
                drop(reply.send(found.map_err(|failure| {
                    self.not_saved(&failure);
                    HandError::NotFoundOut
                })));
            }
            FromRun::Reach(Reach::Lore { words, reply }) => drop(reply.send(self.look_up_lore(&words).await)),
            FromRun::Reach(Reach::Deed { deed, reply }) => {
                let Some(turn) = self.run.as_ref().map(|run| run.turn) else { return };
                if let Err(denied) = self.is_remembered(&deed).await {
                    return drop(reply.send(Err(denied)));
                }
                let ask = self.expect_answer(Waiter::Hand(reply));
                self.input(Input::Deed { by: By::Gm(turn), deed, ask }).await;
            }
        }
    }

    async fn provider(&mut self, event: Option<ProviderEvent>) {
        let Some(run) = self.run.as_mut() else { return };
        let turn = run.turn;
        let end = match event {
            Some(ProviderEvent::Finished(finished)) => Ok(finished),
            Some(ProviderEvent::Failed(fault)) => Err(fault),
            Some(event) => {
                log::provider_event(&self.name, turn, &event);
                let asks = matches!(event, ProviderEvent::Asked { .. } | ProviderEvent::Unasked { .. });
                self.input(Input::Heard { turn, event }).await;
                if asks {
                    self.mind_the_place(turn);
                }
                return;
            }
            None => Err(Fault::new(FaultKind::Other, "the driver ended without a word")),
        };
        if std::mem::replace(&mut run.ended, true) {
            return;
        }
        self.run = None;
        let error = new_error_id();
        if let Err(fault) = &end {
            warn!(table = %self.name, turn = %turn, error_id = %error, fault = %fault.kind, detail = %fault.detail,
                "provider failed");
        }
        let failed = end.is_err();
        self.check_age().await;
        self.input(Input::Ended { turn, end, error }).await;
        if failed && self.run.as_ref().is_some_and(|run| run.turn == turn) {
            warn!(table = %self.name, turn = %turn, "the turn is run again");
        }
    }
}

/// Ends a run that did not begin. The channel is new, so there is room.
fn fail(events: &mpsc::Sender<ProviderEvent>, kind: FaultKind, detail: String) {
    let _ = events.try_send(ProviderEvent::Failed(Fault::new(kind, detail)));
}

/// Waits for the slot, if one is needed. None when the turn was cancelled first.
async fn wait(place: Option<Result<Slot, Ticket>>, cancel: &CancellationToken) -> Option<Option<Slot>> {
    match place {
        None => Some(None),
        Some(Ok(slot)) => Some(Some(slot)),
        Some(Err(ticket)) => tokio::select! {
            slot = ticket.slot() => Some(Some(slot)),
            () = cancel.cancelled() => None,
        },
    }
}

/// What comes from the run: what the provider reports, or what its hand reaches for.
pub(super) enum FromRun {
    Event(Option<ProviderEvent>),
    Reach(Reach),
}

/// The next of the run; without a run it never comes. Cancel-safe.
pub(super) async fn next(run: &mut Option<Run>) -> FromRun {
    let Some(run) = run else { return std::future::pending().await };
    tokio::select! {
        // Deeds first: a provider ends its turn only after they were answered.
        biased;
        Some(reach) = run.hand.recv() => FromRun::Reach(reach),
        event = run.events.recv() => FromRun::Event(event),
    }
}
