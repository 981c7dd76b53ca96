//! A cgroup of a run's own, where the system lets us make one: the surest way to end everything at once.
//! Never needed: without it the descent scan does the work.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// A cgroup (version 2) that holds one run and nothing else.
#[derive(Debug)]
pub(crate) struct RunCgroup {
    folder: PathBuf,
}

impl RunCgroup {
    /// Makes the run's cgroup and moves `members` into it. None where there is no version 2, no permission, a
    /// kernel before 5.14 (no `cgroup.kill`), or nobody left to move.
    ///
    /// What they start while they are moved may stay outside; the descent scan has those.
    pub(crate) fn create(nonce: &str, members: &[i32]) -> Option<Self> {
        let folder = place(nonce)?;
        fs::create_dir(&folder).ok()?;
        let made = Self { folder };
        let procs = made.folder.join("cgroup.procs");
        // Each by a write of its own, as cgroups(7) asks; one that ended meanwhile is no reason to give up.
        let moved = members.iter().filter(|pid| fs::write(&procs, pid.to_string()).is_ok()).count();
        if moved == 0 || !made.folder.join("cgroup.kill").exists() {
            made.remove();
            return None;
        }
        Some(made)
    }

    /// The run's cgroup, if it was made and still stands: for whoever has to do the dead guard's work.
    pub(crate) fn left_over(nonce: &str) -> Option<Self> {
        let folder = place(nonce)?;
        folder.is_dir().then_some(Self { folder })
    }

    /// Kills all that is in it.
    pub(crate) fn kill(&self) {
        // Best effort by its nature: what fails here was looked for by the scan as well.
        let _ = fs::write(self.folder.join("cgroup.kill"), "1");
    }

    /// Removes it. The kernel refuses while a dead member is not yet taken down, hence the few tries.
    pub(crate) fn remove(&self) {
        for _ in 0..50 {
            if fs::remove_dir(&self.folder).is_ok() || !self.folder.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(4));
        }
    }
}

fn place(nonce: &str) -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let folder = own_folder(&mounts, &own)?;
    Some(folder.join(format!("talekeeper-run-{nonce}")))
}

/// Where our own cgroup is seen: the mount of type `cgroup2`, and below it what `/proc/self/cgroup` says (cgroups(7)).
fn own_folder(mountinfo: &str, own: &str) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mount = mountinfo.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        if right.split(' ').next() != Some("cgroup2") {
            return None;
        }
        let mut fields = left.split(' ').skip(3);
        Some((fields.next()?, fields.next()?))
    })?;
    let (root, point) = mount;
    let inside = path.strip_prefix(root.trim_end_matches('/'))?;
    Some(PathBuf::from(point).join(inside.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mountinfo: &str, own: &str, expect: Option<&str>) {
        assert_eq!(own_folder(mountinfo, own), expect.map(PathBuf::from));
    }

    #[test]
    fn our_own_cgroup_is_found_under_every_kind_of_mount() {
        let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw";
        let hybrid = "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                      32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
        let shifted = "30 23 0:26 /box/a /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        check(unified, "0::/user.slice/x.service\n", Some("/sys/fs/cgroup/user.slice/x.service"));
        check(unified, "0::/\n", Some("/sys/fs/cgroup"));
        check(hybrid, "9:name=systemd:/\n0::/\n", Some("/sys/fs/cgroup/unified"));
        check(shifted, "0::/box/a/b\n", Some("/sys/fs/cgroup/b"));
        check(shifted, "0::/elsewhere\n", None);
        check("31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", "1:cpu:/\n", None);
    }

    #[test]
    fn a_group_holds_all_that_were_moved_and_ends_them_at_once() {
        let mut sleepers: Vec<_> = (0..2).map(|_| sleeper()).collect();
        let gone = {
            let mut gone = sleeper();
            gone.kill().unwrap();
            gone.wait().unwrap();
            gone.id()
        };
        let members: Vec<i32> =
            [gone].into_iter().chain(sleepers.iter().map(std::process::Child::id)).map(|pid| pid as i32).collect();
        let nonce = format!("test-{}", uuid::Uuid::new_v4().simple());
        let group = RunCgroup::create(&nonce, &members);
        if let Some(group) = &group {
            group.kill();
        } else {
            // Here none can be made (version 2, writable, Linux 5.14): then only its absence is tried.
            sleepers.iter_mut().for_each(|sleeper| sleeper.kill().unwrap());
        }
        for sleeper in &mut sleepers {
            sleeper.wait().unwrap(); // they would sleep for an hour
        }
        if let Some(group) = group {
            group.remove();
        }
        assert!(RunCgroup::left_over(&nonce).is_none(), "nothing is left of it");
    }

    #[test]
    fn a_group_for_nobody_is_not_made() {
        let nonce = format!("test-{}", uuid::Uuid::new_v4().simple());
        assert!(RunCgroup::create(&nonce, &[]).is_none());
        assert!(RunCgroup::left_over(&nonce).is_none());
    }

    #[expect(clippy::disallowed_methods, reason = "a process that is only there to be moved")]
    fn sleeper() -> std::process::Child {
        std::process::Command::new("sleep").arg("3600").spawn().unwrap()
    }
}
