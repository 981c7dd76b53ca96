//! Start of the real program with many tables and a long log, and its memory at rest. Prints figures.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark speaks to the one who runs it, and fails where it cannot go on"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use talekeeper::domain::{
    Actor, Audience, BranchId, Event, EventKind, EventSeq, PersonId, Role, SceneNo, SeatId, TableName, Timestamp,
};
use talekeeper::store::Store;

const TABLES: u64 = 1_000;
const EVENTS: u64 = 100;

async fn fill(folder: &Path) {
    let store = Store::open(&folder.join("data")).unwrap();
    for number in 0..TABLES {
        let name: TableName = format!("table-{number}").parse().unwrap();
        let row = store.ensure_table(&name, Timestamp::from_millis(0)).await.unwrap();
        let events = (1..=EVENTS).map(|seq| Event {
            seq: EventSeq::new(seq),
            branch: BranchId::new(0),
            scene: SceneNo::new(0),
            turn: None,
            at: Timestamp::from_millis(0),
            actor: Actor::Program,
            audience: Audience::Table,
            cause: None,
            kind: EventKind::SeatJoined {
                seat: SeatId::new(u32::try_from(seq).unwrap()),
                person: PersonId::new(format!("bench:{seq}")),
                name: "Somebody with a name of ordinary length".to_owned(),
                role: Role::Player,
            },
        });
        store.append(row.id, events.collect()).await.unwrap();
    }
    store.close().await;
}

#[expect(clippy::disallowed_methods, reason = "the benchmark starts the program it measures")]
fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_talekeeper"))
        .args(["play", "--provider", "oracle"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn memory_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fill(folder.path()));
    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..10 {
        let begun = Instant::now();
        let mut child = start(folder.path());
        let mut stdin = child.stdin.take().unwrap();
        // The first answer shows that the program is ready.
        stdin.write_all(b"/status\n").unwrap();
        let mut replies = BufReader::new(child.stdout.take().unwrap());
        replies.read_line(&mut String::new()).unwrap();
        times.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(300)); // at rest
        memory = memory_kib(child.id());
        drop(stdin);
        child.wait().unwrap();
    }
    times.sort();
    println!("{TABLES} tables and {} events in the database", TABLES * EVENTS);
    println!(
        "start to ready: median {:.0} ms, worst {:.0} ms",
        times[5].as_secs_f64() * 1e3,
        times[9].as_secs_f64() * 1e3
    );
    println!("memory at rest: {:.1} MB", memory as f64 / 1024.0);
}
