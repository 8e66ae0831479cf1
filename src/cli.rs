//! The command line: arguments, files and streams in; data on standard output, talk on standard error, an exit code.
//!
//! | exit code | when |
//! |---|---|
//! | 0 | fine: every problem has a placement that keeps every promise (proven optimal, or the best found before the work limit) |
//! | 1 | the usage or an input is wrong, a file cannot be read or written, or Stowage has an error of its own |
//! | 2 | some problem is infeasible: proven, no placement keeps every promise; or a result that is verified does not hold |
//! | 3 | some problem is undecided: the work limit ended the search before a placement was found; or a result that is verified was not proven |
//!
//! Where several apply, the smallest that is not 0 counts. `exit` computes the code from the results; nothing else does.

#![expect(clippy::disallowed_methods, reason = "this edge owns the files, streams and environment of the command line")]

mod arguments;
mod catalog;
mod exit;
mod findings;
mod install;
mod output;
mod print;
mod progress;
mod solve;
mod sources;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::provider;
use crate::tfplugin::Mode;
use arguments::{Arguments, Command};
use exit::Exit;

/// Runs the command that the process arguments name; the value is the exit code of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return refused(&refusal),
    };
    if let Command::Serve(_) = arguments.command {
        return provider::serve(Mode::Debug);
    }
    let exit = perform(arguments.command).unwrap_or_else(|error| {
        output::say(&format!("error: {error:#}"));
        Exit::Wrong
    });
    exit.into()
}

/// The command line as a value, for documents and their tests.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn perform(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Solve(options) => solve::solve(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Schema { of } => print::schema(of),
        Command::Install(options) => install::install(&options),
        Command::Catalog { action } => catalog::perform(&action),
        Command::Completion { shell } => print::completion(shell),
        Command::Version { json } => print::version(json),
        // Serving takes the whole process over, before anything else starts.
        Command::Serve(_) => Ok(Exit::Wrong),
    }
}

/// Help and version are answers; everything else that clap says is a fault of usage, which is 1 here and not clap's 2.
fn refused(refusal: &clap::Error) -> ExitCode {
    let is_answer = !refusal.use_stderr();
    let _ = refusal.print();
    if is_answer { Exit::Fine } else { Exit::Wrong }.into()
}
