//! Tells a program that works from one that hangs, by signs of life: bytes, and processor time.
//! Reads no clock and kills nobody; time and evidence are arguments.

use std::time::Duration;

use tokio::time::Instant;

/// Processor time that counts as work, in hundredths of a second per second. A warm CLI that waits uses about 2.
const WORKING: u64 = 5;

/// What the watch has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// There was no sign of life for this long.
    Quiet(Duration),
    /// The time for the whole is up. Said once.
    TimeUp,
}

/// Watches one program.
#[derive(Debug)]
pub(crate) struct Watch {
    quiet: Option<Duration>,
    time_up: Option<Instant>,
    alive_at: Instant,
    /// How long a silence is told next; doubles.
    tell_after: Duration,
    sampled_at: Instant,
    ticks: u64,
    /// Since when people are waited for: no silence counts and no time passes meanwhile.
    held_since: Option<Instant>,
}

impl Watch {
    /// Watches from `now` on: a silence is told after `quiet`, the end of the time after `timeout`.
    pub(crate) fn new(now: Instant, quiet: Option<Duration>, timeout: Option<Duration>) -> Self {
        Self {
            quiet,
            time_up: timeout.map(|timeout| now + timeout),
            alive_at: now,
            tell_after: quiet.unwrap_or_default(),
            sampled_at: now,
            ticks: 0,
            held_since: None,
        }
    }

    /// People are waited for: the program may be silent, and its time stands still.
    pub(crate) fn hold(&mut self, now: Instant) {
        self.held_since.get_or_insert(now);
    }

    /// Nobody is waited for any more: time goes on.
    pub(crate) fn release(&mut self, now: Instant) {
        if let Some(since) = self.held_since.take() {
            self.time_up = self.time_up.map(|at| at + (now - since));
            self.sampled_at = now;
            self.heard(now);
        }
    }

    /// Bytes came.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.alive_at = now;
        self.tell_after = self.quiet.unwrap_or_default();
    }

    /// When `check` should be asked next. Four looks per silence, so that work at its beginning is not taken for
    /// work at its end.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.held_since.is_some() {
            return None;
        }
        let sample = self.quiet.map(|quiet| self.sampled_at + quiet / 4);
        [sample, self.time_up].into_iter().flatten().min()
    }

    /// Looks; `ticks` gives the processor time used so far, in hundredths of a second.
    pub(crate) fn check(&mut self, now: Instant, ticks: impl FnOnce() -> u64) -> Option<Notice> {
        if self.held_since.is_some() {
            return None;
        }
        if self.time_up.is_some_and(|at| now >= at) {
            self.time_up = None;
            return Some(Notice::TimeUp);
        }
        let quiet = self.quiet?;
        let since = now - self.sampled_at;
        if since < quiet / 4 {
            return None;
        }
        let ticks = ticks();
        let worked = u128::from(ticks.saturating_sub(self.ticks)) * 1000 >= u128::from(WORKING) * since.as_millis();
        (self.sampled_at, self.ticks) = (now, ticks);
        if worked {
            self.heard(now);
            return None;
        }
        let silence = now - self.alive_at;
        if silence < self.tell_after {
            return None;
        }
        self.tell_after *= 2;
        Some(Notice::Quiet(silence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(20);

    fn notices(watch: &mut Watch, start: Instant, seconds: u64, ticks: impl Fn(u64) -> u64) -> Vec<(u64, Notice)> {
        let mut told = Vec::new();
        for second in 1..=seconds {
            let now = start + Duration::from_secs(second);
            while watch.due().is_some_and(|due| due <= now) {
                let Some(notice) = watch.check(now, || ticks(second)) else { break };
                told.push((second, notice));
            }
        }
        told
    }

    #[test]
    fn while_people_are_waited_for_nothing_is_silent_and_no_time_passes() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), Some(Duration::from_secs(60)));
        let at = |second| start + Duration::from_secs(second);
        watch.hold(at(10));
        assert_eq!(watch.due(), None);
        assert_eq!(watch.check(at(500), || 0), None);
        watch.release(at(500));
        assert_eq!(watch.check(at(510), || 0), None);
        assert_eq!(watch.check(at(521), || 0), Some(Notice::Quiet(Duration::from_secs(21))));
        assert_eq!(watch.check(at(550), || 0), Some(Notice::TimeUp));
    }

    #[test]
    fn silence_is_told_at_doubling_intervals() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), None);
        let seconds: Vec<u64> = notices(&mut watch, start, 170, |_| 20).into_iter().map(|(second, _)| second).collect();
        assert_eq!(seconds, [20, 40, 80, 160]);
    }

    #[test]
    fn only_the_work_of_starting_puts_a_silence_off() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), None);
        assert_eq!(notices(&mut watch, start, 30, |_| 46), [(25, Notice::Quiet(QUIET))]);
    }

    #[test]
    fn work_without_a_word_is_no_silence() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), None);
        assert_eq!(notices(&mut watch, start, 100, |second| second * 50), []);
    }

    #[test]
    fn idling_is_not_working() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), None);
        assert_eq!(notices(&mut watch, start, 25, |second| second * 2).len(), 1);
    }

    #[test]
    fn a_word_begins_the_count_anew() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Some(QUIET), None);
        assert_eq!(notices(&mut watch, start, 15, |_| 0), []);
        let later = start + Duration::from_secs(15);
        watch.heard(later);
        assert_eq!(notices(&mut watch, later, 19, |_| 0), []);
    }

    #[test]
    fn the_end_of_the_time_is_told_once() {
        let start = Instant::now();
        let mut watch = Watch::new(start, None, Some(Duration::from_secs(3)));
        assert_eq!(notices(&mut watch, start, 30, |_| 0), [(3, Notice::TimeUp)]);
    }
}
