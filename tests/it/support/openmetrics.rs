//! Reads OpenMetrics text as strictly as the specification asks (OpenMetrics 1.0), and asks for pages over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// An answer over HTTP.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Asks for a page; none when nobody answers.
pub fn get(address: SocketAddr, path: &str, host: &str) -> Option<Page> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Page { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// Every series with its value. Panics, with the line, at whatever the specification forbids.
pub fn read(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("\n# EOF\n"), "it does not end with # EOF");
    let mut reading = Reading::default();
    for line in text.strip_suffix("# EOF\n").unwrap().lines() {
        match line.strip_prefix("# ") {
            Some(meta) => reading.meta(meta, line),
            None => reading.sample(line),
        }
    }
    reading.judge_histograms();
    reading.series
}

#[derive(Default)]
struct Reading {
    /// The family at hand, and its type.
    family: String,
    kind: String,
    over: BTreeSet<String>,
    helped: BTreeSet<String>,
    series: BTreeMap<String, f64>,
    /// In the order of the text, by family and the labels beside `le`.
    buckets: Vec<(String, String, f64, f64)>,
}

impl Reading {
    fn meta(&mut self, meta: &str, line: &str) {
        let mut words = meta.splitn(3, ' ');
        let (what, name, rest) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
        assert!(is_name(name), "{line}");
        if name != self.family {
            assert!(self.over.insert(name.to_owned()), "the family comes twice: {line}");
            name.clone_into(&mut self.family);
            self.kind.clear();
        }
        match what {
            "HELP" => assert!(!rest.is_empty() && self.helped.insert(name.to_owned()), "{line}"),
            "TYPE" => {
                assert!(["counter", "gauge", "histogram", "info"].contains(&rest), "{line}");
                assert!(self.kind.is_empty(), "a type comes twice: {line}");
                rest.clone_into(&mut self.kind);
            }
            "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "a unit is the end of the name: {line}"),
            _ => panic!("{line}"),
        }
    }

    fn sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"))),
            None => (series, ""),
        };
        let ending = name.strip_prefix(&self.family).unwrap_or_else(|| panic!("of no family at hand: {line}"));
        let allowed: &[&str] = match self.kind.as_str() {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        };
        assert!(is_name(name) && allowed.contains(&ending), "{} has no such series: {line}", self.kind);
        assert!(self.kind != "counter" || value >= 0.0, "{line}");
        let labels = read_labels(labels).unwrap_or_else(|| panic!("bad labels: {line}"));
        if ending == "_bucket" {
            let (le, others): (Vec<_>, Vec<_>) = labels.into_iter().partition(|(name, _)| name == "le");
            let le = le[0].1.parse().unwrap_or_else(|_| panic!("{line}"));
            self.buckets.push((self.family.clone(), format!("{others:?}"), le, value));
        }
        assert!(self.series.insert(series.to_owned(), value).is_none(), "the series comes twice: {line}");
    }

    fn judge_histograms(&self) {
        for pair in self.buckets.windows(2) {
            let ((family, labels, le, count), (next, others, more, most)) = (&pair[0], &pair[1]);
            if (family, labels) == (next, others) {
                assert!(le < more && count <= most, "the buckets of {family} do not grow");
            } else {
                assert!(le.is_infinite(), "{family} has no bucket for everything");
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `name="value",…` with `\\`, `\"` and `\n` escaped, each name once.
fn read_labels(mut rest: &str) -> Option<Vec<(String, String)>> {
    let mut labels: Vec<(String, String)> = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let (mut value, mut chars) = (String::new(), after.char_indices());
        let end = loop {
            match chars.next()? {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next()?.1 {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    _ => return None,
                }),
                (_, c) => value.push(c),
            }
        };
        if !is_name(name) || labels.iter().any(|(known, _)| known == name) {
            return None;
        }
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        rest = match rest.strip_prefix(',') {
            Some(next) if !next.is_empty() => next,
            Some(_) => return None,
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(labels)
}
