//! Looks at the machine's processes, to see that nothing of a test is left.

use std::path::Path;
use std::time::{Duration, Instant};

use super::installation::PATIENCE;

/// Living processes whose HOME is this folder: everything that a test with a folder of its own started, its guards
/// included, whoever their parent is by now.
pub fn alive_in(home: &Path) -> Vec<i32> {
    let wanted = format!("HOME={}", home.display()).into_bytes();
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|&b| b == 0).any(|entry| entry == wanted)
    })
    .collect()
}

/// The children of a process, dead ones that nobody took down included.
pub fn children_of(parent: i32) -> Vec<i32> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        fields.split(' ').nth(1) == Some(&parent.to_string())
    })
    .collect()
}

/// Dead children of ours that nobody took down, by program name.
pub fn zombies() -> Vec<String> {
    let own = std::process::id().to_string();
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = pids.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let fields = stat.rsplit(") ").next().unwrap_or_default();
            let mut fields = fields.split(' ');
            fields.next() == Some("Z") && fields.next() == Some(own.as_str())
        })
        .collect()
}

/// Waits until something is so; fails the test, with a word on what, after ten seconds.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
