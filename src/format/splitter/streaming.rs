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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::splitter::split;

    fn stream(text: &str) -> Streaming {
        let mut stream = Streaming::new(Limits { units: 300, messages: 8, reserve: 60 });
        stream.push(text);
        stream
    }

    #[test]
    fn the_live_message_is_well_formed_as_it_stands() {
        assert_eq!(stream("Look:\n\n```rust\nlet x").live(), "Look:\n\n```rust\nlet x\n```");
        assert_eq!(stream("She said **no").live(), "She said **no**");
        assert_eq!(stream("| a | b |\n|---|---|\n| 1 | 2").live(), "```\na | b\n--+--\n1 | 2\n```");
        assert_eq!(stream("").live(), "");
    }

    #[test]
    fn a_message_is_finished_only_when_its_paragraph_can_open_no_emphasis_any_more() {
        let mut stream = stream(&format!("**{}", "word ".repeat(80)));
        assert!(stream.finished().is_empty());
        stream.push(&format!("end** of it.\n\n{}", "More. ".repeat(60)));
        assert!(stream.finished()[0].ends_with("word**"));
    }

    #[test]
    fn a_line_of_code_is_finished_without_waiting_for_the_fence() {
        let stream = stream(&format!("```\n{}", "let x = 1;\n".repeat(40)));
        assert!(stream.finished()[0].ends_with("let x = 1;\n```"));
        assert!(stream.live().starts_with("```\nlet x"));
    }

    #[test]
    fn line_ends_may_come_in_two_pieces() {
        let mut stream = stream("one\r");
        stream.push("\n\r\ntwo\rthree");
        assert_eq!(stream.finish().messages, ["one\n\ntwo\nthree"]);
    }

    #[test]
    fn what_comes_after_the_last_message_is_the_rest() {
        let text = "A sentence of some length. And another one.\n\n".repeat(100);
        let mut stream = stream(&text);
        assert_eq!((stream.finished().len(), stream.live()), (8, String::new()));
        stream.push("\n\nThe end.");
        let parts = stream.finish();
        assert_eq!(parts, split(&format!("{text}\n\nThe end."), &Limits { units: 300, messages: 8, reserve: 60 }));
        assert!(parts.rest.is_some_and(|rest| rest.ends_with("The end.")));
    }

    #[test]
    fn a_rest_in_the_middle_of_code_opens_its_fence_again() {
        let text = format!("- ```sh\n{}  ```\n- done", "  echo hello world\n".repeat(200));
        let rest = split(&text, &Limits { units: 300, messages: 2, reserve: 0 }).rest.expect("it is far too long");
        assert!(rest.starts_with("- \n  ```sh\n  echo"), "{}", &rest[..40]);
    }
}
