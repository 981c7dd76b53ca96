//! An agent of the `acp` driver in a home of its own, and turns with it. The driver lives over many turns, as in the
//! program, so that the process behind it does too.

use std::path::Path;

use talekeeper::domain::{ProviderEvent, Session};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::acp::Acp;
use talekeeper::provider::cli::CliSettings;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cli::{Home, Told, turn_of};

/// A driver and where its processes live.
pub struct Agent {
    pub home: Home,
    pub settings: CliSettings,
    driver: Option<Acp>,
}

impl Agent {
    /// An agent of this name, which is this program.
    pub fn new(name: &str, program: &Path) -> Self {
        Self::in_home(Home::new(), name, program)
    }

    /// The same in a home that is prepared.
    pub fn in_home(home: Home, name: &str, program: &Path) -> Self {
        let settings = home.settings_of(name, program);
        Self { home, settings, driver: None }
    }

    /// The driver, made at first use with the settings as they are then.
    pub fn driver(&mut self) -> &Acp {
        self.driver.get_or_insert_with(|| Acp::new(self.settings.clone()))
    }

    pub fn order(&self, prompt: &str, resume: Option<Session>) -> TurnOrder {
        TurnOrder { resume, ..self.home.order(prompt) }
    }

    /// One turn.
    pub async fn turn(&mut self, prompt: &str, resume: Option<Session>) -> Told {
        let order = self.order(prompt, resume);
        self.run(order, CancellationToken::new(), |_| {}).await
    }

    /// One turn that is told event by event.
    pub async fn run(&mut self, order: TurnOrder, cancel: CancellationToken, seen: impl FnMut(&ProviderEvent)) -> Told {
        turn_of(self.driver(), order, cancel, seen).await
    }

    /// Ends the driver as the program does, and waits until its processes are gone.
    pub async fn end(&mut self) {
        self.settings.ending.cancel();
        self.settings.tasks.close();
        self.settings.tasks.wait().await;
        self.driver = None;
        self.settings.ending = CancellationToken::new();
        self.settings.tasks = TaskTracker::new();
    }

    pub fn session(&self, told: &Told) -> Session {
        Session { provider: self.settings.name.clone(), ..told.session() }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.settings.ending.cancel();
    }
}
