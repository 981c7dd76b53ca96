//! The parts put together: built in order, drained in reverse. The only place that names everything.
//! It holds no rule of the game.

pub mod detect;
mod drivers;
pub(crate) mod erasing;
mod keys;
pub mod pulse;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use self::detect::Detected;
use self::drivers::Surroundings;
pub(crate) use self::keys::keys;
use crate::archive::{self, Schedule};
use crate::brief::Mode;
use crate::config::{self, Config, Roster, TableConfig, Wishes};
use crate::domain::{Budget, ProviderName, TableName, Timestamp};
use crate::door::discord::Look;
use crate::format::spans::Reading;
use crate::provider::{Registry, sweep};
use crate::replay::Writer;
use crate::store::{Store, StoreError};
use crate::table::keeping::Keeper;
use crate::table::machine::Setup;
use crate::table::{Bearers, Hall, HallError, HousePurse, Parts, RunSlots, TableSettings};
use crate::telemetry::Metrics;
use crate::tools::ToolServer;

/// How much of the shutdown's time is left for ending what does not end by itself.
const LAST_CALL: Duration = Duration::from_secs(3);

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database will not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table will not open.
    #[error(transparent)]
    Hall(#[from] HallError),
    /// The program's own file is not found; guards of provider processes are started from it.
    #[error("the program does not find its own file")]
    Itself(#[source] std::io::Error),
}

impl StartError {
    /// Whether another start is in vain until somebody changes something.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Store(StoreError::Newer { .. } | StoreError::NotAFolder { .. }))
    }
}

/// The running program without its doors.
pub struct App {
    /// What the owner wants.
    pub config: Arc<Config>,
    /// All tables.
    pub hall: Arc<Hall>,
    /// Who can answer.
    pub providers: Registry,
    /// The tables that were opened beside those of the configuration.
    pub roster: Roster,
    /// The record.
    pub store: Store,
    /// Who answers where nobody chose, and why.
    pub detected: Detected,
    /// Where tasks are started.
    pub tasks: TaskTracker,
    /// What is counted for operators.
    pub metrics: Metrics,
    /// Who brings the files that people attached.
    pub bearers: Bearers,
    /// Who keeps turns so that they can be played again, if any are to be kept.
    keeper: Option<Keeper>,
    /// Fires when the program ends.
    pub ending: CancellationToken,
}

impl App {
    /// Opens the data folder, finds the providers and takes up unfinished work. `forced` answers at every table whose
    /// people have not chosen; `hold` is how long tables with a channel wait for their door to look what was changed.
    pub async fn start(
        config: Arc<Config>,
        env: &[(String, String)],
        forced: Option<ProviderName>,
        hold: Option<Duration>,
    ) -> Result<Self, StartError> {
        let store = Store::open(&config.data_dir)?;
        if let Err(error) = sweep(&drivers::scratch(&config)) {
            warn!(%error, "what providers' programs left when the program was killed cannot be removed");
        }
        if let Err(error) = Box::pin(archive::settle(&store, &config.data_dir)).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "an import that was cut off is neither finished nor taken back"
            );
        }
        let surroundings = Surroundings::new(env).map_err(StartError::Itself)?;
        let (tasks, ending) = (surroundings.tasks.clone(), surroundings.ending.clone());
        let detected = detect::choose(&config, &surroundings, forced).await;
        let (for_people, around) = (Arc::clone(&config), surroundings.clone());
        let answers = detected.provider.clone();
        let look =
            Arc::new(move |name: &ProviderName| *name == answers || drivers::is_offered(&for_people, &around, name));
        let providers = drivers::registry(&config, &surroundings).discreet_about(&keys(&config, env)).offering(look);
        let bearers = Bearers::keeping(config.attachments.total);
        let metrics = Metrics::default();
        let roster = roster(&store, &config).await?;
        let to_erase = Box::pin(erasing::finish(&store, &config, &roster)).await;
        let keeper = keeper(&config, &roster, env);
        let parts = Parts {
            store: store.clone(),
            providers: providers.clone(),
            tools: tools(&tasks, &ending).await,
            slots: RunSlots::new(config.limits.running_turns),
            purse: HousePurse::new(config.budget_per_day_usd.map(micros)),
            bearers: bearers.clone(),
            data_dir: config.data_dir.clone(),
            tasks: tasks.clone(),
            ending: ending.clone(),
            finish_within: config.limits.shutdown.saturating_sub(LAST_CALL),
            metrics: metrics.clone(),
            keeper: keeper.clone(),
            now,
        };
        let (for_tables, fallback) = (Arc::clone(&config), detected.provider.clone());
        let opened = roster.clone();
        let settings_of = Arc::new(move |name: &TableName| settings(&for_tables, &opened, name, &fallback));
        let (channels, opened) = (Arc::clone(&config), roster.clone());
        let hold_of = Arc::new(move |name: &TableName| hold.filter(|_| has_channel(&channels, &opened, name)));
        let hall = Arc::new(Hall::new(parts, settings_of).holding(hold_of));
        hall.count_money().await?;
        hall.open_unfinished().await?;
        if !to_erase.is_empty() {
            tasks.spawn(erasing::go_on(Arc::clone(&hall), to_erase, ending.clone()));
        }
        if let Some(every) = config.backup.every {
            let folder = config.backup.folder.clone().unwrap_or_else(|| config.data_dir.join("backups"));
            let schedule = Schedule { data_dir: config.data_dir.clone(), every, keep: config.backup.keep, folder };
            tasks.spawn(schedule.run(ending.clone()));
        }
        info!(version = env!("CARGO_PKG_VERSION"), provider = %detected.provider, "started");
        Ok(Self { config, hall, providers, roster, store, detected, tasks, metrics, bearers, keeper, ending })
    }

    /// Ends in reverse order: tables finish or stop their turns, tasks end, the store is flushed. When `hurry` comes
    /// first, turns that still run are cut off; the next start takes them up like those that a crash cut off.
    pub async fn drain(self, hurry: impl Future<Output = ()>) {
        self.ending.cancel();
        self.tasks.close();
        let limit = self.config.limits.shutdown;
        tokio::select! {
            waited = tokio::time::timeout(limit, self.tasks.wait()) => if waited.is_err() {
                warn!(limit_ms = limit.as_millis(), "not everything ended in time");
            },
            () = hurry => warn!("asked to end twice, so nothing more is waited for"),
        }
        if let Some(keeper) = self.keeper {
            keeper.close().await;
        }
        self.store.close().await;
        info!("ended");
    }
}

/// The game master's tools. Without them a game goes on as with a provider that takes none.
async fn tools(tasks: &TaskTracker, ending: &CancellationToken) -> Option<ToolServer> {
    match ToolServer::start(tasks, ending.clone()).await {
        Ok(tools) => Some(tools),
        Err(failure) => {
            warn!(error = %failure, "the game master's tools cannot be served");
            None
        }
    }
}

/// Who keeps turns. Without them a game goes on as if none were to be kept.
fn keeper(config: &Arc<Config>, roster: &Roster, env: &[(String, String)]) -> Option<Keeper> {
    let wanted = config.replay.keep_turns > 0 || config.tables.iter().any(|table| table.keep_turns > Some(0));
    let (written, opened) = (Arc::clone(config), roster.clone());
    let look_of = Arc::new(move |name: &TableName| {
        let table = written.tables.iter().find(|table| table.name == *name).cloned().or_else(|| opened.find(name));
        let table = table.unwrap_or_else(|| TableConfig::named(name.clone()));
        Look::new(table.links, table.voices)
    });
    let of_providers = config.providers.values().flat_map(|provider| provider.env.values().cloned());
    let secrets: Vec<_> = keys(config, env).into_iter().chain(of_providers).collect();
    let started = wanted.then(|| Writer::start(&config.data_dir, &secrets, look_of))?;
    started.inspect_err(|failure| warn!(error = %failure, "turns are not kept for replays")).ok()
}

/// The present time. The one reading of the clock that tables go by.
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// The tables that people opened, as they asked for them.
async fn roster(store: &Store, config: &Config) -> Result<Roster, StoreError> {
    let roster = Roster::default();
    for opened in store.opened_tables().await? {
        match serde_json::from_str::<Wishes>(&opened.wishes) {
            Ok(wishes) => {
                let beside = wishes.side_of.as_ref().and_then(|name| name.parse::<TableName>().ok());
                let written = beside.as_ref().and_then(|name| config.tables.iter().find(|table| table.name == *name));
                let parent = written.cloned().or_else(|| roster.find(beside.as_ref()?));
                roster.add(wishes.table(opened.name, parent.as_ref()));
            }
            Err(failure) => warn!(table = %opened.name, error = %failure, "what was asked for is not understood"),
        }
    }
    Ok(roster)
}

/// Whether a table is played in a channel, as far as was said.
fn has_channel(config: &Config, opened: &Roster, name: &TableName) -> bool {
    config.tables.iter().any(|table| table.name == *name && table.channel_id.is_some()) || opened.find(name).is_some()
}

/// A table's settings: its own, else the defaults.
fn settings(config: &Config, opened: &Roster, name: &TableName, fallback: &ProviderName) -> TableSettings {
    let unwritten = opened.find(name).unwrap_or_else(|| TableConfig::named(name.clone()));
    let table = config.tables.iter().find(|table| table.name == *name).unwrap_or(&unwritten);
    let (provider, fallbacks) = ladder(config, table, fallback);
    // A default model belongs to the default provider; another provider would not know it.
    let inherits = config.defaults.provider.as_ref().is_none_or(|default| *default == provider);
    let model = table.model.clone().or_else(|| config.defaults.model.clone().filter(|_| inherits));
    let (mode, reading) = match table.mode {
        config::Mode::Narrative => (Mode::Narrative, Reading::Narrative),
        config::Mode::Coding => (Mode::Coding, Reading::Plain),
    };
    TableSettings {
        setup: Setup {
            provider,
            model,
            fallbacks,
            reading,
            action_bytes: bytes(config.limits.action),
            waiting: config.limits.waiting_actions,
            turn_bytes: bytes(config.limits.action).saturating_mul(4),
            reply_bytes: bytes(config.limits.reply),
            ask_ms: TableSettings::asks(mode, &table.allowed_tools)
                .then(|| u64::try_from(config.limits.ask_timeout.as_millis()).unwrap_or(u64::MAX)),
            budget: budget(table.budget.or(config.defaults.budget)),
            summaries: table.summaries == config::Summaries::Provider,
        },
        mode,
        language: table.language.clone().unwrap_or_else(|| config.defaults.language.clone()),
        style: table.style.clone(),
        adults: !has_channel(config, opened, name),
        house_rules: table.system_prompt.clone(),
        allowed_tools: table.allowed_tools.clone(),
        characters: table.characters.clone(),
        workspace: table.workspace.clone(),
        kit: table.kit.clone(),
        brief_bytes: bytes(config.limits.brief),
        keep_turns: table.keep_turns.unwrap_or(config.replay.keep_turns),
    }
}

/// Who answers at a table, and who goes on when they cannot: its own providers, else the default ones. One that stands
/// among the defaults, and that the command line or the one who opened the table asked for, is followed by those below it.
fn ladder(config: &Config, table: &TableConfig, fallback: &ProviderName) -> (ProviderName, Vec<ProviderName>) {
    if let Some(provider) = table.provider.clone().filter(|_| config.tables.contains(table)) {
        return (provider, table.fallbacks.clone());
    }
    let provider = table.provider.clone().unwrap_or_else(|| fallback.clone());
    let defaults: Vec<_> = config.defaults.provider.iter().chain(&config.defaults.fallbacks).collect();
    let below = defaults.iter().position(|default| **default == provider).map_or(defaults.len(), |at| at + 1);
    (provider, defaults.into_iter().skip(below).cloned().collect())
}

fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn budget(budget: config::Budget) -> Budget {
    Budget {
        turn: budget.per_turn_usd.map(micros),
        day: budget.per_day_usd.map(micros),
        table: budget.total_usd.map(micros),
        seat_day: budget.per_seat_day_usd.map(micros),
    }
}

/// Millionths of a US dollar; the configuration has checked that the amount is positive and finite.
fn micros(usd: f64) -> u64 {
    (usd * 1e6).round() as u64
}
