//! The whole program from outside: real processes, real files, loopback only.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acp;
mod asking;
mod bad_input;
mod characters;
mod codex;
mod commands;
mod contract;
mod crash;
mod discord;
mod discord_chaos;
mod discord_out;
mod droid;
mod keys;
mod ladder;
mod lore;
mod one_story;
mod play;
mod provider;
mod real_claude;
mod real_play;
mod support;
mod table;
