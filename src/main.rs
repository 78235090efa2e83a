//! The command line: parse, run, exit code.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(emulate::cli::explain_panic));
    std::panic::catch_unwind(|| emulate::cli::main(std::env::args_os()))
        .map_or(ExitCode::from(70), ExitCode::from)
}
