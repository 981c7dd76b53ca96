//! The whole program from outside: real processes, real files, loopback only.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acp;
mod asking;
mod asking_discord;
mod bad_input;
mod characters;
mod codex;
mod commands;
mod contract;
mod crash;
mod dice;
mod dice_play;
mod discord;
mod discord_away;
mod discord_chaos;
mod discord_characters;
mod discord_files;
mod discord_hearing;
mod discord_out;
mod discord_voices;
mod droid;
mod keys;
mod ladder;
mod lore;
mod money;
mod one_story;
mod play;
mod provider;
mod real_claude;
mod real_play;
mod safety;
mod sheets;
mod support;
mod table;
mod warm;
mod whispers;
