//! Fights and turns while playing: through the terminal and through Discord, with a restart in the middle, an undo across
//! it, and a search for who is hidden in everything that anybody was ever sent.

use fake_discord::{Judge, Message, Options, Permission, Person, RateLimits, Room};
use serde_json::json;

use crate::support::bot::{Scene, in_the_end, reply};
use crate::support::installation::{Installation, text};

fn play(home: &Installation, lines: &str) -> (String, String) {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_terminal_fights_in_order_and_undo_takes_the_round_back() {
    let home = Installation::with_fake_claude();
    home.config("tables: [{ name: home, kit: d20-lite }]\n");
    let (out, err) = play(
        &home,
        "I enter.\n/fight next\n/fight start Wolves +2, Old Bear\n/fight start\nI strike. [[fake:section name='How things stand']]\n\
         /fight\n/undo\n/fight\n",
    );
    assert!(err.contains("No fight goes on; /fight start begins one."), "{err}");
    assert!(err.contains("A fight goes on already; end it first."), "{err}");
    assert!(out.contains("initiative · 1d20"), "the kit says what is thrown: {out}");
    assert!(out.contains("Traveller: ") && out.contains("The game master: "), "it is said who throws: {out}");
    assert!(out.contains("⚔️ Round 1\n") && out.contains("▶ Traveller ("), "{out}");
    assert!(out.contains("· hp 10 of 10"), "{out}");
    assert!(out.contains("Fight, round 1: ") && out.contains("on move"), "the game master knows the order: {out}");
    assert!(out.contains("Their moves belong to this reply: ") && out.contains("Old Bear"), "{out}");
    let rounds: Vec<_> = out.lines().filter(|line| line.starts_with("⚔️ Round")).collect();
    assert_eq!(rounds, ["⚔️ Round 1", "⚔️ Round 2", "⚔️ Round 2", "⚔️ Round 1"], "{out}");
    let (out, _) = play(&home, "/fight leave old bear\n/fight end\n/fight\n");
    assert!(out.contains("Out of the fight: Old Bear."), "it went on after a restart: {out}");
    assert!(out.contains("The fight is over.") && out.contains("Everybody acts when they like."), "{out}");
}

#[test]
fn a_terminal_takes_turns_in_every_way_and_says_what_it_does_not_know() {
    let home = Installation::new();
    let (out, err) = play(
        &home,
        "/turns\n/turns round 5\nI call out.\n/turns post 24\n/turns initiative\n/turns post 9999\n/turns dance\n\
         /turns spotlight\nI sing.\n/turns open\n/turns open\n/turns go\n",
    );
    assert!(out.starts_with("Everybody acts when they like."), "{out}");
    assert!(out.contains("All say what they do; then it is told together."), "{out}");
    assert!(out.contains("Played by post: all say what they do, within 24 hours of the first"), "{out}");
    assert!(out.contains("The floor is for Traveller."), "{out}");
    assert!(out.contains("There is no /turns dance. Did you mean /turns round?"), "{out}");
    for refused in
        ["No fight goes on", "A deadline is 1 to 336 hours.", "It is so already.", "Turns are not gathered now"]
    {
        assert!(err.contains(refused), "{refused}: {err}");
    }
    let story = home.scene_file(1).expect("a story");
    assert!(story.contains("I call out") && story.contains("I sing"), "who is alone is not kept waiting: {story}");
}

#[test]
fn a_table_without_a_model_goes_from_move_to_move() {
    let home = Installation::new();
    let (out, _) = play(&home, "I look around.\n/fight start Wolves\nI wait.\nI wait again.\n/fight\n");
    let rounds: Vec<_> = out.lines().filter(|line| line.starts_with("⚔️ Round")).collect();
    assert_eq!(rounds, ["⚔️ Round 1", "⚔️ Round 2", "⚔️ Round 3", "⚔️ Round 3"], "{out}");
}

async fn sits(scene: &Scene, person: &Person, room: &Room) {
    let words = format!("Hello {}.", person.name());
    person.says(room, &scene.to_bot(&format!("[[fake:say text='{words}']]"))).await;
    reply(room, &words).await;
}

/// What a person says, and what the game master answers.
fn says(scene: &Scene, answer: &str) -> String {
    scene.to_bot(&format!("I act. [[fake:say text='{answer}']]"))
}

async fn card(room: &Room, words: &str) -> Message {
    room.expect_message(|message| message.content.contains(words)).await
}

fn cards(room: &Room) -> usize {
    room.bot_messages().iter().filter(|message| message.content.starts_with("⚔️")).count()
}

#[test]
fn discord_fights_on_one_card_and_shows_nobody_who_hides() {
    // A program that is killed cannot tell the next one how many requests it made.
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), ", kit: d20-lite");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben, cleo) = (discord.user("ana"), discord.user("ben"), discord.user("cleo"));
        ana.may(Permission::MANAGE_MESSAGES);
        sits(&scene, &ana, &room).await;
        sits(&scene, &ben, &room).await;
        let places =
            r#"{"places":[{"name":"Wolves"},{"name":"LURKER","hidden":true},{"name":"STALKER","hidden":true}]}"#;
        let secret = format!("They come. [[fake:tool name=start_fight args='{places}' say='They come.']]");
        ana.slash(&room, "whisper", json!({ "text": secret })).await.acknowledged().await;
        reply(&room, "They come.").await;
        let shown = card(&room, "⚔️ **Round 1**").await;
        for wanted in ["**ana** (", "**ben** (", "· **Wolves** (", "hp 10 of 10", "acts now."] {
            assert!(shown.content.contains(wanted), "{wanted}: {}", shown.content);
        }
        let ana_first = shown.content.contains("▶ **ana**");
        let (first, second) = if ana_first { (&ana, &ben) } else { (&ben, &ana) };
        card(&room, &format!("-# Round 1. Next: **{}**.", first.name())).await;

        let early = second.says(&room, &says(&scene, "The arrow flies.")).await;
        room.expect_reaction(&early, "⏳").await;
        let why = card(&room, &format!("It is the move of **{}**.", first.name())).await;
        assert!(why.content.contains("is kept for yours"), "{}", why.content);
        let again = second.says(&room, &says(&scene, "The arrow flies.")).await;
        room.expect_reaction(&again, "⏳").await;
        bot.kill();
        let bot = scene.ready().await;
        first.says(&room, &says(&scene, "The blade falls.")).await;
        reply(&room, "The blade falls.").await;
        card(&room, &format!("Next: **{}**.", second.name())).await;
        reply(&room, "The arrow flies.").await;
        room.expect_edit(&shown, |now| now.content.contains("⚔️ **Round 2**")).await;
        let told = room.bot_messages().iter().filter(|m| m.content.contains("It is the move of")).count();
        assert_eq!((cards(&room), told), (1, 1), "one card, also after a restart, and told once");

        first.slash(&room, "undo", json!({})).await.acknowledged().await;
        room.expect_edit(&shown, |now| now.content.contains("⚔️ **Round 1**")).await;
        let nobody = ana.slash(&room, "fight leave", json!({ "who": "LURKER" })).await;
        nobody.expect(|message| message.content.starts_with("Nobody called LURKER is in this fight")).await;
        let order = cleo.slash(&room, "fight show", json!({})).await;
        order.expect(|message| message.content.contains("**Wolves**")).await;
        let refused = cleo.slash(&room, "fight end", json!({})).await;
        refused.expect(|message| message.content.contains("Only the game master and hosts")).await;
        ana.slash(&room, "fight end", json!({})).await.acknowledged().await;
        room.expect_edit(&shown, |now| now.content == "⚔️ The fight is over.").await;
        for person in [&ben, &cleo] {
            let seen = person
                .sees(&room)
                .into_iter()
                .find(|message| message.content.contains("LURKER") || message.content.contains("STALKER"));
            assert!(seen.is_none(), "{} sees who hides: {seen:?}", person.name());
        }
        for method in ["POST", "PATCH", "PUT"] {
            let sent = discord.requests(&format!("{method} /**"));
            assert!(!sent.is_empty() && sent.iter().all(|request| !request.body.to_string().contains("STALKER")));
        }
        assert_eq!(bot.end(), Some(0));
    });
    for folder in ["stories", "logs"] {
        search(&scene.home.data().join(folder));
    }
}

/// No file below holds a name of who is hidden.
fn search(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path);
        } else {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(!text.contains("LURKER") && !text.contains("STALKER"), "{} names who hides", path.display());
        }
    }
}

#[test]
fn discord_gathers_a_round_and_tells_it_as_one() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben, cleo) = (discord.user("ana"), discord.user("ben"), discord.user("cleo"));
        ana.may(Permission::MANAGE_MESSAGES);
        for person in [&ana, &ben, &cleo] {
            sits(&scene, person, &room).await;
        }
        let refused = ben.slash(&room, "turns round", json!({})).await;
        refused.expect(|message| message.content.contains("Only hosts change how turns are taken")).await;
        ana.slash(&room, "turns round", json!({ "minutes": 60 })).await.acknowledged().await;
        let shown = card(&room, "Still missing: **ana**, **ben** and **cleo**.").await;
        let said = ben.says(&room, &scene.to_bot("I hide.")).await;
        room.expect_reaction(&said, "✅").await;
        room.expect_edit(&shown, |now| now.content.contains("Said: **ben**. Still missing: **ana** and **cleo**."))
            .await;
        room.expect_edit(&shown, |now| now.content.contains("They are waited for until")).await;
        let secret = "I palm the key.";
        let told = cleo.slash(&room, "whisper", json!({ "text": secret })).await;
        told.expect(|message| message.content.contains("It is told when **ana** said something as well.")).await;
        room.expect_edit(&shown, |now| now.content.contains("Still missing: **ana**.")).await;
        ana.says(&room, &says(&scene, "All at once.")).await;
        reply(&room, "All at once.").await;
        room.expect_edit(&shown, |now| now.content.contains("Still missing: **ana**, **ben** and **cleo**.")).await;

        ana.says(&room, &says(&scene, "Only ana.")).await;
        room.expect_edit(&shown, |now| now.content.contains("Said: **ana**.")).await;
        ana.slash(&room, "turns go", json!({})).await.acknowledged().await;
        reply(&room, "Only ana.").await;
        let ended = room.expect_edit(&shown, |now| !now.content.contains("Said:")).await;
        assert!(ended.content.contains("Still missing"), "{}", ended.content);
        ana.slash(&room, "turns spotlight", json!({ "who": ben.id().to_string() })).await.acknowledged().await;
        room.expect_edit(&shown, |now| now.content == "-# Turns are taken in another way now.").await;
        card(&room, "The floor is for **ben**.").await;
    });
    let stories = scene.home.data().join("stories/general");
    let file = std::fs::read_dir(stories).unwrap().flatten().next().unwrap().path();
    let story = std::fs::read_to_string(file).unwrap();
    assert!(story.contains("(holds back)") && !story.contains("palm"), "{story}");
}

#[test]
fn whoever_is_on_move_is_mentioned_only_where_a_host_has_it_so() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), ", next_up: mention");
    let discord = &scene.discord;
    // It is what this is about.
    discord.pardon(Judge::Ping);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let ana = discord.user("ana");
        ana.may(Permission::MANAGE_MESSAGES | Permission::MANAGE_CHANNELS);
        sits(&scene, &ana, &room).await;
        ana.slash(&room, "fight start", json!({ "foes": "Wolves" })).await.acknowledged().await;
        let next = card(&room, &format!("Next: <@{}>.", ana.id())).await;
        assert_eq!(next.mentions, [ana.id()], "she is called");
        ana.slash(&room, "table settings", json!({ "next_up": 0 })).await.acknowledged().await;
        ana.slash(&room, "fight next", json!({})).await.acknowledged().await;
        let quiet = card(&room, "Round 2. Next: **ana**.").await;
        assert!(quiet.mentions.is_empty());
    });
}

#[test]
fn a_card_that_the_channel_did_not_take_comes_when_it_takes_something_again() {
    let scene = Scene::new(", kit: d20-lite");
    let discord = &scene.discord;
    discord.expect_refusal("POST /channels/*/messages", 50_013);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        sits(&scene, &ana, &room).await;
        room.denies_bot(Permission::SEND_MESSAGES);
        let before = discord.requests("POST /channels/*/messages").len();
        ana.slash(&room, "fight start", json!({ "foes": "Wolves" })).await.acknowledged().await;
        discord.expect_requests("POST /channels/*/messages", before + 1).await;
        let status = async || ana.slash(&room, "status", json!({ "all": true })).await.response().await.content;
        in_the_end(status, "Send Messages").await;
        room.allows_bot(Permission::SEND_MESSAGES);
        ana.says(&room, &says(&scene, "The blade falls.")).await;
        reply(&room, "The blade falls.").await;
        card(&room, "⚔️ **Round").await;
        assert_eq!(cards(&room), 1);
    });
}
