//! `stowage solve`: read, parse, place, print.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use super::arguments::{Format, SolveOptions, StatementOptions};
use super::exit::Exit;
use super::output::{say, write};
use super::sources::{self, Read};
use super::{findings, previous, progress};
use crate::catalog::Catalog;
use crate::diagnostic::{self, Diagnostic, Diagnostics, SourceFile, nearest};
use crate::model::Problem;
use crate::parse::{self, Stated};
use crate::place::{Answer, Outcome, place};
use crate::render;

/// A stated problem with its answer.
pub(super) struct Solved {
    pub(super) stated: Stated,
    pub(super) problem: Problem,
    pub(super) answer: Answer,
}

/// Solves the problems that the options name, and prints their answers.
pub(super) fn solve(options: &SolveOptions) -> anyhow::Result<Exit> {
    let (solved, sources) = match answers(&options.path, &options.statement, options.threads, options.quiet)? {
        Ok(answered) => answered,
        Err(exit) => return Ok(exit),
    };
    let exit = solved.iter().map(|solved| Exit::of(&solved.answer.outcome)).fold(Exit::Fine, Exit::and);
    write(&text(&solved, options, &sources)?)?;
    if options.format != Format::Table && !options.quiet {
        for solved in &solved {
            tell(solved, &sources);
        }
    }
    Ok(exit)
}

/// Answers, and the texts their problems were read from.
type Answered = (Vec<Solved>, Vec<SourceFile>);

/// The answers to the problems that `path` holds; how to end, if something is wrong with the problems, which was told.
pub(super) fn answers(
    path: &Path,
    statement: &StatementOptions,
    threads: Option<u16>,
    is_quiet: bool,
) -> anyhow::Result<Result<Answered, Exit>> {
    Ok(match problems(path, statement, threads, is_quiet)? {
        Ok((problems, sources)) => Ok((solved(problems, is_quiet)?, sources)),
        Err(exit) => Err(exit),
    })
}

/// The problems that `path` holds, and the texts they were read from; how to end, if something is wrong with them, which was told.
///
/// All problems are parsed before any is solved, so that every finding is reported at once.
pub(super) fn problems(
    path: &Path,
    statement: &StatementOptions,
    threads: Option<u16>,
    is_quiet: bool,
) -> anyhow::Result<Result<(Stateds, Vec<SourceFile>), Exit>> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().context("the threads cannot be started; use fewer with --threads")?;
    }
    let Read { stated, sources, ignored } = sources::read(path, statement)?;
    let chosen = match stated.and_then(|stated| chosen(stated, statement.block.as_deref())) {
        Ok(chosen) => Ok(previous::beside(chosen, statement.previous.as_deref())?),
        Err(faults) => Err(faults),
    };
    let (problems, mut warnings) = match chosen.and_then(parsed) {
        Ok(parsed) => parsed,
        Err(faults) => {
            say(&diagnostic::render(faults, &sources));
            return Ok(Err(Exit::Wrong));
        }
    };
    if !is_quiet {
        for name in ignored {
            let message = format!("{name} is not read: configuration in JSON syntax is not understood");
            warnings.push(Diagnostic::warning("ignored", message));
        }
        if !warnings.is_empty() {
            say(&diagnostic::render(warnings, &sources));
        }
    }
    Ok(Ok((problems, sources)))
}

/// The stated problems that are to be solved.
pub(super) fn chosen(stated: Vec<Stated>, block: Option<&str>) -> Result<Vec<Stated>, Diagnostics> {
    let Some(wanted) = block else { return Ok(stated) };
    let names: Vec<String> =
        stated.iter().filter_map(|stated| stated.address.as_deref().map(name)).map(str::to_owned).collect();
    let wanted = name(wanted);
    let found: Vec<Stated> =
        stated.into_iter().filter(|stated| stated.address.as_deref().map(name) == Some(wanted)).collect();
    if found.is_empty() {
        let fault = Diagnostic::error("block", format!("there is no data block `{wanted}`"));
        let help = match nearest(wanted, names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "leave --block out: the input is one problem, without data blocks".to_owned(),
            None => format!("the data blocks are {}", names.join(", ")),
        };
        return Err(fault.help(help).into());
    }
    Ok(found)
}

/// `shop` of `data.stowage_placement.shop`.
fn name(address: &str) -> &str {
    address.strip_prefix("data.").unwrap_or(address).trim_start_matches("stowage_placement.")
}

/// What is stated, and what it means.
pub(super) type Stateds = Vec<(Stated, Problem)>;

fn parsed(stated: Vec<Stated>) -> Result<(Stateds, Diagnostics), Diagnostics> {
    let mut problems = Vec::with_capacity(stated.len());
    let mut warnings = Diagnostics::new();
    let mut faults = Diagnostics::new();
    for stated in stated {
        match parse::problem(&stated.problem, Catalog::embedded(), stated.overlay.as_ref()) {
            Ok(parsed) => {
                warnings.append(parsed.warnings);
                problems.push((stated, parsed.problem));
            }
            Err(found) => faults.append(found),
        }
    }
    if faults.is_empty() { Ok((problems, warnings)) } else { Err(faults) }
}

fn solved(problems: Stateds, is_quiet: bool) -> anyhow::Result<Vec<Solved>> {
    let bar = progress::bar(problems.len(), is_quiet);
    let mut solved = Vec::with_capacity(problems.len());
    for (stated, problem) in problems {
        bar.set_message(format!("placing {} workloads in {} regions", problem.workloads.len(), problem.regions.len()));
        let answer = match place(&problem) {
            Ok(answer) => answer,
            Err(disagreement) => {
                bar.finish_and_clear();
                bail!(disagreement);
            }
        };
        bar.inc(1);
        solved.push(Solved { stated, problem, answer });
    }
    bar.finish_and_clear();
    Ok(solved)
}

fn text(solved: &[Solved], options: &SolveOptions, sources: &[SourceFile]) -> anyhow::Result<String> {
    let texts: Vec<String> = match options.format {
        Format::Json => return json(solved, options),
        Format::Table => solved.iter().map(|one| table(one, solved.len() > 1, options.explain, sources)).collect(),
        Format::Markdown => {
            let file = options.path.to_string_lossy();
            let title = |one: &Solved| one.stated.address.clone().unwrap_or_else(|| file.clone().into_owned());
            solved.iter().map(|one| render::markdown(&one.problem, &one.answer, &title(one))).collect()
        }
    };
    Ok(texts.join("\n"))
}

/// One result, or, where the input states several problems and none was chosen, an object with the result of each by its address.
fn json(solved: &[Solved], options: &SolveOptions) -> anyhow::Result<String> {
    let value = match solved {
        [only] => render::result(&only.problem, &only.answer),
        several => {
            let result = |one: &Solved| {
                let address = one.stated.address.clone().unwrap_or_else(|| options.path.to_string_lossy().into_owned());
                (address, render::result(&one.problem, &one.answer))
            };
            Value::Object(several.iter().map(result).collect::<Map<_, _>>())
        }
    };
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn table(one: &Solved, is_one_of_several: bool, explain: bool, sources: &[SourceFile]) -> String {
    let mut text = String::new();
    if let (true, Some(address)) = (is_one_of_several, &one.stated.address) {
        text.push_str(address);
        text.push_str("\n\n");
    }
    match &one.answer.outcome {
        Outcome::Infeasible(_) if explain => text.push_str(&render::explanation(&one.problem, &one.answer)),
        Outcome::Infeasible(conflict) => {
            let found = findings::diagnostics(&one.problem, conflict, &one.stated.problem);
            text.push_str(&diagnostic::render(found, sources));
        }
        Outcome::Optimal { .. } | Outcome::Feasible { .. } | Outcome::Undecided => {
            text.push_str(&render::table(&one.problem, &one.answer));
            if explain {
                text.push('\n');
                text.push_str(&render::explanation(&one.problem, &one.answer));
            }
        }
    }
    text
}

/// Says on standard error what a table would have shown: that there is no placement, and why.
pub(super) fn tell(one: &Solved, sources: &[SourceFile]) {
    match &one.answer.outcome {
        Outcome::Infeasible(conflict) => {
            let found = findings::diagnostics(&one.problem, conflict, &one.stated.problem);
            say(&diagnostic::render(found, sources));
        }
        Outcome::Undecided => say("undecided: the work limit ended the search before a placement was found"),
        Outcome::Optimal { .. } | Outcome::Feasible { .. } => {}
    }
}
