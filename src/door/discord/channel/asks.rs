//! What the provider asks, as messages with buttons: sent through the outbox, changed to their outcome, and after a
//! restart either taken up again or closed.
//! It answers nothing; see `ask_presses.rs`.

use serde_json::{Value, json};

use super::{Channel, Done, Work};
use crate::domain::{AskId, Request, Settlement, TableId, Timestamp};
use crate::door::asking_wording as words;
use crate::door::discord::outgoing::{self, Hope, Outgoing, SendError};
use crate::door::discord::rest::Draft;
use crate::door::discord::{ask_buttons, wording as own};
use crate::format::escape;
use crate::store::{Planned, StoreError};

/// What the outbox calls the messages of requests.
pub(super) const SUBJECT: &str = "ask:";

/// One request on show.
#[derive(Clone, Debug)]
pub(super) struct AskShow {
    ask: AskId,
    /// What is asked, in words.
    question: String,
    /// The buttons while it is open.
    rows: Vec<Value>,
    /// How it was settled, in words.
    outcome: Option<String>,
    /// The message it stands in.
    message: Option<u64>,
}

/// How a request to Discord about one of them ended.
pub(super) struct AskDone {
    ask: AskId,
    end: Result<Stands, SendError>,
}

/// What stands in the channel now.
enum Stands {
    Question(u64),
    Outcome,
}

impl AskShow {
    fn new(table: TableId, ask: AskId, request: &Request, until: Timestamp) -> Self {
        let (question, rows) = (question(request, until), ask_buttons::rows(table, ask, request));
        Self { ask, question, rows, outcome: None, message: None }
    }

    /// The next request to Discord, if there is something to do.
    fn next(&self, out: &Outgoing) -> Option<Work> {
        if self.message.is_some() && self.outcome.is_none() {
            return None;
        }
        let (show, out) = (self.clone(), out.clone());
        Some(Box::pin(async move { Done::Ask(AskDone { ask: show.ask, end: show.carry_out(&out).await }) }))
    }

    async fn carry_out(self, out: &Outgoing) -> Result<Stands, SendError> {
        let subject = format!("{SUBJECT}{}", self.ask);
        let Some(message) = self.message else {
            let body = json!({ "question": self.question }).to_string();
            let draft = Draft { components: self.rows, ..Draft::text(self.question) };
            return Ok(Stands::Question(out.send(&subject, 0, &draft, Some(body)).await?.message));
        };
        // The outcome's row is planned first and counts as sent once the message says it: what lies between is done again.
        let outcome = self.outcome.unwrap_or_default();
        let planned = Planned {
            place: out.place.clone(),
            subject,
            part: 1,
            nonce: outgoing::nonce(),
            body: Some(json!({ "outcome": outcome }).to_string()),
        };
        let row = out.store.plan_message(planned, (out.now)()).await?;
        let text = format!("{}\n{}", self.question, own::aside(&outcome));
        match out.edit(message, &Draft::text(text)).await {
            // It stands as it was asked, in a thread that sleeps; its buttons say that it is settled.
            Err(failure) if outgoing::is_too_late(&failure) => {
                out.store.message_dropped(row.id).await?;
                return Ok(Stands::Outcome);
            }
            Err(failure) => {
                if failure.hope() == Hope::NotThisOne {
                    out.store.message_dropped(row.id).await?;
                }
                return Err(failure);
            }
            Ok(()) => {}
        }
        out.store.message_sent(row.id, message).await?;
        Ok(Stands::Outcome)
    }
}

/// What is asked, with the time by which somebody has to answer. Discord shows the time as the reader's own.
fn question(request: &Request, until: Timestamp) -> String {
    // An escape may make it longer than a message.
    let asked: String = words::asked(request, escape::markdown).chars().take(1_700).collect();
    let until = until.millis().div_euclid(1000);
    format!("{asked}\n{}", own::aside(&own::answer_by(request, until)))
}

impl Channel {
    pub(super) fn asked(&mut self, ask: AskId, request: &Request, until: Timestamp) {
        if self.asks.iter().all(|show| show.ask != ask) {
            self.asks.push_back(AskShow::new(self.stage.id, ask, request, until));
        }
    }

    /// A request was settled. One that nobody saw is not shown any more.
    pub(super) fn ask_settled(&mut self, ask: AskId, settlement: &Settlement, by: Option<&str>) {
        if let Some(show) = self.asks.iter_mut().find(|show| show.ask == ask) {
            show.outcome = Some(words::settled(settlement, by, escape::markdown));
        }
    }

    /// The next request to Discord about what is asked.
    pub(super) fn next_ask(&self) -> Option<Work> {
        self.asks.iter().find_map(|show| show.next(&self.stage.out))
    }

    pub(super) async fn ask_done(&mut self, done: AskDone) {
        let at = self.asks.iter().position(|show| show.ask == done.ask);
        match (done.end, at) {
            (Ok(Stands::Question(message)), Some(at)) => {
                self.asks[at].message = Some(message);
                self.works();
            }
            (Ok(Stands::Outcome), Some(at)) => drop(self.asks.remove(at)),
            (Err(failure), at) => {
                let hopeless = self.fail(&failure, "what the provider asks").await.0 != Hope::Later;
                if let Some(at) = at.filter(|_| hopeless) {
                    drop(self.asks.remove(at));
                }
            }
            (Ok(_), None) => {}
        }
    }

    /// Takes up what is asked now, and closes what an earlier run of the program left with buttons.
    pub(super) async fn recover_asks(&mut self) -> Result<(), StoreError> {
        let Ok(view) = self.stage.table.view().await else { return Ok(()) };
        for open in view.asks {
            self.asked(open.ask, &open.request, open.until);
        }
        let out = &self.stage.out;
        for left in out.store.open_messages(&out.place, SUBJECT).await? {
            let Some(ask) = left.subject.strip_prefix(SUBJECT).and_then(|ask| ask.parse().ok()) else { continue };
            let ask = AskId::new(ask);
            if let Some(show) = self.asks.iter_mut().find(|show| show.ask == ask) {
                show.message = show.message.or(left.message);
                continue;
            }
            let said = |body: &Option<String>, key: &str| {
                let body: Value = serde_json::from_str(body.as_deref().unwrap_or_default()).unwrap_or_default();
                body[key].as_str().map(str::to_owned)
            };
            // A roll that is asked for is called alike and is a notice of its own.
            let Some(question) = said(&left.body, "question") else { continue };
            let outcome = said(&left.outcome, "outcome");
            let outcome = outcome.unwrap_or_else(|| words::settled(&Settlement::Lapsed, None, str::to_owned));
            self.asks.push_back(AskShow {
                ask,
                question,
                rows: Vec::new(),
                outcome: Some(outcome),
                // One that was perhaps not taken is sent again under its nonce, so that it can be closed.
                message: left.message,
            });
        }
        Ok(())
    }
}
