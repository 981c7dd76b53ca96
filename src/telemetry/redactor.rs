//! The second line of defence for secrets: takes known values out of every text that goes to a log
//! or comes from a provider.
//! It never knows a secret it was not told, so nobody may log one because of it.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What is written in a secret's place.
const PLACEHOLDER: &str = "[secret]";

/// Secrets shorter than this (bytes) are not looked for: they would be found in half of all words.
const SHORTEST: usize = 4;

/// Replaces known secrets. Works on values before they become JSON: in a finished line a replacement could fall
/// into the middle of an escape and break it.
pub(crate) struct Redactor {
    /// Every form a secret may show up in, the longest first, so that one inside another leaves no rest.
    forms: Vec<SecretString>,
}

impl Redactor {
    /// Remembers what must never be written. Each value counts as it is and as `{:?}` would print it.
    pub(crate) fn new(secrets: &[SecretString]) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets {
            let raw = secret.expose_secret().trim();
            if raw.len() < SHORTEST {
                continue;
            }
            let quoted = format!("{raw:?}");
            forms.extend([raw.to_owned(), quoted[1..quoted.len() - 1].to_owned()]);
        }
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms: forms.into_iter().map(SecretString::from).collect() }
    }

    /// Bytes of the longest form.
    pub(crate) fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.expose_secret().len())
    }

    /// Bytes at the end of the text that may be the beginning of a secret.
    pub(crate) fn begun_at_the_end_of(&self, text: &str) -> usize {
        let begun = |form: &SecretString| {
            let form = form.expose_secret();
            let lengths = (1..form.len()).rev().filter(|length| form.is_char_boundary(*length));
            lengths.into_iter().find(|length| text.ends_with(&form[..*length])).unwrap_or(0)
        };
        self.forms.iter().map(begun).max().unwrap_or(0)
    }

    /// The text without secrets; borrowed when it holds none.
    pub(crate) fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for form in &self.forms {
            let form = form.expose_secret();
            if clean.contains(form) {
                clean = Cow::Owned(clean.replace(form, PLACEHOLDER));
            }
        }
        clean
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.forms.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secrets: &[&str], text: &str, expect: &str) {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
        assert_eq!(Redactor::new(&secrets).clean(text), expect);
    }

    #[test]
    fn known_secrets_are_replaced_wherever_they_stand() {
        check(&["tok.en-123"], "Bot tok.en-123, tok.en-123", "Bot [secret], [secret]");
        check(&["abcd", "abcdefgh"], "x abcdefgh y abcd", "x [secret] y [secret]");
        check(&["pa\"ss\\word"], &format!("{:?}", ("pa\"ss\\word", 1)), "(\"[secret]\", 1)");
        check(&["tok.en-123\n"], "tok.en-123", "[secret]");
    }

    #[test]
    fn empty_and_tiny_secrets_change_nothing() {
        check(&["", " ", "a", "abc"], "a banana abc", "a banana abc");
    }

    #[test]
    fn a_redactor_does_not_print_what_it_knows() {
        let redactor = Redactor::new(&[SecretString::from("tok.en-123")]);
        assert_eq!(format!("{redactor:?}"), "Redactor(1 forms)");
    }
}
