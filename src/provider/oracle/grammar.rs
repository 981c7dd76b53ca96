//! A small grammar: templates with slots and alternatives become sentences.
//! Never loops, never looks outside the slots it is given; a template it cannot fill is no sentence.
//!
//! `{place.thing}` is a slot, `{npc.name:s}` a slot with an ending (see [`ending`]), `[one|other]` an alternative
//! thrown by the dice. A sentence begins with a capital by itself.

use std::borrow::Cow;

use super::chance::Chance;

/// What stands behind a slot.
#[derive(Clone, Debug)]
enum Filling<'a> {
    One(Cow<'a, str>),
    Any(&'a [String]),
}

/// The slots a template may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots<'a> {
    known: Vec<(&'static str, Filling<'a>)>,
}

impl<'a> Slots<'a> {
    /// Sets one slot; the newest setting counts.
    pub(crate) fn set(&mut self, name: &'static str, text: impl Into<Cow<'a, str>>) {
        self.known.push((name, Filling::One(text.into())));
    }

    /// Sets a slot that takes any one of a list.
    pub(crate) fn set_any(&mut self, name: &'static str, texts: &'a [String]) {
        self.known.push((name, Filling::Any(texts)));
    }

    fn find(&self, name: &str, chance: &mut Chance) -> Option<&str> {
        let (_, filling) = self.known.iter().rev().find(|(known, _)| *known == name)?;
        match filling {
            Filling::One(text) => Some(text),
            Filling::Any(texts) => chance.pick(texts).map(String::as_str),
        }
    }
}

/// Fills a template; none when it names a slot that is not set or is written wrongly.
pub(crate) fn fill(template: &str, slots: &Slots<'_>, chance: &mut Chance) -> Option<String> {
    let chosen = choose(template, chance)?;
    let mut out = String::with_capacity(chosen.len() + 32);
    let mut rest = chosen.as_str();
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let close = open + rest[open..].find('}')?;
        let (name, filter) = rest[open + 1..close].split_once(':').unwrap_or((&rest[open + 1..close], ""));
        out.push_str(&ending(slots.find(name, chance)?, filter)?);
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    Some(capitals(&out))
}

/// Throws for each `[one|other]`. Alternatives do not nest.
fn choose(template: &str, chance: &mut Chance) -> Option<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        out.push_str(&rest[..open]);
        let close = open + rest[open..].find(']')?;
        let choices: Vec<&str> = rest[open + 1..close].split('|').collect();
        out.push_str(chance.pick(&choices)?);
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// Bends a word: `a` puts the indefinite article before it, `s` makes the possessive, a pair of Korean particles
/// (`은는`, `이가`, `을를`, `과와`, `으로`) or a copula (`이다`, `이라고`) adds the form that fits the last syllable, `dat` and `akk`
/// bend a German article. None for an ending it does not know.
fn ending<'a>(word: &'a str, filter: &str) -> Option<Cow<'a, str>> {
    let with = |tail: &str| Some(Cow::Owned(format!("{word}{tail}")));
    match filter {
        "" => Some(Cow::Borrowed(word)),
        "a" if word.starts_with(['a', 'e', 'i', 'o', 'u']) => Some(Cow::Owned(format!("an {word}"))),
        "a" => Some(Cow::Owned(format!("a {word}"))),
        "s" if word.ends_with('s') => with("’"),
        "s" => with("’s"),
        "dat" => Some(bent(word, [("der ", "dem "), ("die ", "der "), ("das ", "dem ")])),
        "akk" => Some(bent(word, [("der ", "den "), ("die ", "die "), ("das ", "das ")])),
        "은는" => with(if closed(word) { "은" } else { "는" }),
        "이가" => with(if closed(word) { "이" } else { "가" }),
        "을를" => with(if closed(word) { "을" } else { "를" }),
        "이다" => with(if closed(word) { "이다" } else { "다" }),
        "이라고" => with(if closed(word) { "이라고" } else { "라고" }),
        "과와" => with(if closed(word) { "과" } else { "와" }),
        // A closing ㄹ (index 8 of the 28 finals) takes 로 as an open syllable does.
        "으로" => with(if final_consonant(word).is_some_and(|at| at != 0 && at != 8) { "으로" } else { "로" }),
        _ => None,
    }
}

/// A German noun in the singular with another article; one without an article stays as it is.
fn bent<'a>(noun: &'a str, articles: [(&str, &str); 3]) -> Cow<'a, str> {
    let found = articles.iter().find_map(|(from, to)| Some((noun.strip_prefix(from)?, to)));
    found.map_or(Cow::Borrowed(noun), |(rest, to)| Cow::Owned(format!("{to}{rest}")))
}

fn closed(word: &str) -> bool {
    final_consonant(word).is_some_and(|at| at != 0)
}

/// The index of the last syllable's final consonant, 0 for none, if the word ends in Hangul.
fn final_consonant(word: &str) -> Option<u32> {
    let last = u32::from(word.chars().next_back()?);
    (0xac00..=0xd7a3).contains(&last).then(|| (last - 0xac00) % 28)
}

/// Begins every sentence with a capital.
pub(crate) fn capitals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    let mut ended = false;
    for c in text.chars() {
        if start && c.is_alphabetic() {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = (start && !c.is_alphanumeric()) || (ended && c == ' ');
        // Not after a closing quotation mark: “Why?” she asks.
        ended = matches!(c, '.' | '!' | '?');
    }
    out
}

/// The longest stretch of a template that is the same however it is filled: what it is recognised by in a told text.
pub(crate) fn mark(template: &str) -> String {
    let fixed = template.split(['{', '[']).enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once(['}', ']']).map_or("", |(_, after)| after),
    });
    fixed.max_by_key(|piece| piece.len()).unwrap_or_default().trim().to_lowercase()
}

/// The sentences of a text, without the space between them.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if ended && c.is_whitespace() {
            found.push(text[from..at].trim());
            from = at;
        }
        ended = matches!(c, '.' | '!' | '?' | '…') || (ended && matches!(c, '”' | '’')) || c == '\n';
    }
    found.push(text[from..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Every slot a template names, with its ending; `Err` holds what is written wrongly.
#[cfg(test)]
pub(crate) fn named(template: &str) -> Result<Vec<(&str, &str)>, String> {
    let balanced = |open: char, close: char| template.matches(open).count() == template.matches(close).count();
    if !balanced('{', '}') || !balanced('[', ']') {
        return Err(format!("brackets do not close: {template}"));
    }
    let mut found = Vec::new();
    for piece in template.split('{').skip(1) {
        let (inner, _) = piece.split_once('}').ok_or_else(|| format!("slot does not close: {template}"))?;
        let (name, filter) = inner.split_once(':').unwrap_or((inner, ""));
        ending("word", filter).ok_or_else(|| format!("unknown ending `{filter}`: {template}"))?;
        found.push((name, filter));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Slots<'static> {
        let mut slots = Slots::default();
        slots.set("npc.name", "Ines");
        slots.set("thing", "old rope");
        slots
    }

    fn check(template: &str, expected: Option<&str>) {
        let filled = fill(template, &slots(), &mut Chance::of(&["grammar"]));
        assert_eq!(filled.as_deref(), expected, "{template}");
    }

    #[test]
    fn slots_bend_to_fit() {
        check(
            "{npc.name:s} hand is on {thing:a}. {thing} holds.",
            Some("Ines’ hand is on an old rope. Old rope holds."),
        );
        check("“{thing}?” she asks.", Some("“Old rope?” she asks."));
        check("{nobody} is here.", None);
        check("{thing:wrong}", None);
        check("{thing", None);
    }

    #[test]
    fn korean_particles_follow_the_last_syllable() {
        assert_eq!(ending("문", "은는").as_deref(), Some("문은"));
        assert_eq!(ending("나무", "을를").as_deref(), Some("나무를"));
        assert_eq!(ending("길", "으로").as_deref(), Some("길로"));
        assert_eq!(ending("숲", "으로").as_deref(), Some("숲으로"));
    }

    #[test]
    fn german_articles_follow_the_case() {
        let cases = |noun| [ending(noun, "dat").unwrap().into_owned(), ending(noun, "akk").unwrap().into_owned()];
        assert_eq!(cases("der Mühlstein"), ["dem Mühlstein", "den Mühlstein"]);
        assert_eq!(cases("die Treppe"), ["der Treppe", "die Treppe"]);
        assert_eq!(cases("das Tor"), ["dem Tor", "das Tor"]);
        assert_eq!(cases("Wasser"), ["Wasser", "Wasser"]);
    }

    #[test]
    fn alternatives_are_thrown() {
        let told: Vec<String> = (0..20)
            .filter_map(|seed: u8| fill("[one|two|three]", &slots(), &mut Chance::of(&[&seed.to_string()])))
            .collect();
        for word in ["One", "Two", "Three"] {
            assert!(told.iter().any(|text| text == word), "{word} in {told:?}");
        }
    }

    #[test]
    fn a_template_is_known_by_its_longest_fixed_part() {
        assert_eq!(mark("{npc.name} waits [here|there] by the long water."), "by the long water.");
        assert_eq!(sentences("Stay. “Why?” Because… no"), ["Stay.", "“Why?”", "Because…", "no"]);
    }
}
