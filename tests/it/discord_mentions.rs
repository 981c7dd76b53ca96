//! What a game master writes calls nobody, whichever way it goes out, and stands as it was written.

use fake_discord::Message;
use serde_json::json;

use crate::support::bot::{Scene, reply};

/// Everything that Discord makes a call or a button of, as the game master writes it.
fn calls(scene: &Scene) -> String {
    let ana = scene.discord.user("ana").id();
    format!("@everyone @here <@{ana}> <@&{}> </stop:123456789> <#4> <:a:5>", scene.discord.guild_id())
}

/// The same as a person asks for it, whose own words may call people.
fn asked(scene: &Scene, mode: &str, before: &str) -> String {
    scene.to_bot(&format!("I call [[fake:{mode} text='{before}{}']]", calls(scene).replace('<', "\\l")))
}

/// The text stands there whole, and nobody is called by it. That nobody was at any time is seen to by a judge.
fn inert(message: &Message, calls: &str) {
    assert!(message.content.contains(calls), "{}", message.content);
    assert!(!message.mention_everyone, "{message:?}");
    assert!(message.mentions.is_empty() && message.mention_roles.is_empty(), "{message:?}");
}

#[test]
fn neither_what_is_sent_nor_what_is_edited_calls_anybody() {
    let scene = Scene::new("");
    let (discord, calls) = (&scene.discord, calls(&scene));
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &asked(&scene, "say", "")).await;
        inert(&reply(&room, "</stop").await, &calls);
        ana.says(&room, &asked(&scene, "slow n=60 delay=40", "")).await;
        let begun = room.expect_message(|message| message.content.contains("word1 ")).await;
        assert!(!begun.content.contains("</stop"), "{}", begun.content);
        let whole = room.expect_edit(&begun, |message| message.content.contains("</stop")).await;
        inert(&whole, &calls);
    });
}

#[test]
fn neither_a_character_nor_an_answer_to_a_command_calls_anybody() {
    let scene = Scene::new(", voices: webhook");
    let (discord, calls) = (&scene.discord, calls(&scene));
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &asked(&scene, "say", "**Mira:** ")).await;
        let spoken = room.expect_message(|message| message.content.contains("</stop")).await;
        assert!(spoken.is_by_webhook());
        inert(&spoken, &calls);
        for (command, options) in [("recap", json!({ "public": true })), ("story show", json!({}))] {
            let told = ana.slash(&room, command, options).await.response().await;
            assert!(told.content.contains("Mira"), "{}", told.content);
            assert!(!told.mention_everyone && told.mentions.is_empty(), "{told:?}");
            assert!(told.mention_roles.is_empty(), "{told:?}");
        }
    });
}
