//! The macros of cards and lorebooks: `{{char}}`, `{{user}}`, `{{random:…}}` and their kin. PURE.
//! Chance comes from a seed that is handed in; what is not known is left as it is and named.

/// What macros are replaced with.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// `{{char}}`, `<BOT>`.
    pub character: &'a str,
    /// `{{user}}`, `<USER>`.
    pub user: &'a str,
    /// Decides `{{random}}` and `{{roll}}`, differently for each place and seed.
    pub seed: u64,
}

/// A text whose macros were replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// What `{{hidden_key:…}}` held: to be searched for lore, never told.
    pub hidden: Vec<String>,
    /// Macros that are not known here, each once.
    pub unknown: Vec<String>,
}

/// The most of a text that is looked at, in bytes; the rest is left out.
const TEXT_BYTES: usize = 1024 * 1024;
/// The most macros that are replaced in one text.
const MACROS: usize = 10_000;

/// Replaces the macros of a text. What a macro gives is not searched for macros again.
pub fn expand(text: &str, names: &Names<'_>) -> Expanded {
    let mut out = Expanded::default();
    let mut rest = &text[..text.floor_char_boundary(TEXT_BYTES)];
    let mut place = 0u64;
    while let Some((before, inner, after)) = next(rest) {
        out.text.push_str(before);
        place += 1;
        match replacement(inner, names, place) {
            Told::Text(told) => out.text.push_str(&told),
            Told::Hidden(key) => out.hidden.push(key),
            Told::Unknown => {
                out.text.push_str(&rest[before.len()..rest.len() - after.len()]);
                if !out.unknown.iter().any(|known| known == inner) {
                    out.unknown.push(inner.to_owned());
                }
            }
        }
        rest = after;
        if place as usize >= MACROS {
            break;
        }
    }
    out.text.push_str(rest);
    out
}

enum Told {
    Text(String),
    Hidden(String),
    Unknown,
}

/// The text before the next macro, what stands in it, and the text behind it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(['{', '<'])?;
        let rest = &text[at..];
        for (mark, inner) in [("<BOT>", "char"), ("<USER>", "user")] {
            if rest.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)) {
                return Some((&text[..at], inner, &rest[mark.len()..]));
            }
        }
        if let Some(inside) = rest.strip_prefix("{{") {
            // The innermost of nested braces is the macro.
            let end = inside.find("}}")?;
            match inside[..end].rfind("{{") {
                Some(nested) => from = at + 2 + nested,
                None => return Some((&text[..at], &inside[..end], &inside[end + 2..])),
            }
            continue;
        }
        from = at + 1;
    }
}

fn replacement(inner: &str, names: &Names<'_>, place: u64) -> Told {
    let text = |text: &str| Told::Text(text.to_owned());
    let word = inner.trim();
    if word.starts_with("//") {
        return text("");
    }
    let (name, rest) = match word.split_once(':') {
        Some((name, rest)) => (name, rest.strip_prefix(':').unwrap_or(rest)),
        None => (word, ""),
    };
    match name.trim().to_ascii_lowercase().as_str() {
        "char" => text(names.character),
        "user" => text(names.user),
        // Nothing of ours stands where a card would put its own words.
        "original" | "comment" | "noop" => text(""),
        "hidden_key" => Told::Hidden(rest.trim().to_owned()),
        "reverse" => Told::Text(rest.chars().rev().collect()),
        "random" => Told::Text(chosen(word, rest, names.seed, place)),
        // The same at each telling, as long as the text stays as it is.
        "pick" => Told::Text(chosen(word, rest, 0, place)),
        "roll" => rolled(rest, names.seed, place).map_or(Told::Unknown, Told::Text),
        _ => Told::Unknown,
    }
}

fn chosen(word: &str, rest: &str, seed: u64, place: u64) -> String {
    let choices = choices(word, rest);
    let at = number(&[seed, place, rest.len() as u64]) % choices.len().max(1) as u64;
    choices.get(at as usize).cloned().unwrap_or_default()
}

/// `a,b\,c` or `a::b`.
fn choices(word: &str, rest: &str) -> Vec<String> {
    if word.contains("::") {
        return rest.split("::").map(|choice| choice.trim().to_owned()).collect();
    }
    let mut choices = vec![String::new()];
    let mut escaped = false;
    for c in rest.chars() {
        match (c, escaped) {
            (',', false) => choices.push(String::new()),
            ('\\', false) => escaped = true,
            (c, was) => {
                let last = choices.last_mut();
                if let Some(last) = last {
                    last.extend((was && c != ',').then_some('\\').into_iter().chain([c]));
                }
                escaped = false;
            }
        }
    }
    choices.iter().map(|choice| choice.trim().to_owned()).collect()
}

/// `d6`, `6` or `2d6`, with few and plain dice; anything else is left as it is.
fn rolled(rest: &str, seed: u64, place: u64) -> Option<String> {
    let rest = rest.trim().to_ascii_lowercase();
    let (count, sides) = rest.split_once('d').unwrap_or(("", &rest));
    let count: u64 = if count.is_empty() { 1 } else { count.parse().ok()? };
    let sides: u64 = sides.parse().ok()?;
    if !(1..=100).contains(&count) || !(1..=1_000_000).contains(&sides) {
        return None;
    }
    Some((0..count).map(|die| number(&[seed, place, die]) % sides + 1).sum::<u64>().to_string())
}

/// A number that depends on all of these and looks like chance (SplitMix64).
pub(crate) fn number(of: &[u64]) -> u64 {
    of.iter().fold(0x9e37_79b9_7f4a_7c15, |state: u64, &part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> = Names { character: "Mira", user: "Ana", seed: 7 };

    fn check(text: &str, expect: &str) {
        assert_eq!(expand(text, &NAMES).text, expect, "{text}");
    }

    #[test]
    fn the_known_macros() {
        check("{{char}} and <user>, {{ USER }} and <Bot>", "Mira and Ana, Ana and Mira");
        check("a{{// nobody reads this }}b{{comment: nor this}}c{{original}}", "abc");
        check("{{reverse:drows}} {{pick:only}}", "sword only");
        check("{{random:a\\,b}} {{random::x}}", "a,b x");
        check("{{getvar::mood}} {{roll:0}} {{roll:9d9999999}} {{", "{{getvar::mood}} {{roll:0}} {{roll:9d9999999}} {{");
        check("{{{{char}}}}", "{{Mira}}");
    }

    #[test]
    fn chance_is_by_seed_and_picks_stay() {
        let many = |seed| expand("{{roll:3d6}} {{random:a,b,c,d,e,f,g}} {{pick:1,2,3}}", &Names { seed, ..NAMES }).text;
        assert_eq!(many(1), many(1));
        assert!((2..20).any(|seed| many(seed) != many(1)));
        let pick = |seed| many(seed).rsplit(' ').next().unwrap().to_owned();
        assert!((2..20).all(|seed| pick(seed) == pick(1)));
    }

    #[test]
    fn hidden_keys_and_unknown_macros_are_told_apart() {
        let out = expand("{{hidden_key:the bell}}Hm {{weather}} {{weather}}", &NAMES);
        assert_eq!(
            (out.text.as_str(), out.hidden, out.unknown),
            ("Hm {{weather}} {{weather}}", vec!["the bell".to_owned()], vec!["weather".to_owned()])
        );
    }

    #[test]
    fn what_a_macro_gives_is_text() {
        check("{{char}}", "Mira");
        let out = expand("{{user}}", &Names { user: "{{char}}", ..NAMES });
        assert_eq!(out.text, "{{char}}");
    }
}
