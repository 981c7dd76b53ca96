//! The talk itself: what is said and asked in a terminal, and how long a line is waited for.
//! It knows no question; where nobody can be asked, every question is answered by its default.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};
use secrecy::{ExposeSecret, SecretString};

use crate::format::escape;

/// The longest line that is taken, in bytes.
const LONGEST: usize = 16 * 1024;

/// Whoever was asked has left: the input is at its end.
#[derive(Debug)]
pub(super) struct Left;

/// A talk with whoever sits at the terminal.
pub(super) struct Talk {
    asks: bool,
    /// What was read beyond the line that was asked for.
    beyond: Arc<Mutex<Vec<u8>>>,
}

impl Talk {
    /// A talk that asks, or one that takes every default.
    pub(super) fn new(asks: bool) -> Self {
        Self { asks, beyond: Arc::default() }
    }

    /// Whether there is somebody who can be asked.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// Says something; what a terminal would act upon is taken out.
    pub(super) fn say(&self, text: &str) {
        let mut out = io::stdout().lock();
        // Whoever does not read on does not want to be told.
        drop(writeln!(out, "{}", escape::terminal(text)));
    }

    /// Asks for a word; an empty line means `default`.
    pub(super) async fn ask(&self, question: &str, default: &str) -> Result<String, Left> {
        if !self.asks {
            return Ok(default.to_owned());
        }
        prompt(&format!("{question} [{default}] "));
        let line = self.line().await?;
        let word = line.trim();
        Ok(if word.is_empty() { default.to_owned() } else { word.to_owned() })
    }

    /// Asks for yes or no.
    pub(super) async fn ask_yes(&self, question: &str, default: bool) -> Result<bool, Left> {
        if !self.asks {
            return Ok(default);
        }
        loop {
            prompt(&format!("{question} [{}] ", if default { "Y/n" } else { "y/N" }));
            match self.line().await?.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("Please answer y or n."),
            }
        }
    }

    /// Asks for a secret, which the terminal does not show while it is typed or pasted. Empty where nothing was given.
    pub(super) async fn ask_secret(&self, question: &str) -> Result<SecretString, Left> {
        let _hidden = Hidden::now();
        prompt(question);
        let line = SecretString::from(self.line().await?);
        match line.expose_secret().trim().chars().count() {
            0 => {}
            count => self.say(&format!("({count} characters, not shown)")),
        }
        Ok(line)
    }

    /// The next line, without its end. Dropping the future leaves the line to the next question.
    pub(super) async fn line(&self) -> Result<String, Left> {
        // When this future goes, so does our end, and the thread that waits at the other does not stay.
        let Ok((_ours, theirs)) = UnixStream::pair() else { return Err(Left) };
        let beyond = Arc::clone(&self.beyond);
        let read = tokio::task::spawn_blocking(move || read_line(&theirs, &beyond));
        match read.await {
            Ok(Some(line)) => Ok(line),
            Ok(None) | Err(_) => Err(Left),
        }
    }
}

/// Shows a question; the answer stands in the same line.
fn prompt(question: &str) {
    let mut out = io::stdout().lock();
    drop(write!(out, "{}", escape::terminal(question)).and_then(|()| out.flush()));
}

/// A line of standard input; none at its end, or when nobody waits for it any more.
fn read_line(nobody_waits: &UnixStream, beyond: &Mutex<Vec<u8>>) -> Option<String> {
    let stdin = io::stdin();
    loop {
        if let Some(line) = take_line(&mut beyond.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(line);
        }
        let mut ready =
            [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(nobody_waits.as_fd(), PollFlags::POLLIN)];
        match poll(&mut ready, PollTimeout::NONE) {
            Ok(_) if ready[1].any() == Some(true) => return None,
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(_) => return None,
        }
        if ready[0].any() != Some(true) {
            continue;
        }
        let mut piece = [0; 1024];
        let read = nix::unistd::read(&stdin, &mut piece).ok()?;
        let mut beyond = beyond.lock().unwrap_or_else(PoisonError::into_inner);
        if read == 0 || beyond.len() > LONGEST {
            return None;
        }
        beyond.extend_from_slice(&piece[..read]);
    }
}

fn take_line(bytes: &mut Vec<u8>) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line: Vec<u8> = bytes.drain(..=end).collect();
    Some(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned())
}

/// All of standard input, for a secret that a script hands over.
pub(super) fn all_of_stdin() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().lock().take(LONGEST as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// While it lives, what is typed is not shown.
struct Hidden(Option<Termios>);

impl Hidden {
    fn now() -> Self {
        let before = termios::tcgetattr(io::stdin()).ok();
        if let Some(mut quiet) = before.clone() {
            quiet.local_flags.remove(LocalFlags::ECHO);
            quiet.local_flags.insert(LocalFlags::ECHONL);
            // If it cannot be hidden there is no terminal that would show it.
            let _ = termios::tcsetattr(io::stdin(), SetArg::TCSADRAIN, &quiet);
        }
        Self(before)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = termios::tcsetattr(io::stdin(), SetArg::TCSADRAIN, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_one_by_one() {
        let mut bytes = b"one\r\ntwo\nthr".to_vec();
        assert_eq!(take_line(&mut bytes).as_deref(), Some("one"));
        assert_eq!(take_line(&mut bytes).as_deref(), Some("two"));
        assert_eq!(take_line(&mut bytes), None);
        assert_eq!(bytes, b"thr");
    }
}
