//! One installation of the program for one test: a folder of its own, and sittings driven over pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::cli::fake;

/// The one generous limit on everything that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with everything one installation has, and nothing of this machine's.
pub struct Installation {
    folder: TempDir,
    path: String,
    env: Vec<(String, String)>,
}

impl Installation {
    /// An installation without any provider CLI.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), path: "/usr/bin:/bin".to_owned(), env: Vec::new() }
    }

    /// An installation whose `claude` is the fake CLI.
    pub fn with_fake_claude() -> Self {
        let mut home = Self::new();
        let bin = home.folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(fake(), bin.join("claude")).unwrap();
        home.path = format!("{}:{}", bin.display(), home.path);
        home
    }

    /// Sets a variable of the program's environment.
    pub fn env(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// The installation's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes the configuration.
    pub fn config(&self, yaml: &str) {
        std::fs::write(self.folder.path().join("config.yaml"), yaml).unwrap();
    }

    /// The program with these words, in this home.
    pub fn command(&self, words: &[&str]) -> Command {
        self.command_by(&[], words)
    }

    /// The same, started by the program that `by` names with its words.
    #[expect(clippy::disallowed_methods, reason = "the test starts the program it tests")]
    pub fn command_by(&self, by: &[&str], words: &[&str]) -> Command {
        let mut line = by.iter().chain([&env!("CARGO_BIN_EXE_talekeeper")]).chain(words);
        let mut command = Command::new(line.next().unwrap());
        command.args(line).current_dir(self.folder.path()).env_clear();
        command.env("PATH", &self.path).env("HOME", self.folder.path()).env("LANG", "C.UTF-8");
        // One port for all would be a quarrel; a test that wants to be asked says where.
        command.env("TALEKEEPER_MONITORING__LISTEN", "off");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the program with these lines on its standard input.
    pub fn run_with(&self, words: &[&str], input: &str) -> Output {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    /// Runs the program as a user without rights; only root can.
    pub fn run_as_nobody(&self, words: &[&str]) -> Output {
        #[expect(clippy::disallowed_methods, reason = "the test starts the program it tests, as somebody else")]
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_talekeeper")]);
        command.args(words).current_dir(self.folder.path()).env_clear().env("PATH", &self.path);
        command.env("HOME", self.folder.path()).stdin(Stdio::null()).output().unwrap()
    }

    /// Starts a sitting that the test talks with.
    pub fn sit(&self, words: &[&str]) -> Sitting {
        Sitting::start(self.command(words))
    }

    /// Starts a sitting at a terminal of its own, made by `script`, which every Debian has.
    pub fn sit_at_a_terminal(&self, words: &[&str]) -> Sitting {
        Sitting::start(self.at_a_terminal(words, ""))
    }

    /// A terminal of its own in which the program runs, and then the shell's words `after`.
    pub fn at_a_terminal(&self, words: &[&str], after: &str) -> Command {
        let program = self.command(words);
        let quoted = [program.get_program().to_str().unwrap()].into_iter().chain(words.iter().copied());
        let line = quoted.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        // What is pressed there reaches the shell as well, which is to go on.
        let line = if after.is_empty() { line } else { format!("trap : INT; {line}{after}") };
        #[expect(clippy::disallowed_methods, reason = "the test makes the terminal that the program is tried at")]
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(self.folder.path()).env_clear();
        script.env("PATH", &self.path).env("HOME", self.folder.path()).env("LANG", "C.UTF-8").env("TERM", "xterm");
        script.envs(self.env.iter().map(|(name, value)| (name, value)));
        script.env("SHELL", "/bin/sh").stdout(Stdio::piped()).stderr(Stdio::piped());
        script
    }

    /// The story file of a scene of the table `home`.
    pub fn scene_file(&self, number: u32) -> Option<String> {
        let folder = self.data().join("stories/home");
        let prefix = format!("{number:03}-");
        let entry = std::fs::read_dir(folder).ok()?.flatten().find(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.starts_with(&prefix) && name.ends_with(".md")
        })?;
        std::fs::read_to_string(entry.path()).ok()
    }
}

/// The program while it runs, with its pipes.
pub struct Sitting {
    pub child: Child,
    stdin: Option<ChildStdin>,
    out: mpsc::Receiver<String>,
    err: mpsc::Receiver<String>,
}

impl Sitting {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { child, stdin, out, err }
    }

    /// Types a line. That the program is gone already is for the test to find out.
    pub fn types(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            drop(writeln!(stdin, "{line}"));
        }
    }

    /// Ends the input.
    pub fn ends_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line of standard output that holds `wanted`; gives all lines up to it.
    pub fn expect(&mut self, wanted: &str) -> Vec<String> {
        expect_in(&self.out, wanted)
    }

    /// Waits for a line of standard error that holds `wanted`.
    pub fn expect_note(&mut self, wanted: &str) -> Vec<String> {
        expect_in(&self.err, wanted)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _ = nix::sys::signal::kill(pid, signal);
    }

    /// Waits for the end; gives the exit code and what was still written.
    pub fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        self.stdin = None;
        let status = wait(&mut self.child);
        (status.code(), self.out.iter().collect(), self.err.iter().collect())
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn wait(child: &mut Child) -> std::process::ExitStatus {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(std::time::Instant::now() < end, "the program does not end");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n') {
            let Ok(line) = line else { return };
            if sender.send(without_prompts(&String::from_utf8_lossy(&line))).is_err() {
                return;
            }
        }
    });
    lines
}

/// The line without prompts that a terminal drew in the middle of what streams.
fn without_prompts(line: &str) -> String {
    let mut parts = line.split("\u{1b}[?2004h\u{1b}[?2026h");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once("\u{1b}[?2026l").map_or(part, |(_, rest)| rest)).collect::<String>()
}

fn expect_in(lines: &mpsc::Receiver<String>, wanted: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(std::time::Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                let found = line.contains(wanted);
                seen.push(line);
                if found {
                    return seen;
                }
            }
            Err(_) => panic!("waited for {wanted:?}, heard:\n{}", seen.join("\n")),
        }
    }
}

/// Waits until something is so.
pub fn until<T>(what: &str, mut so: impl FnMut() -> Option<T>) -> T {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        if let Some(value) = so() {
            return value;
        }
        assert!(std::time::Instant::now() < end, "waited for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// What a finished command wrote, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Installation {
    /// Whether the program's log has a line that holds `wanted`.
    pub fn log_has(&self, wanted: &str) -> Option<()> {
        let text = std::fs::read_to_string(self.data().join("logs/talekeeper.log")).ok()?;
        text.lines().any(|line| line.contains(wanted)).then_some(())
    }
}
