//! What a test may choose about its Discord. Never read from the environment.

use std::time::Duration;

use crate::intents::Intent;

/// Whether the documented rate limits are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimits {
    /// Buckets count and answer 429.
    Enforced,
    /// Nothing is ever limited (no headers either).
    Off,
}

/// How gateway payloads travel to a client that asked `compress: true`. Both are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// zlib per payload, in binary frames.
    WhenAsked,
    /// Plain text frames.
    Never,
}

/// What a test may choose about its Discord.
#[derive(Clone, Debug)]
pub struct Options {
    /// The token the bot must present.
    pub token: String,
    /// Name of the bot's user.
    pub bot_name: String,
    /// Text channels of the guild.
    pub channels: Vec<String>,
    /// `heartbeat_interval` in HELLO.
    pub heartbeat_interval: Duration,
    /// How many identifies there are in a day (`session_start_limit`), and when the next day begins.
    pub identifies: (usize, Duration),
    /// Privileged intents switched on in the "developer portal"; asking for others closes with 4014.
    pub privileged_intents: u64,
    /// Whether the bot is in the guild from the beginning; see [`FakeDiscord::invites_bot`](crate::FakeDiscord::invites_bot).
    pub joined: bool,
    /// Whether rate limits count.
    pub rate_limits: RateLimits,
    /// How gateway payloads travel.
    pub compression: Compression,
    /// How long a test's wait may take before it fails with the transcript.
    pub patience: Duration,
    /// How far the world's clock is behind real time: what is written at first is that old for a program that starts now.
    pub behind: Duration,
    /// How long an interaction waits for its first answer (Discord: 3 s).
    pub first_answer_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // Shaped like a real token (id, time, signature), so that a client's own check of it passes.
            token: "MTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.loopback-only-never-a-real-token-000000".to_owned(),
            bot_name: "talekeeper".to_owned(),
            channels: vec!["general".to_owned(), "tavern".to_owned()],
            heartbeat_interval: Duration::from_secs(2),
            identifies: (1000, Duration::from_secs(24 * 60 * 60)),
            privileged_intents: Intent::PRIVILEGED,
            joined: true,
            rate_limits: RateLimits::Enforced,
            compression: Compression::WhenAsked,
            patience: Duration::from_secs(60),
            behind: Duration::ZERO,
            first_answer_within: Duration::from_secs(3),
        }
    }
}
