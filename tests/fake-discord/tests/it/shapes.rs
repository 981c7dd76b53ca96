//! The fake's own answers against Discord's API description: what it sends must be what Discord would send.

use fake_discord::{FakeDiscord, Judge, Options, RateLimits, check_answer};
use serde_json::{Value, json};

use crate::client::{Bot, Socket};

/// Calls and checks; the template is the path with names in braces.
async fn check(bot: &Bot, method: &str, template: &str, path: &str, body: Value) -> Value {
    let answer = bot.call(method, path, body).await;
    assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.json);
    if let Err(told) = check_answer(method, template, answer.status, &answer.json) {
        panic!("{method} {template} answers wrongly: {told}\n{:#}", answer.json);
    }
    answer.json
}

async fn start() -> (FakeDiscord, Bot) {
    let d = FakeDiscord::start(Options { rate_limits: RateLimits::Off, ..Options::default() }).await;
    let bot = Bot::of(&d);
    (d, bot)
}

#[tokio::test]
async fn users_and_the_application_have_discords_shape() {
    let (d, bot) = start().await;
    let ana = d.user("ana");
    check(&bot, "GET", "/users/@me", "/users/@me", Value::Null).await;
    check(&bot, "GET", "/users/{user_id}", &format!("/users/{}", ana.id()), Value::Null).await;
    check(&bot, "GET", "/users/@me/guilds", "/users/@me/guilds", Value::Null).await;
    check(&bot, "GET", "/applications/@me", "/applications/@me", Value::Null).await;
    check(&bot, "GET", "/oauth2/applications/@me", "/oauth2/applications/@me", Value::Null).await;
    check(&bot, "GET", "/gateway", "/gateway", Value::Null).await;
    check(&bot, "GET", "/gateway/bot", "/gateway/bot", Value::Null).await;
    let direct = json!({ "recipient_id": ana.id().to_string() });
    check(&bot, "POST", "/users/@me/channels", "/users/@me/channels", direct).await;
    d.finish().await;
}

#[tokio::test]
async fn the_guild_has_discords_shape() {
    let (d, bot) = start().await;
    let (ana, guild) = (d.user("ana"), format!("/guilds/{}", d.guild_id()));
    let member = format!("{guild}/members/{}", ana.id());
    check(&bot, "GET", "/guilds/{guild_id}", &format!("{guild}?with_counts=true"), Value::Null).await;
    check(&bot, "GET", "/guilds/{guild_id}/channels", &format!("{guild}/channels"), Value::Null).await;
    check(&bot, "GET", "/guilds/{guild_id}/roles", &format!("{guild}/roles"), Value::Null).await;
    check(&bot, "GET", "/guilds/{guild_id}/members", &format!("{guild}/members?limit=9"), Value::Null).await;
    check(&bot, "GET", "/guilds/{guild_id}/members/{user_id}", &member, Value::Null).await;
    let own = format!("/users/@me/guilds/{}/member", d.guild_id());
    check(&bot, "GET", "/users/@me/guilds/{guild_id}/member", &own, Value::Null).await;
    d.finish().await;
}

#[tokio::test]
async fn messages_have_discords_shape() {
    let (d, bot) = start().await;
    d.pardon(Judge::Ping);
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let channel = format!("/channels/{}", general.id());
    let said = ana.uploads(&general, "look", &[("map.png", b"png", "image/png")]).await;
    ana.reacts(&said, "👀").await;
    let reply = json!({ "content": "a map", "embeds": [{ "title": "t" }], "nonce": "n1",
        "message_reference": { "message_id": said.id.to_string() } });
    let created = check(&bot, "POST", "/channels/{channel_id}/messages", &format!("{channel}/messages"), reply).await;
    assert_eq!(created["referenced_message"]["attachments"][0]["filename"], "map.png");
    let message = format!("{channel}/messages/{}", created["id"].as_str().unwrap());
    let template = "/channels/{channel_id}/messages/{message_id}";
    check(&bot, "PATCH", template, &message, json!({ "content": "the map" })).await;
    check(&bot, "GET", template, &message, Value::Null).await;
    let list = format!("{channel}/messages?limit=10");
    assert_eq!(
        check(&bot, "GET", "/channels/{channel_id}/messages", &list, Value::Null).await[0]["content"],
        "the map"
    );
    let threads = format!("{message}/threads");
    let named = json!({ "name": "aside" });
    let thread = check(&bot, "POST", "/channels/{channel_id}/messages/{message_id}/threads", &threads, named).await;
    assert_eq!(thread["id"], created["id"]);
    check(&bot, "GET", template, &message, Value::Null).await;
    let members = format!("/channels/{}/thread-members", created["id"].as_str().unwrap());
    check(&bot, "GET", "/channels/{channel_id}/thread-members", &members, Value::Null).await;
    let active = format!("/guilds/{}/threads/active", d.guild_id());
    check(&bot, "GET", "/guilds/{guild_id}/threads/active", &active, Value::Null).await;
    let archived = json!({ "archived": true });
    let thread = format!("/channels/{}", created["id"].as_str().unwrap());
    check(&bot, "PATCH", "/channels/{channel_id}", &thread, archived).await;
    for of in ["threads/archived/public", "users/@me/threads/archived/private"] {
        let template = format!("/channels/{{channel_id}}/{of}");
        check(&bot, "GET", &template, &format!("{channel}/{of}?limit=50"), Value::Null).await;
    }
    check(&bot, "POST", "/channels/{channel_id}/typing", &format!("{channel}/typing"), Value::Null).await;
    check(&bot, "DELETE", template, &message, Value::Null).await;
    check(&bot, "GET", "/channels/{channel_id}", &channel, Value::Null).await;
    d.finish().await;
}

#[tokio::test]
async fn forums_and_webhooks_have_discords_shape() {
    let (d, bot) = start().await;
    let (general, forum) = (d.channel("general"), d.forum("tales"));
    let post = json!({ "name": "a tale", "message": { "content": "once" } });
    check(&bot, "POST", "/channels/{channel_id}/threads", &format!("/channels/{}/threads", forum.id()), post).await;
    let hooks = format!("/channels/{}/webhooks", general.id());
    let hook = check(&bot, "POST", "/channels/{channel_id}/webhooks", &hooks, json!({ "name": "voices" })).await;
    check(&bot, "GET", "/channels/{channel_id}/webhooks", &hooks, Value::Null).await;
    let own = format!("/webhooks/{}/{}", hook["id"].as_str().unwrap(), hook["token"].as_str().unwrap());
    check(&bot, "GET", "/webhooks/{webhook_id}/{webhook_token}", &own, Value::Null).await;
    let line = json!({ "content": "Hm.", "username": "Mira" });
    let template = "/webhooks/{webhook_id}/{webhook_token}";
    let said = check(&bot, "POST", template, &format!("{own}?wait=true"), line).await;
    assert_eq!(general.expect_message(|_| true).await.author_name, "Mira");
    let message = format!("{own}/messages/{}", said["id"].as_str().unwrap());
    let template = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
    check(&bot, "PATCH", template, &message, json!({ "content": "Hm!" })).await;
    check(&bot, "GET", template, &message, Value::Null).await;
    check(&bot, "DELETE", template, &message, Value::Null).await;
    d.finish().await;
}

#[tokio::test]
async fn commands_and_interactions_have_discords_shape() {
    let (d, bot) = start().await;
    let mut socket = Socket::ready(&d, crate::client::INTENTS).await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    let book = format!("/applications/{}/commands", d.bot_id());
    let roll = json!([{ "name": "roll", "description": "Rolls", "options": [{ "type": 3, "name": "dice", "description": "d" }] }]);
    check(&bot, "PUT", "/applications/{application_id}/commands", &book, roll).await;
    check(&bot, "GET", "/applications/{application_id}/commands", &book, Value::Null).await;
    ana.slash(&general, "roll", json!({ "dice": "1d6" })).await;
    let interaction = socket.event("INTERACTION_CREATE").await;
    let (id, token) = (interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
    let callback = format!("/interactions/{id}/{token}/callback?with_response=true");
    let template = "/interactions/{interaction_id}/{interaction_token}/callback";
    check(&bot, "POST", template, &callback, json!({ "type": 5 })).await;
    let hook = format!("/webhooks/{}/{token}", d.bot_id());
    let template = "/webhooks/{webhook_id}/{webhook_token}";
    check(&bot, "POST", template, &hook, json!({ "content": "4" })).await;
    let second = check(&bot, "POST", template, &hook, json!({ "content": "more" })).await;
    let original = format!("{hook}/messages/@original");
    let template = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
    assert_eq!(check(&bot, "GET", template, &original, Value::Null).await["content"], "4");
    check(&bot, "PATCH", template, &original, json!({ "content": "5" })).await;
    let message = format!("{hook}/messages/{}", second["id"].as_str().unwrap());
    let template = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
    check(&bot, "DELETE", template, &message, Value::Null).await;
    d.finish().await;
}
