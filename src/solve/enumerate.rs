//! Exact search over the steps that reduced costs leave.
//!
//! Every candidate region is either unused or takes one step of its curve. The sum of reduced costs plus the constant part of the Lagrangian
//! bound is below the cost of any placement with these steps, so a branch whose partial sum, with the least the remaining regions can add,
//! reaches the best known cost is cut. At a leaf the traffic is found by minimum-cost flow and the cost evaluated exactly. If the search ends
//! before its nodes run out, what it returns is optimal, in integers.

use super::flow::{Transport, cheapest};
use super::lagrangian::Lagrangian;
use crate::formulate::{Class, Femto, Reach, Service};

/// A choice of regions with the traffic of each class, and its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Candidates in use, ascending.
    pub(super) candidates: Vec<usize>,
    /// Load of each.
    pub(super) loads: Vec<u64>,
    /// Cost.
    pub(super) cost: Femto,
}

/// How the enumeration went.
#[derive(Clone, Debug)]
pub(super) struct Enumerated {
    /// The best choice known.
    pub(super) best: Option<Choice>,
    /// True if no placement is cheaper than the best.
    pub(super) is_complete: bool,
}

/// One way to use a candidate: a step and what it adds to the bound.
#[derive(Clone, Copy, Debug)]
struct Way {
    reduced: Femto,
    capacity: u64,
}

struct Search<'a> {
    service: &'a Service,
    classes: &'a [Class],
    demand: Vec<u64>,
    /// Ways by depth, cheapest first; the candidate at each depth.
    ways: Vec<(usize, Vec<Way>)>,
    /// Least that depths from here on can add, and most they can carry.
    least_after: Vec<Femto>,
    most_after: Vec<u64>,
    best: Option<Choice>,
    nodes_left: u64,
    chosen: Vec<(usize, u64)>,
}

/// Searches all placements of `service` that could cost less than `start`, using at most `nodes` nodes.
pub(super) fn enumerate(
    service: &Service,
    classes: &[Class],
    lagrangian: &Lagrangian,
    start: Option<Choice>,
    nodes: u64,
) -> Enumerated {
    let limit = start.as_ref().map_or(Femto::MAX, |choice| choice.cost);
    let ways = surviving_ways(service, lagrangian, limit);
    let depth = ways.len();
    let (mut least_after, mut most_after) = (vec![0; depth + 1], vec![0_u64; depth + 1]);
    for at in (0..depth).rev() {
        let least = ways[at].1.iter().map(|way| way.reduced).min().unwrap_or(0).min(0);
        least_after[at] = least_after[at + 1] + least;
        let most = ways[at].1.iter().map(|way| way.capacity).max().unwrap_or(0);
        most_after[at] = most_after[at + 1].saturating_add(most);
    }
    let mut search = Search {
        service,
        classes,
        demand: classes.iter().map(|class| class.rate).collect(),
        ways,
        least_after,
        most_after,
        best: start,
        nodes_left: nodes,
        chosen: Vec::new(),
    };
    let is_complete = search.descend(0, lagrangian.constant, 0);
    Enumerated { best: search.best, is_complete }
}

/// For each candidate the steps that a placement cheaper than `limit` can use. Candidates with the fewest ways come first.
fn surviving_ways(service: &Service, lagrangian: &Lagrangian, limit: Femto) -> Vec<(usize, Vec<Way>)> {
    let mut all: Vec<(usize, Vec<Way>)> = Vec::new();
    for (position, candidate) in service.candidates.iter().enumerate() {
        let way = |step: usize| Way {
            reduced: lagrangian.reduced[position][step],
            capacity: candidate.curve.steps()[step].capacity,
        };
        let mut ways: Vec<Way> = lagrangian.survivors(position, limit).map(way).collect();
        ways.sort_by_key(|way| way.reduced);
        if !ways.is_empty() {
            all.push((position, ways));
        }
    }
    all.sort_by_key(|(position, ways)| (ways.len(), *position));
    all
}

impl Search<'_> {
    /// True if everything below was searched or cut.
    fn descend(&mut self, depth: usize, sum: Femto, capacity: u64) -> bool {
        if self.nodes_left == 0 {
            return false;
        }
        self.nodes_left -= 1;
        if self.is_cut(sum + self.least_after[depth])
            || capacity.saturating_add(self.most_after[depth]) < self.service.total
            || self.chosen.len() + (self.ways.len() - depth) < self.service.min_regions
        {
            return true;
        }
        if depth == self.ways.len() {
            self.leaf();
            return true;
        }
        let mut is_complete = true;
        let (candidate, count) = (self.ways[depth].0, self.ways[depth].1.len());
        // Unused comes in its place by cost, so that the likely branch is searched first.
        let unused_at = self.ways[depth].1.partition_point(|way| way.reduced < 0);
        for index in 0..=count {
            if index == unused_at {
                is_complete &= self.descend(depth + 1, sum, capacity);
            }
            if index < count && self.chosen.len() < self.service.max_regions {
                let way = self.ways[depth].1[index];
                if self.is_cut(sum + way.reduced + self.least_after[depth + 1]) {
                    // Ways are in ascending order: all that follow are cut too. Unused is not, if it is still to come.
                    if index < unused_at {
                        is_complete &= self.descend(depth + 1, sum, capacity);
                    }
                    break;
                }
                self.chosen.push((candidate, way.capacity));
                is_complete &= self.descend(depth + 1, sum + way.reduced, capacity.saturating_add(way.capacity));
                self.chosen.pop();
            }
        }
        is_complete
    }

    fn is_cut(&self, bound: Femto) -> bool {
        self.best.as_ref().is_some_and(|best| bound >= best.cost)
    }

    fn leaf(&mut self) {
        let mut chosen = self.chosen.clone();
        chosen.sort_unstable();
        if let Some(choice) = evaluate(self.service, self.classes, &self.demand, &chosen)
            && self.best.as_ref().is_none_or(|best| choice.cost < best.cost)
        {
            self.best = Some(choice);
        }
    }
}

/// The cheapest traffic over `chosen` (candidate, capacity), ascending, and what it costs; `None` if it cannot be carried.
pub(super) fn evaluate(
    service: &Service,
    classes: &[Class],
    demand: &[u64],
    chosen: &[(usize, u64)],
) -> Option<Choice> {
    let reach: Vec<Vec<Reach>> =
        classes.iter().map(|class| chosen.iter().map(|&(candidate, _)| class.reach[candidate]).collect()).collect();
    let capacity: Vec<u64> = chosen.iter().map(|&(_, capacity)| capacity).collect();
    let egress: Vec<Femto> = chosen.iter().map(|&(candidate, _)| service.candidates[candidate].egress).collect();
    let transport = Transport {
        demand,
        capacity: &capacity,
        reach: &reach,
        egress: &egress,
        distance: &[],
        late_allowance: service.late_allowance,
    };
    let traffic = cheapest(&transport)?;
    let load = |region: usize| traffic.iter().map(|row| row[region]).sum::<u64>();
    let loads: Vec<(usize, u64)> =
        chosen.iter().enumerate().map(|(at, &(candidate, _))| (candidate, load(at))).collect();
    // A region without traffic is kept only where the number of regions asks for it.
    let mut idle = service.min_regions.saturating_sub(loads.iter().filter(|(_, load)| *load > 0).count());
    let kept: Vec<(usize, u64)> = loads
        .into_iter()
        .filter(|&(_, load)| {
            let is_kept = load > 0 || idle > 0;
            idle -= usize::from(load == 0 && idle > 0);
            is_kept
        })
        .collect();
    let cost = kept.iter().map(|&(candidate, load)| cost_of_load(service, candidate, load)).sum();
    let (candidates, loads) = kept.into_iter().unzip();
    Some(Choice { candidates, loads, cost })
}

/// Exact cost of carrying `load` in a region in use.
pub(super) fn cost_of_load(service: &Service, candidate: usize, load: u64) -> Femto {
    let candidate = &service.candidates[candidate];
    candidate.curve.cheapest(load).2 + candidate.egress * i128::from(load)
}
