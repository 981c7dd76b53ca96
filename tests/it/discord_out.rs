//! What the bot says on Discord when something is slow, refused or broken.

use fake_discord::{Fault, Options, Permission, Wrong};
use serde_json::json;
use talekeeper::domain::PlaceId;
use talekeeper::store::Store;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, until};

const SEND: &str = "POST /channels/*/messages";
const EDIT: &str = "PATCH /channels/*/messages/*";

/// A scene whose configuration has these limits too.
fn limited(limits: &str) -> Scene {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    scene.add_config(&format!("limits: {limits}\n"));
    scene
}

fn slow(scene: &Scene, text: &str, n: u32, delay: u32) -> String {
    scene.to_bot(&format!("{text} [[fake:slow n={n} delay={delay}]]"))
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

/// How many lines of the log hold `wanted`.
fn logged(scene: &Scene, wanted: &str) -> usize {
    let text = std::fs::read_to_string(scene.home.data().join("logs/talekeeper.log")).unwrap_or_default();
    text.lines().filter(|line| line.contains(wanted)).count()
}

/// Discord's way of saying no, with this code of its own.
fn no(code: u64) -> Wrong {
    Wrong::Answer(400, json!({ "code": code, "message": "No." }))
}

#[test]
fn a_channel_closed_to_the_bot_is_told_once_and_works_again_when_it_is_opened() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.expect_refusal(SEND, 50_013);
    discord.expect_refusal("POST /channels/*/typing", 50_013);
    let place = PlaceId::new(format!("discord:{}", discord.channel("general").id()));
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        room.denies_bot(Permission::SEND_MESSAGES);
        for _ in 0..2 {
            let before = discord.requests(SEND).len();
            let said = ana.says(&room, &scene.to_bot("I open the door")).await;
            room.expect_reaction(&said, "👀").await;
            discord.expect_requests(SEND, before + 1).await;
        }
        let told = "I lack Send Messages here. 2 replies stand only in /story show.";
        let status = async || ana.slash(&room, "status", json!({})).await.response().await.content;
        while !status().await.contains(told) {}
        assert_eq!(discord.requests(SEND).len(), 2, "nothing is tried again and again");
        assert_eq!(logged(&scene, "nothing can be said in a channel"), 1);
        assert_eq!(logged(&scene, "I lack Send Messages here"), 1);
        room.allows_bot(Permission::SEND_MESSAGES);
        ana.says(&room, &scene.to_bot("I step inside")).await;
        reply(&room, "").await;
        room.expect_message(|message| {
            message.content.starts_with("-# I could not write here since") && message.content.contains(told)
        })
        .await;
        assert!(!status().await.contains("cannot write"));
        assert_eq!(bot.end(), Some(0));
    });
    let unsent = discord.block_on(async {
        let store = Store::open(&scene.home.data()).unwrap();
        let unsent = store.unsent_messages(&place).await.unwrap();
        store.close().await;
        unsent
    });
    assert_eq!(unsent, [], "every row of the outbox has an outcome");
}

#[test]
fn a_removed_channel_is_told_once_and_the_other_tables_play_on() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.expect_refusal(SEND, 10_003);
    discord.expect_refusal(EDIT, 10_003);
    discord.expect_refusal("POST /channels/*/typing", 10_003);
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &slow(&scene, "Tell me", 60, 50)).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        room.is_deleted();
        until("the removed channel in the log", || (logged(&scene, "no such channel any more") > 0).then_some(()));
        let tavern = discord.channel("tavern");
        ana.says(&tavern, &scene.to_bot("I sit down")).await;
        reply(&tavern, "FAKE-OK").await;
        assert_eq!(logged(&scene, "no such channel any more"), 1);
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn what_discord_will_not_have_with_a_message_is_left_out() {
    let scene = limited("{ action: 1KB }");
    let discord = &scene.discord;
    discord.expect_refusal(SEND, 160_002);
    discord.expect_refusal(SEND, 50_013);
    discord.expect_refusal(EDIT, 50_013);
    discord.expect_refusal("PUT /channels/*/messages/*/reactions/*/@me", 50_013);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        room.denies_bot(Permission::READ_MESSAGE_HISTORY | Permission::ATTACH_FILES);
        ana.says(&room, &scene.to_bot(&"so long ".repeat(200))).await;
        room.expect_message(|message| message.content.contains("That is too long")).await;
        ana.says(&room, &scene.to_bot("[[fake:slow n=4000 delay=0]]")).await;
        let last = reply(&room, "/story show has the whole of it").await;
        assert!(last.attachments.is_empty() && !last.content.contains("in the file"), "{}", last.content);
    });
}

#[test]
fn a_message_too_old_to_change_is_told_anew_and_a_part_that_is_not_taken_is_owned_up_to() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        discord.fault(Fault::on(EDIT, no(30_046)));
        ana.says(&room, &slow(&scene, "Tell me", 40, 50)).await;
        let first = room.expect_message(|message| message.content.contains("word1 ")).await;
        let whole = reply(&room, "word40").await;
        assert_ne!(first.id, whole.id);
        assert!(whole.content.contains("word1 "), "{}", whole.content);
        // What a server's AutoMod says.
        discord.fault(Fault::on(SEND, no(200_000)));
        ana.says(&room, &scene.to_bot("I shout")).await;
        let owned = room.expect_message(|message| message.content.contains("did not take a part of this reply")).await;
        let id = owned.content.split(['(', ')']).find(|part| part.starts_with("E-")).unwrap().to_owned();
        let found = scene.home.run(&["logs", "--error", &id]);
        assert!(String::from_utf8_lossy(&found.stdout).contains("200000"), "{found:?}");
    });
}

#[test]
fn what_was_laid_aside_is_run_again_by_its_button() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let mut bot = scene.ready().await;
        ana.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
        let cut = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        bot.kill();
        bot = scene.ready().await;
        room.expect_edit(&cut, |message| message.content.contains("cut off by a restart")).await;
        bot.kill();
        let _bot = scene.ready().await;
        let aside = room.expect_message(|message| message.content.contains("laid aside")).await;
        assert_eq!(buttons(&aside), ["Retry"]);
        ana.clicks(&aside, "Retry").await.acknowledged().await;
        let again = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        ana.clicks(&again, "Stop").await.acknowledged().await;
        room.expect_edit(&again, |message| message.content.contains("Stopped.")).await;
    });
}
