//! How many processes the providers have and what memory they hold, for operators.
//! It only looks: nothing is started or ended here.

use std::fs;

use super::descent;
use super::guard::GUARD_ARGUMENT;
use crate::telemetry::memory;

/// What lives below a running program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Household {
    /// Providers' programs and what they started.
    pub programs: u64,
    /// Guards of them.
    pub guards: u64,
    /// The memory of both in bytes; what they share counts for each.
    pub memory: u64,
}

/// Looks at everything that lives below the process `root`.
pub fn household(root: u32) -> Household {
    let mut found = Household::default();
    let Ok(root) = i32::try_from(root) else { return found };
    for process in descent::below(root).into_iter().filter(|process| !process.zombie) {
        let Ok(pid) = u32::try_from(process.pid) else { continue };
        if is_guard(pid) {
            found.guards += 1;
        } else {
            found.programs += 1;
        }
        found.memory += memory(pid).unwrap_or(0);
    }
    found
}

fn is_guard(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).nth(1) == Some(GUARD_ARGUMENT.as_bytes())
}
