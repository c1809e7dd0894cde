//! The binary `quorate`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// An event is decoded into many small pieces, on one thread, and dropped on another: the system's allocator gives the
/// pages back each time and asks for them again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    quorate_node::cli::main()
}
