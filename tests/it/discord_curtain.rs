//! What the stop card covers on Discord: replies, what characters said, dice and letters; also when the program is killed
//! between the pause and the last of them.

use fake_discord::{FakeDiscord, Fault, Message, Options, Permission, Person, RateLimits, Room, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, buttons};
use crate::support::installation::Installation;

const CURTAIN: &str = "-# (A curtain falls over this part.)";

/// The messages of a part that is to be covered.
struct Part {
    narration: Message,
    voice: Message,
    last: Message,
    letter: Message,
    roll: Message,
}

fn scene() -> Scene {
    // A program that is killed cannot tell the next one how many requests it made.
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    Scene::with(options, Installation::with_fake_claude(), ", voices: webhook")
}

/// A reply with a voice in it, a letter and a roll; before it a reply and a roll that are older than what is covered.
async fn play(scene: &Scene, room: &Room, ana: &Person) -> (Vec<Message>, Part) {
    let discord: &FakeDiscord = &scene.discord;
    let mut kept = Vec::new();
    ana.slash(room, "roll", json!({ "dice": "1d4" })).await.acknowledged().await;
    kept.push(room.expect_message(|message| !message.is_ephemeral() && message.content.contains("1d4: (")).await);
    for words in ["Far away.", "Near."] {
        ana.says(room, &scene.to_bot(&format!("I walk. [[fake:say text='{words}']]"))).await;
        kept.push(ended(room, words).await);
    }
    let told = "The gate opens.\\n\\n**Mira:** Come in.\\n\\nShe waves.";
    let whisper = format!("I knock. [[fake:tool name=whisper args='{{\"seat\":1,\"text\":\"Run.\"}}' say='{told}']]");
    ana.says(room, &scene.to_bot(&whisper)).await;
    let last = ended(room, "She waves.").await;
    let voice = room.messages().into_iter().find(|message| message.content == "Come in.").unwrap();
    let narration = room.messages().into_iter().find(|message| message.content.starts_with("The gate opens.")).unwrap();
    let letter = room.expect_message(|message| buttons(message) == ["Open"]).await;
    ana.slash(room, "roll", json!({ "dice": "2d6" })).await.acknowledged().await;
    let roll = room.expect_message(|message| !message.is_ephemeral() && message.content.contains("2d6: (")).await;
    assert!(voice.is_by_webhook() && discord.user("ana").sees(room).len() > 6);
    // Of the two parts that are covered this is the older.
    kept.pop();
    (kept, Part { narration, voice, last, letter, roll })
}

async fn ended(room: &Room, words: &str) -> Message {
    room.expect_message(|message| message.content == words && buttons(message).contains(&"Undo".to_owned())).await
}

async fn is_covered(room: &Room, kept: &[Message], part: &Part) {
    for message in [&part.narration, &part.letter, &part.roll] {
        let covered = room.expect_edit(message, |message| message.content == CURTAIN).await;
        assert!(buttons(&covered).is_empty(), "{covered:?}");
    }
    for message in [&part.voice, &part.last] {
        room.expect_deleted(message).await;
    }
    for message in kept {
        assert_eq!(room.now(message).content, message.content, "what is older stays");
    }
    for words in ["The gate", "Come in", "She waves", "2d6"] {
        let left = room.bot_messages().into_iter().find(|m| !m.is_ephemeral() && m.content.contains(words));
        assert!(left.is_none(), "{left:?}");
    }
}

#[test]
fn what_characters_said_dice_and_letters_are_covered_too() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        let (kept, part) = play(&scene, &room, &ana).await;
        ben.slash(&room, "safety stop", json!({})).await.response().await;
        is_covered(&room, &kept, &part).await;
    });
}

#[test]
fn what_a_character_said_is_taken_away_also_when_its_webhook_is_gone() {
    let scene = scene();
    let discord = &scene.discord;
    // Discord says so of the first, and then the bot does it in its own right.
    discord.expect_refusal("DELETE /webhooks/*/*/messages/*", 10_015);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        let (kept, part) = play(&scene, &room, &ana).await;
        room.loses_webhooks();
        ben.slash(&room, "safety stop", json!({})).await.response().await;
        is_covered(&room, &kept, &part).await;
    });
}

#[test]
fn what_streams_and_was_taken_without_a_word_is_covered() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        // The first message of the reply is taken, and however often the bot asks, nobody tells it.
        discord.fault(Fault::on("POST /channels/*/messages", Wrong::ResetAfter).times(6));
        ana.says(&room, &scene.to_bot("I look. [[fake:hang-after]]")).await;
        let streamed = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        discord.expect_faults_struck().await;
        ben.slash(&room, "safety stop", json!({})).await.response().await;
        room.expect_edit(&streamed, |message| message.content == CURTAIN).await;
    });
}

#[test]
fn what_was_on_its_way_when_play_stopped_is_not_shown_by_the_next_start() {
    // A roll and a letter, each taken without a word or not at all.
    let roll = ("roll", json!({ "dice": "2d6" }), "2d6: (");
    let letter = ("whisper", json!({ "text": "Run.", "to": "ben" }), "✉️");
    for ((command, options, words), wrong) in [
        (roll.clone(), Wrong::HangAfter),
        (roll, Wrong::Hang),
        (letter.clone(), Wrong::HangAfter),
        (letter, Wrong::Hang),
    ] {
        let (scene, taken) = (scene(), matches!(wrong, Wrong::HangAfter));
        let discord = &scene.discord;
        discord.block_on(async {
            let bot = scene.ready().await;
            let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
            ana.says(&room, &scene.to_bot("I walk. [[fake:say text='Far away.']]")).await;
            ended(&room, "Far away.").await;
            ben.says(&room, &scene.to_bot("I walk. [[fake:say text='Near.']]")).await;
            let near = ended(&room, "Near.").await;
            discord.fault(Fault::on("POST /channels/*/messages", wrong));
            ana.slash(&room, command, options).await.acknowledged().await;
            discord.expect_faults_struck().await;
            ben.slash(&room, "safety stop", json!({})).await.response().await;
            bot.kill();
            let sent = || {
                let all = discord.requests("POST /channels/*/messages");
                all.iter().filter(|request| request.body["content"].as_str().unwrap().contains(words)).count()
            };
            let before = sent();
            let stands = room.bot_messages().into_iter().find(|message| message.content.contains(words));
            assert_eq!(stands.is_some(), taken);
            let _bot = scene.ready().await;
            room.expect_edit(&near, |message| message.content == CURTAIN).await;
            ben.slash(&room, "safety ready", json!({})).await.response().await;
            ana.may(Permission::MANAGE_MESSAGES);
            ana.slash(&room, "safety resume", json!({})).await.response().await;
            room.expect_message(|message| message.content == "-# We go on.").await;
            if let Some(stands) = stands {
                room.expect_deleted(&stands).await;
            }
            assert_eq!(sent(), before, "it is not said again");
            assert!(!room.bot_messages().iter().any(|message| message.content.contains(words)));
        });
    }
}

#[test]
fn a_program_that_is_killed_before_it_covered_anything_covers_it_when_it_is_back() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        let (kept, part) = play(&scene, &room, &ana).await;
        discord.fault(Fault::on("PATCH /channels/*/messages/*", Wrong::Hang));
        let paused = ben.slash(&room, "safety stop", json!({})).await.response().await;
        assert!(paused.content.contains("Play is paused"), "{}", paused.content);
        discord.expect_faults_struck().await;
        assert_eq!(room.now(&part.narration).content, part.narration.content, "nothing is covered yet");
        bot.kill();
        let _bot = scene.ready().await;
        is_covered(&room, &kept, &part).await;
    });
}

#[test]
fn a_program_that_is_killed_in_the_middle_finishes_and_a_third_start_finds_nothing_to_do() {
    let scene = scene();
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        let (kept, part) = play(&scene, &room, &ana).await;
        // It is asked for again, because nobody heard that it was done.
        discord.expect_refusal("DELETE /webhooks/*/*/messages/*", 10_008);
        discord.expect_refusal("DELETE /channels/*/messages/*", 10_008);
        // The character's words are the first that is neither a reply nor a notice.
        discord.fault(Fault::on("DELETE /webhooks/*/*/messages/*", Wrong::HangAfter));
        ben.slash(&room, "safety stop", json!({})).await.response().await;
        discord.expect_faults_struck().await;
        bot.kill();
        let bot = scene.ready().await;
        is_covered(&room, &kept, &part).await;
        assert_eq!(bot.end(), Some(0));
        let requests = || ["PATCH", "DELETE"].map(|m| discord.requests(&format!("{m} /channels/*/messages/*")).len());
        let before = requests();
        let _bot = scene.ready().await;
        ana.may(Permission::MANAGE_MESSAGES);
        ana.slash(&room, "status", json!({})).await.response().await;
        ben.slash(&room, "safety ready", json!({})).await.response().await;
        ana.slash(&room, "safety resume", json!({})).await.response().await;
        room.expect_message(|message| message.content == "-# We go on.").await;
        assert_eq!(requests(), before, "it is done once");
    });
}
