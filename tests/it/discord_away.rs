//! What people do while the bot is away: in channels and threads, with what waits, and before it has looked back.

use std::time::Duration;

use fake_discord::{Fault, Options, Permission, Room, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, until};

const READ: &str = "GET /channels/*/messages";

#[test]
fn what_was_changed_while_the_program_was_down_counts() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I begin [[fake:slow n=60 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let first = ben.says(&room, &scene.to_bot("I take the sword")).await;
        let second = ben.says(&room, &scene.to_bot("I run away")).await;
        room.expect_reaction(&first, "⏳").await;
        room.expect_reaction(&second, "⏳").await;
        bot.kill();
        ben.edits(&first, &scene.to_bot("I take the spoon")).await;
        ben.deletes(&second).await;
        let _bot = scene.ready().await;
        reply(&room, "word60").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I begin") && story.contains("spoon"), "{story}");
        assert!(!story.contains("sword") && !story.contains("run away"), "{story}");
    });
}

#[test]
fn what_was_missed_is_answered_also_if_somebody_writes_before_it_could_be_read() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        bot.kill();
        ana.says(&room, &scene.to_bot("I missed the boat")).await;
        discord.advance(Duration::from_secs(60));
        // One look for each channel, and neither succeeds.
        discord.fault(Fault::on(READ, Wrong::Status(400)).times(2));
        let bot = scene.ready().await;
        discord.expect_faults_struck().await;
        ana.says(&room, &scene.to_bot("I wave")).await;
        reply(&room, "I wave").await;
        // Neither the next look nor the next start may begin after what was heard since.
        bot.kill();
        let _bot = scene.ready().await;
        reply(&room, "I missed the boat").await;
    });
}

#[test]
fn what_no_event_brought_is_found_although_what_came_later_was_heard() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let loses = async |text: &str| {
            discord.gateway().lose_next("MESSAGE_CREATE");
            ana.says(&room, &scene.to_bot(text)).await;
            discord.advance(Duration::from_secs(60));
            ana.says(&room, &scene.to_bot("I wait")).await;
            reply(&room, "I wait").await;
        };
        // What the start looked for it has found before it hears anything.
        discord.expect_requests(READ, 2).await;
        ana.says(&room, &scene.to_bot("I arrive")).await;
        reply(&room, "I arrive").await;
        loses("I knock").await;
        discord.gateway().drop_tcp();
        reply(&room, "I knock").await;
        // A program that ends without a word has not passed it over either.
        loses("I open the door").await;
        bot.kill();
        let _bot = scene.ready().await;
        reply(&room, "I open the door").await;
        assert_eq!(room.bot_messages().iter().filter(|message| message.content.contains("FAKE-OK")).count(), 5);
    });
}

#[test]
fn what_no_event_brought_is_found_in_time_without_a_new_connection() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    let config = std::fs::read_to_string(scene.home.folder().join("config.yaml")).unwrap();
    scene.home.config(&config.replacen("discord: {", "discord: { look_back: { every: 1s },", 1));
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        // What the start looked for it has found before anybody writes.
        discord.expect_requests(READ, 2).await;
        ana.says(&room, &scene.to_bot("I arrive")).await;
        reply(&room, "I arrive").await;
        discord.gateway().lose_next("MESSAGE_CREATE");
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        assert_eq!(discord.gateway().identifies(), 1);
    });
}

#[test]
fn a_parents_thread_that_sleeps_is_not_read_and_is_heard_when_it_wakes() {
    let scene = Scene::new(", threads: parent");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let opens = ana.says(&room, &scene.to_bot("I open the door")).await;
        reply(&room, "I open the door").await;
        let thread = ana.starts_thread(&opens, "Asides").await;
        ana.says(&thread, &scene.to_bot("I whistle")).await;
        reply(&room, "I whistle").await;
        let read = || discord.requests(&format!("GET /channels/{}/messages", thread.id())).len();
        let looks = async || {
            let here = format!("GET /channels/{}/messages", room.id());
            let before = discord.requests(&here).len();
            discord.gateway().drop_tcp();
            discord.expect_requests(&here, before + 1).await;
            // The threads are read before anything that is said afterwards is heard.
            ana.says(&room, &scene.to_bot(&format!("I wait {before}"))).await;
            reply(&room, &format!("I wait {before}")).await;
        };
        let before = read();
        looks().await;
        let awake = read();
        assert!(awake > before, "it is read while it is lent");
        thread.is_archived(false);
        looks().await;
        assert_eq!(read(), awake, "nobody writes in a thread that sleeps");
        ana.says(&thread, &scene.to_bot("I whistle again")).await;
        reply(&room, "I whistle again").await;
        looks().await;
        assert!(read() > awake, "it is lent anew");
    });
}

#[test]
fn what_was_missed_in_a_thread_of_the_parents_is_read_and_what_waits_there_is_marked() {
    let scene = Scene::new(", threads: parent");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "").await;
        let thread = ana.starts_thread(&told, "Asides").await;
        bot.kill();
        ana.says(&thread, &scene.to_bot("I whistle")).await;
        discord.advance(Duration::from_secs(60));
        let bot = scene.ready().await;
        reply(&room, "I whistle").await;
        ana.says(&room, &scene.to_bot("[[fake:slow n=60 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let waits = ana.says(&thread, &scene.to_bot("I take the sword")).await;
        thread.expect_reaction(&waits, "⏳").await;
        bot.kill();
        ana.edits(&waits, &scene.to_bot("I take the spoon")).await;
        let _bot = scene.ready().await;
        reply(&room, "word60").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("spoon") && !story.contains("sword"), "{story}");
        thread.expect_silence(Duration::from_millis(300)).await;
    });
}

#[test]
fn a_thread_that_was_begun_while_it_was_away_is_a_side_table() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "").await;
        bot.kill();
        let thread = ana.starts_thread(&told, "The Cellar").await;
        let talk = ana.starts_thread(&ana.says(&room, "a word").await, "Talk").await;
        ana.says(&thread, &scene.to_bot("I go down")).await;
        ana.says(&talk, "nobody is meant by this").await;
        discord.advance(Duration::from_secs(60));
        let _bot = scene.ready().await;
        let below = reply(&thread, "I go down").await;
        assert!(below.content.contains("earlier_turns=0"), "{}", below.content);
        let status = ana.slash(&thread, "status", json!({})).await.response().await;
        assert!(status.content.contains("**general-the-cellar**"), "{}", status.content);
        assert_eq!(talk.bot_messages().len(), 0);
    });
}

#[test]
fn an_archived_thread_wakes_where_it_is_spoken_in() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "").await;
        let thread = ana.starts_thread(&told, "The Cellar").await;
        ana.says(&thread, &scene.to_bot("I go down")).await;
        reply(&thread, "earlier_turns=0").await;
        thread.is_archived(false);
        ana.says(&thread, &scene.to_bot("I light a torch")).await;
        reply(&thread, "earlier_turns=1").await;
        // One that was archived when the bot connected is in no list it gets.
        bot.kill();
        thread.is_archived(false);
        let _bot = scene.ready().await;
        ana.says(&thread, &scene.to_bot("I look around")).await;
        reply(&thread, "earlier_turns=2").await;
        archived_in_the_middle(&scene, &thread).await;
    });
}

/// Somebody closes the thread while a reply streams: the reply goes on in a message of its own, which opens it again.
async fn archived_in_the_middle(scene: &Scene, thread: &Room) {
    let ana = scene.discord.user("ana");
    scene.discord.expect_refusal("PATCH /channels/*/messages/*", 50_083);
    ana.says(thread, &scene.to_bot("I dig [[fake:slow n=40 delay=50]]")).await;
    thread.expect_message(|message| message.content.contains("word1 ")).await;
    thread.is_archived(false);
    reply(thread, "word40").await;
    let told = thread.bot_messages();
    assert!(!told.iter().any(|message| message.content.contains("could not write here")), "{told:?}");
}

#[test]
fn a_long_absence_is_read_back_a_part_at_a_time_and_to_its_end() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    let config = std::fs::read_to_string(scene.home.folder().join("config.yaml")).unwrap();
    scene.home.config(&config.replacen("discord: {", "discord: { look_back: { messages: 100 },", 1));
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        bot.kill();
        for line in 0..250 {
            ana.says(&room, &format!("Did you see that? {line}")).await;
        }
        let back = ana.says(&room, &scene.to_bot("I am back")).await;
        let mut bot = scene.ready().await;
        ana.says(&room, &scene.to_bot("I wave")).await;
        reply(&room, "I wave").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(!story.contains("I am back"), "a part of the lines is read at once: {story}");
        // The next look begins where this one ended, whatever was heard since.
        let place = format!("discord:{}", room.id());
        let mark = || {
            let sql = "SELECT heard_upto FROM places WHERE place = ?1";
            scene.database().query_row(sql, [&place], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
        };
        let mut before = mark();
        while before < back.id.get() {
            bot.kill();
            bot = scene.ready().await;
            until("the next part to be read", || (mark() > before).then_some(()));
            before = mark();
        }
        reply(&room, "I am back").await;
    });
}

#[test]
fn what_is_too_old_is_left_alone_and_what_is_not_is_answered() {
    // What is written before the second start is three hours old then, or half an hour.
    let options = Options { behind: Duration::from_secs(3 * 3600), ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    let config = std::fs::read_to_string(scene.home.folder().join("config.yaml")).unwrap();
    scene.home.config(&config.replacen("discord: {", "discord: { look_back: { hours: 1 },", 1));
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let first = ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        bot.kill();
        // The bot's clock is right, so its mark would lie after all of this.
        let mark = i64::try_from(first.id.get()).unwrap();
        scene.database().execute("UPDATE places SET heard_upto = ?1", [mark]).unwrap();
        ana.says(&room, &scene.to_bot("I wait for hours")).await;
        discord.advance(Duration::from_secs(5 * 1800));
        ana.says(&room, &scene.to_bot("I step inside")).await;
        let _bot = scene.ready().await;
        reply(&room, "I step inside").await;
        room.expect_message(|message| message.content.contains("One message from that time is answered now")).await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I step inside") && !story.contains("I wait for hours"), "{story}");
    });
}

#[test]
fn what_was_cut_off_is_explained_before_anything_was_read_back() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let bot = scene.ready().await;
        ana.says(&room, &scene.to_bot("[[fake:hang-after]]")).await;
        let first = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        bot.kill();
        let bot = scene.ready().await;
        room.expect_edit(&first, |message| message.content.contains("cut off by a restart")).await;
        let second = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        bot.kill();
        // From now on Discord gives nobody's lines, takes no commands and takes nothing in the other channel.
        let tavern = discord.channel("tavern").id();
        for slow in [READ, "PUT /applications/*/commands", &format!("POST /channels/{tavern}/messages")] {
            discord.fault(Fault::on(slow, Wrong::Hang).times(usize::MAX));
        }
        let _bot = scene.ready().await;
        let aside = room.expect_message(|message| message.content.contains("laid aside")).await;
        assert_eq!(buttons(&aside), ["Retry", "Safety"]);
        room.expect_edit(&second, |message| message.content.contains("cut off by a restart")).await;
        // And it can be run again while all of that still hangs.
        ana.clicks(&aside, "Retry").await.acknowledged().await;
        room.expect_message(|message| message.content.contains("Once upon a time")).await;
    });
}

#[test]
fn chatter_from_before_everything_was_heard_is_not_answered_by_the_next_start() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES | Permission::MANAGE_CHANNELS);
        // What the start looked for it has found before anybody talks.
        discord.expect_requests(READ, 2).await;
        ana.says(&room, "Pass me the crisps").await;
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        ana.slash(&room, "table settings", json!({ "listen": 1 })).await.response().await;
        ana.says(&room, "I wait").await;
        reply(&room, "I wait").await;
        bot.kill();
        let _bot = scene.ready().await;
        ana.says(&room, "I step inside").await;
        reply(&room, "I step inside").await;
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(story.contains("I wait") && !story.contains("crisps"), "{story}");
    });
}
