//! One turn with a driver at a table whose people answer at once.

use talekeeper::domain::{ProviderEvent, Request, Verdict};
use talekeeper::provider::asking::{Asking, answers};
use talekeeper::provider::{Provider, TurnOrder};
use tokio_util::sync::CancellationToken;

use super::cli::{Told, turn_of};

/// One turn at a table where every tool may be asked for; all that is asked is answered with `verdict`.
pub async fn asked(driver: &dyn Provider, order: TurnOrder, verdict: Verdict) -> Told {
    let (answering, answers) = answers();
    let order = TurnOrder { asking: Some(Asking { answers, every_tool: true }), ..order };
    turn_of(driver, order, CancellationToken::new(), |event| {
        if let ProviderEvent::Asked { key, .. } = event {
            answering.give(*key, verdict.clone());
        }
    })
    .await
}

/// What was asked.
pub fn requests(told: &Told) -> Vec<Request> {
    let asked = told.events.iter().filter_map(|event| match event {
        ProviderEvent::Asked { request, .. } => Some(request.clone()),
        _ => None,
    });
    asked.collect()
}
