//! One provider in a home of its own, at one level, and turns with it. The driver lives over many turns, as in the
//! program, so that the process behind it does too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use talekeeper::domain::{ModelName, ProviderEvent, ProviderName, Session};
use talekeeper::provider::acp::Acp;
use talekeeper::provider::claude::Claude;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::codex::Codex;
use talekeeper::provider::droid::Droid;
use talekeeper::provider::oracle::Oracle;
use talekeeper::provider::{Provider, TurnOrder};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::pointed::{DROIDS_UNKNOWN_MODEL, model, pointed};
use super::subject::{Level, Subject};
use crate::support::cli::{Home, Told, example, turn_of};
use crate::support::installation::PATIENCE;
use crate::support::left_out;
use crate::support::stub::Stub;

/// One provider, ready to be asked.
pub struct Lab {
    pub subject: Subject,
    pub level: Level,
    pub home: Home,
    /// The time for a turn, for drivers that are made from now on.
    pub timeout: Duration,
    /// After how much silence it is told, the same.
    pub quiet: Duration,
    env: BTreeMap<String, String>,
    program: PathBuf,
    stub: Option<Stub>,
    driver: Option<Box<dyn Provider>>,
    tasks: TaskTracker,
    ending: CancellationToken,
}

impl Lab {
    /// None, and a word on stderr, where the real CLI or python3 is missing; `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes
    /// that a failure.
    pub fn open(subject: Subject, level: Level) -> Option<Self> {
        let home = Home::new();
        for folder in ["table", "other", "bodies"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        let (program, stub) = match (level, subject.cli()) {
            (Level::Real, Some(cli)) => {
                let stub = cli.exists().then(|| Stub::start(&home.path().join("bodies"))).flatten();
                let name = subject.name();
                if stub.is_none() {
                    let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
                    assert!(!required, "the real {name} or python3 is missing: run .ci/install-clis");
                    left_out(&format!("the real {name} CLI or python3 is not installed (.ci/install-clis)"));
                    return None;
                }
                (cli, stub)
            }
            (_, _) => (stand_in(subject, home.path()), None),
        };
        let mut lab = Self {
            subject,
            level,
            home,
            timeout: Duration::from_secs(120),
            quiet: Duration::from_secs(60),
            env: BTreeMap::new(),
            program,
            stub,
            driver: None,
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
        };
        lab.settle();
        Some(lab)
    }

    /// Points the real CLI at the stub.
    fn settle(&mut self) {
        let Some(url) = self.stub.as_ref().map(Stub::url) else { return };
        let pointed = pointed(self.subject, &url, self.home.path());
        self.home.base.extend(pointed.seen.into_iter().map(|(name, value)| (name.into(), value.into())));
        self.env = pointed.wished;
    }

    /// The provider's name in the configuration.
    pub fn name(&self) -> ProviderName {
        ProviderName::new(if self.subject == Subject::Any { "my-agent" } else { self.subject.name() })
    }

    /// The program behind the driver.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The driver, made at first use with what is wanted then.
    pub fn driver(&mut self) -> &dyn Provider {
        if self.driver.is_none() {
            self.driver = Some(self.build());
        }
        self.driver.as_deref().expect("it was just made")
    }

    fn build(&self) -> Box<dyn Provider> {
        let settings = CliSettings {
            env: self.env.clone(),
            timeout: self.timeout,
            quiet_notice: self.quiet,
            tasks: self.tasks.clone(),
            ending: self.ending.clone(),
            ..self.home.settings_of(self.name().as_str(), &self.program)
        };
        match self.subject {
            Subject::Claude => Box::new(Claude::new(settings)),
            Subject::Codex => Box::new(Codex::new(settings)),
            Subject::Gemini | Subject::Opencode | Subject::Qwen | Subject::Any => Box::new(Acp::new(settings)),
            Subject::Droid => Box::new(Droid::new(settings)),
            Subject::Oracle => Box::new(Oracle::new()),
        }
    }

    pub fn order(&self, prompt: &str, resume: Option<&Session>) -> TurnOrder {
        let model = (self.level == Level::Real).then(|| model(self.subject)).flatten().map(ModelName::new);
        TurnOrder { model, resume: resume.cloned(), folder: self.home.path().join("table"), ..self.home.order(prompt) }
    }

    /// A model that the service behind the real CLI does not know.
    pub fn unknown_model(&self) -> &'static str {
        match self.subject {
            Subject::Droid => DROIDS_UNKNOWN_MODEL,
            Subject::Opencode => "stub/no-such-model-9",
            _ => "no-such-model-9",
        }
    }

    /// One turn.
    pub async fn turn(&mut self, prompt: &str, resume: Option<&Session>) -> Told {
        let order = self.order(prompt, resume);
        self.run(order, CancellationToken::new(), |_| {}).await
    }

    /// One turn that is told event by event.
    pub async fn run(&mut self, order: TurnOrder, cancel: CancellationToken, seen: impl FnMut(&ProviderEvent)) -> Told {
        turn_of(self.driver(), order, cancel, seen).await
    }

    /// One turn that is cancelled at its first text.
    pub async fn cancelled(&mut self, prompt: &str) -> Told {
        let cancel = CancellationToken::new();
        let order = self.order(prompt, None);
        self.run(order, cancel.clone(), |event| {
            if matches!(event, ProviderEvent::Text { .. }) {
                cancel.cancel();
            }
        })
        .await
    }

    /// Ends the driver as the program does; what comes after meets new processes.
    pub async fn restart(&mut self) {
        self.ending.cancel();
        self.driver = None;
        self.tasks.close();
        let ended = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        ended.expect("everything ends with the driver");
        assert_eq!(self.home.alive(), [] as [i32; 0], "nothing is left of {}", self.subject.name());
        self.ending = CancellationToken::new();
        self.tasks = TaskTracker::new();
        if (self.subject, self.level) == (Subject::Gemini, Level::Real) {
            self.let_a_minute_pass();
        }
    }

    /// gemini names a session's file by the minute in which it began, and a process that loads it within that minute
    /// overwrites it: the session is lost then, which costs a longer brief. Here the file is made older.
    fn let_a_minute_pass(&self) {
        let Ok(chats) = std::fs::read_dir(self.home.path().join(".gemini/tmp/table/chats")) else { return };
        for entry in chats.flatten() {
            let name = entry.file_name().into_string().unwrap();
            let id = name.rsplit('-').next().unwrap();
            std::fs::rename(entry.path(), entry.path().with_file_name(format!("session-2026-01-01T00-00-{id}")))
                .unwrap();
        }
    }

    pub fn session(&self, told: &Told) -> Session {
        Session { provider: self.name(), ..told.session() }
    }

    /// The newest request to the service whose body holds `text`.
    pub fn sent(&self, text: &str) -> Option<String> {
        let entries = std::fs::read_dir(self.home.path().join("bodies")).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().rev().filter_map(|path| std::fs::read_to_string(path).ok()).find(|body| body.contains(text))
    }

    /// What was said to the model with this prompt: the request at the real level, the stand-in's own evidence else.
    pub fn told_to_the_model(&self, told: &Told, prompt: &str) -> String {
        match self.level {
            Level::Real => self.sent(prompt).unwrap_or_else(|| panic!("{prompt:?} was not sent")),
            _ => told.text().to_owned(),
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

/// The stand-in that speaks this provider's language, under its name.
fn stand_in(subject: Subject, home: &Path) -> PathBuf {
    let program = example(match subject {
        Subject::Claude => "fake-cli",
        Subject::Codex | Subject::Droid => "fake-agent",
        _ => "fake-acp",
    });
    let called = home.join(subject.name().replace(' ', "-"));
    std::os::unix::fs::symlink(program, &called).unwrap();
    called
}
