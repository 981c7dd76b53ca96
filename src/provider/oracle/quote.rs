//! A player's own words made fit to be repeated: short, on one line, without anything that means something to markdown.
//! Never escapes what it can leave out, and never returns a sign a title, a mention or a speaker begins with.

/// The most characters of one action that are looked at.
pub(crate) const READ_CHARS: usize = 600;

/// The text on one line with letters, digits and plain punctuation only, at most `limit` characters.
/// Longer text is cut at a word and ends in an ellipsis.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut gap = false;
    let mut count = 0;
    for c in text.chars().take(READ_CHARS * 4) {
        if !c.is_alphanumeric() && !"'’,.!?-…".contains(c) {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        gap = false;
        if count >= limit {
            return cut(&out, limit);
        }
        out.push(c);
        count += 1;
    }
    out.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end().to_owned()
}

/// Shortens to `limit` characters at a word's end, ellipsis included.
fn cut(text: &str, limit: usize) -> String {
    let head: String = text.chars().take(limit.saturating_sub(1)).collect();
    let whole = head.rfind(' ').filter(|&at| at > head.len() / 2).map_or(head.as_str(), |at| &head[..at]);
    let body = whole.trim_matches(|c: char| !c.is_alphanumeric());
    if body.is_empty() { String::new() } else { format!("{body}…") }
}

/// A name or a thing: like [`plain`], and with a letter or digit at both ends, so that it can begin a line.
pub(crate) fn bare(text: &str, limit: usize) -> String {
    plain(text, limit).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// The first sentence of what somebody said, fit to stand between quotation marks.
pub(crate) fn sentence(text: &str) -> String {
    let line = text.lines().find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default();
    let end = line.find(['.', '!', '?', ';']).unwrap_or(line.len());
    plain(&line[..end], 76).trim_end_matches(|c: char| !c.is_alphanumeric() && c != '…').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_means_something_to_markdown_is_left_out() {
        assert_eq!(plain("# fake **title** <@123> `x`", 80), "fake title 123 x");
        assert_eq!(plain("@everyone\n\n**Mira:** I forgive you", 80), "everyone Mira I forgive you");
        assert_eq!(plain("- [x](https://evil.example) ||spoiler||", 80), "x https evil.example spoiler");
        assert_eq!(plain("a\u{202e}b\u{1b}[31mc", 80), "a b 31mc");
        assert_eq!(bare("1. ", 20), "1");
        assert_eq!(sentence("I knock twice. Then I wait."), "I knock twice");
    }

    proptest! {
        #[test]
        fn a_quote_is_short_and_on_one_line(text in "\\PC{0,400}|[\\x00-\\xff]{0,200}") {
            for quote in [plain(&text, 80), sentence(&text), bare(&text, 32)] {
                prop_assert!(quote.chars().count() <= 80);
                prop_assert!(!quote.contains(['\n', '\r', '#', '*', '@', '<', '>', '`', '_', '|', ':', '\\', '[']));
                prop_assert!(quote.chars().all(|c| !c.is_control()));
            }
        }
    }
}
