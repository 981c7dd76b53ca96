//! What the host is told who sets the bot up and starts it: what it may, and why it does not connect.
//! Nobody at a table reads this.

use std::time::Duration;

use crate::door::discord::connect::OpenError;

/// The token is good; how the bot gets into a server.
pub(in crate::door::discord) fn may_connect(invitation: &str) -> String {
    format!("the token is good and the bot may read messages. Invite it with\n{invitation}")
}

/// A table's channel that the bot does not see.
pub(in crate::door::discord) const CHANNEL_UNSEEN: &str =
    "the bot does not see it: it is not in that server, may not view the channel, or the id is another one";
/// A table's channel where nothing is missing.
pub(in crate::door::discord) const CHANNEL_GOOD: &str = "the bot may do there all it needs";

/// What the bot may not in a channel, and what follows.
pub(in crate::door::discord) fn lacking(missing: &[(&'static str, &'static str)]) -> String {
    let missing: Vec<_> = missing.iter().map(|(name, without)| format!("without {name} {without}")).collect();
    missing.join("\n")
}

/// Too many connections were made of late; the next one has to wait.
pub(in crate::door::discord) fn waits_to_connect(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    let wait = if seconds < 120 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
    format!(
        "The bot was started very often of late, and Discord allows only so many connections a day. It waits {wait}, then connects by itself."
    )
}

/// Why the bot does not start, and what the host can do.
pub fn cannot_open(why: &OpenError) -> String {
    match why {
        OpenError::Token => "Discord does not accept the token. Copy it anew from the Bot page of \
            https://discord.com/developers/applications and set it as DISCORD_TOKEN."
            .to_owned(),
        OpenError::ContentIntent => {
            "The bot may not read messages. Switch on Message Content Intent on the Bot page of \
            https://discord.com/developers/applications, then start again."
                .to_owned()
        }
        OpenError::NoConnectionLeft { hours } => format!(
            "Discord allows this bot no further connection today; starting again and again uses them up. There are new \
             ones within {hours} hours."
        ),
        OpenError::Authorities { detail } => {
            format!("The certificates of `discord.ca_file` cannot be used: {detail}. It has to be a file in PEM form.")
        }
        OpenError::TooOften => {
            "The connection to Discord broke and was made anew too often. Start the bot again: it waits \
            by itself until it may connect, so that Discord's limit for a day is not used up."
                .to_owned()
        }
        OpenError::Unreachable { .. } => {
            "Discord cannot be reached. Look at the network and at `discord.api_url`; the \
            log says what was tried."
                .to_owned()
        }
        OpenError::Elsewhere { gateway } => format!(
            "`discord.api_url` is on this machine, but what answers there sends the bot to {gateway}. It does not go \
             there, because the token would go with it."
        ),
        OpenError::Closed(why) => {
            format!("Discord closed the connection for good: {why}. The bot's settings on Discord need a change.")
        }
        OpenError::Store(_) => "The database cannot be used. The log says why.".to_owned(),
    }
}
