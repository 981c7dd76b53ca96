//! Rolls in a scene's file: callouts that fold, and the seed once it is shown.
//! It is given only what everyone may see.

use crate::domain::{Roll, SeedShown};
use crate::format::escape;

/// A roll as a callout: who and what for, the dice, and where it stands in the proof.
pub(super) fn callout(name: &str, roll: &Roll) -> String {
    let mut head = escape::markdown(name);
    if let Some(label) = &roll.label {
        head.push_str(&format!(" · {}", escape::markdown(&one_line(label))));
    }
    let mut out = format!("> [!dice]- {head}\n");
    for line in roll.written.lines() {
        out.push_str(&format!("> {line}\n"));
    }
    out.push_str(&format!("> roll {}.{}, seal {}\n", roll.branch, roll.n, seal(&roll.seal)));
    out
}

/// The seed at the end of a scene.
pub(super) fn seed(shown: &SeedShown) -> String {
    format!("> [!dice]- The seed of this scene's rolls\n> seal {}\n> seed {}\n", shown.seal, shown.seed)
}

/// As much of a seal as people compare.
fn seal(seal: &str) -> &str {
    seal.get(..16).unwrap_or(seal)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
