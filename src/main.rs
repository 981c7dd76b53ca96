//! The program. Today it only knows how to be a guard.

use std::process::ExitCode;

use talekeeper::provider::guard;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == guard::GUARD_ARGUMENT) {
        return guard::main(args);
    }
    ExitCode::SUCCESS
}
