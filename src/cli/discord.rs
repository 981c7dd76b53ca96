//! The bot: the program with its Discord door, until it is ended.
//! What happens in the channels is the door's and the tables' business.

use std::pin::pin;
use std::sync::Arc;

use secrecy::SecretString;

use crate::app::pulse::Pulse;
use crate::app::{self, App};
use crate::cli::signals::Asked;
use crate::cli::{Ending, complain, person_reads, start_logs};
use crate::config::{Config, Sources};
use crate::door::discord::{DiscordDoor, LOOKS_BACK_WITHIN, OpenError, Parts, sentence};
use crate::telemetry::TerminalLog;

/// Connects and stays until somebody ends the program or Discord will not have the bot any more.
pub fn run(config: Config, sources: &Sources, token: SecretString) -> Ending {
    let _logs = start_logs(&config, sources, TerminalLog::Pretty { colour: person_reads() });
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            complain(&format!("The program could not start: {failure}."));
            return Ending::Failed;
        }
    };
    runtime.block_on(async {
        let app = match App::start(Arc::new(config), &sources.env, None, Some(LOOKS_BACK_WITHIN)).await {
            Ok(app) => app,
            Err(failure) => {
                tracing::error!(error = %failure, detail = ?failure, "could not start");
                complain(&format!("The bot cannot start: {failure}."));
                return Ending::Failed;
            }
        };
        let mut asked = Asked::to_end();
        let pulse = Pulse::start(&app);
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
    })
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

async fn connect(app: &App, token: SecretString, pulse: &Pulse) -> Result<(), OpenError> {
    let parts = Parts {
        config: Arc::clone(&app.config),
        hall: Arc::clone(&app.hall),
        providers: app.providers.clone(),
        roster: app.roster.clone(),
        store: app.store.clone(),
        tasks: app.tasks.clone(),
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
