//! The `droid` driver where its program is none: the contract has the rest.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use talekeeper::domain::{FaultKind, ModelName, ProviderName, Request, Session, Verdict};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::droid::Droid;
use tokio_util::sync::CancellationToken;

use crate::support::asking::{asked, requests};
use crate::support::cli::{Home, turn_of};
use crate::support::stub::Stub;

fn settings(home: &Home, program: &Path) -> CliSettings {
    home.settings_of("droid", program)
}

#[tokio::test]
async fn a_program_that_cannot_serve_says_why() {
    let home = Home::new();
    let kind = async |program: &str, resume: Option<Session>| {
        let driver = Droid::new(settings(&home, Path::new(program)));
        let order = TurnOrder { resume, ..home.order("hello") };
        turn_of(&driver, order, CancellationToken::new(), |_| {}).await.fault().kind
    };
    let gone = Session { provider: ProviderName::new("droid"), id: "s".into() };
    assert_eq!(kind("no-such-cli-anywhere", None).await, FaultKind::NotInstalled);
    assert_eq!(kind("false", None).await, FaultKind::NotStarted);
    assert_eq!(kind("false", Some(gone)).await, FaultKind::SessionLost, "without its cloud it ends so");
}

#[tokio::test]
async fn a_silent_program_is_ended_by_the_clock_or_the_host() {
    let home = Home::new();
    let program = home.path().join("silent");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let timeout = Duration::from_millis(300);
    let driver = Droid::new(CliSettings { timeout, ..settings(&home, &program) });
    let told = turn_of(&driver, home.order("hello"), CancellationToken::new(), |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Silent);
    let driver = Droid::new(settings(&home, &program));
    let cancel = CancellationToken::new();
    cancel.cancel();
    let told = turn_of(&driver, home.order("hello"), cancel, |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Other);
    assert_eq!(home.alive(), [] as [i32; 0]);
}

/// The CLI, pointed at the stub.
struct Lab {
    home: Home,
    driver: Droid,
    /// Only held: it ends with the lab.
    _stub: Stub,
}

impl Lab {
    /// None, and a word on stderr, where something is missing.
    fn open() -> Option<Self> {
        let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clis/droid/node_modules/.bin/droid");
        let mut home = Home::new();
        let bodies = home.path().join("bodies");
        std::fs::create_dir(&bodies).unwrap();
        std::fs::create_dir(home.path().join("table")).unwrap();
        let Some(stub) = cli.exists().then(|| Stub::start(&bodies)).flatten() else {
            let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
            assert!(!required, "the real droid or python3 is missing: run .ci/install-clis");
            let words = "LEFT OUT: the real droid CLI or python3 is not installed (.ci/install-clis)\n";
            let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
            return None;
        };
        let url = stub.url();
        let model = json!({"model": "claude-stub", "id": MODEL, "index": 0, "baseUrl": url, "apiKey": "dummy",
            "displayName": "Stub", "provider": "anthropic", "maxOutputTokens": 8000});
        std::fs::create_dir(home.path().join(".factory")).unwrap();
        std::fs::write(home.path().join(".factory/settings.json"), json!({"customModels": [model]}).to_string())
            .unwrap();
        home.base.insert("FACTORY_API_BASE_URL".into(), url.into());
        let driver = Droid::new(settings(&home, &cli));
        Some(Self { home, driver, _stub: stub })
    }

    fn order(&self, prompt: &str, resume: Option<&Session>) -> TurnOrder {
        let folder = self.home.path().join("table");
        TurnOrder { model: Some(ModelName::new(MODEL)), folder, resume: resume.cloned(), ..self.home.order(prompt) }
    }
}

const MODEL: &str = "custom:Stub-A-0";

#[tokio::test]
async fn a_command_runs_only_when_people_allowed_it() {
    let Some(lab) = Lab::open() else { return };
    for (verdict, name) in [(Verdict::Allow, "allowed"), (Verdict::Deny, "declined")] {
        let order = lab.order(&format!("[[stub:tool cmd='touch {name}' arg.riskLevel=high]] go"), None);
        let told = asked(&lab.driver, order, verdict.clone()).await;
        let requests = requests(&told);
        let Some(Request::Leave { tool, wanted }) = requests.first() else { panic!("{:?}", told.events) };
        assert!(tool == "Execute" && wanted.contains(&format!("touch {name}")), "{requests:?}");
        let made = lab.home.path().join("table").join(name).exists();
        assert_eq!(made, verdict == Verdict::Allow, "{:?}", told.events);
    }
}
