//! Rolls drawn again by somebody else: the script in this folder knows nothing of the program but the documented form.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use talekeeper::dice::proof::{Seed, Throw, throw};

use super::support::left_out;

/// Runs the script; none where there is no Python.
pub fn verify(record: &Path) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_rolls.py");
    #[expect(clippy::disallowed_methods, reason = "the test runs the independent script")]
    let run = std::process::Command::new("python3").arg("-B").arg(script).arg(record).output();
    run.map_err(|_| left_out("the independent script: there is no python3 here")).ok()
}

const NOTATIONS: [&str; 44] = [
    "1d20+5",
    "2d20kh1+5",
    "1d20 adv",
    "dis 1d20-1 # sneaking past",
    "4d6kh3",
    "avrae: 4d6k3",
    "10d6k=1k=2",
    "4d6pl1ph1",
    "3d6rr<3",
    "3d6ro1ro2",
    "3d6ral1",
    "5d6e6",
    "5d6eo>4",
    "5d6mi3ma5",
    "6d10cs>=7cf<=1",
    "6d10cf1",
    "1d20ms>=12",
    "1d100ms<=40",
    "4dF+2",
    "d%+1d10",
    "1d1000000",
    "1000d3",
    "(1d4, 2+2, 3d6kl1)kh1",
    "((10d6kh5)kl2)kh1",
    "4*(3d8kh2+9[fire]+(9d2e2+3[cold])/2)",
    "{2d6, 1d12}kh1",
    "(1d6, 1d8, 1d10)cs>=5",
    "(1d20,)ms10",
    "1d20+3 >= 15",
    "2d6 == 7 for luck",
    "-1d6 // 4",
    "-7 % (1d3)",
    "--1d6--2",
    "1.5*1d8",
    "6x(4d6kh3) # a hero",
    "3x 1d20+2 dis",
    "foundry: 4d6k3",
    "foundry: 2d20kh + {1d4, 1d4}dl1",
    "foundry: 4d6x>=5",
    "foundry: 4d6xo",
    "maiden: 4d6 d1",
    "maiden: 3d6e5 + 2d6ie6",
    "maiden: 8d10t7f1",
    "1d20 + @str [힘] − @칼.날",
];

fn record(seed: &Seed) -> Value {
    let mut rolls = Vec::new();
    for (n, notation) in (0_u64..).zip(NOTATIONS.iter().cycle().take(NOTATIONS.len() * 8)) {
        let (nonce, branch) = (format!("{}", 1_180_000_000_000_000_000 + n * 977), (n % 3) as u32);
        let at = Throw { table: "crown", scene: 4, branch, n, notation, nonce: &nonce };
        let (outcome, dice) = throw(seed, &at, &|name| Some(name.len() as i64)).unwrap();
        rolls.push(json!({
            "branch": branch, "n": n, "notation": notation, "nonce": nonce, "names": outcome.names, "dice": dice,
            "totals": outcome.totals(),
        }));
    }
    let seals = [json!({ "scene": 4, "seal": seed.seal(), "seed": seed.reveal(), "rolls": rolls })];
    json!({ "format": 1, "table": "crown", "sealed": seals })
}

fn check(record: &Value) -> Option<(Option<i32>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolls.json");
    std::fs::write(&path, record.to_string()).unwrap();
    let output = verify(&path)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.code(), said))
}

#[test]
fn an_independent_script_draws_the_same_dice_and_totals() {
    let honest = record(&Seed::new(*b"what all throws of a scene need."));
    let Some((code, said)) = check(&honest) else { return };
    assert_eq!(
        code,
        Some(0),
        "{}",
        said.lines().filter(|line| !line.ends_with("holds")).collect::<Vec<_>>().join("\n")
    );
    assert_eq!(said.lines().filter(|line| line.ends_with("holds")).count(), NOTATIONS.len() * 8);
}

#[test]
fn the_script_finds_what_was_bent() {
    let honest = record(&Seed::new([9; 32]));
    type Bend = fn(&mut Value);
    let bent: [(&str, Bend, &str); 4] = [
        ("a total", |r| r["sealed"][0]["rolls"][0]["totals"][0] = json!(99), "the total is"),
        ("a die", |r| r["sealed"][0]["rolls"][1]["dice"][0][1] = json!(21), "the dice are"),
        ("the order", |r| r["sealed"][0]["rolls"][2]["n"] = json!(3), "the dice are"),
        ("the seed", |r| r["sealed"][0]["seed"] = json!("00".repeat(32)), "not the one that was sealed"),
    ];
    for (what, bend, told) in bent {
        let mut record = honest.clone();
        bend(&mut record);
        let Some((code, said)) = check(&record) else { return };
        assert_eq!(code, Some(1), "{what}");
        assert!(said.contains(told), "{what}: {said}");
    }
    let mut hidden = honest;
    hidden["sealed"][0]["seed"] = Value::Null;
    let Some((code, said)) = check(&hidden) else { return };
    assert_eq!(code, Some(0));
    assert!(said.contains("not shown yet"), "{said}");
}
