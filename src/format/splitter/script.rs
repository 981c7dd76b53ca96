//! Knows characters: how long, how wide, where a sentence ends, where a line may not break.
//!
//! It never looks at markdown.

/// Length in UTF-16 code units, the strictest way in which anybody counts "characters" of a message.
pub(super) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// The longest head of `text` with at most `limit` units, as a byte length on a `char` boundary.
pub(super) fn head(text: &str, limit: usize) -> usize {
    let mut left = limit;
    for (at, ch) in text.char_indices() {
        let Some(rest) = left.checked_sub(ch.len_utf16()) else { return at };
        left = rest;
    }
    text.len()
}

/// True if nobody would see anything: white space, controls and zero-width characters only.
pub(super) fn blank(text: &str) -> bool {
    text.chars().all(|ch| ch.is_whitespace() || invisible(ch))
}

fn invisible(ch: char) -> bool {
    ch.is_control()
        || matches!(
            ch,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
                ..='\u{180e}'
        )
        || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}')
        || matches!(ch, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// True for scripts written without spaces (Han, kana, bopomofo and their punctuation): a line may break between any two.
///
/// Hangul is left out: Korean puts spaces between words, and only a wall without any is cut between syllables.
pub(super) fn unspaced(ch: char) -> bool {
    matches!(ch, '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}')
        || matches!(ch, '\u{ff01}'..='\u{ff9f}' | '\u{20000}'..='\u{3fffd}')
}

/// Kinsoku, the part everybody agrees on: what never begins a line.
pub(super) fn never_first(ch: char) -> bool {
    "、。，．・：；！？）」』】〕〉》〙〗｝］｣､｡ｰ゛゜ヽヾゝゞ々ー〜…‥”’ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?:;)]}%".contains(ch)
}

/// Kinsoku: what never ends a line.
pub(super) fn never_last(ch: char) -> bool {
    "（「『【〔〈《〘〖｛［｢“‘([{$¥￥".contains(ch)
}

/// True if `before` ends a sentence, looking through closing quotes, brackets and emphasis marks.
pub(super) fn ends_sentence(before: &str) -> bool {
    let bare = before.trim_end_matches(|ch| "\"'”’»›)]）」』】*_~|`".contains(ch));
    bare.ends_with(['.', '!', '?', '…', '。', '！', '？', '．', '｡', '؟', '।'])
}

/// True if `before` ends a clause: a comma, a colon, a dash.
pub(super) fn ends_clause(before: &str) -> bool {
    before.ends_with([',', ';', ':', '—', '–', '、', '，', '；', '：', '،'])
}

/// Columns of a grapheme in a fixed-width font: 2 for East Asian wide characters and emoji, 0 for what has no width.
pub(super) fn columns(grapheme: &str) -> usize {
    if grapheme.contains('\u{fe0f}') {
        return 2;
    }
    let width = |ch: char| if wide(ch) { 2 } else { usize::from(!invisible(ch)) };
    grapheme.chars().map(width).max().unwrap_or(0)
}

fn wide(ch: char) -> bool {
    matches!(ch, '\u{1100}'..='\u{115e}' | '\u{2e80}'..='\u{303e}' | '\u{3041}'..='\u{4dbf}' | '\u{4e00}'..='\u{a4cf}')
        || matches!(ch, '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}')
        || matches!(ch, '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1f64f}')
        || matches!(ch, '\u{1f680}'..='\u{1f6ff}' | '\u{1f900}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_utf_16_counts_them() {
        assert_eq!(units("abc"), 3);
        assert_eq!(units("é한漢"), 3);
        assert_eq!(units("🜍👨‍👩‍👧"), 2 + 8);
    }

    #[test]
    fn a_head_never_ends_inside_a_character() {
        assert_eq!(head("a😀b", 2), 1);
        assert_eq!(head("a😀b", 3), 5);
        assert_eq!(head("ab", 9), 2);
    }

    #[test]
    fn zero_width_text_is_blank() {
        assert!(blank(" \n\u{200b}\u{2060}\u{fe0f}"));
        assert!(!blank("."));
    }

    #[test]
    fn closing_quotes_and_marks_belong_to_the_sentence() {
        for text in ["Run!", "“Run!”", "**Run.**", "逃げろ。」", "(yes?)"] {
            assert!(ends_sentence(text), "{text}");
        }
        assert!(!ends_sentence("and then"));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let width = |text: &str| text.chars().map(|ch| columns(&ch.to_string())).sum::<usize>();
        assert_eq!((width("ab"), width("漢字"), width("한"), width("ｱ")), (2, 4, 2, 1));
        assert_eq!((columns("👩‍🚀"), columns("❤️"), columns("\u{200b}")), (2, 2, 0));
    }
}
