//! stub
use super::*;
use crate::domain::*;
pub struct Oracle(ProviderName);
impl Oracle {
    pub fn new() -> Self {
        Self(ProviderName::oracle())
    }
}
impl Provider for Oracle {
    fn name(&self) -> &ProviderName {
        &self.0
    }
    fn is_process(&self) -> bool {
        false
    }
    fn run(&self, order: TurnOrder, events: mpsc::Sender<ProviderEvent>, _c: CancellationToken) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _ = events.send(ProviderEvent::Started { session: "oracle".into(), model: None, version: None }).await;
            let _ = events
                .send(ProviderEvent::Text {
                    block: BlockKey { message: String::new(), index: 0 },
                    text: format!("# The Gate\n\nYou said: {}. **never** mind\n\n**Mira:** Go.", order.said[0].text),
                })
                .await;
            let _ = events
                .send(ProviderEvent::Finished(Finished {
                    text: None,
                    spent: Spent { cost_micros: Some(0), ..Spent::default() },
                }))
                .await;
        })
    }
}
