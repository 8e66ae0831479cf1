//! Search for services that share regions: which regions are open, each service solved apart.
//!
//! A node has decided some regions open and some closed. The fixed cost of an open region is paid; that of an undecided one is divided among the
//! services that could use it (`parts`), and each carries its part as a fixed cost of its own:
//!
//! > bound = sum over open r of (fixed(r) + μ) + sum over s of least cost of s with parts(s, ·) − μ × max_regions
//! > sum over s of parts(s, r) <= fixed(r) + μ,   μ >= 0 the price of one region more (zero without a limit on their number)
//!
//! Since the parts add up to no more than the whole, that is a lower bound whatever they are; they are moved by subgradients towards the services that
//! cannot do without the region, where the bound is highest. The union of the services' regions is a placement whose true cost may improve the best, and
//! so may one region less or more (`improve`). Where a used region is still not paid in full, or too many are in use, that region is opened and closed in turn.

mod improve;
mod parts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use self::parts::Parts;
use super::compact::{Incumbent, improve, regions_of, solve_apart};
use super::{Effort, Ended, Found, Shares};
use crate::formulate::{Block, Femto, Service};
use crate::model::{Problem, RegionId};

/// Pairs of user groups and candidate regions in the services that may be solved in one search, so that its work has a bound.
const MOST_WORK: usize = 3_000_000;

/// Nodes that the search of a service within this one may visit: it is solved very often.
const SEARCH_WORK: u64 = 1_000;

/// Additions that its search over whole replicas may do.
const ROUNDING_WORK: u64 = 3_000_000;

/// What a service solved with more effort counts for.
const WEIGHT: usize = 20;

/// Rounds of ascent at the first node and at every other.
const FIRST_ROUNDS: usize = 60;
const ROUNDS: usize = 6;

/// Rounds without a better bound after which steps are half as long.
const PATIENCE: usize = 3;

#[derive(Clone)]
struct Node {
    opened: BTreeSet<RegionId>,
    closed: BTreeSet<RegionId>,
    parts: Parts,
    /// The services as the node it came from left them, where what is decided here changes nothing.
    found: Vec<Option<Found>>,
    /// The bound of that node.
    bound: Femto,
    /// No part is moved any more.
    is_settled: bool,
}

/// All services solved under some parts.
struct Point {
    parts: Parts,
    bound: Femto,
    found: Vec<Found>,
}

struct Search<'a> {
    problem: &'a Problem,
    block: &'a Block,
    services: &'a [&'a Service],
    /// What may be spent on one service at a time.
    effort: Effort<'a>,
    incumbent: Option<Incumbent>,
    /// Regions that some service has used in a placement of its own.
    seen: BTreeSet<RegionId>,
    work: usize,
    /// What solving a service counts for.
    weight: usize,
}

/// Why a node has no point.
enum Dead {
    /// Some service cannot be served.
    Infeasible,
    /// Some service was not settled.
    Undecided,
}

/// Searches for placements. Returns the best, a bound on the cost of any, and whether the search ended before its work ran out; if it ended and
/// there is no best, there is no placement.
pub(super) fn search(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    effort: Effort,
) -> (Option<Incumbent>, Femto, bool) {
    let deep = Effort { branching_nodes: 0, ..effort };
    let light = Effort {
        search_work: effort.search_work.min(SEARCH_WORK),
        rounding_work: effort.rounding_work.min(ROUNDING_WORK),
        ..deep
    };
    let seen = BTreeSet::new();
    let mut search = Search { problem, block, services, effort: light, incumbent: None, seen, work: 0, weight: 1 };
    let parts = Parts::even(block, services);
    let found = vec![None; services.len()];
    let first = Node { opened: BTreeSet::new(), closed: BTreeSet::new(), parts, found, bound: 0, is_settled: false };
    let (bound, is_complete) = match search.ascend(&first, FIRST_ROUNDS) {
        Ok(point) => {
            search.move_regions();
            // What services leave open, no decision about regions closes.
            let left_open: Femto = point.found.iter().map(|found| found.cost - found.bound).sum();
            search.effort = deep;
            search.finish();
            let point = search.deepened(point);
            if search.is_almost_nothing(left_open) {
                search.effort = light;
            } else {
                search.weight = WEIGHT;
            }
            search.branch(first, &point)
        }
        Err(Dead::Infeasible) => (Femto::MAX, true),
        Err(Dead::Undecided) => (0, false),
    };
    search.move_nearer();
    let cost = search.incumbent.as_ref().map_or(Femto::MAX, |(_, cost)| *cost);
    (search.incumbent, bound.min(cost), is_complete)
}

impl Search<'_> {
    /// Searches below the first node: least bound of what was cut or not looked into, and whether nothing was left.
    fn branch(&mut self, first: Node, point: &Point) -> (Femto, bool) {
        let mut least_cut = Femto::MAX;
        let mut is_complete = true;
        let mut nodes = Vec::new();
        self.divide(first, point, &mut nodes, &mut least_cut);
        while let Some(node) = self.next(&mut nodes) {
            if self.is_cut(node.bound) {
                least_cut = least_cut.min(node.bound);
                continue;
            }
            if self.is_out_of_work() {
                is_complete = false;
                least_cut = nodes.iter().map(|node| node.bound).fold(least_cut.min(node.bound), Femto::min);
                break;
            }
            match self.ascend(&node, if node.is_settled { 0 } else { ROUNDS }) {
                Ok(point) => self.divide(node, &point, &mut nodes, &mut least_cut),
                Err(Dead::Infeasible) => {}
                Err(Dead::Undecided) => {
                    is_complete = false;
                    least_cut = least_cut.min(node.bound);
                }
            }
        }
        (least_cut, is_complete)
    }

    /// Adds what is to be looked into below a node, if anything.
    fn divide(&self, node: Node, point: &Point, nodes: &mut Vec<Node>, least_cut: &mut Femto) {
        let bound = point.bound.max(node.bound);
        let next = if self.is_cut(bound) { None } else { self.undecided(&node, point) };
        match next {
            Some(next) => nodes.extend(self.children(node, point, next, bound)),
            // All in use is paid and fewer regions are in use than may be: the price of one region more lowers the bound for nothing.
            None if !self.is_cut(bound) && point.parts.spared(self.block, node.opened.len()) > 0 => {
                let parts = point.parts.without_price(self.block, self.services);
                let found = vec![None; self.services.len()];
                nodes.push(Node { parts, found, bound, is_settled: true, ..node });
            }
            // Cut, or everything in use is paid and the bound is the cost of this placement, but for what its services left open.
            None => *least_cut = bound.min(*least_cut),
        }
    }

    /// The node to look into: the one of least bound, of equal ones the latest; while nothing is found simply the latest, which leads to placements soonest.
    fn next(&self, nodes: &mut Vec<Node>) -> Option<Node> {
        let least = nodes.iter().enumerate().min_by_key(|(at, node)| (node.bound, Reverse(*at)));
        let at = if self.incumbent.is_some() { least?.0 } else { nodes.len().checked_sub(1)? };
        Some(nodes.remove(at))
    }

    /// The nodes where one region more is open, and closed.
    fn children(&self, node: Node, point: &Point, next: RegionId, bound: Femto) -> [Node; 2] {
        let uses = |at: usize, found: &Found| uses(self.services[at], found, next);
        let could_use = |at: usize| self.services[at].candidates.iter().any(|candidate| candidate.region == next);
        let kept = |keeps: &dyn Fn(usize, &Found) -> bool| {
            let keep = |(at, found): (usize, &Found)| keeps(at, found).then(|| found.clone());
            point.found.iter().enumerate().map(keep).collect::<Vec<_>>()
        };
        let mut open = Node {
            found: kept(&|at, _| !could_use(at)),
            parts: point.parts.clone(),
            bound,
            is_settled: false,
            ..node.clone()
        };
        open.opened.insert(next);
        if self.is_full(&open) {
            // All other regions are closed now.
            open.found.fill(None);
        }
        let mut closed = Node {
            found: kept(&|at, found| !uses(at, found)),
            parts: point.parts.clone(),
            bound,
            is_settled: false,
            ..node
        };
        closed.closed.insert(next);
        [closed, open]
    }

    fn is_full(&self, node: &Node) -> bool {
        self.block.max_regions.is_some_and(|most| node.opened.len() >= most)
    }

    fn is_cut(&self, bound: Femto) -> bool {
        self.incumbent.as_ref().is_some_and(|(_, cost)| self.effort.accepts(*cost, bound))
    }

    fn is_out_of_work(&self) -> bool {
        self.work > MOST_WORK || self.effort.interrupt.is_raised()
    }

    /// Counts the work of solving some services.
    fn count(&mut self, solved: impl Iterator<Item = usize>) {
        self.work += solved.map(|at| self.weight * work(self.services[at])).sum::<usize>();
    }

    fn everybody(&self) -> Vec<usize> {
        (0..self.services.len()).collect()
    }

    /// The point of the greatest bound found at a node within so many rounds.
    fn ascend(&mut self, node: &Node, rounds: usize) -> Result<Point, Dead> {
        let mut best = self.solve(node, node.parts.clone(), &|at| node.found[at].as_ref())?;
        let mut average = parts::uses(self.services, &best.found);
        let (mut length, mut failures) = (1.0, 0);
        for _ in 0..rounds {
            if self.is_cut(best.bound) || self.is_out_of_work() || self.undecided(node, &best).is_none() {
                break;
            }
            let missing = match &self.incumbent {
                Some((_, cost)) => cost - best.bound,
                None => self.block.fixed.values().sum::<Femto>().max(best.bound / 100),
            };
            let parts = best.parts.moved(self.block, self.services, node, &average, length, missing);
            let is_same = |at: usize| best.parts.of(at) == parts.of(at);
            let same: Vec<bool> = (0..self.services.len()).map(is_same).collect();
            let next = self.solve(node, parts, &|at| same[at].then_some(&best.found[at]))?;
            parts::average(&mut average, &parts::uses(self.services, &next.found));
            if next.bound > best.bound {
                best = next;
                failures = 0;
            } else {
                failures += 1;
                if failures % PATIENCE == 0 {
                    length /= 2.0;
                }
            }
        }
        Ok(best)
    }

    /// Every service solved under `parts`, but those whose end is known.
    fn solve<'f>(
        &mut self,
        node: &Node,
        parts: Parts,
        known: &(dyn Fn(usize) -> Option<&'f Found> + Sync),
    ) -> Result<Point, Dead> {
        if self.block.max_regions.is_some_and(|most| node.opened.len() > most) {
            return Err(Dead::Infeasible);
        }
        let is_full = self.is_full(node);
        let is_open = |region: RegionId| node.opened.contains(&region) || (!is_full && !node.closed.contains(&region));
        let (problem, effort, services) = (self.problem, self.effort, self.services);
        let solve = |at: usize| {
            let part = |position: usize, region| if node.opened.contains(&region) { 0 } else { parts.of(at)[position] };
            solve_apart(problem, services[at], effort, is_open, part)
        };
        let solved: Vec<Ended> = (0..services.len())
            .into_par_iter()
            .map(|at| known(at).map_or_else(|| solve(at), |found| Ended::Feasible(found.clone())))
            .collect();
        self.count((0..services.len()).filter(|&at| known(at).is_none()));
        let opened = node.opened.iter().map(|region| self.block.fixed.get(region).copied().unwrap_or(0));
        let mut bound = opened.sum::<Femto>() - parts.spared(self.block, node.opened.len());
        let mut found = Vec::with_capacity(solved.len());
        for ended in solved {
            match ended {
                Ended::Optimal(one) | Ended::Feasible(one) => {
                    bound += one.bound;
                    found.push(one);
                }
                Ended::Infeasible => return Err(Dead::Infeasible),
                Ended::Undecided => return Err(Dead::Undecided),
            }
        }
        let shares = shares_of(&found);
        self.seen.extend(regions_of(services, &shares));
        improve(&mut self.incumbent, self.block, services, shares);
        Ok(Point { parts, bound, found })
    }

    /// The region in use with the most of its fixed cost unpaid; if all is paid but too many are in use, the first undecided one.
    fn undecided(&self, node: &Node, point: &Point) -> Option<RegionId> {
        let mut paid: BTreeMap<RegionId, Femto> = BTreeMap::new();
        for (at, (service, found)) in self.services.iter().zip(&point.found).enumerate() {
            for share in found.shares.iter().flatten() {
                *paid.entry(service.candidates[share.candidate].region).or_default() +=
                    point.parts.of(at)[share.candidate];
            }
        }
        let is_over = self.block.max_regions.is_some_and(|most| paid.len() > most);
        paid.into_iter()
            .filter(|(region, _)| !node.opened.contains(region))
            .map(|(region, paid)| (point.parts.whole(self.block, region) - paid, Reverse(region)))
            .max()
            .filter(|(unpaid, _)| *unpaid > 0 || is_over)
            .map(|(_, Reverse(region))| region)
    }

    /// Solves the services once more within the regions of the best placement.
    fn finish(&mut self) {
        let Some((shares, _)) = &self.incumbent else { return };
        let opened = regions_of(self.services, shares);
        if let Some(found) = self.solve_within(&opened, &self.everybody()) {
            improve(&mut self.incumbent, self.block, self.services, shares_of(&found));
        }
    }

    /// A point of the first node, with those services solved once more that were left with a gap.
    fn deepened(&self, mut point: Point) -> Point {
        let (parts, effort) = (&point.parts, self.effort);
        let again = |(at, found): (usize, &mut Found)| {
            if effort.accepts(found.cost, found.bound) {
                return 0;
            }
            let part = |position: usize, _| parts.of(at)[position];
            let before = found.bound;
            if let Ended::Optimal(again) | Ended::Feasible(again) =
                solve_apart(self.problem, self.services[at], effort, |_| true, part)
                && again.bound > before
            {
                *found = again;
            }
            found.bound - before
        };
        point.bound += point.found.par_iter_mut().enumerate().map(again).sum::<Femto>();
        point
    }

    /// True if so much is far below what the tolerance leaves open.
    fn is_almost_nothing(&self, amount: Femto) -> bool {
        self.incumbent.as_ref().is_some_and(|(_, cost)| self.effort.accepts(*cost, *cost - 4 * amount))
    }
}

/// Whether a service stands in a region.
fn uses(service: &Service, found: &Found, region: RegionId) -> bool {
    found.shares.iter().flatten().any(|share| service.candidates[share.candidate].region == region)
}

fn shares_of(found: &[Found]) -> Vec<Shares> {
    found.iter().flat_map(|found| found.shares.clone()).collect()
}

/// What solving a service takes, about.
fn work(service: &Service) -> usize {
    service.demand.len().max(1) * service.candidates.len()
}
