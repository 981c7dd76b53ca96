//! Leave to use a tool, asked by the real CLIs: nothing runs before people allowed it, and what they declined never runs.

use talekeeper::domain::{Request, Verdict};

use super::lab::Lab;
use super::subject::{Level, Subject};
use crate::support::asking::{asked, requests};

/// What each calls the running of a command when it asks.
fn tool(subject: Subject) -> &'static str {
    match subject {
        Subject::Claude => "Bash",
        Subject::Codex => "exec_command",
        Subject::Droid => "Execute",
        _ => "execute",
    }
}

async fn asks_leave(subject: Subject) {
    let Some(mut lab) = Lab::open(subject, Level::Real) else { return };
    for (verdict, name) in [(Verdict::Deny, "declined"), (Verdict::Allow, "allowed")] {
        let mut order = lab.order(&format!("[[stub:tool cmd='touch {name}']] go"), None);
        if subject == Subject::Droid {
            order.prompt = format!("[[stub:tool cmd='touch {name}' arg.riskLevel=high]] go");
        }
        let told = asked(lab.driver(), order, verdict.clone()).await;
        let requests = requests(&told);
        let Some(Request::Leave { tool: asked_for, wanted }) = requests.first() else { panic!("{:?}", told.events) };
        assert_eq!(asked_for, tool(subject), "{requests:?}");
        assert!(wanted.contains(&format!("touch {name}")), "people see what it is for: {requests:?}");
        let made = lab.home.path().join("table").join(name).exists();
        assert_eq!(made, verdict == Verdict::Allow, "{verdict:?}: {:?}", told.events);
    }
    lab.restart().await;
}

#[tokio::test]
async fn real_gemini_asks_leave() {
    asks_leave(Subject::Gemini).await;
}

#[tokio::test]
async fn real_opencode_asks_leave() {
    asks_leave(Subject::Opencode).await;
}

#[tokio::test]
async fn real_qwen_asks_leave() {
    asks_leave(Subject::Qwen).await;
}

#[tokio::test]
async fn real_droid_asks_leave() {
    asks_leave(Subject::Droid).await;
}

/// A question as a model puts it: by calling the CLI's own tool for it. (Claude's is tried through the whole program;
/// codex does not offer its own in the mode in which it runs here, and the protocol of the agents has none.)
async fn asks_people(subject: Subject, call: &str) {
    let Some(mut lab) = Lab::open(subject, Level::Real) else { return };
    let order = lab.order(&format!("{call} go"), None);
    let told = asked(lab.driver(), order, Verdict::Choice(1)).await;
    let requests = requests(&told);
    let Some(Request::Choice { question, choices }) = requests.first() else { panic!("{:?}", told.events) };
    assert_eq!(question, "Which way?");
    assert!(choices[..2] == ["Left", "Right"], "{choices:?}");
    assert!(told.text().contains("Right"), "the model is told what people said: {}", told.text());
    lab.restart().await;
}

#[tokio::test]
async fn real_droid_puts_a_question() {
    let asked = r#"{"questionnaire":"1. [question] Which way?\n[topic] Way\n[option] Left\n[option] Right"}"#;
    asks_people(Subject::Droid, &format!("[[stub:tool name=AskUser args='{asked}']]")).await;
}
