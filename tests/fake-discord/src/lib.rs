//! A stand-in for Discord on loopback: REST, gateway, people, faults and judges. Never speaks to anything but loopback.

mod clock;
mod fake;
mod faults;
mod gateway;
mod id;
mod intents;
mod judges;
mod options;
mod people;
mod permissions;
mod rest;
mod shared;
mod tls;
mod transcript;
mod world;

pub use fake::FakeDiscord;
pub use faults::{Fault, Scope, Wrong};
pub use gateway::control::Gateway;
pub use gateway::loss::{Loss, Resumable};
pub use id::Id;
pub use intents::Intent;
pub use judges::ledger::{Judge, Violation};
pub use judges::schema::check_answer;
pub use options::{Compression, Options, RateLimits};
pub use people::commands::Choice;
pub use people::handle::{InteractionHandle, Modal};
pub use people::hook::Hook;
pub use people::person::Person;
pub use people::room::Room;
pub use permissions::Permission;
pub use rest::record::{Request, SentFile};
pub use tls::Production;
pub use world::message::{Attachment, By, Message, Reaction, Version};
