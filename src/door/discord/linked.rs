//! Whether the connection to the gateway stands, for operators. The library tells no framework when it is lost, so its
//! own list is looked at once a second.
//! It changes nothing about the connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::ShardManager;
use serenity::gateway::ConnectionStage;

use crate::telemetry::{Gateway, Metrics};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Looks as long as it is asked to.
pub(super) async fn watch(shards: Arc<ShardManager>, metrics: Metrics) -> Infallible {
    loop {
        let stage = shards.runners.lock().await.values().next().map(|runner| runner.stage);
        metrics.gateway_is(seen(stage, metrics.readiness().gateway()));
        tokio::time::sleep(LOOK).await;
    }
}

/// What is told of a stage. Without any, a connection that once stood is lost; before that it is being made.
fn seen(stage: Option<ConnectionStage>, before: Gateway) -> Gateway {
    match (stage, before) {
        (Some(ConnectionStage::Connected), _) => Gateway::Connected,
        (None, Gateway::Connected | Gateway::Lost) => Gateway::Lost,
        _ => Gateway::Connecting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_lost_only_after_it_stood() {
        assert_eq!(seen(None, Gateway::Connecting), Gateway::Connecting);
        assert_eq!(seen(Some(ConnectionStage::Resuming), Gateway::Connected), Gateway::Connecting);
        assert_eq!(seen(Some(ConnectionStage::Connected), Gateway::Lost), Gateway::Connected);
        assert_eq!(seen(None, Gateway::Connected), Gateway::Lost);
    }
}
