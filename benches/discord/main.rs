//! What the Discord door costs: from a message to the first request, from the provider's text to the request that shows
//! it, acknowledging while the machine is busy, and memory with many channels. The real program beside a Discord of its
//! own. A start after a kill is measured too. It needs `cargo build --release --examples`. Prints figures;
//! `docs/performance.md` says how to read them, and how `touched` is run, which writes a list for `build.rs`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark speaks to the one who runs it, and fails where it cannot go on"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fake_discord::{FakeDiscord, Options, RateLimits, Room};
use serde_json::json;

mod touched;

const MESSAGES: usize = 60;
const PRESSES: usize = 300;
const CHANNELS: usize = 200;
const KILLS: usize = 5;

/// The bot in a folder of its own; ended when it is dropped.
struct Bot {
    child: Child,
    home: tempfile::TempDir,
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// For how long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

fn discord(patience: Duration) -> FakeDiscord {
    // What is measured is the program; limits are the soak's matter.
    FakeDiscord::open(Options { rate_limits: RateLimits::Off, patience, ..Options::default() })
}

/// What is measured: this build's program, or the one that is named.
fn program() -> PathBuf {
    let named = std::env::var_os("TALEKEEPER_BENCH_PROGRAM").map(PathBuf::from);
    named.map_or_else(|| env!("CARGO_BIN_EXE_talekeeper").into(), |named| named.canonicalize().unwrap())
}

fn start(discord: &FakeDiscord, names: &[String], provider: &str) -> Bot {
    start_under(&[], discord, names, provider)
}

/// Starts the bot, if need be by a program that looks on.
fn start_under(looks_on: &[String], discord: &FakeDiscord, names: &[String], provider: &str) -> Bot {
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_talekeeper"));
    let fake = program.with_file_name("examples").join("fake-cli");
    assert!(fake.exists(), "build it with `cargo build --release --examples`");
    std::os::unix::fs::symlink(fake, bin.join("claude")).unwrap();
    let table = |name: &String| {
        let id = discord.channel(name).id();
        format!("  - {{ name: {name}, channel_id: \"{id}\", provider: {provider} }}\n")
    };
    let tables: String = names.iter().map(table).collect();
    let config = format!("discord: {{ api_url: \"{}\" }}\ntables:\n{tables}", discord.api_url());
    std::fs::write(home.path().join("config.yaml"), config).unwrap();
    let child = spawn(looks_on, discord, home.path());
    discord.block_on(async {
        discord.wait_ready().await;
        discord.expect_requests("GET /channels/*/messages", names.len()).await;
    });
    Bot { child, home }
}

#[expect(clippy::disallowed_methods, reason = "the benchmark starts the program it measures")]
fn spawn(looks_on: &[String], discord: &FakeDiscord, home: &Path) -> Child {
    let mut words = looks_on.iter().map(std::ffi::OsString::from).chain([program().into(), "run".into()]);
    Command::new(words.next().unwrap())
        .args(words)
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", home.join("bin").display()))
        .env("HOME", home)
        .env("DISCORD_TOKEN", discord.token())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what}: p50 {:.1} ms, p99 {:.1} ms ({} times)", at(50), at(99), times.len());
}

fn micros() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// Ana asks, and the Oracle's whole reply stands, so many times.
fn oracle_answers(discord: &FakeDiscord, room: &Room, times: usize) {
    let ana = discord.user("ana");
    discord.block_on(async {
        for _ in 0..times {
            ana.says(room, &format!("<@{}> I look around", discord.bot_id())).await;
            room.expect_message(|message| !message.components.is_empty()).await;
        }
    });
}

/// A message arrives → the first request about it arrives.
fn heard() {
    let discord = discord(PATIENCE);
    let bot = start(&discord, &["general".to_owned()], "oracle");
    let (ana, room) = (discord.user("ana"), discord.channel("general"));
    let (mut marked, mut told) = (Vec::new(), Vec::new());
    discord.block_on(async {
        let marks = "PUT /channels/*/messages/*/reactions/*/@me";
        for _ in 0..MESSAGES {
            let before = discord.requests(marks).len();
            let begun = Instant::now();
            ana.says(&room, &format!("<@{}> I look around", discord.bot_id())).await;
            discord.expect_requests(marks, before + 1).await;
            marked.push(begun.elapsed());
            room.expect_message(|message| !message.components.is_empty()).await;
            told.push(begun.elapsed());
        }
    });
    print("a message → the first request", marked);
    print("a message → the Oracle's whole reply stands", told);
    drop(bot);
}

/// The provider's program prints text → the request with it arrives.
fn streamed() {
    let discord = discord(PATIENCE);
    let bot = start(&discord, &["general".to_owned()], "claude");
    let (ana, room) = (discord.user("ana"), discord.channel("general"));
    let mut times = Vec::new();
    discord.block_on(async {
        for _ in 0..MESSAGES / 3 {
            ana.says(&room, &format!("<@{}> [[fake:clock]]", discord.bot_id())).await;
            let told = room.expect_message(|message| message.content.contains("printed-at-")).await;
            let now = micros();
            let digits = told.content.split("printed-at-").nth(1).unwrap();
            let printed: u64 = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            times.push(Duration::from_micros(now.saturating_sub(printed)));
            room.expect_edit(&told, |message| message.content.contains("FAKE-OK")).await;
        }
    });
    print("the provider's first text → the request with it (300 ms of it on purpose)", times);
    drop(bot);
}

/// A command arrives → it is acknowledged, while both cores are busy and tables stream.
fn acknowledged() {
    let discord = discord(PATIENCE);
    let names: Vec<_> = (1..=20).map(|number| format!("table-{number}")).collect();
    let bot = start(&discord, &names, "claude");
    let busy = Arc::new(AtomicBool::new(true));
    for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
        let busy = Arc::clone(&busy);
        std::thread::spawn(move || while busy.load(Ordering::Relaxed) {});
    }
    let ana = discord.user("ana");
    let mut times = Vec::new();
    discord.block_on(async {
        for name in &names {
            let text = format!("<@{}> [[fake:slow n=400 delay=50]]", discord.bot_id());
            ana.says(&discord.channel(name), &text).await;
        }
        for press in 0..PRESSES {
            let room = discord.channel(&names[press % names.len()]);
            let begun = Instant::now();
            ana.slash(&room, "status", json!({})).await.acknowledged().await;
            times.push(begun.elapsed());
        }
    });
    busy.store(false, Ordering::Relaxed);
    print("a command → acknowledged, all cores busy", times);
    drop(bot);
}

/// The program is killed in the middle of a reply and started again: READY → the reply says so, and → it stands anew.
fn explained() {
    let discord = discord(PATIENCE);
    let names: Vec<_> = (1..=CHANNELS).map(|number| format!("table-{number}")).collect();
    let mut bot = start(&discord, &names, "claude");
    let (ana, room) = (discord.user("ana"), discord.channel(&names[CHANNELS / 2]));
    let (mut said, mut anew) = (Vec::new(), Vec::new());
    for _ in 0..KILLS {
        let newest = room.bot_messages().last().map_or(0, |message| message.id.get());
        let cut = discord.block_on(async {
            ana.says(&room, &format!("<@{}> [[fake:slow n=60 delay=50]]", discord.bot_id())).await;
            room.expect_message(|message| message.id.get() > newest && message.content.contains("word1 ")).await
        });
        let connected = discord.gateway().identifies();
        bot.child.kill().unwrap();
        bot.child.wait().unwrap();
        bot.child = spawn(&[], &discord, bot.home.path());
        discord.block_on(async {
            discord.gateway().expect_identifies(connected + 1).await;
            discord.wait_ready().await;
            let ready = Instant::now();
            room.expect_edit(&cut, |message| message.content.contains("cut off by a restart")).await;
            said.push(ready.elapsed());
            let told = room.expect_message(|message| message.id > cut.id && message.content.contains("word1 ")).await;
            anew.push(ready.elapsed());
            // Each message is handed out once.
            room.expect_edit(&told, |message| message.content.contains("FAKE-OK")).await;
        });
    }
    print("READY → a reply that was cut off says so, 200 channels", said);
    print("READY → it streams anew", anew);
}

fn at_rest() {
    let discord = discord(PATIENCE);
    let names: Vec<_> = (1..=CHANNELS).map(|number| format!("table-{number}")).collect();
    let bot = start(&discord, &names, "oracle");
    std::thread::sleep(Duration::from_secs(5));
    let status = std::fs::read_to_string(format!("/proc/{}/status", bot.child.id())).unwrap();
    let megabytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
    };
    let (all, own) = (megabytes("VmRSS:"), megabytes("RssAnon:"));
    println!(
        "memory at rest with {CHANNELS} channels: {all:.1} MB, of which {own:.1} MB are its own and not its program file's"
    );
}

/// Everything, or what is named: `cargo bench --bench discord -- rest`.
fn main() {
    let parts: [(&str, fn()); 6] = [
        ("heard", heard),
        ("streamed", streamed),
        ("acknowledged", acknowledged),
        ("explained", explained),
        ("rest", at_rest),
        ("touched", touched::touched),
    ];
    let named: Vec<_> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    for (name, part) in parts {
        let usual = named.is_empty() && name != "touched";
        if usual || named.iter().any(|wanted| wanted == name) {
            part();
        }
    }
}
