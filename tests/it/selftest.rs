//! `talekeeper selftest`: an evening on this machine, its report, and that nothing is left of it.

use crate::support::installation::{Installation, text};

/// Without a Discord of its own; with one, CI looks at the exit code.
#[cfg(not(feature = "selftest-discord"))]
#[test]
fn an_evening_is_played_and_its_report_says_nothing_private() {
    let mut home = Installation::with_fake_claude();
    let passing = home.folder().join("passing");
    std::fs::create_dir(&passing).unwrap();
    home.env("TMPDIR", passing.to_str().unwrap());
    home.env("USER", "anastasia");
    home.env("ANTHROPIC_API_KEY", "sk-never-in-a-report");
    home.config("data_dir: ./data\n");
    let output = home.run(&["selftest"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}{}", text(&output.stderr));
    for private in [home.folder().to_str().unwrap(), "anastasia", "sk-never-in-a-report", "fake-cli"] {
        assert!(!report.contains(private), "{private}: {report}");
    }
    assert_eq!(std::fs::read_dir(&passing).unwrap().count(), 0, "nothing is left behind");
    assert!(!home.data().exists(), "the installation is not touched");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(?m)^talekeeper .*$", "talekeeper VERSION · SYSTEM");
    settings.add_filter(r"\| \d+ \|\n", "| MS |\n");
    settings.add_filter(r"with \d+ words", "with N words");
    settings.add_filter(r"told anew \([a-z ]+\)", "told anew (HOW)");
    settings.add_filter(r"\| claude \| [^|]+ \|", "| claude | HERE |");
    settings.add_filter(r"schema \d+", "schema N");
    settings.add_filter(r"\d+ bytes", "N bytes");
    settings.bind(|| {
        insta::assert_snapshot!(report, @r"
        ## Talekeeper selftest: everything works

        talekeeper VERSION · SYSTEM

        | what | how | ms |
        |---|---|---|
        | data folder and database | good: made and opened | MS |
        | a table | good: three seats, the Oracle answers | MS |
        | turns | good: 2 answered with N words; a line that was heard twice was played once | MS |
        | dice | good: 2 rolls under a seal, and one refused that means nothing | MS |
        | a whisper | good: read by whom it was for, and by nobody else | MS |
        | undo and retry | good: a turn was taken back, another told anew (HOW) | MS |
        | a new scene | good: opened and named | MS |
        | ending | good: the store was closed | MS |
        | restart | good: the same turns, seats and scene, and play went on | MS |
        | story files | good: what happened is in them; what was whispered or taken back is not | MS |
        | the log | good: sound, schema N | MS |
        | export | good: md N bytes, html N bytes, epub N bytes | MS |

        Discord was not played: this program was built without `selftest-discord`.

        | CLI | here | recorded and tested |
        |---|---|---|
        | claude | HERE | 2.1.330 |
        ");
    });
}

#[test]
fn a_machine_without_room_is_told_so() {
    let mut home = Installation::new();
    home.env("TMPDIR", "/dev/null");
    let output = home.run(&["selftest", "--no-clis"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("gives it no passing folder"), "{}", text(&output.stderr));
}

#[cfg(feature = "selftest-discord")]
#[test]
fn with_a_discord_of_its_own_it_is_played_over_the_wire_too() {
    let home = Installation::new();
    let output = home.run(&["selftest", "--no-clis"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}{}", text(&output.stderr));
    for line in ["| Discord: an evening | good: ", "| Discord: its rules | good: none was broken |"] {
        assert!(report.contains(line), "{line}: {report}");
    }
}
