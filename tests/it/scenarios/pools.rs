//! Scenarios of pools, in the problem language itself, with what must come out in comments at the top.
//!
//! ```text
//! # Two large nodes hold a db and a web each.      what it shows, in one line or more
//! # optimal 153.3                                  outcome and USD per month
//! # a large 2: db 1, web 1                         zone, type, number of nodes, and what each holds; a line may end before that
//! # db: apart.zone, replicas                       or the conflicting rules, by workload or pool
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use stowage::catalog::Catalog;
use stowage::explain::Conflict;
use stowage::model::Problem;
use stowage::parse::SourceFile;
use stowage::place::{Outcome, place};

const OUTCOMES: [&str; 3] = ["optimal", "feasible", "infeasible"];

pub(super) fn check(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).unwrap();
    let comments = text.lines().map_while(|line| line.strip_prefix("# ")).map(str::trim);
    let expected: Vec<&str> =
        comments.skip_while(|line| !OUTCOMES.iter().any(|outcome| line.starts_with(outcome))).collect();
    let failed = |error: String| format!("{}: {error}", file.display());
    let problem = problem(&text).map_err(failed)?;
    let answer = place(&problem).map_err(|error| failed(error.to_string()))?;
    let found = found(&problem, &answer.outcome);
    let is_met = !expected.is_empty()
        && (expected.len() == found.len() || expected.len() == 1)
        && expected.iter().zip(&found).all(|(expected, found)| found.starts_with(expected));
    if is_met { Ok(()) } else { Err(failed(format!("expected {expected:#?}\nfound {found:#?}"))) }
}

pub(crate) fn problem(text: &str) -> Result<Problem, String> {
    let sources = [SourceFile::new("scenario.hcl", text.as_bytes().to_vec())];
    let told = |found| stowage::diagnostic::render(found, &sources);
    let stated = stowage::parse::hcl(&sources, &BTreeMap::new(), None).map_err(told)?;
    let [stated] = &stated[..] else { return Err("one problem is stated".to_owned()) };
    let parsed = stowage::parse::problem(&stated.problem, Catalog::embedded(), None).map_err(told)?;
    Ok(parsed.problem)
}

/// What came out, as the comments say it.
fn found(problem: &Problem, outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((placement, _)) = outcome.placement() {
        lines.push(format!("{} {}", outcome.name(), placement.cost().usd()));
        for (id, pool) in placement.pools() {
            let region = &problem.regions[pool.placed.region.index()];
            for nodes in &pool.placed.nodes {
                let members = &problem.pools[id.index()].members;
                let held: Vec<String> = nodes
                    .replicas
                    .iter()
                    .map(|&(member, count)| format!("{} {count}", members[member].workload.name))
                    .collect();
                let machine = &problem.machine_types[nodes.machine_type.index()].name;
                lines.push(format!("{} {machine} {}: {}", region.zones[nodes.zone], nodes.count, held.join(", ")));
            }
        }
    }
    if let Outcome::Infeasible(conflict) = outcome {
        lines.push(outcome.name().to_owned());
        lines.extend(rules(problem, conflict));
    }
    lines
}

fn rules(problem: &Problem, conflict: &Conflict) -> Vec<String> {
    let mut rules: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for found in &conflict.pools {
        let pool = &problem.pools[found.pool.index()];
        for rule in &found.rules {
            let name = rule.member().map_or(&pool.name, |at| &pool.members[at].workload.name);
            rules.entry((rule.member().is_none(), name.clone())).or_default().push(rule.to_string());
        }
    }
    if let Some(shared) = &conflict.together {
        let pools = shared.pools.iter().map(|pool| problem.pools[pool.index()].name.clone());
        let workloads = shared.workloads.iter().map(|workload| problem.workloads[workload.index()].name.clone());
        let names: Vec<String> = workloads.chain(pools).collect();
        let stated = shared.rules.iter().map(|found| found.rule.to_string());
        rules.entry((true, names.join(", "))).or_default().extend(stated);
    }
    let line = |((_, name), mut rules): ((bool, String), Vec<String>)| {
        rules.sort();
        format!("{name}: {}", rules.join(", "))
    };
    rules.into_iter().map(line).collect()
}
