//! Decorators: lines `@@name value` at the head of an entry's text (character card V3), with `@@@name` as fallbacks. PURE.
//! They are taken out before the text is told; those that are not known are kept in the file and do nothing here.

/// What the decorators of an entry ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decorators {
    /// Tell it whatever was said.
    pub activate: bool,
    /// Never tell it.
    pub dont_activate: bool,
    /// Not before so many messages.
    pub after: Option<u64>,
    /// Only at each so-manieth message.
    pub every: Option<u64>,
    /// Once matched, always told.
    pub keep: bool,
    /// Once matched, never told again.
    pub once: bool,
    /// How many messages are searched.
    pub scan_depth: Option<usize>,
    /// Other words that call it.
    pub additional_keys: Vec<String>,
    /// Words that keep it away.
    pub exclude_keys: Vec<String>,
    /// Only with the opening of this number.
    pub greeting: Option<u64>,
    /// The first to go when space is short.
    pub ignore_on_max_context: bool,
    /// Where its author wants it; shown in the report.
    pub place: Option<String>,
    /// The names of those that are not known here.
    pub unknown: Vec<String>,
}

/// The decorators of a text, and the text without them.
pub(super) fn split(content: &str) -> (Decorators, &str) {
    let mut out = Decorators::default();
    let mut rest = content;
    // Whether the decorator that the next fallbacks belong to was understood.
    let mut settled = true;
    let mut first_unknown = None::<String>;
    loop {
        let line = rest.split('\n').next().unwrap_or_default();
        let trimmed = line.trim();
        let signs = trimmed.len() - trimmed.trim_start_matches('@').len();
        if signs < 2 {
            out.unknown.extend(first_unknown.take().filter(|_| !settled));
            return (out, if rest.len() == content.len() { content } else { rest.trim_start_matches(['\n', '\r']) });
        }
        let mut words = trimmed[signs..].splitn(2, char::is_whitespace);
        let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim());
        if signs == 2 {
            out.unknown.extend(first_unknown.take().filter(|_| !settled));
            settled = out.take(name, value);
            first_unknown = Some(name.to_owned());
        } else if !settled {
            settled = out.take(name, value);
        }
        rest = rest.get(line.len() + 1..).unwrap_or_default();
    }
}

impl Decorators {
    /// Takes in one; false if it is not known or makes no sense.
    fn take(&mut self, name: &str, value: &str) -> bool {
        let number = value.parse::<u64>().ok();
        let flag = value.is_empty() || value.eq_ignore_ascii_case("true");
        match name {
            "activate" => self.activate |= flag,
            "dont_activate" => self.dont_activate |= flag,
            "keep_activate_after_match" => self.keep |= flag,
            "dont_activate_after_match" => self.once |= flag,
            "ignore_on_max_context" => self.ignore_on_max_context |= flag,
            "activate_only_after" if number.is_some() => self.after = number,
            "activate_only_every" if number.is_some_and(|every| every > 0) => self.every = number,
            "is_greeting" if number.is_some() => self.greeting = number,
            "scan_depth" if number.is_some() => self.scan_depth = number.and_then(|depth| usize::try_from(depth).ok()),
            "additional_keys" => self.additional_keys = words(value),
            "exclude_keys" => self.exclude_keys = words(value),
            // All lore is told in one place and in the game master's voice; what its author wanted is in the report.
            "depth" | "reverse_depth" | "role" | "position" => self.place = Some(format!("{name} {value}")),
            _ => return false,
        }
        true
    }
}

fn words(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fallbacks_are_tried_until_one_is_known() {
        let text =
            "@@moon 3\n@@@sun\n@@@@activate_only_every 3\n@@@scan_depth 9\n@@depth 4\n@@star\nThe bell.\n@@activate";
        let (found, rest) = split(text);
        assert_eq!(rest, "The bell.\n@@activate");
        assert_eq!((found.every, found.scan_depth), (Some(3), None));
        assert_eq!((found.place.as_deref(), found.unknown), (Some("depth 4"), vec!["star".to_owned()]));
    }

    #[test]
    fn a_text_without_decorators_is_left_as_it_is() {
        for text in ["", "\n\n plain", "@ home", "mail a@@b", "é@@activate"] {
            assert_eq!(split(text), (Decorators::default(), text));
        }
        assert_eq!(split("@@activate").1, "");
        assert_eq!(split("@@additional_keys a, b ,,\r\n@@exclude_keys c\r\n\r\nText").1, "Text");
    }
}
