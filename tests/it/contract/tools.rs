//! The game's own tools with the real CLIs: a call reaches the table, also in a later turn and after a restart, and the
//! token is in no argument and in no file that others may read.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;
use talekeeper::domain::{Deed, Session};
use talekeeper::provider::{Hand, Reach, TurnOrder};
use talekeeper::tools::{Binding, ToolServer};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lab::Lab;
use super::subject::{Level, Subject};
use crate::support::cli::Told;

/// A table's tools, open for one turn.
fn open(server: &ToolServer, tasks: &TaskTracker) -> (Binding, mpsc::UnboundedReceiver<String>) {
    let (hand, mut reaches) = Hand::new();
    let (told, heard) = mpsc::unbounded_channel();
    tasks.spawn(async move {
        while let Some(reach) = reaches.recv().await {
            let Reach::Deed { deed: Deed::Whisper { text, .. }, reply } = reach else { continue };
            drop(reply.send(Ok(Vec::new())));
            drop(told.send(text));
        }
    });
    (server.open(&"gate".parse().unwrap(), hand), heard)
}

async fn turn(lab: &mut Lab, binding: &Binding, words: &str, resume: Option<&Session>) -> Told {
    let prompt = format!("[[stub:call name=whisper args='{{\"seat\":1,\"text\":\"{words}\"}}']]");
    let order = TurnOrder { tools: Some(binding.access.clone()), ..lab.order(&prompt, resume) };
    lab.run(order, CancellationToken::new(), |_| {}).await
}

async fn uses_them(subject: Subject) {
    let Some(mut lab) = Lab::open(subject, Level::Real) else { return };
    assert!(lab.driver().takes_tools());
    let (tasks, ending) = (TaskTracker::new(), CancellationToken::new());
    let server = ToolServer::start(&tasks, ending.clone()).await.unwrap();
    let (binding, mut heard) = open(&server, &tasks);
    let told = turn(&mut lab, &binding, "FIRST", None).await;
    assert_eq!(heard.try_recv().ok().as_deref(), Some("FIRST"), "{told:?}");
    let session = lab.session(&told);
    drop(binding);
    let (binding, mut heard) = open(&server, &tasks);
    let told = turn(&mut lab, &binding, "SECOND", Some(&session)).await;
    assert_eq!(heard.try_recv().ok().as_deref(), Some("SECOND"), "{told:?}");
    lab.restart().await;
    // A program that starts anew has another port and another token.
    drop(binding);
    let server = ToolServer::start(&tasks, ending.clone()).await.unwrap();
    let (binding, mut heard) = open(&server, &tasks);
    let told = turn(&mut lab, &binding, "THIRD", Some(&session)).await;
    assert_eq!(heard.try_recv().ok().as_deref(), Some("THIRD"), "{told:?}");
    is_kept(lab.home.path(), binding.access.token.expose_secret());
    lab.restart().await;
    ending.cancel();
}

/// No file holds the token that anybody else may read.
fn is_kept(path: &Path, token: &str) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            is_kept(&path, token);
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let holds = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            let mode = entry.metadata().unwrap().permissions().mode();
            assert!(!holds || mode & 0o077 == 0, "{} holds the token ({mode:o})", path.display());
        }
    }
}

#[tokio::test]
async fn real_opencode_uses_the_games_tools() {
    uses_them(Subject::Opencode).await;
}
