//! `stowage simulate`: what a placement outlives, how far it carries, and until when it is the cheapest.

use serde_json::{Map, Value};

use super::arguments::{SimulateOptions, SimulationFormat};
use super::exit::Exit;
use super::output::write;
use super::solve;
use crate::render;
use crate::simulate::simulate as simulated;

/// Solves the problems that the options name, and simulates each placement. The code is that of the answers: what a loss breaks that nobody promised to
/// outlive is no failure.
pub(super) fn simulate(options: &SimulateOptions) -> anyhow::Result<Exit> {
    let (solved, sources) = match solve::answers(&options.path, &options.statement, options.threads, options.quiet)? {
        Ok(solved) => solved,
        Err(exit) => return Ok(exit),
    };
    let mut exit = Exit::Fine;
    let mut values = Map::new();
    let mut tables = Vec::new();
    for one in &solved {
        exit = exit.and(Exit::of(&one.answer.outcome));
        let name = one.stated.address.clone().unwrap_or_else(|| options.path.to_string_lossy().into_owned());
        let Some((placement, _)) = one.answer.outcome.placement() else {
            solve::tell(one, &sources);
            values.insert(name, Value::Null);
            continue;
        };
        let simulation = simulated(&one.problem, placement)?;
        let heading = if solved.len() > 1 { format!("{name}\n\n") } else { String::new() };
        tables.push(format!("{heading}{}", render::simulation_table(&one.problem, &simulation)));
        values.insert(name, render::simulation(&one.problem, &simulation));
    }
    match options.format {
        SimulationFormat::Table => write(&tables.join("\n"))?,
        SimulationFormat::Json => {
            let value = match solved.as_slice() {
                [_] => values.into_iter().next().map_or(Value::Null, |(_, value)| value),
                _ => Value::Object(values),
            };
            write(&(serde_json::to_string_pretty(&value)? + "\n"))?;
        }
    }
    Ok(exit)
}
