//! What the tests in this binary share.

pub mod agent;
pub mod asking;
pub mod bot;
pub mod cli;
pub mod held;
pub mod installation;
pub mod openmetrics;
pub mod processes;
pub mod screen;
pub mod stub;

/// Says, past the test runner that keeps output to itself, what was not tried here.
pub fn left_out(what: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("LEFT OUT: {what}\n").as_bytes());
}
