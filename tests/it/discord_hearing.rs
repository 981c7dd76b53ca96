//! Whom and what the bot hears on Discord: threads, forum posts, other bots, what was changed while it was away.

use std::time::Duration;

use fake_discord::{Fault, Options, Permission, Scope, Wrong};
use serde_json::json;

use crate::support::bot::{Scene, reply};
use crate::support::installation::Installation;

#[test]
fn a_thread_is_a_side_table_of_its_own_that_stays_one_after_a_restart() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "earlier_turns=0").await;
        let thread = ana.starts_thread(&told, "The Cellar").await;
        ana.says(&thread, "just talk").await;
        ana.says(&thread, &scene.to_bot("I go down")).await;
        reply(&thread, "earlier_turns=0").await;
        let status = ana.slash(&thread, "status", json!({})).await.response().await;
        assert!(status.content.contains("**general-the-cellar**"), "{}", status.content);
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ana.says(&thread, &scene.to_bot("I light a torch")).await;
        reply(&thread, "earlier_turns=1").await;
        ana.says(&room, &scene.to_bot("I wait upstairs")).await;
        let above = reply(&room, "earlier_turns=1").await;
        assert!(!above.content.contains("torch"));
        ana.removes_thread(&thread).await;
        ana.says(&room, &scene.to_bot("I look down")).await;
        reply(&room, "earlier_turns=2").await;
    });
}

#[test]
fn a_thread_of_the_parents_is_heard_there_and_answered_in_the_channel() {
    let scene = Scene::new(", threads: parent");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I open the door")).await;
        let told = reply(&room, "").await;
        let thread = ana.starts_thread(&told, "Asides").await;
        ana.says(&room, &scene.to_bot("[[fake:slow n=40 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let said = ana.says(&thread, &scene.to_bot("I follow her")).await;
        thread.expect_reaction(&said, "⏳").await;
        ana.edits(&said, &scene.to_bot("I follow him")).await;
        reply(&room, "I follow him").await;
        thread.expect_reaction(&said, "👀").await;
        thread.expect_silence(Duration::from_millis(300)).await;
    });
}

#[test]
fn every_post_of_a_forum_is_a_table() {
    let discord_options = Options::default();
    let scene = Scene::with(discord_options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    let forum = discord.forum("quests");
    let line = format!("  - {{ name: quests, channel_id: \"{}\" }}\n", forum.id());
    scene.home.config(&format!("discord: {{ api_url: \"{}\" }}\ntables:\n{line}", discord.api_url()));
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben) = (discord.user("ana"), discord.user("ben"));
        let (crown, _) = ana.posts(&forum, "The Crown", &scene.to_bot("I seek the crown")).await;
        let (sea, _) = ben.posts(&forum, "The Sea", &scene.to_bot("I sail")).await;
        reply(&crown, "I seek the crown").await;
        reply(&sea, "I sail").await;
        ana.says(&crown, &scene.to_bot("I ride")).await;
        reply(&crown, "earlier_turns=1").await;
        let status = ben.slash(&sea, "status", json!({})).await.response().await;
        assert!(status.content.contains("**quests-the-sea**"), "{}", status.content);
    });
}

#[test]
fn a_post_of_any_forum_becomes_a_table_by_command_and_the_posts_beside_it_do_not() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    let forum = discord.forum("quests");
    discord.block_on(async {
        let bot = scene.ready().await;
        let ana = discord.user("ana");
        ana.may(Permission::MANAGE_CHANNELS);
        let (crown, _) = ana.posts(&forum, "The Crown", &scene.to_bot("I seek the crown")).await;
        let (sea, _) = ana.posts(&forum, "The Sea", &scene.to_bot("I sail")).await;
        let form = ana.slash(&crown, "table open", json!({})).await.modal().await;
        let opened = ana.submits(&form, json!({ "pitch": "A drowned city" })).await.response().await;
        assert!(opened.content.contains("is the table **the-crown** now"), "{}", opened.content);
        ana.says(&crown, &scene.to_bot("I dive")).await;
        reply(&crown, "I dive").await;
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ana.says(&sea, &scene.to_bot("Is anybody there?")).await;
        ana.says(&crown, &scene.to_bot("I surface")).await;
        reply(&crown, "earlier_turns=1").await;
        assert_eq!(sea.bot_messages().len(), 0);
    });
}

#[test]
fn other_bots_are_heard_only_if_they_are_named() {
    let discord_options = Options::default();
    let scene = Scene::with(discord_options, Installation::with_fake_claude(), ", listen: all");
    let discord = &scene.discord;
    let (dice, spam) = (discord.other_bot("dice"), discord.other_bot("spam"));
    let room = discord.channel("general");
    let (weather, feed) = (room.has_hook("weather"), room.has_hook("feed"));
    let line = format!("  - {{ name: general, channel_id: \"{}\", listen: all }}\n", room.id());
    let named = format!("[\"{}\", \"{}\"]", dice.id(), weather.id());
    let top = format!("discord: {{ api_url: \"{}\", hear_bots: {named} }}", discord.api_url());
    scene.home.config(&format!("{top}\ntables:\n{line}"));
    discord.block_on(async {
        let _bot = scene.ready().await;
        spam.says(&room, "Buy gold").await;
        feed.says("Somebody pushed to main").await;
        dice.says(&room, "ana rolls a 17").await;
        let told = reply(&room, "ana rolls a 17").await;
        assert!(told.content.contains("earlier_turns=0"), "{}", told.content);
        weather.says("Rain begins to fall").await;
        let told = reply(&room, "Rain begins to fall").await;
        assert!(told.content.contains("earlier_turns=1"), "{}", told.content);
        // What it says itself is never taken for an action, also where every line is one.
        room.expect_silence(Duration::from_millis(400)).await;
        assert_eq!(room.bot_messages().len(), 2);
    });
}

#[test]
fn what_was_changed_while_the_connection_was_lost_counts() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ben.may(Permission::SEND_MESSAGES);
        ana.says(&room, &scene.to_bot("[[fake:slow n=200 delay=60]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        let first = ben.says(&room, &scene.to_bot("I take the sword")).await;
        let second = ben.says(&room, &scene.to_bot("I run away")).await;
        room.expect_reaction(&first, "⏳").await;
        room.expect_reaction(&second, "⏳").await;
        let gateway = discord.gateway();
        gateway.refuse_connections();
        gateway.forget_sessions();
        gateway.drop_tcp();
        gateway.expect_disconnected().await;
        ben.edits(&first, &scene.to_bot("I take the spoon")).await;
        ben.deletes(&second).await;
        gateway.accept_connections();
        let answer = reply(&room, "earlier_turns=1").await;
        assert!(answer.content.contains("spoon"), "{}", answer.content);
        let story = ana.slash(&room, "story show", json!({})).await.response().await.content;
        assert!(!story.contains("sword") && !story.contains("run away"), "{story}");
    });
}

#[test]
fn what_hosts_set_counts_at_once_and_after_a_restart() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        ben.may(Permission::MANAGE_CHANNELS);
        let refused = ben.slash(&room, "table settings", json!({ "listen": 1 })).await.response().await;
        assert!(refused.content.contains("Only a host"), "{}", refused.content);
        let link = "[[fake:say text='Take the [gold](https://evil.example) at https://discord.gg/abc']]";
        ana.says(&room, &scene.to_bot(link)).await;
        let inert = reply(&room, "Take the").await;
        assert!(inert.content.contains("]\u{200b}(") && inert.content.contains("gg/\u{200b}abc"), "{}", inert.content);
        let all = json!({ "listen": 1, "links": 1 });
        let set = ana.slash(&room, "table settings", all).await.response().await;
        assert!(set.content.contains("`listen: all`") && set.content.contains("`links: allow`"), "{}", set.content);
        ben.says(&room, link).await;
        reply(&room, "[gold](https://evil.example) at https://discord.gg/abc").await;
        assert_eq!(bot.end(), Some(0));
        let _bot = scene.ready().await;
        ben.says(&room, "I look around").await;
        reply(&room, "earlier_turns=2").await;
        let shown = ana.slash(&room, "table settings", json!({})).await.response().await;
        assert!(
            shown.content.contains("`listen: all`") && shown.content.contains("`threads: own`"),
            "{}",
            shown.content
        );
    });
}

#[test]
fn a_recap_tells_where_the_story_stands_and_a_strange_model_is_not_taken() {
    let top = "providers: { claude: { models: [haiku, opus] } }\n";
    let scene = Scene::above(Options::default(), Installation::with_fake_claude(), "", top);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let nothing = ana.slash(&room, "recap", json!({})).await.response().await;
        assert!(nothing.content.contains("No story"), "{}", nothing.content);
        ana.says(&room, &scene.to_bot("I knock [[fake:say text='# The Gate\\n\\nIt opens.']]")).await;
        reply(&room, "It opens").await;
        ana.slash(&room, "scene new", json!({ "title": "The Yard" })).await.response().await;
        ana.says(&room, &scene.to_bot("I go in [[fake:say text='A dog barks.']]")).await;
        reply(&room, "A dog barks").await;
        let told = ana.slash(&room, "recap", json!({ "public": true })).await.response().await;
        for wanted in ["1. The Gate", "Where we stand: The Yard", "A dog barks."] {
            assert!(told.content.contains(wanted), "{wanted} in {}", told.content);
        }
        let strange = ana.slash(&room, "model", json!({ "name": "opsu" })).await.response().await;
        assert!(
            strange.content.contains("no model `opsu`") && strange.content.contains("`opus`"),
            "{}",
            strange.content
        );
        let known = ana.slash(&room, "model", json!({ "name": "opus" })).await.response().await;
        assert!(known.content.contains("opus"), "{}", known.content);
    });
}

#[test]
fn marks_that_were_overtaken_are_not_put_and_taken_again() {
    const MARK: &str = "/channels/*/messages/*/reactions/*/@me";
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        // For so long no mark can be put.
        let limit = Wrong::TooMany { scope: Scope::User, retry_after: Duration::from_secs(20) };
        discord.fault(Fault::on(&format!("PUT {MARK}"), limit));
        ana.says(&room, &scene.to_bot("I begin [[fake:slow n=20 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        for n in 0..3 {
            ben.says(&room, &scene.to_bot(&format!("I follow {n} [[fake:say text='They came {n}.']]"))).await;
        }
        reply(&room, "They came 2.").await;
        let last = ana.says(&room, &scene.to_bot("I rest [[fake:slow n=400 delay=50]]")).await;
        room.expect_reaction(&last, "👀").await;
    });
    assert_eq!(discord.requests(&format!("DELETE {MARK}")).len(), 0);
    let put = discord.requests(&format!("PUT {MARK}"));
    let messages: std::collections::BTreeSet<_> = put.iter().map(|request| request.path.clone()).collect();
    assert!(messages.len() <= 2, "{messages:?}");
}
