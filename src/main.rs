//! One program, two ways in: a host that starts it as its plugin gets the provider, everybody else the command line.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use stowage::tfplugin::{self, Mode};
use stowage::{cli, provider};

/// Placements are built from millions of small values on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if tfplugin::is_started_by_host() { provider::serve(Mode::Hosted) } else { cli::run() }
}
