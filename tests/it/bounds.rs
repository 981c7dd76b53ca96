//! Lines, veils, the rating and decoys through the real program: what reaches the provider, the channel, the log, and
//! what does not.

use fake_discord::{Message, Options, Permission, RateLimits, Room};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, text};

const FADED: &str = "That moment fades out and is not told.";

/// What the provider was told last.
fn last_sent(home: &Installation) -> String {
    let sent = std::fs::read_to_string(home.folder().join(".fake-cli/sent.txt")).unwrap();
    sent.rsplit_once("=== sent\n").unwrap().1.to_owned()
}

/// Everything the bot sent into channels, by whatever way.
fn said(scene: &Scene) -> String {
    let all = ["POST", "PATCH", "PUT"].map(|method| scene.discord.requests(&format!("{method} /channels/**")));
    all.iter().flatten().map(|request| request.body.to_string()).collect()
}

#[test]
fn a_terminal_draws_lines_that_outlive_the_program_and_hold_replies() {
    let home = Installation::with_fake_claude();
    let lines = "/lines never SPIDERS\n/lines veil torture\n/lines veil torture\n/lines never x\n/lines drop X\n/lines drop gone\n";
    let output = home.run_with(&["play"], lines);
    let err = text(&output.stderr);
    assert!(
        err.contains("Never in the story (lines): SPIDERS.") && err.contains("Only behind a veil: torture."),
        "{err}"
    );
    assert!(err.contains("None of yours says that."), "{err}");
    let play = "I go down. [[fake:say text='A spi-der? No: a spider!' anew='A dry cellar.']]\n\
                I go on. [[fake:say text='Spiders everywhere.']]\nI rest. [[fake:say text='Quiet.']]\n/lines\n";
    let output = home.run_with(&["play"], play);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("A dry cellar.") && !out.contains("a spider") && !out.contains("everywhere"), "{out}");
    assert!(err.contains(FADED) && err.contains("Never in the story (lines): SPIDERS."), "{err}");
    let sent = last_sent(&home);
    assert!(sent.contains("## Never in this story") && sent.contains("\n| SPIDERS\n"), "{sent}");
    assert!(sent.contains("## Only behind a veil") && sent.contains("\n| torture\n"), "{sent}");
    assert!(sent.contains("The moment before fades out"), "{sent}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("A dry cellar.") && !story.to_lowercase().contains("spiders everywhere"), "{story}");
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("SPIDERS") && !log.contains("torture"), "what somebody keeps out of is in no log");
}

#[test]
fn on_discord_a_form_asks_for_them_and_nobody_else_ever_sees_whose_they_are() {
    let options = Options { rate_limits: RateLimits::Off, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I light a lamp. [[fake:say text='It burns.']]")).await;
        reply(&room, "It burns.").await;
        let form = ben.slash(&room, "safety lines", json!({})).await.modal().await;
        assert_eq!(form.title, "Lines and veils");
        let set = ben.submits(&form, json!({ "lines": "spiders\nROTWEIN", "veils": "torture" })).await.response().await;
        assert!(set.is_ephemeral() && set.content.contains("spiders; ROTWEIN"), "{}", set.content);
        let others = ana.slash(&room, "safety lines", json!({})).await.modal().await;
        assert!(!format!("{:?}", others.components).contains("ROTWEIN"), "only their own");

        ana.says(
            &room,
            &scene.to_bot(
                "I open the cellar. [[fake:say text='It is dark. A spider drops. It bites.' anew='It is dry.']]",
            ),
        )
        .await;
        reply(&room, "It is dry.").await;
        let sent = last_sent(&scene.home);
        assert!(sent.contains("## Tell it otherwise") && sent.contains("\n| ROTWEIN\n"), "{sent}");
        assert!(!sent.contains("ben"), "nobody is named: {sent}");
        let told = "I go on. [[fake:tool name=whisper args='{\"seat\":1,\"text\":\"A spider watches.\"}']]";
        ana.says(&room, &scene.to_bot(told)).await;
        reply(&room, "Not done: this table keeps out of what that would bring").await;
        ana.says(&room, &scene.to_bot("I wait. [[fake:say text='Spiders come.']]")).await;
        room.expect_message(|message| message.content.contains(FADED)).await;

        // They are theirs after a restart, and only they take them back.
        bot.kill();
        let _bot = scene.ready().await;
        let form = ben.slash(&room, "safety lines", json!({})).await.modal().await;
        assert!(format!("{:?}", form.components).contains("ROTWEIN"), "{:?}", form.components);
        let form_of_ana = ana.slash(&room, "safety lines", json!({})).await.modal().await;
        ana.submits(&form_of_ana, json!({ "lines": "" })).await.response().await;
        ana.says(&room, &scene.to_bot("I ask. [[fake:say text='Asked.']]")).await;
        reply(&room, "Asked.").await;
        assert!(last_sent(&scene.home).contains("\n| ROTWEIN\n"));
        let long = json!({ "lines": "x".repeat(90), "veils": "" });
        let refused = ben.submits(&form, long).await.response().await;
        assert!(refused.content.contains("at most 80 characters"), "{}", refused.content);
        ben.submits(&form, json!({ "lines": "", "veils": "" })).await.response().await;
        ana.says(&room, &scene.to_bot("I sit. [[fake:say text='A spider sits too.']]")).await;
        reply(&room, "A spider sits too.").await;
        assert!(!last_sent(&scene.home).contains("## Never in this story"));
    });
    let said = said(&scene);
    assert!(!said.contains("A spider drops") && !said.contains("Spiders come") && !said.contains("ROTWEIN"), "{said}");
    let ben = discord.user("ben").id().to_string();
    let log = std::fs::read_to_string(scene.home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("ROTWEIN") && !log.contains(&ben), "no log names them");
    for file in std::fs::read_dir(scene.home.data()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(ben.len()).any(|window| window == ben.as_bytes()), "{:?}", file.path());
    }
}

const MATURE: &str = "Everyone here is an adult";
const TEEN: &str = "This story is for teenagers";

async fn is_told(scene: &Scene, who: &fake_discord::Person, room: &Room, words: &str) -> String {
    who.says(room, &scene.to_bot(&format!("I go. [[fake:say text='{words}']]"))).await;
    reply(room, words).await;
    last_sent(&scene.home)
}

#[test]
fn a_mature_story_needs_the_channels_age_flag_and_a_thread_asks_its_parent() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let sent = is_told(&scene, &ana, &room, "One.").await;
        assert!(
            sent.contains("This story is for everyone")
                && sent.contains("nothing sexual with or about anyone under age")
        );
        let wish = json!({ "set": "rating mature" });
        let refused = ana.slash(&room, "style", wish.clone()).await.response().await.content;
        assert!(refused.contains("Age-Restricted Channel"), "{refused}");

        room.is_age_restricted(true);
        // The flag arrives by the gateway; the setting is tried until it has.
        loop {
            let answer = ana.slash(&room, "style", wish.clone()).await.response().await.content;
            if answer.contains("rating is mature") {
                break;
            }
        }
        let sent = is_told(&scene, &ana, &room, "Two.").await;
        assert!(sent.contains(MATURE) && sent.contains("nothing sexual with or about anyone under age"), "{sent}");

        let opens = ana.says(&room, "The cellar").await;
        let thread = ana.starts_thread(&opens, "cellar").await;
        is_told(&scene, &ana, &thread, "In the thread.").await;
        let set = ana.slash(&thread, "style", wish.clone()).await.response().await.content;
        assert!(set.contains("rating is mature"), "{set}");
        assert!(is_told(&scene, &ana, &thread, "Thread two.").await.contains(MATURE));

        // A reply on its way is ended when the flag goes.
        ana.says(&room, &scene.to_bot("I go. [[fake:hang-after]]")).await;
        let told = room.expect_message(|message| message.content.contains("Once upon a time")).await;
        room.is_age_restricted(false);
        room.expect_edit(&told, |message| buttons(message) == ["Retry", "Safety"]).await;
        assert!(is_told(&scene, &ana, &room, "Three.").await.contains(TEEN));
        assert!(is_told(&scene, &ana, &thread, "Thread three.").await.contains(TEEN));
        let shown = ana.slash(&room, "style", json!({})).await.response().await.content;
        assert!(shown.contains("rating: teen"), "{shown}");
    });
}

#[test]
fn a_configured_rating_holds_in_the_terminal_and_not_in_an_open_channel() {
    let home = Installation::with_fake_claude();
    home.config(
        "tables: [{ name: home, style: { rating: mature } },\n  { name: open, channel_id: \"77\", style: { rating: mature } }]\n",
    );
    home.run_with(&["play"], "I wait.\n");
    assert!(last_sent(&home).contains(MATURE), "{}", last_sent(&home));
    home.run_with(&["play", "--table", "open"], "I wait.\n");
    assert!(last_sent(&home).contains(TEEN), "nobody knows about that channel: {}", last_sent(&home));
}

const SEALED: &str = "The game master hands somebody a sealed letter.";

#[test]
fn decoys_hide_who_was_handed_the_real_letter() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), ", style: { decoys: on }");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let room = discord.channel("general");
        let people = ["ana", "ben", "cleo"].map(|name| discord.user(name));
        for person in &people {
            is_told(&scene, person, &room, &format!("Hello {}.", person.name())).await;
        }
        let whisper =
            "I look. [[fake:tool name=whisper args='{\"seat\":2,\"text\":\"It glows RUBYEYE.\"}' say='Dim.']]";
        people[0].says(&room, &scene.to_bot(whisper)).await;
        reply(&room, "Dim.").await;
        let sealed = |message: &Message| message.content.contains(SEALED) && buttons(message) == ["Open"];
        let mut envelopes = Vec::new();
        for _ in 0..3 {
            envelopes.push(room.expect_message(sealed).await);
        }
        // The game master is told of the real one alone.
        people[0].says(&room, &scene.to_bot("[[fake:section name=Whispered]]")).await;
        let told = reply(&room, "RUBYEYE").await;
        assert_eq!(told.content.matches("in secret").count(), 1, "{}", told.content);
        let faces: std::collections::BTreeSet<_> = envelopes.iter().map(|message| message.content.clone()).collect();
        assert_eq!(faces.len(), 1, "{faces:?}");
        for (seat, person) in people.iter().enumerate() {
            let mut own = Vec::new();
            for (at, envelope) in envelopes.iter().enumerate() {
                let read = person.clicks(envelope, "Open").await.follow_up(0).await;
                if read.content.contains("From **the game master**") {
                    assert_eq!(at, seat, "the real one has no place of its own");
                    own.push(read.content);
                }
            }
            assert_eq!(own.len(), 1, "{own:?}");
            assert_eq!(own[0].contains("RUBYEYE"), seat == 1, "{own:?}");
        }
    });
}
