//! As a service: what systemd is told, what health checks see, being asked to end once and twice, and process 1.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use fake_discord::{Fault, Options, Wrong};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::bot::{Scene, reply};
use crate::support::installation::{Installation, PATIENCE, text, until};
use crate::support::left_out;
use crate::support::processes::{alive_in, children_of};

/// systemd's end of the socket.
struct Manager(UnixDatagram);

impl Manager {
    /// Listens, and has the program find it. A short watchdog makes the pulse fast.
    fn of(home: &mut Installation) -> Self {
        let path = home.folder().join("notify.sock");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        home.env("NOTIFY_SOCKET", path.to_str().unwrap());
        home.env("WATCHDOG_USEC", "600000");
        Self(socket)
    }

    /// Waits for a message that says `wanted`; gives all that came up to it.
    fn expect(&self, wanted: &str) -> Vec<String> {
        let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "systemd is never told {wanted:?}, but {heard:?}");
            let Ok(length) = self.0.recv(&mut buffer) else { panic!("waited for {wanted:?}, heard {heard:?}") };
            heard.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
            if heard.last().is_some_and(|message| message.lines().any(|line| line.starts_with(wanted))) {
                return heard;
            }
        }
    }
}

fn scene_with_manager(top: &str) -> (Scene, Manager) {
    let mut home = Installation::with_fake_claude();
    let manager = Manager::of(&mut home);
    (Scene::above(Options::default(), home, "", top), manager)
}

fn health(home: &Installation) -> (Option<i32>, String) {
    let output = home.run(&["health"]);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn systemd_is_told_when_people_can_come_in_that_all_is_well_and_when_it_ends() {
    let (scene, manager) = scene_with_manager("");
    scene.discord.fault(Fault::on("GET /users/@me", Wrong::Delay(Duration::from_secs(1))).times(1));
    let (code, said) = health(&scene.home);
    assert!(code == Some(1) && said.contains("No bot runs"), "{said}");
    let bot = scene.start();
    let starting = manager.expect("EXTEND_TIMEOUT_USEC=");
    assert!(!starting.concat().contains("READY=1"), "{starting:?}");
    let ready = manager.expect("READY=1").pop().unwrap();
    assert!(ready.contains("STATUS=Tables in 2 channels"), "{ready}");
    manager.expect("WATCHDOG=1");
    manager.expect("WATCHDOG=1");
    let (code, said) = health(&scene.home);
    assert!(code == Some(0) && said.contains("is alive"), "{said}");
    bot.is_asked_to_end();
    let end = manager.expect("STOPPING=1").pop().unwrap();
    // Our own limit of ten seconds, and a margin: whatever the unit says, it is waited for.
    assert!(end.contains("EXTEND_TIMEOUT_USEC=25000000"), "{end}");
    assert_eq!(bot.ended().0, Some(0));
    assert_eq!(health(&scene.home).0, Some(1));
}

#[test]
fn systemd_is_asked_for_time_while_the_database_is_brought_up_to_date() {
    let (scene, manager) = scene_with_manager("");
    let bot = scene.start();
    manager.expect("READY=1");
    assert_eq!(bot.end(), Some(0));
    // What is remembered is to be made anew, and another program holds the file.
    let thief = scene.database();
    thief.execute_batch("DELETE FROM notes WHERE name = 'memory-format'; BEGIN IMMEDIATE").unwrap();
    let _bot = scene.start();
    for _ in 0..3 {
        let asked = manager.expect("STATUS=Starting: opening the database").pop().unwrap();
        assert!(asked.contains("EXTEND_TIMEOUT_USEC=600000"), "{asked}");
    }
    thief.execute_batch("ROLLBACK").unwrap();
    let starting = manager.expect("READY=1").concat();
    assert!(starting.contains("STATUS=Starting: connecting to Discord"), "{starting}");
}

#[test]
fn a_database_that_does_not_answer_is_no_sign_of_life() {
    let (scene, manager) = scene_with_manager("");
    scene.discord.block_on(async {
        let _bot = scene.ready().await;
        manager.expect("WATCHDOG=1");
        // Another program holds the file: the writer waits with what Ana said, and with it everything behind.
        let thief = scene.database();
        thief.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (ana, room) = (scene.discord.user("ana"), scene.discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock")).await;
        until("the pulse to stand still", || scene.home.log_has("the pulse stands still"));
        thief.execute_batch("ROLLBACK").unwrap();
        manager.expect("WATCHDOG=1");
        reply(&room, "I knock").await;
    });
}

#[test]
fn asked_twice_it_waits_for_nothing_and_the_next_start_takes_up_what_ran() {
    let (scene, manager) = scene_with_manager("limits: { shutdown: 10m }\n");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I begin [[fake:slow n=400 delay=50]]")).await;
        room.expect_message(|message| message.content.contains("word1 ")).await;
        bot.is_asked_to_end();
        manager.expect("STOPPING=1");
        bot.is_asked_to_end();
        assert_eq!(bot.ended().0, Some(0));
        assert!(scene.home.log_has("asked to end twice").is_some());
        assert!(room.messages().iter().all(|message| !message.content.contains("word400")), "it waited for the turn");
        until("the CLI to end", || alive_in(scene.home.folder()).is_empty().then_some(()));
        let _bot = scene.ready().await;
        reply(&room, "word400").await;
    });
}

/// The words that make a program process 1 of its own world; none where that is not allowed.
fn as_process_1() -> Option<[&'static str; 5]> {
    let words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    #[expect(clippy::disallowed_methods, reason = "the test asks whether it can be tried here")]
    let tried = std::process::Command::new(words[0]).args(&words[1..]).arg("true").output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        left_out("the program as process 1: no process namespace can be made here");
    }
    can.then_some(words)
}

fn only_child(of: i32) -> i32 {
    until("a child", || children_of(of).first().copied())
}

#[test]
fn as_process_1_it_takes_down_orphans_and_passes_on_what_it_is_told() {
    let Some(words) = as_process_1() else { return };
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let bot = scene.start_by(&words);
        discord.gateway().expect_identifies(1).await;
        discord.wait_ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        let first = only_child(bot.id());
        let program = only_child(first);
        // Somebody comes in as `docker exec` does, starts something and leaves.
        let enter = ["nsenter", "--target", &first.to_string(), "--pid", "--mount"];
        let script = ["sh", "-c", "sleep 3600 >/dev/null 2>&1 &"];
        #[expect(clippy::disallowed_methods, reason = "the test makes an orphan")]
        let entered = std::process::Command::new(enter[0]).args(&enter[1..]).args(script).status().unwrap();
        assert!(entered.success());
        let orphan = until("the orphan", || children_of(first).into_iter().find(|child| *child != program));
        kill(Pid::from_raw(orphan), Signal::SIGKILL).unwrap();
        until("the orphan to be taken down", || (!children_of(first).contains(&orphan)).then_some(()));
        kill(Pid::from_raw(first), Signal::SIGTERM).unwrap();
        let (code, said) = bot.ended();
        assert_eq!(code, Some(0), "{said}");
        assert!(scene.home.log_has("\"ended\"").is_some());
        assert_eq!(alive_in(scene.home.folder()), Vec::<i32>::new());
    });
}

#[test]
fn process_1_ends_as_the_program_does() {
    let Some(words) = as_process_1() else { return };
    let scene = Scene::new("");
    // A configuration that is not there: exit code 2, and the sentence.
    let bad = scene.home.command_by(&words, &["--config", "nowhere.yaml", "play"]).output().unwrap();
    assert_eq!(bad.status.code(), Some(2), "{}", text(&bad.stderr));
    scene.discord.block_on(async {
        let bot = scene.start_by(&words);
        scene.discord.gateway().expect_identifies(1).await;
        let program = only_child(only_child(bot.id()));
        kill(Pid::from_raw(program), Signal::SIGKILL).unwrap();
        assert_eq!(bot.ended().0, Some(128 + 9));
    });
}

/// A stand-in for what systemd would say at a start. `TALEKEEPER_REQUIRE_SYSTEMD=1` makes its absence a failure.
#[test]
fn systemd_understands_every_line_of_the_unit_and_finds_little_exposed() {
    let folder = tempfile::tempdir().unwrap();
    let written = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/talekeeper.service")).unwrap();
    let here = written.replace("/usr/local/bin/talekeeper", env!("CARGO_BIN_EXE_talekeeper"));
    assert_ne!(here, written);
    let unit = folder.path().join("talekeeper.service");
    std::fs::write(&unit, here).unwrap();
    let analyze = |words: &[&str]| {
        #[expect(clippy::disallowed_methods, reason = "the test asks systemd's own checker")]
        let mut command = std::process::Command::new("systemd-analyze");
        command.args(words).arg(&unit).output()
    };
    // The manual is not installed where this runs. What is not understood is told, and is no failure to it.
    match analyze(&["verify", "--man=no"]) {
        Ok(output) => {
            let said = text(&output.stdout) + &text(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{said}");
        }
        Err(failure) => {
            assert!(std::env::var_os("TALEKEEPER_REQUIRE_SYSTEMD").is_none(), "no systemd-analyze: {failure}");
            return left_out("the systemd unit: there is no systemd-analyze here");
        }
    }
    let exposed = analyze(&["security", "--offline=yes", "--no-pager", "--threshold=40"]).unwrap();
    assert!(exposed.status.success(), "{}", text(&exposed.stdout));
}
