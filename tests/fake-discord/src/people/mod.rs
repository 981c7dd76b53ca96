//! The test's side: people who act, places where they look, and the wires one may cut. Never a bot.

pub(crate) mod commands;
pub(crate) mod compose;
pub(crate) mod handle;
pub(crate) mod hook;
pub(crate) mod person;
pub(crate) mod room;
pub(crate) mod seen;
