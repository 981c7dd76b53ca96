//! As process 1 of a container: the program runs as a child, and this process does what Linux leaves to process 1.
//! It takes down whoever lost his parent, passes signals on and ends as the child does. It reads and writes nothing.
//!
//! In the program itself that cannot be done: whoever takes down every dead child takes them from those who wait for
//! their own.

use std::ffi::CString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use crate::cli;

/// What is passed on. The kernel itself sends signals of the keyboard to everybody at the terminal.
const PASSED_ON: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];

/// Who says that a signal comes from the kernel (`SI_KERNEL`, sigaction(2)).
const FROM_THE_KERNEL: i32 = 0x80;

/// Whether this process is the first one of its container.
pub fn is_needed() -> bool {
    getpid() == Pid::from_raw(1)
}

/// Runs the program as a child and ends with its exit code, or with 128 and the number of the signal that ended it.
pub fn main() -> ExitCode {
    match First::start() {
        Ok(first) => first.watch(),
        // Without a second process the program still runs; only the dead of others stay lying.
        Err(_) => cli::main(),
    }
}

struct First {
    child: Pid,
    signals: SignalFd,
}

impl First {
    fn start() -> Result<Self, Errno> {
        let before = SigSet::thread_get_mask()?;
        let mut watched = SigSet::empty();
        PASSED_ON.into_iter().chain([Signal::SIGCHLD]).for_each(|signal| watched.add(signal));
        watched.thread_block()?;
        let started = SignalFd::with_flags(&watched, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
            .and_then(|signals| Ok(Self { child: spawn(&before)?, signals }));
        if started.is_err() {
            before.thread_set_mask()?;
        }
        started
    }

    fn watch(self) -> ExitCode {
        loop {
            let mut wake = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            // Whether it was woken or disturbed, it looks.
            let _ = poll(&mut wake, PollTimeout::NONE);
            while let Ok(Some(info)) = self.signals.read_signal() {
                match Signal::try_from(info.ssi_signo.cast_signed()) {
                    Ok(Signal::SIGCHLD) => {}
                    Ok(signal) if info.ssi_code != FROM_THE_KERNEL => {
                        let _ = kill(self.child, signal); // it may just have ended
                    }
                    _ => {}
                }
            }
            if let Some(code) = self.reap() {
                return code;
            }
        }
    }

    /// Takes down the dead. Gives the program's exit code if it was among them.
    fn reap(&self) -> Option<ExitCode> {
        let mut own = None;
        loop {
            let code = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) if pid == self.child => code,
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == self.child => 128 + signal as i32,
                Ok(WaitStatus::StillAlive) | Err(_) => return own,
                Ok(_) => continue,
            };
            own = Some(ExitCode::from(u8::try_from(code).unwrap_or(1)));
        }
    }
}

/// Starts the program again with the same arguments, at the same terminal.
fn spawn(mask: &SigSet) -> Result<Pid, Errno> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK)?;
    attributes.set_sigmask(mask)?;
    let text = |bytes: Vec<u8>| CString::new(bytes).map_err(|_| Errno::EINVAL);
    let args = std::env::args_os().map(|arg| text(arg.into_vec())).collect::<Result<Vec<_>, _>>()?;
    let environment = std::env::vars_os()
        .map(|(name, value)| text([name.into_vec(), value.into_vec()].join(&b'=')))
        .collect::<Result<Vec<_>, _>>()?;
    posix_spawn(c"/proc/self/exe", &PosixSpawnFileActions::init()?, &attributes, &args, &environment)
}
