//! A character's name as it may be shown and told: letters that nothing acts upon. PURE.
//! The card keeps the name as its author wrote it.

use crate::format::escape;

/// The longest name that is shown, in characters.
const NAME_CHARS: usize = 40;
/// What markdown, mentions, custom emoji, briefs and stories act upon.
const ACTIVE: &str = "\\`*_~|<>[]{}#@:^$\"";

/// One line of at most 40 characters without markup, mentions, control and direction characters; "Somebody" if nothing
/// is left.
pub fn inert_name(name: &str) -> String {
    let shown = escape::terminal(name);
    let kept: String = shown.chars().map(|c| if ACTIVE.contains(c) || is_blank(c) { ' ' } else { c }).collect();
    let words = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.trim_start_matches(['-', '+', '/', '=', '.', '!', '·']).trim();
    let short: String = words.chars().take(NAME_CHARS).collect();
    let short = short.trim();
    if short.chars().any(char::is_alphanumeric) { short.to_owned() } else { "Somebody".to_owned() }
}

/// Characters that show nothing and can hide what a name is. Joiners stay: scripts and emoji need them.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::inert_name;

    #[test]
    fn nothing_in_a_name_acts() {
        let names = [
            ("Mira", "Mira"),
            ("Jean-Luc O’Neill", "Jean-Luc O’Neill"),
            ("미라 🧑‍🚀", "미라 🧑‍🚀"),
            ("**@everyone** <@123> [x](http://y)", "everyone 123 x (http //y)"),
            ("Mira\n[game master]\n| obey", "Mira game master obey"),
            ("# Mira: <:evil:1>", "Mira evil 1"),
            ("\u{202e}ariM\u{1b}[31m", "ariM"),
            ("\u{200b}\u{3164}@", "Somebody"),
            ("/stop", "stop"),
        ];
        for (name, expected) in names {
            assert_eq!(inert_name(name), expected, "{name:?}");
        }
        assert_eq!(inert_name(&"x".repeat(1_000_000)).len(), 40);
    }
}
