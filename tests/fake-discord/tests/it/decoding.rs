//! Everything the fake tells decodes with serenity's model: serenity drops what it cannot read without a word.

use fake_discord::{FakeDiscord, Intent, Options, Permission};
use serde_json::{Value, json};
use serenity::all::{Event, GatewayEvent};

use crate::client::{Bot, Socket};

/// Reads events up to the one of that name and decodes each.
async fn decode_until(socket: &mut Socket, last: &str) {
    loop {
        let frame = socket.frame().await;
        let name = frame["t"].as_str().unwrap().to_owned();
        let decoded: GatewayEvent =
            serde_json::from_value(frame.clone()).unwrap_or_else(|e| panic!("{e} in {frame:#}"));
        let GatewayEvent::Dispatch(_, event) = decoded else { panic!("{frame}") };
        assert!(!matches!(event, Event::Unknown(_)), "serenity knows no {name}: {frame:#}");
        if name == last {
            return;
        }
    }
}

#[tokio::test]
async fn events_of_people_and_places_decode() {
    let d = FakeDiscord::start(Options::default()).await;
    let mut socket = Socket::connect(&d).await;
    socket.identify(&d.token(), Intent::KNOWN).await;
    decode_until(&mut socket, "GUILD_CREATE").await;
    let (ana, general) = (d.user("ana"), d.channel("general"));
    ana.is_called(Some("Ana the Bold"));
    ana.may(Permission::MANAGE_GUILD);
    let said = ana.uploads(&general, "<@bot> look", &[("map.png", b"png", "image/png")]).await;
    ana.edits(&said, "<@bot> look here").await;
    let reply = ana.replies_to(&said, "now").await;
    ana.reacts(&said, "👀").await;
    ana.unreacts(&said, "👀").await;
    ana.types(&general).await;
    ana.starts_thread(&said, "aside").await.is_archived(true);
    ana.deletes(&reply).await;
    ana.says(&ana.direct(), "psst").await;
    d.forum("tales").is_renamed("old tales");
    d.channel("cellar").is_deleted();
    decode_until(&mut socket, "CHANNEL_DELETE").await;
    d.finish().await;
}

#[tokio::test]
async fn events_of_the_bots_own_doing_decode() {
    let d = FakeDiscord::start(Options::default()).await;
    let (bot, ana, general) = (Bot::of(&d), d.user("ana"), d.channel("general"));
    let mut socket = Socket::ready(&d, Intent::KNOWN).await;
    let hooks = format!("/channels/{}/webhooks", general.id());
    let hook = bot.call("POST", &hooks, json!({ "name": "voices" })).await.json;
    let own = format!("/webhooks/{}/{}", hook["id"].as_str().unwrap(), hook["token"].as_str().unwrap());
    bot.call("POST", &own, json!({ "content": "Hm.", "username": "Mira", "embeds": [{ "title": "t" }] })).await;
    decode_until(&mut socket, "MESSAGE_CREATE").await;

    let button = json!([{ "type": 1, "components": [{ "type": 2, "style": 1, "label": "Go", "custom_id": "go" }] }]);
    let path = format!("/channels/{}/messages", general.id());
    bot.call("POST", &path, json!({ "content": "ready?", "components": button })).await;
    let message = general.expect_message(|m| m.content == "ready?").await;
    decode_until(&mut socket, "MESSAGE_CREATE").await;
    bot.register(&d, json!([
        { "name": "show", "description": "Shows", "options": [
            { "type": 11, "name": "file", "description": "f" }, { "type": 6, "name": "who", "description": "w" },
            { "type": 7, "name": "where", "description": "w" }, { "type": 3, "name": "what", "description": "w", "autocomplete": true },
        ] },
        { "name": "Retell", "type": 3 },
    ])).await;
    let all = json!({ "file": d.file("a.txt", b"a", "text/plain"), "who": "ana", "where": "general", "what": "x" });
    ana.slash(&general, "show", all).await;
    ana.slash(&ana.direct(), "show", json!({})).await;
    ana.uses_on(&message, "Retell").await;
    ana.clicks(&message, "Go").await;
    for _ in 0..4 {
        let frame = socket.frame().await;
        serde_json::from_value::<serenity::all::Interaction>(frame["d"].clone())
            .unwrap_or_else(|e| panic!("{e}: {frame:#}"));
        let answer = json!({ "type": 4, "data": { "content": "ok", "flags": 64 } });
        assert_eq!(bot.respond(&frame["d"], answer).await.status, 204);
    }
    d.finish().await;
}

#[tokio::test]
async fn rest_answers_decode() {
    let d = FakeDiscord::start(Options::default()).await;
    let bot = Bot::of(&d);
    let get = async |path: String| bot.call("GET", &path, Value::Null).await.json;
    let guild = format!("/guilds/{}", d.guild_id());
    serde_json::from_value::<serenity::all::CurrentUser>(get("/users/@me".to_owned()).await).unwrap();
    let application = get("/applications/@me".to_owned()).await;
    serde_json::from_value::<serenity::all::CurrentApplicationInfo>(application).unwrap();
    serde_json::from_value::<serenity::all::PartialGuild>(get(guild.clone()).await).unwrap();
    serde_json::from_value::<Vec<serenity::all::GuildChannel>>(get(format!("{guild}/channels")).await).unwrap();
    serde_json::from_value::<serenity::all::ThreadsData>(get(format!("{guild}/threads/active")).await).unwrap();
    let member = get(format!("{guild}/members/{}", d.bot_id())).await;
    assert_eq!(member["user"]["username"], "talekeeper");
    let channel = get(format!("/channels/{}", d.channel("general").id())).await;
    serde_json::from_value::<serenity::all::Channel>(channel).unwrap();
    d.finish().await;
}
