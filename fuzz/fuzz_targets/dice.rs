//! Reads and throws whatever comes, and panics if a throw cannot be drawn again or is written out beyond its limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talekeeper::dice::proof::{Seed, Throw, holds, throw};
use talekeeper::dice::{MAX_DICE, written};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let seed = Seed::new([3; 32]);
    let at = Throw { table: "t", scene: 1, branch: 0, n: 0, notation: &text, nonce: "1" };
    let Ok((outcome, drawn)) = throw(&seed, &at, &|name| i64::try_from(name.len()).ok()) else { return };
    assert!(drawn.len() <= MAX_DICE as usize, "too many dice");
    assert!(drawn.iter().all(|(sides, face)| (1..=*sides).contains(face)), "a face that is not on the die");
    assert!(holds(&seed, &at, &outcome.names, &drawn, &outcome.totals()), "it cannot be drawn again");
    assert!(written(&outcome).chars().count() < 8_000, "too long");
});
