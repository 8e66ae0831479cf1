//! Exact search for services that share regions: which regions are open, each service solved apart.
//!
//! A node has decided some regions open and some closed. The fixed cost of an open region is paid; that of an undecided one is split evenly among the
//! services that could use it, and each carries its part as a fixed cost of its own. Since the parts add up to no more than the whole, the services'
//! optima and what is paid add up to a lower bound; and since each service is solved exactly, the union of their regions is a placement whose true cost may
//! improve the best. Where a used region is not yet paid in full, or too many are in use, that region is opened and closed in turn.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::compact::{Incumbent, improve, regions_of, solve_apart};
use super::{Effort, Ended, Shares};
use crate::formulate::{Block, Femto, Service};
use crate::model::{Problem, RegionId};

/// Services that may be solved in one search, so that its work has a bound.
const MOST_SOLVES: usize = 3_000;

/// A fixed cost divided into whole parts leaves less than this unpaid (a micro-USD).
const REMAINDER: Femto = 1_000_000_000;

#[derive(Clone, Default)]
struct Node {
    opened: BTreeSet<RegionId>,
    closed: BTreeSet<RegionId>,
    /// The bound of the node it came from.
    bound: Femto,
}

struct Search<'a> {
    problem: &'a Problem,
    block: &'a Block,
    services: &'a [&'a Service],
    effort: Effort<'a>,
    /// How many candidates of services stand in each region.
    users: BTreeMap<RegionId, Femto>,
}

/// Searches from `incumbent`, which it improves. Returns a bound on the cost of any placement, and whether the search ended before its work ran
/// out; if it ended and there is no incumbent, there is no placement.
pub(super) fn search(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    effort: Effort,
    incumbent: &mut Option<Incumbent>,
) -> (Femto, bool) {
    let mut users: BTreeMap<RegionId, Femto> = BTreeMap::new();
    for candidate in services.iter().flat_map(|service| &service.candidates) {
        *users.entry(candidate.region).or_default() += 1;
    }
    let search = Search { problem, block, services, effort, users };
    // Least bound of what was cut, and of what could not be looked into.
    let mut least_cut = Femto::MAX;
    let mut is_complete = true;
    let mut solves = 0;
    let mut nodes = vec![Node::default()];
    while let Some(node) = nodes.pop() {
        solves += services.len();
        if solves > MOST_SOLVES || effort.interrupt.is_raised() {
            is_complete = false;
            least_cut = nodes.iter().map(|node| node.bound).fold(least_cut.min(node.bound), Femto::min);
            break;
        }
        let (bound, shares) = match search.solve(&node) {
            Solved::Placed(bound, shares) => (bound, shares),
            Solved::Infeasible => continue,
            Solved::Undecided => {
                is_complete = false;
                least_cut = least_cut.min(node.bound);
                continue;
            }
        };
        improve(incumbent, block, services, shares.clone());
        let is_cut = incumbent.as_ref().is_some_and(|(_, cost)| effort.accepts(*cost, bound));
        let next = if is_cut { None } else { search.undecided(&node, &shares) };
        let Some(next) = next else {
            // Cut, or everything in use is paid and the bound is the cost of this placement, but for what its services left open.
            least_cut = least_cut.min(bound);
            continue;
        };
        let (mut open, mut closed) = (Node { bound, ..node.clone() }, Node { bound, ..node });
        open.opened.insert(next);
        closed.closed.insert(next);
        nodes.push(closed);
        nodes.push(open);
    }
    let cost = incumbent.as_ref().map_or(Femto::MAX, |(_, cost)| *cost);
    (least_cut.min(cost), is_complete)
}

/// What became of a node.
enum Solved {
    /// Its bound and the services' placements.
    Placed(Femto, Vec<Shares>),
    /// Some service cannot be served.
    Infeasible,
    /// Some service was not settled.
    Undecided,
}

impl Search<'_> {
    fn solve(&self, node: &Node) -> Solved {
        let limit = self.block.max_regions.unwrap_or(usize::MAX);
        if node.opened.len() > limit {
            return Solved::Infeasible;
        }
        let is_full = node.opened.len() == limit;
        let is_open = |region: RegionId| node.opened.contains(&region) || (!is_full && !node.closed.contains(&region));
        let part = |region: RegionId| self.part(node, region);
        let solved: Vec<Ended> = self
            .services
            .par_iter()
            .map(|service| solve_apart(self.problem, service, self.effort, is_open, part))
            .collect();
        let mut bound: Femto = node.opened.iter().filter_map(|region| self.block.fixed.get(region)).sum();
        let mut shares = Vec::with_capacity(solved.len());
        for ended in solved {
            match ended {
                Ended::Optimal(found) | Ended::Feasible(found) => {
                    bound += found.bound;
                    shares.extend(found.shares);
                }
                Ended::Infeasible => return Solved::Infeasible,
                Ended::Undecided => return Solved::Undecided,
            }
        }
        Solved::Placed(bound.max(node.bound), shares)
    }

    /// What each candidate in use carries in an undecided region of its fixed cost; nothing of an open one's, which is paid.
    fn part(&self, node: &Node, region: RegionId) -> Femto {
        if node.opened.contains(&region) {
            return 0;
        }
        let users = self.users.get(&region).copied().unwrap_or(1);
        self.block.fixed.get(&region).map_or(0, |fixed| fixed / users)
    }

    /// The region in use with the most of its fixed cost unpaid; if all is paid but too many are in use, the first undecided one.
    fn undecided(&self, node: &Node, shares: &[Shares]) -> Option<RegionId> {
        let used = regions_of(self.services, shares);
        let is_over = self.block.max_regions.is_some_and(|most| used.len() > most);
        let unpaid = |region: RegionId| {
            let used = |(service, shares): (&&Service, &Shares)| {
                shares.iter().filter(|share| service.candidates[share.candidate].region == region).count()
            };
            let users: usize = self.services.iter().zip(shares).map(used).sum();
            let paid = self.part(node, region) * Femto::try_from(users).unwrap_or(0);
            self.block.fixed.get(&region).copied().unwrap_or(0) - paid
        };
        used.into_iter()
            .filter(|region| !node.opened.contains(region))
            .map(|region| (unpaid(region), Reverse(region)))
            .max()
            .filter(|(unpaid, _)| *unpaid > REMAINDER || is_over)
            .map(|(_, Reverse(region))| region)
    }
}
