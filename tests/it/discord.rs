//! Playing on Discord, through the real program and a Discord on loopback.

use fake_discord::Options;

use crate::support::bot::{Scene, buttons};
use crate::support::installation::Installation;

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
        assert_eq!(buttons(&told), ["Retry", "Undo", "Continue"]);
        assert_eq!(room.bot_messages().len(), 1);
        assert_eq!(bot.end(), Some(0));
    });
}
