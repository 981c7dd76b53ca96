//! Characters on Discord: taken in from an attachment, shown, changed, given out; for hosts.

use fake_discord::Permission;
use serde_json::json;

use crate::support::bot::{Scene, reply};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/cards/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_host_takes_in_a_card_and_gets_it_back() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        let file = discord.file("mira.png", &fixture("mira-v2.png"), "image/png");
        let told = ana.slash(&room, "character import", json!({ "card": file })).await.response().await.content;
        assert!(told.contains("never stand above the rules") && told.contains("Kept as **mira**"), "{told}");
        let listed = ana.slash(&room, "character list", json!({})).await.response().await.content;
        assert!(listed.contains("Mira"), "{listed}");
        let shown = ana.slash(&room, "character show", json!({ "name": "mira" })).await.response().await.content;
        assert!(shown.contains("rows the ferry"), "{shown}");
        let change = json!({ "name": "mira", "field": 2, "text": "warm now" });
        let changed = ana.slash(&room, "character edit", change).await.response().await.content;
        assert!(changed.contains("is changed"), "{changed}");
        let card = ana.slash(&room, "character export", json!({ "name": "mira" })).await.response().await;
        assert_eq!(card.attachments.len(), 1);
        let made = json!({ "name": "@everyone **Gull**", "description": "Steals." });
        let made = ana.slash(&room, "character new", made).await.response().await.content;
        assert!(made.contains("everyone") && !made.contains("@everyone"), "{made}");
        ana.says(&room, &scene.to_bot("I look. [[fake:keep-brief]]")).await;
        reply(&room, "The brief is kept").await;
    });
    let brief = std::fs::read_to_string(scene.home.folder().join(".fake-cli/brief.json")).unwrap();
    assert!(brief.contains("warm now") && brief.contains("[character · Mira]"), "{brief}");
    let kept = std::fs::read(scene.home.data().join("tables/general/characters/mira.png")).unwrap();
    let text = talekeeper::character::card::open(&kept).unwrap()[0].card.text().to_owned();
    let before = String::from_utf8(fixture("mira-v2.json")).unwrap();
    assert_eq!(text, before.replace("\"dry, quick, kind to animals\"", "\"warm now\""), "nothing else changed");
}

#[test]
fn what_is_no_card_is_refused_with_the_reason() {
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let _bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.may(Permission::MANAGE_MESSAGES);
        for (name, reason) in [
            ("bad/wrong-crc.png", "a checksum does not fit"),
            ("bad/slip.charx", "is not a path below the archive"),
            ("bad/picture.webp", "WebP files have no place for a card"),
            ("bad/encrypted.charx", "is encrypted"),
        ] {
            let file = discord.file(name, &fixture(name), "application/octet-stream");
            let told = ana.slash(&room, "character import", json!({ "card": file })).await.response().await.content;
            assert!(told.contains("That did not work") && told.contains(reason), "{name}: {told}");
        }
    });
    assert!(!scene.home.data().join("tables/general/characters").exists(), "nothing is kept");
}
