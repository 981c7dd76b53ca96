//! The bot as a process, beside a Discord of the test's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use fake_discord::{FakeDiscord, Message, Options, Room};

use super::installation::{Installation, PATIENCE};

/// One installation of the program and the Discord it speaks to.
pub struct Scene {
    pub discord: FakeDiscord,
    pub home: Installation,
}

impl Scene {
    /// Tables in `general` and `tavern`, answered by the fake CLI; `more` is added to each table.
    pub fn new(more: &str) -> Self {
        Self::with(Options::default(), Installation::with_fake_claude(), more)
    }

    /// The same with a Discord and an installation of one's own making.
    pub fn with(options: Options, home: Installation, more: &str) -> Self {
        Self::above(options, home, more, "")
    }

    /// The same; `top` are lines of the configuration beside the tables.
    pub fn above(options: Options, home: Installation, more: &str, top: &str) -> Self {
        Self::made_of(options, home, &["general", "tavern"], more, top)
    }

    /// The same with a table in each channel of these names.
    pub fn with_tables(options: Options, home: Installation, names: &[&str], more: &str) -> Self {
        Self::made_of(options, home, names, more, "")
    }

    fn made_of(options: Options, home: Installation, names: &[&str], more: &str, top: &str) -> Self {
        let discord = FakeDiscord::open(options);
        // Most tests count the bot's messages; those about voices ask for them.
        let voices = if more.contains("voices") { "" } else { ", voices: bold" };
        let table = |name: &&str| {
            let id = discord.channel(name).id();
            format!("  - {{ name: {name}, channel_id: \"{id}\"{voices}{more} }}\n")
        };
        let tables: String = names.iter().map(table).collect();
        home.config(&format!("discord: {{ api_url: \"{}\" }}\n{top}tables:\n{tables}", discord.api_url()));
        Self { discord, home }
    }

    /// Adds keys to the configuration.
    pub fn add_config(&self, yaml: &str) {
        let path = self.home.folder().join("config.yaml");
        let written = std::fs::read_to_string(&path).unwrap();
        self.home.config(&format!("{written}{yaml}"));
    }

    /// Starts the bot.
    pub fn start(&self) -> Bot {
        Bot::start(&self.home, &self.discord.token())
    }

    /// Starts the bot behind a proxy.
    pub fn start_behind(&self, token: &str, proxy: &str) -> Bot {
        let mut command = self.home.command(&["run"]);
        command.env("HTTPS_PROXY", proxy);
        Bot::spawn(command, token)
    }

    /// Starts the bot by another program, which gets these words and then the bot's own.
    pub fn start_by(&self, words: &[&str]) -> Bot {
        Bot::spawn(self.home.command_by(words, &["run"]), &self.discord.token())
    }

    /// Starts the bot with another token.
    pub fn start_with(&self, token: &str) -> Bot {
        Bot::start(&self.home, token)
    }

    /// Starts the bot and waits until it is connected.
    pub async fn ready(&self) -> Bot {
        let connected = self.discord.gateway().identifies();
        let bot = self.start();
        self.discord.gateway().expect_identifies(connected + 1).await;
        self.discord.wait_ready().await;
        bot
    }

    /// A test's own hand on the program's database.
    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.home.data().join("talekeeper.db")).unwrap()
    }

    /// A text that mentions the bot.
    pub fn to_bot(&self, text: &str) -> String {
        format!("<@{}> {text}", self.discord.bot_id())
    }
}

/// Waits for a reply that is over: it holds `wanted` and its buttons are those of an ended turn.
pub async fn reply(room: &Room, wanted: &str) -> Message {
    room.expect_message(|message| message.content.contains(wanted) && buttons(message).contains(&"Undo".to_owned()))
        .await
}

/// Asks again until the answer holds `wanted`.
pub async fn in_the_end(ask: impl AsyncFn() -> String, wanted: &str) {
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        let said = ask().await;
        if said.contains(wanted) {
            return;
        }
        assert!(std::time::Instant::now() < until, "it never says {wanted:?}, but {said:?}");
    }
}

/// The labels of a message's buttons.
pub fn buttons(message: &Message) -> Vec<String> {
    let rows = message.components.iter().filter_map(|row| row["components"].as_array());
    rows.flatten().filter_map(|button| button["label"].as_str().map(str::to_owned)).collect()
}

/// The running bot.
pub struct Bot {
    child: Child,
    err: mpsc::Receiver<String>,
}

impl Bot {
    fn start(home: &Installation, token: &str) -> Self {
        Self::spawn(home.command(&["run"]), token)
    }

    fn spawn(mut command: Command, token: &str) -> Self {
        command.env("DISCORD_TOKEN", token);
        Self::of(command)
    }

    /// Starts the bot as its own configuration says.
    pub fn of(mut command: Command) -> Self {
        command.stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (sender, err) = mpsc::channel();
        let pipe = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        Self { child, err }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a warning.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; gives its exit code.
    pub fn end(self) -> Option<i32> {
        self.is_asked_to_end();
        self.ended().0
    }

    /// Asks it to end and does not wait.
    pub fn is_asked_to_end(&self) {
        let pid = nix::unistd::Pid::from_raw(self.id());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    }

    /// Its process id.
    pub fn id(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Waits until it has ended by itself; gives its exit code and what it wrote.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let until = std::time::Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(std::time::Instant::now() < until, "the bot does not end");
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        };
        (status.code(), self.err.iter().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
