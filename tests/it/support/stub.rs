//! The loopback stub of the model's API, for tests with a real CLI. Talks to 127.0.0.1 only.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A running stub; it ends with the value.
pub struct Stub {
    child: Child,
    port: u16,
}

/// The real claude CLI and a stub for it. None, and a word on stderr, where the CLI or python3 is missing;
/// `TALEKEEPER_REQUIRE_REAL_CLIS=1` makes that a failure.
pub fn real_claude(bodies: &Path) -> Option<(PathBuf, Stub)> {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clis/claude/node_modules/.bin/claude");
    let stub = cli.exists().then(|| Stub::start(bodies)).flatten();
    if stub.is_none() {
        let required = std::env::var_os("TALEKEEPER_REQUIRE_REAL_CLIS").is_some_and(|value| value == "1");
        assert!(!required, "the real CLI or python3 is missing: run .ci/install-clis");
        super::left_out("the real claude CLI or python3 is not installed (.ci/install-clis)");
    }
    Some((cli, stub?))
}

impl Stub {
    /// Starts it on a free port; whole requests are kept in `bodies`. None without python3.
    pub fn start(bodies: &Path) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/stub_api.py");
        #[expect(clippy::disallowed_methods, reason = "a stand-in for a remote service, not a provider")]
        let mut child = std::process::Command::new("python3")
            .arg(script)
            .args(["--port", "0", "--bodies", bodies.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let port = serde_json::from_str::<serde_json::Value>(&first).unwrap()["port"].as_u64().unwrap();
        Some(Self { child, port: u16::try_from(port).unwrap() })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
