//! What the bot says on Discord when something is slow, refused or broken.

use fake_discord::Options;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::Installation;

/// A scene whose configuration has these limits too.
fn limited(limits: &str) -> Scene {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    scene.add_config(&format!("limits: {limits}\n"));
    scene
}

#[test]
fn a_turn_that_waits_for_other_tables_says_so_in_the_message_of_its_reply() {
    let scene = limited("{ running_turns: 1 }");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, general, tavern) = (discord.user("ana"), discord.channel("general"), discord.channel("tavern"));
        ana.says(&general, &scene.to_bot("[[fake:hang-after]]")).await;
        let first = general.expect_message(|message| message.content.contains("Once upon a time")).await;
        ana.says(&tavern, &scene.to_bot("I sit down")).await;
        let waits = tavern.expect_message(|message| message.content.starts_with("-# Other tables")).await;
        assert_eq!(waits.content, "-# Other tables are being answered first; this one is next.");
        assert_eq!(buttons(&waits), ["Stop"]);
        ana.clicks(&first, "Stop").await.acknowledged().await;
        let told = tavern.expect_edit(&waits, |message| buttons(message).contains(&"Undo".to_owned())).await;
        assert!(told.content.contains("FAKE-OK") && !told.content.contains("Other tables"), "{}", told.content);
        assert_eq!(tavern.bot_messages().len(), 1);
    });
}

#[test]
fn silence_a_second_attempt_and_lost_memory_are_told_while_they_last() {
    let scene = limited("{ quiet_notice: 2s }");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("[[fake:retry-hang]]")).await;
        let tries = room.expect_message(|message| message.content.starts_with("-# ")).await;
        assert_eq!(tries.content, "-# The provider is overloaded and tries again (1 of 3).");
        let quiet = room.expect_edit(&tries, |message| message.content.contains("Nothing has come for 2 sec")).await;
        assert_eq!(buttons(&quiet), ["Stop"]);
        ana.clicks(&quiet, "Stop").await.acknowledged().await;
        room.expect_edit(&quiet, |message| message.content == "-# Stopped. Retry tells it anew.").await;
        ana.says(&room, &scene.to_bot("I look around")).await;
        reply(&room, "FAKE-OK").await;
        ana.says(&room, &scene.to_bot("[[fake:lost-hang]]")).await;
        let told = room.expect_message(|message| message.content.contains("forgotten the story")).await;
        ana.clicks(&told, "Stop").await.acknowledged().await;
        room.expect_edit(&told, |message| message.content.contains("Stopped.")).await;
        assert_eq!(room.bot_messages().len(), 3);
    });
}
