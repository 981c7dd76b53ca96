//! The stop card and the styles of play, through the real program: in the terminal and on Discord.

use fake_discord::{Options, Permission};
use serde_json::json;

use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, text};

fn play(home: &Installation, lines: &str) -> (String, String) {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

/// What the provider was told.
fn sent(home: &Installation) -> String {
    std::fs::read_to_string(home.folder().join(".fake-cli/sent.txt")).unwrap()
}

#[test]
fn a_terminal_takes_a_beat_out_of_the_story_and_goes_on_elsewhere() {
    let home = Installation::with_fake_claude();
    let (_, err) = play(
        &home,
        "I light a lamp. [[fake:say text='It burns.']]\nI open the cellar. [[fake:say text='Spiders everywhere.']]\n/x\nskip\n",
    );
    assert!(err.contains("Play is paused") && err.contains("go on elsewhere"), "{err}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("It burns.") && !story.contains("piders") && !story.contains("cellar"), "{story}");
    // The pause outlives the program.
    std::fs::remove_file(home.folder().join(".fake-cli/sent.txt")).unwrap();
    let (_, err) = play(&home, "I look around.\n/resume\nI look around.\n");
    assert!(err.contains("We are pausing for a moment") && err.contains("We go on."), "{err}");
    let sent = sent(&home);
    assert!(sent.contains("## How to go on") && sent.contains("Skip ahead"), "{sent}");
    assert!(sent.contains("It burns.") && !sent.contains("piders") && !sent.contains("cellar"), "{sent}");
}

#[test]
fn a_style_is_set_by_a_command_over_the_configuration_and_told_to_the_provider() {
    let home = Installation::with_fake_claude();
    home.config("tables: [{ name: home, style: { choices: on, length: long } }]\n");
    let (out, err) = play(&home, "/style length short\n/style\n/style length endless\nI wait.\n");
    assert!(out.contains("Style: length is short from now on."), "{out}");
    assert!(out.contains("choices: on.") && out.contains("length: short."), "{out}");
    assert!(err.contains("Length can be medium, short, long."), "{err}");
    let sent = sent(&home);
    assert!(
        sent.contains("two to four choices") && sent.contains("one paragraph of at most three sentences"),
        "{sent}"
    );
    assert!(!sent.contains("five to eight full paragraphs"), "{sent}");
    home.config("tables: [{ name: home, style: { length: endless } }]\n");
    let output = home.run(&["check"]);
    assert!(
        text(&output.stdout).contains("one of medium, short, long")
            || text(&output.stderr).contains("one of medium, short, long"),
        "{output:?}"
    );
}

#[test]
fn on_discord_anyone_stops_play_and_nobody_is_named() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        ana.says(&room, &scene.to_bot("I light a lamp. [[fake:say text='It burns.']]")).await;
        let lamp = reply(&room, "It burns.").await;
        ana.says(&room, &scene.to_bot("I open the cellar. [[fake:slow n=400 delay=50]]")).await;
        let cellar = room.expect_message(|message| message.content.contains("word1 ")).await;
        let panel = ben.clicks(&cellar, "Safety").await.response().await;
        assert_eq!(buttons(&panel), ["Stop play", "Go on (host)"]);
        let chosen = ben.clicks(&panel, "Stop play").await;
        let chosen = chosen.expect(|message| message.content.contains("Play is paused")).await;
        for message in [&cellar, &lamp] {
            room.expect_edit(message, |message| message.content == "-# (A curtain falls over this part.)").await;
        }
        room.expect_message(|message| message.content.contains("We are pausing for a moment.")).await;
        ana.says(&room, &scene.to_bot("Hello?")).await;
        room.expect_message(|message| message.reply_to.is_some() && message.content.contains("We are pausing")).await;
        let rewound = ben.clicks(&chosen, "Rewind").await;
        rewound.expect(|message| message.content.contains("out of the story")).await;
        let noted = ana.slash(&room, "safety resume", json!({})).await;
        noted.expect(|message| message.content.contains("when whoever stopped it and a host are both ready")).await;
        ben.clicks(&chosen, "I am ready to go on").await.expect(|message| message.content == "We go on.").await;
        room.expect_message(|message| message.content == "-# We go on.").await;
        ana.says(&room, &scene.to_bot("I sit down.")).await;
        reply(&room, "").await;
        let sent = sent(&scene.home);
        let (_, last) = sent.rsplit_once("=== sent").unwrap();
        assert!(last.contains("It burns.") && !last.contains("cellar"), "{last}");
        let ben = ben.id().to_string();
        let log = std::fs::read_to_string(scene.home.data().join("logs/talekeeper.log")).unwrap();
        assert!(!log.contains(&ben), "no log names who stopped play");
        for file in std::fs::read_dir(scene.home.data()).unwrap().flatten().filter(|file| file.path().is_file()) {
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(!bytes.windows(ben.len()).any(|window| window == ben.as_bytes()), "{:?}", file.path());
        }
    });
}
