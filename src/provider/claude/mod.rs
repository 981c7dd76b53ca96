//! The `claude` driver: a process per turn, spoken to in stream-json, conversations resumed by an id of our choosing. A few
//! processes rest after their turn, so that a busy table's next turn need not start one.
//! What rests is never needed: every turn can be answered by a process of its own.

mod asking;
mod command;
mod decode;
mod game;
mod outcome;
mod say;
mod turn;
mod warm;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::info;

use self::command::{Conversation, Papers};
pub use self::decode::{Decoder, Tally};
use self::turn::Turn;
use self::warm::{Fitting, Kept, Warm};
use super::TurnOrder;
use super::cli::{CliDriver, CliSettings, failed};
use super::environment::Environment;
use crate::domain::{Fault, FaultKind, ProviderEvent};

/// Of our environment, what this CLI may see beside the common list: its sign-in and its address.
const OWN_VARIABLES: &[&str] = &["ANTHROPIC_*", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"];

/// Its own defaults would retry for three minutes in silence, update itself and report home.
const DEFAULTS: &[(&str, &str)] = &[
    ("CLAUDE_CODE_MAX_RETRIES", "3"),
    ("API_TIMEOUT_MS", "120000"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
];

/// How long a process rests without a turn.
pub const IDLE: Duration = Duration::from_secs(5 * 60);

/// The driver.
#[derive(Debug)]
pub struct Claude {
    settings: CliSettings,
    warm: Warm,
}

impl Claude {
    /// A driver with these settings. Starts nothing.
    pub fn new(settings: CliSettings) -> Self {
        Self { settings, warm: Warm::default() }
    }

    /// Starts a process for this turn.
    async fn start(
        &self,
        order: &TurnOrder,
        conversation: &Conversation,
        environment: Environment,
    ) -> Result<Kept, Fault> {
        let settings = &self.settings;
        let (scratch, system) = settings.papers(&order.system)?;
        let tools = match &order.tools {
            Some(access) => settings.paper(&scratch, "tools.json", &game::config(access))?,
            None => PathBuf::new(),
        };
        let papers = Papers { system: system.as_os_str(), tools: tools.as_os_str() };
        let args = command::arguments(order, conversation, papers, settings.extra_args());
        let args = args.into_iter().map(OsString::from).collect();
        let process = settings.start(settings.one_turn(args, &order.folder, environment)).await?;
        Ok(Kept { process, scratch, turns: 0 })
    }
}

impl CliDriver for Claude {
    fn settings(&self) -> &CliSettings {
        &self.settings
    }

    fn reads_by_itself(&self) -> &'static [&'static str] {
        &["CLAUDE.md"]
    }

    fn takes_tools(&self) -> bool {
        true
    }

    async fn forget(&self, table: &str) {
        self.warm.forget(table).await;
    }

    async fn turn(
        &self,
        mut order: TurnOrder,
        events: &mpsc::Sender<ProviderEvent>,
        cancel: &CancellationToken,
    ) -> ProviderEvent {
        let settings = &self.settings;
        let Some(conversation) = Conversation::of(&order, uuid::Uuid::new_v4()) else {
            return failed(FaultKind::SessionLost, "the id to resume is none of this CLI's");
        };
        if cancel.is_cancelled() {
            return failed(FaultKind::Other, "cancelled before it began");
        }
        let environment = settings.environment(OWN_VARIABLES, DEFAULTS);
        let fitting = Fitting::of(&order, settings, &environment);
        let keep = settings.warm > 0 && warm::may_rest(&order);
        let mut resting = self.warm.take(&order.table, conversation.resumed(), &fitting).await;
        loop {
            let (kept, was_resting) = match resting.take() {
                Some(kept) => (kept, true),
                None => match self.start(&order, &conversation, environment.clone()).await {
                    Ok(kept) => (kept, false),
                    Err(fault) => return ProviderEvent::Failed(fault),
                },
            };
            let Kept { mut process, scratch, turns } = kept;
            if was_resting {
                process.watch_anew(
                    Some(settings.quiet_notice),
                    Some(settings.timeout),
                    Some(settings.turn_limit() as u64),
                );
            }
            let turn = Turn::new(&conversation, process, keep, order.asking.take(), events, cancel);
            let run = turn.stopping_within(settings.stop_limit).run(&order).await;
            if run.unheard && was_resting {
                info!(provider = %settings.name, table = order.table, "the resting process was gone; another is started");
                continue;
            }
            if let Some(process) = run.process {
                let kept = Kept { process, scratch, turns: turns + 1 };
                self.warm.rest(settings, order.table, conversation.id().to_owned(), fitting, kept);
            }
            return run.end;
        }
    }
}
