//! The block of YAML at the head of a scene file: written so that any YAML reader agrees, read as far as we need it.
//! It is no YAML library: lists and nested values are passed over when reading.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::domain::Timestamp;

const FENCE: &str = "---";

/// Front matter while it is written.
pub(crate) struct FrontMatter(String);

impl FrontMatter {
    pub(crate) fn new() -> Self {
        Self(format!("{FENCE}\n"))
    }

    /// A word of our own, a number or a time: never something a person wrote.
    pub(crate) fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        self.line(format_args!("{key}: {value}"));
    }

    /// Any text.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.line(format_args!("{key}: {}", quoted(value)));
    }

    /// A time, to the second; left out when the clock that wrote it was absurd.
    pub(crate) fn time(&mut self, key: &str, at: Timestamp) {
        if let Ok(time) = jiff::Timestamp::from_millisecond(at.millis()) {
            self.line(format_args!("{key}: {}", time.strftime("%Y-%m-%dT%H:%M:%SZ")));
        }
    }

    /// Any texts.
    pub(crate) fn list<'a>(&mut self, key: &str, values: impl Iterator<Item = &'a str>) {
        let items: String = values.map(|value| format!("\n  - {}", quoted(value))).collect();
        match items.as_str() {
            "" => self.line(format_args!("{key}: []")),
            items => self.line(format_args!("{key}:{items}")),
        }
    }

    /// The whole block with its closing line.
    pub(crate) fn finish(self) -> String {
        self.0 + FENCE + "\n"
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes whatever is written");
    }
}

/// A text as YAML's double-quoted scalar on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a string takes whatever is written");
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The simple values of a file's front matter and the text after it. None when the file has none.
pub(crate) fn split(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut at = 0;
    let mut values = BTreeMap::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        let line = line.trim_end();
        match (number, line) {
            (0, FENCE) => {}
            (0, _) => return None,
            (_, FENCE) => return Some((values, &text[at..])),
            _ => {
                let pair = line.split_once(':').filter(|(key, _)| !key.starts_with([' ', '-', '#']));
                if let Some((key, value)) = pair {
                    values.insert(key.to_owned(), unquoted(value.trim()));
                }
            }
        }
    }
    None
}

/// The text of a scalar on one line, quoted in any of YAML's ways.
fn unquoted(value: &str) -> String {
    if let Some(inner) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.replace("''", "'");
    }
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('x') => out.push(coded(chars.by_ref().take(2))),
            Some('u') => out.push(coded(chars.by_ref().take(4))),
            Some('U') => out.push(coded(chars.by_ref().take(8))),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// The character that hexadecimal digits name.
fn coded(digits: impl Iterator<Item = char>) -> char {
    let code = u32::from_str_radix(&digits.collect::<String>(), 16);
    code.ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_another_program_wrote_is_read_too() {
        let (values, body) = split(
            "---\r\ntitle: It's late\r\ncampaign: 'o''clock'\r\nid: \"a\\x41\\/\"\r\ncast:\r\n  - x\r\n---\r\nbody\r\n",
        )
        .unwrap();
        assert_eq!(values["title"], "It's late");
        assert_eq!(values["campaign"], "o'clock");
        assert_eq!(values["id"], "aA/");
        assert_eq!(body, "body\r\n");
        for none in ["", "text", "---\nno end", " ---\na: b\n---\n"] {
            assert_eq!(split(none), None, "{none:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_here_and_in_a_real_yaml_reader(text in prop_oneof![any::<String>(), "[\"'\\\\\n:#\\- \u{85}\u{2028}\u{feff}{}a]{0,12}"]) {
            let mut front = FrontMatter::new();
            front.text("title", &text);
            front.list("cast", [text.as_str(), "x"].into_iter());
            front.plain("scene", 3);
            let file = front.finish() + "body";
            let (values, body) = split(&file).unwrap();
            prop_assert_eq!(&values["title"], &text);
            prop_assert_eq!(&values["scene"], "3");
            prop_assert_eq!(body, "body");
            let yaml = file.trim_start_matches("---\n").trim_end_matches("---\nbody");
            let real: serde_json::Value = serde_saphyr::from_str(yaml).unwrap();
            prop_assert_eq!(&real["title"], &text);
            prop_assert_eq!(&real["cast"][0], &text);
        }
    }
}
