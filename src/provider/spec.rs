//! What a provider's program is started with, and why it may not start.
//! Starts nothing itself.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;

use super::environment::Environment;

/// The longest line that is taken unless the configuration says otherwise, in bytes.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// How programs are started: through our own binary as guard.
#[derive(Clone, Debug)]
pub struct Launcher {
    pub(super) guard: PathBuf,
}

impl Launcher {
    /// Through the running binary. `/proc/self/exe` stays right when an update replaces the file.
    pub fn own() -> io::Result<Self> {
        let link = Path::new("/proc/self/exe");
        let guard = if link.exists() { link.to_owned() } else { std::env::current_exe()? };
        Ok(Self { guard })
    }

    /// Through the binary at `guard`, for tests, whose own binary is no guard.
    pub fn at(guard: impl Into<PathBuf>) -> Self {
        Self { guard: guard.into() }
    }
}

/// What to start, and within which limits.
#[derive(Clone, Debug)]
pub struct ProcessSpec {
    /// A name looked for in `PATH`, or a path.
    pub program: OsString,
    /// Its arguments. Nothing secret or long: everybody on the machine can read them.
    pub args: Vec<OsString>,
    /// Its working folder.
    pub folder: PathBuf,
    /// Its whole environment.
    pub environment: Environment,
    /// The longest line taken from its stdout, in bytes.
    pub line_limit: usize,
    /// The most that is taken from its stdout altogether, in bytes; none for programs that live long.
    pub output_limit: Option<u64>,
    /// After how much silence it is told, and at doubling intervals again.
    pub quiet_notice: Option<Duration>,
    /// The time for the whole run.
    pub timeout: Option<Duration>,
}

impl ProcessSpec {
    /// A program without arguments, with the usual limits, no watch and an empty environment.
    pub fn new(program: impl Into<OsString>, folder: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            folder: folder.into(),
            environment: Environment::new(),
            line_limit: LINE_LIMIT,
            output_limit: None,
            quiet_notice: None,
            timeout: None,
        }
    }
}

/// Why a program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// There is no such program.
    #[error("`{program}` was not found")]
    NotFound {
        /// As it was asked for.
        program: String,
    },
    /// It is there and may not be executed, or is no program.
    #[error("`{program}` cannot be executed")]
    NotExecutable {
        /// As it was asked for.
        program: String,
    },
    /// The system refused for another reason.
    #[error("`{program}` could not be started: {reason}")]
    Refused {
        /// As it was asked for.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// The working folder is not there.
    #[error("the folder {folder} is not there")]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// Our own guard did not come up.
    #[error("the guard could not be started")]
    Guard(#[source] io::Error),
}

impl StartFault {
    /// What the system's error number means for `program`.
    pub(super) fn refusal(program: String, errno: i32) -> Self {
        match Errno::from_raw(errno) {
            Errno::ENOENT | Errno::ENOTDIR => Self::NotFound { program },
            Errno::EACCES | Errno::ENOEXEC | Errno::EPERM => Self::NotExecutable { program },
            other => Self::Refused { program, reason: other.desc().to_owned() },
        }
    }
}
