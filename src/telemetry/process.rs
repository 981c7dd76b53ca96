//! What a process takes of the machine, read from `/proc` (proc(5)).
//! It starts and ends none, and knows nothing of who it belongs to.

use std::fs;

/// The clock in which the kernel counts for programs; the same on every Linux that this program runs on.
const TICKS: f64 = 100.0;

/// What one process takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessFigures {
    /// Resident memory in bytes.
    pub memory: u64,
    /// File descriptors that are open; 0 where we may not look.
    pub descriptors: u64,
    /// File descriptors that may be open.
    pub most_descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Processor time, user and system.
    pub processor_seconds: f64,
    /// When it was started, in seconds since 1970-01-01 UTC.
    pub started: f64,
}

impl ProcessFigures {
    /// Those of this program.
    pub fn own() -> Self {
        Self::of(std::process::id()).unwrap_or_default()
    }

    /// Those of a process; none when there is no such process (any more).
    pub fn of(pid: u32) -> Option<Self> {
        let folder = format!("/proc/{pid}");
        let stat = fs::read(format!("{folder}/stat")).ok()?;
        let limits = fs::read_to_string(format!("{folder}/limits")).unwrap_or_default();
        let descriptors = fs::read_dir(format!("{folder}/fd")).map_or(0, |open| open.count() as u64);
        let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
        let mut figures = counted(&String::from_utf8_lossy(&stat), booted(&boot))?;
        figures.memory = memory(pid).unwrap_or(0);
        figures.descriptors = descriptors;
        figures.most_descriptors = most_descriptors(&limits);
        Some(figures)
    }
}

/// Resident memory of a process in bytes.
pub fn memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What stands in the one line of `stat`; the second field is a name in brackets that may hold anything.
fn counted(stat: &str, booted: f64) -> Option<ProcessFigures> {
    let (_, tail) = stat.rsplit_once(')')?;
    let fields: Vec<f64> = tail.split_ascii_whitespace().skip(1).map(|field| field.parse().unwrap_or(0.0)).collect();
    // The first of these is the fourth of the line.
    let field = |number: usize| fields.get(number - 4).copied();
    Some(ProcessFigures {
        processor_seconds: (field(14)? + field(15)?) / TICKS,
        threads: field(20)? as u64,
        started: booted + field(22)? / TICKS,
        ..ProcessFigures::default()
    })
}

fn booted(stat: &str) -> f64 {
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok()).unwrap_or(0.0)
}

fn most_descriptors(limits: &str) -> u64 {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernels_is_read_whatever_the_program_is_called() {
        let stat = "42 (evil) S 1 1) R 7 42 42 0 -1 4194304 1 0 0 0 120 30 5 5 20 0 9 0 5000 0 0";
        let read = counted(stat, 1000.0).unwrap();
        assert_eq!((read.processor_seconds, read.threads, read.started), (1.5, 9, 1050.0));
        assert_eq!(counted("42 (x) R 1", 0.0), None);
    }

    #[test]
    fn this_program_takes_something() {
        let before = ProcessFigures::own();
        assert!(before.memory > 1 << 20 && before.threads > 0 && before.most_descriptors > 0, "{before:?}");
        let file = fs::File::open("/proc/self/stat").unwrap();
        let more = ProcessFigures::own();
        assert!(more.descriptors > 0 && more.started > 1.6e9, "{more:?}");
        drop(file);
        assert_eq!(ProcessFigures::of(u32::MAX), None);
    }
}
