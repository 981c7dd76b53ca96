//! Closes what a half-written message leaves open, for the moment in which it is shown.
//!
//! It never touches a finished message.

use super::walk;

/// Emphasis in emphasis in emphasis: deeper than this nobody writes it.
const DEEPEST: usize = 3;
const CLOSERS: [&str; 7] = ["`", "``", "**", "*", "__", "_", "~~"];

/// `message` with its open emphasis, inline code and spoiler closed, and without an opening mark at its very end.
pub(super) fn mend(message: &str) -> String {
    let outline = walk::read(message, 0);
    let Some(leaf) = outline.leaves.last().filter(|leaf| leaf.is_inline()) else { return message.to_owned() };
    let mut mended = without_opener(message).to_owned();
    let start = leaf.rows[0].body.start.min(mended.len());
    for _ in 0..DEEPEST {
        let Some(closer) = innermost(&mended[start..]) else { break };
        mended.push_str(closer);
    }
    if outline.inlines.spoilers(false, usize::MAX, usize::MAX).1.is_some() {
        mended.push_str("||");
    }
    mended
}

/// `**` or the like that was just written, with nothing after it: too early to say what it is.
fn without_opener(message: &str) -> &str {
    let bare = message.trim_end_matches(['*', '_', '~', '|', '`']);
    let opens = bare.is_empty() || bare.ends_with(char::is_whitespace);
    if opens { bare.trim_end() } else { message }
}

/// The mark that, written behind `text`, closes what was opened last.
fn innermost(text: &str) -> Option<&'static str> {
    let opened = |closer: &str| {
        let closed = format!("{text}{closer}");
        let outline = walk::read(&closed, 0);
        let new =
            outline.inlines.spans.iter().filter(|span| span.range.end == closed.len()).map(|span| span.range.start);
        new.max().filter(|start| start + 2 * closer.len() < closed.len())
    };
    CLOSERS.into_iter().filter_map(|closer| opened(closer).map(|start| (start, closer))).max().map(|(_, closer)| closer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_inside_out() {
        for (open, closed) in [
            ("The **old king", "The **old king**"),
            ("The **old *king", "The **old *king***"),
            ("Say `open", "Say `open`"),
            ("||secret **door", "||secret **door**||"),
            ("~~gone", "~~gone~~"),
            ("_soft", "_soft_"),
            ("done **bold** and", "done **bold** and"),
            ("5 * 3", "5 * 3"),
            ("snake_case", "snake_case"),
        ] {
            assert_eq!(mend(open), closed, "{open}");
        }
    }

    #[test]
    fn an_opening_mark_at_the_very_end_waits() {
        assert_eq!(mend("He said **"), "He said");
        assert_eq!(mend("**"), "");
        assert_eq!(mend("done**"), "done**");
    }
}
