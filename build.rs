//! Has the linker make the program smaller in memory, as far as the linker at hand can.
#![expect(clippy::disallowed_methods, reason = "cargo tells a build script everything by its environment")]

use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    // Where each page of the program has to be touched at its start, a thirtieth of the room that tells which. Linkers
    // that do not know it ignore it.
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // Functions that came out the same stand there once.
    let same = "-Wl,--icf=all";
    if links_with(same) {
        println!("cargo::rustc-link-arg-bins={same}");
    }
}

/// Whether the linker of this build takes an argument.
fn links_with(argument: &str) -> bool {
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
    probe.arg(format!("-Clink-arg={argument}")).arg("-o").arg(folder.join("linked")).arg(&source);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}
