//! What operators can ask a running bot over HTTP, while turns run and when something is missing.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use fake_discord::{Loss, Options};

use crate::support::bot::{Scene, reply};
use crate::support::installation::{Installation, PATIENCE};
use crate::support::openmetrics::{Page, get, read};

/// A scene whose bot can be asked, at a port that is free.
pub(crate) fn asked_scene() -> Scene {
    let mut home = Installation::with_fake_claude();
    home.env("TALEKEEPER_MONITORING__LISTEN", "127.0.0.1:0");
    Scene::with(Options::default(), home, "")
}

/// What the log says so far.
fn log(scene: &Scene) -> String {
    std::fs::read_to_string(scene.home.data().join("logs/talekeeper.log")).unwrap_or_default()
}

/// Where the bot that was started last can be asked; `starts` is how often it was started.
pub(crate) async fn address(scene: &Scene, starts: usize) -> SocketAddr {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = log(scene);
        let told: Vec<_> = log.lines().filter(|line| line.contains("operators can ask here")).collect();
        if told.len() >= starts {
            let line: serde_json::Value = serde_json::from_str(told[starts - 1]).unwrap();
            return line["address"].as_str().unwrap().parse().unwrap();
        }
        assert!(Instant::now() < until, "the bot never says where it can be asked: {log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn page(address: SocketAddr, path: &str) -> Page {
    get(address, path, &address.to_string()).unwrap()
}

/// Asks until the page says so.
async fn becomes(address: SocketAddr, path: &str, status: u16, body: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let page = page(address, path);
        if (page.status, page.body.as_str()) == (status, body) {
            return;
        }
        assert!(Instant::now() < until, "{path} never says {body:?}: {page:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks for a figure until it is so.
async fn figure(address: SocketAddr, name: &str, is_so: impl Fn(f64) -> bool) -> f64 {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = page(address, "/metrics").body;
        let value = read(&text).get(name).copied();
        if let Some(value) = value.filter(|value| is_so(*value)) {
            return value;
        }
        assert!(Instant::now() < until, "{name} is {value:?} in {text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn the_figures_follow_the_turns() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let address = address(&scene, 1).await;
        becomes(address, "/readyz", 200, "ready\n").await;
        becomes(address, "/healthz", 200, "ok\n").await;
        let first = page(address, "/metrics");
        assert!(first.head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
        let before = read(&first.body);
        assert_eq!(before["talekeeper_gateway_state{state=\"connected\"}"], 1.0);
        assert_eq!(before["talekeeper_tables_open"], 2.0);
        assert!(!first.body.contains("talekeeper_turns_total{"), "nobody has played yet");

        let (ana, room) = (scene.discord.user("ana"), scene.discord.channel("general"));
        ana.says(&room, &scene.to_bot("I look around [[fake:plain cost=0.25 in=700 out=30]]")).await;
        reply(&room, "FAKE-OK").await;
        let answered = "talekeeper_turns_total{provider=\"claude\",outcome=\"answered\"}";
        figure(address, answered, |count| count == 1.0).await;
        let after = read(&page(address, "/metrics").body);
        assert_eq!(after["talekeeper_turn_first_text_seconds_count{provider=\"claude\"}"], 1.0);
        assert_eq!(after["talekeeper_turn_duration_seconds_count{provider=\"claude\"}"], 1.0);
        assert_eq!(after["talekeeper_cost_usd_total{provider=\"claude\",table=\"general\"}"], 0.25);
        assert_eq!(after["talekeeper_tokens_total{provider=\"claude\",direction=\"in\"}"], 700.0);
        let grew = |name: &str| after[name] > before[name];
        assert!(grew("talekeeper_events_written_total"));
        assert!(grew("talekeeper_discord_requests_total{result=\"done\"}"));

        ana.says(&room, &scene.to_bot("I wait [[fake:hang-after]]")).await;
        figure(address, "talekeeper_turns_running", |count| count == 1.0).await;
        figure(address, "talekeeper_provider_processes", |count| count >= 1.0).await;
        figure(address, "talekeeper_provider_memory_bytes", |bytes| bytes > 100_000.0).await;
        ana.says(&room, &scene.to_bot("And then I say more")).await;
        figure(address, "talekeeper_actions_waiting", |count| count == 1.0).await;
        assert_eq!(bot.end(), Some(0));
        assert!(get(address, "/healthz", "127.0.0.1").is_none(), "the page is gone with the bot");
    });
}

#[test]
fn a_fault_of_a_provider_is_counted_by_its_kind() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let address = address(&scene, 1).await;
        let (ana, room) = (scene.discord.user("ana"), scene.discord.channel("general"));
        ana.says(&room, &scene.to_bot("I fall [[fake:exit code=3 stderr='</metrics> \"{}']]")).await;
        figure(address, "talekeeper_turns_total{provider=\"claude\",outcome=\"failed\"}", |count| count == 1.0).await;
        let all = read(&page(address, "/metrics").body);
        let faults = all.iter().filter(|(name, _)| name.starts_with("talekeeper_provider_faults_total{"));
        assert_eq!(faults.map(|(_, count)| *count).collect::<Vec<_>>(), [1.0]);
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_bot_without_its_gateway_is_healthy_and_not_ready() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let gateway = scene.discord.gateway();
        gateway.refuse_connections();
        let bot = scene.start();
        let address = address(&scene, 1).await;
        becomes(address, "/readyz", 503, "missing: gateway\n").await;
        becomes(address, "/healthz", 200, "ok\n").await;
        gateway.accept_connections();
        becomes(address, "/readyz", 200, "ready\n").await;
        figure(address, "talekeeper_gateway_connections_total", |count| count == 1.0).await;

        gateway.refuse_connections();
        gateway.befalls_whoever_is_there(Loss::Close(4000)).await;
        becomes(address, "/readyz", 503, "missing: gateway\n").await;
        figure(address, "talekeeper_gateway_state{state=\"connected\"}", |is| is == 0.0).await;
        gateway.accept_connections();
        becomes(address, "/readyz", 200, "ready\n").await;
        figure(address, "talekeeper_gateway_connections_total", |count| count == 2.0).await;
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_database_that_cannot_be_written_is_neither_healthy_nor_ready() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let address = address(&scene, 1).await;
        becomes(address, "/readyz", 200, "ready\n").await;
        let database = scene.database();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        becomes(address, "/healthz", 503, "missing: database\n").await;
        becomes(address, "/readyz", 503, "missing: database\n").await;
        database.execute_batch("COMMIT").unwrap();
        becomes(address, "/healthz", 200, "ok\n").await;
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_web_page_that_calls_this_machine_by_another_name_is_told_nothing() {
    let scene = asked_scene();
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let address = address(&scene, 1).await;
        for host in ["evil.example", "evil.example:9464", "127.0.0.1.evil.example"] {
            let page = get(address, "/metrics", host).unwrap();
            assert!(page.status == 421 && !page.body.contains("talekeeper_"), "{page:?}");
        }
        assert_eq!(get(address, "/metrics", "localhost").unwrap().status, 200);
        assert_eq!(bot.end(), Some(0));
    });
}

#[test]
fn a_port_that_is_taken_keeps_nobody_from_playing() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut home = Installation::with_fake_claude();
    home.env("TALEKEEPER_MONITORING__LISTEN", &taken.local_addr().unwrap().to_string());
    let scene = Scene::with(Options::default(), home, "");
    scene.discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (scene.discord.user("ana"), scene.discord.channel("general"));
        ana.says(&room, &scene.to_bot("I look around")).await;
        reply(&room, "FAKE-OK").await;
        assert!(log(&scene).contains("nothing can be asked of this bot: the address cannot be had"));
        assert_eq!(bot.end(), Some(0));
    });
}
