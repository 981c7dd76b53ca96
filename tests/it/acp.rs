//! The `acp` driver against a stand-in agent that misbehaves in every way it can.

use std::time::{Duration, Instant};

use talekeeper::domain::{FaultKind, ProviderEvent, ProviderName, Session};
use talekeeper::provider::TurnOrder;
use tokio_util::sync::CancellationToken;

use crate::support::agent::Agent;
use crate::support::cli::{Told, example, turn_of};
use crate::support::installation::PATIENCE;
use crate::support::processes::eventually;

fn agent() -> Agent {
    Agent::new("my-agent", &example("fake-acp"))
}

/// What the fake says of itself: `earlier=2`, `pid=77`.
fn said<'a>(told: &'a Told, key: &str) -> &'a str {
    let (_, rest) = told.text().split_once(&format!("{key}=")).unwrap_or_else(|| panic!("no {key}: {}", told.text()));
    rest.split(' ').next().unwrap()
}

#[tokio::test]
async fn one_process_serves_turn_after_turn_and_remembers() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    assert_eq!((said(&first, "earlier"), said(&first, "instructed")), ("0", "true"));
    let session = agent.session(&first);
    let second = agent.turn("more", Some(session.clone())).await;
    assert_eq!((said(&second, "earlier"), said(&second, "instructed")), ("1", "false"));
    assert_eq!(said(&first, "pid"), said(&second, "pid"));
    assert_eq!((first.finished().spent.cost_micros, second.finished().spent.cost_micros), (Some(10_000), Some(10_000)));
    let started = ProviderEvent::Started {
        session: session.id,
        model: Some(talekeeper::domain::ModelName::new("fake-1")),
        version: Some("1.2.3".into()),
    };
    assert_eq!(first.events[0], started);
}

#[tokio::test]
async fn a_conversation_goes_on_in_a_new_process_without_its_history_being_told_again() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    let session = agent.session(&first);
    agent.turn("more", Some(session.clone())).await;
    agent.end().await;
    assert_eq!(agent.home.alive(), [] as [i32; 0]);
    let third = agent.turn("and more", Some(session)).await;
    assert_eq!((said(&third, "earlier"), said(&third, "instructed")), ("2", "true"));
    assert!(third.text().starts_with("FAKE-OK"), "no history: {}", third.text());
    assert_ne!(said(&first, "pid"), said(&third, "pid"));
    assert_eq!(third.finished().spent.cost_micros, None, "what the conversation had cost before is not known");
}

#[tokio::test]
async fn a_session_that_is_gone_is_a_lost_one_and_the_process_lives_on() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    let gone = Session { provider: ProviderName::new("my-agent"), id: "gone".into() };
    assert_eq!(agent.turn("hello", Some(gone)).await.fault().kind, FaultKind::SessionLost);
    let second = agent.turn("hello", None).await;
    assert_eq!(said(&first, "pid"), said(&second, "pid"));
}

#[tokio::test]
async fn two_tables_are_told_at_the_same_time() {
    let mut agent = agent();
    let orders =
        [agent.order("[[fake:slow n=8 delay=20]] one", None), agent.order("[[fake:slow n=8 delay=20]] two", None)];
    let driver = agent.driver();
    let [one, two] = orders;
    let (one, two) = tokio::join!(
        turn_of(driver, one, CancellationToken::new(), |_| {}),
        turn_of(driver, two, CancellationToken::new(), |_| {})
    );
    assert_eq!(said(&one, "pid"), said(&two, "pid"));
    for (told, last) in [(&one, "one"), (&two, "two")] {
        assert!(told.text().starts_with("word1 word2 word3 word4 word5 word6 word7 word8 FAKE-OK"), "{}", told.text());
        assert!(told.text().contains(last), "{}", told.text());
    }
}

#[tokio::test]
async fn a_table_that_listens_slowly_holds_up_no_other() {
    let mut agent = agent();
    let (slow, quick) = (agent.order("[[fake:slow n=300 delay=0]]", None), agent.order("hello", None));
    let driver = agent.driver();
    let (tx, mut rx) = tokio::sync::mpsc::channel(1);
    let stuck = talekeeper::provider::Provider::run(driver, slow, tx, CancellationToken::new());
    let quick = async {
        let told = turn_of(driver, quick, CancellationToken::new(), |_| {}).await;
        let mut count = 0;
        while rx.recv().await.is_some() {
            count += 1;
        }
        (told, count)
    };
    let ((), (told, count)) = tokio::join!(stuck, quick);
    assert!(told.text().starts_with("FAKE-OK"));
    assert!(count > 300, "nothing was lost: {count}");
}

#[tokio::test]
async fn a_cancelled_turn_ends_soon_and_its_process_serves_others() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    for mode in ["hang-after", "slow n=200 delay=20"] {
        let cancel = CancellationToken::new();
        let order = agent.order(&format!("[[fake:{mode}]]"), None);
        let told = agent
            .run(order, cancel.clone(), |event| {
                if matches!(event, ProviderEvent::Text { .. }) {
                    cancel.cancel();
                }
            })
            .await;
        assert_eq!(told.fault().kind, FaultKind::Other, "{mode}");
    }
    // It stopped by itself: what is not done in time costs the process.
    assert_eq!(said(&agent.turn("hello", None).await, "pid"), said(&first, "pid"));
}

#[tokio::test]
async fn an_agent_that_does_not_stop_is_killed_and_takes_the_others_turns_along() {
    let mut agent = agent();
    agent.settings.stop_limit = Some(Duration::from_secs(1));
    let (deaf, other) = (agent.order("[[fake:deaf]]", None), agent.order("[[fake:hang-after]]", None));
    let driver = agent.driver();
    let cancel = CancellationToken::new();
    let (deaf, other) = tokio::join!(
        turn_of(driver, deaf, cancel.clone(), |event| {
            if matches!(event, ProviderEvent::Text { .. }) {
                cancel.cancel();
            }
        }),
        turn_of(driver, other, CancellationToken::new(), |_| {})
    );
    assert_eq!(deaf.fault().kind, FaultKind::Other);
    assert_eq!(other.fault().kind, FaultKind::Interrupted);
    let next = agent.turn("hello", None).await;
    assert!(next.text().starts_with("FAKE-OK"), "a new process is started");
}

#[tokio::test]
async fn a_turn_whose_future_is_dropped_is_stopped() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    let session = agent.session(&first);
    let order = agent.order("[[fake:hang]]", Some(session.clone()));
    let driver = agent.driver();
    let (tx, mut rx) = tokio::sync::mpsc::channel(16);
    {
        let run = talekeeper::provider::Provider::run(driver, order, tx, CancellationToken::new());
        tokio::pin!(run);
        tokio::select! {
            () = &mut run => panic!("it hangs"),
            started = rx.recv() => assert!(matches!(started, Some(ProviderEvent::Started { .. }))),
        }
    }
    // Its session is free again as soon as it has stopped.
    let mut told = agent.turn("hello", Some(session.clone())).await;
    let until = Instant::now() + PATIENCE;
    while matches!(told.end(), ProviderEvent::Failed(_)) && Instant::now() < until {
        told = agent.turn("hello", Some(session.clone())).await;
    }
    assert_eq!(said(&told, "pid"), said(&first, "pid"));
}

#[tokio::test]
async fn every_failure_has_its_kind() {
    let cases = [
        ("crash", FaultKind::Interrupted),
        ("crash-after", FaultKind::Interrupted),
        ("empty", FaultKind::Empty),
        ("fail code=401 message=no", FaultKind::NotSignedIn),
        ("fail code=-32000 message=Authentication_required", FaultKind::NotSignedIn),
        ("fail code=429 message=no", FaultKind::LimitReached),
        ("fail code=503 message=no", FaultKind::Overloaded),
        ("fail code=-32603 message=terminated", FaultKind::BrokenStream),
        ("fail code=-32603 message=Internal_error:_prompt_is_too_long", FaultKind::TooLong),
        ("fail code=1 message=what", FaultKind::Other),
    ];
    let mut agent = agent();
    for (mode, kind) in cases {
        let told = agent.turn(&format!("[[fake:{mode}]]"), None).await;
        assert_eq!(told.fault().kind, kind, "{mode}: {}", told.fault().detail);
    }
    assert!(agent.turn("hello", None).await.text().starts_with("FAKE-OK"), "it is there again");
}

#[tokio::test]
async fn output_without_end_is_stopped() {
    for mode in ["flood", "long-line"] {
        let mut agent = agent();
        agent.settings.line_limit = 256 * 1024;
        let told = agent.turn(&format!("[[fake:{mode}]]"), None).await;
        assert_eq!(told.fault().kind, FaultKind::Flood, "{mode}");
        agent.end().await;
        assert_eq!(agent.home.alive(), [] as [i32; 0], "{mode}");
    }
}

#[tokio::test]
async fn a_turn_over_its_time_is_ended_and_says_so_before() {
    let mut agent = agent();
    agent.settings.timeout = Duration::from_millis(900);
    agent.settings.quiet_notice = Duration::from_millis(300);
    agent.settings.stop_limit = Some(Duration::from_secs(1));
    for mode in ["hang", "deaf"] {
        let told = agent.turn(&format!("[[fake:{mode}]]"), None).await;
        assert_eq!(told.fault().kind, FaultKind::Silent, "{mode}");
        assert!(told.events.iter().any(|event| matches!(event, ProviderEvent::Quiet { .. })), "{mode}");
    }
}

#[tokio::test]
async fn an_agent_that_never_introduces_itself_costs_a_turn_its_time_and_no_more() {
    let mut agent = agent();
    agent.settings.timeout = Duration::from_millis(500);
    agent.settings.env.insert("FAKE_ACP_MODE".into(), "hang".into());
    assert_eq!(agent.turn("hello", None).await.fault().kind, FaultKind::Silent);
    agent.end().await;
    assert_eq!(agent.home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_program_that_cannot_serve_says_why() {
    let kind = async |mode: &str| {
        let mut agent = agent();
        agent.settings.env.insert("FAKE_ACP_MODE".into(), mode.into());
        agent.turn("hello", None).await.fault().kind
    };
    assert_eq!(kind("exit").await, FaultKind::NotSignedIn);
    assert_eq!(kind("next-protocol").await, FaultKind::Garbled);
    let mut missing = Agent::new("my-agent", std::path::Path::new("no-such-agent-anywhere"));
    assert_eq!(missing.turn("hello", None).await.fault().kind, FaultKind::NotInstalled);
}

#[tokio::test]
async fn an_agent_gets_no_permission_and_no_file() {
    let mut agent = agent();
    let told = agent.turn("[[fake:permission]]", None).await;
    assert_eq!(said(&told, "outcome"), "\"no\"");
    assert!(told.events.contains(&ProviderEvent::ToolDenied { name: "execute".into() }));
    assert_eq!(said(&agent.turn("[[fake:file]]", None).await, "file"), "null");
}

#[tokio::test]
async fn what_an_agent_leaves_in_its_temporary_folder_is_removed() {
    let mut agent = agent();
    agent.turn("[[fake:litter]]", None).await.fault();
    let told = agent.turn("[[fake:temporary]]", None).await;
    assert_eq!(said(&told, "files"), "0FAKE-OK");
    let folder = std::path::PathBuf::from(said(&told, "folder"));
    assert!(folder.exists());
    agent.end().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn other_tools_or_another_model_need_a_process_of_their_own() {
    let mut agent = agent();
    let first = agent.turn("hello", None).await;
    let order = TurnOrder { allowed_tools: vec!["read".into()], ..agent.order("hello", None) };
    let second = agent.run(order, CancellationToken::new(), |_| {}).await;
    assert_ne!(said(&first, "pid"), said(&second, "pid"));
}

#[tokio::test]
async fn the_program_sees_a_short_list_of_our_environment() {
    let mut agent = agent();
    for name in ["DISCORD_TOKEN", "TALEKEEPER_X", "OPENAI_API_KEY", "GEMINI_API_KEY"] {
        agent.settings.base_environment.insert(name.into(), "secret".into());
    }
    agent.settings.env.insert("MINE".into(), "1".into());
    let told = agent.turn("[[fake:environment]]", None).await;
    let names = told.text().split("FAKE-OK").next().unwrap();
    insta::assert_snapshot!(names, @"HOME MINE PATH TALE_RUN TERM TMPDIR");
}

#[tokio::test]
async fn nothing_is_left_when_the_program_ends() {
    let mut agent = agent();
    agent.turn("hello", None).await;
    assert!(!agent.home.alive().is_empty(), "the process is kept");
    agent.end().await;
    assert_eq!(agent.home.alive(), [] as [i32; 0]);
    agent.turn("hello", None).await;
    agent.settings.ending.cancel();
    eventually("the process is gone", || agent.home.alive().is_empty()).await;
}
