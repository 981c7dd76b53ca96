//! Narration, looked through for what it makes a character say, decide or feel. PURE.
//! What their player just said is theirs, so telling it again is found nowhere.

use super::sentence::{MARK, Sentence, sentences};
use super::{Guarded, Taken, words};

/// Looks through narration and notes each place.
pub(super) fn narration(text: &str, character: &Guarded, note: &mut impl FnMut(Taken, &str)) {
    for line in text.lines() {
        if let Some(spoken) = script_line(line, &character.names)
            && !words::was_said(spoken, &character.said)
        {
            note(Taken::Words, line);
        }
    }
    for sentence in sentences(text) {
        if let Some(taken) = of_sentence(&sentence, character) {
            note(taken, sentence.whole);
        }
    }
}

/// What is said in a line that begins with the character's name as in a script: `Mira: …`, `[Mira] …`, `- **Mira:** …`.
fn script_line<'a>(line: &'a str, names: &[String]) -> Option<&'a str> {
    let bare = line.trim_start_matches(|c: char| c.is_whitespace() || "*_>-+[(\"“".contains(c));
    let bracketed = line.trim_start().trim_start_matches(['*', '_']).starts_with('[');
    names.iter().find_map(|name| {
        let rest = strip_name(bare, name)?;
        let ends = rest.trim_start_matches(['*', '_']);
        let said = match ends.strip_prefix(']').filter(|_| bracketed) {
            Some(rest) => rest.trim_start_matches(['*', '_', ':', '：']),
            None => ends.strip_prefix([':', '：'])?.trim_start_matches(['*', '_']),
        };
        (!said.trim().is_empty()).then_some(said.trim())
    })
}

/// What follows the name at the beginning of a text, whatever the case.
fn strip_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        let found = rest.next()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

fn of_sentence(sentence: &Sentence<'_>, character: &Guarded) -> Option<Taken> {
    let asks = sentence.whole.trim_end().ends_with(['?', '？']) && sentence.quotes.is_empty();
    if asks {
        return None;
    }
    let tokens = tokens(&sentence.told);
    let own: Vec<_> = (0..tokens.len()).filter_map(|at| name_at(&tokens, at, &character.names)).collect();
    if own.is_empty() {
        return None;
    }
    let foreign = sentence.quotes.iter().any(|quote| !words::was_said(quote, &character.said));
    if foreign && own.iter().any(|place| says(&tokens, *place)) {
        return Some(Taken::Words);
    }
    own.iter().find_map(|place| {
        let (taken, verb) = takes(&tokens, *place)?;
        (!words::player_told(verb, &character.said)).then_some(taken)
    })
}

/// Where a character is named: the first token of the name, and the one after it.
#[derive(Clone, Copy, Debug)]
struct Place {
    from: usize,
    to: usize,
    korean: bool,
}

/// Words in lower case, marks as tokens of their own. Apostrophes belong to their word: `Mira's` is not Mira.
fn tokens(told: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in told.chars() {
        if c.is_alphanumeric() || matches!(c, '\'' | '’' | '-') {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        // Marks of emphasis stand for nothing.
        if !c.is_whitespace() && !matches!(c, '*' | '_') {
            out.push(c.to_string());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

fn name_at(tokens: &[String], at: usize, names: &[String]) -> Option<Place> {
    names.iter().find_map(|name| {
        let parts: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        let (last, lead) = parts.split_last()?;
        let to = at + parts.len();
        let here = tokens.get(at..to)?;
        if here[..lead.len()] != *lead {
            return None;
        }
        let rest = here[lead.len()].strip_prefix(last.as_str())?;
        let korean = words::PARTICLES.contains(&rest) && last.chars().all(is_hangul);
        (rest.is_empty() || korean).then_some(Place { from: at, to, korean })
    })
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// Whether the sentence has the character say what is quoted in it.
fn says(tokens: &[String], place: Place) -> bool {
    let mark = MARK.to_string();
    let is_speech = |at: usize| tokens.get(at).is_some_and(|word| words::SPEECH.contains(&word.as_str()));
    // `Mira says, "…"`, `Mira quietly says: "…"`; of a question that others call out to Mira nothing is hers.
    let after = (place.to..place.to + 2).find(|at| is_speech(*at));
    let before = place.from.checked_sub(1).filter(|at| is_speech(*at));
    let to_them = |at: usize| tokens.get(at + 1).is_some_and(|word| matches!(word.as_str(), "to" | "zu"));
    if place.korean {
        return tokens[place.to..].iter().any(|word| words::korean_speech(word)) && tokens.contains(&mark);
    }
    match (after, before) {
        (Some(at), _) => {
            let next_to = tokens[at + 1..].contains(&mark)
                || tokens[..place.from].last().is_some_and(|word| {
                    *word == mark || (word == "," && place.from >= 2 && tokens[place.from - 2] == mark)
                });
            next_to && !is_open(tokens, place.from)
        }
        // `"…," says Mira.`
        (None, Some(at)) => tokens[..at].iter().rev().take(2).any(|word| *word == mark) && !to_them(place.from),
        (None, None) => false,
    }
}

/// What the sentence takes from the character, and the verb that does.
fn takes(tokens: &[String], place: Place) -> Option<(Taken, &str)> {
    if place.korean {
        let last = tokens.iter().rev().find(|word| word.chars().all(char::is_alphanumeric))?;
        let subject_first = place.from == 0 || tokens[place.from - 1] == ",";
        let taken = words::korean_ending(last).filter(|_| subject_first)?;
        return Some((taken, last));
    }
    if is_open(tokens, place.from) {
        return None;
    }
    // The verb follows the name, with one adverb between them at most.
    (place.to..place.to + 2).find_map(|at| {
        let verb = tokens.get(at)?;
        let adverb = at == place.to || tokens[place.to].ends_with("ly");
        let next: Vec<&str> = tokens[at + 1..].iter().map(String::as_str).take(6).collect();
        let taken = words::verb(verb, &next).filter(|_| adverb)?;
        Some((taken, verb.as_str()))
    })
}

/// Whether what stands before the name in its clause makes it a condition, a question or about somebody else: `if Mira`,
/// `the brother of Mira`, `what Mira`.
fn is_open(tokens: &[String], from: usize) -> bool {
    let clause = tokens[..from].iter().rev().take_while(|word| !matches!(word.as_str(), "," | ";" | ":" | "." | "—"));
    let before: Vec<_> = clause.take(4).collect();
    let bound = before.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "of" | "with" | "to" | "for" | "from" | "von" | "mit" | "what" | "how" | "was" | "that" | "who"
        )
    });
    bound || before.iter().any(|word| words::OPEN.contains(&word.as_str()))
}
