//! What a provider asks in the middle of a turn: at the terminal, through the real program.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{ProviderEvent, Request, Verdict};
use talekeeper::provider::TurnOrder;
use talekeeper::provider::acp::Acp;
use talekeeper::provider::asking::{Asking, answers};
use tokio_util::sync::CancellationToken;

use crate::support::agent::Agent;
use crate::support::asking::{asked, requests};
use crate::support::cli::{example, turn_of};
use crate::support::installation::{Installation, text, until};
use crate::support::processes::alive_in;
use crate::support::stub::real_claude;

const CODING: &str = "tables: [{ name: home, mode: coding }]\n";

fn coding(more: &str) -> Installation {
    let home = Installation::with_fake_claude();
    home.config(&format!("{CODING}{more}"));
    home
}

#[test]
fn a_host_at_a_terminal_allows_declines_and_allows_for_the_scene() {
    let home = coding("");
    let mut sitting = home.sit_at_a_terminal(&["play"]);
    sitting.types("Look. [[fake:ask command='touch a']]");
    let shown = sitting.expect("3) Deny").join("\n");
    assert!(shown.contains("The game master asks for leave to use Bash:") && shown.contains("touch a"), "{shown}");
    sitting.types("1");
    sitting.expect("Bash may: touch a.");
    sitting.types("Look. [[fake:ask command='touch b']]");
    sitting.expect("Type a number.");
    sitting.types("please do");
    sitting.expect("Type a number.");
    sitting.types("3");
    sitting.expect("Bash may not.");
    sitting.types("Look. [[fake:ask command='touch c' n=3]]");
    sitting.expect("3) Deny");
    sitting.types("2");
    sitting.expect("Allowed, as before in this scene.");
    sitting.expect("Bash may: touch c. Bash may: touch c. Bash may: touch c.");
    sitting.types("/scene end");
    sitting.expect("is over");
    sitting.types("Look. [[fake:ask command='touch d']]");
    sitting.expect("3) Deny");
    sitting.types("3");
    sitting.expect("Bash may not.");
    sitting.types("/quit");
    assert_eq!(sitting.end().0, Some(0));
}

#[test]
fn a_question_is_answered_by_number_or_in_own_words() {
    let home = coding("");
    let mut sitting = home.sit_at_a_terminal(&["play"]);
    sitting.types("On. [[fake:question text='Which way?']]");
    let shown = sitting.expect("3) No answer").join("\n");
    assert!(shown.contains("Which way?") && shown.contains("2) Right"), "{shown}");
    sitting.types("2");
    sitting.expect("They said: Right.");
    sitting.types("On. [[fake:question text='Which way?']]");
    sitting.expect("3) No answer");
    sitting.types("up the chimney");
    sitting.expect("They said: up the chimney.");
}

#[test]
fn where_nobody_sits_it_says_so_and_declines_when_the_time_is_over() {
    let home = coding("limits: { ask_timeout: 1s }\n");
    let output = home.run_with(&["play"], "Look. [[fake:ask command='touch a']]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(err.contains("Standard input is no terminal"), "{err}");
    assert!(err.contains("Nobody answered in time"), "{err}");
    assert!(out.contains("Bash may not."), "{out}");
}

#[test]
fn a_table_without_tools_is_never_asked() {
    let home = Installation::with_fake_claude();
    let output = home.run_with(&["play"], "Look. [[fake:ask command='touch a']]\n");
    assert!(text(&output.stdout).contains("Nobody may be asked."), "{output:?}");
    assert!(!text(&output.stderr).contains("asks for leave"), "{output:?}");
}

#[test]
fn waiting_for_people_is_no_silence_and_takes_none_of_the_turns_time() {
    let home = coding("limits: { ask_timeout: 4s, quiet_notice: 1s }\nproviders: { claude: { timeout: 2s } }\n");
    let output = home.run_with(&["play"], "Look. [[fake:ask command='touch a']]\n");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.contains("Bash may not."), "{out}\n{err}");
    assert!(!err.contains("Nothing heard for"), "{err}");
}

#[test]
fn a_restart_asks_again_and_keeps_what_was_allowed_for_the_scene() {
    let home = coding("");
    let mut sitting = home.sit_at_a_terminal(&["play"]);
    sitting.types("Look. [[fake:ask tool=Read command='a']]");
    sitting.expect("3) Deny");
    sitting.types("2");
    sitting.expect("Read may: a.");
    sitting.types("Look. [[fake:ask tool=Bash command='b']]");
    sitting.expect("3) Deny");
    for pid in alive_in(home.folder()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    sitting.end();
    until("everything to be gone", || alive_in(home.folder()).is_empty().then_some(()));
    let mut again = home.sit_at_a_terminal(&["play"]);
    again.expect("3) Deny");
    again.types("1");
    again.expect("Bash may: b.");
    again.types("Look. [[fake:ask tool=Read command='c']]");
    again.expect("Allowed, as before in this scene.");
    again.expect("Read may: c.");
}

#[test]
fn the_real_cli_does_what_was_allowed_and_not_what_was_declined() {
    let mut home = Installation::new();
    let bodies = home.folder().join("bodies");
    std::fs::create_dir(&bodies).unwrap();
    let Some((cli, stub)) = real_claude(&bodies) else { return };
    home.env("ANTHROPIC_BASE_URL", &stub.url());
    home.env("ANTHROPIC_API_KEY", "dummy");
    let workspace = home.folder().join("yard");
    std::fs::create_dir(&workspace).unwrap();
    home.config(&format!(
        "tables: [{{ name: home, mode: coding, workspace: {} }}]\nproviders: {{ claude: {{ command: {} }} }}\n",
        workspace.display(),
        cli.display()
    ));
    let mut sitting = home.sit_at_a_terminal(&["play"]);
    sitting.types("[[stub:tool cmd='touch allowed.txt']] Touch it.");
    sitting.expect("3) Deny");
    assert!(!workspace.join("allowed.txt").exists(), "nothing runs before somebody allowed it");
    sitting.types("1");
    sitting.expect("STUB-TOOL-DONE");
    assert!(workspace.join("allowed.txt").exists());
    sitting.types("[[stub:tool cmd='touch declined.txt']] Touch that.");
    sitting.expect("3) Deny");
    sitting.types("3");
    sitting.expect("STUB-TOOL-DONE");
    assert!(!workspace.join("declined.txt").exists());
    sitting.types("[[stub:tool name=AskUserQuestion args='{\"questions\":[{\"question\":\"Which way?\",\"header\":\"Way\",\"multiSelect\":false,\"options\":[{\"label\":\"Left\",\"description\":\"dark\"},{\"label\":\"Right\",\"description\":\"wet\"}]}]}']] Ask me.");
    sitting.expect("3) No answer");
    sitting.types("2");
    let told = sitting.expect("STUB-TOOL-DONE").join("\n");
    assert!(told.contains("Right"), "{told}");
}

/// A table where every tool may be asked for, and whose provider is a stand-in under its name.
fn coding_with(provider: &str, program: &str) -> Installation {
    let home = Installation::new();
    let bin = home.folder().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(example(program), bin.join(provider)).unwrap();
    home.config(&format!("{CODING}providers: {{ {provider}: {{ command: ./bin/{provider} }} }}\n"));
    home
}

#[test]
fn codex_and_droid_put_questions_and_are_told_the_answer() {
    for provider in ["codex", "droid"] {
        let home = coding_with(provider, "fake-agent");
        let mut sitting = home.sit_at_a_terminal(&["play", "--provider", provider]);
        sitting.types("On. [[fake:question text=Which_way?]]");
        let shown = sitting.expect("3) No answer").join("\n");
        assert!(shown.contains("Which way?") && shown.contains("2) Right"), "{provider}: {shown}");
        sitting.types("2");
        sitting.expect("They said: Right.");
        sitting.types("On. [[fake:question text=Which_way?]]");
        sitting.expect("3) No answer");
        sitting.types("up the chimney");
        sitting.expect("They said: up the chimney.");
        sitting.types("On. [[fake:question text=Which_way?]]");
        sitting.expect("3) No answer");
        sitting.types("3");
        sitting.expect("They said: nothing.");
        sitting.types("/quit");
        assert_eq!(sitting.end().0, Some(0), "{provider}");
    }
}

#[test]
fn codex_droid_and_an_acp_agent_ask_leave_and_are_told_the_answer() {
    let cases = [
        ("codex", "fake-agent", "leave=accept", "leave=decline"),
        ("droid", "fake-agent", "leave=proceed", "leave=cancel"),
        ("gemini", "fake-acp", "outcome=\"yes\"", "outcome=\"no\""),
    ];
    for (provider, program, yes, no) in cases {
        let home = coding_with(provider, program);
        let mut sitting = home.sit_at_a_terminal(&["play", "--provider", provider]);
        for (answer, outcome) in [("1", yes), ("3", no), ("2", yes)] {
            sitting.types("On. [[fake:permission]]");
            let shown = sitting.expect("3) Deny").join("\n");
            assert!(shown.contains("asks for leave"), "{provider}: {shown}");
            sitting.types(answer);
            sitting.expect(outcome);
        }
        sitting.types("On. [[fake:permission]]");
        sitting.expect("Allowed, as before in this scene.");
        sitting.types("/quit");
        assert_eq!(sitting.end().0, Some(0), "{provider}");
    }
}

#[tokio::test]
async fn an_acp_agent_is_told_what_people_say() {
    let agent = Agent::new("my-agent", &example("fake-acp"));
    let driver = Acp::new(agent.settings.clone());
    for (verdict, outcome) in [(Verdict::Allow, "outcome=\"yes\""), (Verdict::Deny, "outcome=\"no\"")] {
        let told = asked(&driver, agent.order("[[fake:permission]]", None), verdict).await;
        assert!(told.text().starts_with(outcome), "{}", told.text());
        assert_eq!(requests(&told), [Request::leave("execute", "rm -rf /")]);
    }
}

#[tokio::test]
async fn an_acp_turn_that_is_stopped_while_it_asks_ends() {
    let agent = Agent::new("my-agent", &example("fake-acp"));
    let driver = Acp::new(agent.settings.clone());
    let (_answering, answers) = answers();
    let asking = Some(Asking { answers, every_tool: true });
    let order = TurnOrder { asking, ..agent.order("[[fake:permission]]", None) };
    let cancel = CancellationToken::new();
    let told = turn_of(&driver, order, cancel.clone(), |event| {
        if matches!(event, ProviderEvent::Asked { .. }) {
            cancel.cancel();
        }
    })
    .await;
    assert!(matches!(told.end(), ProviderEvent::Failed(_)), "{:?}", told.events);
}
