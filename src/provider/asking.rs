//! Asking people in the middle of a turn: how answers reach a driver, and what a driver keeps until they do.
//! It knows no CLI's words; each driver translates its own.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::domain::{ProviderEvent, Request, Verdict};

/// Leave to ask people, and where their answers come.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Where the answers come.
    pub answers: Answers,
    /// Whether every tool of the CLI's may be asked for; otherwise those that the table's owner named.
    pub every_tool: bool,
}

/// The answers to what one run asks, as they come.
#[derive(Clone, Debug)]
pub struct Answers {
    given: watch::Receiver<Vec<Given>>,
    taken: usize,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The driver's name for what it asked.
    pub key: u32,
    /// What came of it.
    pub verdict: Verdict,
}

/// Where a run's answers are given.
#[derive(Debug)]
pub struct Answering(watch::Sender<Vec<Given>>);

/// A way for answers: the end that gives, and the end that takes.
pub fn answers() -> (Answering, Answers) {
    let (sender, given) = watch::channel(Vec::new());
    (Answering(sender), Answers { given, taken: 0 })
}

impl Answering {
    /// Gives an answer. Whether the run still wants it is the run's business.
    pub fn give(&self, key: u32, verdict: Verdict) {
        self.0.send_modify(|given| given.push(Given { key, verdict }));
    }
}

impl Answers {
    /// The next answer; waits for ever where there is none. Cancel-safe.
    pub async fn next(&mut self) -> Given {
        loop {
            let next = self.given.borrow_and_update().get(self.taken).cloned();
            if let Some(given) = next {
                self.taken += 1;
                return given;
            }
            if self.given.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

/// The next answer, where people may be asked at all.
pub(crate) async fn next(asking: &mut Option<Asking>) -> Given {
    match asking {
        Some(asking) => asking.answers.next().await,
        None => std::future::pending().await,
    }
}

/// What a CLI wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// Whether it may use this tool for this.
    Leave { tool: String, wanted: String },
    /// Answers to these questions, in order.
    Questions(Vec<Question>),
}

/// A question and what can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) choices: Vec<String>,
}

/// What a CLI is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Declined,
    /// An answer to each question, in order, in the CLI's own words where one of its choices was taken.
    Answered(Vec<String>),
}

/// What follows from an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Turned<T> {
    /// Ask this next.
    Ask(ProviderEvent),
    /// Tell the CLI this under its own name for the matter.
    Say(T, Outcome),
    /// Nobody waits for it.
    Nothing,
}

/// What a run has asked and not heard back. `T` is the CLI's own name for a matter.
#[derive(Debug)]
pub(crate) struct Desk<T> {
    last: u32,
    open: BTreeMap<u32, Pending<T>>,
}

#[derive(Debug)]
struct Pending<T> {
    ticket: T,
    questions: Vec<Question>,
    answers: Vec<String>,
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        Self { last: 0, open: BTreeMap::new() }
    }
}

impl<T> Desk<T> {
    /// Takes up a matter; gives what is to be asked. A matter without a question is answered at once.
    pub(crate) fn open(&mut self, ticket: T, matter: Matter) -> Turned<T> {
        match matter {
            Matter::Leave { tool, wanted } => {
                let request = Request::leave(&tool, &wanted);
                self.ask(Pending { ticket, questions: Vec::new(), answers: Vec::new() }, request)
            }
            Matter::Questions(questions) => {
                let Some(first) = questions.first() else { return Turned::Say(ticket, Outcome::Declined) };
                let request = first.request();
                self.ask(Pending { ticket, questions, answers: Vec::new() }, request)
            }
        }
    }

    fn ask(&mut self, pending: Pending<T>, request: Request) -> Turned<T> {
        self.last += 1;
        self.open.insert(self.last, pending);
        Turned::Ask(ProviderEvent::Asked { key: self.last, request })
    }

    /// Takes an answer.
    pub(crate) fn take(&mut self, given: Given) -> Turned<T> {
        let Some(mut pending) = self.open.remove(&given.key) else { return Turned::Nothing };
        let Some(question) = pending.questions.get(pending.answers.len()) else {
            let outcome = if given.verdict == Verdict::Allow { Outcome::Allowed } else { Outcome::Declined };
            return Turned::Say(pending.ticket, outcome);
        };
        let words = match given.verdict {
            Verdict::Choice(at) => question.choices.get(at).cloned(),
            Verdict::Words(words) => Some(words),
            Verdict::Allow | Verdict::Deny => None,
        };
        let Some(words) = words else { return Turned::Say(pending.ticket, Outcome::Declined) };
        pending.answers.push(words);
        match pending.questions.get(pending.answers.len()).map(Question::request) {
            Some(request) => self.ask(pending, request),
            None => Turned::Say(pending.ticket, Outcome::Answered(pending.answers)),
        }
    }

    /// The CLI wants no answer any more to the matters of these names.
    pub(crate) fn close(&mut self, which: impl Fn(&T) -> bool) -> Vec<ProviderEvent> {
        let gone: Vec<u32> = self.open.iter().filter(|(_, p)| which(&p.ticket)).map(|(key, _)| *key).collect();
        gone.into_iter()
            .map(|key| {
                self.open.remove(&key);
                ProviderEvent::Unasked { key }
            })
            .collect()
    }

    /// Whether nothing waits for an answer.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

impl Question {
    fn request(&self) -> Request {
        Request::choice(&self.text, self.choices.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<T>(turned: &Turned<T>) -> u32 {
        match turned {
            Turned::Ask(ProviderEvent::Asked { key, .. }) => *key,
            _ => panic!("nothing was asked"),
        }
    }

    #[test]
    fn questions_are_asked_one_after_the_other_and_answered_together() {
        let mut desk = Desk::default();
        let question = |text: &str| Question { text: text.into(), choices: vec!["x".repeat(200), "no".into()] };
        let first = key(&desk.open("t", Matter::Questions(vec![question("One?"), question("Two?")])));
        let second = key(&desk.take(Given { key: first, verdict: Verdict::Choice(0) }));
        let told = desk.take(Given { key: second, verdict: Verdict::Words("Perhaps.".into()) });
        assert_eq!(told, Turned::Say("t", Outcome::Answered(vec!["x".repeat(200), "Perhaps.".into()])));
        assert!(desk.is_empty());
        assert_eq!(desk.take(Given { key: second, verdict: Verdict::Allow }), Turned::Nothing);
    }

    #[test]
    fn anything_but_leave_is_no_leave() {
        let mut desk = Desk::default();
        for verdict in [Verdict::Deny, Verdict::Choice(0), Verdict::Words("yes".into())] {
            let asked = key(&desk.open((), Matter::Leave { tool: "Bash".into(), wanted: "ls".into() }));
            assert_eq!(desk.take(Given { key: asked, verdict }), Turned::Say((), Outcome::Declined));
        }
    }

    #[tokio::test]
    async fn answers_come_in_order_and_none_is_lost() {
        let (give, mut answers) = super::answers();
        give.give(1, Verdict::Deny);
        give.give(2, Verdict::Allow);
        assert_eq!(answers.next().await, Given { key: 1, verdict: Verdict::Deny });
        assert_eq!(answers.next().await, Given { key: 2, verdict: Verdict::Allow });
    }
}
