//! Has the linker make the program smaller in memory, as far as the linker at hand can.
#![expect(clippy::disallowed_methods, reason = "cargo tells a build script everything by its environment")]

use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
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
    if links_with(same, Starts::NeedNot) {
        println!("cargo::rustc-link-arg-bins={same}");
    }
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
    let folder = std::path::PathBuf::from(folder);
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
