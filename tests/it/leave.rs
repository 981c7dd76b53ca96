//! `talekeeper leave`: what it lists, what it takes away, and what it lets be.

use fake_discord::Options;
use serde_json::json;

use crate::support::bot::Scene;
use crate::support::installation::{Installation, text};

#[test]
fn what_was_made_is_listed_then_removed_and_nothing_else() {
    let scene = Scene::with(Options::default(), Installation::with_fake_claude(), ", voices: webhook");
    let discord = &scene.discord;
    let room = discord.channel("general");
    let foreign = room.has_hook("Somebody's");
    // Each start asks anew and knows nothing of what the one before it has used up.
    discord.pardon(fake_discord::Judge::RateLimit);
    discord.block_on(async {
        let bot = scene.ready().await;
        let ana = discord.user("ana");
        let asks = scene.to_bot("I knock [[fake:say text='The gate opens.\\n\\n**Mira:** Come in.']]");
        ana.says(&room, &asks).await;
        room.expect_message(|message| message.content == "Come in." && message.is_by_webhook()).await;
        // While it runs it would write everything anew.
        let refused = leave(&scene, &["leave", "--dry-run"]);
        assert_eq!(refused.0, Some(1));
        assert!(refused.2.contains("is running on this data folder"), "{}", refused.2);
        assert_eq!(bot.end(), Some(0));
    });
    std::fs::write(scene.home.data().join("my-notes.txt"), "mine").unwrap();
    std::fs::create_dir(scene.home.data().join("backups")).unwrap();
    let commands = discord.commands().len();
    assert!(commands > 10);
    let (code, out, _) = leave(&scene, &["leave", "--dry-run"]);
    assert_eq!(code, Some(0), "{out}");
    for line in [
        "the commands status, stop,",
        "the webhook of #general",
        "the bot itself from the server ",
        "talekeeper.db (",
        "stories/ (1 file",
        "config.yaml (",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(out.contains("my-notes.txt: not made by this program"), "{out}");
    assert!(out.contains("backups: backups, which are for whoever comes back"), "{out}");
    assert_eq!(discord.commands().len(), commands);
    assert!(discord.requests("DELETE /users/@me/guilds/*").is_empty());
    assert!(scene.home.data().join("talekeeper.db").exists());
    let (code, _, err) = leave(&scene, &["leave"]);
    assert_eq!((code, err.contains("--yes removes without asking")), (Some(2), true), "{err}");
    let (code, out, err) = leave(&scene, &["leave", "--yes"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(discord.commands(), Vec::<serde_json::Value>::new());
    let hooks = discord.requests("DELETE /webhooks/*");
    // A slow machine may have it asked twice.
    assert!(!hooks.is_empty());
    let theirs = foreign.id().to_string();
    assert!(hooks.iter().all(|hook| !hook.path.contains(&theirs)), "somebody else's webhook stays");
    assert!(!discord.requests("DELETE /users/@me/guilds/*").is_empty());
    let (_, out, _) = leave(&scene, &["leave", "--dry-run"]);
    assert!(!out.contains("from the server"), "it is in none any more: {out}");
    let mut left: Vec<_> =
        std::fs::read_dir(scene.home.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["backups", "my-notes.txt"]);
    assert!(!scene.home.folder().join("config.yaml").exists());
}

#[test]
fn what_cannot_be_removed_is_said() {
    let scene = Scene::with(Options::default(), Installation::new(), "");
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        assert_eq!(bot.end(), Some(0));
    });
    let commands = scene.discord.commands().len();
    scene.discord.fault(fake_discord::Fault::on(
        "PUT /applications/*/commands",
        fake_discord::Wrong::Answer(403, json!({ "code": 50_001, "message": "Missing Access" })),
    ));
    scene.discord.pardon(fake_discord::Judge::Refusal);
    let (code, out, err) = leave(&scene, &["leave", "--yes"]);
    assert_eq!(code, Some(1), "{out}{err}");
    let failed = out.split("This could not be removed").nth(1).unwrap();
    assert!(failed.contains("Discord refuses it (50001)"), "{out}");
    assert!(failed.contains("it stays until the rest is gone"), "{out}");
    assert!(scene.discord.requests("DELETE /users/@me/guilds/*").is_empty(), "nothing can be done from outside");
    assert_eq!(scene.discord.commands().len(), commands);
    assert!(scene.home.data().exists(), "without the token and the files there would be no second try");
    let (code, out, err) = leave(&scene, &["leave", "--yes"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(scene.discord.commands().is_empty() && !scene.home.data().exists());
}

fn leave(scene: &Scene, words: &[&str]) -> (Option<i32>, String, String) {
    let output = scene.home.command(words).env("DISCORD_TOKEN", scene.discord.token()).output().unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}
