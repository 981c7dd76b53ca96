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
use super::pointed::{model, pointed};
use super::prompts::{Doing, prompt};
use super::subject::{Level, Subject};
use crate::support::cli::Told;
use crate::support::installation::{Installation, text};
use crate::support::left_out;
use crate::support::stub::Stub;

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
    // They open no way to any other tool.
    let wanted = prompt(subject, Level::Real, Doing::WantsTool, "use it");
    let order = TurnOrder { tools: Some(binding.access.clone()), ..lab.order(&wanted, Some(&session)) };
    let told = lab.run(order, CancellationToken::new(), |_| {}).await;
    assert!(!lab.home.path().join("table/ran").exists(), "{told:?}");
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

/// An evening with the real CLI in the whole program: a call changes a vital before it is told, and undo takes both back.
fn changes_a_vital(subject: Subject) {
    let (mut home, name) = (Installation::new(), subject.name());
    let bodies = home.folder().join("bodies");
    std::fs::create_dir(&bodies).unwrap();
    let cli = subject.cli().unwrap();
    let Some(stub) = cli.exists().then(|| Stub::start(&bodies)).flatten() else {
        let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
        assert!(!required, "the real {name} or python3 is missing: run .ci/install-clis");
        return left_out(&format!("the real {name} CLI or python3 is not installed (.ci/install-clis)"));
    };
    let own = pointed(subject, &stub.url(), home.folder());
    own.seen.iter().for_each(|(name, value)| home.env(name, value));
    home.env("PATH", std::env::var_os("PATH").unwrap().to_str().unwrap());
    let model = model(subject).map(|model| format!(", model: \"{model}\"")).unwrap_or_default();
    home.config(&format!(
        "defaults: {{ provider: {name}{model} }}\nproviders: {{ {name}: {} }}\ntables: [{{ name: home, kit: d20-lite }}]\n",
        serde_json::json!({"command": cli, "env": own.wished})
    ));
    let hurt = r#"[[stub:call name=change_vital args='{"seat":1,"vital":"hp","by":-3,"why":"a fall"}']]"#;
    let output = home.run_with(&["play"], &format!("I climb the wall. {hurt}\n/sheet\n/undo\n/sheet\n"));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("hp went from 10 to 7 of 10."), "the tool answered the model, which told it: {out}\n{err}");
    assert!(out.contains("Traveller: hp 10 → 7 of 10 (a fall)"), "the table sees it: {out}\n{err}");
    let (before, after) = out.split_once("hp: 7 of 10").unwrap_or_else(|| panic!("it stands on the sheet: {out}"));
    assert!(!before.contains("hp: 10 of 10") && after.contains("hp: 10 of 10"), "undo takes it back: {out}");
    let story = home.scene_file(1).unwrap_or_default();
    assert!(!story.contains("I climb the wall"), "and the telling with it: {story}");
}

macro_rules! real {
    ($($subject:ident: $uses:ident, $changes:ident;)*) => {
        $(#[tokio::test]
        async fn $uses() {
            uses_them(Subject::$subject).await;
        }

        #[test]
        fn $changes() {
            changes_a_vital(Subject::$subject);
        })*
    };
}

real! {
    Claude: real_claude_uses_the_games_tools, real_claude_changes_a_vital;
    Codex: real_codex_uses_the_games_tools, real_codex_changes_a_vital;
    Gemini: real_gemini_uses_the_games_tools, real_gemini_changes_a_vital;
    Opencode: real_opencode_uses_the_games_tools, real_opencode_changes_a_vital;
    Qwen: real_qwen_uses_the_games_tools, real_qwen_changes_a_vital;
    Droid: real_droid_uses_the_games_tools, real_droid_changes_a_vital;
}
