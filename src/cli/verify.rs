//! `stowage verify`: is a result true?

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::arguments::VerifyOptions;
use super::exit::Exit;
use super::output::{say, write};
use super::{previous, solve, sources};
use crate::catalog::Catalog;
use crate::diagnostic;
use crate::verify::{Difference, Proof, Stated, Verdict, stated, verify as judged};

/// Most differences shown of one result.
const MOST_SHOWN: usize = 20;

/// Checks each result of the file; a line for each on standard output.
pub(super) fn verify(options: &VerifyOptions) -> anyhow::Result<Exit> {
    let (problem, result) = match options.files.as_slice() {
        [problem, result] => (Some(problem.as_path()), result),
        [result] => (None, result),
        _ => bail!("name a result, or a problem and its result"),
    };
    let results = results(result)?;
    let given = match problem {
        Some(path) => {
            let read = sources::read(path, &options.statement)?;
            let chosen = read.stated.and_then(|all| solve::chosen(all, options.statement.block.as_deref()));
            match chosen {
                Ok(stated) => Some((previous::beside(stated, options.statement.previous.as_deref())?, read.sources)),
                Err(faults) => {
                    say(&diagnostic::render(faults, &read.sources));
                    return Ok(Exit::Wrong);
                }
            }
        }
        None if options.statement.previous.is_some() => {
            bail!("--previous belongs to a problem: name the problem's file before the result")
        }
        None => None,
    };
    let proof = if options.prove { Proof::Again } else { Proof::Claimed };
    let mut exit = Exit::Fine;
    for (address, result) in &results {
        let name = address.as_deref().unwrap_or("the result");
        let stated = match &given {
            None => match stated(result) {
                Ok(stated) => stated,
                Err(differences) => {
                    exit = exit.and(told(name, &Verdict::Broken(differences), options.quiet)?);
                    continue;
                }
            },
            Some((all, _)) => {
                let found = match all.as_slice() {
                    [only] => Some(only),
                    several => several.iter().find(|stated| stated.address == *address),
                };
                let Some(found) = found else {
                    bail!("the problem file states nothing named {name}; choose with --block")
                };
                Stated { problem: found.problem.clone(), overlay: found.overlay.clone() }
            }
        };
        match judged(result, &stated, Catalog::embedded(), proof) {
            Ok(verdict) => exit = exit.and(told(name, &verdict, options.quiet)?),
            Err(faults) => {
                let sources = given.as_ref().map(|(_, sources)| sources.as_slice()).unwrap_or_default();
                say(&diagnostic::render(faults, sources));
                exit = exit.and(Exit::Wrong);
            }
        }
    }
    Ok(exit)
}

/// The results in a file: one, or several by address as `stowage solve --format json` writes them.
fn results(path: &Path) -> anyhow::Result<Vec<(Option<String>, Value)>> {
    let text = if path.as_os_str() == "-" {
        sources::standard_input()?.text
    } else {
        std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?
    };
    let value: Value = serde_json::from_slice(&text)
        .with_context(|| format!("{} is no JSON; write a result with `stowage solve --format json`", path.display()))?;
    if value.get("outcome").is_some() {
        return Ok(vec![(None, value)]);
    }
    if let Value::Object(entries) = value
        && !entries.is_empty()
        && entries.values().all(|entry| entry["outcome"].is_string())
    {
        return Ok(entries.into_iter().map(|(address, result)| (Some(address), result)).collect());
    }
    bail!("{} holds no result: there is no `outcome`", path.display())
}

fn told(name: &str, verdict: &Verdict, is_quiet: bool) -> anyhow::Result<Exit> {
    match verdict {
        Verdict::Holds { is_proven } => {
            let bound =
                if *is_proven { "the proof was made again" } else { "the bound was not proved again (--prove does)" };
            if !is_quiet {
                write(&format!("{name} holds: every rule, cost line, figure and digest; {bound}\n"))?;
            }
            Ok(Exit::Fine)
        }
        Verdict::Unsettled(why) => {
            write(&format!("{name} is not settled: {why}\n"))?;
            Ok(Exit::Undecided)
        }
        Verdict::Broken(differences) => {
            let shown: Vec<String> = differences.iter().take(MOST_SHOWN).map(Difference::to_string).collect();
            let more = match differences.len().saturating_sub(MOST_SHOWN) {
                0 => String::new(),
                more => format!("\n  and {more} more"),
            };
            write(&format!("{name} does not hold:\n  {}{more}\n", shown.join("\n  ")))?;
            Ok(Exit::Refused)
        }
    }
}
