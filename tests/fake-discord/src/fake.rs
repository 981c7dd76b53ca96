//! The fake itself: starts and stops the two listeners and gives tests their handles. Never a rule of Discord's.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::gateway;
use crate::options::Options;
use crate::rest;
use crate::shared::Shared;
use crate::world::World;

/// A Discord of one's own on loopback, for one test.
pub struct FakeDiscord {
    pub(crate) shared: Arc<Shared>,
    runtime: Option<Runtime>,
    rest: SocketAddr,
}

impl FakeDiscord {
    /// Starts with everything listening. Works under any executor; see [`FakeDiscord::open`] for none.
    pub async fn start(options: Options) -> Self {
        Self::open(options)
    }

    /// Starts with everything listening, without async.
    pub fn open(options: Options) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-discord")
            .enable_all()
            .build()
            .expect("threads can be started");
        let (rest_listener, rest) = listen(&runtime);
        let (gateway_listener, gateway) = listen(&runtime);
        let world = World::new(options, format!("http://{rest}"), format!("ws://{gateway}"));
        let shared = Shared::new(world, runtime.handle().clone());
        runtime.spawn(rest::server::serve(rest_listener, Arc::clone(&shared)));
        runtime.spawn(gateway::serve(gateway_listener, Arc::clone(&shared)));
        Self { shared, runtime: Some(runtime), rest }
    }

    /// `http://127.0.0.1:PORT`, where `/api/v10` is served.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.rest)
    }

    /// The token the bot must use.
    pub fn token(&self) -> String {
        self.shared.read(|world| world.options.token.clone())
    }
}

impl Drop for FakeDiscord {
    fn drop(&mut self) {
        // Dropping a runtime inside another would panic; this never blocks.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn listen(runtime: &Runtime) -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.set_nonblocking(true).expect("a fresh listener can be non-blocking");
    let address = listener.local_addr().expect("a bound listener has an address");
    let _inside = runtime.enter();
    (TcpListener::from_std(listener).expect("the listener is non-blocking"), address)
}
