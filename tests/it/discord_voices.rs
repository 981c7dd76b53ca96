//! Characters on Discord speak under their own names: in order, once, and in bold where that cannot be.

use fake_discord::{Fault, Message, Permission, Room, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, buttons, in_the_end, reply};

/// As it is where nothing is said of it; other tests turn it off.
const VOICES: &str = ", voices: webhook";
const SPEAK: &str = "POST /webhooks/*/*";
const HOOKS: &str = "/channels/*/webhooks";
const TALE: &str = "The gate opens.\\n\\n**Mira:** Come in @everyone.\\n\\nShe waves.\\n\\n**Clyde:** No.";

fn asks(scene: &Scene, text: &str) -> String {
    scene.to_bot(&format!("I knock [[fake:say text='{text}']]"))
}

/// Waits until what the bot and its characters said reads so: names, empty for the bot, and texts.
async fn stands(room: &Room, wanted: &[(&str, &str)]) -> Vec<Message> {
    let last = wanted.last().unwrap().1;
    let ended = |message: &Message| message.content == last && buttons(message).contains(&"Undo".to_owned());
    room.expect_message(ended).await;
    let read = |all: &[Message]| -> Vec<(String, String)> {
        let name = |m: &Message| if m.is_by_webhook() { m.author_name.clone() } else { String::new() };
        all.iter().map(|m| (name(m), m.content.clone())).collect()
    };
    let wanted: Vec<_> = wanted.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    // What was told while it streamed is taken away last.
    for message in room.bot_messages() {
        if !wanted.iter().any(|(_, text)| *text == message.content) {
            room.expect_deleted(&message).await;
        }
    }
    let all = room.bot_messages();
    assert_eq!(read(&all), wanted);
    all
}

const TOLD: [(&str, &str); 4] =
    [("", "The gate opens."), ("Mira", "Come in @everyone."), ("", "She waves."), ("C\u{200a}lyde", "No.")];

#[test]
fn each_character_speaks_by_one_webhook_and_is_answered_like_the_bot() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    let characters = scene.home.data().join("tables/general/characters");
    std::fs::create_dir_all(&characters).unwrap();
    let card = json!({ "spec": "chara_card_v3", "spec_version": "3.0", "data": { "name": "Mira", "description": "Rows.",
        "assets": [{ "type": "icon", "name": "main", "uri": "https://cards.example/mira.png", "ext": "png" }] } });
    std::fs::write(characters.join("mira.json"), card.to_string()).unwrap();
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &asks(&scene, TALE)).await;
        let all = stands(&room, &TOLD).await;
        assert_eq!(all[1].avatar_url.as_deref(), Some("https://cards.example/mira.png"));
        assert_eq!(all[3].avatar_url, None);
        assert!(buttons(&all[0]).is_empty() && buttons(&all[2]).is_empty());
        assert_eq!(buttons(&all[3]), ["Retry", "Undo", "Continue", "Safety"]);
        // An answer to a character is heard without a mention, by a program that was started anew.
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ana.replies_to(&all[1], "I go in [[fake:say text='**Mira:** Sit.']]").await;
        room.expect_message(|message| message.content == "Sit." && message.is_by_webhook()).await;
        ana.clicks(&all[3], "Undo").await.response().await;
        room.loses_webhooks();
        discord.expect_refusal(SPEAK, 10_015);
        ana.says(&room, &asks(&scene, "**Mira:** Again.")).await;
        room.expect_message(|message| message.content == "Again." && message.is_by_webhook()).await;
    });
    assert_eq!(discord.requests(&format!("POST {HOOKS}")).len(), 2, "one at first, one after it was deleted");
}

#[test]
fn characters_speak_in_threads_too() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let opens = ana.says(&room, "The cellar").await;
        let thread = ana.starts_thread(&opens, "cellar").await;
        ana.says(&thread, &asks(&scene, TALE)).await;
        stands(&thread, &TOLD).await;
        assert!(room.bot_messages().is_empty());
    });
}

#[test]
fn without_the_permission_names_are_bold_and_it_is_said_once() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.expect_refusal(&format!("GET {HOOKS}"), 50_013);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        room.denies_bot(Permission::MANAGE_WEBHOOKS);
        for _ in 0..2 {
            ana.says(&room, &asks(&scene, TALE)).await;
            let told = reply(&room, "**Mira:** Come in").await;
            assert!(told.content.contains("**Clyde:** No."), "{}", told.content);
        }
        let notices = room.bot_messages().into_iter().filter(|m| m.content.contains("I lack Manage Webhooks"));
        assert_eq!(notices.count(), 1);
    });
    assert_eq!(discord.requests(SPEAK).len(), 0);
}

#[test]
fn a_host_turns_voices_off() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES | Permission::MANAGE_CHANNELS);
        let set = ana.slash(&room, "table settings", json!({ "voices": 1 })).await.response().await.content;
        assert!(set.contains("names in bold (`voices: bold`)"), "{set}");
        ana.says(&room, &asks(&scene, TALE)).await;
        reply(&room, "**Mira:** Come in").await;
        assert!(!room.messages().iter().any(fake_discord::Message::is_by_webhook));
    });
}

#[test]
fn of_two_webhooks_that_were_made_by_accident_the_oldest_stays() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // One is made and nobody hears of it.
        discord.fault(Fault::on(&format!("POST {HOOKS}"), Wrong::ResetAfter));
        ana.says(&room, &asks(&scene, "**Mira:** One.")).await;
        reply(&room, "**Mira:** One.").await;
        discord.expect_faults_struck().await;
        // The list is older than it, so another one is made.
        discord.fault(Fault::on(&format!("GET {HOOKS}"), Wrong::Answer(200, json!([]))));
        ana.says(&room, &asks(&scene, "**Mira:** Two.")).await;
        room.expect_message(|message| message.content == "Two." && message.is_by_webhook()).await;
    });
    assert_eq!(discord.requests(&format!("POST {HOOKS}")).len(), 2);
    let removed = discord.requests("DELETE /webhooks/*");
    let [removed] = &removed[..] else { panic!("one is removed: {removed:?}") };
    let id = |path: &str| path.split('/').nth(2).unwrap().parse::<u64>().unwrap();
    let spoke = discord.requests(SPEAK);
    assert!(id(&spoke[0].path) < id(&removed.path), "the newer one is removed before anything was said through it");
}

#[test]
fn words_that_discord_took_without_saying_so_are_not_said_twice() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        discord.fault(Fault::on(SPEAK, Wrong::ResetAfter));
        ana.says(&room, &asks(&scene, "**Mira:** No.\\n\\nA pause.\\n\\n**Mira:** No.")).await;
        stands(&room, &[("Mira", "No."), ("", "A pause."), ("Mira", "No.")]).await;
        discord.expect_faults_struck().await;
        discord.fault(Fault::on(SPEAK, Wrong::Status(500)));
        ana.says(&room, &asks(&scene, "**Mira:** Now.")).await;
        room.expect_message(|message| message.content == "Now." && message.is_by_webhook()).await;
        let now = room.bot_messages().into_iter().filter(|message| message.content == "Now.");
        assert_eq!(now.count(), 1);
    });
}

#[test]
fn a_crash_in_the_middle_of_what_is_said_neither_doubles_nor_loses_a_word() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // The first line is taken, and the program dies before it hears that.
        discord.fault(Fault::on(SPEAK, Wrong::HangAfter));
        ana.says(&room, &asks(&scene, TALE)).await;
        room.expect_message(|message| message.is_by_webhook()).await;
        bot.kill();
        let _bot = scene.ready().await;
        stands(&room, &TOLD).await;
        ana.says(&room, &asks(&scene, "Night falls.")).await;
        reply(&room, "Night falls.").await;
        assert_eq!(room.bot_messages().len(), TOLD.len() + 1);
    });
}

#[test]
fn what_streamed_before_a_crash_is_not_taken_for_what_the_character_says_after_it() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // All of it streams and is taken, and nobody hears that; then the program dies.
        discord.fault(Fault::on("POST /channels/*/messages", Wrong::HangAfter));
        let slow = "[[fake:slow n=0 delay=1500 text='**Mira:** Sit down.' then=' ']]";
        ana.says(&room, &scene.to_bot(&format!("I knock {slow}"))).await;
        let streamed = room.expect_message(|message| message.content.contains("Sit down.")).await;
        let story = async || ana.slash(&room, "story show", json!({})).await.response().await.content;
        in_the_end(story, "Sit down.").await;
        bot.kill();
        // Now it is not known either whether the character said it.
        discord.fault(Fault::on("POST /webhooks/*/*", Wrong::Status(500)));
        let _bot = scene.ready().await;
        let said = room.expect_message(|message| message.is_by_webhook()).await;
        room.expect_deleted(&streamed).await;
        assert_eq!((said.author_name.as_str(), said.content.as_str()), ("Mira", "Sit down."));
        assert_eq!(room.bot_messages().len(), 1);
    });
}

#[test]
fn what_streamed_before_a_crash_is_taken_away_when_a_character_says_it_after_it() {
    let scene = Scene::new(VOICES);
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // What streams is taken, and nobody hears that; meanwhile the reply ends, and then the program dies.
        discord.fault(Fault::on("POST /channels/*/messages", Wrong::HangAfter));
        let slow =
            "[[fake:slow n=0 delay=100 text='**Mira:** Sit ' then='down with us by the fire and tell us all of it.']]";
        ana.says(&room, &scene.to_bot(&format!("I knock {slow}"))).await;
        let streamed = room.expect_message(|message| message.content.contains("Sit")).await;
        let story = async || ana.slash(&room, "story show", json!({})).await.response().await.content;
        in_the_end(story, "all of it.").await;
        bot.kill();
        let _bot = scene.ready().await;
        let said = room.expect_message(|message| message.is_by_webhook()).await;
        room.expect_deleted(&streamed).await;
        assert_eq!((said.author_name.as_str(), room.bot_messages().len()), ("Mira", 1));
    });
}
