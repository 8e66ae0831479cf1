//! The continuous relaxation of a program with very many ways of calls, its columns generated as they are needed: `relax` begins with all but steps.
//!
//! It begins with the steps on the lower hull of every curve and the calls that stay in their region, solves, and adds the columns whose reduced cost is
//! negative, the best few of each decision, until none is worth anything. Prices of any round prove a bound over all columns, so ending early only
//! makes it weaker.

use std::collections::BTreeMap;

use super::linear::{self, Columns, solve_columns};
use crate::formulate::{Bound, Decision, Femto, Program, Step};
use crate::solve::Effort;
use crate::solve::highs::{Status, Stop};

/// Rounds of adding columns.
const MOST_ROUNDS: usize = 60;

/// Columns of one decision that are added in a round.
const MOST_ADDED: usize = 3;

/// A column is worth adding if it may improve the bound by more than this part of it.
const LEAST_PART: Femto = 10_000_000;

/// A bound that prices prove; `None` if nothing keeps all rows.
pub(in crate::solve) fn generate(program: &Program<'_>, effort: Effort) -> Option<Bound> {
    let mut is_kept: Vec<bool> = first(program);
    let mut best: Option<Bound> = None;
    for round in 0..MOST_ROUNDS {
        let columns = Columns::of(is_kept.clone());
        let solved = solve_columns(program, &columns, Stop::continuous(effort.interrupt), None, true);
        if solved.status != Status::Optimal {
            if is_kept.iter().all(|&kept| kept) {
                // Without an optimum nothing is proven but by infeasibility.
                let nothing = || program.lower_bound(&[]);
                return if solved.status == Status::Infeasible { None } else { Some(best.unwrap_or_else(nothing)) };
            }
            is_kept.fill(true);
            continue;
        }
        let bound = program.lower_bound(&linear::prices(program, &solved));
        let added = if round + 1 < MOST_ROUNDS { worth_adding(program, &bound, &is_kept) } else { Vec::new() };
        if best.as_ref().is_none_or(|known| bound.least >= known.least) {
            best = Some(bound);
        }
        if added.is_empty() {
            break;
        }
        for column in added {
            is_kept[column] = true;
        }
    }
    best
}

/// The columns to begin with.
fn first(program: &Program<'_>) -> Vec<bool> {
    let mut hulls: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, service) in program.services().enumerate() {
        for (position, candidate) in service.candidates.iter().enumerate() {
            let steps = candidate.curve.steps();
            let is_by_type = candidate.curve.type_of_step(0).is_some();
            hulls.insert((at, position), if is_by_type { (0..steps.len()).collect() } else { hull(steps) });
        }
    }
    let is_first = |decision: Decision| match decision {
        Decision::Use { service, candidate, step } => hulls[&(service, candidate)].binary_search(&step).is_ok(),
        Decision::Calls { service, call, from, to } => program.stays_in_region(service, call, from, to),
        Decision::Traffic { .. }
        | Decision::Route { .. }
        | Decision::Machines { .. }
        | Decision::Filled { .. }
        | Decision::Typed { .. }
        | Decision::Written { .. }
        | Decision::Mix { .. }
        | Decision::InUse { .. }
        | Decision::Presence { .. }
        | Decision::Environments { .. }
        | Decision::Open { .. }
        | Decision::LossLevel { .. }
        | Decision::LossExcess { .. }
        | Decision::Way { .. }
        | Decision::Entry { .. }
        | Decision::Wait { .. }
        | Decision::OpenCloud { .. } => true,
    };
    program.columns().iter().map(|column| is_first(column.decision)).collect()
}

/// Steps on the lower convex hull of no load and the curve.
fn hull(steps: &[Step]) -> Vec<usize> {
    let mut hull: Vec<usize> = Vec::new();
    let point = |at: Option<&usize>| at.map_or((0, 0), |&at| (i128::from(steps[at].capacity), steps[at].cost));
    for (at, step) in steps.iter().enumerate() {
        let end = (i128::from(step.capacity), step.cost);
        while let Some(last) = hull.last() {
            let (middle, before) = (point(Some(last)), point(hull.len().checked_sub(2).and_then(|it| hull.get(it))));
            // The last point is above the line from the one before to the new one.
            let is_above = (middle.1 - before.1) * (end.0 - before.0) >= (end.1 - before.1) * (middle.0 - before.0);
            if !is_above {
                break;
            }
            hull.pop();
        }
        hull.push(at);
    }
    hull
}

/// A number for the kind of decision, and what it is about.
type Kind = (u8, usize, usize, usize);

/// Columns not yet there that may improve on the bound, the best few of each decision.
fn worth_adding(program: &Program<'_>, bound: &Bound, is_kept: &[bool]) -> Vec<usize> {
    let mut found: BTreeMap<Kind, Vec<(Femto, usize)>> = BTreeMap::new();
    for (at, (column, &reduced)) in program.columns().iter().zip(&bound.reduced).enumerate() {
        let (key, reduced) = match column.decision {
            Decision::Use { service, candidate, .. } => {
                // A step is worth what being in use is, whose reduced cost counts the least of the steps.
                let in_use = program.in_use(service, candidate).map_or(0, |column| bound.reduced[column.index()]);
                ((0, service, candidate, 0), reduced + in_use.min(0))
            }
            Decision::Calls { service, call, from, .. } => ((1, service, call, from), reduced),
            Decision::Traffic { .. }
            | Decision::Route { .. }
            | Decision::Machines { .. }
            | Decision::Filled { .. }
            | Decision::Typed { .. }
            | Decision::Written { .. }
            | Decision::Mix { .. }
            | Decision::InUse { .. }
            | Decision::Presence { .. }
            | Decision::Environments { .. }
            | Decision::Open { .. }
            | Decision::LossLevel { .. }
            | Decision::LossExcess { .. }
            | Decision::Way { .. }
            | Decision::Entry { .. }
            | Decision::Wait { .. }
            | Decision::OpenCloud { .. } => ((2, at, 0, 0), reduced),
        };
        let worth = -reduced * i128::from(column.most);
        if !is_kept[at] && worth * LEAST_PART > bound.least.max(1) {
            found.entry(key).or_default().push((-worth, at));
        }
    }
    let best = |mut found: Vec<(Femto, usize)>| {
        found.sort_unstable();
        found.into_iter().take(MOST_ADDED).map(|(_, at)| at)
    };
    found.into_values().flat_map(best).collect()
}
