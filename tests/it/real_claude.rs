//! The claude driver against the real CLI, which talks to a stub on loopback: no account, no cost, no network.
//! Left out, with a word, where the CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

use std::path::PathBuf;

use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, Session};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::probe::{Probe, probe};
use tokio_util::sync::CancellationToken;

use crate::support::cli::{Home, Told, launcher, turn, turn_with};
use crate::support::stub::{Stub, real_claude};

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
async fn its_version_is_found() {
    let Some(lab) = Lab::open() else { return };
    let found = probe(lab.cli.to_str().unwrap(), lab.home.path(), &launcher(), &lab.home.base).await;
    assert_eq!(found, Probe::Found { version: "2.1.330".into() });
}

#[tokio::test]
async fn a_conversation_is_resumed_after_everything_was_dropped() {
    let Some(lab) = Lab::open() else { return };
    let first = lab.turn("the first question", None).await;
    assert!(first.text().contains("prior_user_turns=0"), "{}", first.text());
    let second = lab.turn("the second question", Some(first.session())).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    assert!(second.text().contains("the first question"), "{}", second.text());
    assert_eq!(second.session(), first.session());
    let cost = |told: &Told| told.finished().spent.cost_micros.unwrap();
    let (first, second) = (cost(&first), cost(&second));
    assert!(first > 0 && second < first * 3 / 2, "only the turn itself is counted: {first}, then {second}");
    assert_eq!(lab.home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_persona_that_changes_takes_effect_in_the_same_conversation() {
    let Some(lab) = Lab::open() else { return };
    let mut order = lab.order("turn number one", None);
    order.system = "PERSONA-ONE".into();
    let first = turn(lab.settings(), order).await;
    let mut order = lab.order("turn number two", Some(first.session()));
    order.system = "PERSONA-TWO".into();
    turn(lab.settings(), order).await.finished();
    let body = lab.body_with("turn number two").unwrap();
    assert!(body.contains("PERSONA-TWO") && !body.contains("PERSONA-ONE"));
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
async fn a_conversation_that_is_gone_is_lost() {
    let Some(lab) = Lab::open() else { return };
    let session = Session {
        provider: talekeeper::domain::ProviderName::new("claude"),
        id: "99999999-9999-4999-8999-999999999999".into(),
    };
    assert_eq!(lab.turn("hello", Some(session)).await.fault().kind, FaultKind::SessionLost);
}

#[tokio::test]
async fn failures_of_the_service_have_their_kinds() {
    let Some(lab) = Lab::open() else { return };
    let cases = [
        ("err401", FaultKind::NotSignedIn),
        ("err429", FaultKind::LimitReached),
        ("err529", FaultKind::Overloaded),
        ("errcredit", FaultKind::NoCredit),
        ("errctx", FaultKind::TooLong),
        ("empty", FaultKind::Empty),
    ];
    for (mode, kind) in cases {
        let told = lab.turn(&format!("[[stub:{mode}]] hello"), None).await;
        assert_eq!(told.fault().kind, kind, "{mode}: {}", told.fault().detail);
    }
    let mut order = lab.order("hello", None);
    order.model = Some(ModelName::new("no-such-model-9"));
    assert_eq!(turn(lab.settings(), order).await.fault().kind, FaultKind::UnknownModel);
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
async fn a_prompt_longer_than_a_command_line_is_taken() {
    let Some(lab) = Lab::open() else { return };
    let prompt = format!("{}\nand at last the end", "word ".repeat(60_000));
    assert!(lab.turn(&prompt, None).await.text().contains("STUB-OK"));
    assert!(lab.body_with("and at last the end").is_some());
}
