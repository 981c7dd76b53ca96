//! Has the linker make the program smaller in memory, as far as the linker at hand can.
#![expect(clippy::disallowed_methods, reason = "cargo tells a build script everything by its environment")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The functions that run from the start to a first reply, one a line; `docs/performance.md` says how the list is made.
const AT_REST: &str = "at-rest.txt";
/// Set while that list is made: a function that stands there once has only one of its names.
const UNFOLDED: &str = "TALEKEEPER_UNFOLDED";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={AT_REST}");
    println!("cargo::rerun-if-env-changed={UNFOLDED}");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    // Where each page of the program has to be touched at its start, a thirtieth of the room that tells which. The system
    // that starts the program must know it (glibc 2.36), so it is tried.
    let packed = "-Wl,-z,pack-relative-relocs";
    if links_with(packed, Starts::Yes) {
        println!("cargo::rustc-link-arg-bins={packed}");
    }
    // Functions that came out the same stand there once.
    let same = "-Wl,--icf=all";
    if std::env::var_os(UNFOLDED).is_none() && links_with(same, Starts::NeedNot) {
        println!("cargo::rustc-link-arg-bins={same}");
    }
    // The system has in memory what lies around each function that ran, too. So those that run lie together. A build for
    // debugging is not made slower by it.
    let released = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if let Some(script) = released.then(together).flatten() {
        let together = format!("-Wl,-T,{}", script.display());
        if links_with(&together, Starts::Yes) {
            println!("cargo::rustc-link-arg-bins={together}");
        }
    }
}

/// Writes the linker what to lay in front of all other functions. A name that is not there any more does no harm.
fn together() -> Option<PathBuf> {
    let list = std::fs::read_to_string(AT_REST).ok()?;
    let mut script = String::from("SECTIONS {\n  .text.at_rest : {\n");
    for name in list.lines() {
        // What the compiler adds to a name changes with every version of anything.
        let rest = if name.starts_with("_ZN") { "17h*" } else { "" };
        writeln!(script, "    *(.text.{name}{rest} .text.unlikely.{name}{rest})").ok()?;
    }
    script.push_str("  }\n} INSERT BEFORE .text;\n");
    let path = Path::new(&std::env::var_os("OUT_DIR")?).join("at-rest.ld");
    std::fs::write(&path, script).ok()?;
    Some(path)
}

/// Whether a program that was linked so is started as well.
#[derive(PartialEq)]
enum Starts {
    Yes,
    NeedNot,
}

/// Whether the linker of this build takes an argument, and this machine what comes of it.
fn links_with(argument: &str, starts: Starts) -> bool {
    let (Some(rustc), Some(folder)) = (std::env::var_os("RUSTC"), std::env::var_os("OUT_DIR")) else { return false };
    let folder = PathBuf::from(folder);
    let source = folder.join("linked.rs");
    if std::fs::write(&source, "fn main() {}\n").is_err() {
        return false;
    }
    let mut probe = Command::new(rustc);
    if let Ok(target) = std::env::var("TARGET") {
        probe.args(["--target", &target]);
    }
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        probe.arg(format!("-Clinker={linker}"));
    }
    let linked = folder.join("linked");
    probe.arg(format!("-Clink-arg={argument}")).arg("-o").arg(&linked).arg(&source);
    let works = |mut program: Command| {
        let status = program.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    works(probe) && (starts == Starts::NeedNot || works(Command::new(linked)))
}
