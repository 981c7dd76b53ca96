//! The `droid` driver against the real CLI, with a model of its own settings that is a stub on loopback; the stub stands
//! in for Factory's cloud as well and knows no session, so what is loaded comes from the disk.
//! Left out, with a word, where the CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, ProviderName, Session};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::droid::Droid;
use tokio_util::sync::CancellationToken;

use crate::support::agent::run;
use crate::support::cli::{Home, Told};
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
        run(&driver, order, CancellationToken::new(), |_| {}).await.fault().kind
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
    let told = run(&driver, home.order("hello"), CancellationToken::new(), |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Silent);
    let driver = Droid::new(settings(&home, &program));
    let cancel = CancellationToken::new();
    cancel.cancel();
    let told = run(&driver, home.order("hello"), cancel, |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Other);
    assert_eq!(home.alive(), [] as [i32; 0]);
}

/// The CLI, pointed at the stub.
struct Lab {
    home: Home,
    driver: Droid,
    /// Only held: it ends with the lab.
    _stub: Stub,
    bodies: PathBuf,
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
        Some(Self { home, driver, _stub: stub, bodies })
    }

    fn order(&self, prompt: &str, resume: Option<&Session>) -> TurnOrder {
        let folder = self.home.path().join("table");
        TurnOrder { model: Some(ModelName::new(MODEL)), folder, resume: resume.cloned(), ..self.home.order(prompt) }
    }

    async fn turn(&self, prompt: &str, resume: Option<&Session>) -> Told {
        run(&self.driver, self.order(prompt, resume), CancellationToken::new(), |_| {}).await
    }

    /// The newest request whose body holds `text`.
    fn body_with(&self, text: &str) -> Option<String> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&self.bodies).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok()).find(|body| body.contains(text))
    }
}

const MODEL: &str = "custom:Stub-A-0";

#[tokio::test]
async fn droid_keeps_the_contract() {
    let Some(lab) = Lab::open() else { return };

    // First turn, with the instructions and without a tool.
    let first = lab.turn("hello there", None).await;
    assert!(first.text().contains("STUB-OK prior_user_turns=0"), "{}", first.text());
    assert!(first.events.iter().any(|event| matches!(event, ProviderEvent::Text { .. })), "text streams");
    assert!(first.finished().spent.tokens_in.is_some_and(|tokens| tokens > 0));
    let body = lab.body_with("hello there").unwrap();
    assert!(body.contains("You are the game master."));
    assert!(!body.contains("\"Execute\""), "no tools");
    let session = Session { provider: ProviderName::new("droid"), ..first.session() };

    // The second turn is a process of its own, remembers, and hears changed instructions.
    let order = TurnOrder { system: "You are MARKER-TWO.".into(), ..lab.order("second question", Some(&session)) };
    let second = run(&lab.driver, order, CancellationToken::new(), |_| {}).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    assert!(lab.body_with("second question").unwrap().contains("You are MARKER-TWO."));
    let tokens = [&first, &second].map(|told| told.finished().spent.tokens_in.unwrap());
    assert!(tokens[1] < tokens[0] * 2, "of this turn only: {tokens:?}");

    // A conversation that is not there is a lost one.
    let gone = Session { id: "99999999-9999-4999-8999-999999999999".into(), ..session.clone() };
    assert_eq!(lab.turn("hello", Some(&gone)).await.fault().kind, FaultKind::SessionLost);

    // Failures of the service; text that is withdrawn.
    assert_eq!(lab.turn("[[stub:err401]] hello", None).await.fault().kind, FaultKind::NotSignedIn);
    assert_eq!(lab.turn("[[stub:errctx]] hello", None).await.fault().kind, FaultKind::TooLong);
    let told = lab.turn("[[stub:cut after=5 times=1]] cut once", None).await;
    assert!(!told.text().contains("partial"), "{}", told.text());
    assert_eq!(lab.home.alive(), [] as [i32; 0], "nothing is left");
}

#[tokio::test]
async fn droid_stops_when_it_is_told_and_runs_at_two_tables() {
    let Some(lab) = Lab::open() else { return };
    let cancel = CancellationToken::new();
    let mut began = None;
    let order = lab.order("[[stub:slow n=60 delay=0.2]] slowly", None);
    let told = run(&lab.driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) {
            cancel.cancel();
            began.get_or_insert_with(Instant::now);
        }
    })
    .await;
    assert_eq!(told.fault().kind, FaultKind::Other);
    assert!(began.is_some_and(|began| began.elapsed() < Duration::from_secs(6)));
    let (one, two) = tokio::join!(
        lab.turn("[[stub:slow n=4 delay=0.1]] one", None),
        lab.turn("[[stub:slow n=4 delay=0.1]] two", None)
    );
    for told in [&one, &two] {
        assert_eq!(told.text().trim(), "word1 word2 word3 word4");
    }
    assert_eq!(lab.home.alive(), [] as [i32; 0], "nothing is left");
}
