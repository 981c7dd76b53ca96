//! What operators see: a log in JSON lines, lines for people on standard error, error ids, what is counted.
//! Never logs anything by itself except that lines were lost; never writes a secret it was told of.

use std::io;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

mod error_id;
mod files;
mod metrics;
mod overwriting;
mod plain;
mod pretty;
mod process;
mod readiness;
mod record;
mod recorder;
mod redactor;
mod rotating;
mod tail;
mod visitor;

pub use error_id::{BadErrorId, new_error_id, parse_error_id};
pub use files::log_file;
pub use metrics::{Asked, Kept, Metrics, Now, Took, TurnFigures};
pub use overwriting::overwrite;
pub(crate) use plain::plain;
pub use pretty::{Style, pretty};
pub use process::{ProcessFigures, memory};
pub use readiness::{Gateway, Readiness};
pub use record::{Fields, Record};
pub use rotating::Rotating;
pub use tail::{Tail, TailError};

use recorder::{Form, Recorder, Sink};
pub(crate) use redactor::Redactor;

/// Lines that may wait for a slow disk or terminal; more than that are counted and dropped, so that play goes on.
const QUEUE: usize = 4_096;

/// What is logged and where.
#[derive(Debug)]
pub struct Settings {
    /// The folder of the log files, `data_dir/logs`; made if it is not there.
    pub folder: PathBuf,
    /// How much this program says. Other crates are heard at warn and worse only.
    pub level: LevelFilter,
    /// Bytes of one file.
    pub max_size: u64,
    /// How many old files are kept.
    pub max_files: u32,
    /// Whether people see lines on standard error as well.
    pub terminal: TerminalLog,
    /// Values that must not appear in any line: the token, keys.
    pub secrets: Vec<SecretString>,
}

/// Lines for people on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalLog {
    /// None, because a table is played there.
    Off,
    /// One for each line of the file.
    Pretty {
        /// Whether colours are used.
        colour: bool,
    },
}

/// Why logging could not begin.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The folder or the file cannot be made or written.
    #[error("could not open the log in `{}`", folder.display())]
    Folder {
        /// Where it was to be.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else has begun already.
    #[error("logging was set up already")]
    Twice,
}

/// Writes what still waits when it is dropped (for a second at most). Hold it until the program ends.
#[must_use = "lines that wait are lost without it"]
#[derive(Debug)]
pub struct Guard {
    _workers: Vec<WorkerGuard>,
}

/// Begins logging for the whole program.
///
/// # Errors
/// When the log cannot be opened, or logging was begun before.
pub fn init(settings: Settings) -> Result<Guard, InitError> {
    let (subscriber, guard) = build(settings, io::stderr())?;
    subscriber.try_init().map_err(|_| InitError::Twice)?;
    Ok(guard)
}

/// Puts the parts together without making them the program's.
fn build(
    settings: Settings,
    terminal: impl io::Write + Send + 'static,
) -> Result<(impl Subscriber + Send + Sync + 'static, Guard), InitError> {
    let Settings { folder, level, max_size, max_files, .. } = settings;
    let file = Rotating::open(&folder, max_size, max_files).map_err(|source| InitError::Folder { folder, source })?;
    let queue = |name| NonBlockingBuilder::default().buffered_lines_limit(QUEUE).thread_name(name);
    let (out, worker) = queue("log-file").finish(file);
    let mut sinks = vec![Sink::new(Form::Json, out)];
    let mut workers = vec![worker];
    if let TerminalLog::Pretty { colour } = settings.terminal {
        let (out, worker) = queue("log-terminal").finish(terminal);
        sinks.push(Sink::new(Form::Pretty(Style { colour, zone: TimeZone::system() }), out));
        workers.push(worker);
    }
    let heard = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("talekeeper", level);
    let recorder = Recorder::new(Redactor::new(&settings.secrets), sinks).with_filter(heard);
    Ok((tracing_subscriber::registry().with(recorder), Guard { _workers: workers }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::{Level, debug, error, info, info_span, warn};

    use super::*;

    /// Stands for the terminal.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("could not start `claude` with s3cr3t-token")]
    struct Outer(#[source] io::Error);

    /// What the file and the terminal hold after `act` was done under a subscriber.
    fn logged(level: LevelFilter, act: impl FnOnce()) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let screen = Screen::default();
        let settings = Settings {
            folder: folder.path().to_owned(),
            level,
            max_size: 1 << 20,
            max_files: 5,
            terminal: TerminalLog::Pretty { colour: false },
            secrets: vec![SecretString::from("s3cr3t-token")],
        };
        let (subscriber, guard) = build(settings, screen.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, act);
        drop(guard);
        let shown = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        (std::fs::read_to_string(log_file(folder.path())).unwrap(), shown)
    }

    /// The lines of a log without their times.
    fn timeless(log: &str) -> String {
        log.lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect()
    }

    #[test]
    fn a_line_has_its_own_facts_and_those_of_the_spans_around_it() {
        let (log, _) = logged(LevelFilter::INFO, || {
            let table = info_span!("table", table = "sunken-crown", provider = "oracle").entered();
            let turn = info_span!("turn", turn = %17, provider = tracing::field::Empty).entered();
            turn.record("provider", "claude");
            info!(outcome = "answered", duration_ms = 4210_u64, cost_usd = 0.0125, tokens_in = 10, "turn ended");
            drop(turn);
            info!(first_text_ms = None::<u64>, "table waits");
            drop(table);
            warn!("no table");
        });
        insta::assert_snapshot!(timeless(&log), @r#"
        "level":"info","target":"talekeeper::telemetry::tests","msg":"turn ended","table":"sunken-crown","provider":"claude","turn":17,"outcome":"answered","duration_ms":4210,"cost_usd":0.0125,"tokens_in":10}
        "level":"info","target":"talekeeper::telemetry::tests","msg":"table waits","table":"sunken-crown","provider":"oracle"}
        "level":"warn","target":"talekeeper::telemetry::tests","msg":"no table"}
        "#);
    }

    #[test]
    fn an_error_keeps_its_chain_and_loses_its_secrets() {
        let (log, shown) = logged(LevelFilter::INFO, || {
            let failure = Outer(io::Error::other("Bot s3cr3t-token was refused"));
            let id = "E-7K3M9QZX";
            error!(error_id = id, error = &failure as &dyn std::error::Error, "turn failed");
            let _span = info_span!("span", key = "s3cr3t-token").entered();
            warn!(args = ?["--token=s3cr3t-token"], "said s3cr3t-token");
        });
        assert!(!log.contains("s3cr3t") && !shown.contains("s3cr3t"), "{log}\n{shown}");
        insta::assert_snapshot!(timeless(&log), @r#"
        "level":"error","target":"talekeeper::telemetry::tests","msg":"turn failed","error_id":"E-7K3M9QZX","error":"could not start `claude` with [secret]","caused_by":["Bot [secret] was refused"]}
        "level":"warn","target":"talekeeper::telemetry::tests","msg":"said [secret]","key":"[secret]","args":"[\"--token=[secret]\"]"}
        "#);
    }

    #[test]
    fn our_crate_is_heard_at_its_level_and_others_from_warn() {
        let talk = || {
            debug!("ours, debug");
            info!("ours, info");
            info!(target: "serenity::gateway", "theirs, info");
            warn!(target: "serenity::gateway", "theirs, warn");
            tracing::event!(target: "log", Level::WARN, { log.target = "rusqlite_migration", log.line = 7 }, "by log");
            error!(target: "serenity::gateway", "theirs, error");
        };
        let heard = |level| {
            let (log, _) = logged(level, talk);
            log.lines().map(|line| Record::from_line(line).unwrap()).collect::<Vec<_>>()
        };
        let msgs = |records: &[Record]| records.iter().map(|record| record.msg.clone()).collect::<Vec<_>>();
        let debug = heard(LevelFilter::DEBUG);
        assert_eq!(msgs(&debug), ["ours, debug", "ours, info", "theirs, warn", "by log", "theirs, error"]);
        assert_eq!(debug[3].target, "rusqlite_migration");
        assert!(debug[3].fields.get("log.line").is_none());
        assert_eq!(msgs(&heard(LevelFilter::WARN)), ["theirs, warn", "by log", "theirs, error"]);
        assert_eq!(msgs(&heard(LevelFilter::ERROR)), ["theirs, error"]);
        assert!(heard(LevelFilter::OFF).is_empty());
    }

    #[test]
    fn what_people_write_breaks_no_line() {
        let (log, shown) = logged(LevelFilter::TRACE, || info!(said = "a\n{\"level\":\"error\"}\x1b[2J", "x\ny"));
        assert_eq!((log.lines().count(), shown.lines().count()), (1, 1));
        assert!(!log.contains('\x1b') && !shown.contains('\x1b'));
    }

    #[test]
    fn a_value_that_logs_while_it_is_shown_is_no_trap() {
        struct Chatty;
        impl std::fmt::Debug for Chatty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                info!("I am being shown");
                f.write_str("chatty")
            }
        }
        let (log, _) = logged(LevelFilter::INFO, || {
            let span = info_span!("span", who = tracing::field::Empty).entered();
            span.record("who", tracing::field::debug(Chatty));
            info!(also = ?Chatty, "done");
        });
        assert!(log.contains("I am being shown"), "{log}");
        assert!(log.contains("\"who\":\"chatty\",\"also\":\"chatty\""), "{log}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_stops_the_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let settings = Settings {
            folder: file.path().join("logs"),
            level: LevelFilter::INFO,
            max_size: 100,
            max_files: 1,
            terminal: TerminalLog::Off,
            secrets: Vec::new(),
        };
        assert!(matches!(build(settings, io::sink()), Err(InitError::Folder { .. })));
    }
}
