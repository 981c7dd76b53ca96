//! Memory of what stays between turns, by `/proc`.

use std::path::Path;

use super::lab::Lab;

/// How many tables each had a turn and are at rest.
pub const TABLES: usize = 4;

/// A row: the processes that a driver keeps after a turn of each table, guards included.
pub async fn at_rest(lab: &Lab) -> String {
    let driver = lab.driver(&lab.program);
    for table in 0..TABLES {
        driver.turn(lab.order(table, "I knock twice.", None)).await;
    }
    let pids = alive_in(lab.home.path());
    let sum = |field: &str| pids.iter().map(|pid| megabytes(&format!("/proc/{pid}/smaps_rollup"), field)).sum::<f64>();
    let (rss, pss) = (sum("Rss:"), sum("Pss:"));
    let line =
        format!("| {} | {} | {rss:.0} MB | {pss:.0} MB | {:.0} MB |", lab.cli.name(), pids.len(), pss / TABLES as f64);
    driver.end().await;
    line
}

/// Resident memory of this process, in MB.
pub fn own() -> f64 {
    megabytes("/proc/self/smaps_rollup", "Rss:")
}

/// A field of such a file, in MB; nothing of a process that is gone.
fn megabytes(file: &str, field: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let kib = text.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// Living processes whose HOME is this folder.
fn alive_in(home: &Path) -> Vec<i32> {
    let wanted = format!("HOME={}", home.display()).into_bytes();
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let of_home = |pid: &i32| {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|&b| b == 0).any(|entry| entry == wanted)
    };
    pids.filter(of_home).collect()
}
