//! A real CLI in a home of its own with a stand-in for its service, and turns with its driver.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talekeeper::domain::{ModelName, ProviderEvent, ProviderName, Session, Tale, TurnNo};
use talekeeper::provider::acp::Acp;
use talekeeper::provider::claude::Claude;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::codex::Codex;
use talekeeper::provider::environment::Environment;
use talekeeper::provider::process::Launcher;
use talekeeper::provider::{Hand, Provider, TurnOrder};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Pair;

/// Those that are measured.
pub const CLIS: [Cli; 4] = [Cli::Claude, Cli::Codex, Cli::Gemini, Cli::Opencode];

/// A CLI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cli {
    Claude,
    Codex,
    Gemini,
    Opencode,
}

impl Cli {
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Opencode => "opencode",
        }
    }

    fn path(self) -> PathBuf {
        let name = self.name();
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/clis/{name}/node_modules/.bin/{name}"))
    }

    /// The tests' stand-in for it, which answers at once.
    fn stand_in(self) -> PathBuf {
        let name = match self {
            Self::Claude => "fake-cli",
            Self::Codex => "fake-agent",
            Self::Gemini | Self::Opencode => "fake-acp",
        };
        Path::new(env!("CARGO_BIN_EXE_talekeeper")).with_file_name("examples").join(name)
    }
}

/// The stand-in for the services; it ends with the value.
struct Stub(Child);

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// One CLI, its home and its service.
pub struct Lab {
    pub cli: Cli,
    pub program: PathBuf,
    pub home: TempDir,
    base: Environment,
    env: BTreeMap<String, String>,
    _stub: Stub,
}

impl Lab {
    /// None where the CLI or python3 is missing.
    pub fn open(cli: Cli) -> Option<Self> {
        Self::with_program(cli, cli.path())
    }

    /// With a program in the CLI's place that takes no time of its own. None where it was not built.
    pub fn with_stand_in(cli: Cli) -> Option<Self> {
        Self::with_program(cli, cli.stand_in())
    }

    fn with_program(cli: Cli, program: PathBuf) -> Option<Self> {
        let (stub, url) = program.exists().then(start_stub).flatten()?;
        let home = tempfile::tempdir().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = home.path().as_os_str();
        let base = [("PATH", path.as_os_str()), ("HOME", own), ("TMPDIR", own)];
        let base = base.map(|(name, value)| (name.into(), value.into())).into();
        let mut lab = Self { cli, program, home, base, env: BTreeMap::new(), _stub: stub };
        lab.settle(&url);
        Some(lab)
    }

    /// Points the CLI at the stand-in.
    fn settle(&mut self, url: &str) {
        let home = self.home.path().to_owned();
        let mut see = |name: &str, value: &str| drop(self.base.insert(name.into(), value.into()));
        match self.cli {
            Cli::Claude => {
                see("ANTHROPIC_BASE_URL", url);
                see("ANTHROPIC_API_KEY", "dummy");
            }
            Cli::Codex => {
                let config = format!(
                    "model = \"gpt-5.5\"\nmodel_provider = \"stub\"\n[model_providers.stub]\nname = \"Stub\"\n\
                     base_url = \"{url}/v1\"\nenv_key = \"STUB_KEY\"\nwire_api = \"responses\"\n"
                );
                write(&home.join(".codex/config.toml"), &config);
                self.env.insert("STUB_KEY".to_owned(), "dummy".to_owned());
            }
            Cli::Gemini => {
                see("GEMINI_API_KEY", "dummy");
                see("GOOGLE_GEMINI_BASE_URL", url);
                self.env.insert("GEMINI_TELEMETRY_ENABLED".to_owned(), "false".to_owned());
            }
            Cli::Opencode => {
                let provider = json!({"npm": "@ai-sdk/openai-compatible", "name": "Stub",
                    "options": {"baseURL": format!("{url}/v1"), "apiKey": "dummy"},
                    "models": {"chat-stub": {"name": "chat-stub"}}});
                let config = json!({"model": "stub/chat-stub", "provider": {"stub": provider}});
                write(&home.join(".config/opencode/opencode.json"), &config.to_string());
                self.env.insert("OPENCODE_DISABLE_MODELS_FETCH".to_owned(), "1".to_owned());
            }
        }
    }

    fn settings(&self, program: &Path) -> CliSettings {
        let launcher = Launcher::at(env!("CARGO_BIN_EXE_talekeeper"));
        CliSettings {
            command: program.to_str().unwrap().to_owned(),
            env: self.env.clone(),
            warm: super::memory::TABLES,
            ..CliSettings::new(ProviderName::new(self.cli.name()), launcher, self.base.clone())
        }
    }

    /// The driver, whose program is this one.
    pub fn driver(&self, program: &Path) -> Driver {
        let settings = self.settings(program);
        let (tasks, ending) = (settings.tasks.clone(), settings.ending.clone());
        let driver: Box<dyn Provider> = match self.cli {
            Cli::Claude => Box::new(Claude::new(settings)),
            Cli::Codex => Box::new(Codex::new(settings)),
            Cli::Gemini | Cli::Opencode => Box::new(Acp::new(settings)),
        };
        Driver { driver, tasks, ending }
    }

    /// What a table asks; tables are counted from 0.
    pub fn order(&self, table: usize, prompt: &str, resume: Option<Session>) -> TurnOrder {
        let folder = self.home.path().join(format!("table-{table}"));
        std::fs::create_dir_all(&folder).unwrap();
        TurnOrder {
            table: format!("table-{table}"),
            turn: TurnNo::new(1),
            system: "You are the game master.".into(),
            prompt: prompt.into(),
            resume,
            // Without a model its router asks another one first.
            model: (self.cli == Cli::Gemini).then(|| ModelName::new("gemini-3.8-flash")),
            allowed_tools: Vec::new(),
            asking: None,
            folder,
            budget_micros: None,
            language: "en".into(),
            tale: Tale::default(),
            said: Vec::new(),
            pictures: Vec::new(),
            hand: Hand::new().0,
            tools: None,
        }
    }

    /// Two turns of a conversation with a driver that was just made.
    pub async fn two_turns(&self) -> Pair {
        let driver = self.driver(&self.program);
        let (cold, session) = driver.turn(self.order(0, "I knock twice.", None)).await;
        let (warm, _) = driver.turn(self.order(0, "I knock again.", Some(session))).await;
        driver.end().await;
        Pair { cold, warm }
    }
}

/// A driver and what must end before the next one begins.
pub struct Driver {
    driver: Box<dyn Provider>,
    tasks: tokio_util::task::TaskTracker,
    ending: CancellationToken,
}

impl Driver {
    /// One turn: the time to its first text, and the conversation.
    pub async fn turn(&self, order: TurnOrder) -> (Duration, Session) {
        let (tell, mut told) = mpsc::channel(256);
        let (mut first, mut session) = (None, None);
        let begun = Instant::now();
        let listen = async {
            while let Some(event) = told.recv().await {
                match event {
                    ProviderEvent::Text { .. } | ProviderEvent::Block { .. } => {
                        first.get_or_insert_with(|| begun.elapsed());
                    }
                    ProviderEvent::Started { session: id, .. } => session = Some(id),
                    ProviderEvent::Failed(fault) => panic!("{fault:?}"),
                    _ => {}
                }
            }
        };
        tokio::join!(self.driver.run(order, tell, CancellationToken::new()), listen);
        let session = Session { provider: self.driver.name().clone(), id: session.expect("it started") };
        (first.expect("it spoke"), session)
    }

    /// Ends it and what it keeps.
    pub async fn end(self) {
        self.ending.cancel();
        drop(self.driver);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a stand-in for a remote service, not a provider")]
fn start_stub() -> Option<(Stub, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/stub_api.py");
    let mut child = Command::new("python3").arg(script).args(["--port", "0"]).stdout(Stdio::piped()).spawn().ok()?;
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let port = serde_json::from_str::<Value>(&first).unwrap()["port"].as_u64().unwrap();
    Some((Stub(child), format!("http://127.0.0.1:{port}")))
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
