//! What the Discord door says of itself: buttons, notices, status, help.
//! Faults and refusals are worded for every door in `door/wording.rs`.

mod beside;
mod controls;
mod said;
mod starting;
mod tables;
mod trouble;

pub(super) use beside::*;
pub(super) use controls::*;
pub(super) use said::*;
pub use starting::cannot_open;
pub(super) use starting::*;
pub(super) use tables::*;
pub(super) use trouble::*;

/// A file's name as it may be shown: one short line in which nothing is markdown.
fn file_name(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_control() && *c != '`').take(60);
    format!("`{}`", kept.collect::<String>())
}

#[cfg(test)]
mod tests;
