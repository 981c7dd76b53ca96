//! Having a provider sum up what is over, beside the turns: nobody waits for it, and losing it loses nothing.
//! What is told to it, and what is taken of its answer, is decided in `crate::memory` and `crate::brief`.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, warn};

use super::Actor;
use crate::brief::{self, Chronicle, Mode};
use crate::domain::{Event, EventKind, FaultKind, MemoryId, ProviderEvent, Spent, SummaryOutcome, Tale, Tier, TurnNo};
use crate::memory::ToSumUp;
use crate::provider::{Hand, TurnOrder};
use crate::table::live::Streamed;
use crate::table::machine::{Input, Rung};

/// How many answers may wait for the actor.
const ANSWERS: usize = 8;
/// How many events of a provider may wait.
const EVENTS: usize = 64;
/// The longest answer that is listened to, in bytes.
const ANSWER: usize = 16 * 1024;
/// What a summary may cost where nothing else limits it, in millionths of a US dollar.
const MICROS: u64 = 250_000;

/// What came of one summary.
#[derive(Debug)]
pub(super) struct SummedUp {
    of: MemoryId,
    outcome: SummaryOutcome,
    spent: Spent,
}

/// Where summaries come in.
#[derive(Debug)]
pub(super) struct Chronicler {
    sender: mpsc::Sender<SummedUp>,
    receiver: mpsc::Receiver<SummedUp>,
}

impl Chronicler {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(ANSWERS);
        Self { sender, receiver }
    }

    /// The next one. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<SummedUp> {
        self.receiver.recv().await
    }
}

impl Actor {
    /// What of these events leaves something to sum up. They are recorded, so the store has remembered it without a model.
    pub(super) async fn over(&self, recorded: &[Event]) -> Vec<Input> {
        let mut over = Vec::new();
        if !self.settings.setup.summaries || self.settings.mode == Mode::Coding {
            return over;
        }
        let ends = |event: &&Event| matches!(event.kind, EventKind::SceneEnded { .. } | EventKind::TurnOpened { .. });
        for event in recorded.iter().filter(ends) {
            let of = MemoryId { event: event.seq, part: 0 };
            match self.parts.store.to_sum_up(self.id, of).await {
                Ok(Some(told)) if told.is_worth_it() => over.push(Input::SumUp { of }),
                Ok(_) => {}
                Err(failure) => drop(self.not_saved(&failure)),
            }
        }
        over
    }

    /// Starts it.
    pub(super) async fn sum_up(&mut self, of: MemoryId, rung: Rung, micros: u64) {
        let told = match self.parts.store.to_sum_up(self.id, of).await {
            Ok(told) => told,
            Err(failure) => {
                self.not_saved(&failure);
                None
            }
        };
        let (Some(told), Some(provider)) = (told, self.parts.providers.get(&rung.provider)) else {
            return self.summed_up(SummedUp { of, outcome: failed(FaultKind::NotStarted), spent: Spent::default() });
        };
        let told = told.fitting();
        let Some(order) = self.order_summary(&told, rung, micros).await else {
            return self.summed_up(SummedUp { of, outcome: failed(FaultKind::NotStarted), spent: Spent::default() });
        };
        let (providers, slots, answers) =
            (self.parts.providers.clone(), self.parts.slots.clone(), self.chronicler.sender.clone());
        let (ending, language) = (self.parts.ending.clone(), order.language.clone());
        let span = tracing::info_span!("summary", table = %self.name, of = %of, provider = %provider.name());
        let run = async move {
            let Some(_place) = ending.run_until_cancelled(slots.aside()).await else { return };
            let (events, heard) = mpsc::channel(EVENTS);
            let cancel = ending.child_token();
            let (answer, ()) =
                tokio::join!(listen(heard, &cancel), providers.run(&*provider, order, events, cancel.clone()));
            if ending.is_cancelled() {
                // It is taken up when the program is back.
                return;
            }
            let (outcome, spent) = match answer {
                (Ok(text), spent) => (told.judge(&text, &language), spent),
                (Err(fault), spent) => (failed(fault), spent),
            };
            // A table that was closed meanwhile takes it up when it is opened again.
            drop(answers.send(SummedUp { of, outcome, spent }).await);
        };
        self.parts.tasks.spawn(run.instrument(span));
    }

    /// Hands it over as any other that comes in.
    fn summed_up(&self, summed: SummedUp) {
        // There is room unless many wait, and then it is taken up when the table is opened again.
        drop(self.chronicler.sender.try_send(summed));
    }

    /// Takes in what came of one.
    pub(super) async fn take_summary(&mut self, SummedUp { of, outcome, spent }: SummedUp) {
        let cost_usd = spent.cost_micros.map(|micros| micros as f64 / 1e6);
        match &outcome {
            SummaryOutcome::Written { notes, .. } => {
                info!(table = %self.name, %of, notes = notes.len(), cost_usd, "summed up");
            }
            SummaryOutcome::Refused { words } => {
                warn!(table = %self.name, %of, strangers = words.len(), cost_usd,
                    "a summary tells of what did not happen; the one made without a model stays");
            }
            SummaryOutcome::Failed { fault } => {
                warn!(table = %self.name, %of, %fault, cost_usd, "not summed up; what was made without a model stays");
            }
            SummaryOutcome::Interrupted => {}
        }
        self.count_summary(of, &spent);
        self.input(Input::SummedUp { of, outcome, spent }).await;
    }

    async fn order_summary(&self, told: &ToSumUp, rung: Rung, micros: u64) -> Option<TurnOrder> {
        let style = self.machine.style();
        let language = style.get("language").unwrap_or(&self.settings.language).to_owned();
        let lines: Vec<&str> = told.lines.iter().map(|line| line.text.as_str()).collect();
        let (title, arc) = (told.title.as_deref(), told.arc.as_deref());
        let session = told.tier == Tier::Session;
        let brief = brief::chronicle(&Chronicle { session, title, lines: &lines, arc, language: &language });
        Some(TurnOrder {
            // Not the table's own: what a driver keeps for its next turn is left alone.
            table: format!("{}/chronicle", self.name),
            turn: TurnNo::new(self.machine.state().ledger.last_turn),
            system: brief.system,
            prompt: brief.prompt,
            resume: None,
            model: rung.model,
            allowed_tools: Vec::new(),
            asking: None,
            folder: self.folder.chronicle().await.ok()?,
            budget_micros: Some(if micros == 0 { MICROS } else { micros }),
            language,
            tale: Tale::default(),
            said: Vec::new(),
            hand: Hand::new().0,
            tools: None,
            pictures: Vec::new(),
        })
    }
}

fn failed(fault: FaultKind) -> SummaryOutcome {
    SummaryOutcome::Failed { fault }
}

/// The text that a provider gives, and what it took. What goes on and on is cut off.
async fn listen(
    mut heard: mpsc::Receiver<ProviderEvent>,
    cancel: &CancellationToken,
) -> (Result<String, FaultKind>, Spent) {
    let mut streamed = Streamed::default();
    let mut end = (Err(FaultKind::Other), Spent::default());
    while let Some(event) = heard.recv().await {
        match event {
            ProviderEvent::Text { block, text } => drop(streamed.push(&block, &text)),
            ProviderEvent::Block { block, text } => drop(streamed.settle(&block, &text)),
            ProviderEvent::Withdrawn { message, from } => drop(streamed.withdraw(&message, from)),
            ProviderEvent::Finished(finished) => {
                let text = if streamed.is_blank() { finished.text.unwrap_or_default() } else { streamed.text() };
                end = (Ok(text), finished.spent);
            }
            ProviderEvent::Failed(fault) => end = (Err(fault.kind), fault.spent),
            _ => {}
        }
        if streamed.bytes() > ANSWER {
            cancel.cancel();
        }
    }
    end
}
