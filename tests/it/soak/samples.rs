//! What a bot takes of the machine while it is soaked, looked at again and again by a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use talekeeper::provider::household;
use talekeeper::telemetry::ProcessFigures;

use crate::support::bot::Scene;
use crate::support::installation::PATIENCE;

/// One look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Seconds since the beginning.
    pub at: f64,
    /// Which bot; it is another after a kill.
    pub pid: u32,
    pub rest: Rest,
    /// Files in the installation's folder.
    pub files: u64,
}

/// What is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rest {
    pub memory: u64,
    pub descriptors: u64,
    pub threads: u64,
    pub programs: u64,
    pub guards: u64,
    pub provider_memory: u64,
}

/// Looks until it is ended.
pub struct Sampler {
    pid: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
    samples: Arc<Mutex<Vec<Sample>>>,
    thread: JoinHandle<()>,
}

impl Sampler {
    /// Looks so often that a plot has some hundred points.
    pub fn start(scene: &Scene, length: Duration) -> Self {
        let (pid, over, samples) = (Arc::new(AtomicU32::new(0)), Arc::<AtomicBool>::default(), Arc::default());
        let every = (length / 400).max(Duration::from_millis(200));
        let look = Look { pid: Arc::clone(&pid), over: Arc::clone(&over), samples: Arc::clone(&samples) };
        let folder = scene.home.folder().to_owned();
        let thread = std::thread::spawn(move || look.until_over(&folder, every));
        Self { pid, over, samples, thread }
    }

    /// This is the bot now.
    pub fn bot_is(&self, pid: Option<u32>) {
        self.pid.store(pid.unwrap_or(0), Ordering::Relaxed);
    }

    /// What a bot takes at this moment.
    pub fn now(&self, pid: u32) -> Rest {
        rest(pid).unwrap_or_default()
    }

    /// Waits until no program of a provider runs but those that may rest; gives what is taken then, or after a while.
    pub async fn comes_to_rest(&self) -> Rest {
        let until = Instant::now() + PATIENCE;
        loop {
            let rest = self.now(self.pid.load(Ordering::Relaxed));
            if rest.programs <= super::WARM || Instant::now() > until {
                return rest;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends; gives what was seen.
    pub fn end(self) -> Vec<Sample> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        std::mem::take(&mut *self.samples.lock().unwrap())
    }
}

struct Look {
    pid: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
    samples: Arc<Mutex<Vec<Sample>>>,
}

impl Look {
    fn until_over(self, folder: &Path, every: Duration) {
        let begun = Instant::now();
        while !self.over.load(Ordering::Relaxed) {
            let pid = self.pid.load(Ordering::Relaxed);
            if let Some(rest) = rest(pid) {
                let (at, files) = (begun.elapsed().as_secs_f64(), files(folder.to_owned()));
                self.samples.lock().unwrap().push(Sample { at, pid, rest, files });
            }
            std::thread::sleep(every);
        }
    }
}

fn rest(pid: u32) -> Option<Rest> {
    let (own, below) = (ProcessFigures::of(pid).filter(|own| own.memory > 0)?, household(pid));
    Some(Rest {
        memory: own.memory,
        descriptors: own.descriptors,
        threads: own.threads,
        programs: below.programs,
        guards: below.guards,
        provider_memory: below.memory,
    })
}

fn files(folder: PathBuf) -> u64 {
    let (mut count, mut folders) = (0, vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => count += 1,
            }
        }
    }
    count
}
