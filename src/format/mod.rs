//! Placeholder.

pub mod splitter;
