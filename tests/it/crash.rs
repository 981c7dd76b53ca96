//! The program is killed at random moments, again and again: nothing that was acknowledged is lost, doubled or left
//! without an outcome, and no turn is answered twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use talekeeper::domain::{Event, EventKind, EventSeq, SourceId, TurnOutcome};
use talekeeper::store::Store;

use crate::support::installation::{Installation, Sitting, until};

/// How often the program is killed; `TALEKEEPER_TEST_KILLS` asks for more.
fn kills() -> u32 {
    std::env::var_os("TALEKEEPER_TEST_KILLS").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(200)
}

/// How long a start with one answered line takes on this machine as it is now.
fn one_line_takes(home: &Installation) -> Duration {
    let begun = Instant::now();
    assert!(home.run_with(&["play", "--provider", "oracle"], "I look about.\n").status.success());
    begun.elapsed()
}

/// Plays lines until it is killed; gives the lines whose replies were heard. `usual` is how long one line takes.
fn play_until_killed(home: &Installation, rng: &mut StdRng, run: u32, slow: bool, usual: Duration) -> Vec<String> {
    let provider = if slow { "claude" } else { "oracle" };
    let mut sitting: Sitting = home.sit(&["play", "--provider", provider]);
    for line in 0..6 {
        // Both a prompt that the fake CLI answers slowly and one the oracle answers at once.
        sitting.types(&format!("I try thing {run}-{line}. [[fake:slow n=5 delay=4]]"));
    }
    // At any time up to that at which it is done, however slow the machine is.
    std::thread::park_timeout(usual.mul_f64(rng.random_range(0.0..if slow { 8.0 } else { 3.0 })));
    sitting.signal(nix::sys::signal::Signal::SIGKILL);
    let (_, heard, _) = sitting.end();
    heard
}

fn log(home: &Installation) -> Vec<Event> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&home.data()).unwrap();
        let tables = store.tables().await.unwrap();
        let events = store.events_after(tables[0].id, EventSeq::new(0)).await.unwrap();
        assert_eq!(store.check_integrity().await.unwrap(), Vec::<String>::new());
        store.close().await;
        events
    })
}

/// The sources in the program's log whose actions were acknowledged. The log may lack the last lines, never invent one.
fn acknowledged(home: &Installation) -> BTreeSet<String> {
    let Ok(text) = std::fs::read_to_string(home.data().join("logs/talekeeper.log")) else { return BTreeSet::new() };
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines
        .filter(|line| line["msg"] == "action kept")
        .filter_map(|line| Some(line["source"].as_str()?.to_owned()))
        .collect()
}

#[test]
fn nothing_acknowledged_is_lost_or_answered_twice_however_often_the_program_is_killed() {
    let home = Installation::with_fake_claude();
    home.config("logging: { max_size: 100MB }\n");
    let seed = 20_261_121;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut heard = 0;
    let usual = one_line_takes(&home);
    for run in 0..kills() {
        heard += play_until_killed(&home, &mut rng, run, run % 4 == 0, usual).len();
    }
    // What is left is answered when the program is back.
    let last = home.run_with(&["play", "--provider", "oracle"], "I rest at last.\n");
    assert!(last.status.success(), "{last:?}");
    let left: Vec<_> = std::fs::read_dir(home.data().join("run")).unwrap().flatten().collect();
    assert!(left.is_empty(), "prompts of killed turns: {left:?}");

    let events = log(&home);
    let mut sources = BTreeMap::<&SourceId, u32>::new();
    let mut answered = BTreeMap::<u64, u32>::new();
    let mut ended = BTreeMap::<u64, u32>::new();
    let mut outcome = BTreeSet::new();
    let mut open = BTreeMap::new();
    for event in &events {
        match &event.kind {
            EventKind::ActionSaid { source, .. } => *sources.entry(source).or_default() += 1,
            EventKind::ActionSkipped { action, .. } | EventKind::ActionWithdrawn { action } => {
                outcome.insert(action.get());
            }
            EventKind::TurnOpened { turn, said, .. } => {
                open.insert(turn.get(), said.clone());
            }
            EventKind::TurnEnded { turn, outcome: end, .. } => {
                *ended.entry(turn.get()).or_default() += 1;
                if !matches!(end, TurnOutcome::Interrupted) {
                    for said in &open[&turn.get()] {
                        outcome.insert(said.action.get());
                    }
                }
                if matches!(end, TurnOutcome::Answered { .. }) {
                    for said in &open[&turn.get()] {
                        *answered.entry(said.action.get()).or_default() += 1;
                    }
                }
            }
            _ => {}
        }
    }
    assert!(heard > 0 && sources.len() > 50, "the kills left time to play: {heard} lines, {} actions", sources.len());
    assert!(sources.values().all(|count| *count == 1), "an action is in the log twice");
    assert!(ended.values().all(|count| *count == 1), "a turn ended twice");
    assert_eq!(open.keys().collect::<Vec<_>>(), ended.keys().collect::<Vec<_>>(), "a turn has no end");
    assert!(answered.values().all(|count| *count == 1), "an action was answered twice");
    for event in events.iter().filter(|event| matches!(event.kind, EventKind::ActionSaid { .. })) {
        assert!(outcome.contains(&event.seq.get()), "action {} has no outcome", event.seq);
    }
    let known: BTreeSet<String> = sources.keys().map(|source| source.to_string()).collect();
    let lost: Vec<_> = acknowledged(&home).difference(&known).cloned().collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    until("the story to be there", || home.scene_file(1));
}
