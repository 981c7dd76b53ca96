//! The REST side under `/api/v10`: real paths, shapes and error bodies for what the bot uses, and nothing more.
//! Handlers are plain functions on the world; only [`server`] knows sockets.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod buckets;
mod callbacks;
mod channels;
mod commands;
mod compose;
mod files;
mod follow_ups;
mod guilds;
pub(crate) mod limits;
mod messages;
mod reactions;
pub(crate) mod record;
pub(crate) mod refusal;
pub(crate) mod route;
pub(crate) mod server;
mod threads;
mod users;
mod webhooks;
