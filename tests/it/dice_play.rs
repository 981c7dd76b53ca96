//! Dice while playing: through the terminal and through Discord, with the proof drawn again by the independent script.

use std::path::Path;

use fake_discord::Options;
use serde_json::json;

use crate::dice::verify;
use crate::support::bot::{Scene, buttons, reply};
use crate::support::installation::{Installation, text};

fn play(home: &Installation, lines: &str) -> (String, String) {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

/// Whether the script finds that everything in the file holds; true where there is no Python.
fn holds(file: &Path) -> bool {
    verify(file).is_none_or(|output| output.status.code() == Some(0))
}

#[test]
fn a_terminal_rolls_and_the_scenes_end_proves_it() {
    let home = Installation::with_fake_claude();
    let (out, err) = play(
        &home,
        "/roll 4d6k3\n/roll 1d20+5 # climbing\n/roll blind 1d20+123456\n/roll self 2d6\n\
         I jump [[1d20+3]] [[fake:section]]\n/status\n/verify\n/scene end\n/verify\n/rolls\n",
    );
    assert!(err.contains("write `kh3` to keep the 3 highest"), "{err}");
    assert!(out.contains("climbing · 1d20+5: ("), "{out}");
    assert!(out.contains("Only the game master knows what came of it."), "{out}");
    assert!(out.contains("Dice      sealed with "), "{out}");
    // The game master is told of the roll for all, of the blind one and of the one in the action, and of no other.
    let told = out.lines().filter(|line| line.starts_with("[seat 1")).count();
    assert_eq!(told, 3, "{out}");
    assert!(out.contains("only you know, they do not"), "{out}");
    assert!(out.contains("2 wait for the scene's end"), "{out}");
    assert!(out.contains("Scene 1: all 2 open rolls are what the seed gives."), "{out}");
    assert!(out.contains("2 were not for everyone"), "{out}");
    assert!(out.contains("2 rolls; 2 d20"), "{out}");
    let story = home.scene_file(1).unwrap();
    assert!(story.contains("> [!dice]- ") && story.contains(" · climbing\n> climbing · 1d20+5: ("), "{story}");
    assert!(story.contains("> seed ") && !story.contains("roll 0.1,"), "{story}");
    assert!(holds(&home.data().join("tables/home/rolls-scene-001.json")));
    let log = std::fs::read_to_string(home.data().join("logs/talekeeper.log")).unwrap();
    assert!(!log.contains("123456"), "what is thrown in secret is in no log");
}

#[test]
fn what_the_game_master_asks_is_thrown_and_told_and_survives_a_restart() {
    let home = Installation::with_fake_claude();
    let asks = "I climb. [[fake:say text='The wall is slick.\\n[roll: anyone, 1d20+3, climbing]']]\n";
    let (out, err) = play(&home, asks);
    assert!(out.contains("The wall is slick.") && !out.contains("[roll:"), "{out}");
    assert!(out.contains("🎲 Anyone, roll 1d20+3: climbing"), "{out}");
    assert!(err.contains("/roll throws it."), "{err}");
    let (out, _) = play(&home, "/roll\n/roll\n");
    assert!(out.contains("1d20+3: (") && out.contains("FAKE-OK"), "{out}");
    let (_, err) = play(&home, "/undo\n/roll\n");
    assert!(!err.contains("no roll is asked for"), "the undo took the answer back and not the question: {err}");
}

#[test]
fn a_model_that_claims_a_roll_is_marked() {
    let home = Installation::with_fake_claude();
    let (out, _) = play(&home, "I jump. [[fake:say text='You roll 1d20+5 = 25!\\nYou land.']]\n");
    assert!(out.contains("You roll 1d20+5 = 25! *(told, not rolled)*"), "{out}");
}

#[test]
fn discord_shows_rolls_buttons_and_the_proof_and_hides_what_is_hidden() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, ben, room) = (discord.user("ana"), discord.user("ben"), discord.channel("general"));
        let rolled = ana.slash(&room, "roll", json!({ "dice": "1d20+5 # climbing" })).await;
        rolled.expect(|message| message.content.contains("climbing · 1d20+5: (")).await;
        let shown = room.expect_message(|message| message.content.starts_with("🎲 **ana** · climbing")).await;
        assert!(shown.content.contains("-# roll 0.0, seal "), "{}", shown.content);
        let hidden = ana.slash(&room, "roll", json!({ "dice": "1d20+700000", "shown": 1 })).await;
        hidden.expect(|message| message.content.contains("Only you and the game master see this.")).await;

        let asks = "I climb. [[fake:say text='The wall is slick.\\n[roll: ana, 1d20+3, climbing]']]";
        ana.says(&room, &scene.to_bot(asks)).await;
        reply(&room, "The wall is slick.").await;
        let asked = room.expect_message(|message| buttons(message).contains(&"Roll".to_owned())).await;
        assert!(asked.content.contains("🎲 **ana**, roll 1d20+3: climbing"), "{}", asked.content);
        let refused = ben.clicks(&asked, "Roll").await;
        refused.expect(|message| message.content.contains("somebody else")).await;
        ana.clicks(&asked, "Roll").await.acknowledged().await;
        room.expect_message(|message| message.content.starts_with("🎲 **ana** · 1d20+3: (")).await;
        reply(&room, "FAKE-OK").await;
        let again = ana.clicks(&asked, "Roll").await;
        again.expect(|message| message.content.contains("o roll is asked for")).await;

        ana.may(fake_discord::Permission::MANAGE_MESSAGES);
        ana.slash(&room, "scene end", json!({})).await.acknowledged().await;
        room.expect_message(|message| message.content.contains("The seed of scene 1's dice, 3 rolls")).await;
        let proof = ben.slash(&room, "verify", json!({})).await;
        proof.expect(|message| message.content.contains("all 2 open rolls are what the seed gives")).await;
        assert!(room.bot_messages().iter().all(|message| !message.content.contains("700000")));
        assert!(ben.sees(&room).iter().all(|message| !message.content.contains("700000")));
    });
}
