//! Processes that rest between the turns of a table, the few that were used last.
//! Any of them may be dropped at any moment: the conversation is on the disk, and the next turn starts a process.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, warn};

use super::command::{self, Papers};
use crate::provider::TurnOrder;
use crate::provider::cli::CliSettings;
use crate::provider::environment::Environment;
use crate::provider::process::{Grace, Heard, Process};
use crate::provider::scratch::Scratch;

/// How long a process may take to go once its input has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// How many turns one process takes. It grows with each; after thirty it had grown by three quarters.
const MOST_TURNS: u32 = 32;

/// Files of a working folder that the CLI reads at its start and not again.
const READ_AT_START: &[&str] =
    &["CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md", ".claude/settings.json", ".claude/settings.local.json"];

/// Tools whose work ends with the turn. After others a process may go on by itself.
const QUIET_TOOLS: &[&str] = &["Read", "Grep", "Glob", "LS"];

/// Everything a process was started with; another turn must want the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitting {
    args: Vec<String>,
    /// Where the game master's tools are; the token is the same as long as the program runs.
    tools: Option<String>,
    system: String,
    folder: PathBuf,
    environment: Environment,
    /// When the files that are read at the start were changed, and their sizes.
    files: Vec<Option<(SystemTime, u64)>>,
}

impl Fitting {
    pub(super) fn of(order: &TurnOrder, settings: &CliSettings, environment: &Environment) -> Self {
        let seen = |file: &&str| {
            let about = fs::metadata(order.folder.join(file)).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        let nowhere = Papers { system: OsStr::new(""), tools: OsStr::new("") };
        Self {
            args: command::lasting(order, nowhere, settings.extra_args()),
            tools: order.tools.as_ref().map(|access| access.url.clone()),
            system: order.system.clone(),
            folder: order.folder.clone(),
            environment: environment.clone(),
            files: READ_AT_START.iter().map(seen).collect(),
        }
    }
}

/// Whether a process may rest after this turn. A limit on spending is kept by the process for all its turns together.
pub(super) fn may_rest(order: &TurnOrder) -> bool {
    let quiet = |rule: &String| {
        let tool = command::tool_name(rule);
        tool.starts_with("mcp__") || QUIET_TOOLS.contains(&tool)
    };
    order.asking.is_none() && order.budget_micros.is_none() && order.allowed_tools.iter().all(quiet)
}

/// A process with all that belongs to it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) process: Process,
    /// Only held: the system prompt stands in it.
    pub(super) scratch: Scratch,
    /// How many turns it took.
    pub(super) turns: u32,
}

/// A process that rests, and the way to the task that looks after it.
#[derive(Debug)]
struct Resting {
    table: String,
    session: String,
    fitting: Fitting,
    /// Dropping it ends the process.
    claim: oneshot::Sender<oneshot::Sender<Kept>>,
    task: JoinHandle<()>,
}

/// The processes that rest, the one that was used last at the end.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<Vec<Resting>>);

impl Warm {
    /// The process that rests for this table, if it fits. One that does not is ended; when it holds the conversation
    /// that is asked for, it is gone before this returns, because two at once would lose a turn.
    pub(super) async fn take(&self, table: &str, session: Option<&str>, fitting: &Fitting) -> Option<Kept> {
        let resting = self.remove(table).filter(|resting| session == Some(resting.session.as_str()))?;
        if resting.fitting == *fitting {
            let (give, given) = oneshot::channel();
            if resting.claim.send(give).is_ok()
                && let Ok(kept) = given.await
            {
                return Some(kept);
            }
        } else {
            drop(resting.claim);
        }
        // A task that failed has dropped its process, which kills it.
        let _ = resting.task.await;
        None
    }

    /// Lets a process rest after a turn; ends the one that has rested longest when there are too many.
    pub(super) fn rest(&self, settings: &CliSettings, table: String, session: String, fitting: Fitting, kept: Kept) {
        if settings.ending.is_cancelled() || settings.warm == 0 || kept.turns >= MOST_TURNS {
            settings.tasks.spawn(farewell(kept));
            return;
        }
        let (claim, claimed) = oneshot::channel();
        let task = settings.tasks.spawn(look_after(settings.clone(), kept, claimed));
        drop(self.remove(&table));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|resting| !resting.claim.is_closed());
        all.push(Resting { table, session, fitting, claim, task });
        let excess = all.len().saturating_sub(settings.warm);
        all.drain(..excess);
    }

    /// Ends the process that rests for this table; when this returns it is gone, and its files with it.
    pub(super) async fn forget(&self, table: &str) {
        if let Some(Resting { claim, task, .. }) = self.remove(table) {
            drop(claim);
            // A task that failed has dropped its process, which kills it.
            let _ = task.await;
        }
    }

    fn remove(&self, table: &str) -> Option<Resting> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|resting| resting.table == table)?;
        Some(all.remove(at))
    }
}

/// Keeps a process until it is claimed, or ends it: when nobody wants it, when everything ends, after a while, and
/// when it speaks unasked.
async fn look_after(settings: CliSettings, mut kept: Kept, claimed: oneshot::Receiver<oneshot::Sender<Kept>>) {
    kept.process.watch_anew(None, None, Some(settings.turn_limit() as u64));
    let until = Instant::now() + settings.idle;
    let mut claimed = std::pin::pin!(claimed);
    let provider = &settings.name;
    loop {
        tokio::select! {
            wish = &mut claimed => match wish {
                Ok(claimant) => return drop(claimant.send(kept)),
                Err(_) => break,
            },
            heard = kept.process.next() => match heard {
                Heard::Line(line) if is_notice(&line) => {}
                Heard::Ended(ending) => return debug!(%provider, ?ending, "a resting process ended"),
                _ => {
                    warn!(%provider, "a resting process spoke unasked; it is ended");
                    break;
                }
            },
            () = sleep_until(until) => break,
            () = settings.ending.cancelled() => break,
        }
    }
    farewell(kept).await;
}

/// What may be said between turns: news of the program itself.
fn is_notice(line: &str) -> bool {
    let Ok(serde_json::Value::Object(event)) = serde_json::from_str(line) else { return true };
    matches!(event.get("type").and_then(|kind| kind.as_str()), Some("system" | "rate_limit_event"))
}

/// Ends a process as it likes it best: the end of its input.
pub(super) async fn farewell(mut kept: Kept) {
    kept.process.close_input();
    let gone = async { while !matches!(kept.process.next().await, Heard::Ended(_)) {} };
    if timeout(FAREWELL, gone).await.is_err() {
        kept.process.stop(Grace::NONE).await;
    }
}
