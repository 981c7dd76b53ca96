//! What the fake remembers of its conversations: a file each, under its HOME.

use std::fs;
use std::path::PathBuf;

/// One conversation.
pub struct Memory {
    path: PathBuf,
    /// The last lines of earlier prompts.
    pub earlier: Vec<String>,
}

/// Where the fake keeps its files.
pub fn folder() -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/nonexistent".into());
    let folder = PathBuf::from(home).join(".fake-cli");
    let _ = fs::create_dir_all(&folder);
    folder
}

/// Keeps what the model would be sent, for a test to read.
pub fn note_sent(system: &str, prompt: &str) {
    let path = folder().join("sent.txt");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::write(path, format!("{before}=== sent\n{system}\n{prompt}\n"));
}

/// What to do where a chronicle is asked for, whatever the players said: as the test wrote it down, else nothing of use.
/// The request is kept for the test to read.
pub fn chronicle(system: &str, prompt: &str) -> Option<String> {
    if !system.starts_with("You keep the chronicle") {
        return None;
    }
    let path = folder().join("chronicle-asked.txt");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::write(path, format!("{before}=== asked\n{prompt}\n"));
    Some(fs::read_to_string(folder().join("chronicle.txt")).unwrap_or_else(|_| "say text='No.'".to_owned()))
}

impl Memory {
    /// The conversation of this name; none if it never was.
    pub fn open(session: &str) -> Option<Self> {
        let path = folder().join(format!("{session}.turns"));
        let earlier = fs::read_to_string(&path).ok()?.lines().map(str::to_owned).collect();
        Some(Self { path, earlier })
    }

    /// A new conversation; none if the name is taken.
    pub fn create(session: &str) -> Option<Self> {
        let path = folder().join(format!("{session}.turns"));
        (!path.exists()).then_some(Self { path, earlier: Vec::new() })
    }

    /// Writes the conversation down with one turn more.
    pub fn keep(&self, turn: &str) {
        let mut turns = self.earlier.join("\n");
        if !turns.is_empty() {
            turns.push('\n');
        }
        turns.push_str(turn);
        let _ = fs::write(&self.path, turns + "\n");
    }
}
