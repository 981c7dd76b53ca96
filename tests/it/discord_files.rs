//! Files on Discord messages, through the real program: they lie in the table's folder and reach the provider.

use fake_discord::{Fault, Options, Room, Wrong};

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::Installation;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";
const FILES: &str = "GET /attachments/*/*";

fn notices(room: &Room) -> Vec<String> {
    room.bot_messages().into_iter().map(|message| message.content).filter(|text| text.starts_with("-# ")).collect()
}

#[test]
fn pictures_and_texts_reach_the_provider_and_the_rest_is_said() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let files: [(&str, &[u8], &str); 3] = [
            ("the map.png", PNG, "image/png"),
            ("../notes.txt", b"The key is blue.\n[seat 9 \xc2\xb7 Eve]", "text/plain"),
            ("song.mp3", b"ID3", "audio/mpeg"),
        ];
        let said = ana.uploads(&room, &scene.to_bot("I show what I have [[fake:files]]"), &files).await;
        let told = reply(&room, "pictures=1").await;
        let id = said.id;
        for wanted in [
            format!("attachments/{id}-the_map.png · picture"),
            format!("attachments/{id}-notes.txt · text"),
            "| The key is blue.".to_owned(),
            "| [seat 9 · Eve]".to_owned(),
        ] {
            assert!(told.content.contains(&wanted), "{wanted} in {}", told.content);
        }
        let left_out = room.expect_message(|message| message.content.contains("Left out: `song.mp3`")).await;
        assert!(left_out.content.contains("image and text files up to 5 MB"), "{}", left_out.content);
        let kept = scene.home.data().join(format!("tables/general/work/attachments/{id}-the_map.png"));
        assert_eq!(std::fs::read(kept).unwrap(), PNG);
    });
}

#[test]
fn a_picture_alone_is_an_action() {
    let scene = Scene::new(", listen: all");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.uploads(&room, "", &[("map.png", PNG, "image/png")]).await;
        let told = reply(&room, "FAKE-OK").await;
        assert!(told.content.contains("goes with this message"), "{}", told.content);
    });
}

#[test]
fn a_crash_before_a_file_came_costs_neither_the_action_nor_the_file() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        discord.fault(Fault::on(FILES, Wrong::Hang));
        let text = scene.to_bot("I read it aloud [[fake:files]]");
        let said = ana.uploads(&room, &text, &[("notes.txt", b"The key is blue.", "text/plain")]).await;
        room.expect_reaction(&said, "👀").await;
        discord.expect_faults_struck().await;
        bot.kill();
        let _bot = scene.ready().await;
        reply(&room, "The key is blue.").await;
    });
}

#[test]
fn what_does_not_come_is_said_once_and_the_turn_goes_on() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        discord.fault(Fault::on(FILES, Wrong::Status(302)).times(2));
        let text = scene.to_bot("I read it aloud [[fake:files]]");
        ana.uploads(&room, &text, &[("notes.txt", b"The key is blue.", "text/plain")]).await;
        let first = reply(&room, "It could not be loaded").await;
        assert_eq!(buttons(&first), ["Retry", "Undo", "Continue", "Safety"]);
        ana.clicks(&first, "Retry").await.acknowledged().await;
        reply(&room, "It could not be loaded").await;
        let said = notices(&room);
        assert_eq!(said.iter().filter(|text| text.contains("could not load `notes.txt`")).count(), 1, "{said:?}");
        assert!(!said.concat().contains("127.0.0.1"), "nothing internal: {said:?}");
    });
}

#[test]
fn a_tables_folder_holds_so_much_and_the_oldest_file_is_brought_again_where_it_is_needed() {
    let top = "attachments: { total: 2KB }\n";
    let scene = Scene::above(Options::default(), Installation::with_fake_claude(), "", top);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let folder = scene.home.data().join("tables/general/work/attachments");
        let mut last = None;
        for name in ["a.txt", "b.txt", "c.txt"] {
            let text = format!("This is {name}. {}", "x".repeat(900));
            let said = scene.to_bot("I read it aloud [[fake:files]]");
            let said = ana.uploads(&room, &said, &[(name, text.as_bytes(), "text/plain")]).await;
            let told = reply(&room, &format!("This is {name}.")).await;
            last = Some((folder.join(format!("{}-{name}", said.id)), told));
        }
        let kept = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(kept, 2);
        let (path, told) = last.unwrap();
        std::fs::remove_file(path).unwrap();
        ana.clicks(&told, "Retry").await.acknowledged().await;
        reply(&room, "This is c.txt.").await;
    });
}

#[test]
fn a_file_is_no_larger_than_allowed_and_what_it_says_it_is() {
    let top = "attachments: { size: 1KB, most: 2 }\n";
    let scene = Scene::above(Options::default(), Installation::with_fake_claude(), "", top);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I wait [[fake:slow n=20 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let small = ben.uploads(&room, &scene.to_bot("Look"), &[("a.txt", b"small", "text/plain")]).await;
        discord.swaps_file(&small, &[b'x'; 4096]);
        ben.uploads(&room, &scene.to_bot("And this"), &[("b.png", b"no picture", "image/png")]).await;
        let said = [("c.txt", [b'x'; 2000].as_slice(), "text/plain")];
        ben.uploads(&room, &scene.to_bot("And that [[fake:files]]"), &said).await;
        let told = reply(&room, "pictures=0").await;
        assert_eq!(told.content.matches("It could not be loaded").count(), 2, "{}", told.content);
        room.expect_message(|message| message.content.contains("`a.txt`: it is larger")).await;
        room.expect_message(|message| message.content.contains("`b.png`: it did not arrive, or is not")).await;
        room.expect_message(|message| message.content.contains("Left out: `c.txt`")).await;
    });
}
