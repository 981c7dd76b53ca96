//! Keeps keys out of what a provider says: a model that read its own environment, or a CLI that repeats a key in its
//! complaint. What goes on from here to the table, the record, the story and the log has none.
//! It knows no key it was not told.

use std::collections::HashMap;

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Provider, TurnOrder};
use crate::domain::{BlockKey, ProviderEvent};
use crate::telemetry::Redactor;

/// How many events may wait between a driver and its listener.
const WAITING: usize = 64;

/// So many bytes of a secret's beginning say something of it; fewer are in many words.
const SHORTEST_TELLING: usize = 4;

/// What must not be said.
#[derive(Debug)]
pub(super) struct Discretion(Redactor);

impl Discretion {
    /// Discretion about these values.
    pub(super) fn about(secrets: &[SecretString]) -> Self {
        Self(Redactor::new(secrets))
    }

    /// Runs a turn and passes on what is said of it, without what must not be said.
    pub(super) async fn run(
        &self,
        provider: &dyn Provider,
        order: TurnOrder,
        events: mpsc::Sender<ProviderEvent>,
        cancel: CancellationToken,
    ) {
        let (tell, mut told) = mpsc::channel(WAITING);
        let pass_on = async move {
            let mut ear = Ear { redactor: &self.0, held: HashMap::new() };
            while let Some(event) = told.recv().await {
                for event in ear.hear(event) {
                    // The driver learns of it when it finds its own channel closed.
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
            }
        };
        tokio::join!(provider.run(order, tell, cancel), pass_on);
    }
}

/// Listens to one turn.
struct Ear<'a> {
    redactor: &'a Redactor,
    /// Ends of texts that may be the beginning of a secret; they wait for what comes next.
    held: HashMap<BlockKey, String>,
}

impl Ear<'_> {
    fn hear(&mut self, event: ProviderEvent) -> Vec<ProviderEvent> {
        match event {
            ProviderEvent::Text { block, text } => self.text(block, &text).into_iter().collect(),
            ProviderEvent::Block { ref block, .. } => {
                self.held.remove(block); // it states the whole of it
                vec![self.clean(event)]
            }
            ProviderEvent::Withdrawn { ref message, from } => {
                self.held.retain(|block, _| block.message != *message || block.index < from);
                vec![self.clean(event)]
            }
            ProviderEvent::Finished(_) | ProviderEvent::Failed(_) => {
                let rest = self.held.drain().map(|(block, text)| ProviderEvent::Text { block, text });
                let mut events: Vec<_> = rest.collect();
                events.push(self.clean(event));
                events
            }
            ProviderEvent::Asked { key, request } => {
                let clean = self.clean(ProviderEvent::Asked { key, request });
                vec![match clean {
                    ProviderEvent::Asked { key, request } => {
                        ProviderEvent::Asked { key, request: request.map(|text| self.whole(text)) }
                    }
                    other => other,
                }]
            }
            other => vec![self.clean(other)],
        }
    }

    fn text(&mut self, block: BlockKey, new: &str) -> Option<ProviderEvent> {
        let whole = self.held.remove(&block).unwrap_or_default() + new;
        let mut text = self.redactor.clean(&whole).into_owned();
        let rest = text.split_off(text.len() - self.redactor.begun_at_the_end_of(&text));
        if !rest.is_empty() {
            self.held.insert(block.clone(), rest);
        }
        (!text.is_empty()).then_some(ProviderEvent::Text { block, text })
    }

    /// A text that may have been cut to a length, without the beginning of a secret before the cut.
    fn whole(&self, text: String) -> String {
        let Some(kept) = text.strip_suffix('…') else { return text };
        let begun = self.redactor.begun_at_the_end_of(kept);
        if begun < SHORTEST_TELLING { text } else { format!("{}…", &kept[..kept.len() - begun]) }
    }

    /// Any event, whatever words it holds.
    fn clean(&self, event: ProviderEvent) -> ProviderEvent {
        let Ok(mut value) = serde_json::to_value(&event) else { return event };
        if !self.clean_value(&mut value) {
            return event;
        }
        serde_json::from_value(value).unwrap_or_else(|_| ProviderEvent::Unknown { name: "unsayable".to_owned() })
    }

    /// Whether something was taken out.
    fn clean_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                let clean = self.redactor.clean(text).into_owned();
                let changed = clean != *text;
                *text = clean;
                changed
            }
            // Every part is looked at, also after the first that changed.
            Value::Array(items) => items.iter_mut().filter_map(|item| self.clean_value(item).then_some(())).count() > 0,
            Value::Object(fields) => {
                fields.values_mut().filter_map(|field| self.clean_value(field).then_some(())).count() > 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, FaultKind, Finished, Request};

    const KEY: &str = "sk-canary-0123456789";

    fn block(index: u32) -> BlockKey {
        BlockKey { message: "m".into(), index }
    }

    fn text(index: u32, text: &str) -> ProviderEvent {
        ProviderEvent::Text { block: block(index), text: text.into() }
    }

    fn heard(events: Vec<ProviderEvent>) -> Vec<ProviderEvent> {
        let discretion = Discretion::about(&[SecretString::from(KEY)]);
        let mut ear = Ear { redactor: &discretion.0, held: HashMap::new() };
        events.into_iter().flat_map(|event| ear.hear(event)).collect()
    }

    fn streamed(events: &[ProviderEvent]) -> String {
        events
            .iter()
            .filter_map(|event| if let ProviderEvent::Text { text, .. } = event { Some(text.as_str()) } else { None })
            .collect()
    }

    fn end() -> ProviderEvent {
        ProviderEvent::Finished(Finished::default())
    }

    #[test]
    fn a_key_that_streams_in_pieces_is_not_told_wherever_it_is_cut() {
        let whole = format!("The key is {KEY}, they say.");
        for cut in 0..=whole.len() {
            for second in cut..=whole.len() {
                let pieces = [&whole[..cut], &whole[cut..second], &whole[second..]].map(|piece| text(0, piece));
                let told = heard(pieces.into_iter().chain([end()]).collect());
                assert_eq!(streamed(&told), "The key is [secret], they say.");
            }
        }
    }

    #[test]
    fn what_only_begins_like_a_key_is_told_after_all() {
        let told = heard(vec![text(0, "A desk-"), text(1, "s"), end()]);
        assert_eq!(told[0], text(0, "A de"), "the ends wait");
        assert!(told.contains(&text(0, "sk-")) && told.contains(&text(1, "s")), "{told:?}");
        assert_eq!(told.last(), Some(&end()));
    }

    #[test]
    fn what_leave_is_asked_for_shows_no_key_even_where_it_is_cut() {
        for room in 0..=720 {
            let wanted = format!("curl {}{KEY}{KEY} -v", "x".repeat(room));
            let events = [
                ProviderEvent::Asked { key: 1, request: Request::leave("Bash", &wanted) },
                ProviderEvent::Asked { key: 2, request: Request::choice(&wanted, [wanted.as_str()]) },
            ];
            let told = format!("{:?}", heard(events.into()));
            assert!(!told.contains(&KEY[..6]), "{room}: {told}");
        }
    }

    #[test]
    fn words_of_every_kind_of_event_are_looked_through() {
        let fault = ProviderEvent::Failed(Fault::new(FaultKind::NotSignedIn, format!("bad key {KEY}")));
        let stated = ProviderEvent::Block { block: block(0), text: KEY.into() };
        let finished = ProviderEvent::Finished(Finished { text: Some(KEY.into()), ..Finished::default() });
        for event in [fault, stated, finished, ProviderEvent::Unknown { name: KEY.into() }] {
            let told = format!("{:?}", heard(vec![event]));
            assert!(!told.contains(KEY) && told.contains("[secret]"), "{told}");
        }
    }
}
