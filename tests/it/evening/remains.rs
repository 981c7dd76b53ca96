//! What the evening left behind: story files, exports, the log, the table's folder, and what the provider was sent.
//! What reached people is in `seats`.

use super::SECRETS;
use crate::support::installation::{Installation, text};

/// What was rolled in secret. With what stands around it, as a number of Discord's may hold any digits.
const TOTALS: [&str; 9] =
    ["+700000", "+800000", "+900000", "+ 700000", "+ 800000", "+ 900000", "**700001", "**800001", "**900001"];

/// What the program leaves in files and tells others holds no secret of anybody, nor what was taken back or stopped.
pub fn hold_no_secret(home: &Installation) {
    let secrets = SECRETS.map(|(secret, _)| secret).into_iter().chain(TOTALS);
    let clean = |what: &str, written: &str| {
        let found = secrets.clone().find(|word| written.contains(word));
        assert!(found.is_none(), "{what} holds {found:?}:\n{written}");
    };
    let kept = |what: &str, written: &str| {
        let found = ["water is cold", "leap", "Rats in", "cellar"].into_iter().find(|word| written.contains(word));
        assert!(found.is_none(), "{what} holds {found:?}, which is no part of the story:\n{written}");
    };
    for format in ["md", "html"] {
        let export = home.run(&["story", "export", "--table", "general", "--format", format]);
        let export = (export.status.success(), text(&export.stdout));
        assert!(
            export.0 && export.1.contains("Two coppers each.") && export.1.contains("Morning comes."),
            "{export:?}"
        );
        clean("the export", &export.1);
        kept("the export", &export.1);
    }
    for folder in ["stories", "logs", "tables"] {
        files(&home.data().join(folder), &clean);
    }
    files(&home.data().join("stories"), &kept);
    let told = |name: &str| std::fs::read_to_string(home.folder().join(".fake-cli").join(name)).unwrap();
    clean("what a summary is made of", &told("chronicle-asked.txt"));
    let sent = told("sent.txt");
    // The game master is told what is whispered to it and what is rolled for it, and not what somebody rolled for themselves.
    let told = ["OPALKEY", "SHADOWSTEP", "MOONFALL", "STARFALL"].map(|word| sent.contains(word));
    assert_eq!(told, [true, true, true, false], "{sent}");
    let (_, last) = sent.rsplit_once("=== sent").unwrap();
    kept("what the provider was told last", last);
}

fn files(path: &std::path::Path, clean: &impl Fn(&str, &str)) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), clean);
        }
    } else {
        clean(&path.display().to_string(), &text(&std::fs::read(path).unwrap()));
    }
}
