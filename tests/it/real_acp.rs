//! The `acp` driver against the real CLIs, which talk to a stub on loopback: no account, no cost, no network.
//! Left out, with a word, where a CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, Session};
use talekeeper::provider::TurnOrder;
use tokio_util::sync::CancellationToken;

use crate::support::agent::{Agent, run};
use crate::support::cli::{Home, Told};
use crate::support::stub::Stub;

/// One CLI, installed and pointed at the stub.
struct Lab {
    agent: Agent,
    /// Only held: it ends with the lab.
    _stub: Stub,
    bodies: PathBuf,
}

impl Lab {
    /// None, and a word on stderr, where something is missing.
    fn open(name: &str) -> Option<Self> {
        let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/clis/{name}/node_modules/.bin/{name}"));
        let mut home = Home::new();
        let bodies = home.path().join("bodies");
        std::fs::create_dir(&bodies).unwrap();
        std::fs::create_dir(home.path().join("table")).unwrap();
        let Some(stub) = cli.exists().then(|| Stub::start(&bodies)).flatten() else {
            let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
            assert!(!required, "the real {name} or python3 is missing: run .ci/install-clis");
            let words = format!("LEFT OUT: the real {name} CLI or python3 is not installed (.ci/install-clis)\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
            return None;
        };
        let url = stub.url();
        match name {
            "gemini" => {
                home.base.insert("GEMINI_API_KEY".into(), "dummy".into());
                home.base.insert("GOOGLE_GEMINI_BASE_URL".into(), url.into());
            }
            "opencode" => opencode_config(&home, &url),
            _ => {
                home.base.insert("OPENAI_API_KEY".into(), "dummy".into());
                home.base.insert("OPENAI_BASE_URL".into(), format!("{url}/v1").into());
                home.base.insert("OPENAI_MODEL".into(), "chat-stub".into());
            }
        }
        let mut agent = Agent::in_home(home, name, &cli);
        match name {
            // Without a model its router asks another one first, and that one meets the directives too.
            "gemini" => {
                agent.settings.env.insert("GEMINI_TELEMETRY_ENABLED".into(), "false".into());
            }
            "opencode" => {
                agent.settings.env.insert("OPENCODE_DISABLE_MODELS_FETCH".into(), "1".into());
            }
            _ => agent.settings.args = Some(["--acp", "--auth-type", "openai"].map(str::to_owned).into()),
        }
        Some(Self { agent, _stub: stub, bodies })
    }

    fn order(&self, prompt: &str, resume: Option<Session>) -> TurnOrder {
        let model = (self.agent.settings.name.as_str() == "gemini").then(|| ModelName::new("gemini-3.8-flash"));
        let folder = self.agent.home.path().join("table");
        TurnOrder { model, folder, ..self.agent.order(prompt, resume) }
    }

    async fn turn(&mut self, prompt: &str, resume: Option<&Session>) -> Told {
        let order = self.order(prompt, resume.cloned());
        self.agent.run(order, CancellationToken::new(), |_| {}).await
    }

    /// The newest request whose body holds `text`.
    fn body_with(&self, text: &str) -> Option<String> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&self.bodies).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok()).find(|body| body.contains(text))
    }
}

fn opencode_config(home: &Home, url: &str) {
    let folder = home.path().join(".config/opencode");
    std::fs::create_dir_all(&folder).unwrap();
    let model =
        json!({"name": "chat-stub", "cost": {"input": 1, "output": 2}, "limit": {"context": 200_000, "output": 8000}});
    let provider = json!({"npm": "@ai-sdk/openai-compatible", "name": "Stub",
        "options": {"baseURL": format!("{url}/v1"), "apiKey": "dummy"}, "models": {"chat-stub": model}});
    let config = json!({"model": "stub/chat-stub", "provider": {"stub": provider}});
    std::fs::write(folder.join("opencode.json"), config.to_string()).unwrap();
}

/// What every agent must do. One test each, because they share nothing but this page.
async fn contract(name: &str, version: &str) {
    let Some(mut lab) = Lab::open(name) else { return };

    // First turn.
    let first = lab.turn("hello there", None).await;
    assert!(first.text().contains("STUB-OK prior_user_turns=0"), "{}", first.text());
    let versions = first.events.iter().filter_map(|event| match event {
        ProviderEvent::Started { version, .. } => version.clone(),
        _ => None,
    });
    assert_eq!(versions.collect::<Vec<_>>(), [version]);
    assert!(first.finished().spent.tokens_in.is_some_and(|tokens| tokens > 0));
    let session = lab.agent.session(&first);
    let body = lab.body_with("hello there").unwrap();
    assert!(body.contains("You are the game master."), "the instructions were sent");

    // The second turn remembers, in the same process, and costs what it costs.
    let second = lab.turn("second question", Some(&session)).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    if name == "opencode" {
        let costs = [&first, &second].map(|told| told.finished().spent.cost_micros.unwrap());
        assert!(costs[1] < costs[0] * 2, "of this turn only: {costs:?}");
    }

    // A new process remembers as well, and the old replies are not shown again.
    lab.agent.end().await;
    assert_eq!(lab.agent.home.alive(), [] as [i32; 0], "nothing is left");
    let third = lab.turn("third question", Some(&session)).await;
    assert!(third.text().contains("prior_user_turns=2"), "{}", third.text());
    assert_eq!(third.text().matches("STUB-OK").count(), 1, "no history: {}", third.text());

    // Changed instructions arrive in an old conversation.
    let order = TurnOrder { system: "You are MARKER-TWO.".into(), ..lab.order("who are you", Some(session.clone())) };
    lab.agent.run(order, CancellationToken::new(), |_| {}).await.finished();
    assert!(lab.body_with("who are you").unwrap().contains("You are MARKER-TWO."));

    // A conversation that is not there is a lost one.
    for id in ["99999999-9999-4999-8999-999999999999", "no-such-session"] {
        let gone = Session { id: id.into(), ..session.clone() };
        assert_eq!(lab.turn("hello", Some(&gone)).await.fault().kind, FaultKind::SessionLost, "{id}");
    }

    refusals(&mut lab).await;
    cancelled(&mut lab).await;
    two_tables(&mut lab).await;

    // No tools unless they are allowed, whatever the model wants.
    let told = lab.turn("[[stub:tool cmd='touch ran']] use it", None).await;
    assert!(!lab.agent.home.path().join("table/ran").exists(), "{:?}", told.events);
    lab.agent.end().await;
    assert_eq!(lab.agent.home.alive(), [] as [i32; 0], "nothing is left");
}

async fn refusals(lab: &mut Lab) {
    let cases = [("err401", FaultKind::NotSignedIn), ("err403", FaultKind::NotSignedIn)];
    for (mode, kind) in cases {
        let told = lab.turn(&format!("[[stub:{mode}]] hello"), None).await;
        assert_eq!(told.fault().kind, kind, "{mode}: {}", told.fault().detail);
    }
}

/// A turn that is cancelled while text streams.
async fn cancelled(lab: &mut Lab) {
    let cancel = CancellationToken::new();
    let order = lab.order("[[stub:slow n=60 delay=0.2]] slowly", None);
    let mut began = None;
    let told = lab
        .agent
        .run(order, cancel.clone(), |event| {
            if matches!(event, ProviderEvent::Text { .. }) {
                cancel.cancel();
                began.get_or_insert_with(Instant::now);
            }
        })
        .await;
    assert_eq!(told.fault().kind, FaultKind::Other);
    assert!(began.is_some_and(|began| began.elapsed() < Duration::from_secs(4)), "{:?}", told.events);
}

async fn two_tables(lab: &mut Lab) {
    let orders =
        [lab.order("[[stub:slow n=6 delay=0.1]] one", None), lab.order("[[stub:slow n=6 delay=0.1]] two", None)];
    let driver = lab.agent.driver();
    let [one, two] = orders;
    let (one, two) = tokio::join!(
        run(driver, one, CancellationToken::new(), |_| {}),
        run(driver, two, CancellationToken::new(), |_| {})
    );
    for told in [&one, &two] {
        assert_eq!(told.text().trim(), "word1 word2 word3 word4 word5 word6");
    }
    assert_ne!(one.session(), two.session());
}

#[tokio::test]
async fn gemini_keeps_the_contract() {
    contract("gemini", "0.61.0").await;
}

#[tokio::test]
async fn opencode_keeps_the_contract() {
    contract("opencode", "1.18.33").await;
}

#[tokio::test]
async fn qwen_keeps_the_contract() {
    contract("qwen", "0.24.4").await;
}

#[tokio::test]
async fn geminis_text_that_comes_again_is_shown_once() {
    let Some(mut lab) = Lab::open("gemini") else { return };
    let told = lab.turn("[[stub:cut after=5]] always", None).await;
    assert_eq!(told.fault().kind, FaultKind::BrokenStream, "{}", told.fault().detail);
    let withdrawn = told.events.iter().filter(|event| matches!(event, ProviderEvent::Withdrawn { .. })).count();
    assert_eq!(withdrawn, 3, "it tries four times: {:?}", told.events);
}
