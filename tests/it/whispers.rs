//! Secrets at the doors: whispers, envelopes and letters through the running program, and a search for every secret word in
//! everything that anyone else was ever sent.

use std::path::Path;

use fake_discord::{FakeDiscord, Message, Options, Permission, Person, RateLimits, Room};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, text};

const SEALED: &str = "The game master hands somebody a sealed letter.";
const NOTE: &str = "A folded note changes hands.";

/// A directive that makes the fake CLI whisper to seat 2.
fn whispers(mode: &str, words: &str, say: &str) -> String {
    format!("[[fake:{mode} name=whisper args='{{\"seat\":2,\"text\":\"{words}\"}}' say='{say}']]")
}

async fn sits(scene: &Scene, person: &Person, room: &Room, words: &str) {
    person.says(room, &scene.to_bot(&format!("[[fake:say text='{words}']]"))).await;
    reply(room, words).await;
}

async fn envelope(room: &Room, words: &str) -> Message {
    let there = |message: &Message| message.content.contains(words) && buttons(message) == ["Open"];
    room.expect_message(there).await
}

#[test]
fn an_envelope_shows_everyone_that_it_is_there_and_one_person_what_it_says() {
    // A program that is killed cannot tell the next one how many requests it made.
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben, cleo) = (discord.user("ana"), discord.user("ben"), discord.user("cleo"));
        sits(&scene, &ana, &room, "Hello ana.").await;
        sits(&scene, &ben, &room, "Hello ben.").await;

        let secret = format!("I palm the OPALKEY. {}", whispers("tool", "It glows RUBYEYE.", "The lamp gutters."));
        let told = ana.slash(&room, "whisper", json!({ "text": secret })).await;
        told.expect(|message| message.content == "The game master hears it, and nobody else.").await;
        let sealed = envelope(&room, SEALED).await;
        reply(&room, "The lamp gutters.").await;
        for stranger in [&cleo, &ana] {
            let blank = stranger.clicks(&sealed, "Open").await.follow_up(0).await;
            assert!(blank.is_ephemeral() && !blank.content.contains("RUBYEYE"), "{}", blank.content);
        }
        let read = ben.clicks(&sealed, "Open").await.follow_up(0).await;
        assert_eq!(read.content, "✉️ From **the game master**\n> It glows RUBYEYE.");
        assert!(read.is_ephemeral());

        let offered = ana.types_in(&room, "whisper", json!({}), ("to", "b")).await;
        assert_eq!(offered.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["ben"]);
        let handed = ana.slash(&room, "whisper", json!({ "to": "ben", "text": "Meet me. SAPPHIRE." })).await;
        handed.expect(|message| message.content.starts_with("Handed over")).await;
        let note = envelope(&room, NOTE).await;
        assert!(!note.content.contains("ana"), "not even who wrote it is shown");
        bot.kill();
        let _bot = scene.ready().await;
        let read = ben.clicks(&note, "Open").await.follow_up(0).await;
        assert!(read.content.contains("From **ana**\n> Meet me. SAPPHIRE."), "{}", read.content);

        let nobody = ana.slash(&room, "whisper", json!({ "to": "zoe", "text": "Hm." })).await;
        nobody.expect(|message| message.content.contains("Nobody at this table is called zoe")).await;
        let own = ana.slash(&room, "whisper", json!({ "to": "ana", "text": "Hm." })).await;
        own.expect(|message| message.content.contains("needs somebody else")).await;
    });
}

#[test]
fn the_game_master_is_told_which_letters_lie_unread() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        sits(&scene, &ana, &room, "Hello ana.").await;
        sits(&scene, &ben, &room, "Hello ben.").await;
        let secret = whispers("tool", "It glows.", "The lamp gutters.");
        ana.slash(&room, "whisper", json!({ "text": secret })).await.acknowledged().await;
        let sealed = envelope(&room, SEALED).await;
        reply(&room, "The lamp gutters.").await;
        let ask = scene.to_bot("[[fake:section name=Whispered]]");
        ana.says(&room, &ask).await;
        reply(&room, "ben · not opened yet · in secret").await;
        ben.clicks(&sealed, "Open").await.follow_up(0).await;
        ana.says(&room, &scene.to_bot("[[fake:section name=Whispered]] again")).await;
        let after =
            room.expect_message(|m| m.content.contains("again") || buttons(m).contains(&"Undo".to_owned())).await;
        assert!(!after.content.contains("not opened yet"), "{}", after.content);
    });
}

#[test]
fn a_letter_of_a_turn_without_an_answer_says_kindly_that_it_never_came() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        sits(&scene, &ana, &room, "Hello ana.").await;
        sits(&scene, &ben, &room, "Hello ben.").await;
        let secret = whispers("tool-fail", "It is TOPAZ.", "");
        ana.slash(&room, "whisper", json!({ "text": secret })).await.acknowledged().await;
        let sealed = envelope(&room, SEALED).await;
        room.expect_message(|message| buttons(message) == ["Retry", "Safety"]).await;
        let void = ben.clicks(&sealed, "Open").await.follow_up(0).await;
        assert!(void.content.contains("never delivered") && !void.content.contains("TOPAZ"), "{}", void.content);
    });
}

/// Everything that a run of the program leaves and sends, searched for words that only some may know.
#[test]
fn no_secret_word_reaches_anyone_it_is_not_for() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let room = discord.channel("general");
        let (ana, ben, cleo) = (discord.user("ana"), discord.user("ben"), discord.user("cleo"));
        for (person, words) in [(&ana, "Hello ana."), (&ben, "Hello ben."), (&cleo, "Hello cleo.")] {
            sits(&scene, person, &room, words).await;
        }
        let secret = format!("I palm the OPALKEY. {}", whispers("tool", "It glows RUBYEYE.", "The lamp gutters."));
        ana.slash(&room, "whisper", json!({ "text": secret })).await.acknowledged().await;
        let sealed = envelope(&room, SEALED).await;
        reply(&room, "The lamp gutters.").await;
        ben.clicks(&sealed, "Open").await.follow_up(0).await;
        cleo.clicks(&sealed, "Open").await.follow_up(0).await;

        let chosen = ben.slash(&room, "whisper", json!({ "deliver": 1 })).await;
        chosen.expect(|message| message.content.contains("by direct message from now on")).await;
        ana.slash(&room, "whisper", json!({ "to": "ben", "text": "Take the EMERALD." })).await.acknowledged().await;
        envelope(&room, NOTE).await;
        let brought = ben.direct().expect_message(|message| message.content.contains("EMERALD")).await;
        assert!(brought.content.starts_with("✉️ From **ana**, at the table general\n> "), "{}", brought.content);

        let hidden = ana.slash(&room, "roll", json!({ "dice": "1d20+700000 # AMETHYST", "shown": 1 })).await;
        hidden.expect(|message| message.content.contains("Only you and the game master see this.")).await;
        let late = "I wait. [[fake:say text='Nothing stirs.']]";
        cleo.says(&room, &scene.to_bot(late)).await;
        reply(&room, "Nothing stirs.").await;
        for (command, options) in
            [("status", json!({})), ("recap", json!({})), ("story show", json!({})), ("rolls", json!({}))]
        {
            cleo.slash(&room, command, options).await.response().await;
        }
        ana.may(Permission::MANAGE_MESSAGES);
        ana.slash(&room, "scene end", json!({})).await.acknowledged().await;
        room.expect_message(|message| message.content.contains("The seed of scene 1")).await;
        cleo.slash(&room, "recap", json!({})).await.response().await;

        // Words, as digits occur by chance in numbers of Discord's and in seals.
        let all = ["OPALKEY", "RUBYEYE", "EMERALD", "AMETHYST"];
        for person in [&ana, &ben, &cleo] {
            let may_know: &[&str] = match person.name() {
                "ana" => &["AMETHYST"],
                "ben" => &["RUBYEYE", "EMERALD"],
                _ => &[],
            };
            for secret in all.iter().filter(|secret| !may_know.contains(secret)) {
                let seen = person.sees(&room).into_iter().find(|message| message.content.contains(secret));
                assert!(seen.is_none(), "{} sees {secret}: {seen:?}", person.name());
            }
        }
        only_on_ways_of_their_own(discord, &all, &ben);
        assert_eq!(bot.end(), Some(0));
    });
    let home = &scene.home;
    for format in ["md", "html"] {
        let export = home.run(&["story", "export", "--table", "general", "--format", format]);
        assert!(export.status.success(), "{export:?}");
        clean("the export", &text(&export.stdout));
    }
    for folder in ["stories", "logs", "tables"] {
        search(&home.data().join(folder));
    }
}

/// What the bot sent with a secret in it went to an ephemeral answer or into somebody's direct messages.
fn only_on_ways_of_their_own(discord: &FakeDiscord, secrets: &[&str], ben: &Person) {
    let direct = format!("/channels/{}/messages", ben.direct().id());
    for method in ["POST", "PATCH", "PUT"] {
        for request in discord.requests(&format!("{method} /**")) {
            let body = request.body.to_string();
            let Some(secret) = secrets.iter().find(|secret| body.contains(**secret)) else { continue };
            let answer = request.path.starts_with("/webhooks/") || request.path.starts_with("/interactions/");
            assert!(answer || request.path == direct, "{secret} went to {method} {}", request.path);
        }
    }
}

fn search(path: &Path) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            search(&entry.unwrap().path());
        }
    } else if path.exists() {
        clean(&path.display().to_string(), &text(&std::fs::read(path).unwrap()));
    }
}

fn clean(what: &str, written: &str) {
    for secret in ["OPALKEY", "RUBYEYE", "EMERALD", "AMETHYST", "+7000"] {
        assert!(!written.contains(secret), "{what} holds {secret}:\n{written}");
    }
}

#[test]
fn a_terminal_whispers_and_shows_the_letters_of_whoever_sits_there() {
    let home = Installation::with_fake_claude();
    let to_one =
        "[[fake:tool name=whisper args='{\"seat\":1,\"text\":\"It is warm. GARNET\"}' say='The lamp gutters.']]";
    let output = home.run_with(&["play"], &format!("/whisper I palm the OPALKEY. {to_one}\n/whisper\n/w @zoe hm\n"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("✉️ For you alone, from the game master:\n  It is warm. GARNET\n"), "{out}\n{err}");
    assert!(out.contains("The lamp gutters."), "{out}\n{err}");
    assert!(!err.contains("sealed letter"), "one's own letter is no envelope: {err}");
    assert!(err.contains("Nobody at this table is called zoe."), "{err}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("The lamp gutters.") && !story.contains("OPALKEY") && !story.contains("GARNET"), "{story}");
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("OPALKEY") && !log.contains("GARNET"), "{log}");

    // Somebody else at the same table sees an envelope; whoever it is for finds it at their next sitting.
    let bo = home.run_with(&["play", "--as", "Bo"], &format!("I look. {to_one}\n"));
    assert!(!text(&bo.stdout).contains("GARNET"), "{}", text(&bo.stdout));
    assert!(text(&bo.stderr).contains("hands somebody a sealed letter"), "{}", text(&bo.stderr));
    let output = home.run_with(&["play"], "");
    assert!(text(&output.stdout).contains("GARNET"), "{}", text(&output.stdout));
    let again = home.run_with(&["play"], "");
    assert!(!text(&again.stdout).contains("GARNET"), "it is opened");
}
