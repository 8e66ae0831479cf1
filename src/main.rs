//! One program, two ways in: a host that starts it as its plugin gets the provider, everybody else the command line.

use std::process::ExitCode;

use stowage::tfplugin::{self, Mode};
use stowage::{cli, provider};

fn main() -> ExitCode {
    if tfplugin::is_started_by_host() { provider::serve(Mode::Hosted) } else { cli::run() }
}
