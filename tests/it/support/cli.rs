//! A provider's CLI in a folder of its own, and one turn with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use talekeeper::domain::{BlockKey, Fault, Finished, ProviderEvent, ProviderName, Session, Tale, TurnNo};
use talekeeper::provider::claude::Claude;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::environment::Environment;
use talekeeper::provider::process::{Launcher, ProcessSpec};
use talekeeper::provider::{Hand, Provider, TurnOrder};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::processes::alive_in;

/// A picture: one red point.
pub const POINT: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90\x77\x53\xde\x00\x00\x00\x0c\x49\x44\x41\x54\x78\x9c\x63\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

/// The guard: the program under test.
pub fn launcher() -> Launcher {
    Launcher::at(env!("CARGO_BIN_EXE_talekeeper"))
}

/// A stand-in, which `cargo test` builds beside the program.
pub fn example(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_talekeeper")).with_file_name("examples").join(name);
    assert!(path.exists(), "build it with `cargo build --example {name}`");
    path
}

/// The stand-in for a CLI.
pub fn fake() -> PathBuf {
    example("fake-cli")
}

/// A home for one test's programs. Everything started in it is gone when the test is over, or the test fails.
pub struct Home {
    pub folder: TempDir,
    pub base: Environment,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = folder.path().as_os_str();
        let base = [("PATH", path.as_os_str()), ("HOME", own), ("TMPDIR", own)];
        let base = base.map(|(name, value)| (name.into(), value.into())).into();
        Self { folder, base }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The fake as a bare program, without the driver.
    pub fn spec(&self) -> ProcessSpec {
        let mut spec = ProcessSpec::new(fake(), self.path());
        spec.args = ["-p", "--verbose"].map(Into::into).into();
        spec.environment = self.base.clone();
        spec
    }

    /// The driver's settings for the fake.
    pub fn settings(&self) -> CliSettings {
        self.settings_of("claude", &fake())
    }

    /// The settings of the provider `name` whose program is `program`.
    pub fn settings_of(&self, name: &str, program: &Path) -> CliSettings {
        CliSettings {
            command: program.to_str().unwrap().to_owned(),
            timeout: Duration::from_secs(60),
            ..CliSettings::new(ProviderName::new(name), launcher(), self.base.clone())
        }
    }

    pub fn order(&self, prompt: &str) -> TurnOrder {
        TurnOrder {
            table: "cellar".into(),
            turn: TurnNo::new(1),
            system: "You are the game master.".into(),
            prompt: prompt.into(),
            resume: None,
            model: None,
            allowed_tools: Vec::new(),
            asking: None,
            folder: self.path().into(),
            budget_micros: None,
            language: "en".into(),
            tale: Tale::default(),
            said: Vec::new(),
            pictures: Vec::new(),
            hand: Hand::new().0,
            tools: None,
        }
    }

    /// One turn with the fake and the usual settings.
    pub async fn turn(&self, prompt: &str) -> Told {
        turn(self.settings(), self.order(prompt)).await
    }

    /// What of this home still runs.
    pub fn alive(&self) -> Vec<i32> {
        alive_in(self.path())
    }
}

/// What a turn told.
#[derive(Debug)]
pub struct Told {
    pub events: Vec<ProviderEvent>,
}

impl Told {
    /// The one end. Panics unless there is exactly one, and it is the last.
    pub fn end(&self) -> &ProviderEvent {
        let is_end = |event: &&ProviderEvent| matches!(event, ProviderEvent::Finished(_) | ProviderEvent::Failed(_));
        assert_eq!(self.events.iter().filter(is_end).count(), 1, "{:?}", self.events);
        self.events.last().filter(is_end).expect("the end is last")
    }

    pub fn finished(&self) -> &Finished {
        match self.end() {
            ProviderEvent::Finished(finished) => finished,
            other => panic!("not finished: {other:?}"),
        }
    }

    pub fn text(&self) -> &str {
        self.finished().text.as_deref().expect("the driver states the text")
    }

    /// What people saw of the reply when it was over: what streamed, without what was taken back.
    pub fn seen(&self) -> String {
        let mut parts: Vec<(&BlockKey, String)> = Vec::new();
        for event in &self.events {
            match event {
                ProviderEvent::Text { block, text } | ProviderEvent::Block { block, text } => {
                    if !parts.iter().any(|(key, _)| *key == block) {
                        parts.push((block, String::new()));
                    }
                    let (_, own) = parts.iter_mut().find(|(key, _)| *key == block).unwrap();
                    if matches!(event, ProviderEvent::Block { .. }) {
                        own.clear();
                    }
                    own.push_str(text);
                }
                ProviderEvent::Withdrawn { message, from } => {
                    parts.retain(|(key, _)| key.message != *message || key.index < *from);
                }
                _ => {}
            }
        }
        parts.into_iter().map(|(_, text)| text).collect()
    }

    pub fn fault(&self) -> &Fault {
        match self.end() {
            ProviderEvent::Failed(fault) => fault,
            other => panic!("not failed: {other:?}"),
        }
    }

    /// The session to go on with.
    pub fn session(&self) -> Session {
        let id = self.events.iter().find_map(|event| match event {
            ProviderEvent::Started { session, .. } => Some(session.clone()),
            _ => None,
        });
        Session { provider: ProviderName::new("claude"), id: id.expect("it started") }
    }
}

/// Runs one turn to its end.
pub async fn turn(settings: CliSettings, order: TurnOrder) -> Told {
    turn_with(settings, order, CancellationToken::new(), |_| {}).await
}

/// Runs one turn to its end and shows each event as it comes.
pub async fn turn_with(
    settings: CliSettings,
    order: TurnOrder,
    cancel: CancellationToken,
    seen: impl FnMut(&ProviderEvent),
) -> Told {
    turn_of(&Claude::new(settings), order, cancel, seen).await
}

/// Runs one turn of any driver to its end and shows each event as it comes.
pub async fn turn_of(
    driver: &dyn Provider,
    order: TurnOrder,
    cancel: CancellationToken,
    mut seen: impl FnMut(&ProviderEvent),
) -> Told {
    let (tx, mut rx) = mpsc::channel(16);
    let listen = async {
        let mut events = Vec::new();
        while let Some(event) = rx.recv().await {
            seen(&event);
            events.push(event);
        }
        events
    };
    let ((), events) = tokio::join!(driver.run(order, tx, cancel), listen);
    Told { events }
}
