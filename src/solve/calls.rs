//! Services that call each other.
//!
//! Any region may call any other, so ways are many; most of them, and most regions, are far too dear to matter.
//!
//! 1. Regions that no request can reach in time are left out, and no more is bought than can be sent (`formulate::reached`).
//! 2. The continuous relaxation, its columns generated as they are needed, gives prices of rows; these prove a lower
//!    bound of everything, by weak duality in whole numbers (`program::relax`).
//! 3. The regions that it uses most are decided on exactly: a first placement.
//! 4. A region of a service is left out if each of its steps lifts the bound to that placement's cost; what is left is decided on exactly again. If
//!    nothing there is cheaper, the first placement is the cheapest.
//!
//! Few ways need none of this. Where the last step takes too many nodes, the better of both placements is returned with the better bound.

use std::collections::BTreeMap;

use super::program::{self, relax};
use super::{Effort, Ended, Found};
use crate::formulate::{self, Block, Bound, ColumnId, Decision, Femto, Program, Service, reached};
use crate::model::{Problem, RegionId};

/// Programs with fewer ways than this are solved at once.
const FEW_WAYS: usize = 1_500;

/// Regions that the first placement may use beside those that a service needs because none of these will do.
const FIRST_REGIONS: usize = 4;

/// With more steps than this left, the last search would take too long to be worth it.
const MOST_STEPS: usize = 2_000;

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
    let Some((bound, values)) = relax(&program) else { return Ended::Infeasible };
    let first = kept(&services, &most_used(&program, &values));
    let first = search(problem, block, &services, &first, effort);
    let limit = first.as_ref().map(|first| first.cost);
    let candidates = kept(&services, &affordable(&program, &bound, limit));
    if let Some(first) = first.as_ref().filter(|first| effort.accepts(first.cost, bound.least)) {
        return Ended::Optimal(Found { bound: bound.least.min(first.cost), ..first.clone() });
    }
    let size: usize = candidates.iter().flat_map(|service| &service.candidates).map(|it| it.curve.steps().len()).sum();
    drop(program);
    if size > MOST_STEPS {
        return match first {
            Some(first) => Ended::of(Found { bound: bound.least.min(first.cost), ..first }, effort),
            None => Ended::Undecided,
        };
    }
    let rest: Vec<&Service> = candidates.iter().collect();
    let second = if candidates.iter().any(|service| service.candidates.is_empty()) {
        Ended::Infeasible
    } else {
        program::solve_below(problem, block, &rest, sized(&rest, effort), limit)
    };
    let second = second.restored(&candidates, &services);
    match (first, second) {
        (Some(first), Ended::Infeasible) => Ended::Optimal(Found { bound: first.cost, ..first }),
        (None, Ended::Infeasible) => Ended::Infeasible,
        (Some(first), Ended::Undecided) => Ended::of(Found { bound: bound.least.min(first.cost), ..first }, effort),
        (None, Ended::Undecided) => Ended::Undecided,
        (first, Ended::Optimal(second) | Ended::Feasible(second)) => {
            let proven = second.bound.max(bound.least);
            let best = first.into_iter().chain([second]).min_by_key(|found| found.cost);
            // What was left out costs no less than the first placement.
            best.map_or(Ended::Undecided, |best| Ended::of(Found { bound: proven.min(best.cost), ..best }, effort))
        }
    }
}

/// The best placement over fewer candidates, in positions of `services`' candidates.
fn search(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    fewer: &[Service],
    effort: Effort,
) -> Option<Found> {
    let few: Vec<&Service> = fewer.iter().collect();
    let ended = program::solve(problem, block, &few, sized(&few, effort));
    match ended.restored(fewer, services) {
        Ended::Optimal(found) | Ended::Feasible(found) => Some(found),
        Ended::Infeasible | Ended::Undecided => None,
    }
}

/// Effort with fewer nodes the more there is to decide.
fn sized(services: &[&Service], effort: Effort) -> Effort {
    let steps = |service: &&Service| service.candidates.iter().map(|it| it.curve.steps().len()).sum::<usize>();
    let columns = services.iter().map(steps).sum::<usize>().max(1);
    let nodes = i32::try_from(MOST_WORK / columns).unwrap_or(i32::MAX);
    Effort { branching_nodes: effort.branching_nodes.min(nodes), ..effort }
}

/// The regions that the relaxation uses for most services, and for services that none of them will do the one it uses most.
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
    let mut order: Vec<(RegionId, f64)> = by_region.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let chosen: Vec<RegionId> = order.iter().take(FIRST_REGIONS).map(|(region, _)| *region).collect();
    let of_service = |(at, service): (usize, &Service)| {
        let regions = service.candidates.iter().map(|candidate| candidate.region);
        let mut kept: Vec<bool> = regions.map(|region| chosen.contains(&region)).collect();
        if !kept.contains(&true) {
            let most = (0..kept.len()).max_by(|&a, &b| used(at, a).total_cmp(&used(at, b)).then(b.cmp(&a)));
            most.into_iter().for_each(|most| kept[most] = true);
        }
        kept
    };
    program.services().enumerate().map(of_service).collect()
}

/// The candidates that something cheaper than `limit` can use.
fn affordable(program: &Program<'_>, bound: &Bound, limit: Option<Femto>) -> Vec<Vec<bool>> {
    let Some(limit) = limit else {
        return program.services().map(|service| vec![true; service.candidates.len()]).collect();
    };
    let is_affordable = |service: usize, candidate: usize| {
        let region = program.service(service).candidates[candidate].region;
        let lifted = |column: ColumnId| bound.reduced[column.index()].max(0);
        // Whoever is there has its region opened.
        let opened = program.column(Decision::Open { region }).map_or(0, lifted);
        program.uses(service, candidate).any(|column| bound.least + opened + lifted(column) < limit)
    };
    let of_service = |(at, service): (usize, &Service)| {
        (0..service.candidates.len()).map(|candidate| is_affordable(at, candidate)).collect()
    };
    program.services().enumerate().map(of_service).collect()
}
