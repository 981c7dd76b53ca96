//! The guard: our own binary started again around each provider's program, so that the program and everything it
//! starts ends with us, whatever happens to us. Passes no bytes: the program inherits its pipes.
//!
//! It is the subreaper of its run (prctl(2)), so that whoever leaves his family becomes its child; it watches its
//! parent; and it speaks to it only through reports on stderr. It must start fast: no runtime, no logs, no clap.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawnp};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, dup2_stdin, dup2_stdout, getpid, getppid, setsid};

use super::cgroup::RunCgroup;
use super::descent;
use super::report::Report;

/// The first argument that makes our binary a guard.
pub const GUARD_ARGUMENT: &str = "__guard";

/// The signal that says: kill everything now.
pub(crate) const KILL_ALL: Signal = Signal::SIGUSR1;

/// The kernel's word that our parent is gone. It comes as well when merely the parent's *thread* is gone, so it is
/// only a reason to look.
const PARENT_GONE: Signal = Signal::SIGHUP;

/// The exit code for a start that failed; the reason stands in the report.
const NOT_STARTED: u8 = 127;

/// How long after its start a run is moved into its cgroup. While the kernel moves processes it lets nothing on the
/// machine start a process or a thread (about 13 ms were measured), and the first words of a turn must not wait for
/// that. A run that is over sooner needs no group: the scan of its descent ends it.
const UNGROUPED: Duration = Duration::from_secs(10);

/// How long killing is tried. What survives it cannot be killed by us (another user's, or stuck in the kernel).
const KILLING: Duration = Duration::from_secs(5);

/// Runs as guard. Arguments: the parent's process id, the run's nonce, the program, its arguments.
///
/// Ends with the program's exit code, 128 and the number for a signal, or 127 when it could not be started.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(order) = Order::parse(args) else { return ExitCode::from(NOT_STARTED) };
    match Guard::start(&order) {
        Ok(guard) => guard.watch(&order),
        Err(errno) => {
            report(&order.nonce, Report::NotStarted(errno as i32));
            ExitCode::from(NOT_STARTED)
        }
    }
}

struct Order {
    parent: Pid,
    nonce: String,
    program: CString,
    /// The program's name first, as exec wants it.
    args: Vec<CString>,
}

impl Order {
    fn parse(args: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut args = args.into_iter();
        let parent = Pid::from_raw(args.next()?.to_str()?.parse().ok()?);
        let nonce = args.next()?.into_string().ok()?;
        let args: Vec<CString> = args.map(|arg| CString::new(arg.into_vec())).collect::<Result<_, _>>().ok()?;
        Some(Self { parent, nonce, program: args.first()?.clone(), args })
    }

    fn parent_gone(&self) -> bool {
        getppid() != self.parent
    }
}

struct Guard {
    child: Pid,
    signals: SignalFd,
    cgroup: Option<RunCgroup>,
}

impl Guard {
    fn start(order: &Order) -> Result<Self, Errno> {
        prctl::set_pdeathsig(PARENT_GONE)?;
        if order.parent_gone() {
            return Err(Errno::ESRCH); // it died before we asked to be told
        }
        prctl::set_child_subreaper(true)?;
        // A session of our own: Ctrl-C is the parent's to handle, and the program cannot ask the terminal anything.
        setsid()?;
        let mut watched = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, PARENT_GONE, KILL_ALL, Signal::SIGCHLD] {
            watched.add(signal);
        }
        watched.thread_block()?;
        let signals = SignalFd::with_flags(&watched, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        let child = spawn(order, watched)?;
        report(&order.nonce, Report::Started(child.as_raw()));
        release_pipes();
        Ok(Self { child, signals, cgroup: None })
    }

    fn watch(mut self, order: &Order) -> ExitCode {
        let mut ungrouped_until = Some(Instant::now() + UNGROUPED);
        let mut ended = None;
        while ended.is_none() {
            if ungrouped_until.is_some_and(|until| until <= Instant::now()) {
                ungrouped_until = None;
                self.cgroup = RunCgroup::create(&order.nonce, &alive());
            }
            // The parent is looked at once a second in any case; all else wakes us.
            let mut wake = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut wake, PollTimeout::from(1000_u16));
            while let Ok(Some(info)) = self.signals.read_signal() {
                match Signal::try_from(info.ssi_signo as i32) {
                    Ok(signal @ (Signal::SIGINT | Signal::SIGTERM)) => {
                        let _ = killpg(self.child, signal);
                    }
                    Ok(KILL_ALL) => ended = ended.or(self.kill_everything()),
                    _ => {}
                }
            }
            ended = ended.or(self.reap());
            if ended.is_none() && order.parent_gone() {
                ended = self.kill_everything();
            }
        }
        ended = self.kill_everything().or(ended);
        let (report_, code) = match ended {
            Some(WaitStatus::Exited(_, code)) => (Report::Exited(code), code),
            Some(WaitStatus::Signaled(_, signal, _)) => (Report::Signalled(signal as i32), 128 + signal as i32),
            _ => (Report::Signalled(0), 1),
        };
        report(&order.nonce, report_);
        ExitCode::from(u8::try_from(code).unwrap_or(1))
    }

    /// Takes down the dead. Gives the program's own end if it was among them.
    fn reap(&self) -> Option<WaitStatus> {
        let mut own = None;
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            match status.pid() {
                None => break,
                Some(pid) if pid == self.child => own = Some(status),
                Some(_) => {}
            }
        }
        own
    }

    /// Kills all that descends from us until nothing is left, and takes down the dead. Gives the program's own end
    /// if it came now.
    ///
    /// Two empty looks in a row are asked for: in one, a process can hide by losing its parent at the right moment.
    fn kill_everything(&self) -> Option<WaitStatus> {
        let mut own = None;
        let mut empty_looks = 0;
        let until = Instant::now() + KILLING;
        while empty_looks < 2 && Instant::now() < until {
            let alive = alive();
            for pid in &alive {
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            }
            own = own.or(self.reap());
            empty_looks = if alive.is_empty() { empty_looks + 1 } else { 0 };
            if !alive.is_empty() {
                thread::sleep(Duration::from_millis(2));
            }
        }
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
            own = own.or(self.reap());
            cgroup.remove();
        }
        own.or(self.reap())
    }
}

/// Everything of the run that lives: all that descends from us.
fn alive() -> Vec<i32> {
    descent::below(getpid().as_raw()).into_iter().filter(|found| !found.zombie).map(|found| found.pid).collect()
}

/// Starts the program in a process group of its own, with no signal blocked or ignored.
fn spawn(order: &Order, watched: SigSet) -> Result<Pid, Errno> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF,
    )?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigmask(&SigSet::empty())?;
    let mut default = watched;
    default.add(Signal::SIGPIPE); // Rust's start-up ignores it, and that would be inherited
    attributes.set_sigdefault(&default)?;
    let environment: Vec<CString> = std::env::vars_os()
        .filter_map(|(name, value)| CString::new([name.into_vec(), value.into_vec()].join(&b'=')).ok())
        .collect();
    posix_spawnp(&order.program, &PosixSpawnFileActions::init()?, &attributes, &order.args, &environment)
        .map_err(|errno| if errno == Errno::EACCES && is_nowhere(&order.program) { Errno::ENOENT } else { errno })
}

/// One folder of `PATH` that may not be entered is enough for "permission denied", though the program is simply not
/// there. (Another user's `~/bin` stands in many a `PATH`.)
fn is_nowhere(program: &CString) -> bool {
    let name = Path::new(OsStr::from_bytes(program.as_bytes()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    name.components().count() == 1 && !std::env::split_paths(&path).any(|folder| folder.join(name).exists())
}

/// Lets go of the program's stdin and stdout, so that their ends are seen when the program closes them.
fn release_pipes() {
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = dup2_stdin(&null);
        let _ = dup2_stdout(&null);
    }
}

fn report(nonce: &str, report: Report) {
    // One write: shorter than PIPE_BUF, so the program's own words cannot come in between. Nobody may be listening.
    let _ = std::io::stderr().write_all(report.line(nonce).as_bytes());
}
