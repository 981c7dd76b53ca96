//! The routes that are served, and which one a request means. Never serves anything itself.

use serde_json::Value;

use crate::id::Id;
use crate::world::World;

use super::body::Upload;
use super::refusal::Refusal;
use super::{callbacks, channels, commands, follow_ups, guilds, messages, reactions, threads, users, webhooks};

/// A request that found its route.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) uploads: Vec<Upload>,
}

impl Call {
    /// A parameter of the path, as text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the path that is an id.
    pub(crate) fn id(&self, name: &str) -> Result<Id, Refusal> {
        let not_an_id = |_| {
            let said = format!("Value \"{}\" is not snowflake.", self.text(name));
            Refusal::form(name, "NUMBER_TYPE_COERCE", &said)
        };
        self.text(name).parse().map_err(not_an_id)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_id(&self, name: &str) -> Option<Id> {
        self.query(name).and_then(|value| value.parse().ok())
    }

    pub(crate) fn asks(&self, name: &str) -> bool {
        matches!(self.query(name), Some("true" | "1"))
    }
}

/// A good answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Json(u16, Value),
    /// 204.
    Nothing,
}

impl Reply {
    pub(crate) fn ok(value: Value) -> Result<Self, Refusal> {
        Ok(Self::Json(200, value))
    }
}

/// Whether the bot's token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    Bot,
    /// The path itself holds a token, or nothing is secret.
    Open,
}

type Handler = fn(&mut World, &Call) -> Result<Reply, Refusal>;

/// A route that is served.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) auth: Auth,
    pub(crate) handler: Handler,
}

const fn bot(method: &'static str, template: &'static str, handler: Handler) -> Route {
    Route { method, template, auth: Auth::Bot, handler }
}

const fn open(method: &'static str, template: &'static str, handler: Handler) -> Route {
    Route { method, template, auth: Auth::Open, handler }
}

/// Every route, in the order of `spec/routes.txt`.
pub(crate) static ROUTES: &[Route] = &[
    bot("GET", "/users/@me", users::me),
    bot("GET", "/users/{user_id}", users::get),
    bot("POST", "/users/@me/channels", users::open_direct),
    bot("GET", "/users/@me/guilds", users::guilds),
    bot("DELETE", "/users/@me/guilds/{guild_id}", guilds::leave),
    bot("GET", "/users/@me/guilds/{guild_id}/member", guilds::own_member),
    bot("GET", "/applications/@me", users::application),
    bot("GET", "/oauth2/applications/@me", users::application),
    open("GET", "/gateway", users::gateway),
    bot("GET", "/gateway/bot", users::gateway_bot),
    bot("GET", "/applications/{application_id}/commands", commands::list_global),
    bot("PUT", "/applications/{application_id}/commands", commands::overwrite_global),
    bot("POST", "/applications/{application_id}/commands", commands::create_global),
    bot("DELETE", "/applications/{application_id}/commands/{command_id}", commands::delete_global),
    bot("GET", "/applications/{application_id}/guilds/{guild_id}/commands", commands::list_guild),
    bot("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", commands::overwrite_guild),
    bot("POST", "/applications/{application_id}/guilds/{guild_id}/commands", commands::create_guild),
    bot("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", commands::delete_guild),
    bot("GET", "/guilds/{guild_id}", guilds::get),
    bot("GET", "/guilds/{guild_id}/channels", guilds::channels),
    bot("GET", "/guilds/{guild_id}/roles", guilds::roles),
    bot("GET", "/guilds/{guild_id}/members", guilds::members),
    bot("GET", "/guilds/{guild_id}/members/{user_id}", guilds::member),
    bot("GET", "/guilds/{guild_id}/threads/active", threads::active),
    bot("GET", "/channels/{channel_id}", channels::get),
    bot("PATCH", "/channels/{channel_id}", channels::update),
    bot("GET", "/channels/{channel_id}/messages", messages::list),
    bot("POST", "/channels/{channel_id}/messages", messages::create),
    bot("GET", "/channels/{channel_id}/messages/{message_id}", messages::get),
    bot("PATCH", "/channels/{channel_id}/messages/{message_id}", messages::edit),
    bot("DELETE", "/channels/{channel_id}/messages/{message_id}", messages::delete),
    bot("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", reactions::add),
    bot("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", reactions::remove_own),
    bot("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}", reactions::remove),
    bot("POST", "/channels/{channel_id}/messages/{message_id}/threads", threads::from_message),
    bot("POST", "/channels/{channel_id}/threads", threads::create),
    bot("GET", "/channels/{channel_id}/threads/archived/public", threads::archived_public),
    bot("GET", "/channels/{channel_id}/users/@me/threads/archived/private", threads::archived_joined),
    bot("GET", "/channels/{channel_id}/thread-members", threads::members),
    bot("PUT", "/channels/{channel_id}/thread-members/@me", threads::join),
    bot("DELETE", "/channels/{channel_id}/thread-members/@me", threads::leave),
    bot("PUT", "/channels/{channel_id}/thread-members/{user_id}", threads::add_member),
    bot("DELETE", "/channels/{channel_id}/thread-members/{user_id}", threads::remove_member),
    bot("POST", "/channels/{channel_id}/typing", channels::typing),
    bot("GET", "/channels/{channel_id}/webhooks", webhooks::list),
    bot("POST", "/channels/{channel_id}/webhooks", webhooks::create),
    bot("GET", "/webhooks/{webhook_id}", webhooks::get),
    bot("DELETE", "/webhooks/{webhook_id}", webhooks::delete),
    open("GET", "/webhooks/{webhook_id}/{webhook_token}", webhooks::get_by_token),
    open("DELETE", "/webhooks/{webhook_id}/{webhook_token}", webhooks::delete_by_token),
    open("POST", "/webhooks/{webhook_id}/{webhook_token}", webhooks::execute),
    open("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", follow_ups::get_original),
    open("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", follow_ups::edit_original),
    open("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", follow_ups::delete_original),
    open("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::get_message),
    open("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::edit_message),
    open("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::delete_message),
    open("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callbacks::answer),
];

/// Finds the route with most literal segments, and its parameters.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    let fitting = ROUTES.iter().filter(|route| route.method == method);
    let matched = fitting.filter_map(|route| params(route.template, path).map(|params| (route, params)));
    matched.min_by_key(|(_, params)| params.len())
}

fn params(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut params = Vec::new();
    let (mut want, mut have) = (template.split('/'), path.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return Some(params),
            (Some(want), Some(have)) => match want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !have.is_empty() => params.push((name, percent_decode(have))),
                None if want == have => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Undoes `%F0%9F%91%80`.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_with_most_literals_wins() {
        let (route, params) = find("PATCH", "/webhooks/1/t/messages/@original").unwrap();
        assert!(route.template.ends_with("/@original"));
        assert_eq!(params, [("webhook_id", "1".to_owned()), ("webhook_token", "t".to_owned())]);
        assert!(find("GET", "/channels/1/nonsense").is_none());
    }

    #[test]
    fn routes_are_those_the_description_was_cut_to() {
        let listed: Vec<&str> =
            include_str!("../../spec/routes.txt").lines().filter(|line| !line.starts_with('#')).collect();
        let served: Vec<String> = ROUTES.iter().map(|r| format!("{} {}", r.method, r.template)).collect();
        assert_eq!(served, listed);
    }

    #[test]
    fn emojis_in_paths_are_decoded() {
        let (_, params) = find("PUT", "/channels/1/messages/2/reactions/%F0%9F%91%80/@me").unwrap();
        assert_eq!(params[2].1, "👀");
    }
}
