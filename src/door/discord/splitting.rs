//! Cuts what the game master says into messages of Discord's size.
//! How markdown may be cut is the splitter's matter; here stand only Discord's numbers.

/// The longest message. Discord counts code points; counted in UTF-16 units it is short enough under every reading.
pub(super) const MESSAGE_UNITS: usize = 2000;
/// The most messages one reply is shown in; what is beyond goes into a file.
pub(super) const MESSAGES: usize = 8;

/// A text cut into messages, and what is beyond them.
pub(super) fn cut(markdown: &str, messages: usize) -> (Vec<String>, Option<String>) {
    let mut parts = Vec::new();
    let mut rest = markdown.trim();
    while !rest.is_empty() {
        if parts.len() == messages {
            return (parts, Some(rest.to_owned()));
        }
        let at = boundary(rest);
        let (part, after) = rest.split_at(at);
        parts.push(part.trim_end().to_owned());
        rest = after.trim_start_matches(['\n', ' ']);
    }
    (parts, None)
}

/// Where to cut so that the part before fits: after a paragraph, a line, a word, else anywhere between characters.
fn boundary(text: &str) -> usize {
    let mut units = 0;
    let fits = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MESSAGE_UNITS
    });
    let Some((end, _)) = fits else { return text.len() };
    let head = &text[..end];
    ["\n\n", "\n", " "].iter().find_map(|gap| head.rfind(gap).filter(|at| *at > end / 2)).unwrap_or(end)
}

/// How long a text is for Discord.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
