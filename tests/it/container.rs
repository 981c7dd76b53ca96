//! The image as a host runs it: read-only, without rights, stopped and killed in mid-turn.
//! `.ci/container` builds the image, starts an engine of its own and runs this; by hand nothing of it is needed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::bot::{Scene, reply};
use crate::support::installation::{text, until};
use crate::support::processes::children_of;

/// The bot's user in the image.
const USER: u32 = 10_001;
/// As in `compose.yaml`; the health check is asked sooner.
const RUN: &str = "run --detach --network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
                   --pids-limit 512 --memory 4g --health-interval 1s --env DISCORD_TOKEN_FILE=/run/secrets/discord_token";

/// One container, gone at the test's end.
struct Container(String);

impl Container {
    fn run(scene: &Scene, image: &str) -> Self {
        let name = format!("talekeeper-test-{}", std::process::id());
        let (data, token) = (volume(scene), scene.home.folder().join("discord-token"));
        std::fs::write(&token, scene.discord.token()).unwrap();
        own(&token);
        let (data, token) =
            (format!("{}:/data", data.display()), format!("{}:/run/secrets/discord_token:ro", token.display()));
        let container = Self(name);
        let words = ["--name", &container.0, "--volume", &data, "--volume", &token, image];
        docker(RUN.split_whitespace().chain(words));
        container
    }

    fn is(&self, verb: &str) {
        docker(verb.split_whitespace().chain([self.0.as_str()]));
    }

    fn told(&self, what: &str) -> String {
        docker(["inspect", "--format", what, &self.0])
    }

    /// What a command inside says, whether it succeeds or not.
    fn hears(&self, script: &str) -> String {
        docker(["exec", &self.0, "sh", "-c", script])
    }

    fn first_process(&self) -> i32 {
        self.told("{{.State.Pid}}").parse().unwrap()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            crate::support::left_out(&format!("what the container said:\n{}", docker(["logs", &self.0])));
        }
        docker(["rm", "--force", "--volumes", &self.0]);
    }
}

/// What the engine says; a refusal of its own fails the test.
pub fn docker<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    #[expect(clippy::disallowed_methods, reason = "the test asks the engine")]
    let output = Command::new("docker").args(words).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said.trim().to_owned()
}

/// The folder that is `/data` in the container, with the configuration in it.
fn volume(scene: &Scene) -> PathBuf {
    let folder = scene.home.folder().join("volume");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(scene.home.folder().join("config.yaml"), folder.join("config.yaml")).unwrap();
    own(&folder);
    own(&folder.join("config.yaml"));
    folder
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn own(path: &Path) {
    std::os::unix::fs::chown(path, Some(USER), Some(USER)).unwrap();
}

#[test]
#[ignore = "needs a container engine and the image; .ci/container brings both"]
fn the_image_plays_read_only_and_takes_up_what_a_stop_and_a_kill_cut_off() {
    let image = std::env::var_os("TALEKEEPER_TEST_IMAGE").unwrap().into_string().unwrap();
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let container = Container::run(&scene, &image);
        discord.gateway().expect_identifies(1).await;
        discord.wait_ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        until("health", || (container.told("{{.State.Health.Status}}") == "healthy").then_some(()));

        assert_eq!(container.hears("id -u; touch /etc/mine 2>/dev/null || echo refused"), "10001\nrefused");
        assert_eq!(container.hears("grep CapEff /proc/1/status"), "CapEff:\t0000000000000000");
        let first = container.first_process();
        let program = until("the program", || children_of(first).first().copied());
        container.hears("sleep 3600 >/dev/null 2>&1 &");
        let orphan = until("the orphan", || children_of(first).into_iter().find(|child| *child != program));
        kill(Pid::from_raw(orphan), Signal::SIGKILL).unwrap();
        until("the orphan to be taken down", || (!children_of(first).contains(&orphan)).then_some(()));

        for (round, ends) in ["stop --time 60", "kill"].into_iter().enumerate() {
            let begins =
                ana.says(&room, &scene.to_bot(&format!("I walk {round} [[fake:slow n=40{round} delay=50]]"))).await;
            room.expect_message(|message| message.id > begins.id && message.content.contains("word1 ")).await;
            container.is(ends);
            assert_eq!(container.told("{{.State.ExitCode}}"), ["0", "137"][round], "{ends}");
            let last = format!("word40{round}");
            assert!(
                room.messages().iter().all(|message| !message.content.contains(&last)),
                "{ends} waited for the turn"
            );
            let connected = discord.gateway().identifies();
            container.is("start");
            discord.gateway().expect_identifies(connected + 1).await;
            reply(&room, &last).await;
            room.expect_silence(Duration::from_millis(500)).await;
            let told = room.bot_messages().into_iter().filter(|message| message.content.contains(&last)).count();
            assert_eq!(told, 1, "{ends}: the turn is told once");
        }
        let stories = scene.home.folder().join("volume/stories/general");
        let scenes = std::fs::read_dir(stories).unwrap().map(|entry| entry.unwrap().path());
        let story: String =
            scenes.filter(|path| path.to_string_lossy().contains("/001-")).map(|path| read(&path)).collect();
        assert_eq!((story.matches("*I walk 0").count(), story.matches("*I walk 1").count()), (1, 1), "{story}");
        container.is("stop --time 60");
        assert_eq!(container.told("{{.State.ExitCode}}"), "0");
    });
}

/// The services of `compose.yaml`, gone at the test's end.
struct Composed {
    program: Vec<String>,
    folder: PathBuf,
}

impl Composed {
    /// What compose says to these words.
    fn is(&self, words: &str) {
        let project = format!("talekeeper-test-{}", std::process::id());
        #[expect(clippy::disallowed_methods, reason = "the test asks compose")]
        let mut compose = Command::new(&self.program[0]);
        compose.args(&self.program[1..]).args([
            "--project-name",
            &project,
            "--file",
            "compose.yaml",
            "--file",
            "here.yaml",
        ]);
        let output = compose.args(words.split_whitespace()).current_dir(&self.folder).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{words}: {said}");
    }
}

impl Drop for Composed {
    fn drop(&mut self) {
        self.is("down --volumes");
    }
}

#[test]
#[ignore = "needs a container engine, compose and the image; .ci/container brings all three"]
fn compose_plays_as_its_file_says_and_takes_up_what_a_stop_cut_off() {
    let program = std::env::var_os("TALEKEEPER_TEST_COMPOSE").unwrap_or_default().into_string().unwrap();
    if program.is_empty() {
        return crate::support::left_out("compose.yaml: there is no compose here");
    }
    let image = std::env::var_os("TALEKEEPER_TEST_IMAGE").unwrap().into_string().unwrap();
    let scene = Scene::new("");
    let discord = &scene.discord;
    let folder = scene.home.folder().to_owned();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/compose.yaml"), folder.join("compose.yaml")).unwrap();
    // Only what this machine has otherwise: another image, no network of its own, a configuration beside.
    let here = format!(
        "services:\n  talekeeper:\n    image: {image}\n    network_mode: host\n    volumes:\n      \
         - ./config.yaml:/data/config.yaml:ro\n"
    );
    std::fs::write(folder.join("here.yaml"), here).unwrap();
    std::fs::write(folder.join("discord-token"), discord.token()).unwrap();
    own(&folder.join("discord-token"));
    own(&folder.join("config.yaml"));
    discord.block_on(async {
        let composed = Composed { program: program.split_whitespace().map(str::to_owned).collect(), folder };
        composed.is("up --detach --no-build");
        discord.gateway().expect_identifies(1).await;
        discord.wait_ready().await;
        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let begins = ana.says(&room, &scene.to_bot("I walk [[fake:slow n=400 delay=50]]")).await;
        room.expect_message(|message| message.id > begins.id && message.content.contains("word1 ")).await;
        composed.is("stop");
        assert!(room.messages().iter().all(|message| !message.content.contains("word400")), "it waited for the turn");
        composed.is("up --detach --no-build");
        reply(&room, "word400").await;
        composed.is("stop");
    });
}
