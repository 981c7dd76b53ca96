//! The fake itself: starts and stops the two listeners and gives tests their handles. Never a rule of Discord's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::faults::{Fault, RoutePattern, all_struck};
use crate::gateway;
use crate::gateway::control::Gateway;
use crate::id::Id;
use crate::judges;
use crate::judges::ledger::{Judge, Violation};
use crate::options::Options;
use crate::people::person::{Person, stored};
use crate::people::room::Room;
use crate::rest;
use crate::rest::record::Request;
use crate::shared::Shared;
use crate::tls::{self, Production};
use crate::world::World;
use crate::world::change::Change;
use crate::world::channel::Place;
use crate::world::guild::Member;
use crate::world::message::Message;
use crate::world::user::User;

/// A Discord of one's own on loopback, for one test.
pub struct FakeDiscord {
    pub(crate) shared: Arc<Shared>,
    runtime: Option<Runtime>,
    rest: SocketAddr,
    judged: bool,
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
        Self { shared, runtime: Some(runtime), rest, judged: false }
    }

    /// `http://127.0.0.1:PORT`, where `/api/v10` is served.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.rest)
    }

    /// Serves the REST side as `https://discord.com` too, behind a proxy of its own. The gateway stays as it is.
    pub fn production(&self) -> Production {
        let (config, authority) = tls::certificates();
        let (listener, proxy) = listen(self.runtime.as_ref().expect("it runs until it is dropped"));
        self.shared.runtime().spawn(tls::serve(listener, config, Arc::clone(&self.shared)));
        Production { proxy: format!("http://{proxy}"), authority }
    }

    /// The token the bot must use.
    pub fn token(&self) -> String {
        self.shared.read(|world| world.options.token.clone())
    }
}

impl FakeDiscord {
    /// A person of that name; a new one joins the guild first. `host` owns the guild.
    pub fn user(&self, name: &str) -> Person {
        let id = self.shared.write(|world| {
            world.user_named(name).unwrap_or_else(|| {
                let id = world.next_id();
                world.users.insert(id, User { id, name: name.to_owned(), bot: false });
                let joined_ms = world.clock.now_ms();
                world.apply(Change::MemberJoined(Member { user: id, nick: None, roles: Vec::new(), joined_ms }));
                id
            })
        });
        Person { shared: Arc::clone(&self.shared), id, name: name.to_owned() }
    }

    /// Another bot, which writes as a person does.
    pub fn other_bot(&self, name: &str) -> Person {
        let person = self.user(name);
        self.shared.write(|world| {
            if let Some(user) = world.users.get_mut(&person.id) {
                user.bot = true;
            }
        });
        person
    }

    /// The text channel or thread of that name; a new channel if there is none.
    pub fn channel(&self, name: &str) -> Room {
        self.place(name, Place::Text)
    }

    /// The forum of that name; a new one if there is none.
    pub fn forum(&self, name: &str) -> Room {
        self.place(name, Place::Forum)
    }

    fn place(&self, name: &str, place: Place) -> Room {
        let add = |world: &mut World| world.channel_named(name).unwrap_or_else(|| world.add_channel(name, place, None));
        Room { shared: Arc::clone(&self.shared), id: self.shared.write(add) }
    }

    /// Invites the bot into the guild, as whoever opens its link does.
    pub fn invites_bot(&self) {
        self.shared.write(World::bot_joins);
    }

    /// Sets which privileged intents are switched on in the "developer portal".
    pub fn switches_intents(&self, bits: u64) {
        self.shared.write(|world| world.options.privileged_intents = bits);
    }

    /// The test's hand on the gateway.
    pub fn gateway(&self) -> Gateway {
        Gateway { shared: Arc::clone(&self.shared) }
    }

    /// The bot's user id.
    pub fn bot_id(&self) -> Id {
        self.shared.read(|world| world.bot)
    }

    /// The guild's id.
    pub fn guild_id(&self) -> Id {
        self.shared.read(|world| world.guild.id)
    }

    /// Stores a file for an attachment option; the value to give there.
    pub fn file(&self, name: &str, bytes: &[u8], mime: &str) -> Value {
        stored(&self.shared, name, bytes, mime)
    }

    /// Waits until every planned fault has struck as often as it was to.
    pub async fn expect_faults_struck(&self) {
        let struck = || self.shared.read(|world| all_struck(&world.faults)).then_some(());
        self.shared.wait("the planned faults", struck).await;
    }

    /// Puts other bytes behind the address of a message's first file, without a word to anybody.
    pub fn swaps_file(&self, message: &Message, bytes: &[u8]) {
        self.shared.write(|world| {
            if let Some(file) = message.attachments.first().and_then(|first| world.files.get_mut(&first.id)) {
                file.bytes = bytes.to_vec();
            }
        });
    }

    /// Commands registered now, global ones first, as Discord would answer them.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.read(|world| world.global_commands.iter().chain(&world.guild_commands).cloned().collect())
    }

    /// Plans a fault of the REST side.
    pub fn fault(&self, fault: Fault) {
        self.shared.write(|world| {
            world.ledger.planned_429 += fault.planned_429();
            world.faults.push(fault);
        });
    }

    /// How often planned faults of each kind have met a request.
    pub fn struck(&self) -> std::collections::BTreeMap<String, usize> {
        self.shared.read(|world| world.struck.clone())
    }

    /// Requests so far that fit `"METHOD /path"`, where `*` fits one segment and a final `**` the rest.
    pub fn requests(&self, route: &str) -> Vec<Request> {
        let route = RoutePattern::new(route);
        let fits = |r: &&Request| route.fits(&r.method, &r.path);
        self.shared.read(|world| world.requests.iter().filter(fits).cloned().collect())
    }

    /// Waits for that many requests that fit, counted from the start; answers them all.
    pub async fn expect_requests(&self, route: &str, count: usize) -> Vec<Request> {
        let find = || Some(self.requests(route)).filter(|requests| requests.len() >= count);
        self.shared.wait(&format!("{count} requests {route}"), find).await
    }

    /// Waits until a bot is connected, READY is sent and commands are registered.
    pub async fn wait_ready(&self) {
        self.gateway().expect_connected().await;
        self.shared.wait("registered commands", || (!self.commands().is_empty()).then_some(())).await;
    }

    /// Pushes the world's clock forward: interaction deadlines, buckets and nonces see it, waits do not.
    pub fn advance(&self, by: Duration) {
        self.shared.write(|world| world.clock.advance(by));
    }

    /// Runs a future to its end, for tests without an executor.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.shared.runtime().block_on(future)
    }

    /// What happened so far, on both planes.
    pub fn transcript(&self) -> String {
        self.shared.read(|world| world.transcript.render())
    }

    /// This judge is not heard in this test.
    pub fn pardon(&self, judge: Judge) {
        self.shared.write(|world| world.ledger.pardoned.insert(judge));
    }

    /// A refusal that this test provokes: `"METHOD /path"` with wildcards, and Discord's JSON error code.
    pub fn expect_refusal(&self, route: &str, code: u64) {
        self.shared.write(|world| world.ledger.expected_refusals.push((route.to_owned(), code)));
    }

    /// So many 429 answers are allowed beyond those of planned faults.
    pub fn tolerate_rate_limits(&self, count: usize) {
        self.shared.write(|world| world.ledger.planned_429 += count);
    }

    /// A text that must never appear in a request, beside the bot's token.
    pub fn secret(&self, secret: &str) {
        self.shared.write(|world| world.ledger.secrets.push(secret.to_owned()));
    }

    /// What the judges say now.
    pub fn violations(&self) -> Vec<Violation> {
        let requests = self.shared.read(|world| world.requests.clone());
        let told = judges::bodies(&requests);
        self.shared.read(|world| {
            let mut all: Vec<Violation> = judges::final_word(world);
            all.extend(told.into_iter().map(|detail| Violation { judge: Judge::Schema, detail }));
            all.retain(|violation| !world.ledger.pardoned.contains(&violation.judge));
            all
        })
    }

    /// Waits for open interactions to be answered or too late, then asks the judges; panics with all they say.
    pub async fn finish(mut self) {
        let patience = self.shared.read(|world| world.options.first_answer_within);
        // A deadline may pass without any change of the world, so this one looks at the clock.
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while waited < patience && self.shared.read(judges::any_unanswered) {
            self.shared.pause(step).await;
            waited += step;
        }
        self.judge();
    }

    fn judge(&mut self) {
        self.judged = true;
        let violations = self.violations();
        if violations.is_empty() {
            return;
        }
        let list: String = violations.iter().map(|violation| format!("  {violation}\n")).collect();
        panic!("the judges found {}:\n{list}{}", violations.len(), self.transcript());
    }
}

impl Drop for FakeDiscord {
    fn drop(&mut self) {
        // Dropping a runtime inside another would panic; this never blocks.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        if self.judged {
            return;
        }
        if std::thread::panicking() {
            tell(&self.transcript());
        } else {
            self.judge();
        }
    }
}

/// A failing test shows what happened here.
#[expect(clippy::print_stderr, reason = "the test harness shows it only when the test fails")]
fn tell(transcript: &str) {
    eprintln!("{transcript}");
}

fn listen(runtime: &Runtime) -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.set_nonblocking(true).expect("a fresh listener can be non-blocking");
    let address = listener.local_addr().expect("a bound listener has an address");
    let _inside = runtime.enter();
    (TcpListener::from_std(listener).expect("the listener is non-blocking"), address)
}
