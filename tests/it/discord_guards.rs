//! What keeps the token where it belongs and ends the program with a sentence instead of a loop.

use fake_discord::{Fault, Options, Wrong};
use serde_json::json;

use crate::support::bot::Scene;
use crate::support::installation::Installation;

fn scene() -> Scene {
    Scene::with(Options::default(), Installation::new(), "")
}

#[test]
fn a_stand_in_that_sends_the_token_elsewhere_is_not_followed() {
    let scene = scene();
    let away = json!({ "url": "wss://gateway.discord.gg" });
    scene.discord.fault(Fault::on("GET /gateway", Wrong::Answer(200, away)));
    let (code, words) = scene.start().ended();
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("It does not go there, because the token would go with it"), "{words}");
    assert_eq!(scene.discord.gateway().identifies(), 0);
    assert!(scene.discord.requests("GET /users/@me").is_empty(), "the gateway is asked for first");
}

#[test]
fn a_connection_that_discord_closes_for_good_ends_it_with_a_sentence() {
    let wanted = [
        (4004, "does not accept the token"),
        (4014, "Message Content Intent"),
        (4013, "closed the connection for good"),
    ];
    for (close, sentence) in wanted {
        let scene = scene();
        let (code, words) = scene.discord.block_on(async {
            let bot = scene.ready().await;
            scene.discord.gateway().close(close);
            bot.ended()
        });
        assert_eq!(code, Some(2), "{close}: {words}");
        assert!(words.contains(sentence), "{close}: {words}");
        assert_eq!(scene.discord.gateway().identifies(), 1, "{close}: it does not come back");
    }
}
