//! The whole program from outside: real processes, real files, loopback only.

mod provider;
mod real_claude;
mod support;
