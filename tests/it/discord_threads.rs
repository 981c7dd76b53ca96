//! Threads that are locked, and threads that were archived while the bot was away.

use std::time::Duration;

use fake_discord::{Permission, Person, Room};
use serde_json::json;

use crate::support::bot::{Scene, in_the_end, reply};

const SEND: &str = "POST /channels/*/messages";
const EDIT: &str = "PATCH /channels/*/messages/*";
const MARK: &str = "PUT /channels/*/messages/*/reactions/*/@me";
const LISTS: [&str; 2] =
    ["GET /channels/*/threads/archived/public", "GET /channels/*/users/@me/threads/archived/private"];

/// A table in `general` that has told something, and whoever may speak in locked threads, which the bot may not.
async fn begun(scene: &Scene) -> (Person, Room, fake_discord::Message) {
    let (ana, room) = (scene.discord.user("ana"), scene.discord.channel("general"));
    ana.may(Permission::MANAGE_THREADS | Permission::MANAGE_MESSAGES);
    room.denies_bot(Permission::MANAGE_THREADS);
    ana.says(&room, &scene.to_bot("I open the door")).await;
    let told = reply(&room, "earlier_turns=0").await;
    (ana, room, told)
}

/// Sets the marks back by the ids of a minute; a bot that was away for a moment does not look for archived threads.
fn was_heard_a_minute_ago(scene: &Scene) {
    scene.database().execute("UPDATE places SET heard_upto = heard_upto - ?1", [60_000_i64 << 22]).unwrap();
}

#[test]
fn a_thread_locked_in_the_middle_of_a_reply_is_told_once_and_works_again_when_it_is_opened() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.expect_refusal(SEND, 50_083);
    discord.expect_refusal(SEND, 160_005);
    discord.expect_refusal(EDIT, 50_083);
    discord.expect_refusal(MARK, 50_083);
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room, told) = begun(&scene).await;
        let thread = ana.starts_thread(&told, "The Cellar").await;
        ana.says(&thread, &scene.to_bot("I dig [[fake:slow n=40 delay=50]]")).await;
        thread.expect_message(|message| message.content.contains("word1 ")).await;
        thread.is_archived(true);
        // It is asked where it can be answered: in the channel.
        let status = async || {
            let told = ana.slash(&room, "status", json!({ "all": true })).await.response().await.content;
            told.lines().find(|line| line.contains("the-cellar")).unwrap_or_default().to_owned()
        };
        in_the_end(status, "this thread is locked. One reply stands only in /story show.").await;
        // Whoever manages threads opens it by speaking; it stays locked for the bot.
        let before = discord.requests(SEND).len();
        ana.says(&thread, &scene.to_bot("I light a torch")).await;
        discord.expect_requests(SEND, before + 1).await;
        in_the_end(status, "this thread is locked. 2 replies stand only in /story show.").await;
        let story = ana.slash(&thread, "story show", json!({})).await.response().await.content;
        assert!(story.contains("word40") && story.contains("I light a torch"), "{story}");
        thread.is_unlocked();
        ana.says(&thread, &scene.to_bot("I look around")).await;
        reply(&thread, "earlier_turns=2").await;
        thread
            .expect_message(|message| {
                message.content.starts_with("-# I could not write here since")
                    && message.content.contains("this thread is locked. 2 replies stand only in /story show.")
            })
            .await;
        assert!(!status().await.contains("locked"));
        // The table in the channel was never concerned.
        ana.says(&room, &scene.to_bot("I wait upstairs")).await;
        reply(&room, "earlier_turns=1").await;
    });
}

#[test]
fn what_was_written_in_threads_that_were_archived_since_is_answered() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.expect_refusal(MARK, 50_083);
    discord.expect_refusal(EDIT, 50_083);
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room, told) = begun(&scene).await;
        let known = ana.starts_thread(&told, "The Cellar").await;
        ana.says(&known, &scene.to_bot("I go down")).await;
        reply(&known, "earlier_turns=0").await;
        bot.kill();
        // As if it had died before it could note that all of this stands there.
        scene.database().execute("UPDATE places SET shown_upto = 0", ()).unwrap();
        was_heard_a_minute_ago(&scene);
        let fresh = ana.starts_thread(&ana.says(&room, "one").await, "The Attic").await;
        let talk = ana.starts_thread(&ana.says(&room, "two").await, "Talk").await;
        let private = ana.starts_private_thread(&room, "The Vault").await;
        ana.says(&known, &scene.to_bot("I light a torch")).await;
        ana.says(&fresh, &scene.to_bot("I climb up")).await;
        ana.says(&talk, "nobody is meant by this").await;
        ana.says(&private, &scene.to_bot("I pick the lock")).await;
        discord.advance(Duration::from_secs(60));
        for thread in [&known, &fresh, &talk, &private] {
            thread.is_archived(false);
        }
        let _bot = scene.ready().await;
        let lit = reply(&known, "I light a torch").await;
        assert!(lit.content.contains("earlier_turns=1"), "{}", lit.content);
        let told = known.bot_messages().into_iter().filter(|message| message.content.contains("earlier_turns"));
        assert_eq!(told.count(), 2, "what stood there is not told again");
        assert!(!known.bot_messages().iter().any(|message| message.content.contains("could not write here")));
        reply(&fresh, "I climb up").await;
        reply(&private, "I pick the lock").await;
        let status = ana.slash(&fresh, "status", json!({})).await.response().await;
        assert!(status.content.contains("**general-the-attic**"), "{}", status.content);
        assert_eq!(talk.bot_messages().len(), 0);
        // One look in each list of each channel: none in threads, and none at the first start, when nothing was missed.
        assert_eq!(LISTS.map(|list| discord.requests(list).len()), [2, 2]);
    });
}

#[test]
fn what_was_written_in_an_archived_thread_of_the_parents_is_answered_in_the_channel() {
    let scene = Scene::new(", threads: parent");
    let discord = &scene.discord;
    discord.expect_refusal(MARK, 50_083);
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room, told) = begun(&scene).await;
        let thread = ana.starts_thread(&told, "Asides").await;
        bot.kill();
        was_heard_a_minute_ago(&scene);
        ana.says(&thread, &scene.to_bot("I whistle")).await;
        ana.says(&room, &scene.to_bot("I wait")).await;
        discord.advance(Duration::from_secs(60));
        thread.is_archived(false);
        let _bot = scene.ready().await;
        reply(&room, "I wait").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I whistle") && story.contains("I wait"), "{story}");
    });
}

#[test]
fn what_no_event_brought_of_a_thread_is_found_although_its_channel_was_read_since() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room, told) = begun(&scene).await;
        let thread = ana.starts_thread(&told, "The Cellar").await;
        discord.gateway().lose_next("MESSAGE_CREATE");
        ana.says(&thread, &scene.to_bot("I dig")).await;
        discord.advance(Duration::from_secs(60));
        ana.says(&room, &scene.to_bot("I wait")).await;
        reply(&room, "I wait").await;
        // A connection that is resumed has the channel read, not what begins a table.
        let read = discord.requests("GET /channels/*/messages").len();
        discord.gateway().drop_tcp();
        discord.expect_requests("GET /channels/*/messages", read + 2).await;
        ana.says(&room, &scene.to_bot("I listen")).await;
        reply(&room, "I listen").await;
        bot.kill();
        let _bot = scene.ready().await;
        reply(&thread, "I dig").await;
    });
}
