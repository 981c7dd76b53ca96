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
    /// Makes the run's cgroup and moves `pid` into it. None where there is no version 2, no permission, or a
    /// kernel before 5.14 (no `cgroup.kill`).
    ///
    /// What the program starts before it is moved stays outside; the descent scan has those.
    pub(crate) fn create(nonce: &str, pid: i32) -> Option<Self> {
        let folder = place(nonce)?;
        fs::create_dir(&folder).ok()?;
        let made = Self { folder };
        let usable = made.folder.join("cgroup.kill").exists()
            && fs::write(made.folder.join("cgroup.procs"), pid.to_string()).is_ok();
        if !usable {
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
}
