//! The evening of a selftest over a Discord of its own on this machine: the real door, the real wire, a stand-in behind it.
//! Only built with `selftest-discord`; no address outside this machine is spoken to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fake_discord::{FakeDiscord, Message, Options, Room};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;

use super::evening::chain;
use super::{Steps, settings};
use crate::app::App;
use crate::app::pulse::Pulse;
use crate::cli::discord::connect;

/// Plays it; whatever the stand-in's waits or judges complain about is a failure.
pub(super) async fn play(steps: &mut Steps, folder: &Path) {
    let discord = Arc::new(FakeDiscord::start(Options::default()).await);
    // Both in tasks of their own: the stand-in says by a panic that it waited in vain, or that a rule was broken.
    let tasks = TaskTracker::new();
    let evening = tasks.spawn(evening(Arc::clone(&discord), folder.to_owned()));
    let played = steps.tries("Discord: an evening", async {
        evening.await.unwrap_or_else(|_| Err("what was waited for did not come".to_owned()))
    });
    let played = played.await;
    let judged = steps.tries("Discord: its rules", async {
        let broken: Vec<String> = discord.violations().iter().map(ToString::to_string).collect();
        if broken.is_empty() { Ok(((), "none was broken".to_owned())) } else { Err(broken.join("; ")) }
    });
    if judged.await.is_none() || played.is_none() {
        // It would judge once more when it goes; that is told already.
        drop(tasks.spawn_blocking(move || drop(discord)).await);
    }
}

async fn evening(discord: Arc<FakeDiscord>, folder: PathBuf) -> Result<((), String), String> {
    let (room, ana) = (discord.channel("tavern"), discord.user("ana"));
    let table = format!("[{{ name: tavern, channel_id: \"{}\" }}]", room.id());
    let more = [("TALEKEEPER_DISCORD__API_URL", discord.api_url()), ("TALEKEEPER_TABLES", table)];
    let to_bot = |text: &str| format!("<@{}> {text}", discord.bot_id());
    for round in 1..=2 {
        let app = App::start(Arc::new(settings(&folder, &more)?), &[], None, None).await.map_err(chain)?;
        let identified = discord.gateway().identifies();
        let play = async {
            discord.gateway().expect_identifies(identified + 1).await;
            discord.wait_ready().await;
            ana.says(&room, &to_bot("I knock at the green door.")).await;
            let told = ended(&room).await;
            if round == 1 {
                ana.clicks(&told, "Undo").await.acknowledged().await;
                ana.says(&room, &to_bot("I open it with my shoulder.")).await;
                ended(&room).await;
                ana.slash(&room, "status", serde_json::Value::Null).await.acknowledged().await;
            }
            app.ending.cancel();
        };
        let (token, pulse) = (SecretString::from(discord.token()), Pulse::start(&app));
        let (connected, ()) = tokio::join!(Box::pin(connect(&app, token, &pulse)), play);
        app.drain(std::future::pending()).await;
        connected.map_err(|why| crate::door::discord::sentence(&why))?;
    }
    Ok(((), "mentions, buttons and a command, then a restart and play went on".to_owned()))
}

/// A reply that is over: it has the buttons of an ended turn.
async fn ended(room: &Room) -> Message {
    room.expect_message(|message| message.components.iter().any(|row| row.to_string().contains("\"Undo\""))).await
}
