//! Splits a reply while it is being written.
//!
//! It never takes back a finished message, and never reads again what is in one.

use super::cutter::{Cutter, More, Taken};
use super::script::{blank, units};
use super::{Limits, Split, mend};

/// A try at the next message is made again when this many bytes have come, and not before.
const PATIENCE: usize = 256;

/// A reply that is still being written, as messages.
///
/// Feeding it a text in pieces of any size and then finishing it gives exactly what [`split`](super::split) gives.
#[derive(Debug, Clone)]
pub struct Streaming {
    limits: Limits,
    cutter: Cutter,
    finished: Vec<String>,
    /// The last message is finished and more followed: what comes now belongs to the rest.
    over: bool,
    /// The last piece ended with a carriage return; a line feed that follows belongs to it.
    returned: bool,
    /// How much must be there before it is worth looking for a message.
    next_try: usize,
}

impl Streaming {
    /// Begins a reply.
    pub fn new(limits: Limits) -> Self {
        let limits = limits.sane();
        let next_try = limits.units;
        Self { limits, cutter: Cutter::default(), finished: Vec::new(), over: false, returned: false, next_try }
    }

    /// Takes the next piece of the reply.
    pub fn push(&mut self, delta: &str) {
        self.feed(delta);
        if self.cutter.len() >= self.next_try {
            self.cut(More::Expected);
            let left = self.cutter.len();
            self.next_try = (left + PATIENCE + left / 16).max(self.limits.units);
        }
    }

    /// The messages that will never change, in order.
    pub fn finished(&self) -> &[String] {
        &self.finished
    }

    /// The message that is being written, as it can be shown now: what is open in it is closed. Blank if nothing is there.
    ///
    /// It has the units of one message at most; text behind it is not shown before it is finished.
    pub fn live(&self) -> String {
        if self.over {
            return String::new();
        }
        match self.cutter.copy().take(self.limits.units, More::Over) {
            Taken::Message(message) => message,
            Taken::Last(message) => {
                let mended = mend::mend(&message);
                if units(&mended) > self.limits.units { message } else { mended }
            }
            Taken::Nothing => String::new(),
        }
    }

    /// Ends the reply. The messages begin with [`finished`](Self::finished).
    pub fn finish(mut self) -> Split {
        self.cut(More::Over);
        let rest = if self.over { Some(self.cutter.rest()).filter(|rest| !blank(rest)) } else { None };
        Split { messages: self.finished, rest }
    }

    /// Line ends are line feeds from here on, whoever wrote the text.
    fn feed(&mut self, delta: &str) {
        let delta = if self.returned { delta.strip_prefix('\n').unwrap_or(delta) } else { delta };
        self.returned = if delta.is_empty() { false } else { delta.ends_with('\r') };
        if delta.contains('\r') {
            self.cutter.push(&delta.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            self.cutter.push(delta);
        }
    }

    fn cut(&mut self, more: More) {
        while !self.over {
            match self.take(more) {
                Taken::Message(message) => self.keep(message),
                Taken::Last(message) => return self.keep(message),
                Taken::Nothing => return,
            }
            self.over = self.finished.len() >= self.limits.messages;
        }
    }

    /// The last message that may be sent leaves room for a line that says where the rest is.
    fn take(&mut self, more: More) -> Taken {
        if self.finished.len() + 1 < self.limits.messages {
            return self.cutter.take(self.limits.units, more);
        }
        match self.cutter.copy().take(self.limits.units, more) {
            Taken::Message(_) => self.cutter.take(self.limits.units - self.limits.reserve, more),
            _ => self.cutter.take(self.limits.units, more),
        }
    }

    fn keep(&mut self, message: String) {
        if !blank(&message) {
            self.finished.push(message);
        }
    }
}
