//! What a provider asks in the middle of a turn: on Discord, through the real program and a Discord on loopback.

use fake_discord::{Message, Options, Permission, Room};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::Installation;

const CODING: &str = ", mode: coding";

async fn question(room: &Room, wanted: &str) -> Message {
    room.expect_message(|message| message.content.contains(wanted) && buttons(message).contains(&"Deny".to_owned()))
        .await
}

fn scene() -> Scene {
    Scene::with(Options::default(), Installation::with_fake_claude(), CODING)
}

#[test]
fn a_host_allows_by_a_button_and_a_players_press_is_refused() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        ben.says(&room, &scene.to_bot("Look. [[fake:ask command='touch *a*']]")).await;
        let asked = question(&room, "asks for leave").await;
        assert_eq!(buttons(&asked), ["Allow once", "Allow for this scene", "Deny"]);
        assert!(asked.content.contains("touch \\*a\\*"), "{}", asked.content);
        ben.clicks(&asked, "Allow once").await.acknowledged().await;
        ben.sees_ephemeral(&room, |message| message.content.contains("Only a host")).await;
        ana.clicks(&asked, "Allow once").await.acknowledged().await;
        let settled = room.expect_edit(&asked, |message| message.content.contains("Allowed once by ana")).await;
        assert_eq!(buttons(&settled), Vec::<String>::new());
        reply(&room, "Bash may: touch").await;
    });
}

#[test]
fn leave_for_the_scene_is_not_asked_again_and_no_is_no() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        ana.says(&room, &scene.to_bot("Look. [[fake:ask tool=Read command='one' n=2]]")).await;
        let asked = question(&room, "one").await;
        ana.clicks(&asked, "Allow for this scene").await.acknowledged().await;
        reply(&room, "Read may: one. Read may: one.").await;
        ana.says(&room, &scene.to_bot("Look. [[fake:ask tool=Bash command='two']]")).await;
        let asked = question(&room, "two").await;
        ana.clicks(&asked, "Deny").await.acknowledged().await;
        room.expect_edit(&asked, |message| message.content.contains("Declined by ana")).await;
        reply(&room, "Bash may not.").await;
    });
}

#[test]
fn nobody_answering_is_a_no() {
    let scene = scene();
    scene.add_config("limits: { ask_timeout: 1s }\n");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("Look. [[fake:ask command='touch a']]")).await;
        let asked = room.expect_message(|message| message.content.contains("asks for leave")).await;
        room.expect_edit(&asked, |message| message.content.contains("Nobody answered in time")).await;
        reply(&room, "Bash may not.").await;
    });
}

#[test]
fn a_table_that_waits_for_people_holds_no_other_up() {
    let scene = scene();
    scene.add_config("limits: { running_turns: 1 }\n");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room, tavern) =
            (discord.user("ana"), discord.user("ben"), discord.channel("general"), discord.channel("tavern"));
        ana.may(Permission::MANAGE_MESSAGES);
        ben.says(&room, &scene.to_bot("Look. [[fake:ask command='touch a']]")).await;
        let asked = question(&room, "touch a").await;
        // One turn at a time, and the one that runs waits for a host: the other table is answered all the same.
        ben.says(&tavern, &scene.to_bot("I sit down. [[fake:say text='The stool creaks.']]")).await;
        reply(&tavern, "The stool creaks.").await;
        ana.clicks(&asked, "Allow once").await.acknowledged().await;
        reply(&room, "Bash may: touch a").await;
    });
}

#[test]
fn a_question_is_answered_by_whoever_acted_with_a_button_or_in_own_words() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ben, cy, room) = (discord.user("ben"), discord.user("cy"), discord.channel("general"));
        ben.says(&room, &scene.to_bot("On. [[fake:question text='Which way?']]")).await;
        let first = |message: &Message| message.content.contains("Which way?") && buttons(message).len() == 4;
        let asked = room.expect_message(first).await;
        assert_eq!(buttons(&asked), ["Left", "Right", "Other…", "No answer"]);
        cy.clicks(&asked, "Left").await.acknowledged().await;
        cy.sees_ephemeral(&room, |message| message.content.contains("those who acted")).await;
        let form = ben.clicks(&asked, "Other…").await.modal().await;
        ben.submits(&form, json!({ "words": "Up the *chimney*" })).await.acknowledged().await;
        room.expect_edit(&asked, |message| message.content.contains("Answered by ben: Up the \\*chimney\\*")).await;
        reply(&room, "They said: Up the").await;
        ben.says(&room, &scene.to_bot("On. [[fake:question text='And now?']]")).await;
        let asked =
            room.expect_message(|message| message.content.contains("And now?") && buttons(message).len() == 4).await;
        ben.clicks(&asked, "Right").await.acknowledged().await;
        reply(&room, "They said: Right.").await;
    });
}

#[test]
fn a_restart_in_the_middle_closes_the_old_buttons_and_asks_again() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        ana.says(&room, &scene.to_bot("Look. [[fake:ask tool=Bash command='touch a']]")).await;
        let old = question(&room, "touch a").await;
        bot.kill();
        let _bot = scene.ready().await;
        let closed = room.expect_edit(&old, |message| message.content.contains("The turn ended before")).await;
        assert_eq!(buttons(&closed), Vec::<String>::new());
        let fresh =
            room.expect_message(|message| message.id != old.id && buttons(message).contains(&"Deny".to_owned())).await;
        ana.clicks(&fresh, "Allow once").await.acknowledged().await;
        reply(&room, "Bash may: touch a.").await;
    });
}
