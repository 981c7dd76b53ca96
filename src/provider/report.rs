//! What the guard tells its parent, mixed into stderr because that needs no further descriptor.
//! Says nothing about the program's own words; they pass through untouched.

/// Where stderr is kept to at most.
pub(crate) const STDERR_KEPT: usize = 64 * 1024;

/// No report is longer than this, marker and line end included.
const LONGEST: usize = 128;

/// One thing the guard reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The program runs, as this process.
    Started(i32),
    /// The program could not be started; the system's error number.
    NotStarted(i32),
    /// The program ended by itself with this code.
    Exited(i32),
    /// The program died of this signal.
    Signalled(i32),
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// The guard was killed, so its end was not seen; what it left was killed as well.
    Unseen,
}

impl Report {
    /// The report as it stands in stderr. The nonce is the run's own, so that no program says this by accident.
    pub(crate) fn line(self, nonce: &str) -> String {
        let (word, number) = match self {
            Self::Started(pid) => ("started", pid),
            Self::NotStarted(errno) => ("not-started", errno),
            Self::Exited(code) => ("exited", code),
            Self::Signalled(signal) => ("signalled", signal),
        };
        format!("{}{word} {number}\n", marker(nonce))
    }

    fn parse(words: &str) -> Option<Self> {
        let (word, number) = words.trim_end().split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "started" => Some(Self::Started(number)),
            "not-started" => Some(Self::NotStarted(number)),
            "exited" => Some(Self::Exited(number)),
            "signalled" => Some(Self::Signalled(number)),
            _ => None,
        }
    }
}

fn marker(nonce: &str) -> String {
    format!("\u{1e}guard {nonce} ")
}

/// The last of a program's stderr, with the guard's reports taken out.
#[derive(Debug)]
pub(crate) struct Stderr {
    marker: Vec<u8>,
    kept: Vec<u8>,
}

impl Stderr {
    pub(crate) fn new(nonce: &str) -> Self {
        Self { marker: marker(nonce).into_bytes(), kept: Vec::new() }
    }

    /// Takes in what was read and gives the reports that are complete now.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Report> {
        let mut from = self.kept.len().saturating_sub(LONGEST);
        self.kept.extend_from_slice(bytes);
        let mut reports = Vec::new();
        while let Some(start) = find(&self.kept[from..], &self.marker).map(|at| at + from) {
            let words = start + self.marker.len();
            let Some(end) = self.kept[words..].iter().position(|&b| b == b'\n').map(|at| words + at) else { break };
            reports.extend(Report::parse(&String::from_utf8_lossy(&self.kept[words..end])));
            self.kept.drain(start..=end);
            from = start;
        }
        let excess = self.kept.len().saturating_sub(STDERR_KEPT);
        self.kept.drain(..excess);
        reports
    }

    /// What is kept, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_taken_out_wherever_the_reads_cut_them() {
        let whole = format!("before{}between\n{}after", Report::Started(7).line("n1"), Report::Exited(137).line("n1"));
        for size in 1..whole.len() {
            let mut stderr = Stderr::new("n1");
            let reports: Vec<Report> = whole.as_bytes().chunks(size).flat_map(|chunk| stderr.push(chunk)).collect();
            assert_eq!(reports, [Report::Started(7), Report::Exited(137)], "reads of {size}");
            assert_eq!(stderr.text(), "beforebetween\nafter", "reads of {size}");
        }
    }

    #[test]
    fn another_runs_report_is_only_text() {
        let mut stderr = Stderr::new("mine");
        assert!(stderr.push(Report::Exited(0).line("other").as_bytes()).is_empty());
        assert!(stderr.text().contains("other exited 0"));
    }

    #[test]
    fn only_the_end_of_much_is_kept() {
        let mut stderr = Stderr::new("n");
        for _ in 0..100 {
            stderr.push(&[b'x'; 4096]);
        }
        stderr.push(b"the end");
        assert_eq!(stderr.text().len(), STDERR_KEPT);
        assert!(stderr.text().ends_with("the end"));
    }
}
