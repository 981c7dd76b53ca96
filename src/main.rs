//! Talekeeper: command line -> configuration -> logs -> app; nothing else.

use std::process::ExitCode;

use talekeeper::cli::{self, first_process};
use talekeeper::provider::guard;

fn main() -> ExitCode {
    // The guard of a provider process is this program again; it must start fast, so it is asked for first.
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == guard::GUARD_ARGUMENT) {
        return guard::main(args);
    }
    if first_process::is_needed() {
        return first_process::main();
    }
    cli::main()
}
