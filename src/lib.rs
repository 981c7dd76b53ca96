//! Talekeeper: a self-hosted game master. A channel is a table; people play, a provider answers, the log remembers.
//!
//! The modules stand in the order in which a message goes through them; that list is the tour.

// The words.
pub mod domain;
// What the owner wants.
pub mod config;
// How people come in.
pub mod door;
// One game.
pub mod table;
// What holds in the game.
pub mod game;
// What sheets hold.
pub mod kit;
// What the provider is told.
pub mod brief;
// What the game master can do beside telling.
pub mod tools;
// Who answers.
pub mod provider;
// What people roll.
pub mod dice;
// How text is cut, spoken and escaped.
pub mod format;
// Who is in the cast.
pub mod character;
// What is called up by words.
pub mod lore;
// What the table remembers.
pub mod memory;
// What is left to read.
pub mod story;
// What is kept.
pub mod store;
// What is kept of one person.
pub mod privacy;
// How it is copied, put back and moved.
pub mod archive;
// What can be played again.
pub mod replay;
// What operators see.
pub mod telemetry;
// The parts put together, and the commands that start them.
pub mod app;
pub mod cli;
