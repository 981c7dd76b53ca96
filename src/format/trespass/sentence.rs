//! A stretch of narration cut into sentences, and each sentence into what is quoted in it and what is told. PURE.
//! It judges nothing.

/// A sentence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    /// As it stands.
    pub whole: &'a str,
    /// What stands between quotation marks, without them.
    pub quotes: Vec<&'a str>,
    /// What is told outside of them; each quotation is a [`MARK`].
    pub told: String,
}

/// Stands in what is told where something is quoted.
pub(super) const MARK: char = '\u{fffc}';

/// Marks that open a quotation, each with those that close it.
const PAIRS: &[(char, &[char])] = &[
    ('"', &['"']),
    ('“', &['”']),
    ('„', &['“', '”', '"']),
    ('«', &['»']),
    ('»', &['«']),
    ('「', &['」']),
    ('『', &['』']),
];

/// The longest quotation, in bytes; beyond it the mark was none.
const QUOTE_BYTES: usize = 2_000;

/// The sentences of a paragraph's text. A quotation stays with the sentence that says whose it is.
pub(super) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut out = Vec::new();
    for paragraph in text.split('\n') {
        let mut rest = paragraph.trim();
        while !rest.is_empty() {
            let (sentence, after) = first(rest);
            if !sentence.whole.trim().is_empty() {
                out.push(sentence);
            }
            rest = after.trim_start();
        }
    }
    out
}

/// The first sentence and what follows it.
fn first(text: &str) -> (Sentence<'_>, &str) {
    let mut sentence = Sentence::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let after = at + c.len_utf8();
        if let Some((quoted, end)) = quotation(text, at, c) {
            sentence.quotes.push(quoted);
            sentence.told.push(MARK);
            at = end;
            // `"Go!" Mira says.` goes on; `"Go!" The wind rises.` does too, and is read together with it.
            continue;
        }
        sentence.told.push(c);
        at = after;
        let blank = text[at..].chars().next().is_none_or(char::is_whitespace);
        if matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?' | '…') && blank) {
            break;
        }
    }
    sentence.whole = &text[..at];
    (sentence, &text[at..])
}

/// What is quoted from the mark at `at` on, and where the text goes on.
fn quotation(text: &str, at: usize, mark: char) -> Option<(&str, usize)> {
    let (_, closing) = PAIRS.iter().find(|(open, _)| *open == mark)?;
    let from = at + mark.len_utf8();
    let length = text[from..].find(*closing).filter(|length| *length <= QUOTE_BYTES && *length > 0)?;
    let close = text[from + length..].chars().next()?;
    Some((&text[from..from + length], from + length + close.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(String, usize)> {
        sentences(text).iter().map(|sentence| (sentence.told.replace(MARK, "@"), sentence.quotes.len())).collect()
    }

    #[test]
    fn quotations_stay_with_who_says_them() {
        let told = |text: &str, quotes| (text.to_owned(), quotes);
        assert_eq!(
            cut("Rain. \"Go! Now.\" Mira says. Wind?"),
            [told("Rain.", 0), told("@ Mira says.", 1), told("Wind?", 0)]
        );
        assert_eq!(cut("„Nein“, sagt Mira.\nEs regnet"), [told("@, sagt Mira.", 1), told("Es regnet", 0)]);
        assert_eq!(cut("미라가 말한다. 비가 온다."), [told("미라가 말한다.", 0), told("비가 온다.", 0)]);
        assert_eq!(cut("5\" of rain"), [told("5\" of rain", 0)]);
    }
}
