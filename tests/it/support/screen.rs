//! What a person sees at a terminal, prompts included, and what they type there.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::installation::PATIENCE;

/// A program at a terminal, from its command by `Installation::at_a_terminal`.
pub struct Screen {
    child: Child,
    keys: ChildStdin,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// How far the test has read.
    read: usize,
}

#[derive(Default)]
struct Shown {
    text: String,
    over: bool,
}

impl Screen {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let shown = Arc::new((Mutex::new(Shown::default()), Condvar::new()));
        let writer = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            let mut bytes = Vec::new();
            loop {
                let read = pipe.read(&mut piece).unwrap_or(0);
                bytes.extend_from_slice(&piece[..read]);
                let (shown, changed) = &*writer;
                let mut shown = shown.lock().unwrap();
                shown.text = String::from_utf8_lossy(&bytes).replace('\r', "");
                shown.over = read == 0;
                changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { child, keys, shown, read: 0 }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.presses(&format!("{line}\n"));
    }

    /// Presses keys.
    pub fn presses(&mut self, keys: &str) {
        drop(self.keys.write_all(keys.as_bytes()));
        drop(self.keys.flush());
    }

    /// Waits until `wanted` is shown behind what was waited for before.
    pub fn expect(&mut self, wanted: &str) {
        let end = Instant::now() + PATIENCE;
        let (shown, changed) = &*self.shown;
        let mut shown = shown.lock().unwrap();
        loop {
            if let Some(at) = shown.text[self.read..].find(wanted) {
                self.read += at + wanted.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!shown.over && !left.is_zero(), "waited for {wanted:?}, saw:\n{}", shown.text);
            shown = changed.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits for the end; gives the exit code and everything that was shown.
    pub fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + PATIENCE;
        {
            let (shown, changed) = &*self.shown;
            let mut shown = shown.lock().unwrap();
            while !shown.over {
                let left = end.saturating_duration_since(Instant::now());
                assert!(!left.is_zero(), "the program does not end:\n{}", shown.text);
                shown = changed.wait_timeout(shown, left).unwrap().0;
            }
        }
        let code = self.child.wait().unwrap().code();
        (code, self.shown.0.lock().unwrap().text.clone())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
