//! What the provider asks, as numbered lines at a terminal, and what a typed line answers. PURE.
//! It answers nothing itself.

use crate::domain::{AskId, AskReply, Request};
use crate::door::asking_wording as words;
use crate::format::escape;

/// A request on show.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) ask: AskId,
    pub(super) request: Request,
}

/// What can be chosen, in the order of its numbers.
fn options(request: &Request) -> Vec<(String, AskReply)> {
    match request {
        Request::Leave { .. } => vec![
            (words::ONCE.to_owned(), AskReply::Once),
            (words::SCENE.to_owned(), AskReply::Scene),
            (words::DENY.to_owned(), AskReply::Deny),
        ],
        Request::Choice { choices, .. } => {
            let choices = choices.iter().enumerate().map(|(at, choice)| (choice.clone(), AskReply::Choice(at)));
            choices.chain([(words::SKIP.to_owned(), AskReply::Deny)]).collect()
        }
    }
}

impl Asked {
    /// The lines that show it.
    pub(super) fn shown(&self) -> String {
        let mut shown = words::asked(&self.request, |text| escape::terminal(text).into_owned());
        for (number, (label, _)) in (1..).zip(options(&self.request)) {
            shown.push_str(&format!("\n  {number}) {}", escape::terminal(&label)));
        }
        shown
    }

    /// How it is answered.
    pub(super) fn how(&self) -> &'static str {
        match self.request {
            Request::Leave { .. } => "Type a number.",
            Request::Choice { .. } => "Type a number, or an answer in your own words.",
        }
    }

    /// What a typed line answers; none if it answers nothing.
    pub(super) fn read(&self, line: &str) -> Option<AskReply> {
        let line = line.trim();
        let options = options(&self.request);
        if let Ok(number) = line.parse::<usize>() {
            return options.into_iter().nth(number.checked_sub(1)?).map(|(_, reply)| reply);
        }
        match &self.request {
            Request::Choice { .. } if !line.is_empty() && !line.starts_with('/') => {
                Some(AskReply::Words(line.to_owned()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_answers_and_anything_else_allows_nothing() {
        let leave = Asked { ask: AskId::new(1), request: Request::leave("Bash", "ls\u{1b}[2J") };
        insta::assert_snapshot!(leave.shown(), @r"
        The game master asks for leave to use Bash:
        ls [2J
          1) Allow once
          2) Allow for this scene
          3) Deny
        ");
        assert_eq!(leave.read(" 1 "), Some(AskReply::Once));
        assert_eq!(leave.read("3"), Some(AskReply::Deny));
        for nothing in ["0", "4", "yes", "", "-1"] {
            assert_eq!(leave.read(nothing), None, "{nothing}");
        }
        let choice = Asked { ask: AskId::new(1), request: Request::choice("Where to?", ["Left", "Right"]) };
        assert_eq!(choice.read("2"), Some(AskReply::Choice(1)));
        assert_eq!(choice.read("3"), Some(AskReply::Deny));
        assert_eq!(choice.read("straight on"), Some(AskReply::Words("straight on".to_owned())));
    }
}
