//! The words that tell speech, choices and feelings, in the languages that are known; and what counts as the same words. PURE.
//! Lists are short on purpose: a word that also describes what the world does to somebody is in none of them.

use super::Taken;

/// Verbs of speech; a quotation must stand beside them.
pub(super) const SPEECH: &[&str] = &[
    "says",
    "said",
    "asks",
    "asked",
    "replies",
    "replied",
    "answers",
    "answered",
    "whispers",
    "whispered",
    "shouts",
    "shouted",
    "mutters",
    "muttered",
    "murmurs",
    "murmured",
    "yells",
    "yelled",
    "calls",
    "called",
    "adds",
    "added",
    "snaps",
    "snapped",
    "growls",
    "growled",
    "sagt",
    "sagte",
    "fragt",
    "fragte",
    "antwortet",
    "antwortete",
    "flüstert",
    "flüsterte",
    "ruft",
    "rief",
    "murmelt",
    "murmelte",
    "erwidert",
    "erwiderte",
];

/// Verbs of choice, with a subject of the third person.
const CHOICE: &[&str] = &[
    "decides",
    "decided",
    "agrees",
    "agreed",
    "refuses",
    "refused",
    "chooses",
    "chose",
    "resolves",
    "resolved",
    "accepts",
    "accepted",
    "consents",
    "consented",
    "vows",
    "vowed",
    "entscheidet",
    "entschied",
    "beschließt",
    "beschloss",
    "willigt",
    "willigte",
    "weigert",
    "weigerte",
];

/// Verbs of thought and feeling.
const FEELING: &[&str] = &[
    "thinks",
    "thought",
    "wonders",
    "wondered",
    "believes",
    "believed",
    "hopes",
    "hoped",
    "wants",
    "wanted",
    "wishes",
    "wished",
    "fears",
    "feared",
    "loves",
    "loved",
    "hates",
    "hated",
    "regrets",
    "regretted",
    "longs",
    "longed",
    "denkt",
    "dachte",
    "glaubt",
    "glaubte",
    "hofft",
    "hoffte",
    "wünscht",
    "wünschte",
    "liebt",
    "liebte",
    "hasst",
    "hasste",
    "bereut",
    "bereute",
];

/// Verbs that tell a feeling only with one of [`FELT`] after them; otherwise it is a sense, which is the world's to tell.
const SENSING: &[&str] = &["feels", "felt", "fühlt", "fühlte", "is", "was", "ist", "war"];

/// Feelings.
const FELT: &[&str] = &[
    "afraid",
    "angry",
    "ashamed",
    "guilty",
    "happy",
    "sad",
    "relieved",
    "proud",
    "jealous",
    "lonely",
    "hopeful",
    "nervous",
    "furious",
    "terrified",
    "grateful",
    "certain",
    "torn",
    "determined",
    "heartbroken",
    "ängstlich",
    "wütend",
    "traurig",
    "glücklich",
    "schuldig",
    "erleichtert",
    "stolz",
    "einsam",
    "nervös",
    "dankbar",
    "entschlossen",
    "beschämt",
];

/// Nouns of feeling after "feels a".
const PANG: &[&str] = &["pang", "surge", "rush", "twinge", "stab", "flicker", "wave"];

/// Words before a name that make a sentence a condition, a wish or a question.
pub(super) const OPEN: &[&str] = &[
    "if",
    "whether",
    "when",
    "whenever",
    "until",
    "unless",
    "before",
    "once",
    "or",
    "should",
    "may",
    "might",
    "could",
    "can",
    "let",
    "perhaps",
    "maybe",
    "as",
    "till",
    "wenn",
    "falls",
    "ob",
    "bis",
    "bevor",
    "sobald",
    "vielleicht",
    "oder",
    "wie",
];

/// Korean endings of speech, choice and feeling: beginnings of the word that a sentence ends with.
const KOREAN: &[(&str, Taken)] = &[
    ("결심", Taken::Choice),
    ("결정", Taken::Choice),
    ("동의", Taken::Choice),
    ("거절", Taken::Choice),
    ("승낙", Taken::Choice),
    ("다짐", Taken::Choice),
    ("생각", Taken::Feeling),
    ("두려워", Taken::Feeling),
    ("슬퍼", Taken::Feeling),
    ("기뻐", Taken::Feeling),
    ("후회", Taken::Feeling),
    ("바란다", Taken::Feeling),
    ("믿는다", Taken::Feeling),
];

/// Korean verbs of speech, by the beginning of the word.
const KOREAN_SPEECH: &[&str] = &["말한", "말했", "묻는", "물었", "대답", "속삭", "외친", "외쳤", "중얼"];

/// Particles that a Korean name may have as a subject.
pub(super) const PARTICLES: &[&str] = &["은", "는", "이", "가", "이가", "이는", "께서"];

/// What a verb right after a name takes; `next` are the words after it.
pub(super) fn verb(word: &str, next: &[&str]) -> Option<Taken> {
    if CHOICE.contains(&word) {
        return Some(Taken::Choice);
    }
    if FEELING.contains(&word) {
        return Some(Taken::Feeling);
    }
    let first = next.first().copied().unwrap_or_default();
    if word == "stimmt" || word == "stimmte" {
        return next.contains(&"zu").then_some(Taken::Choice);
    }
    if !SENSING.contains(&word) {
        return None;
    }
    let felt = |word: &str| FELT.contains(&word);
    let reflexive = matches!(first, "sich" | "so" | "very" | "sehr");
    let second = next.get(1).copied().unwrap_or_default();
    let pang = matches!(first, "a" | "an") && PANG.contains(&second) && !matches!(word, "is" | "was");
    (felt(first) || (reflexive && felt(second)) || pang).then_some(Taken::Feeling)
}

/// What the last word of a Korean sentence takes.
pub(super) fn korean_ending(word: &str) -> Option<Taken> {
    // A sentence that ends in a condition or a question decides nothing.
    let ends = word.ends_with('다') || word.ends_with('요');
    KOREAN.iter().find(|(stem, _)| ends && word.starts_with(stem)).map(|(_, taken)| *taken)
}

/// Whether a Korean word is a verb of speech.
pub(super) fn korean_speech(word: &str) -> bool {
    KOREAN_SPEECH.iter().any(|stem| word.starts_with(stem))
}

/// Whether somebody of these names is meant.
pub(super) fn is_one_of(name: &str, names: &[String]) -> bool {
    names.iter().any(|known| flat(known) == flat(name))
}

/// Letters and digits only, in lower case, words apart by one space: what two texts share whatever their marks are.
pub(super) fn flat(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' });
    let lower: String = kept.flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether these words are in what the player said.
pub(super) fn was_said(words: &str, said: &str) -> bool {
    let words = flat(words);
    words.is_empty() || format!(" {} ", flat(said)).contains(&format!(" {words} "))
}

/// Whether the player's own words tell of this verb: its stem is among them.
pub(super) fn player_told(verb: &str, said: &str) -> bool {
    let stem = |word: &str| -> String {
        // Three letters bear most stems; the ends are what changes from "I agree" to "Mira agrees".
        let letters = word.chars().count();
        word.chars().take(letters.saturating_sub(2).clamp(2, 5)).collect()
    };
    let wanted = stem(&flat(verb));
    flat(said).split(' ').any(|word| !word.is_empty() && word.starts_with(&wanted))
}
