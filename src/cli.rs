//! The command line: arguments, files and streams in; data on standard output, talk on standard error, an exit code.
//!
//! | exit code | when |
//! |---|---|
//! | 0 | fine: every problem has a placement that keeps every promise (proven optimal, or the best found before the work limit) |
//! | 1 | the usage or an input is wrong, a file cannot be read or written, or Stowage has an error of its own |
//! | 2 | some problem is infeasible: proven, no placement keeps every promise; or the policy is violated; or a result that is verified does not hold |
//! | 3 | some problem is undecided: the work limit ended the search before a placement was found; or the gate would have to know what is unknown; or a result that is verified was not proven |
//! | 4 | only warnings count, under `--fail-on-warn` |
//!
//! Where several apply, the smallest that is not 0 counts. `exit` computes the code from the results; nothing else does.

#![expect(clippy::disallowed_methods, reason = "this edge owns the files, streams and environment of the command line")]

mod arguments;
mod catalog;
mod diff;
mod exit;
mod faults;
mod findings;
mod frontier;
mod gate;
mod install;
mod output;
mod plan;
mod previous;
mod print;
mod progress;
mod review;
mod run_task;
mod simulate;
mod solve;
mod sources;
mod verify;
mod verify_plan;
mod written;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::provider;
use crate::tfplugin::Mode;
use arguments::{Arguments, Command, ServeAction, ServeOptions};
use exit::Exit;
use faults::Faults;

/// Runs the command that the process arguments name; the value is the exit code of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return refused(&refusal),
    };
    if let Command::Serve(ServeOptions { action: None, .. }) = arguments.command {
        return provider::serve(Mode::Debug);
    }
    let exit = perform(arguments.command).unwrap_or_else(|error| {
        // Faults of an input come with their places, and need no other heading.
        let faults = error.downcast_ref::<Faults>();
        output::say(&faults.map_or_else(|| format!("error: {error:#}"), ToString::to_string));
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
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Frontier(options) => frontier::perform(&options),
        Command::Gate(options) => gate::gate(&options),
        Command::Review(options) => review::review(&options),
        Command::Diff(options) => diff::diff(&options),
        Command::VerifyPlan(options) => verify_plan::verify_plan(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Schema { of } => print::schema(of),
        Command::Install(options) => install::install(&options),
        Command::Catalog { action } => catalog::perform(&action),
        Command::Completion { shell } => print::completion(shell),
        Command::Version { json } => print::version(json),
        Command::Serve(ServeOptions { action: Some(ServeAction::RunTask(options)), .. }) => run_task::serve(&options),
        // Serving the provider takes the whole process over, before anything else starts.
        Command::Serve(ServeOptions { action: None, .. }) => Ok(Exit::Wrong),
    }
}

/// Help and version are answers; everything else that clap says is a fault of usage, which is 1 here and not clap's 2.
fn refused(refusal: &clap::Error) -> ExitCode {
    let is_answer = !refusal.use_stderr();
    let _ = refusal.print();
    if is_answer { Exit::Fine } else { Exit::Wrong }.into()
}
