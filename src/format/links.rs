//! Links that could deceive: masked ones, whose words hide where they lead, and invitations to other servers. PURE.
//! It adds an invisible character where one would become a link, and takes away nothing; the text stays readable.

/// An invisible character that keeps a link from being one.
const BREAK: char = '\u{200b}';
/// What invitations begin with (Discord's own addresses for them).
const INVITES: [&str; 4] = ["discord.gg/", "discord.com/invite/", "discordapp.com/invite/", "discord.me/"];
/// How much of what came before has to be known, in characters.
const KNOWN: usize = 24;

/// Makes a text's masked links and invitations inert as it grows: what was given out never changes by what comes later.
/// Within code blocks nothing is a link, so nothing is changed.
#[derive(Clone, Debug, Default)]
pub struct Inert {
    /// The last characters, in small letters.
    tail: String,
    /// How the present line begins, without blanks.
    start: String,
    /// What began the code block that is open.
    fence: Option<char>,
}

impl Inert {
    /// Takes the next piece and gives back what is to be shown of it.
    pub fn push(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 4);
        for c in text.chars() {
            self.line(c);
            if c == '(' && self.fence.is_none() && self.tail.ends_with(']') {
                out.push(BREAK);
            }
            out.push(c);
            self.tail.extend(c.to_lowercase());
            if self.fence.is_none() && c == '/' && INVITES.iter().any(|begins| self.tail.ends_with(begins)) {
                out.push(BREAK);
            }
            if let Some((cut, _)) = self.tail.char_indices().rev().nth(KNOWN) {
                self.tail.drain(..cut);
            }
        }
        out
    }

    /// Follows where code blocks begin and end.
    fn line(&mut self, c: char) {
        if c == '\n' {
            return self.start.clear();
        }
        if self.start.chars().count() >= 3 || (self.start.is_empty() && c.is_whitespace()) {
            return;
        }
        self.start.push(c);
        let mark = match self.start.as_str() {
            "```" => '`',
            "~~~" => '~',
            _ => return,
        };
        match self.fence {
            None => self.fence = Some(mark),
            Some(open) if open == mark => self.fence = None,
            Some(_) => {}
        }
    }
}

/// A whole text, made inert.
pub fn inert(text: &str) -> String {
    Inert::default().push(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masked_links_and_invitations_lead_nowhere() {
        let shown = |text: &str| inert(text).replace(BREAK, "¦");
        assert_eq!(shown("[free gold](https://evil.example)"), "[free gold]¦(https://evil.example)");
        assert_eq!(shown("join https://Discord.GG/abc"), "join https://Discord.GG/¦abc");
        assert_eq!(shown("discord.com/invite/abc"), "discord.com/invite/¦abc");
        assert_eq!(shown("see https://example.com/a(b)"), "see https://example.com/a(b)");
        assert_eq!(shown("```\nf[0](x)\n```\n[a](b)"), "```\nf[0](x)\n```\n[a]¦(b)");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_text_comes(text in "([\\[\\]()`~\n ab/]|discord\\.gg|http){0,60}", cut in 0_usize..60) {
            let cut = (0..=cut.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let mut links = Inert::default();
            let pieces = links.push(&text[..cut]) + &links.push(&text[cut..]);
            prop_assert_eq!(&pieces, &inert(&text));
            prop_assert_eq!(pieces.replace(BREAK, ""), text);
        }
    }
}
