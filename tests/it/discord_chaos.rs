//! The bot is killed, cut off and lied to at random moments: every message that people wrote has exactly one outcome,
//! and everything the game master said stands in its channel exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fake_discord::{FakeDiscord, Fault, Options, Resumable, Scope, Wrong};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use talekeeper::domain::{Event, EventKind, EventSeq, TurnOutcome};
use talekeeper::store::Store;

use crate::support::bot::Scene;
use crate::support::installation::Installation;

const PLACES: [&str; 2] = ["general", "tavern"];
const PEOPLE: [&str; 3] = ["ana", "ben", "cora"];

/// How many things happen; `TALEKEEPER_TEST_CHAOS` asks for more.
fn rounds() -> u32 {
    std::env::var_os("TALEKEEPER_TEST_CHAOS").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(60)
}

/// Breaks one request of those that are to come.
fn break_rest(discord: &FakeDiscord, rng: &mut StdRng) {
    let routes =
        ["POST /channels/*/messages", "PATCH /channels/*/messages/*", "PUT /channels/*/messages/*/reactions/*/@me"];
    let wrong = match rng.random_range(0..6) {
        0 => Wrong::ResetAfter,
        1 => Wrong::ResetBefore,
        2 => Wrong::StatusAfter(502),
        3 => Wrong::Status(500),
        4 => Wrong::Html502,
        _ => Wrong::TooMany { scope: Scope::User, retry_after: Duration::from_millis(200) },
    };
    discord.fault(Fault::on(routes[rng.random_range(0..routes.len())], wrong));
}

fn break_gateway(discord: &FakeDiscord, rng: &mut StdRng) {
    let gateway = discord.gateway();
    match rng.random_range(0..4) {
        0 => gateway.drop_tcp(),
        1 => gateway.reconnect(),
        2 => gateway.close(4000),
        _ => gateway.invalidate(if rng.random_bool(0.5) { Resumable::Yes } else { Resumable::No }),
    }
}

fn log(scene: &Scene, table: &str) -> Vec<Event> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&scene.home.data()).unwrap();
        let tables = store.tables().await.unwrap();
        let id = tables.iter().find(|row| row.name.as_str() == table).unwrap().id;
        let events = store.events_after(id, EventSeq::new(0)).await.unwrap();
        store.close().await;
        events
    })
}

/// What became of each message by the log: how often it was answered, and whether it was laid aside.
fn outcomes(events: &[Event]) -> (BTreeMap<String, u32>, BTreeSet<String>, usize) {
    let (mut source_of, mut said_in) = (BTreeMap::new(), BTreeMap::new());
    let (mut answered, mut aside, mut replies) = (BTreeMap::<String, u32>::new(), BTreeSet::new(), 0);
    for event in events {
        match &event.kind {
            EventKind::ActionSaid { source, .. } => {
                assert!(source_of.insert(event.seq.get(), source.to_string()).is_none());
                assert!(answered.insert(source.to_string(), 0).is_none(), "{source} is in the log twice");
            }
            EventKind::TurnOpened { turn, said, .. } => {
                said_in.insert(turn.get(), said.clone());
            }
            EventKind::TurnEnded { turn, outcome: TurnOutcome::Answered { .. }, .. } => {
                replies += 1;
                for said in &said_in[&turn.get()] {
                    *answered.entry(source_of[&said.action.get()].clone()).or_default() += 1;
                }
            }
            EventKind::ActionSkipped { action, .. } => drop(aside.insert(source_of[&action.get()].clone())),
            _ => {}
        }
    }
    (answered, aside, replies)
}

#[test]
fn nothing_is_lost_doubled_or_left_unsaid() {
    // People write faster here than Discord lets anybody answer, so the last reply comes late.
    let patience = Duration::from_secs(30 + u64::from(rounds()));
    let options = Options { patience, ..Options::default() };
    let scene = Scene::with(options, Installation::with_fake_claude(), "");
    let discord = &scene.discord;
    let mut rng = StdRng::seed_from_u64(20_261_121);
    let mut written = BTreeMap::<&str, Vec<String>>::new();
    discord.block_on(async {
        let mut bot = scene.ready().await;
        for round in 0..rounds() {
            match rng.random_range(0..20) {
                0 => {
                    bot.kill();
                    bot = scene.start();
                    // What it learned of limits is gone with it: each channel may hear of them once more.
                    discord.tolerate_rate_limits(2 * PLACES.len());
                }
                1 => break_gateway(discord, &mut rng),
                2..6 => break_rest(discord, &mut rng),
                _ => {
                    let place = PLACES[rng.random_range(0..PLACES.len())];
                    let person = discord.user(PEOPLE[rng.random_range(0..PEOPLE.len())]);
                    let delay = rng.random_range(0..40);
                    let text = format!("deed {round} [[fake:slow n=8 delay={delay}]]");
                    let said = person.says(&discord.channel(place), &scene.to_bot(&text)).await;
                    written.entry(place).or_default().push(said.id.to_string());
                }
            }
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..250))).await;
        }
        // What is left is answered when everything works again.
        bot.kill();
        discord.tolerate_rate_limits(2 * PLACES.len());
        let bot = scene.ready().await;
        for place in PLACES {
            let said = discord
                .user("ana")
                .says(&discord.channel(place), &scene.to_bot("I rest. [[fake:say text='At last.']]"))
                .await;
            written.entry(place).or_default().push(said.id.to_string());
            discord.channel(place).expect_message(|message| message.content.contains("At last.")).await;
        }
        assert_eq!(bot.end(), Some(0));
    });
    for place in PLACES {
        let (answered, aside, replies) = outcomes(&log(&scene, place));
        for id in written.remove(place).unwrap_or_default() {
            let source = format!("discord:{id}");
            let count = answered.get(&source).copied();
            assert!(count == Some(1) || aside.contains(&source), "{source} in {place}: {count:?}");
        }
        let shown: Vec<_> = discord.channel(place).bot_messages().into_iter().map(|message| message.content).collect();
        let told = shown.iter().filter(|text| text.contains("FAKE-OK") || text.contains("At last.")).count();
        assert_eq!(told, replies, "{place}: {shown:#?}");
    }
}
