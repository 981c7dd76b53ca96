//! The `droid` driver where its program is none: the contract has the rest.

use std::path::Path;
use std::time::Duration;

use talekeeper::domain::{FaultKind, ProviderName, Session};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::droid::Droid;
use tokio_util::sync::CancellationToken;

use crate::support::agent::run;
use crate::support::cli::Home;

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
