//! What `talekeeper check` wants to know of Discord: the token, the intent, and what the bot may in each table's channel.
//! It opens no gateway connection and changes nothing.

use secrecy::SecretString;
use serde_json::Value;

use super::connect::{self, OpenError};
use super::rest::{Rest, RestError};
use super::wording;
use crate::config::Config;

/// A permission the bot uses (topics/permissions): its bit, its name in Discord, and what is missing without it.
struct Needed {
    bit: u64,
    name: &'static str,
    without: &'static str,
}

const NEEDED: [Needed; 8] = [
    Needed { bit: 1 << 10, name: "View Channel", without: "nothing is heard there" },
    Needed { bit: 1 << 11, name: "Send Messages", without: "nothing is answered there" },
    Needed { bit: 1 << 16, name: "Read Message History", without: "messages are not marked, missed ones not answered" },
    Needed { bit: 1 << 6, name: "Add Reactions", without: "messages are not marked as heard; play goes on" },
    Needed { bit: 1 << 15, name: "Attach Files", without: "very long replies cannot be shown whole; play goes on" },
    Needed { bit: 1 << 29, name: "Manage Webhooks", without: "characters speak with bold names; play goes on" },
    Needed {
        bit: MANAGE_MESSAGES,
        name: "Manage Messages",
        without: "what people say as a character is not said in its name; play goes on",
    },
    Needed { bit: 1 << 38, name: "Send Messages in Threads", without: "nothing is answered in threads" },
];
/// Lets the bot remove what people wrote.
pub(super) const MANAGE_MESSAGES: u64 = 1 << 13;
const ADMINISTRATOR: u64 = 1 << 3;

/// What was found, and whether the bot can work with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What was looked at.
    pub what: String,
    /// What was found, in a sentence.
    pub found: String,
    /// Whether it is as it should be.
    pub good: bool,
}

/// Asks Discord what the bot is and what it may where a table is played.
///
/// # Errors
/// What keeps the bot from working at all.
pub async fn examine(config: &Config, token: SecretString) -> Result<Vec<Examined>, OpenError> {
    let api_url = &config.discord.api_url;
    let client = connect::client(&config.discord)?;
    let rest = Rest::new(client, api_url, token);
    let identity = connect::identify(&rest, api_url).await?;
    let found = wording::may_connect(&invitation(identity.application));
    let mut examined = vec![Examined { what: "Discord".to_owned(), found, good: true }];
    for table in &config.tables {
        let Some(channel) = table.channel_id else { continue };
        let missing = missing(&rest, channel, identity.us).await;
        let (found, good) = match &missing {
            None => (wording::CHANNEL_UNSEEN.to_owned(), false),
            Some(missing) if missing.is_empty() => (wording::CHANNEL_GOOD.to_owned(), true),
            Some(missing) => (wording::lacking(missing), false),
        };
        examined.push(Examined { what: format!("channel of {}", table.name), found, good });
    }
    Ok(examined)
}

/// The link that invites the bot with the permissions it uses, and no others.
pub(super) fn invitation(application: u64) -> String {
    let permissions: u64 = NEEDED.iter().map(|needed| needed.bit).sum();
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={permissions}"
    )
}

/// What the bot may not in a channel, and what follows from it; none if it does not even see the channel.
pub(super) async fn missing(rest: &Rest, channel: u64, us: u64) -> Option<Vec<(&'static str, &'static str)>> {
    let may = held(rest, channel, us).await.ok()??;
    Some(lacking(may))
}

/// What of the permissions that are used is not among these, and what follows from it.
pub(super) fn lacking(may: u64) -> Vec<(&'static str, &'static str)> {
    let lacking = NEEDED.iter().filter(|needed| may & needed.bit == 0);
    lacking.map(|needed| (needed.name, needed.without)).collect()
}

/// Whether a table can be played with these permissions missing, if with less than all that it can be.
pub(super) fn is_playable(missing: &[(&str, &str)]) -> bool {
    let vital = [NEEDED[0].name, NEEDED[1].name];
    !missing.iter().any(|(name, _)| vital.contains(name))
}

/// The permissions we have in a channel; none where it is no server's. A thread has those of the channel above it.
pub(super) async fn held(rest: &Rest, channel: u64, us: u64) -> Result<Option<u64>, RestError> {
    let mut channel = rest.get(&format!("/channels/{channel}")).await?;
    // 10 to 12 are threads (resources/channel, "Channel Types").
    if let (Some(10..=12), Some(above)) = (channel["type"].as_u64(), channel["parent_id"].as_str()) {
        channel = rest.get(&format!("/channels/{above}")).await?;
    }
    let Some(guild) = channel["guild_id"].as_str() else { return Ok(None) };
    let roles = rest.get(&format!("/guilds/{guild}/roles")).await?;
    let member = rest.get(&format!("/guilds/{guild}/members/{us}")).await?;
    Ok(Some(permissions(&channel, &roles, &member, us)))
}

/// What a member may in a channel, as Discord computes it (topics/permissions, "Permission Overwrites").
pub(super) fn permissions(channel: &Value, roles: &Value, member: &Value, us: u64) -> u64 {
    let everyone = channel["guild_id"].as_str().unwrap_or_default();
    let own: Vec<&str> = member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let has = |id: &str| id == everyone || own.contains(&id);
    let held = roles.as_array().into_iter().flatten().filter(|role| role["id"].as_str().is_some_and(has));
    let mut may = held.fold(0, |may, role| may | bits(&role["permissions"]));
    if may & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let us = us.to_string();
    // First for everyone, then for all own roles together, then for the member.
    for stage in 0..3 {
        let fits = |id: &str| match stage {
            0 => id == everyone,
            1 => id != everyone && own.contains(&id),
            _ => id == us,
        };
        let overwrites = channel["permission_overwrites"].as_array().into_iter().flatten();
        let (mut allow, mut deny) = (0, 0);
        for overwrite in overwrites.filter(|overwrite| overwrite["id"].as_str().is_some_and(fits)) {
            allow |= bits(&overwrite["allow"]);
            deny |= bits(&overwrite["deny"]);
        }
        may = may & !deny | allow;
    }
    may
}

fn bits(value: &Value) -> u64 {
    value.as_str().and_then(|bits| bits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overwrites_count_in_discords_order() {
        let send = (1_u64 << 11).to_string();
        let roles = json!([{ "id": "1", "permissions": send }, { "id": "2", "permissions": "0" }]);
        let member = json!({ "roles": ["2"] });
        let check = |overwrites: Value, expected: bool| {
            let channel = json!({ "guild_id": "1", "permission_overwrites": overwrites });
            assert_eq!(permissions(&channel, &roles, &member, 7) & 1 << 11 != 0, expected, "{overwrites}");
        };
        check(json!([]), true);
        check(json!([{ "id": "1", "allow": "0", "deny": send }]), false);
        check(json!([{ "id": "1", "allow": "0", "deny": send }, { "id": "2", "allow": send, "deny": "0" }]), true);
        check(json!([{ "id": "7", "allow": "0", "deny": send }, { "id": "2", "allow": send, "deny": "0" }]), false);
        check(json!([{ "id": "3", "allow": "0", "deny": send }]), true);
    }

    #[test]
    fn the_invitation_of_the_documentation_is_this_one() {
        let link = invitation(7).replace("client_id=7", "client_id=APPLICATION_ID");
        assert!(include_str!("../../../docs/discord.md").contains(&link), "{link}");
    }
}
