//! The bot's token: where it comes from, and whether Discord knows it.
//! It is shown to nobody but Discord, and written by `written.rs` alone.

use secrecy::{ExposeSecret, SecretString};

use super::Stop;
use super::talk::{self, Talk};
use super::wanted::InitArgs;
use super::written::Token;
use crate::config::{Config, Sources};
use crate::door::discord::{Arrival, OpenError, token_in};

/// Where bots are made.
const PORTAL: &str = "https://discord.com/developers/applications";
/// What to do about a switch that is off.
pub(super) const INTENT: &str = "Message Content Intent is off, so it cannot read what is written. Switch it on on the Bot page of \
     https://discord.com/developers/applications and save; this goes on by itself.";

/// The bot's token, tried at once.
pub(super) async fn discord(
    talk: &Talk,
    args: &InitArgs,
    base: &Config,
    sources: &Sources,
) -> Result<(Token, Option<Arrival>), Stop> {
    if args.no_discord {
        return Ok((Token::Nowhere, None));
    }
    talk.say("\nDiscord");
    if let Some((token, kept)) = given_token(args, base, sources)? {
        let arrival = try_token(talk, base, &token).await;
        return match arrival {
            Ok(arrival) => Ok((kept, Some(arrival))),
            Err(sentence) if talk.asks() && args.token_file.is_none() => {
                talk.say(&format!("  The token that is there already does not work. {sentence}"));
                ask_token(talk, base).await
            }
            Err(sentence) => Err(Stop::Usage(sentence)),
        };
    }
    if !talk.asks() {
        talk.say("  No token was given, so this goes on without Discord.");
        return Ok((Token::Nowhere, None));
    }
    talk.say(&format!("  A bot needs a token. On {PORTAL} choose New Application,"));
    talk.say(
        "  then on its Bot page Reset Token, and copy it. Switch on Message Content Intent further down, and save.",
    );
    ask_token(talk, base).await
}

/// The token that an option, the environment or the configuration that is replaced gives, and where it is kept.
fn given_token(args: &InitArgs, base: &Config, sources: &Sources) -> Result<Option<(SecretString, Token)>, Stop> {
    let Some(path) = &args.token_file else {
        let Some(token) = base.discord.token.clone() else { return Ok(None) };
        let kept = if sources.names_a_token() { Token::Environment } else { Token::Ours(token.clone()) };
        return Ok(Some((token, kept)));
    };
    let unread = |why: std::io::Error| Stop::Usage(format!("The file of --token-file cannot be read: {why}."));
    if path.as_os_str() == "-" {
        let token = SecretString::from(talk::all_of_stdin().map_err(unread)?);
        let token = token_in(token.expose_secret()).map(SecretString::from);
        let token = token.map_err(|why| Stop::Usage(why.to_string()))?;
        return Ok(Some((token.clone(), Token::Ours(token))));
    }
    let at = std::path::absolute(sources.working_dir.join(path)).map_err(unread)?;
    let token = SecretString::from(std::fs::read_to_string(&at).map_err(unread)?);
    Ok(Some((token, Token::Theirs(at))))
}

async fn ask_token(talk: &Talk, base: &Config) -> Result<(Token, Option<Arrival>), Stop> {
    loop {
        let pasted = talk.ask_secret("  Token (it is not shown; Enter alone goes on without Discord): ").await?;
        if pasted.expose_secret().trim().is_empty() {
            return Ok((Token::Nowhere, None));
        }
        match try_token(talk, base, &pasted).await {
            Ok(arrival) => {
                // It was understood a moment ago.
                let token = token_in(pasted.expose_secret()).unwrap_or_default();
                return Ok((Token::Ours(SecretString::from(token)), Some(arrival)));
            }
            Err(sentence) => talk.say(&format!("  {sentence}")),
        }
    }
}

/// Looks at a token's form, then shows it to Discord.
async fn try_token(talk: &Talk, base: &Config, pasted: &SecretString) -> Result<Arrival, String> {
    let token = token_in(pasted.expose_secret()).map_err(|why| why.to_string())?;
    let arrival = Arrival::with(&base.discord, SecretString::from(token)).await.map_err(|why| trouble(&why))?;
    talk.say(&format!("  The token is good. Your bot is called {}.", arrival.name()));
    talk.say("  This link invites it to your server and asks for what it needs, nothing else:");
    talk.say(&format!("  {}", arrival.invitation()));
    Ok(arrival)
}

/// Why Discord does not let the bot in, for somebody who is setting it up.
pub(super) fn trouble(why: &OpenError) -> String {
    match why {
        OpenError::Token => {
            format!("Discord does not know this token. Reset it on the Bot page of {PORTAL} and copy the new one.")
        }
        OpenError::ContentIntent => INTENT.to_owned(),
        OpenError::Unreachable { .. } => {
            "Discord cannot be reached. Look at the network; behind a proxy set HTTPS_PROXY.".to_owned()
        }
        other => crate::door::discord::sentence(other),
    }
}
