//! What the tests in this binary share.

pub mod bot;
pub mod cli;
pub mod installation;
pub mod processes;
pub mod stub;
