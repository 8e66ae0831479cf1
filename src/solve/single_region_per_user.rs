//! Services that answer each user group from one region. One alone is searched by its regions and who answers whom (`location`). Several together are
//! solved as if they might divide groups, which settles it where nobody is divided, and else as a program: what costs least with divided groups is a bound.

use std::collections::{BTreeMap, BTreeSet};

use super::location::{self, Located};
use super::{Effort, Ended, Found, Share, Shares, program, solve_services};
use crate::formulate::{Block, Caps, Class, Service};
use crate::model::Problem;

/// Solves services of which some divide no user group, whose other rules the searches know.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    if let [service] = services
        && !block.couples_regions()
        && block.max_clouds.is_none()
    {
        let classes = service.classes();
        if location::is_suited(service, &classes, effort) {
            let located = location::search(service, &classes, effort);
            return conclude(problem, block, service, &classes, located, effort);
        }
    }
    let free_to_divide = |service: &&Service| Service { is_single_routed: false, ..(*service).clone() };
    let divided: Vec<Service> = services.iter().map(free_to_divide).collect();
    let free = Block { is_single_routed: false, ..block.clone() };
    let least = match solve_services(problem, &free, &divided.iter().collect::<Vec<_>>(), effort) {
        Ended::Infeasible => return Ended::Infeasible,
        Ended::Undecided => 0,
        Ended::Optimal(found) | Ended::Feasible(found) => {
            let mut all = services.iter().zip(&found.shares);
            if all.all(|(service, shares)| !service.is_single_routed || is_undivided(service, shares)) {
                return Ended::of(found, effort);
            }
            found.bound
        }
    };
    match program::solve(problem, block, services, effort) {
        Ended::Optimal(found) | Ended::Feasible(found) => {
            Ended::of(Found { bound: found.bound.max(least).min(found.cost), ..found }, effort)
        }
        ended @ (Ended::Infeasible | Ended::Undecided) => ended,
    }
}

/// What a search over the regions of one service says; where it ran out of work, a program over what it left to decide goes on.
pub(super) fn conclude(
    problem: &Problem,
    block: &Block,
    service: &Service,
    classes: &[Class],
    located: Located,
    effort: Effort,
) -> Ended {
    let Located { best, routes, bound, is_complete, left } = located;
    let found = best.map(|choice| {
        let shares = choice.candidates.iter().map(|&candidate| answered(classes, &routes, candidate)).collect();
        Found { shares: vec![shares], cost: choice.cost, bound: bound.min(choice.cost) }
    });
    if is_complete {
        return found.map_or(Ended::Infeasible, |found| Ended::of(found, effort));
    }
    let reduced = left.restricted(service);
    let limit = found.as_ref().map(|found| found.cost);
    let ended = program::solve_below(problem, block, &[&reduced], effort, limit);
    match (ended.restored(&[reduced], &[service]), found) {
        (Ended::Optimal(better) | Ended::Feasible(better), found) => {
            let least = better.bound.max(bound);
            let cheapest = found.into_iter().chain([better]).min_by_key(|found| found.cost);
            cheapest
                .map_or(Ended::Undecided, |found| Ended::of(Found { bound: least.min(found.cost), ..found }, effort))
        }
        // Nothing that costs less than what was found.
        (Ended::Infeasible, Some(found)) => Ended::of(Found { bound: found.cost, ..found }, effort),
        (Ended::Undecided, Some(found)) => Ended::of(found, effort),
        (ended @ (Ended::Infeasible | Ended::Undecided), None) => ended,
    }
}

/// The classes that a candidate answers.
fn answered(classes: &[Class], routes: &[usize], candidate: usize) -> Share {
    let own = classes.iter().zip(routes).filter(|&(_, &region)| region == candidate);
    let traffic: BTreeMap<_, _> =
        own.flat_map(|(class, _)| class.users.iter().map(|&user| (user, class.rate))).collect();
    Share {
        called: 0,
        candidate,
        carried: traffic.values().sum(),
        of_type: None,
        machines: Vec::new(),
        sets: Vec::new(),
        held: 0,
        traffic,
        calls: BTreeMap::new(),
        caps: Caps::new(),
    }
}

/// Whether every user group is answered from one region.
fn is_undivided(service: &Service, shares: &Shares) -> bool {
    let answering = |user| {
        let shares = shares.iter().filter(move |share| share.traffic.contains_key(&user));
        shares.map(|share| service.candidates[share.candidate].region).collect::<BTreeSet<_>>().len()
    };
    service.demand.iter().all(|demand| answering(demand.user) <= 1)
}
