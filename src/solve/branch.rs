//! Exact search for one service: which regions are in use, then which steps of their curves.
//!
//! A node has decided some regions to be open, on a range of steps, or closed. Its bound is Lagrangian, under prices improved on the way down
//! (`ascent`) and evaluated in integers (`lagrangian`). What would bring the bound to the best known cost is taken away: free regions, with all
//! that need them, and steps at the ends of ranges. While a region is free, one is opened and then closed; after that the widest range is halved,
//! until each open region has one step left. A search that ends is a proof in exact arithmetic.

use super::ascent::{Approximation, Prices, Range, Status};
use super::choice::{Choice, evaluate};
use super::effort::Interrupt;
use super::lagrangian::{Multipliers, Profits};
use crate::formulate::{Class, Femto, Reach, Service, Step};

/// Rounds of ascent at the first node and at every other.
const FIRST_ROUNDS: u32 = 120;
const ROUNDS: u32 = 16;

/// What a search found.
#[derive(Clone, Debug)]
pub(super) struct Searched {
    /// The best choice known.
    pub(super) best: Option<Choice>,
    /// No placement costs less.
    pub(super) bound: Femto,
    /// True if the search ended before its work ran out.
    pub(super) is_complete: bool,
}

struct Search<'a> {
    service: &'a Service,
    classes: &'a [Class],
    demand: Vec<u64>,
    approximation: Approximation,
    /// A cost that some placement has or should have, to aim the ascent at while none is known.
    estimate: Femto,
    best: Option<Choice>,
    /// A node whose bound is within this of the best cost is cut.
    slack_millionths: Femto,
    /// Least bound among what was cut though it lay below the best cost.
    least_cut: Femto,
    work_left: u64,
    interrupt: Interrupt<'a>,
}

/// Reduced costs at a node, in integers.
struct Reduced {
    bound: Femto,
    multipliers: Multipliers,
    /// Least reduced cost of each candidate that is not closed, within its range.
    least: Vec<Femto>,
}

/// Searches all placements of `service` in at most `work` nodes; what cannot improve the best cost by more than `slack_millionths` is cut.
pub(super) fn search(
    service: &Service,
    classes: &[Class],
    start: Option<Choice>,
    slack_millionths: u32,
    work: u64,
    interrupt: Interrupt<'_>,
) -> Searched {
    let all = |candidate: &crate::formulate::Candidate| {
        let last = candidate.curve.steps().last().map_or(0, |step| step.cost);
        last + candidate.dearest_traffic() * i128::from(candidate.curve.most())
    };
    let mut search = Search {
        service,
        classes,
        demand: classes.iter().map(|class| class.rate).collect(),
        approximation: Approximation::of(service, classes),
        estimate: service.candidates.iter().map(all).sum(),
        best: start,
        slack_millionths: Femto::from(slack_millionths),
        least_cut: Femto::MAX,
        work_left: work,
        interrupt,
    };
    let status = vec![Status::Free; service.candidates.len()];
    let first = search.approximation.first_prices();
    let (prices, root) = search.reduced(&status, &first, FIRST_ROUNDS);
    let root_bound = root.bound;
    let is_complete = search.node(status, prices, root);
    let cost = search.best.as_ref().map_or(Femto::MAX, |best| best.cost);
    let bound = if is_complete { cost.min(search.least_cut) } else { root_bound.min(cost) };
    Searched { best: search.best, bound, is_complete }
}

impl Search<'_> {
    fn steps(&self, position: usize) -> &[Step] {
        self.service.candidates[position].curve.steps()
    }

    /// Prices improved from `prices`, and the reduced costs under them.
    fn reduced(&self, status: &[Status], prices: &Prices, rounds: u32) -> (Prices, Reduced) {
        let target = self.best.as_ref().map_or(self.estimate, |best| best.cost);
        let prices = self.approximation.ascend(status, prices, target, rounds);
        let multipliers = prices.rounded();
        let mut profits = Profits::default();
        let least: Vec<Femto> = (0..status.len())
            .map(|position| {
                if status[position] == Status::Closed {
                    return 0;
                }
                profits.fill(&multipliers, self.classes, position);
                let steps = self.steps(position);
                let range = status[position].range(steps.len());
                profits.reduced_costs(&steps[range.first..=range.last]).min().unwrap_or(Femto::MAX / 4)
            })
            .collect();
        let added = |(status, least): (&Status, &Femto)| match status {
            Status::Closed => 0,
            Status::Free => (*least).min(0),
            Status::Open(_) => *least,
        };
        let constant = multipliers.constant(self.service, self.classes);
        let bound = constant + status.iter().zip(&least).map(added).sum::<Femto>();
        (prices, Reduced { bound, multipliers, least })
    }

    /// True if nothing of cost `bound` or more is worth looking for.
    fn is_cut(&mut self, bound: Femto) -> bool {
        let Some(best) = &self.best else { return false };
        let is_cut = bound >= best.cost - best.cost / 1_000_000 * self.slack_millionths;
        if is_cut && bound < best.cost {
            self.least_cut = self.least_cut.min(bound);
        }
        is_cut
    }

    /// Searches below a node; true if it was searched to the end.
    fn node(&mut self, mut status: Vec<Status>, mut prices: Prices, mut reduced: Reduced) -> bool {
        let mut is_complete = true;
        loop {
            if self.work_left == 0 || self.interrupt.is_raised() {
                return false;
            }
            self.work_left -= 1;
            if self.is_cut(reduced.bound) {
                return is_complete;
            }
            self.close_hopeless(&mut status, &reduced);
            let open = status.iter().filter(|status| matches!(status, Status::Open(_))).count();
            if !self.is_possible(&status, open) {
                return is_complete;
            }
            if open == self.service.max_regions {
                close_all(&mut status);
            }
            let (one, other) = match self.next_free(&status, &reduced) {
                Some(next) => {
                    // Open first: that leads to placements soonest.
                    let (mut one, mut other) = (status.clone(), status);
                    one[next] = Status::Open(Range { first: 0, last: self.steps(next).len() - 1 });
                    self.close(&mut other, next);
                    (one, other)
                }
                None => match self.halves(&mut status, &reduced) {
                    Some(halves) => halves,
                    None => return is_complete,
                },
            };
            let (below_prices, below) = self.reduced(&one, &prices, ROUNDS);
            is_complete &= self.node(one, below_prices, below);
            // The other branch goes on in this loop, so that depth stays small.
            (prices, reduced) = self.reduced(&other, &prices, ROUNDS);
            status = other;
        }
    }

    /// Closes free regions whose use would reach the best known cost.
    fn close_hopeless(&mut self, status: &mut [Status], reduced: &Reduced) {
        for position in 0..status.len() {
            if status[position] != Status::Free {
                continue;
            }
            let needs = &self.service.candidates[position].needs;
            let forced = |&&need: &&usize| status[need] == Status::Free;
            let forced: Femto = needs.iter().filter(forced).map(|&need| reduced.least[need].max(0)).sum();
            let bound = reduced.bound + reduced.least[position].max(0) + forced;
            if needs.iter().any(|&need| status[need] == Status::Closed) || self.is_cut(bound) {
                self.close(status, position);
            }
        }
    }

    /// Closes a region and all that need it.
    fn close(&self, status: &mut [Status], position: usize) {
        status[position] = Status::Closed;
        for (other, candidate) in self.service.candidates.iter().enumerate() {
            if status[other] == Status::Free && candidate.needs.contains(&position) {
                status[other] = Status::Closed;
            }
        }
    }

    /// True if the regions that are not closed can still serve everybody, within the limits on their number.
    fn is_possible(&self, status: &[Status], open: usize) -> bool {
        let left = status.iter().filter(|status| **status != Status::Closed).count();
        open <= self.service.max_regions
            && left >= self.service.min_regions
            && self.classes.iter().all(|class| {
                class.reach.iter().zip(status).any(|(reach, status)| *reach != Reach::No && *status != Status::Closed)
            })
    }

    /// The free region to decide next: the one whose use adds least, among those whose needs are all open.
    fn next_free(&self, status: &[Status], reduced: &Reduced) -> Option<usize> {
        let is_open = |need: &usize| matches!(status[*need], Status::Open(_));
        let is_next = |&position: &usize| {
            status[position] == Status::Free && self.service.candidates[position].needs.iter().all(is_open)
        };
        (0..status.len()).filter(is_next).min_by_key(|&position| (reduced.least[position], position))
    }

    /// With every region decided: tries the placement at hand, narrows the ranges of steps, and splits the widest; `None` if nothing is left.
    fn halves(&mut self, status: &mut [Status], reduced: &Reduced) -> Option<(Vec<Status>, Vec<Status>)> {
        let mut ranges: Vec<(usize, Range)> = Vec::new();
        for (position, status) in status.iter().enumerate() {
            if let Status::Open(range) = status {
                ranges.push((position, *range));
            }
        }
        if ranges.is_empty() || ranges.len() < self.service.min_regions {
            return None;
        }
        if !self.narrow(&mut ranges, reduced) {
            return None;
        }
        let brim: Vec<(usize, u64)> =
            ranges.iter().map(|&(position, range)| (position, self.steps(position)[range.last].capacity)).collect();
        // If the upper ends cannot carry the demand nothing in the ranges can.
        let choice = evaluate(self.service, self.classes, &self.demand, &brim)?;
        if self.best.as_ref().is_none_or(|best| choice.cost < best.cost) {
            self.best = Some(choice);
        }
        let width = |&(position, range): &(usize, Range)| {
            let steps = self.steps(position);
            steps[range.last].cost - steps[range.first].cost
        };
        let &(widest, range) = ranges.iter().max_by_key(|at| (width(at), std::cmp::Reverse(at.0)))?;
        if range.first == range.last || ranges.len() == 1 {
            // One step each, or one region that carries everything: what was tried is the best there is.
            self.allow_for_coarse_steps(&ranges, reduced.bound);
            return None;
        }
        for &(position, range) in &ranges {
            status[position] = Status::Open(range);
        }
        let middle = usize::midpoint(range.first, range.last);
        let (mut lower, mut upper) = (status.to_vec(), status.to_vec());
        lower[widest] = Status::Open(Range { first: range.first, last: middle });
        upper[widest] = Status::Open(Range { first: middle + 1, last: range.last });
        // The half with the better step first.
        let costs = reduced.multipliers.reduced_costs(self.service, self.classes, widest);
        let least = |range: std::ops::RangeInclusive<usize>| costs[range].iter().min().copied();
        if least(range.first..=middle) <= least(middle + 1..=range.last) {
            Some((lower, upper))
        } else {
            Some((upper, lower))
        }
    }

    /// Takes steps off the ends of ranges: those whose use would reach the best known cost, and those too small whatever the others carry.
    /// False if a range ends up empty.
    fn narrow(&mut self, ranges: &mut [(usize, Range)], reduced: &Reduced) -> bool {
        for at in 0..ranges.len() {
            let (position, mut range) = ranges[at];
            let costs = reduced.multipliers.reduced_costs(self.service, self.classes, position);
            let elsewhere = reduced.bound - reduced.least[position];
            let others = (0..ranges.len()).filter(|&other| other != at);
            let carried = |other: usize| self.steps(ranges[other].0)[ranges[other].1.last].capacity;
            let others: u64 = others.map(carried).fold(0, u64::saturating_add);
            let required = self.service.total.saturating_sub(others);
            while range.first <= range.last
                && (self.steps(position)[range.first].capacity < required
                    || self.is_cut(elsewhere + costs[range.first]))
            {
                range.first += 1;
            }
            while range.first < range.last && self.is_cut(elsewhere + costs[range.last]) {
                range.last -= 1;
            }
            if range.first > range.last {
                return false;
            }
            ranges[at].1 = range;
        }
        true
    }

    /// Within a step that stands for several, another split of the traffic may cost less than the one that was tried: the bound stays.
    fn allow_for_coarse_steps(&mut self, ranges: &[(usize, Range)], bound: Femto) {
        if !ranges.iter().all(|&(position, _)| self.service.candidates[position].curve.is_exact()) {
            self.least_cut = self.least_cut.min(bound);
        }
    }
}

fn close_all(status: &mut [Status]) {
    for status in status.iter_mut().filter(|status| **status == Status::Free) {
        *status = Status::Closed;
    }
}
