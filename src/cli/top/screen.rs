//! The terminal while it shows a live table: another page of it, without echo, put back however it ends.
//! It knows nothing of what is shown.

use std::io::{self, Read, Write};

use nix::sys::termios::{self, LocalFlags, SetArg, Termios};
use tokio::sync::mpsc;

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// q, Ctrl-C or Ctrl-D: enough.
    End,
    /// Anything else.
    Other,
}

/// The page.
pub(super) struct Screen {
    before: Option<Termios>,
    keys: mpsc::UnboundedReceiver<Key>,
}

impl Screen {
    /// Takes the terminal; `keys` says whether somebody can press any.
    pub(super) fn take(keys: bool) -> io::Result<Self> {
        let (heard, pressed) = mpsc::unbounded_channel();
        let mut before = None;
        if keys {
            let was = termios::tcgetattr(io::stdin())?;
            let mut quiet = was.clone();
            quiet.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG);
            termios::tcsetattr(io::stdin(), SetArg::TCSANOW, &quiet)?;
            before = Some(was);
            std::thread::spawn(move || hear(&heard));
        }
        let screen = Self { before, keys: pressed };
        // Another page, no cursor.
        io::stdout().lock().write_all(b"\x1b[?1049h\x1b[?25l")?;
        Ok(screen)
    }

    /// Shows these lines, and nothing else.
    pub(super) fn put(&mut self, lines: &[String]) -> io::Result<()> {
        let mut page = String::from("\x1b[H");
        for (number, line) in lines.iter().enumerate() {
            page.push_str(if number == 0 { "" } else { "\r\n" });
            page.push_str(line);
            page.push_str("\x1b[K");
        }
        page.push_str("\x1b[J");
        let mut out = io::stdout().lock();
        out.write_all(page.as_bytes())?;
        out.flush()
    }

    /// What is pressed next. Cancel-safe.
    pub(super) async fn key(&mut self) -> Key {
        match self.keys.recv().await {
            Some(key) => key,
            // Nobody can press anything (any more).
            None => std::future::pending().await,
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // If it cannot be put back there is no terminal left.
        let _ = io::stdout().lock().write_all(b"\x1b[?25h\x1b[?1049l");
        let _ = io::stdout().flush();
        if let Some(before) = &self.before {
            let _ = termios::tcsetattr(io::stdin(), SetArg::TCSANOW, before);
        }
    }
}

fn hear(keys: &mpsc::UnboundedSender<Key>) {
    for byte in io::stdin().lock().bytes().map_while(Result::ok) {
        let key = if matches!(byte, b'q' | b'Q' | 3 | 4) { Key::End } else { Key::Other };
        if keys.send(key).is_err() {
            return;
        }
    }
}
