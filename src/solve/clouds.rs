//! Services under a limit on the number of clouds: which clouds are used is tried out.
//!
//! There are few clouds, so there are few sets of them. In each set the limit says nothing more, and the services are solved as if it did not exist:
//! the cheapest of the sets' optima is the optimum, and the least of their bounds is a bound.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::compact::{solve_apart, solve_together};
use super::{Effort, Ended, Found, can_serve, can_serve_together};
use crate::formulate::{Block, Femto, Service};
use crate::model::{Problem, RegionId};

/// More sets than this are left to a program.
const MOST_SETS: usize = 64;

/// Solves `services` in at most `most` clouds; `None` if there are too many sets of clouds.
pub(super) fn solve(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    most: usize,
    effort: Effort,
) -> Option<Ended> {
    let is_open = |set: &BTreeSet<&str>, region| set.contains(cloud(problem, region));
    let ends = sets(problem, services, most)?
        .iter()
        .map(|set| within(problem, block, services, effort, &|region| is_open(set, region)))
        .collect();
    Some(cheapest(ends, effort))
}

/// Whether services, each of which can be served alone, can be served in at most `most` clouds together; `None` if there are too many sets of clouds.
pub(super) fn can_be_placed(problem: &Problem, block: &Block, services: &[&Service], most: usize) -> Option<bool> {
    let fits = |set: &BTreeSet<&str>| {
        let restricted = restricted(services, &|region| set.contains(cloud(problem, region)));
        restricted.iter().all(|service| can_serve(problem, service).is_ok())
            && block.max_regions.is_none_or(|most| can_serve_together(&restricted.iter().collect::<Vec<_>>(), most))
    };
    Some(sets(problem, services, most)?.iter().any(fits))
}

fn cloud(problem: &Problem, region: RegionId) -> &str {
    &problem.regions[region.index()].key.cloud
}

/// The sets of clouds to be tried, by name.
fn sets<'p>(problem: &'p Problem, services: &[&Service], most: usize) -> Option<Vec<BTreeSet<&'p str>>> {
    let candidates = services.iter().flat_map(|service| &service.candidates);
    let clouds: BTreeSet<&str> = candidates.map(|candidate| cloud(problem, candidate.region)).collect();
    let clouds: Vec<&str> = clouds.into_iter().collect();
    let named = |set: Vec<usize>| set.into_iter().map(|position| clouds[position]).collect();
    Some(subsets(clouds.len(), most)?.into_iter().map(named).collect())
}

/// Every set of `most` of `count` positions, or of all if there are no more, in the order of their positions.
fn subsets(count: usize, most: usize) -> Option<Vec<Vec<usize>>> {
    let size = most.min(count);
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let longer = |set: &Vec<usize>| {
            let first = set.last().map_or(0, |last| last + 1);
            let set = set.clone();
            (first..count).map(move |position| set.iter().copied().chain([position]).collect()).collect::<Vec<_>>()
        };
        sets = sets.iter().flat_map(longer).collect();
        if sets.len() > MOST_SETS * size {
            return None;
        }
    }
    (sets.len() <= MOST_SETS).then_some(sets)
}

/// The services with the regions that are open.
fn within(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    effort: Effort,
    is_open: &(impl Fn(RegionId) -> bool + Sync),
) -> Ended {
    if block.fixed.is_empty() && block.max_regions.is_none() {
        let apart =
            services.par_iter().map(|service| solve_apart(problem, service, effort, is_open, |_, _| 0)).collect();
        return sum(apart, effort);
    }
    let restricted = restricted(services, is_open);
    if restricted.iter().any(|service| can_serve(problem, service).is_err()) {
        return Ended::Infeasible;
    }
    solve_together(problem, block, &restricted.iter().collect::<Vec<_>>(), effort).restored(&restricted, services)
}

fn restricted(services: &[&Service], is_open: &impl Fn(RegionId) -> bool) -> Vec<Service> {
    let within = |&service: &&Service| {
        let mut restricted = service.clone();
        restricted.candidates.retain(|candidate| is_open(candidate.region));
        restricted
    };
    services.iter().map(within).collect()
}

/// Services solved apart, as one.
fn sum(ends: Vec<Ended>, effort: Effort) -> Ended {
    let mut all = Found { shares: Vec::with_capacity(ends.len()), cost: 0, bound: 0 };
    let mut is_undecided = false;
    for ended in ends {
        match ended {
            Ended::Optimal(found) | Ended::Feasible(found) => {
                all.shares.extend(found.shares);
                all.cost += found.cost;
                all.bound += found.bound;
            }
            Ended::Infeasible => return Ended::Infeasible,
            Ended::Undecided => is_undecided = true,
        }
    }
    if is_undecided { Ended::Undecided } else { Ended::of(all, effort) }
}

/// The cheapest of several ends, with the least of their bounds; of equally cheap ones the first.
fn cheapest(ends: Vec<Ended>, effort: Effort) -> Ended {
    let mut best: Option<Found> = None;
    let mut bound = Femto::MAX;
    for ended in ends {
        match ended {
            Ended::Optimal(found) | Ended::Feasible(found) => {
                bound = bound.min(found.bound);
                if best.as_ref().is_none_or(|best| found.cost < best.cost) {
                    best = Some(found);
                }
            }
            Ended::Infeasible => {}
            Ended::Undecided => bound = 0,
        }
    }
    match best {
        Some(best) => Ended::of(Found { bound: bound.min(best.cost), ..best }, effort),
        None if bound == 0 => Ended::Undecided,
        None => Ended::Infeasible,
    }
}

#[cfg(test)]
mod tests {
    use super::subsets;

    #[test]
    fn sets_are_complete_or_refused() {
        assert_eq!(subsets(3, 2), Some(vec![vec![0, 1], vec![0, 2], vec![1, 2]]));
        assert_eq!(subsets(2, 5), Some(vec![vec![0, 1]]));
        assert_eq!(subsets(40, 20), None);
    }
}
