//! What the bot says on Discord when something is slow, refused or broken.

use std::time::Duration;

use fake_discord::{FakeDiscord, Fault, Options, Permission, RateLimits, Scope, Wrong};
use serde_json::json;
use talekeeper::domain::PlaceId;
use talekeeper::store::Store;

use crate::support::bot::{Scene, buttons, in_the_end, reply};
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
        assert_eq!(buttons(&waits), ["Stop", "Safety"]);
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
        assert_eq!(buttons(&quiet), ["Stop", "Safety"]);
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
        in_the_end(status, told).await;
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
        // What waits is held until the door has looked back; only then is it cut off a second time.
        room.expect_message(|message| message.content.contains("Once upon a time")).await;
        bot.kill();
        let _bot = scene.ready().await;
        let aside = room.expect_message(|message| message.content.contains("laid aside")).await;
        assert_eq!(buttons(&aside), ["Retry", "Safety"]);
        ana.clicks(&aside, "Retry").await.acknowledged().await;
        let again = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        ana.clicks(&again, "Stop").await.acknowledged().await;
        room.expect_edit(&again, |message| message.content.contains("Stopped.")).await;
    });
}

#[test]
fn a_bot_that_is_started_too_often_waits_and_says_so_instead_of_using_up_its_connections() {
    let options = Options { identifies: (20, Duration::from_secs(180)), ..Options::default() };
    let scene = Scene::with(options, Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        for _ in 0..2 {
            scene.ready().await.kill();
        }
        // Eighteen are left for three minutes: ten seconds each, more than a start takes on a busy machine.
        let bot = scene.ready().await;
        assert_eq!(logged(&scene, "Discord allows only so many connections a day. It waits"), 1);
        drop(bot);
    });
}

#[test]
fn a_bot_that_waits_to_connect_is_ended_like_at_any_other_time() {
    // Eighteen are left for half a day: nobody sees the end of that wait.
    let options = Options { identifies: (20, Duration::from_secs(43_200)), ..Options::default() };
    let scene = Scene::with(options, Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        for _ in 0..2 {
            scene.ready().await.kill();
        }
        let bot = scene.start();
        until("the wait", || (logged(&scene, "so many connections a day. It waits") == 1).then_some(()));
        assert_eq!(bot.end(), Some(0));
        assert_eq!(discord.gateway().identifies(), 2);
    });
}

#[test]
fn as_in_production_it_speaks_to_discord_com_over_tls_and_keeps_every_limit() {
    let home = Installation::new();
    let discord = FakeDiscord::open(Options::default());
    let production = discord.production();
    std::fs::write(home.folder().join("authority.pem"), &production.authority).unwrap();
    let (room, token) = (discord.channel("general"), discord.token());
    home.config(&format!(
        "discord: {{ ca_file: authority.pem }}\ntables:\n  - {{ name: general, channel_id: \"{}\" }}\n",
        room.id()
    ));
    let scene = Scene { discord, home };
    let discord = &scene.discord;
    discord.block_on(async {
        // No address is given: without the proxy this would leave the machine, and the judges would see nothing.
        let bot = scene.start_behind(&token, &production.proxy);
        discord.wait_ready().await;
        let ana = discord.user("ana");
        for _ in 0..4 {
            ana.says(&room, &scene.to_bot("I open the door")).await;
            reply(&room, "").await;
            let status = ana.slash(&room, "status", json!({})).await.response().await;
            assert!(status.content.contains("**general**"), "{}", status.content);
        }
        // A limit over everything is kept by both clients: the program's own, and the library's with its limiter on.
        let retry_after = Duration::from_millis(300);
        discord.fault(Fault::on(SEND, Wrong::TooMany { scope: Scope::Global, retry_after }));
        ana.says(&room, &scene.to_bot("I go on")).await;
        reply(&room, "").await;
        let callback = "POST /interactions/*/*/callback";
        discord.fault(Fault::on(callback, Wrong::TooMany { scope: Scope::User, retry_after }));
        ana.slash(&room, "help", json!({})).await.response().await;
        assert_eq!(bot.end(), Some(0));
    });
    assert!(discord.requests(SEND).len() > 4 && discord.requests("POST /interactions/*/*/callback").len() > 4);
}

#[test]
fn certificates_that_are_none_end_it_with_a_sentence() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    scene.home.config("discord: { ca_file: nowhere.pem }\n");
    let (code, words) = scene.start().ended();
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("`discord.ca_file` cannot be used"), "{words}");
}

#[test]
fn a_send_whose_answer_was_lost_is_found_in_the_history_when_its_nonce_is_forgotten() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        discord.fault(Fault::on(SEND, Wrong::HangAfter));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        // The message that nobody heard back of.
        reply(&room, "earlier_turns=0").await;
        bot.kill();
        // Ten minutes go by, for Discord and for the outbox.
        discord.advance(Duration::from_secs(600));
        let aged = scene.database().execute("UPDATE outbox SET planned_at = planned_at - 600000", ()).unwrap();
        assert_eq!(aged, 1);
        let _bot = scene.ready().await;
        // What is told is told in order, so after this nothing comes of the turn before.
        ana.says(&room, &scene.to_bot("I go in")).await;
        reply(&room, "earlier_turns=1").await;
        assert_eq!(room.bot_messages().len(), 2);
        assert_eq!(discord.requests(SEND).len(), 2, "it was looked for, not sent again");
    });
}

#[test]
fn a_connection_that_died_without_a_word_heals_and_what_it_swallowed_is_answered() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // What the start looked for it has found; from here on only what is healed brings messages.
        discord.expect_requests("GET /channels/*/messages", 2).await;
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "").await;
        discord.gateway().black_hole();
        ana.says(&room, &scene.to_bot("I open the door")).await;
        reply(&room, "").await;
        assert_eq!(discord.gateway().identifies(), 2);
        let told = room.bot_messages().into_iter().filter(|message| buttons(message).contains(&"Undo".to_owned()));
        assert_eq!(told.count(), 2);
    });
}

#[test]
fn a_refused_resume_loses_nothing() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // What the start looked for it has found; from here on only what is healed brings messages.
        discord.expect_requests("GET /channels/*/messages", 2).await;
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "").await;
        discord.gateway().forget_sessions();
        ana.says(&room, &scene.to_bot("I open the door")).await;
        discord.gateway().drop_tcp();
        discord.gateway().expect_resumes(1).await;
        reply(&room, "").await;
        assert_eq!(discord.gateway().identifies(), 2);
        let told = room.bot_messages().into_iter().filter(|message| buttons(message).contains(&"Undo".to_owned()));
        assert_eq!(told.count(), 2);
    });
}

#[test]
fn presses_and_commands_are_acknowledged_while_the_table_cannot_write() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "").await;
        let database = scene.database();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        ana.says(&room, &scene.to_bot("I step inside")).await;
        let undo = ana.clicks(&told, "Undo").await;
        undo.acknowledged().await;
        let status = ana.slash(&room, "retry", json!({})).await;
        status.acknowledged().await;
        assert!(!room.bot_messages().iter().any(|message| message.id > told.id && !message.content.is_empty()));
        database.execute_batch("COMMIT").unwrap();
        reply(&room, "").await;
    });
}

/// How many rounds the soak has; `TALEKEEPER_TEST_SOAK` asks for more.
fn rounds() -> usize {
    std::env::var_os("TALEKEEPER_TEST_SOAK").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(1)
}

/// Discord's documented buckets count, and a judge reads every answer: one 429 and this fails.
#[test]
fn twenty_tables_that_stream_at_once_keep_within_every_limit() {
    let names: Vec<_> = (1..=20).map(|number| format!("table-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let options = Options { patience: Duration::from_secs(120), ..Options::default() };
    let scene = Scene::with_tables(options, Installation::with_fake_claude(), &names, "");
    scene.add_config("limits: { running_turns: 20 }\n");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let ana = discord.user("ana");
        for _ in 0..rounds() {
            for name in &names {
                ana.says(&discord.channel(name), &slow(&scene, "Tell me", 80, 60)).await;
            }
            for name in &names {
                reply(&discord.channel(name), "word80").await;
            }
        }
        assert!(discord.requests(EDIT).len() > 20 * rounds(), "the replies streamed");
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_message_too_old_for_its_nonce_is_known_by_its_words_and_taken_for_no_other() {
    for (wrong, taken) in [(Wrong::Hang, false), (Wrong::HangAfter, true)] {
        let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
        let scene = Scene::with(options, Installation::with_fake_claude(), "");
        let discord = &scene.discord;
        discord.block_on(async {
            let bot = scene.ready().await;
            let (ana, room) = (discord.user("ana"), discord.channel("general"));
            ana.slash(&room, "roll", json!({ "dice": "1d4" })).await.acknowledged().await;
            let roll =
                room.expect_message(|message| !message.is_ephemeral() && message.content.contains("1d4: (")).await;
            discord.fault(Fault::on(SEND, wrong));
            ana.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
            discord.expect_faults_struck().await;
            bot.kill();
            let streamed = room.bot_messages().into_iter().find(|message| message.content.contains("Once upon"));
            assert_eq!(streamed.is_some(), taken);
            // The outbox knows nothing of the roll's message, and what was planned is older than Discord remembers.
            let database = scene.database();
            database.execute("DELETE FROM outbox WHERE subject LIKE 'roll:%'", []).unwrap();
            let planned = "UPDATE outbox SET planned_at = planned_at - 200000 WHERE state = 'planned'";
            assert_eq!(database.execute(planned, []).unwrap(), 1);
            drop(database);
            discord.advance(Duration::from_secs(400));
            let _bot = scene.ready().await;
            let cut_off = room.expect_message(|message| message.content.contains("cut off by a restart")).await;
            if let Some(streamed) = streamed {
                assert_eq!(cut_off.id, streamed.id, "it is the one that stood there");
            }
            assert_eq!(room.now(&roll).content, roll.content, "the roll's message is none of it");
        });
    }
}
