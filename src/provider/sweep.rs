//! Ends what a run left when its guard itself was killed: the second net under the first.
//! Touches only processes that carry the run's own mark, or stand in the run's own cgroup.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::time::sleep;

use super::cgroup::RunCgroup;
use super::descent;

/// The environment variable that every process of a run inherits, with the run's nonce in it.
pub(crate) const MARK: &str = "TALE_RUN";

/// Kills what is left of a run, looking until two looks in a row find nothing (at most for about two seconds).
pub(crate) async fn run(nonce: &str) {
    let cgroup = RunCgroup::left_over(nonce);
    let entry = format!("{MARK}={nonce}");
    let mut empty_looks = 0;
    let mut killed: Vec<Pid> = Vec::new();
    for _ in 0..200 {
        if let Some(cgroup) = &cgroup {
            cgroup.kill();
        }
        let alive = descent::marked(&entry);
        empty_looks = if alive.is_empty() { empty_looks + 1 } else { 0 };
        for pid in alive.into_iter().map(Pid::from_raw) {
            let _ = kill(pid, Signal::SIGKILL);
            killed.push(pid);
        }
        // They may have become our own children (as in a container where we are process 1); no zombie stays.
        killed.retain(|pid| matches!(waitpid(*pid, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive)));
        if empty_looks == 2 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    if let Some(cgroup) = cgroup {
        cgroup.remove();
    }
}
