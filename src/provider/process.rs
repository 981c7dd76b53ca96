//! Starts a provider's program and looks after it: the only place that starts programs.
//! Knows no provider's language: lines go in and out, and one typed end comes of every run.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, sleep_until, timeout};

use super::descent;
use super::guard::{GUARD_ARGUMENT, KILL_ALL};
use super::input::Input;
use super::lines::{Line, Lines};
pub use super::report::Ending;
use super::report::{Report, Stderr};
pub use super::spec::{LINE_LIMIT, Launcher, ProcessSpec, StartFault};
pub use super::stopping::Grace;
use super::stopping::Stopping;
use super::sweep;
use super::watch::{Notice, Watch};

/// How long the guard may take to say that the program runs.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long the pipes may stay open after the guard is gone.
const PIPES_AFTER_EXIT: Duration = Duration::from_millis(300);

/// What is heard of a running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line of its stdout.
    Line(String),
    /// A line over the limit; its beginning. The rest is dropped.
    LineTooLong(String),
    /// More output than allowed. Said once; from here on everything is dropped.
    TooMuch,
    /// No sign of life for so many seconds.
    Quiet(u64),
    /// The time for the whole run is up. Said once.
    TimeUp,
    /// It is over, and nothing of it is left.
    Ended(Ending),
}

/// A running program. Whoever holds it must call [`next`](Self::next) until it has ended; nothing moves otherwise,
/// so a slow listener slows the program instead of filling memory.
///
/// Dropping it has everything killed by its guard; [`stop`](Self::stop) also waits for that.
#[derive(Debug)]
pub struct Process {
    nonce: String,
    guard: Child,
    guard_pid: i32,
    program_pid: i32,
    input: Input,
    stdout: Option<ChildStdout>,
    out_buffer: Box<[u8]>,
    lines: Lines,
    output_left: Option<u64>,
    stderr_pipe: Option<ChildStderr>,
    err_buffer: Box<[u8]>,
    stderr: Stderr,
    watch: Watch,
    stopping: Stopping,
    /// How the guard ended, and since when the pipes are silent after it.
    exited: Option<(ExitStatus, Instant)>,
    ending: Option<Ending>,
    swept: bool,
}

impl Process {
    /// Starts a program and comes back when it runs.
    ///
    /// # Errors
    ///
    /// See [`StartFault`]; nothing is left behind then.
    pub async fn spawn(launcher: &Launcher, spec: ProcessSpec) -> Result<Self, StartFault> {
        if !spec.folder.is_dir() {
            return Err(StartFault::NoFolder { folder: spec.folder });
        }
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let mut guard = guard_command(launcher, &spec, &nonce).spawn().map_err(StartFault::Guard)?;
        let guard_pid = guard.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
        let mut process = Self {
            input: Input::new(guard.stdin.take()),
            stdout: guard.stdout.take(),
            stderr_pipe: guard.stderr.take(),
            stderr: Stderr::new(&nonce),
            guard,
            guard_pid,
            program_pid: 0,
            nonce,
            out_buffer: vec![0; 32 * 1024].into(),
            err_buffer: vec![0; 4 * 1024].into(),
            lines: Lines::new(spec.line_limit),
            output_left: spec.output_limit,
            watch: Watch::new(Instant::now(), spec.quiet_notice, spec.timeout),
            stopping: Stopping::default(),
            exited: None,
            ending: None,
            swept: false,
        };
        let program = spec.program.to_string_lossy().into_owned();
        match timeout(START_LIMIT, process.first_report()).await {
            Ok(Some(Report::Started(pid))) => {
                process.program_pid = pid;
                Ok(process)
            }
            Ok(Some(Report::NotStarted(errno))) => Err(StartFault::refusal(program, errno)),
            _ => Err(StartFault::Guard(io::Error::other(process.stderr.text()))),
        }
    }

    /// Queues bytes for its stdin; they are written while [`next`](Self::next) runs.
    pub fn send(&mut self, bytes: &[u8]) {
        self.input.send(bytes);
    }

    /// Closes its stdin when all that was queued is written.
    pub fn close_input(&mut self) {
        self.input.close();
    }

    /// Counts silence, time and output from now on, for a program that takes one turn after another.
    pub fn watch_anew(&mut self, quiet: Option<Duration>, timeout: Option<Duration>, output_limit: Option<u64>) {
        self.watch = Watch::new(Instant::now(), quiet, timeout);
        self.output_left = output_limit;
    }

    /// Says whether people are waited for: meanwhile its silence is none of its own, and its time stands still.
    pub fn wait_for_people(&mut self, waited_for: bool) {
        let now = Instant::now();
        if waited_for {
            self.watch.hold(now);
        } else {
            self.watch.release(now);
        }
    }

    /// The process id of the program itself.
    pub fn pid(&self) -> i32 {
        self.program_pid
    }

    /// The last of its stderr.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// What is heard next. Cancel-safe. Says [`Heard::Ended`] again and again once all is over.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.ready() {
                return heard;
            }
            self.send_due_signals();
            if let Some(heard) = self.ended().await {
                return heard;
            }
            if let Some(heard) = self.look() {
                return heard;
            }
            self.wait_for_something().await;
        }
    }

    /// Begins to stop it: interrupt, then terminate, then kill. Go on calling [`next`](Self::next) until it ended;
    /// it may still say something. A second call changes nothing unless it leaves less time.
    pub fn begin_stop(&mut self, grace: Grace) {
        self.stopping.begin(Instant::now(), grace);
        self.send_due_signals();
    }

    /// Stops it and comes back when nothing of it is left. What it still said is dropped.
    pub async fn stop(&mut self, grace: Grace) -> Ending {
        self.begin_stop(grace);
        loop {
            if let Heard::Ended(ending) = self.next().await {
                return ending;
            }
        }
    }

    async fn first_report(&mut self) -> Option<Report> {
        loop {
            let read = read(&mut self.stderr_pipe, &mut self.err_buffer).await.ok().filter(|&read| read > 0)?;
            let mut reports = self.stderr.push(&self.err_buffer[..read]).into_iter();
            if let Some(first) = reports.next() {
                reports.for_each(|report| self.note(report));
                return Some(first);
            }
        }
    }

    fn note(&mut self, report: Report) {
        match report {
            Report::Exited(code) => self.ending = Some(Ending::Exited(code)),
            Report::Signalled(signal) => self.ending = Some(Ending::Signalled(signal)),
            Report::Started(_) | Report::NotStarted(_) => {}
        }
    }

    fn ready(&mut self) -> Option<Heard> {
        Some(match self.lines.next()? {
            Line::Whole(line) => Heard::Line(line),
            Line::TooLong(head) => Heard::LineTooLong(head),
            Line::TooMuch => Heard::TooMuch,
        })
    }

    fn send_due_signals(&mut self) {
        while let Some(signal) = self.stopping.next(Instant::now()) {
            self.signal_guard(signal);
        }
    }

    fn signal_guard(&self, signal: Signal) {
        // Only while it is not reaped is its number certainly its own.
        if self.exited.is_none() && self.guard_pid > 0 {
            let _ = kill(Pid::from_raw(self.guard_pid), signal);
        }
    }

    /// The end, if it is here: the guard gone, the pipes empty, and nothing left over.
    async fn ended(&mut self) -> Option<Heard> {
        let (status, _) = self.exited?;
        // A guard that ended by itself has killed everything before; one that was killed could not.
        if status.signal().is_some() && !self.swept {
            sweep::run(&self.nonce).await;
            self.swept = true;
        }
        if self.stdout.is_some() || self.stderr_pipe.is_some() {
            return None;
        }
        Some(Heard::Ended(self.ending.unwrap_or(Ending::Unseen)))
    }

    fn look(&mut self) -> Option<Heard> {
        if self.exited.is_some() {
            return None;
        }
        let guard = self.guard_pid;
        match self.watch.check(Instant::now(), || descent::ticks_below(guard))? {
            Notice::Quiet(silence) => Some(Heard::Quiet(silence.as_secs())),
            Notice::TimeUp => Some(Heard::TimeUp),
        }
    }

    /// Waits for one of the many and takes it in.
    async fn wait_for_something(&mut self) {
        let news = match self.exited {
            None => self.wait_while_it_runs().await,
            Some((_, silent_since)) => self.wait_for_the_rest(silent_since).await,
        };
        match news {
            News::Out(read) => self.take_stdout(read),
            News::Err(read) => self.take_stderr(read),
            News::Wrote(wrote) => self.input.wrote(wrote),
            News::Exited(status) => self.exited = Some((status, Instant::now())),
            News::PipesHeld => (self.stdout, self.stderr_pipe) = (None, None),
            News::Time => {}
        }
    }

    /// Every branch is cancel-safe: tokio's reads, writes and waits happen whole or not at all.
    async fn wait_while_it_runs(&mut self) -> News {
        let wake_at = [self.watch.due(), self.stopping.due()].into_iter().flatten().min();
        let writing = self.input.waits();
        tokio::select! {
            read = read(&mut self.stdout, &mut self.out_buffer), if self.stdout.is_some() => News::Out(read),
            read = read(&mut self.stderr_pipe, &mut self.err_buffer), if self.stderr_pipe.is_some() => News::Err(read),
            wrote = self.input.write_some(), if writing => News::Wrote(wrote),
            // Waiting fails only for a child that is not ours; it would be gone all the same.
            status = self.guard.wait() => News::Exited(status.unwrap_or_default()),
            () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => News::Time,
        }
    }

    /// After the guard's end only what still stands in the pipes is waited for. What is there is read first, however
    /// late we are; only a pipe that is held open and silent is given up.
    async fn wait_for_the_rest(&mut self, silent_since: Instant) -> News {
        tokio::select! {
            biased;
            read = read(&mut self.stdout, &mut self.out_buffer), if self.stdout.is_some() => News::Out(read),
            read = read(&mut self.stderr_pipe, &mut self.err_buffer), if self.stderr_pipe.is_some() => News::Err(read),
            () = sleep_until(silent_since + PIPES_AFTER_EXIT) => News::PipesHeld,
        }
    }

    fn take_stdout(&mut self, read: io::Result<usize>) {
        let read = read.unwrap_or(0);
        if read == 0 {
            self.stdout = None;
            self.lines.finish();
            return;
        }
        self.alive();
        let bytes = &self.out_buffer[..read];
        match &mut self.output_left {
            Some(left) if *left < read as u64 => {
                *left = 0;
                self.lines.flood();
            }
            Some(left) => {
                *left -= read as u64;
                self.lines.push(bytes);
            }
            None => self.lines.push(bytes),
        }
    }

    fn take_stderr(&mut self, read: io::Result<usize>) {
        let read = read.unwrap_or(0);
        if read == 0 {
            self.stderr_pipe = None;
            return;
        }
        self.alive();
        for report in self.stderr.push(&self.err_buffer[..read]) {
            self.note(report);
        }
    }

    fn alive(&mut self) {
        let now = Instant::now();
        self.watch.heard(now);
        if let Some((_, silent_since)) = &mut self.exited {
            *silent_since = now;
        }
    }
}

/// What one wait brought.
enum News {
    Out(io::Result<usize>),
    Err(io::Result<usize>),
    Wrote(io::Result<usize>),
    Exited(ExitStatus),
    PipesHeld,
    Time,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal_guard(KILL_ALL);
    }
}

async fn read<P: AsyncReadExt + Unpin>(pipe: &mut Option<P>, buffer: &mut [u8]) -> io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await,
        None => Ok(0),
    }
}

fn guard_command(launcher: &Launcher, spec: &ProcessSpec, nonce: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
    let mut command = Command::new(&launcher.guard);
    command
        .arg0("talekeeper")
        .arg(GUARD_ARGUMENT)
        .arg(std::process::id().to_string())
        .arg(nonce)
        .arg(&spec.program)
        .args(&spec.args)
        .current_dir(&spec.folder)
        .env_clear()
        .envs(&spec.environment)
        .env(sweep::MARK, nonce)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
