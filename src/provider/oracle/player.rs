//! The oracle as a provider: sends its answer as any other does.
//! Decides nothing; what is said is made in `answer`.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::{BlockKey, Fault, FaultKind, Finished, ProviderEvent, ProviderName, Spent};
use crate::provider::{BoxFuture, Provider, TurnOrder};

use super::answer::{Ask, answer};
use super::grammar::sentences;
use super::tables::Tables;

/// The built-in game master that needs no model, no network and no money.
#[derive(Debug)]
pub struct Oracle {
    name: ProviderName,
}

impl Oracle {
    /// The oracle.
    pub fn new() -> Self {
        Self { name: ProviderName::oracle() }
    }
}

impl Default for Oracle {
    fn default() -> Self {
        Self::new()
    }
}

impl Provider for Oracle {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn is_process(&self) -> bool {
        false
    }

    fn run(
        &self,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let last = match cancel.run_until_cancelled(tell(&order, &events)).await {
                Some(()) => {
                    let spent = Spent { tokens_in: None, tokens_out: None, cost_micros: Some(0) };
                    ProviderEvent::Finished(Finished { text: None, spent })
                }
                None => ProviderEvent::Failed(Fault::new(FaultKind::Other, "cancelled")),
            };
            // Who no longer listens needs no end.
            drop(events.send(last).await);
        })
    }
}

/// Sends the answer in a few pieces that end with a sentence.
async fn tell(order: &TurnOrder, events: &mpsc::Sender<ProviderEvent>) {
    let started = ProviderEvent::Started {
        session: ProviderName::ORACLE.to_owned(),
        model: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    };
    let said = answer(
        Tables::of(&order.language),
        &Ask { table: &order.table, language: &order.language, turn: order.turn, tale: &order.tale, said: &order.said },
    );
    let block = BlockKey { message: format!("oracle-{}", order.turn), index: 0 };
    let pieces = pieces(&said.text).into_iter().map(|text| ProviderEvent::Text { block: block.clone(), text });
    for event in std::iter::once(started).chain(pieces) {
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// Cuts after sentences and paragraphs; put together the pieces are the text.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for sentence in sentences(text) {
        let at = text[from..].find(sentence).map_or(from, |at| from + at);
        let end = at + sentence.len();
        pieces.push(text[from..end].to_owned());
        from = end;
    }
    if from < text.len() {
        pieces.push(text[from..].to_owned());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Tale, TurnNo};

    fn order() -> TurnOrder {
        TurnOrder {
            table: "kitchen".to_owned(),
            turn: TurnNo::new(1),
            system: String::new(),
            prompt: String::new(),
            resume: None,
            model: None,
            allowed_tools: Vec::new(),
            folder: std::path::PathBuf::new(),
            budget_micros: None,
            language: "en".to_owned(),
            tale: Tale::default(),
            said: Vec::new(),
            pictures: Vec::new(),
        }
    }

    async fn run(cancel: CancellationToken) -> Vec<ProviderEvent> {
        let (tx, mut rx) = mpsc::channel(1);
        let oracle = Oracle::new();
        let collect = async {
            let mut events = Vec::new();
            while let Some(event) = rx.recv().await {
                events.push(event);
            }
            events
        };
        tokio::join!(oracle.run(order(), tx, cancel), collect).1
    }

    #[tokio::test]
    async fn the_streamed_pieces_are_the_answer_and_cost_nothing() {
        let events = run(CancellationToken::new()).await;
        assert!(matches!(&events[0], ProviderEvent::Started { session, .. } if session == "oracle"));
        let text: String = events
            .iter()
            .filter_map(|event| match event {
                ProviderEvent::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let tale = Tale::default();
        let ask = Ask { table: "kitchen", language: "en", turn: TurnNo::new(1), tale: &tale, said: &[] };
        assert_eq!(text, answer(Tables::of("en"), &ask).text);
        assert!(events.len() > 5);
        let Some(ProviderEvent::Finished(finished)) = events.last() else { panic!("{events:?}") };
        assert_eq!(finished.spent.cost_micros, Some(0));
    }

    #[tokio::test]
    async fn a_cancelled_turn_still_ends_once() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let events = run(cancel).await;
        assert!(matches!(events.as_slice(), [ProviderEvent::Failed(_)]), "{events:?}");
    }
}
