//! Playing on Discord, through the real program and a Discord on loopback.

use std::time::{Duration, Instant};

use fake_discord::{Fault, Message, Options, Permission, Room, Scope, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::Installation;

/// Everything the bot said in a channel that is told by a turn, not in small print.
fn told(room: &Room) -> Vec<Message> {
    room.bot_messages().into_iter().filter(|message| !message.content.starts_with("-# ")).collect()
}

fn slow(scene: &Scene, text: &str, n: u32, delay: u32) -> String {
    scene.to_bot(&format!("{text} [[fake:slow n={n} delay={delay}]]"))
}

#[test]
fn a_mention_is_marked_answered_once_and_gets_buttons() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, "I am late today, sorry").await;
        let said = ana.says(&room, &scene.to_bot("I open the door")).await;
        room.expect_reaction(&said, "👀").await;
        let told = room.expect_message(|message| buttons(message).contains(&"Undo".to_owned())).await;
        assert_eq!(buttons(&told), ["Retry", "Undo", "Continue", "Safety"]);
        assert_eq!(room.bot_messages().len(), 1);
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_reply_streams_into_one_message_and_can_be_stopped() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &slow(&scene, "Tell me all", 400, 50)).await;
        room.expect_typing().await;
        let begun = room.expect_message(|message| message.content.contains("word1 ")).await;
        assert_eq!(buttons(&begun), ["Stop", "Safety"]);
        room.expect_edit(&begun, |message| message.content.contains("word25 ")).await;
        ana.clicks(&begun, "Stop").await.acknowledged().await;
        let over = room.expect_edit(&begun, |message| message.content.contains("Stopped.")).await;
        assert_eq!(buttons(&over), ["Retry", "Safety"]);
        assert!(over.content.contains("word25"), "what was told stays: {}", over.content);
        assert_eq!(told(&room).len(), 1);
    });
}

#[test]
fn those_who_wait_are_marked_and_answered_together_as_they_last_stood() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.says(&room, &slow(&scene, "I begin", 60, 50)).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let first = ben.says(&room, &scene.to_bot("I hold the lantern")).await;
        room.expect_reaction(&first, "⏳").await;
        let second = ana.says(&room, &scene.to_bot("I take the sword")).await;
        let third = ben.says(&room, &scene.to_bot("I run away")).await;
        room.expect_reaction(&second, "⏳").await;
        room.expect_reaction(&third, "⏳").await;
        ana.edits(&second, &scene.to_bot("I take the spoon")).await;
        ben.deletes(&third).await;
        let answer = reply(&room, "earlier_turns=1").await;
        assert!(answer.content.contains("spoon"), "{}", answer.content);
        room.expect_reaction(&first, "👀").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("lantern") && story.contains("spoon"), "{story}");
        assert!(!story.contains("sword") && !story.contains("run away"), "{story}");
    });
}

#[test]
fn an_answer_to_one_of_its_messages_is_heard_and_talk_is_not() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let first = reply(&room, "").await;
        let answer = ana.replies_to(&first, "I step inside").await;
        room.expect_reaction(&answer, "👀").await;
        reply(&room, "").await;
        ana.says(&room, "nobody is meant by this").await;
        room.expect_silence(Duration::from_millis(500)).await;
        assert_eq!(told(&room).len(), 2);
    });
}

#[test]
fn a_table_that_listens_to_all_needs_no_mention() {
    let scene = Scene::with(Options::default(), Installation::new(), ", listen: all");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, "I look around").await;
        reply(&room, "").await;
    });
}

#[test]
fn a_failure_is_one_sentence_with_an_id_that_the_log_knows() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("[[fake:fail kind=rate_limit]]")).await;
        let failed = room.expect_message(|message| message.content.starts_with("-# ")).await;
        assert!(failed.content.contains("limit is reached"), "{}", failed.content);
        assert!(!failed.content.contains("10.0.0.1"), "nothing internal: {}", failed.content);
        assert_eq!(buttons(&failed), ["Retry", "Safety"]);
        let id = failed.content.split(['(', ')']).find(|part| part.starts_with("E-")).unwrap().to_owned();
        let found = scene.home.run(&["logs", "--error", &id]);
        assert!(String::from_utf8_lossy(&found.stdout).contains(&id), "{found:?}");
    });
}

#[test]
fn buttons_work_after_a_restart_and_say_so_when_stale() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let first = reply(&room, "").await;
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ana.clicks(&first, "Continue").await.acknowledged().await;
        let second = reply(&room, "").await;
        let stale = ana.clicks(&first, "Undo").await;
        ana.sees_ephemeral(&room, |message| message.content.contains("earlier turn")).await;
        stale.acknowledged().await;
        ana.clicks(&second, "Undo").await.acknowledged().await;
        room.expect_message(|message| message.content.contains("Turn 2 is taken back")).await;
        ana.clicks(&second, "Undo").await.acknowledged().await;
        ana.clicks(&first, "Retry").await.acknowledged().await;
        let third = reply(&room, "").await;
        assert_eq!(told(&room).len(), 3, "{}", third.content);
    });
}

#[test]
fn a_send_that_happened_before_the_connection_broke_is_not_doubled() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let send = "POST /channels/*/messages";
        let wrongs =
            [Wrong::ResetAfter, Wrong::StatusAfter(502), Wrong::ResetBefore, Wrong::Html502, Wrong::Status(500)];
        for (turns, wrong) in wrongs.into_iter().enumerate() {
            discord.fault(Fault::on(send, wrong));
            ana.says(&room, &scene.to_bot("I open the door")).await;
            // This one, because a second one of the turn before would do as well otherwise.
            reply(&room, &format!("earlier_turns={turns} ")).await;
        }
        assert_eq!(told(&room).len(), 5);
    });
}

#[test]
fn a_limit_is_waited_out_and_nothing_is_lost() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // Longer than anything else takes here.
        let (retry_after, begun) = (Duration::from_secs(3), Instant::now());
        discord.fault(Fault::on("POST /channels/*/messages", Wrong::TooMany { scope: Scope::User, retry_after }));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        reply(&room, "").await;
        assert!(begun.elapsed() >= retry_after, "{:?}", begun.elapsed());
        assert_eq!(told(&room).len(), 1);
    });
}

#[test]
fn killed_before_the_answer_it_answers_once_when_it_is_back() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let said = ana.says(&room, &slow(&scene, "Tell me", 40, 50)).await;
        room.expect_reaction(&said, "👀").await;
        let cut = room.expect_message(|message| message.content.contains("word1 ")).await;
        bot.kill();
        let _bot = scene.ready().await;
        room.expect_edit(&cut, |message| message.content.contains("cut off by a restart")).await;
        reply(&room, "word40").await;
        assert_eq!(told(&room).len(), 1);
    });
}

#[test]
fn what_was_said_while_it_was_away_is_answered_and_said_so() {
    // What is written before the second start is a minute old then, so nobody waits for it any more.
    let options = Options { behind: Duration::from_secs(60), ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let first = ana.says(&room, &scene.to_bot("I open the door")).await;
        reply(&room, "I open the door").await;
        bot.kill();
        // The bot's clock is right, so its mark would lie after all of this.
        let mark = i64::try_from(first.id.get()).unwrap();
        scene.database().execute("UPDATE places SET heard_upto = ?1", [mark]).unwrap();
        ana.says(&room, "just talk").await;
        ana.says(&room, &scene.to_bot("I step inside")).await;
        let _bot = scene.ready().await;
        reply(&room, "I step inside").await;
        room.expect_message(|message| message.content.contains("One message from that time is answered now")).await;
        assert_eq!(told(&room).len(), 2);
    });
}

#[test]
fn what_a_lost_session_swallowed_is_answered() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let gateway = discord.gateway();
        gateway.refuse_connections();
        gateway.forget_sessions();
        gateway.drop_tcp();
        gateway.expect_disconnected().await;
        ana.says(&room, &scene.to_bot("I open the door")).await;
        gateway.accept_connections();
        reply(&room, "").await;
        assert_eq!(told(&room).len(), 1);
    });
}

#[test]
fn commands_are_answered_and_rights_are_checked_again() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let status = ana.slash(&room, "status", json!({})).await.response().await;
        assert!(status.content.contains("**general**") && status.content.contains("Claude"), "{}", status.content);
        assert!(status.content.contains("Since: <t:"), "{}", status.content);
        let refused = ben.slash(&room, "status", json!({ "all": true })).await.response().await;
        assert!(refused.content.contains("Only a host"), "{}", refused.content);
        let offered = ana.types_in(&room, "provider", json!({}), ("name", "or")).await;
        assert_eq!(offered.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["oracle"]);
        let chosen = ana.slash(&room, "provider", json!({ "name": "oracle" })).await.response().await;
        assert!(chosen.content.contains("The Oracle answers from now on"), "{}", chosen.content);
        let scene_new = ana.slash(&room, "scene new", json!({ "title": "The Yard" })).await.response().await;
        assert!(scene_new.content.contains("begins"), "{}", scene_new.content);
        ben.says(&room, &scene.to_bot("I look around")).await;
        reply(&room, "").await;
        let shown = ben.slash(&room, "story show", json!({})).await.response().await;
        assert!(shown.content.contains("The Yard"), "{}", shown.content);
        let file = ben.slash(&room, "story download", json!({})).await.response().await;
        assert_eq!(file.attachments.len(), 1);
        let help = ben.slash(&room, "help", json!({})).await.response().await;
        assert!(help.content.contains("/status"), "{}", help.content);
        let elsewhere = ben.slash(&discord.channel("lobby"), "status", json!({})).await.response().await;
        assert!(elsewhere.content.contains("no table in this channel"), "{}", elsewhere.content);
        let all = ana.slash(&room, "status", json!({ "all": true })).await.response().await;
        assert!(all.content.contains("**tavern**") && all.content.contains("since <t:"), "{}", all.content);
    });
}

#[test]
fn the_providers_that_are_offered_are_installed_and_signed_in() {
    let home = Installation::with_fake_claude();
    let bin = home.folder().join("bin");
    // Installed like claude, which answers here, but nobody has signed in; gemini and the others are not installed.
    std::os::unix::fs::symlink(std::fs::read_link(bin.join("claude")).unwrap(), bin.join("codex")).unwrap();
    let scene = Scene::with(Options::default(), home, "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let offered = async || {
            let choices = ana.types_in(&room, "provider", json!({}), ("name", "")).await;
            choices.into_iter().map(|choice| choice.name).collect::<Vec<_>>()
        };
        assert_eq!(offered().await, ["claude", "oracle"]);
        let folder = scene.home.folder().join(".codex");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("auth.json"), "{}").unwrap();
        assert_eq!(offered().await, ["claude", "codex", "oracle"]);
        // Another name is taken all the same: only the program itself knows for certain.
        let chosen = ana.slash(&room, "provider", json!({ "name": "gemini" })).await.response().await;
        assert!(chosen.content.contains("Gemini answers from now on"), "{}", chosen.content);
    });
}

#[test]
fn a_flood_is_eight_messages_and_a_file() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("[[fake:slow n=4000 delay=0]]")).await;
        let last = reply(&room, "The rest is in the file").await;
        assert_eq!(last.attachments.len(), 1);
        assert!(told(&room).len() <= 9, "{}", told(&room).len());
    });
}

#[test]
fn without_what_it_needs_it_ends_with_a_sentence() {
    let no_content = Options { privileged_intents: 0, ..Options::default() };
    let scene = Scene::with(no_content, Installation::new(), "");
    let (code, words) = scene.start().ended();
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("Message Content Intent"), "{words}");
}

#[test]
fn a_wrong_token_ends_it_with_a_sentence() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    scene.discord.pardon(fake_discord::Judge::Refusal);
    let (code, words) =
        scene.start_with("MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.not-the-right-one-00000000000000000000").ended();
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("does not accept the token"), "{words}");
}

#[test]
fn a_channel_becomes_a_table_without_a_restart_and_stays_one_after_it() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, lobby) = (discord.user("ana"), discord.channel("lobby"));
        ana.may(Permission::MANAGE_CHANNELS | Permission::MANAGE_MESSAGES);
        let asked = ana.slash(&lobby, "table open", json!({})).await;
        let form = asked.modal().await;
        let filled = json!({ "pitch": "A drowned city", "tone": "slow dread", "provider": "oracle" });
        let opened = ana.submits(&form, filled).await.response().await;
        assert!(opened.content.contains("is the table **lobby** now"), "{}", opened.content);
        ana.says(&lobby, &scene.to_bot("I look around")).await;
        reply(&lobby, "").await;
        let again = ana.slash(&lobby, "table open", json!({})).await.response().await;
        assert!(again.content.contains("a table already"), "{}", again.content);
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        let status = ana.slash(&lobby, "status", json!({})).await.response().await;
        assert!(status.content.contains("**lobby**") && status.content.contains("The Oracle"), "{}", status.content);
        ana.says(&lobby, &scene.to_bot("I go on")).await;
        reply(&lobby, "").await;
        let closed = ana.slash(&lobby, "table close", json!({})).await.response().await;
        assert!(closed.content.contains("no table any more"), "{}", closed.content);
        ana.says(&lobby, &scene.to_bot("Is anybody there?")).await;
        let kept = ana.slash(&discord.channel("general"), "table close", json!({})).await.response().await;
        assert!(kept.content.contains("host's configuration"), "{}", kept.content);
        lobby.expect_silence(Duration::from_millis(300)).await;
    });
}

#[test]
fn check_tells_before_the_first_start_what_is_missing_where() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.channel("tavern").denies_bot(Permission::ADD_REACTIONS);
    let output = scene.home.command(&["check"]).env("DISCORD_TOKEN", discord.token()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("permissions=275414887488"), "{said}");
    assert!(said.contains("channel of general: the bot may do there all it needs"), "{said}");
    assert!(said.contains("channel of tavern: without Add Reactions"), "{said}");
}
