//! Which keys exist and what shape their values have: the one list behind files, variables and suggestions.
//! It never reads a value and knows no default.

/// One key that may be written.
#[derive(Debug)]
pub(super) struct Key {
    /// As it is written.
    pub(super) name: &'static str,
    /// What its value looks like.
    pub(super) shape: Shape,
}

/// What a value looks like, as far as reading its text depends on it.
#[derive(Debug)]
pub(super) enum Shape {
    /// A word, path, duration or size; in a variable it is taken as it stands.
    Text,
    /// A word, or a list of words.
    Words,
    /// A number.
    Number,
    /// A text that is never printed. May also be given as `<key>_file`.
    Secret,
    /// A list of one shape.
    List(&'static Shape),
    /// Fixed keys.
    Section(&'static [Key]),
    /// Keys the host chooses, each with a value of one shape.
    Named(&'static Shape),
}

/// What is added to a secret's key to name a file with the secret in it.
pub(super) const FILE_SUFFIX: &str = "_file";

impl Key {
    /// A key with its shape.
    pub(super) const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape }
    }
}

/// The shape that belongs to `name` among `keys`, where a secret's `_file` form counts too.
pub(super) fn shape_of(keys: &'static [Key], name: &str) -> Option<&'static Shape> {
    if let Some(key) = keys.iter().find(|key| key.name == name) {
        return Some(&key.shape);
    }
    let secret = name.strip_suffix(FILE_SUFFIX)?;
    keys.iter().any(|key| key.name == secret && matches!(key.shape, Shape::Secret)).then_some(&Shape::Text)
}

/// Where a key of that name stands, below the root: keys move, and people put them where they looked for them.
pub(super) fn places(keys: &'static [Key], name: &str) -> Vec<String> {
    let mut found = Vec::new();
    below(keys, "", name, &mut found);
    found
}

fn below(keys: &'static [Key], at: &str, name: &str, found: &mut Vec<String>) {
    for key in keys {
        let own = format!("{at}{}", key.name);
        if key.name == name {
            found.push(own.clone());
        }
        let mut shape = &key.shape;
        let mut path = own;
        loop {
            shape = match shape {
                Shape::Section(inner) => break below(inner, &format!("{path}."), name, found),
                Shape::List(inner) => {
                    path.push_str("[]");
                    inner
                }
                Shape::Named(inner) => {
                    path.push_str(".<name>");
                    inner
                }
                Shape::Text | Shape::Words | Shape::Number | Shape::Secret => break,
            };
        }
    }
}

/// The known key that `written` was probably meant to be.
pub(super) fn nearest(keys: &'static [Key], written: &str) -> Option<&'static str> {
    // A pasted text is no typo, and the distance is quadratic in its length.
    if written.len() > 64 {
        return None;
    }
    let written = written.to_lowercase().replace(['-', ' '], "_");
    let allowed = (written.chars().count() / 3).max(2);
    keys.iter()
        .map(|key| (strsim::damerau_levenshtein(&written, key.name), key.name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] =
        &[Key::new("mode", Shape::Text), Key::new("running_turns", Shape::Number), Key::new("token", Shape::Secret)];

    #[test]
    fn a_typo_finds_its_key_and_a_stranger_finds_none() {
        assert_eq!(nearest(KEYS, "mood"), Some("mode"));
        assert_eq!(nearest(KEYS, "running-turns"), Some("running_turns"));
        assert_eq!(nearest(KEYS, "Runing_Turns"), Some("running_turns"));
        assert_eq!(nearest(KEYS, "dragons"), None);
        assert_eq!(nearest(KEYS, &"x".repeat(100_000)), None);
    }

    #[test]
    fn a_key_is_found_in_its_places() {
        const BELOW: &[Key] =
            &[Key::new("limits", Shape::Section(KEYS)), Key::new("tables", Shape::List(&Shape::Section(KEYS)))];
        assert_eq!(places(BELOW, "mode"), ["limits.mode", "tables[].mode"]);
        assert_eq!(places(BELOW, "dragons"), Vec::<String>::new());
    }

    #[test]
    fn only_a_secret_has_a_file_form() {
        assert!(matches!(shape_of(KEYS, "token_file"), Some(Shape::Text)));
        assert!(shape_of(KEYS, "mode_file").is_none());
    }
}
