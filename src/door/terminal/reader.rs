//! Where lines come from: a person at a prompt, or a pipe.
//! It understands none of them.

use std::io::{self, BufRead, Read};
use std::sync::mpsc as std_mpsc;

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use tokio::sync::mpsc;

/// The longest line read from a pipe, in bytes; the rest of a longer one is dropped and the line refused by its length.
const LINE_BYTES: u64 = 1024 * 1024;

/// Where the player's lines come from.
pub enum Lines {
    /// A person at a prompt.
    Prompt(PromptLines),
    /// A pipe or a file.
    Piped(PipedLines),
}

impl Lines {
    /// The next line; none at the end of input or when the person leaves. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self {
            Self::Prompt(lines) => lines.next().await,
            Self::Piped(lines) => lines.lines.recv().await,
        }
    }

    /// Whether somebody sits there who can be asked.
    pub(super) fn is_a_person(&self) -> bool {
        matches!(self, Self::Prompt(_))
    }
}

/// Lines of a person. The prompt shows only while a line is asked for, so a reply can stream undisturbed.
pub struct PromptLines {
    ask: std_mpsc::Sender<()>,
    lines: mpsc::Receiver<Option<String>>,
    /// A line was asked for and has not come: the prompt stands there still.
    prompting: bool,
}

impl PromptLines {
    /// Reads from the terminal on a thread of its own, because reading a terminal blocks.
    pub fn start() -> io::Result<Self> {
        let (ask, asked) = std_mpsc::channel();
        let (sender, lines) = mpsc::channel(1);
        std::thread::Builder::new().name("prompt".to_owned()).spawn(move || prompt(&asked, &sender))?;
        Ok(Self { ask, lines, prompting: false })
    }

    async fn next(&mut self) -> Option<String> {
        if !self.prompting {
            self.ask.send(()).ok()?;
            self.prompting = true;
        }
        let line = self.lines.recv().await;
        self.prompting = false;
        line.flatten()
    }
}

fn prompt(asked: &std_mpsc::Receiver<()>, lines: &mpsc::Sender<Option<String>>) {
    let Ok(mut editor) = DefaultEditor::new() else { return };
    while asked.recv().is_ok() {
        let line = match editor.readline("> ") {
            Ok(line) => {
                // History lives for this sitting only; a failure to remember a line is no failure to play.
                drop(editor.add_history_entry(&line));
                Some(line)
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof | _) => None,
        };
        if lines.blocking_send(line).is_err() {
            return;
        }
    }
}

/// Lines of a pipe, one action each.
pub struct PipedLines {
    lines: mpsc::Receiver<String>,
}

impl PipedLines {
    /// Reads standard input on a thread of its own, because reading a pipe blocks.
    pub fn start() -> io::Result<Self> {
        let (sender, lines) = mpsc::channel(1);
        std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let mut stdin = io::stdin().lock();
            while let Some(line) = read_line(&mut stdin) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { lines })
    }
}

/// One line without its end, damaged bytes replaced, cut at [`LINE_BYTES`]; none at the end.
fn read_line(input: &mut impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let read = input.take(LINE_BYTES).read_until(b'\n', &mut bytes).ok()?;
    if read == 0 {
        return None;
    }
    if bytes.last() != Some(&b'\n') && u64::try_from(read) == Ok(LINE_BYTES) {
        skip_line(input);
    }
    let text = String::from_utf8_lossy(&bytes);
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn skip_line(input: &mut impl BufRead) {
    let mut rest = Vec::new();
    while input.take(LINE_BYTES).read_until(b'\n', &mut rest).is_ok_and(|read| read > 0) {
        if rest.last() == Some(&b'\n') {
            return;
        }
        rest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_whole_and_damage_is_replaced() {
        let mut input = io::Cursor::new(b"one\r\n\xff two\n\nlast".to_vec());
        let lines: Vec<_> = std::iter::from_fn(|| read_line(&mut input)).collect();
        assert_eq!(lines, ["one", "\u{fffd} two", "", "last"]);
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let mut long = vec![b'x'; 3 * 1024 * 1024];
        long.extend(b"\nnext\n");
        let mut input = io::Cursor::new(long);
        assert_eq!(read_line(&mut input).unwrap().len(), 1024 * 1024);
        assert_eq!(read_line(&mut input).unwrap(), "next");
    }
}
