//! Programs under supervision, and the claude driver, against a stand-in that misbehaves in every way it can.

use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talekeeper::domain::{BlockKey, FaultKind, ProviderEvent, Spent, Timestamp};
use talekeeper::provider::cli::CliSettings;
use talekeeper::provider::probe::{Probe, probe};
use talekeeper::provider::process::{Ending, Grace, Heard, Process, ProcessSpec, StartFault};
use tokio_util::sync::CancellationToken;

use crate::support::cli::{Home, Told, fake, launcher, turn, turn_with};
use crate::support::installation::PATIENCE;
use crate::support::processes::{eventually, zombies};

// ---- supervision

async fn start(spec: ProcessSpec, prompt: &str) -> Process {
    let mut process = Process::spawn(&launcher(), spec).await.unwrap();
    process.send(prompt.as_bytes());
    process.close_input();
    process
}

async fn until_line(process: &mut Process, holds: &str) {
    loop {
        match process.next().await {
            Heard::Line(line) if line.contains(holds) => return,
            Heard::Ended(ending) => panic!("ended ({ending:?}) before {holds:?}: {}", process.stderr()),
            _ => {}
        }
    }
}

async fn ending(process: &mut Process) -> Ending {
    loop {
        if let Heard::Ended(ending) = process.next().await {
            return ending;
        }
    }
}

#[tokio::test]
async fn how_a_program_ended_is_told_exactly() {
    let cases = [
        ("[[fake:plain]]", Ending::Exited(0)),
        ("[[fake:exit code=3]]", Ending::Exited(3)),
        ("[[fake:exit code=137]]", Ending::Exited(137)),
        ("[[fake:crash signal=KILL]]", Ending::Signalled(9)),
        ("[[fake:crash signal=SEGV]]", Ending::Signalled(11)),
    ];
    let home = Home::new();
    for (prompt, expect) in cases {
        let mut process = start(ProcessSpec { args: session_args(), ..home.spec() }, prompt).await;
        assert_eq!(ending(&mut process).await, expect, "{prompt}");
        assert_eq!(process.next().await, Heard::Ended(expect), "the end is told again");
    }
    eventually("all gone", || home.alive().is_empty()).await;
}

fn session_args() -> Vec<std::ffi::OsString> {
    let id = format!("{:?}", Instant::now());
    let id: String = id.chars().filter(char::is_ascii_digit).collect();
    vec!["-p".into(), "--verbose".into(), "--session-id".into(), id.into()]
}

#[tokio::test]
async fn stderr_is_kept_without_the_guards_words() {
    let home = Home::new();
    let mut process = start(home.spec(), "[[fake:exit code=2 stderr='no luck today']]").await;
    ending(&mut process).await;
    assert_eq!(process.stderr(), "no luck today\n");
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why() {
    let home = Home::new();
    let file = home.path().join("plain.txt");
    std::fs::write(&file, "no program").unwrap();
    let spawn = async |program: &Path, folder: &Path| {
        let mut spec = ProcessSpec::new(program, folder);
        spec.environment = home.base.clone();
        Process::spawn(&launcher(), spec).await.unwrap_err()
    };
    assert!(matches!(spawn(Path::new("no-such-cli-anywhere"), home.path()).await, StartFault::NotFound { .. }));
    assert!(matches!(spawn(Path::new("/no/such/cli"), home.path()).await, StartFault::NotFound { .. }));
    assert!(matches!(spawn(&file, home.path()).await, StartFault::NotExecutable { .. }));
    assert!(matches!(spawn(&fake(), &home.path().join("nowhere")).await, StartFault::NoFolder { .. }));
    eventually("no zombie", || zombies().is_empty()).await;
}

#[tokio::test]
async fn a_large_prompt_is_taken_while_much_is_answered() {
    let home = Home::new();
    let prompt = format!("{}\n[[fake:noisy-stderr]]", "x".repeat(2_000_000));
    let mut process = start(home.spec(), &prompt).await;
    until_line(&mut process, &format!("prompt_bytes={}", prompt.len())).await;
    assert_eq!(ending(&mut process).await, Ending::Exited(0));
}

#[tokio::test]
async fn a_program_that_never_reads_its_input_ends_all_the_same() {
    let home = Home::new();
    let mut spec = ProcessSpec::new("true", home.path());
    spec.environment = home.base.clone();
    let mut process = start(spec, &"x".repeat(2_000_000)).await;
    assert_eq!(ending(&mut process).await, Ending::Exited(0));
}

#[tokio::test]
async fn what_was_said_before_the_end_is_heard_however_late_we_listen() {
    let home = Home::new();
    let mut process = start(home.spec(), "[[fake:plain]]").await;
    until_line(&mut process, "init").await;
    // The program is over, and its words stand in the pipe, while nobody listens.
    eventually("it is over", || home.alive().is_empty()).await;
    until_line(&mut process, "\"type\":\"result\"").await;
    assert_eq!(ending(&mut process).await, Ending::Exited(0));
}

#[tokio::test]
async fn a_stray_grandchild_holds_up_nobody_and_is_gone() {
    let home = Home::new();
    for how in ["plain", "stubborn"] {
        let _ = std::fs::remove_file(home.path().join(".fake-cli/stray.pid"));
        let spec = ProcessSpec { args: session_args(), ..home.spec() };
        let mut process = start(spec, &format!("[[fake:stray how={how}]]")).await;
        assert_eq!(ending(&mut process).await, Ending::Exited(0));
        assert!(home.path().join(".fake-cli/stray.pid").exists(), "there was a stray");
        assert_eq!(home.alive(), [] as [i32; 0], "nothing is left when the end is told");
    }
}

#[tokio::test]
async fn a_stop_ends_everything_however_it_resists() {
    for mode in ["hang", "hang-after", "stubborn", "stray-hang how=stubborn", "flood"] {
        let home = Home::new();
        let mut process = start(home.spec(), &format!("[[fake:{mode}]]")).await;
        if mode != "hang" {
            assert!(matches!(process.next().await, Heard::Line(_)));
        }
        eventually("it runs", || home.alive().len() >= 2).await;
        process.stop(Grace::default()).await;
        assert_eq!(home.alive(), [] as [i32; 0], "{mode}");
    }
    eventually("no zombie", || zombies().is_empty()).await;
}

#[tokio::test]
async fn what_a_killed_guard_leaves_is_killed_as_well() {
    let home = Home::new();
    let mut process = start(home.spec(), "[[fake:stray-hang how=stubborn]]").await;
    until_line(&mut process, "stray was set loose").await;
    let guard = parent_of(process.pid());
    kill(Pid::from_raw(guard), Signal::SIGKILL).unwrap();
    assert_eq!(ending(&mut process).await, Ending::Unseen);
    assert_eq!(home.alive(), [] as [i32; 0]);
}

fn parent_of(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_process_that_is_merely_dropped_is_killed_by_its_guard() {
    let home = Home::new();
    let mut process = start(home.spec(), "[[fake:stray-hang how=stubborn]]").await;
    until_line(&mut process, "stray was set loose").await;
    drop(process);
    eventually("all gone", || home.alive().is_empty()).await;
    eventually("no zombie", || zombies().is_empty()).await;
}

#[tokio::test]
async fn the_sudden_death_of_the_parent_takes_everything_with_it() {
    let home = Home::new();
    #[expect(clippy::disallowed_methods, reason = "a parent of its own, to be killed")]
    let mut parent = std::process::Command::new(fake())
        .args(["__keeper", env!("CARGO_BIN_EXE_talekeeper"), home.path().to_str().unwrap()])
        .spawn()
        .unwrap();
    eventually("the stray is loose", || home.path().join(".fake-cli/stray.pid").exists()).await;
    assert!(home.alive().len() >= 3, "guard, program and stray run");
    parent.kill().unwrap();
    parent.wait().unwrap();
    eventually("all gone", || home.alive().is_empty()).await;
}

#[tokio::test]
async fn a_silence_is_told_and_work_is_no_silence() {
    let home = Home::new();
    let watched = ProcessSpec { quiet_notice: Some(Duration::from_millis(1000)), ..home.spec() };
    let mut process = start(watched.clone(), "[[fake:hang]]").await;
    assert_eq!(process.next().await, Heard::Quiet(1));
    assert_eq!(process.next().await, Heard::Quiet(2));
    process.stop(Grace::NONE).await;
    let mut process = start(ProcessSpec { args: session_args(), ..watched }, "[[fake:busy ms=3000]]").await;
    loop {
        match process.next().await {
            Heard::Ended(_) => break,
            Heard::Quiet(_) => panic!("it was working"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn two_way_talk_works_for_programs_that_live_long() {
    let home = Home::new();
    let mut spec = ProcessSpec::new("cat", home.path());
    spec.environment = home.base.clone();
    let mut process = Process::spawn(&launcher(), spec).await.unwrap();
    for word in ["one", "two", "three"] {
        process.send(format!("{word}\n").as_bytes());
        assert_eq!(process.next().await, Heard::Line(word.into()));
    }
    process.close_input();
    assert_eq!(ending(&mut process).await, Ending::Exited(0));
}

// ---- finding CLIs

#[tokio::test]
async fn a_cli_is_found_with_its_version() {
    let home = Home::new();
    let ask = async |command: &Path| probe(command.to_str().unwrap(), home.path(), &launcher(), &home.base).await;
    assert_eq!(ask(&fake()).await, Probe::Found { version: "2.1.330".into() });
    assert_eq!(ask(Path::new("no-such-cli-anywhere")).await, Probe::NotFound);
    let file = home.path().join("plain.txt");
    std::fs::write(&file, "no program").unwrap();
    assert_eq!(ask(&file).await, Probe::NotExecutable);
    std::fs::write(&file, "#!/bin/sh\nexit 3\n").unwrap();
    executable(&file);
    let speechless = ask(&file).await;
    assert!(matches!(speechless, Probe::NoVersion { .. }), "{speechless:?}");
}

#[tokio::test]
async fn a_cli_that_does_not_tell_its_version_is_given_up() {
    let mut home = Home::new();
    home.base.insert("XDG_X".into(), "kept".into());
    let script = home.path().join("slow-cli");
    std::fs::write(&script, "#!/bin/sh\nexec sleep 3600\n").unwrap();
    executable(&script);
    assert_eq!(probe(script.to_str().unwrap(), home.path(), &launcher(), &home.base).await, Probe::NoAnswer);
    assert_eq!(home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_notice_before_the_version_does_not_hide_it() {
    let home = Home::new();
    let script = home.path().join("noticing-cli");
    std::fs::write(&script, "#!/bin/sh\necho 'Update available: 9.9.1 -> 9.9.2'\necho '1.2.3 (Some CLI)'\n").unwrap();
    executable(&script);
    let found = probe(script.to_str().unwrap(), home.path(), &launcher(), &home.base).await;
    assert_eq!(found, Probe::Found { version: "1.2.3".into() });
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

// ---- the driver

#[tokio::test]
async fn a_turn_streams_and_ends_with_text_and_bill() {
    let home = Home::new();
    let told = home.turn("Ana: I open the door. [[fake:plain cost=0.125 in=70 out=9]]").await;
    assert!(told.text().starts_with("FAKE-OK earlier_turns=0"), "{}", told.text());
    assert!(told.text().contains("You are the game master."), "the persona arrived: {}", told.text());
    let spent = Spent { tokens_in: Some(70), tokens_out: Some(9), cost_micros: Some(125_000) };
    assert_eq!(told.finished().spent, spent);
    let streamed: String = told.events.iter().filter_map(text_of).collect();
    assert_eq!(streamed, told.text());
    assert!(matches!(told.events[0], ProviderEvent::Started { .. }));
    assert_eq!(home.alive(), [] as [i32; 0]);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "the persona's file is gone");
}

fn text_of(event: &ProviderEvent) -> Option<&str> {
    match event {
        ProviderEvent::Text { text, .. } => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn a_conversation_goes_on_and_only_this_turn_is_billed() {
    let home = Home::new();
    let first = home.turn("one").await;
    for earlier in 1..4 {
        let mut order = home.order("and on");
        order.resume = Some(first.session());
        let told = turn(home.settings(), order).await;
        assert!(told.text().contains(&format!("earlier_turns={earlier}")), "{}", told.text());
        assert_eq!(told.session(), first.session());
        assert_eq!(told.finished().spent.cost_micros, Some(50_000));
    }
}

#[tokio::test]
async fn a_lost_conversation_is_named_so() {
    let home = Home::new();
    let session = home.turn("one").await.session();
    for (prompt, id) in [
        ("[[fake:lost]]", session.id.clone()),
        ("[[fake:other-session]]", session.id.clone()),
        ("hello", "99999999-9999-4999-8999-999999999999".into()),
        ("hello", "--not-an-id".into()),
    ] {
        let mut order = home.order(prompt);
        order.resume = Some(talekeeper::domain::Session { id, ..session.clone() });
        assert_eq!(turn(home.settings(), order).await.fault().kind, FaultKind::SessionLost, "{prompt}");
    }
}

#[tokio::test]
async fn every_failure_has_its_kind() {
    let cases = [
        ("fail kind=authentication_failed", FaultKind::NotSignedIn),
        ("fail kind=billing_error", FaultKind::NoCredit),
        ("fail kind=rate_limit", FaultKind::LimitReached),
        ("fail kind=server_error", FaultKind::Overloaded),
        ("fail kind=model_not_found", FaultKind::UnknownModel),
        ("fail kind=too_long", FaultKind::TooLong),
        ("fail kind=budget", FaultKind::TurnBudget),
        ("fail kind=refusal", FaultKind::Refused),
        ("fail kind=something_new", FaultKind::Other),
        ("silent", FaultKind::Empty),
        ("empty", FaultKind::Empty),
        ("gibberish", FaultKind::Garbled),
        ("exit code=1", FaultKind::NotStarted),
        ("exit code=1 stderr='error: unknown option --foo'", FaultKind::Garbled),
        ("exit code=1 stderr='Invalid API key. Please run /login'", FaultKind::NotSignedIn),
        ("broken", FaultKind::BrokenStream),
        ("broken code=1", FaultKind::BrokenStream),
        ("crash", FaultKind::Killed),
        ("crash signal=KILL", FaultKind::Killed),
        ("long-line mb=20", FaultKind::Flood),
    ];
    for (mode, kind) in cases {
        let home = Home::new();
        let told = home.turn(&format!("[[fake:{mode}]]")).await;
        assert_eq!(told.fault().kind, kind, "{mode}: {}", told.fault().detail);
        assert_eq!(home.alive(), [] as [i32; 0], "{mode}");
    }
}

#[tokio::test]
async fn a_failure_tells_what_it_cost_and_when_a_limit_ends() {
    let told = Home::new().turn("[[fake:fail kind=rate_limit until=1795262814 cost=0.02]]").await;
    assert_eq!(told.fault().until, Some(Timestamp::from_millis(1_795_262_814_000)));
    assert_eq!(told.fault().spent.cost_micros, Some(20_000));
    assert!(told.events.contains(&ProviderEvent::RateLimited { until: told.fault().until }));
}

#[tokio::test]
async fn a_missing_program_is_not_installed() {
    let home = Home::new();
    let settings = CliSettings { command: "no-such-cli-anywhere".into(), ..home.settings() };
    assert_eq!(turn(settings, home.order("hello")).await.fault().kind, FaultKind::NotInstalled);
}

#[tokio::test]
async fn output_without_end_is_stopped() {
    // Limits that whole reads meet exactly, too.
    for line_limit in [1000, 4096, 8192, 64 * 1024] {
        let home = Home::new();
        let settings = CliSettings { line_limit, ..home.settings() };
        assert_eq!(turn(settings, home.order("[[fake:flood]]")).await.fault().kind, FaultKind::Flood);
        assert_eq!(home.alive(), [] as [i32; 0]);
    }
}

#[tokio::test]
async fn a_turn_over_its_time_is_ended() {
    for mode in ["hang", "hang-after", "stubborn"] {
        let home = Home::new();
        let settings = CliSettings { timeout: Duration::from_millis(500), ..home.settings() };
        let told = turn(settings, home.order(&format!("[[fake:{mode}]]"))).await;
        assert_eq!(told.fault().kind, FaultKind::Silent, "{mode}");
        assert_eq!(home.alive(), [] as [i32; 0], "{mode}");
    }
}

#[tokio::test]
async fn a_silent_turn_says_so_and_goes_on() {
    let home = Home::new();
    let settings = CliSettings { quiet_notice: Duration::from_millis(1000), ..home.settings() };
    let told = turn(settings, home.order("[[fake:slow n=2 delay=1600]]")).await;
    assert!(told.events.contains(&ProviderEvent::Quiet { seconds: 1 }), "{:?}", told.events);
    assert!(told.text().starts_with("word1 word2 "));
}

#[tokio::test]
async fn a_program_that_told_its_end_and_stays_is_sent_away() {
    let home = Home::new();
    let told = home.turn("[[fake:linger]]").await;
    assert!(told.text().starts_with("FAKE-OK"));
    assert_eq!(home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn a_cancelled_turn_ends_with_its_bill_and_leaves_nothing() {
    let cases = [("hang-after", Some(10_000)), ("stubborn", None), ("stray-hang how=stubborn", Some(10_000))];
    for (mode, cost) in cases {
        let home = Home::new();
        let cancel = CancellationToken::new();
        // One that stops by itself gets the time that a busy machine needs.
        let settings = CliSettings { stop_limit: cost.map(|_| PATIENCE), ..home.settings() };
        let told = turn_with(settings, home.order(&format!("[[fake:{mode}]]")), cancel.clone(), |event| {
            if text_of(event).is_some() {
                cancel.cancel();
            }
        })
        .await;
        assert_eq!(told.fault().spent.cost_micros, cost, "{mode}");
        assert_eq!(home.alive(), [] as [i32; 0], "{mode}");
    }
}

#[tokio::test]
async fn a_turn_cancelled_before_it_begins_ends_at_once() {
    let home = Home::new();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let told = turn_with(home.settings(), home.order("[[fake:hang]]"), cancel, |_| {}).await;
    told.fault();
    assert_eq!(home.alive(), [] as [i32; 0]);
}

#[tokio::test]
async fn oddities_of_a_healthy_turn_do_no_harm() {
    for mode in ["notice", "unknown", "denied", "retry n=2", "noisy-stderr", "slow n=3 delay=5", "stray"] {
        let home = Home::new();
        let told = home.turn(&format!("[[fake:{mode}]]")).await;
        assert!(!told.text().is_empty(), "{mode}");
    }
    let told = Home::new().turn("[[fake:bad-utf8]]").await;
    assert_eq!(told.text(), "caf\u{fffd} au lait");
    let told = Home::new().turn("[[fake:unknown]]").await;
    assert!(told.events.contains(&ProviderEvent::Unknown { name: "brand_new_event".into() }));
    let told = Home::new().turn("[[fake:denied]]").await;
    assert!(told.events.contains(&ProviderEvent::ToolDenied { name: "Bash".into() }));
    let told = Home::new().turn("[[fake:say text='One.\\nTwo.']]").await;
    let block = BlockKey { message: "msg_1".into(), index: 0 };
    assert!(told.events.contains(&ProviderEvent::Block { block, text: "One.\nTwo.".into() }));
}

#[tokio::test]
async fn only_the_last_directive_counts_so_a_quoted_one_does_nothing() {
    let told: Told = Home::new().turn("They wrote [[fake:crash]] once.\n[[fake:say text=fine]]").await;
    assert_eq!(told.text(), "fine");
}

#[tokio::test]
async fn the_program_sees_a_short_list_of_our_environment() {
    let mut home = Home::new();
    for (name, value) in [
        ("DISCORD_TOKEN", "secret"),
        ("TALEKEEPER_DISCORD__TOKEN", "secret"),
        ("SSH_AUTH_SOCK", "/x"),
        ("ANTHROPIC_API_KEY", "key"),
    ] {
        home.base.insert(name.into(), value.into());
    }
    let told = home.turn("[[fake:environment]]").await;
    insta::assert_snapshot!(told.text().replace(' ', "\n"), @r"
    ANTHROPIC_API_KEY
    API_TIMEOUT_MS
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC
    CLAUDE_CODE_MAX_RETRIES
    DISABLE_AUTOUPDATER
    HOME
    PATH
    TALE_RUN
    TERM
    TMPDIR
    ");
}
