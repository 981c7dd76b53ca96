//! What a bot's token looks like, and what people paste in its place. PURE.
//! It asks nobody whether a token is good, and no fault repeats what was pasted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Why a text is no bot's token: a sentence for whoever pasted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Nothing is there.
    #[error("No token arrived.")]
    Empty,
    /// White space in the middle.
    #[error("There is a space or a line break in the middle of it: copy it once more, in one piece.")]
    Broken,
    /// A number.
    #[error("That is a number, such as the application id. The token is on the Bot page: Reset Token shows it once.")]
    Number,
    /// The application's public key.
    #[error(
        "That looks like the public key of the General Information page. The token is on the Bot page: Reset Token shows it once."
    )]
    PublicKey,
    /// The secret for signing in people.
    #[error(
        "That looks like the client secret of the OAuth2 page. The token is on the Bot page: Reset Token shows it once."
    )]
    ClientSecret,
    /// A person's own token.
    #[error("That is the token of a person's account; Discord forbids programs to use it. A bot's is on the Bot page.")]
    Person,
    /// Not three parts.
    #[error(
        "A token has three parts with a dot between each; this has {0}. Part of it may have been left behind when it was copied."
    )]
    Parts(usize),
    /// A part that is too short, or of other characters.
    #[error("It has the form of a token, but part {0} of its three is not as Discord writes them. Copy it once more.")]
    Part(usize),
}

/// The token in what was pasted: without white space, quotes and the word `Bot` around it.
///
/// # Errors
/// What it is instead, as far as can be seen.
pub fn token_in(pasted: &str) -> Result<&str, NoToken> {
    let mut text = pasted;
    loop {
        let bare = text.trim().trim_matches(['"', '\'', '`']);
        let bare = bare.strip_prefix("Bot ").or_else(|| bare.strip_prefix("DISCORD_TOKEN=")).unwrap_or(bare);
        if bare.len() == text.len() {
            return judge(text).map_or(Ok(text), Err);
        }
        text = bare;
    }
}

fn judge(text: &str) -> Option<NoToken> {
    let all = |fits: fn(char) -> bool| text.chars().all(fits);
    if text.is_empty() {
        return Some(NoToken::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some(NoToken::Broken);
    }
    if text.starts_with("mfa.") {
        return Some(NoToken::Person);
    }
    match text.len() {
        _ if all(|c| c.is_ascii_digit()) => return Some(NoToken::Number),
        64 if all(|c| c.is_ascii_hexdigit()) => return Some(NoToken::PublicKey),
        32 if all(is_of_a_token) => return Some(NoToken::ClientSecret),
        _ => {}
    }
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 3 {
        return Some(NoToken::Parts(parts.len()));
    }
    let shortest = [20, 5, 20];
    let bad = |(at, part): (usize, &&str)| part.len() < shortest[at] || !part.chars().all(is_of_a_token);
    if let Some(at) = parts.iter().enumerate().position(bad) {
        return Some(NoToken::Part(at + 1));
    }
    // The first part is the bot's id.
    let id = STANDARD_NO_PAD.decode(parts[0]).unwrap_or_default();
    let is_id = !id.is_empty() && id.iter().all(u8::is_ascii_digit);
    (!is_id).then_some(NoToken::Part(1))
}

fn is_of_a_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.loopback-only-never-a-real-token-000000";

    #[test]
    fn a_token_is_found_in_what_people_paste() {
        let pasted =
            [GOOD.to_owned(), format!("  \"{GOOD}\"\r\n"), format!("Bot {GOOD}"), format!("DISCORD_TOKEN='{GOOD}'")];
        for pasted in pasted {
            assert_eq!(token_in(&pasted), Ok(GOOD), "{pasted}");
        }
    }

    #[test]
    fn what_is_pasted_in_its_place_is_named() {
        let (first, rest) = GOOD.split_at(30);
        for (pasted, why) in [
            ("", NoToken::Empty),
            (" \"\" ", NoToken::Empty),
            ("100000000000000001", NoToken::Number),
            (&"0f".repeat(32), NoToken::PublicKey),
            (&"aB3_".repeat(8), NoToken::ClientSecret),
            ("mfa.abcdefghijklmnop", NoToken::Person),
            (&format!("{first} {rest}"), NoToken::Broken),
            ("MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd", NoToken::Parts(2)),
            ("MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.short", NoToken::Part(3)),
            ("AAAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.loopback-only-never-a-real-token-000000", NoToken::Part(1)),
        ] {
            assert_eq!(token_in(pasted), Err(why), "{pasted}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_fault_repeats_what_was_pasted(pasted in "[a-zA-Z0-9.]{12,80}") {
            if let Err(why) = token_in(&pasted) {
                proptest::prop_assert!(!why.to_string().contains(&pasted));
            }
        }
    }
}
