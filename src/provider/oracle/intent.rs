//! Reads what a speaker wants from their words: the intent, what it is aimed at, how likely a yes would be.
//! Knows no story; whether the thing exists is not its matter.

use super::odds::Likelihood;
use super::quote;
use super::tables::{Intent, Matching, Tables, Words};

/// An action as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) intent: Intent,
    /// What it is aimed at, as it can stand in a sentence: "the rope".
    pub(crate) target: Option<String>,
    /// What is asked about.
    pub(crate) topic: Option<String>,
    /// How likely a yes is, by the words of the question.
    pub(crate) likelihood: Likelihood,
    /// What the speaker says they will do, as in "You said you would …".
    pub(crate) vow: Option<String>,
    /// The speaker's first sentence.
    pub(crate) quote: String,
}

/// The words of a text in lower case, with where a clause ends.
#[derive(Debug)]
struct Tokens {
    words: Vec<String>,
    ends: Vec<bool>,
}

impl Tokens {
    fn of(text: &str) -> Self {
        let mut tokens = Self { words: Vec::new(), ends: Vec::new() };
        for piece in text.split_whitespace() {
            let word = quote::bare(piece, 40).to_lowercase().replace('’', "'");
            let ends = piece.ends_with([',', '.', ';', ':', '!', '?', '"', '”']);
            match tokens.ends.last_mut() {
                Some(last) if word.is_empty() => *last |= ends,
                _ if word.is_empty() => {}
                _ => {
                    tokens.words.push(word);
                    tokens.ends.push(ends);
                }
            }
        }
        tokens
    }
}

/// Reads one action. `people` are the names of those present.
pub(crate) fn read(tables: &Tables, text: &str, people: &[&str]) -> Wish {
    let text: String = text.chars().take(quote::READ_CHARS).collect();
    let words = &tables.words;
    let tokens = Tokens::of(&text);
    let verb = verb(words, &tokens);
    let from = verb.map_or(0, |(at, _)| at + 1);
    Wish {
        intent: intent(words, &text, &tokens, verb, people),
        target: noun(words, &tokens, from).or_else(|| noun(words, &tokens, 0)),
        topic: topic(words, &tokens),
        likelihood: likelihood(words, &tokens),
        vow: vow(words, &tokens),
        quote: quote::sentence(&text),
    }
}

/// The people a text names, by their place in the list.
pub(crate) fn addressed(text: &str, people: &[&str]) -> Option<usize> {
    let lower = text.to_lowercase();
    let tokens = Tokens::of(&lower);
    people.iter().position(|name| {
        let name = name.to_lowercase();
        tokens.words.iter().any(|word| word.trim_end_matches("'s") == name)
            || (!name.is_ascii() || name.contains(' ')) && lower.contains(&name)
    })
}

fn intent(words: &Words, text: &str, tokens: &Tokens, verb: Option<(usize, Intent)>, people: &[&str]) -> Intent {
    let start = text.trim_start().to_lowercase();
    if words.gm.iter().any(|mark| start.starts_with(mark.as_str())) {
        return Intent::Gm;
    }
    let named = addressed(text, people).is_some();
    let asked = text.contains(['?', '？']);
    let spoken = text.contains(['"', '“', '”', '„', '«', '「']);
    let first = tokens.words.first().map(String::as_str).unwrap_or_default();
    let opens = |list: &[String]| match words.matching {
        Matching::Words => list.iter().any(|word| word == first),
        Matching::Stems => tokens.words.iter().any(|token| list.iter().any(|stem| token.contains(stem.as_str()))),
    };
    if asked && (named || spoken) {
        return Intent::Ask;
    }
    if asked {
        let lists = [(&words.who, Intent::Who), (&words.whereabouts, Intent::Where), (&words.what, Intent::What)];
        return lists
            .into_iter()
            .find_map(|(list, intent)| opens(list).then_some(intent))
            .or_else(|| opens(&words.yes_no).then_some(Intent::YesNo))
            .or(verb.map(|(_, intent)| intent))
            .unwrap_or(Intent::YesNo);
    }
    match verb {
        Some((_, intent)) => intent,
        None if spoken || named => Intent::Talk,
        None => Intent::Other,
    }
}

/// The first verb of the lists and where it stands. Who says what they do says it early.
fn verb(words: &Words, tokens: &Tokens) -> Option<(usize, Intent)> {
    tokens.words.iter().enumerate().find_map(|(at, token)| {
        let found = words.verbs.iter().find(|verbs| verbs.words.iter().any(|word| matches(words, token, word)))?;
        Some((at, found.intent))
    })
}

fn matches(words: &Words, token: &str, word: &str) -> bool {
    match words.matching {
        Matching::Stems => token.contains(word),
        Matching::Words => {
            token == word
                || ["s", "es", "ed", "d", "ing"].iter().any(|tail| token.strip_suffix(tail) == Some(word))
                || token.strip_suffix("ing").is_some_and(|stem| word.strip_suffix('e') == Some(stem))
        }
    }
}

/// The first "the rope", "my old lamp" from a place on: an article and at most three words. "my" becomes "your".
fn noun(words: &Words, tokens: &Tokens, from: usize) -> Option<String> {
    let is = |list: &[String], word: &String| list.contains(word);
    let at = (from..tokens.words.len()).find(|&at| is(&words.articles, &tokens.words[at]))?;
    let mut phrase = vec![words.definite.get(&tokens.words[at]).unwrap_or(&tokens.words[at]).as_str()];
    for next in at + 1..tokens.words.len().min(at + 4) {
        if tokens.ends[next - 1] || is(&words.stops, &tokens.words[next]) || is(&words.articles, &tokens.words[next]) {
            break;
        }
        phrase.push(&tokens.words[next]);
    }
    if phrase.last().is_some_and(|last| words.vague.iter().any(|vague| vague == last)) {
        return None;
    }
    (phrase.len() > 1).then(|| quote::bare(&phrase.join(" "), 40)).filter(|phrase| !phrase.ends_with('…'))
}

/// What stands after "about".
fn topic(words: &Words, tokens: &Tokens) -> Option<String> {
    let at = tokens.words.iter().position(|word| words.about.contains(word))?;
    noun(words, tokens, at + 1)
}

/// What a text steers towards: the noun after "into", "to", "at".
pub(crate) fn destination(tables: &Tables, text: &str) -> Option<String> {
    let text: String = text.chars().take(quote::READ_CHARS).collect();
    let tokens = Tokens::of(&text);
    let at = tokens.words.iter().position(|word| tables.words.into.contains(word))?;
    let next = tokens.words.get(at + 1)?;
    if !tables.words.articles.contains(next) {
        return None;
    }
    noun(&tables.words, &tokens, at + 1)
}

fn likelihood(words: &Words, tokens: &Tokens) -> Likelihood {
    let any = |list: &[String]| tokens.words.iter().any(|token| list.contains(token));
    match (any(&words.likely), any(&words.unlikely)) {
        (true, false) => Likelihood::Likely,
        (false, true) => Likelihood::Unlikely,
        _ => Likelihood::Even,
    }
}

/// Which way danger turns a question: "is it safe" becomes less likely, "are we followed" more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaning {
    Hope,
    Dread,
    Neither,
}

/// How a question leans.
pub(crate) fn leaning(tables: &Tables, text: &str) -> Leaning {
    let text: String = text.chars().take(quote::READ_CHARS).collect();
    let tokens = Tokens::of(&text);
    let any = |list: &[String]| tokens.words.iter().any(|token| list.contains(token));
    match (any(&tables.words.hopeful), any(&tables.words.dreadful)) {
        (true, false) => Leaning::Hope,
        (false, true) => Leaning::Dread,
        _ => Leaning::Neither,
    }
}

/// Whether somebody gives their word: "I swear to …", near the beginning and no question.
pub(crate) fn promises(tables: &Tables, text: &str) -> bool {
    let (words, tokens) = (&tables.words, Tokens::of(text));
    let said_at = tokens.words.iter().position(|word| words.promise.contains(word));
    // Where the language leaves out who acts, whoever speaks does; the verb stands at the end there.
    let first = tokens.words.first().is_some_and(|word| words.vow.contains(word));
    let own = if words.vow.is_empty() { said_at.is_some() } else { first && said_at.is_some_and(|at| at <= 3) };
    own && !text.contains('?')
}

/// "I will knock twice, then wait" gives "knock twice": the first clause, turned to the second person.
fn vow(words: &Words, tokens: &Tokens) -> Option<String> {
    let known = |word: &String| words.verbs.iter().any(|verbs| verbs.words.contains(word));
    let mut at = 0;
    if !words.vow.contains(tokens.words.first()?) || tokens.ends[0] {
        return None;
    }
    at += 1;
    while tokens.words.get(at).is_some_and(|word| words.vow_leads.contains(word)) {
        at += 1;
    }
    // Only a verb we know is surely in the form that follows "would".
    tokens.words.get(at).filter(|word| known(word))?;
    let mut out: Vec<&str> = Vec::new();
    for next in at..tokens.words.len() {
        let word = &tokens.words[next];
        if out.len() > 1 && words.clause_ends.contains(word) {
            break;
        }
        out.push(words.swaps.get(word).map_or(word.as_str(), String::as_str));
        if tokens.ends[next] {
            break;
        }
    }
    let text = out.join(" ");
    (out.len() > 1 && text.chars().count() <= 60).then(|| quote::bare(&text, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_given_by_whoever_speaks_and_not_asked_about() {
        let promises = |language: &str, text: &str| super::promises(Tables::of(language), text);
        assert!(promises("en", "I swear to the baron that I return.") && promises("en", "We solemnly promise it."));
        assert!(promises("ko", "남작에게 매를 돌려주겠다고 약속한다."));
        assert!(promises("de", "Ich schwöre dem Baron, dass ich den Falken zurückbringe."));
        assert!(!promises("de", "Versprichst du es?") && !promises("de", "Ich suche das Versprechen."));
        for other in
            ["Do you promise?", "I promise?", "The baron swears an oath.", "I look for the promise he gave, promise"]
        {
            assert!(!promises("en", other), "{other}");
        }
    }

    fn check(text: &str, intent: Intent, target: Option<&str>) {
        let wish = read(Tables::of("en"), text, &["Bram", "Ines"]);
        assert_eq!((wish.intent, wish.target.as_deref()), (intent, target), "{text}");
    }

    #[test]
    fn verbs_tell_the_intent_and_the_first_one_counts() {
        check("I look at the stopped wheel.", Intent::Look, Some("the stopped wheel"));
        check("I ask Bram about the bell", Intent::Ask, Some("the bell"));
        check("\"Who are you?\"", Intent::Ask, None);
        check("Bram, is the bridge safe?", Intent::Ask, Some("the bridge"));
        check("I walk down to the water", Intent::Move, Some("the water"));
        check("sneaking past a guard, I search the desk", Intent::Risk, Some("the guard"));
        check("I hit him with my lamp", Intent::Fight, Some("your lamp"));
        check("I light my lamp", Intent::Use, Some("your lamp"));
        check("I bandage the boy's arm", Intent::Help, Some("the boy's arm"));
        check("We wait until dark.", Intent::Wait, None);
        check("I leave this place", Intent::Leave, None);
        check("flurb", Intent::Other, None);
    }

    #[test]
    fn questions_go_to_the_world_or_to_the_game_master() {
        check("Is the door locked?", Intent::YesNo, Some("the door"));
        check("Who is here?", Intent::Who, None);
        check("Where am I?", Intent::Where, None);
        check("What is happening?", Intent::What, None);
        check("gm: what can I do?", Intent::Gm, None);
        check("((what now))", Intent::Gm, None);
    }

    #[test]
    fn a_vow_is_turned_to_the_second_person() {
        let vow = |text| read(Tables::of("en"), text, &[]).vow;
        assert_eq!(vow("I'll knock twice on my door, then wait").as_deref(), Some("knock twice on your door"));
        assert_eq!(vow("I want to follow the river and see").as_deref(), Some("follow the river"));
        assert_eq!(vow("The door creaks"), None);
        assert_eq!(vow("I flurb the door"), None);
    }

    #[test]
    fn words_of_a_question_move_its_odds() {
        let odds = |text| read(Tables::of("en"), text, &[]).likelihood;
        assert_eq!(odds("Is there surely a key?"), Likelihood::Likely);
        assert_eq!(odds("Is there by chance a key?"), Likelihood::Unlikely);
        assert_eq!(odds("Is there a key?"), Likelihood::Even);
        assert_eq!(leaning(Tables::of("en"), "Is it safe?"), Leaning::Hope);
        assert_eq!(leaning(Tables::of("en"), "Is it locked?"), Leaning::Dread);
    }
}
