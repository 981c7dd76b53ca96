//! The pulse of the running bot: as long as tasks run and the store's writer answers, systemd is told and a file's time
//! is moved on, which `talekeeper health` reads. Decides nothing; whoever watches restarts.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::app::App;
use crate::store::Store;

/// The file within the data folder whose time is moved on.
const FILE: &str = "talekeeper.alive";
/// How often, where systemd does not want it more often.
const BEAT: Duration = Duration::from_secs(30);
/// How old the last beat may be: a slow disk and a loaded machine may cost two.
const FRESH: Duration = BEAT.saturating_mul(3);
/// What systemd waits longer than our own limit at the end.
const MARGIN: Duration = Duration::from_secs(15);

/// How the start went so far.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Open { status: String },
}

/// Asks systemd for time while the database is opened, which takes long where it has to be brought up to date first. Until it
/// is dropped.
#[derive(Debug)]
pub struct Patience(AbortHandle);

impl Patience {
    /// Asks at once and goes on asking. Outside systemd nobody is asked.
    pub fn ask(tasks: &TaskTracker) -> Self {
        let beat = beat();
        let ask = move || starting(beat, "Starting: opening the database");
        ask();
        let asking = tasks.spawn(async move {
            loop {
                tokio::time::sleep(beat).await;
                ask();
            }
        });
        Self(asking.abort_handle())
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Says that the bot is alive until the program ends.
#[derive(Debug)]
pub struct Pulse {
    stage: watch::Sender<Stage>,
}

impl Pulse {
    /// Begins to beat. Outside systemd only the file is kept.
    pub fn start(app: &App) -> Self {
        let (stage, watched) = watch::channel(Stage::Starting);
        let heart = Heart { store: app.store.clone(), file: open(&app.config.data_dir), beat: beat() };
        let (ending, shutdown) = (app.ending.clone(), app.config.limits.shutdown);
        let path = file(&app.config.data_dir);
        app.tasks.spawn(async move {
            tokio::select! {
                () = heart.beats(watched) => {}
                () = ending.cancelled() => {}
            }
            let patience = NotifyState::ExtendTimeoutUsec(micros(shutdown.saturating_add(MARGIN)));
            tell(&[NotifyState::Stopping, patience, NotifyState::Status("Ending: turns that run may finish")]);
            // Whoever asks now is told that no bot runs here; a file that is gone already says the same.
            let _ = tokio::fs::remove_file(path).await;
        });
        Self { stage }
    }

    /// People can come in from now on.
    pub fn doors_are_open(&self, status: &str) {
        self.stage.send_replace(Stage::Open { status: status.to_owned() });
    }
}

struct Heart {
    store: Store,
    file: Option<Arc<File>>,
    beat: Duration,
}

impl Heart {
    async fn beats(&self, mut stage: watch::Receiver<Stage>) {
        let mut told = None;
        loop {
            let now = stage.borrow_and_update().clone();
            if self.is_well().await {
                self.say(&now, &mut told);
            }
            tokio::select! {
                () = tokio::time::sleep(self.beat) => {}
                Ok(()) = stage.changed() => {}
            }
        }
    }

    /// Whether the writer answers and the disk takes the file's new time.
    async fn is_well(&self) -> bool {
        let asked = async {
            self.store.answers().await.map_err(|failure| failure.to_string())?;
            let Some(file) = self.file.clone() else { return Ok(()) };
            let moved = tokio::task::spawn_blocking(move || file.set_modified(SystemTime::now())).await;
            moved.map_err(io::Error::other).flatten().map_err(|failure| failure.to_string())
        };
        match tokio::time::timeout(self.beat, asked).await {
            Ok(Ok(())) => return true,
            Ok(Err(failure)) => error!(error = failure, "the pulse stands still"),
            Err(_) => error!(limit_ms = self.beat.as_millis(), "the pulse stands still: the database does not answer"),
        }
        false
    }

    fn say(&self, stage: &Stage, told: &mut Option<Stage>) {
        match stage {
            // The start takes as long as Discord lets it take; systemd is to wait as long as we are well.
            Stage::Starting => starting(self.beat, "Starting: connecting to Discord"),
            Stage::Open { .. } if told.as_ref() == Some(stage) => tell(&[NotifyState::Watchdog]),
            Stage::Open { status } => tell(&[NotifyState::Ready, NotifyState::Watchdog, NotifyState::Status(status)]),
        }
        *told = Some(stage.clone());
    }
}

/// How often systemd is told something.
fn beat() -> Duration {
    sd_notify::watchdog_enabled().map_or(BEAT, |limit| BEAT.min(limit / 3))
}

/// The start is not over, and may take until some beats from now.
fn starting(beat: Duration, status: &str) {
    tell(&[NotifyState::ExtendTimeoutUsec(micros(beat.saturating_mul(3))), NotifyState::Status(status)]);
}

/// When the bot of this data folder last showed that it is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Lately enough.
    Fresh(Duration),
    /// Too long ago, or in a future that the clock was set back from.
    Stale(Duration),
    /// Never, or it has ended since.
    None,
}

/// Looks for the last sign of life. Changes nothing.
///
/// # Errors
/// Why the file cannot be looked at.
pub fn last_sign(data_dir: &Path) -> io::Result<Sign> {
    let moved = match file(data_dir).metadata().and_then(|found| found.modified()) {
        Ok(moved) => moved,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(Sign::None),
        Err(failure) => return Err(failure),
    };
    Ok(match SystemTime::now().duration_since(moved) {
        Ok(age) if age <= FRESH => Sign::Fresh(age),
        Ok(age) => Sign::Stale(age),
        // Two clocks of one machine may differ by a tick.
        Err(ahead) if ahead.duration() < Duration::from_secs(1) => Sign::Fresh(Duration::ZERO),
        Err(ahead) => Sign::Stale(ahead.duration()),
    })
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// A bot that cannot keep the file plays all the same; what looks for it will say that it is not there.
fn open(data_dir: &Path) -> Option<Arc<File>> {
    let path = file(data_dir);
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    opened.inspect_err(|failure| warn!(error = %failure, "no sign of life can be kept")).ok().map(Arc::new)
}

/// Outside systemd nobody is told, and that is no fault.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(failure) = sd_notify::notify(states) {
        warn!(error = %failure, "systemd could not be told how the bot is");
    }
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
