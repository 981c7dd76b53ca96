//! How much a piece of a turn matters, 1 to 10, by rule. PURE.
//! It knows a few words in the languages the program speaks best; everything else is an ordinary moment.

/// Words that raise what they stand in, by their beginnings: a death, a vow, something gained.
const RULES: [(u8, &[&str]); 3] = [
    (
        10,
        &[
            "dies",
            "died",
            "dead",
            "death",
            "kill",
            "slain",
            "murder",
            "stirbt",
            "gestorben",
            "tot",
            "tötet",
            "죽",
            "사망",
            "살해",
            "死",
            "殺",
            "杀",
        ],
    ),
    (
        8,
        &[
            "swear",
            "swore",
            "vow",
            "oath",
            "promise",
            "owe",
            "schwör",
            "schwur",
            "versprech",
            "versprich",
            "versprach",
            "맹세",
            "약속",
            "誓",
            "約束",
            "约定",
            "承诺",
        ],
    ),
    (
        6,
        &[
            "secret", "betray", "confess", "reveal", "name is", "geheim", "verrat", "gesteh", "heiß", "비밀", "배신",
            "秘密", "裏切", "背叛",
        ],
    ),
];

/// What nothing raises.
const ORDINARY: u8 = 3;
/// Somebody of the world speaks.
const SPOKEN: u8 = 4;

/// The importance of a text.
pub(super) fn of(text: &str, somebody_speaks: bool) -> u8 {
    let lower = text.to_lowercase();
    let raised = RULES.iter().find(|(_, words)| words.iter().any(|word| stands_in(&lower, word)));
    raised.map_or(if somebody_speaks { SPOKEN } else { ORDINARY }, |(importance, _)| *importance)
}

/// Whether a word of the text begins so. Scripts without spaces have no beginnings.
fn stands_in(text: &str, word: &str) -> bool {
    let begins = |at: usize| text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| !word.is_ascii() || begins(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_and_vows_matter_more_than_a_walk() {
        for (text, importance) in [
            ("The reeve dies at dawn.", 10),
            ("Mira swears to return the crown.", 8),
            ("그는 왕관을 돌려주겠다고 약속했다.", 8),
            ("他说：这是秘密。", 6),
            ("You walk along the river, undead quiet.", 3),
        ] {
            assert_eq!(of(text, false), importance, "{text}");
        }
        assert_eq!(of("Good evening.", true), 4);
    }
}
