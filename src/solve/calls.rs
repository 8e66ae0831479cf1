//! Services that call each other.
//!
//! Any region may call any other, so ways are many; most of them, and most regions, are far too dear to matter.
//!
//! 1. Regions that no request can reach in time are left out, and no more is bought than can be sent (`formulate::reached`).
//! 2. The continuous relaxation, its columns generated as they are needed, gives prices of rows; these prove a lower
//!    bound of everything, by weak duality in whole numbers (`program::generate`).
//! 3. The regions that it uses most are decided on exactly: a first placement.
//! 4. A region of a service is left out if each of its steps lifts the bound to that placement's cost; what is left is decided on exactly again. If
//!    nothing there is cheaper, the first placement is the cheapest.
//!
//! Few ways need none of this. Where too much is left, the last step looks at the regions that lift the bound least; then it proves nothing, nor does it
//! where it takes too many nodes: the better of both placements is returned with the best bound.

use std::collections::{BTreeMap, BTreeSet};

use super::program::{self, generate};
use super::{Effort, Ended, Found};
use crate::formulate::{self, Block, Bound, ColumnId, Decision, Femto, Program, Service, reached};
use crate::model::{Problem, RegionId};

/// Programs with fewer ways than this are solved at once.
const FEW_WAYS: usize = 1_500;

/// Regions that the first placement may use beside those that a service needs because none of these will do.
const FIRST_REGIONS: usize = 4;

/// Steps of the regions that the last search decides on: with more it would take too long.
const MOST_STEPS: usize = 1_000;

/// Columns times nodes that one search may take.
const MOST_WORK: usize = 400_000;

/// Solves services that call each other, each of which can be served alone.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    if ways(problem, services) <= FEW_WAYS {
        return program::solve(problem, block, services, effort);
    }
    let reached = reached(problem, services);
    if reached.iter().any(|service| service.candidates.is_empty()) {
        return Ended::Infeasible;
    }
    solve_reached(problem, block, &reached, effort).restored(&reached, services)
}

/// True if it is proven that nothing serves all services together.
pub(super) fn is_infeasible(problem: &Problem, block: &Block, services: &[&Service]) -> bool {
    let reached = reached(problem, services);
    if reached.iter().any(|service| service.candidates.is_empty()) {
        return true;
    }
    let reached: Vec<&Service> = reached.iter().collect();
    program::is_infeasible(problem, block, &reached)
}

/// Ways that calls may go.
fn ways(problem: &Problem, services: &[&Service]) -> usize {
    let candidates: BTreeMap<_, _> =
        services.iter().map(|service| (service.workload, service.candidates.len())).collect();
    let of_caller = |service: &&Service| {
        let calls = problem.calls_of(service.workload);
        calls.map(|(callee, _)| candidates.get(&callee).copied().unwrap_or(0)).sum::<usize>() * service.candidates.len()
    };
    services.iter().map(of_caller).sum()
}

/// The services with those of their candidates that are kept.
fn kept(services: &[&Service], is_kept: &[Vec<bool>]) -> Vec<Service> {
    let of_service = |(service, is_kept): (&&Service, &Vec<bool>)| {
        let mut service = (*service).clone();
        let mut kept = is_kept.iter();
        service.candidates.retain(|_| kept.next().copied().unwrap_or(true));
        service
    };
    services.iter().zip(is_kept).map(of_service).collect()
}

fn solve_reached(problem: &Problem, block: &Block, services: &[Service], effort: Effort) -> Ended {
    let services: Vec<&Service> = services.iter().collect();
    let program = formulate::program(problem, block, &services);
    let Some((bound, values)) = generate(&program, effort) else { return Ended::Infeasible };
    let first = kept(&services, &most_used(&program, &values));
    let first = search(problem, block, &services, &first, effort);
    let limit = first.as_ref().map(|first| first.cost);
    if let Some(first) = first.as_ref().filter(|first| effort.accepts(first.cost, bound.least)) {
        return Ended::Optimal(Found { bound: bound.least.min(first.cost), ..first.clone() });
    }
    let (is_kept, is_all) = affordable(&program, &bound, limit);
    let candidates = kept(&services, &is_kept);
    drop(program);
    let rest: Vec<&Service> = candidates.iter().collect();
    let second = if candidates.iter().any(|service| service.candidates.is_empty()) {
        Ended::Infeasible
    } else {
        program::solve_below(problem, block, &rest, sized(&rest, effort), limit)
    };
    let second = second.restored(&candidates, &services);
    // What is proven of everything that is affordable is proven of everything that is cheaper than the first placement.
    let (second, proven) = match second {
        Ended::Infeasible if is_all && first.is_none() => return Ended::Infeasible,
        Ended::Infeasible => (None, limit.unwrap_or(bound.least)),
        Ended::Undecided => (None, bound.least),
        Ended::Optimal(found) | Ended::Feasible(found) => (Some(found.clone()), found.bound),
    };
    let proven = if is_all { proven.max(bound.least) } else { bound.least };
    let best = first.into_iter().chain(second).min_by_key(|found| found.cost);
    best.map_or(Ended::Undecided, |best| Ended::of(Found { bound: proven.min(best.cost), ..best }, effort))
}

/// The best placement over fewer candidates, in positions of `services`' candidates.
fn search(problem: &Problem, block: &Block, services: &[&Service], fewer: &[Service], effort: Effort) -> Option<Found> {
    let few: Vec<&Service> = fewer.iter().collect();
    let ended = program::solve(problem, block, &few, sized(&few, effort));
    match ended.restored(fewer, services) {
        Ended::Optimal(found) | Ended::Feasible(found) => Some(found),
        Ended::Infeasible | Ended::Undecided => None,
    }
}

/// Effort with fewer nodes the more there is to decide.
fn sized<'a>(services: &[&Service], effort: Effort<'a>) -> Effort<'a> {
    let steps = |service: &&Service| service.candidates.iter().map(|it| it.curve.steps().len()).sum::<usize>();
    let columns = services.iter().map(steps).sum::<usize>().max(1);
    let nodes = i32::try_from(MOST_WORK / columns).unwrap_or(i32::MAX);
    Effort { branching_nodes: effort.branching_nodes.min(nodes), ..effort }
}

/// The regions that the relaxation uses for most services, one for every class of users, and for services that none of them will do the one it uses most.
fn most_used(program: &Program<'_>, values: &[f64]) -> Vec<Vec<bool>> {
    let used = |service: usize, candidate: usize| -> f64 {
        program.uses(service, candidate).map(|column| values[column.index()]).sum()
    };
    let mut by_region: BTreeMap<RegionId, f64> = BTreeMap::new();
    for (at, service) in program.services().enumerate() {
        for (position, candidate) in service.candidates.iter().enumerate() {
            *by_region.entry(candidate.region).or_default() += used(at, position);
        }
    }
    let mut order: Vec<(RegionId, f64)> = by_region.iter().map(|(&region, &used)| (region, used)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut chosen: BTreeSet<RegionId> = order.iter().take(FIRST_REGIONS).map(|(region, _)| *region).collect();
    for (at, service) in program.services().enumerate() {
        for class in 0..program.classes(at).len() {
            let sent = |candidate: usize| {
                let column = program.column(Decision::Traffic { service: at, class, candidate });
                column.map_or(0.0, |column| values[column.index()])
            };
            let regions: Vec<RegionId> = service.candidates.iter().map(|candidate| candidate.region).collect();
            // Of those that it is sent to, the one that others use most.
            let nearest = (0..regions.len()).filter(|&candidate| sent(candidate) > 0.0);
            let by_use =
                |&a: &usize, &b: &usize| by_region[&regions[a]].total_cmp(&by_region[&regions[b]]).then(b.cmp(&a));
            if !nearest.clone().any(|candidate| chosen.contains(&regions[candidate])) {
                chosen.extend(nearest.max_by(by_use).map(|candidate| regions[candidate]));
            }
        }
    }
    let of_service = |(at, service): (usize, &Service)| {
        let regions = service.candidates.iter().map(|candidate| candidate.region);
        let mut kept: Vec<bool> = regions.map(|region| chosen.contains(&region)).collect();
        if !kept.contains(&true) {
            let most = (0..kept.len()).max_by(|&a, &b| used(at, a).total_cmp(&used(at, b)).then(b.cmp(&a)));
            if let Some(most) = most {
                kept[most] = true;
            }
        }
        kept
    };
    program.services().enumerate().map(of_service).collect()
}

/// The candidates that something cheaper than `limit` can use, and whether these are all: of too many those are left out that lift the bound most.
fn affordable(program: &Program<'_>, bound: &Bound, limit: Option<Femto>) -> (Vec<Vec<bool>>, bool) {
    let lifted = |column: ColumnId| bound.reduced[column.index()].max(0);
    let is_below = |lift: Femto| limit.is_none_or(|limit| bound.least + lift < limit);
    // (lift of its best step, service, candidate, steps that can be used)
    let mut found: Vec<(Femto, usize, usize, usize)> = Vec::new();
    for (at, service) in program.services().enumerate() {
        for (position, candidate) in service.candidates.iter().enumerate() {
            // Whoever is there has its region opened.
            let opened = program.column(Decision::Open { region: candidate.region }).map_or(0, lifted);
            let in_use = program.in_use(at, position).map_or(0, lifted);
            let lifts = program.uses(at, position).map(|column| opened + in_use + lifted(column));
            let lifts = lifts.filter(|&lift| is_below(lift));
            let lifts: Vec<Femto> = lifts.collect();
            found.extend(lifts.iter().min().map(|&lift| (lift, at, position, lifts.len())));
        }
    }
    found.sort_unstable();
    let mut kept: Vec<Vec<bool>> = program.services().map(|service| vec![false; service.candidates.len()]).collect();
    let (mut steps, mut is_all) = (0, true);
    for (_, service, candidate, more) in found {
        steps += more;
        if steps > MOST_STEPS && kept[service].contains(&true) {
            is_all = false;
        } else {
            kept[service][candidate] = true;
        }
    }
    (kept, is_all)
}
