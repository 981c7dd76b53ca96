//! The commands that no other test types, over the wire: who may, what they answer, and in which languages they stand.

use fake_discord::Permission;
use serde_json::{Value, json};

use crate::support::bot::{Scene, reply};

#[test]
fn a_reply_is_stopped_and_a_turn_taken_back_by_commands() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let idle = ana.slash(&room, "stop", json!({})).await.response().await.content;
        assert!(!idle.contains("Stopping"), "{idle}");
        ana.says(&room, &scene.to_bot("I wait [[fake:slow n=4000 delay=50]]")).await;
        let begun = room.expect_message(|message| message.content.contains("word1 ")).await;
        let stopping = ana.slash(&room, "stop", json!({})).await.response().await.content;
        assert_eq!(stopping, "Stopping.");
        room.expect_edit(&begun, |message| message.content.contains("Stopped.")).await;
        ana.says(&room, &scene.to_bot("I open the door")).await;
        reply(&room, "I open the door").await;
        let undone = ana.slash(&room, "undo", json!({})).await.response().await.content;
        assert!(undone.contains("is taken back"), "{undone}");
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(!story.contains("I open the door"), "{story}");
    });
}

#[test]
fn a_host_names_a_scene_and_begins_a_new_tale_here_and_in_another_channel() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        let (room, tavern) = (discord.channel("general"), discord.channel("tavern"));
        ana.may(Permission::MANAGE_MESSAGES);
        for place in [&room, &tavern] {
            ben.says(place, &scene.to_bot("I knock")).await;
            reply(place, "I knock").await;
        }
        let titled = ana.slash(&room, "scene title", json!({ "title": "The Gate" })).await.response().await.content;
        assert!(titled.contains("is now called \"The Gate\""), "{titled}");
        let elsewhere = json!({ "channel": tavern.id().to_string() });
        let reset = ana.slash(&room, "reset", elsewhere).await.response().await.content;
        assert!(reset.contains("A new tale begins"), "{reset}");
        // It was the other table's tale, and this one goes on, also after a restart.
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        for (place, turns) in [(&room, "earlier_turns=1"), (&tavern, "earlier_turns=0")] {
            ben.says(place, &scene.to_bot("I look around")).await;
            reply(place, turns).await;
        }
        let here = ana.slash(&room, "reset", json!({})).await.response().await.content;
        assert!(here.contains("A new tale begins"), "{here}");
    });
}

#[test]
fn a_new_table_is_given_its_provider_and_model_in_the_form() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, lobby) = (discord.user("ana"), discord.channel("lobby"));
        ana.may(Permission::MANAGE_CHANNELS | Permission::MANAGE_MESSAGES);
        let form = ana.slash(&lobby, "table open", json!({})).await.modal().await;
        let filled = json!({ "pitch": "A drowned city", "provider": "claude", "model": "opus" });
        let opened = ana.submits(&form, filled).await.response().await.content;
        assert!(opened.contains("is the table **lobby** now"), "{opened}");
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        let status = ana.slash(&lobby, "status", json!({})).await.response().await.content;
        assert!(status.contains("Answers: Claude, model opus"), "{status}");
    });
}

/// What stands nowhere but in English, of a command, its parts and its options.
fn untranslated(command: &Value, path: &str, found: &mut Vec<String>) {
    let name = format!("{path} {}", command["name"].as_str().unwrap_or_default());
    // Options are called what they are called in the configuration, or are as short in German as in English.
    let is_option = command["type"].as_u64().is_some_and(|kind| kind > 2) && !path.is_empty();
    let named = if is_option { None } else { Some("name") };
    // What is used on a message has no description.
    let described = command["description"].as_str().is_some_and(|text| !text.is_empty()).then_some("description");
    for key in named.into_iter().chain(described) {
        for locale in ["ko", "de"] {
            if command[format!("{key}_localizations")][locale].as_str().is_none_or(str::is_empty) {
                found.push(format!("{name}: {key} in {locale}"));
            }
        }
    }
    for part in command["options"].as_array().into_iter().flatten() {
        untranslated(part, &name, found);
    }
}

#[test]
fn discord_is_given_every_command_in_three_languages() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let commands = discord.commands();
        let names: Vec<_> = commands.iter().filter_map(|command| command["name"].as_str()).collect();
        let wanted = [
            "status", "stop", "retry", "undo", "scene", "story", "recap", "provider", "model", "reset", "table", "help",
        ];
        assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
        let mut found = Vec::new();
        commands.iter().for_each(|command| untranslated(command, "", &mut found));
        assert_eq!(found, Vec::<String>::new());
    });
}
