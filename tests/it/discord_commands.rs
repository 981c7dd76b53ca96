//! Slash commands, through the real program and a Discord on loopback: what they do, who may use them, in which languages
//! they are called.

use fake_discord::{Options, Permission};
use serde_json::{Value, json};

use crate::support::bot::{Scene, reply};
use crate::support::installation::Installation;

#[test]
fn a_story_is_led_by_commands() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let says = async |command: &str, options: Value, wanted: &str| {
            let told = ana.slash(&room, command, options).await.response().await.content;
            assert!(told.contains(wanted), "/{command}: {told}");
        };
        ana.says(&room, &scene.to_bot("Tell me all [[fake:slow n=400 delay=50]]")).await;
        let begun = room.expect_message(|message| message.content.contains("word1 ")).await;
        says("stop", json!({}), "Stopping.").await;
        room.expect_edit(&begun, |message| message.content.contains("Stopped.")).await;
        says("stop", json!({}), "nothing to stop").await;
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        says("retry", json!({}), "is told anew").await;
        reply(&room, "I knock").await;
        says("scene title", json!({ "title": "The Gate" }), "is now called \"The Gate\"").await;
        says("undo", json!({}), "is taken back").await;
        says("undo", json!({}), "nothing to take back").await;
        ana.says(&room, &scene.to_bot("I wait")).await;
        reply(&room, "I wait").await;
        says("scene end", json!({}), "is over").await;
        says("reset", json!({}), "A new tale begins").await;
        says("undo", json!({}), "The tale from before the reset is back").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I wait") && !story.contains("I knock"), "{story}");
    });
}

#[test]
fn another_channels_table_is_reset_only_by_its_own_hosts() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room, tavern) = (discord.user("ana"), discord.channel("general"), discord.channel("tavern"));
        ana.may(Permission::MANAGE_MESSAGES);
        ana.says(&tavern, &scene.to_bot("I sit down")).await;
        reply(&tavern, "earlier_turns=0").await;
        let reset = async || ana.slash(&room, "reset", json!({ "channel": "tavern" })).await.response().await.content;
        tavern.denies_everyone(Permission::MANAGE_MESSAGES);
        let refused = reset().await;
        assert!(refused.contains("Only a host"), "{refused}");
        let story = async || ana.slash(&tavern, "story show", json!({})).await.response().await.content;
        assert!(story().await.contains("I sit down"));
        // Their guild lets them, and so does the channel they are in; only the other one counts.
        let ben = discord.user("ben");
        ben.may(Permission::ADMINISTRATOR);
        let done = ben.slash(&room, "reset", json!({ "channel": "tavern" })).await.response().await.content;
        assert!(done.contains("A new tale begins"), "{done}");
        ana.says(&tavern, &scene.to_bot("I begin anew")).await;
        reply(&tavern, "earlier_turns=0").await;
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

/// Every command with its subcommands: path and object.
fn commands(level: &Value, path: &str, all: &mut Vec<(String, Value)>) {
    let path = format!("{path} {}", level["name"].as_str().unwrap());
    for option in level["options"].as_array().into_iter().flatten() {
        // 1 and 2 are subcommands and groups of them (interactions/application-commands, "Option Type").
        if matches!(option["type"].as_u64(), Some(1 | 2)) {
            commands(option, &path, all);
        }
    }
    all.push((path, level.clone()));
}

#[test]
fn commands_are_called_and_described_in_english_korean_and_german() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        discord.expect_requests("PUT /applications/*/commands", 1).await;
    });
    let mut all = Vec::new();
    for command in &discord.commands() {
        commands(command, "", &mut all);
    }
    assert!(all.len() > 40, "{}", all.len());
    for (path, command) in all {
        for locale in ["ko", "de"] {
            assert!(command["name_localizations"][locale].is_string(), "{path} has no name in {locale}");
            let options = command["options"].as_array().cloned().unwrap_or_default();
            // What is used on a message has no description.
            let described = command["type"].as_u64() != Some(3);
            for described in options.iter().chain(described.then_some(&command)) {
                let named = &described["name"];
                assert!(described["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {named}");
                let text = described["description_localizations"][locale].as_str();
                assert!(text.is_some_and(|text| !text.is_empty()), "{path}: {named} is not described in {locale}");
            }
        }
    }
}

#[test]
fn check_says_that_messages_may_not_be_read() {
    let scene = Scene::with(Options { privileged_intents: 0, ..Options::default() }, Installation::new(), "");
    let output = scene.home.command(&["check"]).env("DISCORD_TOKEN", scene.discord.token()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Message Content Intent"), "{said}");
}
