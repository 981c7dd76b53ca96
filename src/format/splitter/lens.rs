//! Makes a copy of the text, byte for byte as long, in which only what Discord reads as markdown still looks like markdown.
//!
//! It never changes what is sent: the copy is parsed, the original is cut.
//!
//! Discord knows no HTML and no link reference definitions, and both let far away text change what stands here: a `<!--`
//! reaches over blank lines, a definition at the end turns brackets at the beginning into links. Mentions, custom emoji,
//! timestamps and links in angle brackets are one thing each, so marks inside them are none.

use std::ops::Range;

/// Longer runs of backticks or tildes are text. A fence must be closed and opened again in every message it goes through.
const LONGEST_RUN: usize = 16;
/// Stands for a mark that is none: ASCII punctuation, so that emphasis beside it opens and closes as it would have.
const INERT: u8 = b',';

/// The text as Discord reads it, and what in it must stay in one piece.
pub(super) struct Reading {
    /// As long as the original, byte for byte.
    pub(super) text: String,
    /// Mentions, emoji, timestamps and bare links, in order.
    pub(super) whole: Vec<Range<usize>>,
}

/// Reads `text` as Discord does.
pub(super) fn read(text: &str) -> Reading {
    let mut bytes = text.as_bytes().to_vec();
    let mut whole = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            b'<' => angle(text, at, &mut bytes, &mut whole),
            b']' if bytes.get(at + 1) == Some(&b':') => {
                bytes[at + 1] = INERT;
                2
            }
            mark @ (b'`' | b'~') => run(mark, at, &mut bytes),
            b'h' => link(text, at, &mut whole),
            _ => 1,
        };
    }
    let text = String::from_utf8(bytes).expect("whole characters were replaced by ASCII, byte for byte");
    Reading { text, whole }
}

/// Hides what opens at `<` and returns how many bytes are done with.
fn angle(text: &str, at: usize, bytes: &mut [u8], whole: &mut Vec<Range<usize>>) -> usize {
    if let Some(length) = token(&text[at..]) {
        for byte in &mut bytes[at..at + length] {
            if !byte.is_ascii_alphanumeric() {
                *byte = b'x';
            }
        }
        (bytes[at], bytes[at + length - 1]) = (INERT, INERT);
        whole.push(at..at + length);
        return length;
    }
    // `[text](<a b>)` is a link whose address is in angle brackets.
    if at == 0 || bytes[at - 1] != b'(' {
        bytes[at] = INERT;
    }
    1
}

fn run(mark: u8, at: usize, bytes: &mut [u8]) -> usize {
    let length = bytes[at..].iter().take_while(|byte| **byte == mark).count();
    if length > LONGEST_RUN {
        bytes[at..at + length].fill(INERT);
    }
    length
}

fn link(text: &str, at: usize, whole: &mut Vec<Range<usize>>) -> usize {
    let rest = &text[at..];
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return 1;
    }
    let length = rest.find(|ch: char| ch.is_whitespace() || "<>()[]*|`\\\"".contains(ch)).unwrap_or(rest.len());
    whole.push(at..at + length);
    length
}

/// The length of the mention, custom emoji, timestamp, command or link in angle brackets that `text` begins with.
pub(super) fn token(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    let end = inner.find(|ch: char| ch.is_whitespace() || matches!(ch, '<' | '>' | '`'))?;
    (inner.as_bytes()[end] == b'>' && is_token(&inner[..end])).then_some(end + 2)
}

fn is_token(inner: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = |text: &str| !text.is_empty() && text.chars().all(|ch| ch.is_alphanumeric() || "_-".contains(ch));
    let pair = |text: &str| text.split_once(':').is_some_and(|(left, right)| name(left) && number(right));
    if let Some(who) = inner.strip_prefix('@') {
        return number(who.strip_prefix(['!', '&']).unwrap_or(who));
    }
    if let Some(channel) = inner.strip_prefix('#') {
        return number(channel);
    }
    if let Some(emoji) = inner.strip_prefix(':').or_else(|| inner.strip_prefix("a:")) {
        return pair(emoji);
    }
    if let Some(time) = inner.strip_prefix("t:") {
        let (time, style) = time.split_once(':').unwrap_or((time, "f"));
        return number(time.strip_prefix('-').unwrap_or(time)) && style.len() == 1;
    }
    inner.strip_prefix('/').is_some_and(pair) || is_address(inner)
}

/// CommonMark's autolinks: a scheme of 2 to 32 characters, or something like a mail address.
fn is_address(inner: &str) -> bool {
    if let Some((scheme, _)) = inner.split_once(':') {
        let tail = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
        return (2..=32).contains(&scheme.len())
            && scheme.as_bytes()[0].is_ascii_alphabetic()
            && scheme.bytes().all(tail);
    }
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_{|}~-".contains(&byte))
    };
    inner.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_discord_reads_as_one_thing_is_kept_whole() {
        for text in ["<@1>", "<@!12>", "<@&3>", "<#4>", "<:x:1>", "<a:dance_2:33>", "<t:1700000000>", "<t:-1:R>"] {
            assert_eq!(token(text), Some(text.len()), "{text}");
        }
        for text in ["</roll:99>", "<https://a.b/c_d_e>", "<id:browse>", "<gm@example.org>"] {
            assert_eq!(token(text), Some(text.len()), "{text}");
        }
        for text in ["<div>", "<@x>", "<@1", "< @1>", "<t:1:RR>", "<!-- -->", "<b a=c>", "</b>", "<@>"] {
            assert_eq!(token(text), None, "{text}");
        }
    }

    #[test]
    fn html_and_definitions_are_text() {
        let reading = read("<div>\n[a]: /b\n[c](<d e>) `x` <@1> 漢 https://x.y/z_w");
        assert_eq!(reading.text, ",div>\n[a], /b\n[c](<d e>) `x` ,x1, 漢 https://x.y/z_w");
        assert_eq!(reading.whole.len(), 2);
    }

    #[test]
    fn an_endless_run_of_backticks_is_text() {
        let text = format!("{} ```", "`".repeat(40));
        assert_eq!(read(&text).text, format!("{} ```", ",".repeat(40)));
    }
}
