//! What happens in a soak, one thing after another: people write, providers fail, connections are lost, the bot is killed.
//! Kills come in the middle third, so that what grows can be seen in the two long lives around it.

use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use rusqlite::{Connection, OpenFlags};

use super::samples::{Rest, Sampler};
use crate::discord_chaos::{Tally, break_gateway, break_rest};
use crate::support::bot::{Bot, Scene};

const PEOPLE: [&str; 3] = ["ana", "ben", "cora"];
/// How many messages may wait for an answer; people stop for breath.
const WAITING: u32 = 40;
/// How many may be unanswered in all; people stop later where nobody seems to hear them, but they do.
const UNANSWERED: usize = 400;
/// What a provider does wrong, as the fake is asked for it.
const FAULTS: [(&str, &str); 9] = [
    ("provider crashes", "crash"),
    ("provider hangs", "hang"),
    ("provider hangs after a word", "hang-after"),
    ("provider is at its limit", "fail kind=rate_limit"),
    ("provider is overloaded", "fail kind=overloaded"),
    ("provider exits", "exit code=3"),
    ("provider talks nonsense", "gibberish"),
    ("provider leaves a process behind", "stray"),
    ("provider will not be stopped", "stubborn"),
];

/// A soak that is to be played.
pub struct Course<'a> {
    scene: &'a Scene,
    names: &'a [String],
    rng: StdRng,
    length: Duration,
    played: Played,
}

/// What was done.
#[derive(Default)]
pub struct Played {
    /// The ids of what people wrote.
    pub written: Vec<String>,
    /// What went wrong, and how often.
    pub tally: Tally,
    /// The last life, before anybody played in it and when everybody had gone.
    pub at_rest_before: Rest,
    pub at_rest_after: Rest,
}

impl<'a> Course<'a> {
    pub fn new(scene: &'a Scene, names: &'a [String], rng: StdRng, length: Duration) -> Self {
        Self { scene, names, rng, length, played: Played::default() }
    }

    /// Plays it to its end; the bot is ended politely.
    pub async fn run(mut self, sampler: &Sampler) -> Played {
        let begun = Instant::now();
        let mut bot = self.start(sampler).await;
        let third = self.length / 3;
        let mut kill_at = begun + third;
        // Three kills in a short run, one a minute in a long one.
        let between = (third / 3).max(Duration::from_secs(2)).min(Duration::from_secs(60));
        while begun.elapsed() < self.length {
            if Instant::now() >= kill_at && begun.elapsed() < 2 * third {
                kill_at = Instant::now() + between;
                bot.kill();
                self.happened("kill");
                bot = self.start(sampler).await;
            }
            self.step().await;
        }
        self.settle().await;
        for (wrong, count) in self.scene.discord.struck() {
            *self.played.tally.entry(wrong).or_default() += count;
        }
        self.played.at_rest_after = sampler.comes_to_rest().await;
        assert_eq!(bot.end(), Some(0));
        sampler.bot_is(None);
        self.played
    }

    async fn start(&mut self, sampler: &Sampler) -> Bot {
        let discord = &self.scene.discord;
        // What it learned of limits is gone with it: each channel may hear of them once more.
        discord.tolerate_rate_limits(3 * self.names.len());
        let identified = discord.gateway().identifies();
        let bot = self.scene.start();
        sampler.bot_is(Some(bot.pid()));
        discord.gateway().expect_identifies(identified + 1).await;
        self.played.at_rest_before = sampler.now(bot.pid());
        bot
    }

    async fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0 => {
                let name = break_gateway(&self.scene.discord, &mut self.rng).await;
                self.happened(name);
            }
            1..6 => break_rest(&self.scene.discord, &mut self.rng),
            _ if self.is_patient() => self.write().await,
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(self.rng.random_range(10..80))).await;
    }

    /// Somebody says something; now and then the provider fails over it.
    async fn write(&mut self) {
        let name = &self.names[self.rng.random_range(0..self.names.len())];
        let person = self.scene.discord.user(PEOPLE[self.rng.random_range(0..PEOPLE.len())]);
        let told = if self.rng.random_range(0..25) == 0 {
            let (what, mode) = FAULTS[self.rng.random_range(0..FAULTS.len())];
            self.happened(what);
            mode.to_owned()
        } else {
            format!("slow n=6 delay={}", self.rng.random_range(0..40))
        };
        let text = format!("deed {} [[fake:{told}]]", self.played.written.len());
        let said = person.says(&self.scene.discord.channel(name), &self.scene.to_bot(&text)).await;
        self.played.written.push(said.id.to_string());
    }

    fn happened(&mut self, what: &str) {
        *self.played.tally.entry(what.to_owned()).or_default() += 1;
    }

    /// Whether people write on: few of their messages wait, those included that were not heard yet.
    fn is_patient(&self) -> bool {
        let sql = "SELECT count(*) FILTER (WHERE state IN ('waiting', 'taken')), count(*) FROM actions";
        let seen = self.database().and_then(|db| db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok());
        let (waiting, heard): (u32, u32) = seen.unwrap_or_default();
        let unheard = self.played.written.len().saturating_sub(heard as usize);
        waiting < WAITING && unheard + waiting as usize <= UNANSWERED
    }

    fn database(&self) -> Option<Connection> {
        let file = self.scene.home.data().join("talekeeper.db");
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()
    }

    /// Waits until everything that was written has an outcome and every reply stands: what was missed is read back a while
    /// later, and turns of this fake run faster than a channel may be written to. What is missing then is judged by the log.
    async fn settle(&self) {
        let until = Instant::now() + Duration::from_secs(900);
        // A turn's end and the plan of its last message are two rows, so one look is not enough.
        let mut looks = 0;
        while looks < 10 && Instant::now() < until {
            looks = if self.is_settled() { looks + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn is_settled(&self) -> bool {
        // Who writes while fifty wait already is told to wait, and that is an outcome too.
        let sql = "SELECT (SELECT count(*) FROM actions WHERE state NOT IN ('waiting', 'taken'))
                          + (SELECT count(*) FROM outbox WHERE subject LIKE 'heard:%' AND NOT EXISTS
                             (SELECT 1 FROM actions WHERE source = 'discord:' || substr(subject, 7))),
                          (SELECT count(*) FROM outbox WHERE state = 'planned')";
        let seen = self.database().and_then(|db| db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).ok());
        seen.is_some_and(|(over, planned): (u32, u32)| over as usize >= self.played.written.len() && planned == 0)
    }
}
