//! People speak as characters whom they play: in the terminal, and on Discord by the channel's webhook, once, whatever happens.

use fake_discord::{Fault, Message, Options, Permission, RateLimits, Room, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, reply};
use crate::support::installation::{Installation, text};

const VOICES: &str = ", voices: webhook";
const SPEAK: &str = "POST /webhooks/*/*";
const PICTURE: &str = "https://cards.example/mira.png";

/// A scene with Mira and Tomas in the cast of `general`.
fn scene() -> Scene {
    // A program that is killed cannot tell the next one how many requests it made.
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), VOICES);
    let cast = scene.home.data().join("tables/general/characters");
    std::fs::create_dir_all(&cast).unwrap();
    let card = json!({ "spec": "chara_card_v3", "spec_version": "3.0", "data": { "name": "Mira", "description": "Rows.",
        "assets": [{ "type": "icon", "name": "main", "uri": PICTURE, "ext": "png" }] } });
    std::fs::write(cast.join("mira.json"), card.to_string()).unwrap();
    std::fs::write(cast.join("tomas.md"), "Keeps the gate.\n").unwrap();
    scene
}

/// Waits for a line that stands in a character's name.
async fn line(room: &Room, name: &str, words: &str) -> Message {
    room.expect_message(|m| m.is_by_webhook() && m.author_name == name && m.content.starts_with(words)).await
}

/// How often an action with these words is in the log.
fn actions(scene: &Scene, words: &str) -> i64 {
    let conn = rusqlite::Connection::open(scene.home.data().join("talekeeper.db")).unwrap();
    let sql = "SELECT count(*) FROM events WHERE kind = 'action_said' AND payload LIKE '%' || ?1 || '%'";
    conn.query_row(sql, [words], |row| row.get(0)).unwrap()
}

#[test]
fn in_the_terminal_a_line_is_the_characters_in_the_brief_and_in_the_story() {
    let home = Installation::with_fake_claude();
    let cast = home.data().join("tables/home/characters");
    std::fs::create_dir_all(&cast).unwrap();
    std::fs::write(cast.join("mira.json"), r#"{"name":"Mira Vance","description":"A ferryman."}"#).unwrap();
    std::fs::write(cast.join("gull.json"), r#"{"name":"The Gull","description":"Steals."}"#).unwrap();
    let lines = "/as Mira I row.\n/character take mira\n/character\n/as Mira I row on. [[fake:keep-brief]]\n/as nobody\n/as off\n";
    let output = home.run_with(&["play"], lines);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(err.contains("You do not play Mira Vance; take them first"), "{err}");
    assert!(out.contains("The Gull: the game master") && out.contains("Mira Vance: "), "{out}");
    assert!(err.contains("There is no \"nobody\" in the cast; there is: "), "{err}");
    assert!(out.contains("said in your own name again"), "{out}");
    let brief = std::fs::read_to_string(home.folder().join(".fake-cli/brief.json")).unwrap();
    assert!(brief.contains("[seat 1 · Mira Vance · played by "), "{brief}");
    assert!(brief.contains("## The players' characters") && brief.contains("[character · The Gull]"), "{brief}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("Mira Vance") && story.contains("I row on."), "{story}");
}

#[test]
fn lines_stand_in_the_characters_name_and_everyone_can_ask_who_wrote_them() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        let taken = ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
        assert!(taken.content == "ana plays Mira from now on." && !taken.is_ephemeral(), "{}", taken.content);
        let refused = ben.slash(&room, "character take", json!({ "name": "mira" })).await.response().await;
        assert!(refused.content.contains("Mira is played by ana"), "{}", refused.content);

        let plain = ana.says(&room, &scene.to_bot("I knock. [[fake:say text='It opens.']]")).await;
        reply(&room, "It opens.").await;
        assert!(!room.now(&plain).deleted, "nobody asked for another name yet");

        ana.slash(&room, "as", json!({ "character": "Mira" })).await.response().await;
        let wrote = ana.says(&room, &scene.to_bot("I wave. [[fake:keep-brief]]")).await;
        let said = line(&room, "Mira", "I wave.").await;
        assert_eq!(said.avatar_url.as_deref(), Some(PICTURE));
        room.expect_deleted(&wrote).await;
        let told = reply(&room, "The brief is kept").await;
        let brief = std::fs::read_to_string(scene.home.folder().join(".fake-cli/brief.json")).unwrap();
        assert!(brief.contains("[seat 1 · Mira · played by ana]\\n| I wave."), "{brief}");

        ana.slash(&room, "as", json!({ "character": "off" })).await.response().await;
        let once = json!({ "character": "mira", "text": "I bow. [[fake:say text='They bow too.']]" });
        let answer = ana.slash(&room, "as", once).await.response().await;
        assert!(answer.is_ephemeral());
        line(&room, "Mira", "I bow.").await;
        reply(&room, "They bow too.").await;
        assert_eq!(actions(&scene, "I bow."), 1);

        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        let who = ben.uses_on(&said, "Who wrote this?").await.response().await;
        assert_eq!(who.content, format!("ana (<@{}>) wrote this.", ana.id()));
        assert!(who.is_ephemeral());
        let who = ben.uses_on(&told, "Who wrote this?").await.response().await;
        assert_eq!(who.content, "The game master wrote this.");
        let who = ben.uses_on(&plain, "Who wrote this?").await.response().await;
        assert_eq!(who.content, "ana wrote this.");
    });
    let stories = scene.home.data().join("stories/general");
    let story = std::fs::read_dir(stories).unwrap().flatten().map(|file| std::fs::read_to_string(file.path()).unwrap());
    let story = story.collect::<String>();
    assert!(story.contains("Mira") && story.contains("I wave."), "{story}");
}

#[test]
fn until_a_reply_takes_it_a_line_is_its_writers_to_change_and_to_take_back() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
        ana.slash(&room, "as", json!({ "character": "Mira" })).await.response().await;
        ben.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
        room.expect_message(|message| message.content.contains("Once upon a time")).await;

        let wrote = ana.says(&room, &scene.to_bot("I wavr.")).await;
        let said = line(&room, "Mira", "I wavr.").await;
        room.expect_deleted(&wrote).await;
        let gone = ana.says(&room, &scene.to_bot("I flee.")).await;
        let flees = line(&room, "Mira", "I flee.").await;
        room.expect_deleted(&gone).await;

        let refused = ben.uses_on(&said, "Edit my line").await.response().await;
        assert!(refused.is_ephemeral() && refused.content == "Somebody else wrote that line.", "{}", refused.content);
        let refused = ben.uses_on(&said, "Delete my line").await.response().await;
        assert_eq!(refused.content, "Somebody else wrote that line.");
        let form = ana.uses_on(&said, "Edit my line").await.modal().await;
        let kept = ana.submits(&form, json!({ "text": "I wave. [[fake:keep-brief]]" })).await.response().await;
        assert_eq!(kept.content, "Your line is changed.");
        assert!(room.now(&said).content.starts_with("I wave."), "{}", room.now(&said).content);
        let removed = ana.uses_on(&flees, "Delete my line").await.response().await;
        assert_eq!(removed.content, "Your line is taken back.");
        room.expect_deleted(&flees).await;

        ben.slash(&room, "stop", json!({})).await.response().await;
        reply(&room, "The brief is kept").await;
        let brief = std::fs::read_to_string(scene.home.folder().join(".fake-cli/brief.json")).unwrap();
        assert!(brief.contains("| I wave.") && !brief.contains("I flee") && !brief.contains("wavr"), "{brief}");
        let late = ana.uses_on(&said, "Delete my line").await.response().await;
        assert!(late.content.contains("taken up by a reply"), "{}", late.content);
        assert!(!room.now(&said).deleted);
    });
}

#[test]
fn what_its_writer_changes_before_it_stands_in_the_characters_name_counts() {
    // While it is found out whether it may be said as the character, and while the writer's own message is being removed.
    for slow in ["GET /channels/*/webhooks", "DELETE /channels/*/messages/*"] {
        let scene = scene();
        let discord = &scene.discord;
        discord.block_on(async {
            let _bot = scene.ready().await;
            let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
            ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
            ana.slash(&room, "as", json!({ "character": "Mira" })).await.response().await;
            ben.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
            room.expect_message(|message| message.content.contains("Once upon a time")).await;
            discord.fault(Fault::on(slow, Wrong::Hang));
            let wrote = ana.says(&room, &scene.to_bot("I wavr.")).await;
            discord.expect_faults_struck().await;
            ana.edits(&wrote, &scene.to_bot("I wave.")).await;
            line(&room, "Mira", "I wave.").await;
            room.expect_deleted(&wrote).await;
            assert_eq!(room.messages().into_iter().filter(Message::is_by_webhook).count(), 1);
        });
    }
}

#[test]
fn a_line_is_taken_back_also_when_the_webhook_that_said_it_is_gone() {
    let scene = scene();
    let discord = &scene.discord;
    discord.expect_refusal("DELETE /webhooks/*/*/messages/*", 10_015);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
        ana.slash(&room, "as", json!({ "character": "Mira" })).await.response().await;
        ben.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
        room.expect_message(|message| message.content.contains("Once upon a time")).await;
        let wrote = ana.says(&room, &scene.to_bot("I flee.")).await;
        let flees = line(&room, "Mira", "I flee.").await;
        room.expect_deleted(&wrote).await;
        room.loses_webhooks();
        let removed = ana.uses_on(&flees, "Delete my line").await.response().await;
        assert_eq!(removed.content, "Your line is taken back.");
        room.expect_deleted(&flees).await;
    });
}

#[test]
fn without_manage_messages_lines_stay_as_they_were_and_it_is_said_once() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        room.denies_bot(Permission::MANAGE_MESSAGES);
        ana.slash(&room, "character take", json!({ "name": "Tomas" })).await.response().await;
        ana.slash(&room, "as", json!({ "character": "Tomas" })).await.response().await;
        for n in 0..2 {
            let says = format!("I wave {n}. [[fake:say text='They wave {n}.']]");
            let wrote = ana.says(&room, &scene.to_bot(&says)).await;
            room.expect_reaction(&wrote, "👀").await;
            reply(&room, &format!("They wave {n}.")).await;
            assert!(!room.now(&wrote).deleted);
        }
        room.expect_message(|message| message.content.contains("I lack Manage Messages")).await;
        let notices = room.bot_messages().into_iter().filter(|m| m.content.contains("I lack Manage Messages"));
        assert_eq!(notices.count(), 1);
        assert!(!room.messages().iter().any(Message::is_by_webhook));
    });
}

#[test]
fn without_manage_webhooks_the_bot_says_the_line_with_the_name_in_bold() {
    let scene = scene();
    let discord = &scene.discord;
    discord.expect_refusal("GET /channels/*/webhooks", 50_013);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        room.denies_bot(Permission::MANAGE_WEBHOOKS);
        ana.slash(&room, "character take", json!({ "name": "Tomas" })).await.response().await;
        ana.slash(&room, "as", json!({ "character": "Tomas" })).await.response().await;
        let wrote = ana.says(&room, &scene.to_bot("I wave. [[fake:say text='They wave.']]")).await;
        let said = room.expect_message(|message| message.content.starts_with("**Tomas:** I wave.")).await;
        room.expect_deleted(&wrote).await;
        reply(&room, "They wave.").await;
        let who = ana.uses_on(&said, "Who wrote this?").await.response().await;
        assert!(who.content.starts_with("ana "), "{}", who.content);
    });
}

#[test]
fn a_crash_at_any_point_neither_doubles_nor_loses_a_line() {
    // Discord takes the line and nobody hears of it; or the line stands and its writer's message could not be removed yet.
    for fault in [Fault::on(SPEAK, Wrong::HangAfter), Fault::on("DELETE /channels/*/messages/*", Wrong::Hang)] {
        let scene = scene();
        let discord = &scene.discord;
        discord.block_on(async {
            let bot = scene.ready().await;
            let (ana, room) = (discord.user("ana"), discord.channel("general"));
            ana.slash(&room, "character take", json!({ "name": "Mira" })).await.response().await;
            ana.slash(&room, "as", json!({ "character": "Mira" })).await.response().await;
            discord.fault(fault);
            let wrote = ana.says(&room, &scene.to_bot("I wave. [[fake:say text='They wave.']]")).await;
            line(&room, "Mira", "I wave.").await;
            discord.expect_faults_struck().await;
            bot.kill();
            let _bot = scene.ready().await;
            room.expect_deleted(&wrote).await;
            reply(&room, "They wave.").await;
            let lines = room.bot_messages().into_iter().filter(|message| message.content.starts_with("I wave."));
            assert_eq!(lines.count(), 1);
            assert_eq!(actions(&scene, "I wave."), 1);
        });
    }
}
