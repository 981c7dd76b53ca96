//! Interactions by hand: answers, deadlines, deferrals, ephemeral messages, choices, buttons and forms.

use std::time::Duration;

use fake_discord::{Choice, FakeDiscord, InteractionHandle, Options, Room};
use serde_json::{Value, json};

use crate::client::{Bot, INTENTS, Socket};

struct Scene {
    d: FakeDiscord,
    bot: Bot,
    socket: Socket,
    general: Room,
}

async fn start() -> Scene {
    let d = FakeDiscord::start(Options::default()).await;
    let (bot, general) = (Bot::of(&d), d.channel("general"));
    let socket = Socket::ready(&d, INTENTS).await;
    let cast = json!([
        { "name": "reset", "description": "Starts anew", "default_member_permissions": "32" },
        { "name": "cast", "description": "People", "options": [{ "type": 1, "name": "add", "description": "Adds", "options": [
            { "type": 3, "name": "name", "description": "Who", "required": true, "autocomplete": true },
            { "type": 6, "name": "player", "description": "Whose" },
        ] }] },
    ]);
    bot.register(&d, cast).await;
    Scene { d, bot, socket, general }
}

impl Scene {
    async fn add(&mut self) -> (InteractionHandle, Value) {
        let ana = self.d.user("ana");
        let handle = ana.slash(&self.general, "cast add", json!({ "name": "Mira", "player": "ana" })).await;
        (handle, self.socket.event("INTERACTION_CREATE").await)
    }

    fn hook(&self, interaction: &Value) -> String {
        format!("/webhooks/{}/{}", self.d.bot_id(), interaction["token"].as_str().unwrap())
    }
}

#[tokio::test]
async fn options_arrive_with_their_types_and_people() {
    let mut s = start().await;
    let (_, interaction) = s.add().await;
    let ana = s.d.user("ana").id().to_string();
    let sub = &interaction["data"]["options"][0];
    assert_eq!(
        sub["options"],
        json!([
            { "name": "name", "type": 3, "value": "Mira" }, { "name": "player", "type": 6, "value": ana },
        ])
    );
    assert_eq!(interaction["data"]["resolved"]["users"][&ana]["username"], "ana");
    s.bot.respond(&interaction, json!({ "type": 4, "data": { "content": "ok" } })).await;
    s.d.finish().await;
}

#[tokio::test]
async fn only_one_first_answer_is_taken() {
    let mut s = start().await;
    let (handle, interaction) = s.add().await;
    s.d.expect_refusal("POST /interactions/**", 40060);
    s.bot.respond(&interaction, json!({ "type": 4, "data": { "content": "first" } })).await;
    let second = s.bot.respond(&interaction, json!({ "type": 4, "data": { "content": "second" } })).await;
    assert_eq!(second.json["code"], 40060);
    assert_eq!(handle.response().await.content, "first");
    s.d.finish().await;
}

#[tokio::test]
async fn answers_come_too_late_after_three_seconds_and_fifteen_minutes() {
    let mut s = start().await;
    s.d.expect_refusal("POST /interactions/**", 10062);
    s.d.expect_refusal("POST /webhooks/**", 50027);
    s.d.pardon(fake_discord::Judge::LateAnswer);
    let (_, interaction) = s.add().await;
    s.d.advance(Duration::from_secs(4));
    assert_eq!(s.bot.respond(&interaction, json!({ "type": 5 })).await.json["code"], 10062);
    let (_, interaction) = s.add().await;
    assert_eq!(s.bot.respond(&interaction, json!({ "type": 5 })).await.status, 204);
    s.d.advance(Duration::from_secs(16 * 60));
    let late = s.bot.call("POST", &s.hook(&interaction), json!({ "content": "x" })).await;
    assert_eq!((late.status, &late.json["code"]), (401, &json!(50027)));
    s.d.finish().await;
}

#[tokio::test]
async fn the_first_follow_up_fills_a_deferral_and_keeps_its_secrecy() {
    let mut s = start().await;
    let (handle, interaction) = s.add().await;
    s.bot.respond(&interaction, json!({ "type": 5, "data": { "flags": 64 } })).await;
    handle.acknowledged().await;
    assert!(handle.messages()[0].is_loading());
    s.bot.call("POST", &s.hook(&interaction), json!({ "content": "for you" })).await;
    s.bot.call("POST", &s.hook(&interaction), json!({ "content": "for all" })).await;
    assert!(handle.response().await.is_ephemeral());
    assert_eq!(handle.response().await.content, "for you");
    assert!(!handle.follow_up(0).await.is_ephemeral());
    assert_eq!(s.d.user("ben").sees(&s.general).len(), 1);
    assert_eq!(s.d.user("ana").sees(&s.general).len(), 2);
    s.d.finish().await;
}

#[tokio::test]
async fn choices_are_offered_while_typing() {
    let mut s = start().await;
    let ana = s.d.user("ana");
    let typing = ana.types_in(&s.general, "cast add", json!({}), ("name", "Mi"));
    let answering = async {
        let interaction = s.socket.event("INTERACTION_CREATE").await;
        assert_eq!(interaction["data"]["options"][0]["options"][0]["focused"], true);
        let choices = json!([{ "name": "Mira", "value": "mira" }]);
        s.bot.respond(&interaction, json!({ "type": 8, "data": { "choices": choices } })).await;
    };
    let (offered, ()) = tokio::join!(typing, answering);
    assert_eq!(offered, [Choice { name: "Mira".to_owned(), value: json!("mira") }]);
    s.d.finish().await;
}

#[tokio::test]
async fn a_button_opens_a_form_whose_sending_updates_the_message() {
    let mut s = start().await;
    let ana = s.d.user("ana");
    let row =
        json!([{ "type": 1, "components": [{ "type": 2, "style": 1, "label": "Rename", "custom_id": "rename:1" }] }]);
    let path = format!("/channels/{}/messages", s.general.id());
    s.bot.call("POST", &path, json!({ "content": "Mira", "components": row })).await;
    let message = s.general.expect_message(|_| true).await;
    s.socket.event("MESSAGE_CREATE").await;

    let click = ana.clicks(&message, "Rename").await;
    let clicked = s.socket.event("INTERACTION_CREATE").await;
    assert_eq!(clicked["message"]["id"], message.id.to_string());
    let field =
        json!({ "type": 4, "custom_id": "name", "label": "Name", "style": 1, "value": "Mira", "max_length": 20 });
    let form = json!({ "custom_id": "f", "title": "Rename", "components": [{ "type": 1, "components": [field] }] });
    s.bot.respond(&clicked, json!({ "type": 9, "data": form })).await;
    let modal = click.modal().await;

    let sent = ana.submits(&modal, json!({ "name": "Mira the Sly" })).await;
    let submitted = s.socket.event("INTERACTION_CREATE").await;
    let name = &submitted["data"]["components"][0]["components"][0]["value"];
    s.bot.respond(&submitted, json!({ "type": 7, "data": { "content": name } })).await;
    assert_eq!(sent.response().await.content, "Mira the Sly");
    assert_eq!(s.general.now(&message).versions(), ["Mira", "Mira the Sly"]);
    s.d.finish().await;
}

#[tokio::test]
#[should_panic(expected = "Discord does not show")]
async fn people_cannot_use_what_is_hidden_from_them() {
    let s = start().await;
    s.d.user("ana").slash(&s.general, "reset", json!({})).await;
}

#[tokio::test]
async fn rights_show_a_hidden_command() {
    let mut s = start().await;
    let ana = s.d.user("ana");
    ana.may(fake_discord::Permission::MANAGE_GUILD);
    s.socket.event("GUILD_ROLE_CREATE").await;
    ana.slash(&s.general, "reset", json!({})).await;
    let interaction = s.socket.event("INTERACTION_CREATE").await;
    s.bot.respond(&interaction, json!({ "type": 4, "data": { "content": "anew" } })).await;
    s.general.expect_message(|m| m.content == "anew").await;
    s.d.finish().await;
}

#[tokio::test]
async fn everything_that_ever_reached_somebody_is_told_and_nothing_that_did_not() {
    let mut s = start().await;
    let (ana, ben) = (s.d.user("ana"), s.d.user("ben"));
    let typing = ana.types_in(&s.general, "cast add", json!({}), ("name", "Mi"));
    let answering = async {
        let interaction = s.socket.event("INTERACTION_CREATE").await;
        let choices = json!([{ "name": "Mira", "value": "mira" }]);
        s.bot.respond(&interaction, json!({ "type": 8, "data": { "choices": choices } })).await;
    };
    tokio::join!(typing, answering);
    assert_eq!(ana.ever_offered(), [json!([{ "name": "Mira", "value": "mira" }])]);
    assert!(ben.ever_offered().is_empty());

    let (_, interaction) = s.add().await;
    s.bot.respond(&interaction, json!({ "type": 4, "data": { "content": "for ana", "flags": 64 } })).await;
    let said = ana.uploads(&s.general, "first", &[("map.png", b"a map", "image/png")]).await;
    ana.edits(&said, "second").await;
    ana.deletes(&said).await;
    s.bot.call("POST", &format!("/channels/{}/messages", ana.direct().id()), json!({ "content": "in private" })).await;
    let texts = |person: &fake_discord::Person| -> Vec<String> {
        person.ever_saw().iter().flat_map(|m| m.versions().into_iter().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    assert_eq!(texts(&ana), ["for ana", "first", "second", "in private"]);
    assert_eq!(texts(&ben), ["first", "second"]);
    assert_eq!(ben.opens_file(&said.attachments[0]), b"a map");
    s.general.denies(&ben, fake_discord::Permission::VIEW_CHANNEL);
    assert!(texts(&ben).is_empty());
    s.d.finish().await;
}
