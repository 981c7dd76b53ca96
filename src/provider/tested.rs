//! The releases of the CLIs that this program was tested with: the one place in the source that names them.
//! PURE. What is not named here mostly works, because what is unknown is kept and ignored.

/// By the provider's well-known name.
const TESTED: &[(&str, &str)] = &[
    ("claude", "2.1.330"),
    ("codex", "0.169.0"),
    ("gemini", "0.61.0"),
    ("opencode", "1.18.33"),
    ("qwen", "0.24.4"),
    ("droid", "0.215.0"),
];

/// The release that was tested, of a provider that is known by name.
pub fn version(name: &str) -> Option<&'static str> {
    TESTED.iter().find(|(known, _)| *known == name).map(|(_, version)| *version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_that_the_tests_install_and_the_docs_name() {
        let installs = include_str!("../../.ci/install-clis");
        let docs = include_str!("../../docs/providers.md");
        let row = docs.lines().find(|line| line.starts_with("| tested with")).unwrap();
        for (name, version) in TESTED {
            let line = installs.lines().find(|line| line.starts_with(&format!("install {name} "))).unwrap();
            assert!(line.ends_with(&format!("@{version}\"")), "{line}");
            assert!(row.contains(&format!("| {version} |")), "{name}: {row}");
        }
        let installed = installs.lines().filter(|line| line.starts_with("install ")).count();
        assert_eq!(installed, TESTED.len());
    }
}
