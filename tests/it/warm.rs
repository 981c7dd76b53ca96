//! Processes of the claude driver that rest between turns: which turn may use one, and when it goes.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, Session};
use talekeeper::provider::claude::Claude;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::{Provider, TurnOrder};
use tokio_util::sync::CancellationToken;

use crate::support::cli::{Home, Told, turn_of};
use crate::support::installation::PATIENCE;
use crate::support::processes::eventually;

/// One driver over many turns, as in the program.
struct Lab {
    home: Home,
    settings: CliSettings,
    driver: Claude,
}

impl Lab {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(wish: impl FnOnce(&mut CliSettings)) -> Self {
        let home = Home::new();
        let mut settings = home.settings();
        settings.warm = 2;
        settings.stop_limit = Some(PATIENCE);
        wish(&mut settings);
        Self { home, driver: Claude::new(settings.clone()), settings }
    }

    async fn turn(&self, prompt: &str, resume: Option<Session>) -> Told {
        self.order(TurnOrder { resume, ..self.home.order(prompt) }).await
    }

    async fn order(&self, order: TurnOrder) -> Told {
        turn_of(&self.driver, order, CancellationToken::new(), |_| {}).await
    }

    /// What runs, in order.
    fn alive(&self) -> Vec<i32> {
        let mut alive = self.home.alive();
        alive.sort_unstable();
        alive
    }

    async fn nothing_left(&self) {
        eventually("all gone", || self.home.alive().is_empty()).await;
    }

    /// A first turn, after which its process rests.
    async fn rested(&self) -> (Session, Vec<i32>) {
        let first = self.turn("first", None).await;
        first.finished();
        let alive = self.alive();
        assert!(!alive.is_empty(), "the process rests");
        (first.session(), alive)
    }
}

#[tokio::test]
async fn the_next_turn_goes_to_the_same_process_and_is_billed_alone() {
    let lab = Lab::new();
    let (session, alive) = lab.rested().await;
    for earlier in 1..=3 {
        let told = lab.turn("again", Some(session.clone())).await;
        assert!(told.text().contains(&format!("earlier_turns={earlier}")), "{}", told.text());
        assert_eq!(told.finished().spent.cost_micros, Some(50_000));
        assert_eq!(told.session(), session);
        assert_eq!(lab.alive(), alive, "the same process");
    }
}

#[tokio::test]
async fn none_rests_where_none_is_wished() {
    let lab = Lab::with(|settings| settings.warm = 0);
    lab.turn("first", None).await.finished();
    assert_eq!(lab.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn what_a_process_was_started_with_must_be_the_same() {
    type Change = fn(&mut TurnOrder);
    let changes: [(&str, Change); 4] = [
        ("persona", |order| order.system = "You are somebody else.".into()),
        ("model", |order| order.model = Some(ModelName::new("fake-2"))),
        ("tools", |order| order.allowed_tools = vec!["Read".into()]),
        ("workspace's own file", |order| std::fs::write(order.folder.join("CLAUDE.md"), "The moon is green.").unwrap()),
    ];
    for (what, change) in changes {
        let lab = Lab::new();
        let (session, before) = lab.rested().await;
        let mut order = TurnOrder { resume: Some(session), ..lab.home.order("again") };
        change(&mut order);
        let system: String = order.system.chars().take(20).collect();
        let told = lab.order(order).await;
        assert!(told.text().contains("earlier_turns=1") && told.text().contains(&system), "{what}: {}", told.text());
        let after = lab.alive();
        assert!(!after.is_empty() && after.iter().all(|pid| !before.contains(pid)), "{what}: {before:?}, {after:?}");
    }
}

#[tokio::test]
async fn a_turn_with_a_limit_on_spending_has_a_process_of_its_own() {
    let lab = Lab::new();
    let (session, _) = lab.rested().await;
    let order = TurnOrder { resume: Some(session), budget_micros: Some(10_000), ..lab.home.order("again") };
    lab.order(order).await.finished();
    assert_eq!(lab.alive(), [] as [i32; 0], "the old one is gone and the new one does not stay");
}

#[tokio::test]
async fn a_process_whose_tools_may_go_on_working_does_not_stay() {
    for (rule, stays) in [("Bash(git log:*)", false), ("Read", true), ("mcp__dice__roll", true)] {
        let lab = Lab::new();
        let order = TurnOrder { allowed_tools: vec![rule.to_owned()], ..lab.home.order("hello") };
        lab.order(order).await.finished();
        assert_eq!(!lab.alive().is_empty(), stays, "{rule}");
    }
}

#[tokio::test]
async fn a_release_that_bills_the_whole_process_does_not_stay() {
    let lab = Lab::new();
    let told = lab.turn("[[fake:old-bill]]", None).await;
    assert_eq!(told.finished().spent.cost_micros, Some(50_000));
    assert_eq!(lab.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn the_one_that_rested_longest_makes_room() {
    let lab = Lab::new();
    let table = |name: &str| TurnOrder { table: name.into(), ..lab.home.order("hello") };
    lab.order(table("one")).await.finished();
    let first = lab.alive();
    lab.order(table("two")).await.finished();
    lab.order(table("three")).await.finished();
    eventually("two rest", || lab.alive().len() == 2 * first.len()).await;
    assert!(lab.alive().iter().all(|pid| !first.contains(pid)), "the first table's is gone");
}

#[tokio::test]
async fn another_conversation_of_the_table_ends_the_old_process() {
    let lab = Lab::new();
    let (_, before) = lab.rested().await;
    lab.turn("anew", None).await.finished();
    eventually("the old one is gone", || lab.alive().len() == before.len()).await;
    assert!(lab.alive().iter().all(|pid| !before.contains(pid)));
}

#[tokio::test]
async fn a_process_that_rests_too_long_goes() {
    let lab = Lab::with(|settings| settings.idle = Duration::from_millis(50));
    let (session, _) = lab.rested().await;
    lab.nothing_left().await;
    assert!(lab.turn("again", Some(session)).await.text().contains("earlier_turns=1"));
}

#[tokio::test]
async fn a_process_that_died_resting_is_not_missed() {
    let lab = Lab::new();
    let (session, alive) = lab.rested().await;
    for pid in alive {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL); // the guard too: the worst case
    }
    let told = lab.turn("again", Some(session)).await;
    assert!(told.text().contains("earlier_turns=1"), "{}", told.text());
    let starts = told.events.iter().filter(|event| matches!(event, ProviderEvent::Started { .. })).count();
    assert_eq!(starts, 1);
}

#[tokio::test]
async fn a_process_that_speaks_unasked_is_ended() {
    let lab = Lab::new();
    let told = lab.turn("[[fake:unasked]]", None).await;
    assert!(told.text().starts_with("FAKE-OK"));
    lab.nothing_left().await;
}

#[tokio::test]
async fn a_process_that_leaves_after_its_turn_harms_nothing() {
    let lab = Lab::new();
    let told = lab.turn("[[fake:leave]]", None).await;
    let session = told.session();
    assert!(lab.turn("again", Some(session)).await.text().contains("earlier_turns=1"));
}

#[tokio::test]
async fn a_failure_leaves_nothing_resting() {
    let lab = Lab::new();
    let (session, _) = lab.rested().await;
    let told = lab.turn("[[fake:fail kind=rate_limit]]", Some(session)).await;
    assert_eq!(told.fault().kind, FaultKind::LimitReached);
    assert_eq!(lab.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_stop_is_asked_for_and_tells_the_bill() {
    let lab = Lab::new();
    let (session, _) = lab.rested().await;
    let cancel = CancellationToken::new();
    let order = TurnOrder { resume: Some(session), ..lab.home.order("[[fake:hang-after]]") };
    let told = turn_of(&lab.driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) {
            cancel.cancel();
        }
    })
    .await;
    assert_eq!(told.fault().spent.cost_micros, Some(10_000));
    assert_eq!(lab.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn limits_of_a_turn_count_for_each_turn() {
    let lab = Lab::with(|settings| settings.timeout = Duration::from_secs(4));
    let (session, _) = lab.rested().await;
    for _ in 0..3 {
        lab.turn("[[fake:slow n=2 delay=800]]", Some(session.clone())).await.finished();
    }
    let told = lab.turn("[[fake:hang-after]]", Some(session)).await;
    assert_eq!(told.fault().kind, FaultKind::Silent);
}

#[tokio::test]
async fn everything_that_rests_ends_with_the_program() {
    let lab = Lab::new();
    lab.rested().await;
    lab.settings.ending.cancel();
    lab.settings.tasks.close();
    lab.settings.tasks.wait().await;
    assert_eq!(lab.alive(), [] as [i32; 0]);
    lab.turn("a last one", None).await.finished();
    lab.settings.tasks.wait().await;
    assert_eq!(lab.alive(), [] as [i32; 0], "what ends later does not rest");
}

#[tokio::test]
async fn everything_that_rests_ends_with_its_driver() {
    let Lab { home, driver, .. } = {
        let lab = Lab::new();
        lab.rested().await;
        lab
    };
    drop(driver);
    eventually("all gone", || home.alive().is_empty()).await;
}

#[tokio::test]
async fn a_table_that_is_forgotten_keeps_neither_its_process_nor_what_that_was_told() {
    let lab = Lab::new();
    let (_, alive) = lab.rested().await;
    let papers = || {
        let entries = std::fs::read_dir(lab.home.path()).unwrap().flatten();
        entries.filter(|entry| entry.path().join("system.md").exists()).count()
    };
    lab.driver.forget("attic").await;
    assert_eq!((lab.alive(), papers()), (alive, 1), "another table's process rests on");
    lab.driver.forget("cellar").await;
    assert_eq!(papers(), 0);
    lab.nothing_left().await;
}
