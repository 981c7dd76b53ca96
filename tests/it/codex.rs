//! What is codex's own, beside the contract: against the real CLI, which talks to a stub on loopback: no account, no cost, no network.
//! Left out, with a word, where the CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::support::asking::{asked, requests};
use crate::support::cli::{Home, POINT, Told, example, turn_of};
use crate::support::installation::{Installation, PATIENCE, text};
use crate::support::stub::Stub;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{FaultKind, ModelName, ProviderEvent, ProviderName, Request, Session, Verdict};
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::codex::Codex;
use talekeeper::provider::{Picture, TurnOrder};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

struct Lab {
    home: Home,
    stub: Stub,
    cli: PathBuf,
    bodies: PathBuf,
    tasks: TaskTracker,
}

impl Lab {
    /// None, and a word on stderr, where something is missing.
    fn open() -> Option<Self> {
        let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clis/codex/node_modules/.bin/codex");
        let home = Home::new();
        let bodies = home.path().join("bodies");
        for folder in ["bodies", "table", "other", ".codex"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        let stub = cli.exists().then(|| Stub::start(&bodies)).flatten();
        let Some(stub) = stub else {
            let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
            assert!(!required, "the real CLI or python3 is missing: run .ci/install-clis");
            let words = "LEFT OUT: the real codex CLI or python3 is not installed (.ci/install-clis)\n";
            let _ = std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes());
            return None;
        };
        let lab = Self { home, stub, cli, bodies, tasks: TaskTracker::new() };
        lab.configure(&format!(
            "model = \"gpt-5.5\"\nmodel_provider = \"stub\"\n[model_providers.stub]\nname = \"Stub\"\n\
             base_url = \"{}/v1\"\nenv_key = \"STUB_KEY\"\nwire_api = \"responses\"\n",
            lab.stub.url()
        ));
        Some(lab)
    }

    fn configure(&self, config: &str) {
        std::fs::write(self.home.path().join(".codex/config.toml"), config).unwrap();
    }

    fn settings(&self) -> CliSettings {
        CliSettings {
            env: BTreeMap::from([("STUB_KEY".to_owned(), "dummy".to_owned())]),
            tasks: self.tasks.clone(),
            stop_limit: Some(PATIENCE),
            ..self.home.settings_of("codex", &self.cli)
        }
    }

    fn driver(&self) -> Codex {
        Codex::new(self.settings())
    }

    fn order(&self, prompt: &str, resume: Option<Session>) -> TurnOrder {
        TurnOrder { resume, folder: self.home.path().join("table"), ..self.home.order(prompt) }
    }

    async fn turn(&self, driver: &Codex, prompt: &str, resume: Option<Session>) -> Told {
        turn(driver, self.order(prompt, resume)).await
    }

    /// The newest request whose body holds `text`.
    fn body_with(&self, text: &str) -> serde_json::Value {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&self.bodies).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut bodies = paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok());
        let body = bodies.find(|body| body.contains(text)).expect("it was sent");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body.get("body").unwrap_or(&body).clone()
    }

    fn tools_offered_with(&self, text: &str) -> Vec<String> {
        let tools = self.body_with(text)["tools"].as_array().cloned().unwrap_or_default();
        let name = |tool: &serde_json::Value| tool["name"].as_str().or(tool["type"].as_str()).unwrap().to_owned();
        tools.iter().map(name).collect()
    }

    /// Waits until nothing of this home runs.
    async fn nothing_left(&self) {
        let gone = async {
            while !self.home.alive().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("it goes");
    }

    /// Drops the driver and waits until nothing of it is left.
    async fn close(&self, driver: Codex) {
        drop(driver);
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.expect("it ends with its driver");
        assert_eq!(self.home.alive(), [] as [i32; 0]);
        self.tasks.reopen();
    }
}

async fn turn(driver: &Codex, order: TurnOrder) -> Told {
    turn_of(driver, order, CancellationToken::new(), |_| {}).await
}

fn session(told: &Told) -> Session {
    Session { provider: ProviderName::new("codex"), id: told.session().id }
}

fn persona(system: &str, order: TurnOrder) -> TurnOrder {
    TurnOrder { system: system.into(), ..order }
}

#[tokio::test]
async fn a_conversation_is_resumed_after_the_server_was_started_anew() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let first = lab.turn(&driver, "the first question", None).await;
    assert!(first.text().contains("prior_user_turns=0"), "{}", first.text());
    let started = first.events.iter().find(|event| matches!(event, ProviderEvent::Started { .. }));
    let Some(ProviderEvent::Started { version, model, .. }) = started else { panic!("{:?}", first.events) };
    assert_eq!((version.as_deref(), model), (Some("0.169.0"), &Some(ModelName::new("gpt-5.5"))));
    assert!(first.events.iter().any(|event| matches!(event, ProviderEvent::Text { .. })), "text streams");
    lab.close(driver).await;

    let driver = lab.driver();
    let second = lab.turn(&driver, "the second question", Some(session(&first))).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    assert!(second.text().contains("the first question"), "{}", second.text());
    assert_eq!(second.session(), first.session());
    let third = lab.turn(&driver, "the third question", Some(session(&first))).await;
    assert!(third.text().contains("prior_user_turns=2"), "{}", third.text());
    lab.close(driver).await;
}

#[tokio::test]
async fn a_persona_that_changes_takes_effect_in_the_same_conversation() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let first = turn(&driver, persona("PERSONA-ONE", lab.order("turn number one", None))).await;
    let again = |prompt| lab.order(prompt, Some(session(&first)));
    turn(&driver, persona("PERSONA-TWO", again("turn number two"))).await.finished();
    let body = lab.body_with("turn number two").to_string();
    assert!(body.contains("PERSONA-TWO") && !body.contains("PERSONA-ONE"), "{body}");
    // A turn that failed leaves the conversation in another state, which must not keep the persona either.
    turn(&driver, persona("PERSONA-TWO", again("[[stub:errctx]] turn number three"))).await.fault();
    turn(&driver, persona("PERSONA-THREE", again("turn number four"))).await.finished();
    let body = lab.body_with("turn number four").to_string();
    assert!(body.contains("PERSONA-THREE") && !body.contains("PERSONA-TWO"), "{body}");
    lab.close(driver).await;
}

#[tokio::test]
async fn it_has_no_shell_unless_one_is_allowed_and_then_the_persona_still_changes() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    lab.turn(&driver, "no tools here", None).await.finished();
    let offered = lab.tools_offered_with("no tools here");
    assert!(offered.iter().all(|tool| matches!(tool.as_str(), "request_user_input" | "apply_patch")), "{offered:?}");

    let with_shell = |system: &str, prompt: &str, resume| TurnOrder {
        allowed_tools: vec!["exec_command".into()],
        ..persona(system, lab.order(prompt, resume))
    };
    let first = turn(&driver, with_shell("PERSONA-ONE", "[[stub:tool cmd='pwd']] and now", None)).await;
    assert!(first.events.contains(&ProviderEvent::Tool { name: "commandExecution".into() }), "{:?}", first.events);
    assert!(lab.tools_offered_with("and now").contains(&"exec_command".to_owned()));
    turn(&driver, with_shell("PERSONA-ONE", "[[stub:tool cmd='touch made']] write", Some(session(&first)))).await.end();
    assert!(!lab.home.path().join("table/made").exists(), "it may look and not write");
    lab.close(driver).await;
    let driver = lab.driver();
    turn(&driver, with_shell("PERSONA-TWO", "then this", Some(session(&first)))).await.finished();
    let body = lab.body_with("then this").to_string();
    assert!(body.find("PERSONA-ONE") < body.find("PERSONA-TWO"), "{body}");
    lab.close(driver).await;
}

#[tokio::test]
async fn failures_of_the_service_have_their_kinds_and_are_not_retried_for_long() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let cases = [
        ("err401", FaultKind::NotSignedIn),
        ("err429", FaultKind::LimitReached),
        ("err500", FaultKind::Overloaded),
        ("err503", FaultKind::Overloaded),
        ("errcredit", FaultKind::NoCredit),
        ("errctx", FaultKind::TooLong),
        ("cut", FaultKind::BrokenStream),
        ("empty", FaultKind::Empty),
    ];
    for (mode, kind) in cases {
        let told = lab.turn(&driver, &format!("[[stub:{mode}]] hello"), None).await;
        assert_eq!(told.fault().kind, kind, "{mode}: {}", told.fault().detail);
        let retries = told.events.iter().filter(|event| matches!(event, ProviderEvent::Retrying { .. })).count();
        assert!(retries <= 2, "{mode}: {:?}", told.events);
    }
    let order = TurnOrder { model: Some(ModelName::new("no-such-model-9")), ..lab.order("hello", None) };
    assert_eq!(turn(&driver, order).await.fault().kind, FaultKind::UnknownModel);
    lab.close(driver).await;
}

#[tokio::test]
async fn a_cancelled_turn_ends_and_the_conversation_goes_on() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let cancel = CancellationToken::new();
    let order = lab.order("[[stub:slow n=300 delay=0.2]] hello", None);
    let told = turn_of(&driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) {
            cancel.cancel();
        }
    })
    .await;
    assert_eq!(told.fault().kind, FaultKind::Other, "{:?}", told.fault());
    let next = lab.turn(&driver, "and then", Some(session(&told))).await;
    assert!(next.text().contains("prior_user_turns=1"), "{}", next.text());

    // Before anything was said, too.
    let cancel = CancellationToken::new();
    cancel.cancel();
    let told = turn_of(&driver, lab.order("never", None), cancel, |_| {}).await;
    assert_eq!(told.fault().kind, FaultKind::Other);
    lab.close(driver).await;
}

#[tokio::test]
async fn a_server_that_takes_seconds_to_stop_a_turn_keeps_its_conversation() {
    let Some(lab) = Lab::open() else { return };
    let driver = Codex::new(CliSettings { stop_limit: None, ..lab.settings() });
    let cancel = CancellationToken::new();
    let signal_all = |pids: &[i32], signal| {
        for pid in pids {
            let _ = kill(Pid::from_raw(*pid), signal); // one may be gone already
        }
    };
    let mut held = None;
    let order = lab.order("[[stub:slow n=300 delay=0.2]] hello", None);
    let told = turn_of(&driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) && held.is_none() {
            // As on a machine that gives it no time: it is told to stop, and does nothing for three seconds.
            let pids = lab.home.alive();
            signal_all(&pids, Signal::SIGSTOP);
            cancel.cancel();
            held = Some(std::thread::spawn(move || {
                std::thread::park_timeout(Duration::from_secs(3));
                signal_all(&pids, Signal::SIGCONT);
            }));
        }
    })
    .await;
    held.unwrap().join().unwrap();
    assert_eq!(told.fault().kind, FaultKind::Other, "{:?}", told.fault());
    assert_eq!(told.fault().detail, "interrupted", "it said itself that it stopped, and was not ended for it");
    let next = lab.turn(&driver, "and then", Some(session(&told))).await;
    assert!(next.text().contains("prior_user_turns=1"), "{}", next.text());
    lab.close(driver).await;
}

#[tokio::test]
async fn a_server_killed_in_mid_turn_is_told_and_started_again() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let order = lab.order("[[stub:slow n=300 delay=0.2]] hello", None);
    let mut killed = false;
    let told = turn_of(&driver, order, CancellationToken::new(), |event| {
        if matches!(event, ProviderEvent::Text { .. }) && !std::mem::replace(&mut killed, true) {
            // The guard as well: the worst case.
            for pid in lab.home.alive() {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL); // one may be gone already
            }
        }
    })
    .await;
    assert_eq!(told.fault().kind, FaultKind::Interrupted, "{:?}", told.fault());
    // What it had not written down yet is lost with it; then a new conversation is told everything.
    let mut next = lab.turn(&driver, "and then", Some(session(&told))).await;
    if matches!(next.end(), ProviderEvent::Failed(fault) if fault.kind == FaultKind::SessionLost) {
        next = lab.turn(&driver, "and then", None).await;
    }
    assert!(next.text().starts_with("STUB-OK"), "{}", next.text());
    lab.close(driver).await;
}

#[tokio::test]
async fn a_server_that_is_not_used_ends_and_comes_back() {
    let Some(lab) = Lab::open() else { return };
    let driver = Codex::new(CliSettings { idle: Duration::from_millis(50), ..lab.settings() });
    let first = lab.turn(&driver, "one", None).await;
    lab.nothing_left().await;
    let second = lab.turn(&driver, "two", Some(session(&first))).await;
    assert!(second.text().contains("prior_user_turns=1"), "{}", second.text());
    lab.close(driver).await;
}

#[tokio::test]
async fn a_key_in_the_environment_is_enough() {
    let Some(lab) = Lab::open() else { return };
    lab.configure(&format!("model = \"gpt-5.5\"\nopenai_base_url = \"{}/v1\"\n", lab.stub.url()));
    let mut settings = lab.settings();
    settings.base_environment.insert("OPENAI_API_KEY".into(), "dummy".into());
    let driver = Codex::new(settings);
    let told = lab.turn(&driver, "[[stub:err401]] hello", None).await;
    let retries = told.events.iter().filter(|event| matches!(event, ProviderEvent::Retrying { .. })).count();
    assert_eq!((told.fault().kind, retries), (FaultKind::NotSignedIn, 2), "by our own provider: {:?}", told.events);
    lab.turn(&driver, "hello", None).await.finished();
    lab.close(driver).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_not_installed() {
    let Some(lab) = Lab::open() else { return };
    let driver = Codex::new(CliSettings { command: "no-such-codex".into(), ..lab.settings() });
    assert_eq!(lab.turn(&driver, "hello", None).await.fault().kind, FaultKind::NotInstalled);
    lab.nothing_left().await; // the guard of a start that failed goes by itself
    lab.close(driver).await;
    // A configuration that it does not read is a start that fails, with its words in the evidence.
    lab.configure("model = [");
    let broken = lab.driver();
    let told = lab.turn(&broken, "hello", None).await;
    assert_eq!(told.fault().kind, FaultKind::NotStarted);
    assert!(told.fault().detail.contains("config.toml"), "{}", told.fault().detail);
    lab.close(broken).await;
}

/// The stand-in, which does what no real one does.
struct Fake {
    home: Home,
    tasks: TaskTracker,
    driver: Codex,
}

impl Fake {
    fn start() -> Self {
        let (home, tasks) = (Home::new(), TaskTracker::new());
        let settings = CliSettings {
            line_limit: 64 * 1024,
            stop_limit: Some(Duration::from_secs(1)),
            tasks: tasks.clone(),
            ..home.settings_of("codex", &example("fake-agent"))
        };
        Self { home, tasks, driver: Codex::new(settings) }
    }

    async fn turn(&self, prompt: &str) -> Told {
        turn(&self.driver, self.home.order(prompt)).await
    }

    /// One turn that is cancelled at its first text.
    async fn cancelled(&self, prompt: &str) -> Told {
        let cancel = CancellationToken::new();
        turn_of(&self.driver, self.home.order(prompt), cancel.clone(), |event| {
            if matches!(event, ProviderEvent::Text { .. }) {
                cancel.cancel();
            }
        })
        .await
    }

    async fn close(self) {
        drop(self.driver);
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.expect("it ends with its driver");
        assert_eq!(self.home.alive(), [] as [i32; 0]);
    }
}

#[tokio::test]
async fn what_is_not_known_is_kept_and_what_is_asked_is_refused() {
    let fake = Fake::start();
    assert!(fake.turn("[[fake:noise]]").await.text().starts_with("FAKE-OK"));
    let told = fake.turn("[[fake:unknown]]").await;
    assert!(told.events.contains(&ProviderEvent::Unknown { name: "thread/dreamt".into() }), "{:?}", told.events);
    let told = fake.turn("[[fake:permission]]").await;
    assert!(told.events.contains(&ProviderEvent::ToolDenied { name: "exec_command".into() }), "{:?}", told.events);
    assert!(told.text().contains("leave=decline"), "{}", told.text());
    fake.close().await;
}

#[tokio::test]
async fn a_turn_that_will_not_stop_ends_the_server_and_the_next_one_starts_another() {
    let fake = Fake::start();
    let (stuck, other) = tokio::join!(fake.cancelled("[[fake:deaf]]"), fake.turn("[[fake:deaf]] as well"));
    assert_eq!(stuck.fault().kind, FaultKind::Other, "{:?}", stuck.fault());
    assert_eq!(other.fault().kind, FaultKind::Interrupted, "{:?}", other.fault());
    assert_eq!(fake.home.alive(), [] as [i32; 0]);
    assert!(fake.turn("hello").await.text().starts_with("FAKE-OK"));
    fake.close().await;
}

#[tokio::test]
async fn a_server_that_leaves_or_floods_is_told_and_started_again() {
    let fake = Fake::start();
    for _ in 0..2 {
        assert_eq!(fake.turn("[[fake:leave]]").await.fault().kind, FaultKind::Interrupted);
        assert_eq!(fake.turn("[[fake:flood]]").await.fault().kind, FaultKind::Flood);
    }
    assert!(fake.turn("hello").await.text().starts_with("FAKE-OK"));
    fake.close().await;
}

#[tokio::test]
async fn a_turn_whose_future_is_dropped_leaves_the_server_fit() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    let session = std::cell::RefCell::new(None);
    let begun = tokio::sync::Notify::new();
    let order = lab.order("[[stub:slow n=300 delay=0.1]] hello", None);
    let seen = |event: &ProviderEvent| match event {
        ProviderEvent::Started { session: id, .. } => *session.borrow_mut() = Some(id.clone()),
        ProviderEvent::Text { .. } => begun.notify_one(),
        _ => {}
    };
    tokio::select! {
        told = turn_of(&driver, order, CancellationToken::new(), seen) => panic!("{told:?}"),
        () = begun.notified() => {}
    }
    let id = session.borrow_mut().take().unwrap();
    let other = lab.turn(&driver, "[[stub:slow n=10 delay=0.1]] meanwhile", None).await;
    assert!(other.text().contains("word10"), "{}", other.text());
    let again = Session { provider: ProviderName::new("codex"), id };
    let next = turn(&driver, persona("PERSONA-NEW", lab.order("and then", Some(again)))).await;
    assert!(next.text().starts_with("STUB-OK"), "{}", next.text());
    assert!(lab.body_with("and then").to_string().contains("PERSONA-NEW"));
    lab.close(driver).await;
}

#[tokio::test]
async fn a_command_runs_only_when_people_allowed_it() {
    let Some(lab) = Lab::open() else { return };
    let driver = lab.driver();
    for (verdict, name) in [(Verdict::Allow, "allowed"), (Verdict::Deny, "declined")] {
        let order = lab.order(&format!("[[stub:tool cmd='touch {name}']] go"), None);
        let told = asked(&driver, order, verdict.clone()).await;
        told.finished();
        let requests = requests(&told);
        let Some(Request::Leave { tool, wanted }) = requests.first() else { panic!("{:?}", told.events) };
        assert!(tool == "exec_command" && wanted.contains(&format!("touch {name}")), "{requests:?}");
        let made = lab.home.path().join("table").join(name).exists();
        assert_eq!(made, verdict == Verdict::Allow, "{:?}", told.events);
    }
}

#[tokio::test]
async fn a_picture_reaches_the_model() {
    let Some(lab) = Lab::open() else { return };
    let path = lab.home.path().join("table/map.png");
    std::fs::write(&path, POINT).unwrap();
    let pictures = vec![Picture { path, kind: "image/png", bytes: Arc::from(POINT) }];
    let driver = lab.driver();
    let told = turn(&driver, TurnOrder { pictures, ..lab.order("what is on the map", None) }).await;
    assert!(told.text().contains("prior_user_turns=0"), "{}", told.text());
    let body = lab.body_with("what is on the map");
    assert!(body["input"].to_string().contains("data:image/png;base64,"), "{body}");
    lab.close(driver).await;
}

/// The whole program with the stand-in as its codex.
fn program() -> Installation {
    let home = Installation::new();
    std::fs::create_dir(home.folder().join("bin")).unwrap();
    std::os::unix::fs::symlink(example("fake-agent"), home.folder().join("bin/codex")).unwrap();
    home.config("providers: { codex: { command: ./bin/codex } }\n");
    home
}

#[test]
fn a_turn_that_the_servers_death_cut_off_before_a_word_is_run_again_once() {
    let home = program();
    let output = home.run_with(&["play", "--provider", "codex"], "I wait.\nI knock. [[fake:crash once=1]]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(out.matches("FAKE-OK").count(), 2, "{out}\n{err}");
    assert!(!err.contains("went away"), "it is nothing to tell people of: {err}");
    home.log_has("the turn is run again").expect("operators see it");
    let sent = std::fs::read_to_string(home.folder().join(".fake-agent/sent.txt")).unwrap();
    let sent: Vec<&str> = sent.split("=== sent\n").skip(1).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(!sent[1].contains("| I wait.") && sent[2].contains("| I wait."), "the second run is told everything");
    let story = home.scene_file(1).unwrap();
    assert_eq!(story.matches("— *I knock.").count(), 1, "{story}");
}

#[test]
fn a_server_that_always_dies_fails_the_turn_and_the_next_one_starts_another() {
    let home = program();
    let lines = "I knock. [[fake:crash]]\nI call. [[fake:crash-after]]\nI wait.\n";
    let output = home.run_with(&["play", "--provider", "codex"], lines);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(out.matches("FAKE-OK").count(), 1, "{out}\n{err}");
    let sent = std::fs::read_to_string(home.folder().join(".fake-agent/sent.txt")).unwrap();
    assert_eq!(sent.matches("=== sent").count(), 4, "twice, once because something was shown, and once: {err}");
    let story = home.scene_file(1).unwrap();
    assert!(!story.contains("Once upon") && story.contains("I wait."), "{story}");
}
