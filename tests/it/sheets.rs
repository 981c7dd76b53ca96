//! Sheets while playing: through the terminal and through Discord, by kits of the program and of the host.

use fake_discord::Options;
use serde_json::json;

use crate::support::bot::Scene;
use crate::support::installation::{Installation, text};

fn play(home: &Installation, lines: &str) -> (String, String) {
    let output = home.run_with(&["play"], lines);
    assert!(output.status.success(), "{output:?}");
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_terminal_writes_on_its_sheet_and_rolls_by_it() {
    let home = Installation::with_fake_claude();
    home.config("tables: [{ name: home, kit: d20-lite }]\n");
    let (out, err) = play(
        &home,
        "/sheet set might 3\n/sheet set might 9\n/sheet set speed 1\n/roll 1d20+@might\n/roll force\n/sheet\n",
    );
    assert!(out.contains("Traveller: might is 3"), "{out}");
    assert!(err.contains("Might holds a whole number from -2 to 5."), "{err}");
    assert!(err.contains("There is no speed on the sheets here; there is calling, look, might"), "{err}");
    assert!(out.contains("force · 1d20"), "{out}");
    assert!(out.contains("hp: 10 of 10") && out.contains("might: 3"), "{out}");
    let (out, _) = play(&home, "/sheet set hp 4\nI wait. [[fake:section]]\n/undo\n/sheet\n");
    assert!(out.contains("hp: 4 of 10"), "the undo took back the turn and not what came before: {out}");
}

#[test]
fn a_hosts_own_kit_is_read_from_the_tables_folder_and_a_bad_one_is_explained() {
    let home = Installation::with_fake_claude();
    let folder = home.data().join("tables/home");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("kit.yaml"), "name: mine\nfields: [{ key: glow, start: 1, most: 3 }]\n").unwrap();
    let (out, _) = play(&home, "/sheet set glow 2\n/sheet\n");
    assert!(out.contains("glow: 2"), "{out}");
    std::fs::write(folder.join("kit.yaml"), "name: mine\nfields: [{ key: glow, start: 9, most: 3 }]\n").unwrap();
    let (_, err) = play(&home, "/sheet set glow 1\n");
    assert!(err.contains("kit cannot be read") && err.contains("glow: `start` is to lie between"), "{err}");
}

#[test]
fn a_setback_costs_at_the_oracles_table_what_the_kit_says() {
    let home = Installation::new();
    home.config("tables: [{ name: home, kit: d20-lite }]\n");
    let risks = "I leap over the gap.\n".repeat(12);
    let (out, _) = play(&home, &format!("I look around.\n{risks}/sheet\n"));
    let setbacks = out.lines().filter(|line| line.contains("2d6:") && line.to_lowercase().contains("setback")).count();
    assert!(setbacks > 0, "{out}");
    assert!(out.contains(&format!("hp: {} of 10", 10_usize.saturating_sub(setbacks))), "{setbacks}: {out}");
}

#[test]
fn discord_asks_a_host_for_what_a_player_may_not_write() {
    let tables = ", kit: d20-lite";
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), tables);
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let done = ana.slash(&room, "sheet set", json!({ "field": "look", "value": "A scar" })).await;
        done.expect(|message| message.content.contains("It is done")).await;
        room.expect_message(|message| message.content.contains("**ana**: look is A scar")).await;
        ana.slash(&room, "sheet set", json!({ "field": "might", "value": "2" })).await.acknowledged().await;
        let asked = room.expect_message(|message| message.content.contains("asks to have might at 2")).await;
        let number: u64 = asked.content.rsplit(' ').next().unwrap().trim_end_matches('.').parse().unwrap();
        let refused = ana.slash(&room, "sheet allow", json!({ "request": number })).await;
        refused.expect(|message| message.content.contains("Only hosts and the game master")).await;
        let host = discord.user("ben");
        host.may(fake_discord::Permission::MANAGE_MESSAGES);
        host.slash(&room, "sheet allow", json!({ "request": number })).await.acknowledged().await;
        room.expect_message(|message| message.content.contains("**ana**: might is 2")).await;
        let shown = ana.slash(&room, "sheet show", json!({})).await;
        shown.expect(|message| message.content.contains("hp: 10 of 10") && message.content.contains("might: 2")).await;
    });
}
