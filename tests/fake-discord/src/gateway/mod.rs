//! The gateway: a WebSocket listener of its own, because faults need the raw socket. Never touches the world except
//! through [`protocol`] and [`crate::world::session`].

mod connection;
pub(crate) mod control;
pub(crate) mod line;
pub(crate) mod loss;
mod protocol;

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::shared::Shared;
use crate::transcript::Plane;

/// Accepts connections for ever.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        if shared.read(|world| world.line.refusing) {
            shared.write(|world| world.note(Plane::Gateway, "connection refused (planned)"));
            // Without lingering the peer sees a reset, as near to a refusal as an open port can come.
            let _ = stream.set_zero_linger();
            continue;
        }
        let _ = stream.set_nodelay(true);
        let serving = connection::serve(stream, Arc::clone(&shared));
        shared.runtime().spawn(serving);
    }
}
