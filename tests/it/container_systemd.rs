//! The unit as a host installs it: a systemd in a container of its own, and the commands of `docs/deployment.md`.
//! `.ci/container` builds the image, starts an engine of its own and runs this; by hand nothing of it is needed.

use crate::container::docker;
use crate::support::bot::{Scene, reply};
use crate::support::installation::until;

/// A machine with systemd, gone at the test's end.
struct Machine(String);

impl Machine {
    /// `container` is what the engine is told to run, as the script has found that it works.
    fn start(scene: &Scene, container: &str) -> Self {
        let folder = scene.home.folder().join("install");
        std::fs::create_dir_all(folder.join("deploy")).unwrap();
        let of_the_source = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/talekeeper.service");
        std::fs::copy(of_the_source, folder.join("deploy/talekeeper.service")).unwrap();
        std::fs::copy(scene.home.folder().join("config.yaml"), folder.join("config.example.yaml")).unwrap();
        std::fs::write(folder.join("token"), scene.discord.token()).unwrap();
        let machine = Self(format!("talekeeper-systemd-{}", std::process::id()));
        let volume = format!("{}:/in:ro", folder.display());
        let words = ["run", "--detach", "--name", &machine.0, "--volume", &volume];
        docker(words.into_iter().chain(container.split_whitespace()));
        until("systemd", || {
            matches!(&*machine.hears("systemctl is-system-running || true"), "running" | "degraded").then_some(())
        });
        machine
    }

    /// What a command says that has to succeed.
    fn hears(&self, script: &str) -> String {
        docker(["exec", "--workdir", "/in", &self.0, "sh", "-ec", script])
    }

    fn shows(&self, property: &str) -> String {
        self.hears(&format!("systemctl show --value --property {property} talekeeper"))
    }

    fn is_back(&self, restarts: u32) {
        until("another start", || {
            (self.shows("NRestarts") == restarts.to_string() && self.shows("ActiveState") == "active").then_some(())
        });
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            crate::support::left_out(&self.hears("journalctl --no-pager --unit talekeeper | tail --lines 40"));
        }
        docker(["rm", "--force", "--volumes", &self.0]);
    }
}

/// The commands of a block of `docs/deployment.md`: the first one behind `heading` that has `word` in it.
fn documented(heading: &str, word: &str) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deployment.md")).unwrap();
    let section = page.split(heading).nth(1).unwrap().to_owned();
    let mut blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.find(|block| block.contains(word)).unwrap().to_owned()
}

#[test]
#[ignore = "needs a container engine and an image with systemd; .ci/container brings both"]
fn the_unit_is_ready_when_people_can_come_in_ends_politely_and_comes_back() {
    let container = std::env::var_os("TALEKEEPER_TEST_SYSTEMD").unwrap_or_default().into_string().unwrap();
    if container.is_empty() {
        return crate::support::left_out("the unit: no systemd runs in a container here");
    }
    let scene = Scene::new("");
    let discord = &scene.discord;
    discord.block_on(async {
        let machine = Machine::start(&scene, &container);
        // The program and its pages are in the image; a token is pasted by a person.
        let install = documented("## As a service of systemd", "useradd");
        let install =
            install.replace("cat > /etc/talekeeper/discord-token", "cat token > /etc/talekeeper/discord-token");
        let is_here = |line: &&str| !(line.starts_with("cargo") || line.contains("target/") || line.contains("man1"));
        machine.hears(&install.lines().filter(is_here).collect::<Vec<_>>().join("\n"));
        assert_eq!(
            (machine.shows("ActiveState"), machine.shows("User")),
            ("active".to_owned(), "talekeeper".to_owned())
        );
        assert_eq!(machine.shows("StatusText"), "Tables in 2 channels on Discord");
        let check = documented("## As a service of systemd", "systemd-run");
        let check = machine.hears(&check);
        assert!(check.contains("in use by a running talekeeper") && check.contains("the token is good"), "{check}");

        let (ana, room) = (discord.user("ana"), discord.channel("general"));
        let begins = ana.says(&room, &scene.to_bot("I walk [[fake:slow n=400 delay=50]]")).await;
        room.expect_message(|message| message.id > begins.id && message.content.contains("word1 ")).await;
        machine.hears("systemctl stop talekeeper");
        assert_eq!((machine.shows("Result"), machine.shows("ExecMainStatus")), ("success".to_owned(), "0".to_owned()));
        assert!(room.messages().iter().all(|message| !message.content.contains("word400")), "it waited for the turn");
        machine.hears("systemctl start talekeeper");
        reply(&room, "word400").await;

        machine.hears("systemctl kill --signal KILL --kill-who main talekeeper");
        machine.is_back(1);
        // A watchdog that is not waited for so long; the process stands still.
        machine.hears(
            "install -d /run/systemd/system/talekeeper.service.d; cd /run/systemd/system/talekeeper.service.d;
             printf '[Service]\\nWatchdogSec=15\\n' > soon.conf; systemctl daemon-reload; systemctl restart talekeeper;
             systemctl kill --signal STOP --kill-who main talekeeper",
        );
        until("the watchdog", || {
            machine.hears("journalctl --unit talekeeper").contains("Watchdog timeout").then_some(())
        });
        machine.is_back(1);
        ana.says(&room, &scene.to_bot("I knock")).await;
        reply(&room, "I knock").await;
        machine.hears("systemctl stop talekeeper");
    });
}
