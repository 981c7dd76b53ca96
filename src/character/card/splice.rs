//! Changing one value within a JSON text without touching another letter of it. PURE.
//! It takes text that a JSON reader has accepted; of any other it gives up and changes nothing.

use std::ops::Range;

/// A member of an object: its key and where it stands.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) value: Range<usize>,
}

/// The members of the object that begins at `at`, in order; and where its closing brace is.
pub(super) fn members(text: &str, at: usize) -> Option<(Vec<Member>, usize)> {
    let mut at = open(text, at, b'{')?;
    let mut members = Vec::new();
    loop {
        at = blanks(text, at);
        match text.as_bytes().get(at)? {
            b'}' => return Some((members, at)),
            b',' => at += 1,
            b'"' => {
                let end = value_end(text, at)?;
                let key = serde_json::from_str(text.get(at..end)?).ok()?;
                let colon = blanks(text, end);
                let start = blanks(text, colon + 1);
                at = value_end(text, start)?;
                members.push(Member { key, value: start..at });
            }
            _ => return None,
        }
    }
}

/// Where the elements of the array that begins at `at` stand.
pub(super) fn elements(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let mut at = open(text, at, b'[')?;
    let mut elements = Vec::new();
    loop {
        at = blanks(text, at);
        match text.as_bytes().get(at)? {
            b']' => return Some(elements),
            b',' => at += 1,
            _ => {
                let end = value_end(text, at)?;
                elements.push(at..end);
                at = end;
            }
        }
    }
}

/// Where the value at the end of a path of keys stands.
pub(super) fn find(text: &str, path: &[&str]) -> Option<Range<usize>> {
    let mut place = whole(text)?;
    for key in path {
        place = member(text, place.start, key)?.value;
    }
    Some(place)
}

/// The text with `value` (JSON) at the end of a path; what is missing on the way is made.
pub(super) fn set(text: &str, path: &[&str], value: &str) -> Option<String> {
    let mut place = whole(text)?;
    for (depth, key) in path.iter().enumerate() {
        match member(text, place.start, key) {
            Some(found) => place = found.value,
            None => {
                let (members, end) = members(text, place.start)?;
                let nested = path[depth + 1..]
                    .iter()
                    .rev()
                    .fold(value.to_owned(), |inner, key| format!("{{{}:{inner}}}", quoted(key)));
                let comma = if members.is_empty() { "" } else { "," };
                let at = members.last().map_or(end, |last| last.value.end);
                return Some(format!("{}{comma}{}:{nested}{}", &text[..at], quoted(key), &text[at..]));
            }
        }
    }
    Some(format!("{}{value}{}", &text[..place.start], &text[place.end..]))
}

/// The object at the end of a path without those of its members that have one of these keys.
pub(super) fn without(text: &str, path: &[&str], keys: &[&str]) -> Option<String> {
    let object = find(text, path)?;
    let (members, _) = members(text, object.start)?;
    if !members.iter().any(|member| keys.contains(&member.key.as_str())) {
        return Some(text.to_owned());
    }
    let kept = members.iter().filter(|member| !keys.contains(&member.key.as_str()));
    let kept = kept.map(|member| format!("{}:{}", quoted(&member.key), &text[member.value.clone()]));
    let kept = kept.collect::<Vec<_>>().join(",");
    Some(format!("{}{{{kept}}}{}", &text[..object.start], &text[object.end..]))
}

/// The text with these stretches, in order and apart from each other, replaced.
pub(super) fn replaced(text: &str, changes: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (place, new) in changes {
        out.push_str(&text[at..place.start]);
        out.push_str(new);
        at = place.end;
    }
    out.push_str(&text[at..]);
    out
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Where the one value of a text stands.
fn whole(text: &str) -> Option<Range<usize>> {
    let start = blanks(text, 0);
    Some(start..value_end(text, start)?)
}

/// JSON readers keep the last of several members with one key, and so does this.
fn member(text: &str, object: usize, key: &str) -> Option<Member> {
    members(text, object)?.0.into_iter().rev().find(|member| member.key == key)
}

fn open(text: &str, at: usize, with: u8) -> Option<usize> {
    (text.as_bytes().get(at) == Some(&with)).then_some(at + 1)
}

fn blanks(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// The end of the value that begins at `start`.
fn value_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' => at += 1,
            b if b.is_ascii_whitespace() => at += 1,
            _ => {
                let rest = &bytes[at..];
                at += rest
                    .iter()
                    .take_while(|b| !matches!(b, b',' | b':' | b'}' | b']') && !b.is_ascii_whitespace())
                    .count();
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{ \"a\" : [1, {\"x\":\"]}\\\"\"}] ,\n \"data\": {\"k\\u0065y\":1.50, \"z\" : null } }";

    #[test]
    fn one_value_is_changed_and_no_other_letter() {
        let set = set(TEXT, &["data", "key"], "[2]").unwrap();
        assert_eq!(set, TEXT.replace("1.50", "[2]"));
        assert_eq!(find(TEXT, &["a"]).map(|place| &TEXT[place]), Some("[1, {\"x\":\"]}\\\"\"}]"));
    }

    #[test]
    fn what_is_missing_is_made_behind_the_last_member() {
        assert_eq!(
            set(TEXT, &["data", "new", "deep"], "1").unwrap(),
            TEXT.replace("null }", "null,\"new\":{\"deep\":1} }")
        );
        assert_eq!(set("{}", &["a"], "1").unwrap(), "{\"a\":1}");
        assert_eq!(set(TEXT, &["a", "b"], "1"), None, "an array has no members");
    }

    #[test]
    fn members_are_taken_out_by_key() {
        assert_eq!(
            without(TEXT, &["data"], &["key"]).unwrap(),
            TEXT.replace("{\"k\\u0065y\":1.50, \"z\" : null }", "{\"z\":null}")
        );
    }

    #[test]
    fn what_is_no_json_is_given_up() {
        for text in ["", "{", "{\"a\"", "{\"a\":\"", "{\"a\":[", "]", "{x:1}", "\"\\"] {
            assert_eq!(set(text, &["a"], "1"), None, "{text}");
        }
    }
}
