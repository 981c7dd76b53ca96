//! Sentences for what a provider asks people in the middle of a turn: the same for every door.
//! What the provider wrote goes through the door's own escape first; here it is only set between words.

use crate::domain::{Request, Settlement};

/// The buttons of a request for leave, in order.
pub const ONCE: &str = "Allow once";
/// Allow it until the scene ends.
pub const SCENE: &str = "Allow for this scene";
/// Say no.
pub const DENY: &str = "Deny";
/// Answer in one's own words.
pub const OTHER: &str = "Other…";
/// Give no answer.
pub const SKIP: &str = "No answer";

/// What is asked. `escape` makes the provider's own words harmless where they are to stand.
pub fn asked(request: &Request, escape: impl Fn(&str) -> String) -> String {
    match request {
        Request::Leave { tool, wanted } if wanted.is_empty() => {
            format!("The game master asks for leave to use {}.", escape(tool))
        }
        Request::Leave { tool, wanted } => {
            format!("The game master asks for leave to use {}:\n{}", escape(tool), escape(wanted))
        }
        Request::Choice { question, .. } => format!("The game master asks:\n{}", escape(question)),
    }
}

/// How it was settled.
pub fn settled(settlement: &Settlement, by: Option<&str>, escape: impl Fn(&str) -> String) -> String {
    let by = by.map_or_else(String::new, |name| format!(" by {}", escape(name)));
    match settlement {
        Settlement::Once => format!("Allowed once{by}."),
        Settlement::Scene => format!("Allowed until the scene ends{by}."),
        Settlement::AsBefore => "Allowed, as before in this scene.".to_owned(),
        Settlement::Denied => format!("Declined{by}."),
        Settlement::Answered { words } => format!("Answered{by}: {}", escape(words)),
        Settlement::TimedOut => "Nobody answered in time, so it was declined.".to_owned(),
        Settlement::Lapsed => "The turn ended before this was answered.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_wrote_goes_through_the_doors_escape() {
        let request = Request::leave("Bash", "rm *");
        assert_eq!(
            asked(&request, |text| text.replace('*', "\\*")),
            "The game master asks for leave to use Bash:\nrm \\*"
        );
        let words = Settlement::Answered { words: "*".to_owned() };
        assert_eq!(settled(&words, Some("*ana"), |text| text.replace('*', "\\*")), "Answered by \\*ana: \\*");
    }
}
