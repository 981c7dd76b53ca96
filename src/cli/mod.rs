//! The commands: one file each, with its arguments and its work.
//! Nothing here decides anything about a game.

pub mod logs;
