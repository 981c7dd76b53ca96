//! The whole program from outside: real processes, real files, loopback only.

mod bad_input;
mod commands;
mod crash;
mod play;
mod provider;
mod real_claude;
mod support;
