//! What is claude's own, beside the contract: against the real CLI, which talks to a stub on loopback: no account, no cost, no network.
//! Left out, with a word, where the CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

use std::path::PathBuf;
use std::sync::Arc;

use crate::support::cli::{Home, POINT, Told, turn, turn_of, turn_with};
use crate::support::installation::PATIENCE;
use crate::support::stub::{Stub, real_claude};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{FaultKind, ProviderEvent, Session};
use talekeeper::provider::claude::Claude;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::{Picture, TurnOrder};
use tokio_util::sync::CancellationToken;

struct Lab {
    home: Home,
    /// Only held: it ends with the lab.
    _stub: Stub,
    cli: PathBuf,
    bodies: PathBuf,
}

impl Lab {
    /// None where the CLI is missing.
    fn open() -> Option<Self> {
        let mut home = Home::new();
        let bodies = home.path().join("bodies");
        std::fs::create_dir(&bodies).unwrap();
        std::fs::create_dir(home.path().join("table")).unwrap();
        let (cli, stub) = real_claude(&bodies)?;
        home.base.insert("ANTHROPIC_BASE_URL".into(), stub.url().into());
        home.base.insert("ANTHROPIC_API_KEY".into(), "dummy".into());
        Some(Self { home, _stub: stub, cli, bodies })
    }

    fn settings(&self) -> CliSettings {
        let mut settings = self.home.settings();
        settings.command = self.cli.to_str().unwrap().to_owned();
        settings.stop_limit = Some(PATIENCE);
        settings.env.insert("CLAUDE_CODE_MAX_RETRIES".into(), "0".into());
        settings
    }

    fn order(&self, prompt: &str, resume: Option<Session>) -> TurnOrder {
        TurnOrder { resume, folder: self.home.path().join("table"), ..self.home.order(prompt) }
    }

    async fn turn(&self, prompt: &str, resume: Option<Session>) -> Told {
        turn(self.settings(), self.order(prompt, resume)).await
    }

    fn tools_offered_with(&self, text: &str) -> Vec<String> {
        let request: serde_json::Value = serde_json::from_str(&self.body_with(text).unwrap()).unwrap();
        let tools = request.get("body").unwrap_or(&request)["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The newest request whose body holds `text`.
    fn body_with(&self, text: &str) -> Option<String> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&self.bodies).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok()).find(|body| body.contains(text))
    }
}

#[tokio::test]
async fn it_has_no_tools_unless_they_are_allowed() {
    let Some(lab) = Lab::open() else { return };
    lab.turn("no tools here", None).await.finished();
    assert_eq!(lab.tools_offered_with("no tools here"), [] as [String; 0]);
    let mut order = lab.order("[[stub:tool cmd='touch made']] and now", None);
    order.allowed_tools = vec!["Read".into()];
    turn(lab.settings(), order).await.end();
    assert!(!lab.home.path().join("table/made").exists());
    let offered = lab.tools_offered_with("and now");
    assert!(offered.contains(&"Read".to_owned()) && !offered.contains(&"Bash".to_owned()), "{offered:?}");
}

#[tokio::test]
async fn it_reads_the_workspaces_own_file_by_itself() {
    let Some(lab) = Lab::open() else { return };
    std::fs::write(lab.home.path().join("table/CLAUDE.md"), "The moon is WORKSPACE-GREEN.").unwrap();
    lab.turn("look at the moon", None).await.finished();
    assert!(lab.body_with("look at the moon").unwrap().contains("WORKSPACE-GREEN"));
}

#[tokio::test]
async fn a_limit_on_spending_ends_the_turn() {
    let Some(lab) = Lab::open() else { return };
    let mut order = lab.order("[[stub:tool cmd='true' n=4]] go", None);
    order.allowed_tools = vec!["Bash".into()];
    order.budget_micros = Some(10_000);
    let told = turn(lab.settings(), order).await;
    assert_eq!(told.fault().kind, FaultKind::TurnBudget, "{}", told.fault().detail);
    assert!(told.fault().spent.cost_micros.unwrap() > 0);
}

#[tokio::test]
async fn a_cancelled_turn_tells_its_bill_and_leaves_nothing_behind() {
    let Some(lab) = Lab::open() else { return };
    let cancel = CancellationToken::new();
    let order = lab.order("[[stub:slow n=60 delay=0.5]] talk", None);
    let told = turn_with(lab.settings(), order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) {
            cancel.cancel();
        }
    })
    .await;
    assert!(told.fault().spent.cost_micros.unwrap() > 0, "{:?}", told.fault());
    assert_eq!(lab.home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_tool_that_runs_is_ended_with_the_turn() {
    let Some(lab) = Lab::open() else { return };
    let cancel = CancellationToken::new();
    let command = "touch running; exec python3 -c \"import time; time.sleep(99)\"";
    let mut order = lab.order(&format!("[[stub:tool cmd='{command}']] go"), None);
    order.allowed_tools = vec!["Bash".into()];
    let mark = lab.home.path().join("table/running");
    let watch = async {
        crate::support::processes::eventually("the tool runs", || mark.exists()).await;
        cancel.cancel();
    };
    let (told, ()) = tokio::join!(turn_with(lab.settings(), order, cancel.clone(), |_| {}), watch);
    told.fault();
    assert_eq!(lab.home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_process_that_rests_takes_the_next_turn() {
    let Some(lab) = Lab::open() else { return };
    let driver = Claude::new(CliSettings { warm: 1, ..lab.settings() });
    let run = async |prompt: &str, resume: Option<Session>| {
        turn_of(&driver, lab.order(prompt, resume), CancellationToken::new(), |_| {}).await
    };
    let cost = |told: &Told| told.finished().spent.cost_micros.unwrap();
    let first = run("the first question", None).await;
    let session = first.session();
    let alive = lab.home.alive();
    assert!(!alive.is_empty());
    let second = run("the second question", Some(session.clone())).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    assert!(cost(&second) > 0 && cost(&second) < cost(&first) * 3 / 2, "only the turn itself is counted");
    assert!(alive.iter().all(|pid| lab.home.alive().contains(pid)), "the same process");

    // Killed while it rests: another goes on with what was said in the first.
    for pid in alive {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    let third = run("the third question", Some(session.clone())).await;
    assert!(third.text().contains("prior_user_turns=2"), "{}", third.text());

    // Another persona: another process, which ends the old one first, so that nothing is lost.
    let order = TurnOrder { system: "PERSONA-TWO".into(), ..lab.order("the fourth question", Some(session.clone())) };
    let fourth = turn_of(&driver, order, CancellationToken::new(), |_| {}).await;
    assert!(fourth.text().contains("prior_user_turns=3"), "{}", fourth.text());
    assert!(lab.body_with("the fourth question").unwrap().contains("PERSONA-TWO"));

    // Stopped in a process that rested: the bill comes, and nothing is left.
    let cancel = CancellationToken::new();
    let order =
        TurnOrder { system: "PERSONA-TWO".into(), ..lab.order("[[stub:slow n=60 delay=0.5]] talk", Some(session)) };
    let told = turn_of(&driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) {
            cancel.cancel();
        }
    })
    .await;
    assert!(told.fault().spent.cost_micros.unwrap() > 0, "{:?}", told.fault());
    assert_eq!(lab.home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_picture_reaches_the_model() {
    let Some(lab) = Lab::open() else { return };
    let path = lab.home.path().join("table/map.png");
    std::fs::write(&path, POINT).unwrap();
    let pictures = vec![Picture { path, kind: "image/png", bytes: Arc::from(POINT) }];
    let order = TurnOrder { pictures, ..lab.order("what is on the map", None) };
    let told = turn(lab.settings(), order).await;
    assert!(told.text().contains("what is on the map"), "{}", told.text());
    let body = lab.body_with("what is on the map").unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(body.to_string().contains(r#""media_type":"image/png""#), "{body}");
    let second = lab.turn("and now", Some(told.session())).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
}
