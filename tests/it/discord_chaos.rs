//! The bot is killed, cut off and lied to at random moments: every message that people wrote has exactly one outcome,
//! and everything the game master said stands in its channel exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use fake_discord::{FakeDiscord, Fault, Loss, Options, Resumable, Scope, Wrong};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OpenFlags};
use talekeeper::domain::{Event, EventKind, EventSeq, TurnOutcome};
use talekeeper::store::Store;

use crate::support::bot::Scene;
use crate::support::installation::Installation;

const PEOPLE: [&str; 3] = ["ana", "ben", "cora"];

/// How many messages people write; `TALEKEEPER_TEST_CHAOS` asks for more.
fn messages() -> usize {
    std::env::var_os("TALEKEEPER_TEST_CHAOS").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(40)
}

/// How many messages are written at once at most; a long run is not to take a day.
fn together() -> usize {
    if messages() < 2000 { 2 } else { 6 }
}

/// Where they write them: up to twenty channels.
fn places() -> Vec<String> {
    let more = (messages() / 50).clamp(2, 20) - 2;
    let numbered = (1..=more).map(|number| format!("cellar-{number}"));
    ["general".to_owned(), "tavern".to_owned()].into_iter().chain(numbered).collect()
}

/// Whether characters speak too, through webhooks; `TALEKEEPER_TEST_CHAOS_VOICES=0` keeps them quiet.
fn voices() -> bool {
    std::env::var_os("TALEKEEPER_TEST_CHAOS_VOICES").is_none_or(|asked| asked != "0")
}

/// Breaks one request of those that are to come.
pub(crate) fn break_rest(discord: &FakeDiscord, rng: &mut StdRng) {
    let routes = [
        "POST /channels/*/messages",
        "PATCH /channels/*/messages/*",
        "PUT /channels/*/messages/*/reactions/*/@me",
        "GET /channels/*/messages",
        "POST /webhooks/*/*",
        "GET /channels/*/webhooks",
        "POST /channels/*/webhooks",
    ];
    let limited = |scope| Wrong::TooMany { scope, retry_after: Duration::from_millis(200) };
    let wrong = match rng.random_range(0..26) {
        0..4 => Wrong::ResetAfter,
        4..8 => Wrong::ResetBefore,
        8..12 => Wrong::StatusAfter(502),
        12..16 => Wrong::Status(500),
        16..19 => Wrong::Html502,
        19 => limited(Scope::User),
        20 => limited(Scope::Shared),
        21 => limited(Scope::Global),
        22 => Wrong::Delay(Duration::from_secs(2)),
        // These two cost the bot its whole patience with one attempt.
        23 | 24 => Wrong::HangAfter,
        _ => Wrong::Hang,
    };
    let routes = if voices() { &routes[..] } else { &routes[..4] };
    discord.fault(Fault::on(routes[rng.random_range(0..routes.len())], wrong));
}

/// Does something to the connection; gives its name.
pub(crate) async fn break_gateway(discord: &FakeDiscord, rng: &mut StdRng) -> &'static str {
    let (name, loss) = match rng.random_range(0..7) {
        0 => ("cut", Loss::Cut),
        1 => ("op 7", Loss::Reconnect),
        2 => ("close 4000", Loss::Close(4000)),
        3 => ("op 9 resumable", Loss::Invalid(Resumable::Yes)),
        4 => ("op 9 not resumable", Loss::Invalid(Resumable::No)),
        5 => ("zombie", Loss::BlackHole),
        _ => ("resume refused", Loss::Forgotten),
    };
    discord.gateway().befalls_whoever_is_there(loss).await;
    name
}

pub(crate) fn log(scene: &Scene, table: &str) -> Vec<Event> {
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

/// By what a reply is known, in the log as in the channel: the last of the deeds that it answers.
fn mark(text: &str) -> Option<String> {
    if text.contains("At last.") {
        return Some("the end".to_owned());
    }
    let (_, last) = text.split_once("FAKE-OK").or_else(|| text.split_once("I saw "))?;
    Some(last.split("deed ").nth(1)?.chars().take_while(char::is_ascii_digit).collect())
}

/// The marks of all that are replies, in an order that does not depend on theirs.
pub(crate) fn marks<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut marks: Vec<_> = texts.filter_map(mark).collect();
    marks.sort();
    marks
}

/// What became of each message by the log: how often it was answered, and whether it was laid aside; and all replies.
fn outcomes(events: &[Event]) -> (BTreeMap<String, u32>, BTreeSet<String>, Vec<String>) {
    let (mut source_of, mut said_in) = (BTreeMap::new(), BTreeMap::new());
    let (mut answered, mut aside, mut replies) = (BTreeMap::<String, u32>::new(), BTreeSet::new(), Vec::new());
    for event in events {
        match &event.kind {
            EventKind::ActionSaid { source, .. } => {
                assert!(source_of.insert(event.seq.get(), source.to_string()).is_none());
                assert!(answered.insert(source.to_string(), 0).is_none(), "{source} is in the log twice");
            }
            EventKind::TurnOpened { turn, said, .. } => {
                said_in.insert(turn.get(), said.clone());
            }
            EventKind::TurnEnded { turn, outcome: TurnOutcome::Answered { reply }, .. } => {
                replies.push(reply.to_markdown());
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

/// All replies of a log.
pub(crate) fn replies(events: &[Event]) -> Vec<String> {
    let reply = |event: &Event| match &event.kind {
        EventKind::TurnEnded { outcome: TurnOutcome::Answered { reply }, .. } => Some(reply.to_markdown()),
        _ => None,
    };
    events.iter().filter_map(reply).collect()
}

/// What chance begins with; `TALEKEEPER_TEST_SEED` asks for another course of things.
fn seed() -> u64 {
    std::env::var_os("TALEKEEPER_TEST_SEED").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(20_261_121)
}

/// What was done to the bot, and how often.
pub(crate) type Tally = BTreeMap<String, usize>;

/// Every fault there is.
const FAULTS: [&str; 17] = [
    "Delay",
    "Hang",
    "HangAfter",
    "Html502",
    "ResetAfter",
    "ResetBefore",
    "Status",
    "StatusAfter",
    "TooMany",
    "close 4000",
    "cut",
    "kill",
    "op 7",
    "op 9 not resumable",
    "op 9 resumable",
    "resume refused",
    "zombie",
];

/// Lets people write and the bot suffer until all is written; gives what was written where.
async fn suffer(scene: &Scene, rng: &mut StdRng, tally: &mut Tally) -> BTreeMap<String, Vec<String>> {
    let (discord, places) = (&scene.discord, places());
    let mut written = BTreeMap::<String, Vec<String>>::new();
    let mut bot = scene.ready().await;
    let mut left = messages();
    while left > 0 {
        match rng.random_range(0..40) {
            0 => {
                let identified = discord.gateway().identifies();
                bot.kill();
                bot = scene.start();
                // Most of the time it gets to connect before the next thing happens to it.
                if rng.random_range(0..4) > 0 {
                    discord.gateway().expect_identifies(identified + 1).await;
                }
                // What it learned of limits is gone with it: each channel may hear of them once more.
                discord.tolerate_rate_limits(2 * places.len());
                *tally.entry("kill".to_owned()).or_default() += 1;
            }
            1 | 2 => *tally.entry(break_gateway(discord, rng).await.to_owned()).or_default() += 1,
            3..10 => break_rest(discord, rng),
            _ => {
                let place = &places[rng.random_range(0..places.len())];
                // People talk at once: what comes while a turn runs waits and is answered together.
                for _ in 0..rng.random_range(1..=together()).min(left) {
                    let person = discord.user(PEOPLE[rng.random_range(0..PEOPLE.len())]);
                    // With voices every sixth is answered by somebody who speaks under her own name, through a webhook.
                    let told = match rng.random_range(0..240) {
                        0..40 if voices() => format!("say text='**Mira:** I saw deed {left}.'"),
                        delay => format!("slow n=8 delay={}", delay % 40),
                    };
                    let text = format!("deed {left} [[fake:{told}]]");
                    let said = person.says(&discord.channel(place), &scene.to_bot(&text)).await;
                    written.entry(place.clone()).or_default().push(said.id.to_string());
                    left -= 1;
                }
            }
        }
        let longest = if messages() < 2000 { 200 } else { 60 };
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..longest))).await;
    }
    // What is left is answered when everything works again.
    bot.kill();
    discord.tolerate_rate_limits(2 * places.len());
    for (wrong, count) in discord.struck() {
        *tally.entry(wrong).or_default() += count;
    }
    let bot = scene.ready().await;
    for place in &places {
        let room = discord.channel(place);
        let said = discord.user("ana").says(&room, &scene.to_bot("I rest. [[fake:say text='At last.']]")).await;
        written.entry(place.clone()).or_default().push(said.id.to_string());
        room.expect_message(|message| message.content.contains("At last.")).await;
    }
    settle(scene, &written).await;
    assert_eq!(bot.end(), Some(0));
    written
}

/// Waits until the log knows every message and none of them waits: what was missed is read back a while after the start.
async fn settle(scene: &Scene, written: &BTreeMap<String, Vec<String>>) {
    let file = scene.home.data().join("talekeeper.db");
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let known = "SELECT count(*) FROM actions WHERE source = ?1 AND state NOT IN ('waiting', 'taken')";
    let is_over = |id: &String| db.query_row(known, [format!("discord:{id}")], |row| row.get::<_, u32>(0)) == Ok(1);
    let until = Instant::now() + Duration::from_secs(600);
    let mut left: Vec<_> = written.values().flatten().collect();
    while !left.is_empty() && Instant::now() < until {
        left.retain(|id| !is_over(id));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // What is missing now is judged by the log.
}

#[test]
fn nothing_is_lost_doubled_or_left_unsaid() {
    // People write faster here than Discord lets anybody answer, so the last reply comes late.
    let patience = Duration::from_secs(120 + messages() as u64 / 10);
    // It is started more often than Discord allows in a day.
    let identifies = (1_000_000, Duration::from_secs(60 * 60));
    let options = Options { patience, identifies, ..Options::default() };
    let names = places();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let scene = Scene::with_tables(
        options,
        Installation::with_fake_claude(),
        &names,
        if voices() { ", voices: webhook" } else { "" },
    );
    // What was taken away just before a kill is taken away once more.
    scene.discord.expect_refusal("DELETE /channels/*/messages/*", 10_008);
    let mut rng = StdRng::seed_from_u64(seed());
    let mut tally = Tally::new();
    let mut written = scene.discord.block_on(suffer(&scene, &mut rng, &mut tally));
    let mut sum = Sum::default();
    for place in &names {
        let (answered, aside, replies) = outcomes(&log(&scene, place));
        for id in written.remove(*place).unwrap_or_default() {
            let source = format!("discord:{id}");
            let count = answered.get(&source).copied();
            assert!(
                count == Some(1) || (count == Some(0) && aside.contains(&source)),
                "{source} in {place}: {count:?}"
            );
            sum.said += 1;
            sum.aside += usize::from(count != Some(1));
        }
        let messages = scene.discord.channel(place).bot_messages();
        sum.spoken += messages.iter().filter(|message| message.is_by_webhook()).count();
        let shown = marks(messages.iter().map(|message| message.content.as_str()));
        // As many as there are, each of them, and none twice.
        assert_eq!(shown, marks(replies.iter().map(String::as_str)), "{place}: {messages:#?}");
        assert_eq!(shown.len(), replies.len(), "{place}: a reply without a mark in {replies:#?}");
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len(), "{place}: {shown:?}");
        sum.told += replies.len();
    }
    sum.report(&tally);
}

/// What a run comes to.
#[derive(Default)]
struct Sum {
    said: usize,
    aside: usize,
    told: usize,
    /// Of these, through a webhook.
    spoken: usize,
}

impl Sum {
    #[expect(clippy::print_stderr, reason = "the figures of a long run are for whoever asked for it")]
    fn report(&self, tally: &Tally) {
        let Self { said, aside, told, spoken } = self;
        eprintln!(
            "{said} messages, {told} replies ({spoken} by webhook), {aside} laid aside, what happened meanwhile: {tally:#?}"
        );
        if messages() >= 2000 {
            let missing: Vec<_> = FAULTS.iter().filter(|fault| !tally.contains_key(**fault)).collect();
            assert!(missing.is_empty(), "these never happened: {missing:?}");
        }
    }
}
