//! The bot: the program with its Discord door, until it is ended.
//! What happens in the channels is the door's and the tables' business.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::task::TaskTracker;

use crate::app::pulse::{Patience, Pulse};
use crate::app::{self, App};
use crate::cli::signals::Asked;
use crate::cli::{Ending, complain, person_reads, start_logs};
use crate::config::{Config, Sources};
use crate::door::discord::{DiscordDoor, LOOKS_BACK_WITHIN, OpenError, Parts, sentence};
use crate::door::monitor;
use crate::telemetry::{Gateway, TerminalLog};

/// On how many threads tasks run at most: they wait for Discord and providers, and each thread keeps memory of its own.
const THREADS: usize = 4;
/// How long a thread that read a file or the database waits for more.
const IDLE: Duration = Duration::from_secs(2);

/// Connects and stays until somebody ends the program or Discord will not have the bot any more.
pub fn run(config: Config, sources: &Sources, token: SecretString) -> Ending {
    let _logs = start_logs(&config, sources, TerminalLog::Pretty { colour: person_reads() });
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_keep_alive(IDLE)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    let ending = runtime.block_on(async {
        let patience = Patience::ask(&TaskTracker::new());
        let app = match App::start(Arc::new(config), &sources.env, None, Some(LOOKS_BACK_WITHIN)).await {
            Ok(app) => app,
            Err(failure) => {
                tracing::error!(error = %failure, detail = ?failure, "could not start");
                complain(&format!("The bot cannot start: {failure}."));
                return if failure.is_configuration() { Ending::BadUsage } else { Ending::Failed };
            }
        };
        drop(patience);
        let mut asked = Asked::to_end();
        let pulse = Pulse::start(&app);
        watch(&app).await;
        let ending = {
            let mut connected = pin!(connect(&app, token, &pulse));
            let ended = tokio::select! {
                ended = &mut connected => ended,
                () = asked.once() => {
                    app.ending.cancel();
                    connected.await
                }
            };
            judge(ended)
        };
        app.drain(asked.once()).await;
        ending
    });
    // A backup that is being made, or a file that is being read, is not waited for.
    runtime.shutdown_background();
    ending
}

/// Lets operators ask how it goes, from here on: also what is not ready yet is an answer.
async fn watch(app: &App) {
    app.metrics.gateway_is(Gateway::Connecting);
    if let Some(listen) = app.config.monitoring.listen {
        let parts = monitor::Parts {
            metrics: app.metrics.clone(),
            hall: Arc::clone(&app.hall),
            store: app.store.clone(),
            tasks: app.tasks.clone(),
            ending: app.ending.clone(),
        };
        monitor::open(parts, listen).await;
    }
}

fn judge(ended: Result<(), OpenError>) -> Ending {
    match ended {
        Ok(()) => Ending::Done,
        Err(failure) => {
            tracing::error!(error = %failure, detail = ?failure, "the bot cannot work");
            complain(&sentence(&failure));
            if failure.is_configuration() { Ending::BadUsage } else { Ending::Failed }
        }
    }
}

/// Opens the door of a program that runs and stays until it ends.
pub(super) async fn connect(app: &App, token: SecretString, pulse: &Pulse) -> Result<(), OpenError> {
    let parts = Parts {
        config: Arc::clone(&app.config),
        hall: Arc::clone(&app.hall),
        providers: app.providers.clone(),
        roster: app.roster.clone(),
        store: app.store.clone(),
        tasks: app.tasks.clone(),
        metrics: app.metrics.clone(),
        bearers: app.bearers.clone(),
        ending: app.ending.clone(),
        now: app::now,
    };
    let door = tokio::select! {
        door = DiscordDoor::open(parts, token) => door?,
        () = app.ending.cancelled() => return Ok(()),
    };
    pulse.doors_are_open(&format!("Tables in {} channels on Discord", door.channels()));
    door.stay().await
}
