//! Why nothing can be said in a channel, and that it can be again.
//! `docs/troubleshooting.md` knows each of these sentences.

use super::aside;
use crate::door::discord::health::{Trouble, Why};
use crate::door::wording::time;

/// Why nothing can be said in a channel: half a sentence.
pub(in crate::door::discord) fn keeps_from_writing(trouble: &Trouble) -> String {
    match trouble.why {
        Why::NoChannel => "Discord says that there is no such channel any more".to_owned(),
        Why::NotSeen => "I may not view the channel".to_owned(),
        Why::NotAllowed if trouble.missing.is_empty() => {
            "I lack a permission here, such as Send Messages; `talekeeper check` tells the host which".to_owned()
        }
        Why::NotAllowed => format!("I lack {} here", trouble.missing.join(" and ")),
        Why::Locked => "this thread is locked".to_owned(),
    }
}

/// A line of a table's status while nothing can be said in its channel.
pub(in crate::door::discord) fn in_trouble(trouble: &Trouble) -> String {
    let why = keeps_from_writing(trouble);
    format!("I cannot write here since {}: {why}.{} ({})", time(trouble.since), unsaid(trouble), trouble.error)
}

/// Something can be said in the channel again.
pub(in crate::door::discord) fn trouble_over(trouble: &Trouble) -> String {
    let why = keeps_from_writing(trouble);
    aside(&format!(
        "I could not write here since {}: {why}.{} ({})",
        time(trouble.since),
        unsaid(trouble),
        trouble.error
    ))
}

fn unsaid(trouble: &Trouble) -> String {
    match trouble.unsaid {
        0 => String::new(),
        1 => " One reply stands only in /story show.".to_owned(),
        many => format!(" {many} replies stand only in /story show."),
    }
}
