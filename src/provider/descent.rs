//! Who descends from a process, read from `/proc`.
//! Never trusts a single look: a process may change its parent while the list is read.

use std::fs;

/// One process as `/proc/PID/stat` shows it (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proc {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Dead, and only waiting to be reaped.
    pub(crate) zombie: bool,
    /// User and system time in hundredths of a second.
    pub(crate) ticks: u64,
}

/// Everything below `root`, at any depth, without `root` itself.
pub(crate) fn below(root: i32) -> Vec<Proc> {
    let mut rest = all();
    let mut found: Vec<Proc> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        rest.retain(|process| {
            let child = process.parent == parent;
            if child {
                found.push(*process);
                parents.push(process.pid);
            }
            !child
        });
    }
    found
}

/// Processor time of everything below `root`, in hundredths of a second.
pub(crate) fn ticks_below(root: i32) -> u64 {
    below(root).iter().map(|process| process.ticks).sum()
}

/// Living processes whose first environment holds `entry` (`NAME=value`). Reaches those that left their family.
pub(crate) fn marked(entry: &str) -> Vec<i32> {
    let carries = |pid: i32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|&b| b == 0).any(|own| own == entry.as_bytes()))
    };
    all().into_iter().filter(|process| !process.zombie && carries(process.pid)).map(|process| process.pid).collect()
}

fn all() -> Vec<Proc> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit))
        .filter_map(|entry| parse(&fs::read(entry.path().join("stat")).ok()?))
        .collect()
}

/// The second field is the program's name in brackets and may hold anything, brackets and spaces too.
fn parse(stat: &[u8]) -> Option<Proc> {
    let text = String::from_utf8_lossy(stat);
    let (head, tail) = text.rsplit_once(')')?;
    let pid = head.split_once(' ')?.0.parse().ok()?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Proc {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
        ticks: number(11)? + number(12)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_cannot_disguise_its_parent() {
        let stat = b"42 (evil) S 1 1) R 7 42 42 0 -1 4194304 1 0 0 0 12 30 5 5 20 0 1 0 999 0 0";
        assert_eq!(parse(stat), Some(Proc { pid: 42, parent: 7, zombie: false, ticks: 42 }));
    }

    #[test]
    fn half_a_line_is_no_process() {
        assert_eq!(parse(b"42 (x"), None);
        assert_eq!(parse(b"42 (x) S 1"), None);
    }
}
