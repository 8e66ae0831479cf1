//! Exact search for one service: which regions are in use, then which step each takes.
//!
//! A node has decided some regions to be open or closed. Its bound is Lagrangian, with prices improved on the way down (`ascent`) and evaluated in
//! integers (`lagrangian`). A free region whose use would bring the bound to the best known cost is closed, and with it all that need it. When
//! nothing is free the set of regions is fixed and `steps` finds its cheapest loads exactly. A search that ends is a proof in exact arithmetic.

use super::ascent::{Approximation, Prices, Status};
use super::steps::{Choice, evaluate, search_steps};
use crate::formulate::{Class, Femto, Reach, Service};

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
    approximation: Approximation,
    best: Option<Choice>,
    /// A node whose bound is within this of the best cost is cut.
    slack_millionths: Femto,
    /// Least bound among the nodes that were cut though it lay below the best cost.
    least_cut: Femto,
    work_left: u64,
}

/// Searches all placements of `service`; nodes are cut when they cannot improve the best cost by more than `slack_millionths`.
pub(super) fn search(
    service: &Service,
    classes: &[Class],
    start: Option<Choice>,
    slack_millionths: u32,
    work: u64,
) -> Searched {
    let approximation = Approximation::of(service, classes);
    let status = vec![Status::Free; service.candidates.len()];
    let target = start.as_ref().map_or_else(|| upper_estimate(service), |choice| choice.cost);
    let prices = approximation.ascend(&status, &approximation.first_prices(), target, FIRST_ROUNDS);
    let mut search = Search {
        service,
        classes,
        approximation,
        best: start,
        slack_millionths: Femto::from(slack_millionths),
        least_cut: Femto::MAX,
        work_left: work,
    };
    let root = search.reduced(&status, &prices);
    let root_bound = root.bound;
    let is_complete = search.node(status, &prices, root);
    let cost = search.best.as_ref().map_or(Femto::MAX, |best| best.cost);
    let bound = if is_complete { cost.min(search.least_cut) } else { root_bound.min(cost) };
    Searched { best: search.best, bound, is_complete }
}

/// A cost that a placement should not exceed, to aim the ascent at while none is known.
fn upper_estimate(service: &Service) -> Femto {
    service
        .candidates
        .iter()
        .filter_map(|c| Some(c.curve.steps().last()?.cost + c.egress * i128::from(c.curve.most())))
        .sum()
}

/// Reduced costs at a node, in integers.
struct Reduced {
    bound: Femto,
    /// Least reduced cost of each candidate that is not closed.
    least: Vec<Femto>,
}

impl Search<'_> {
    fn reduced(&self, status: &[Status], prices: &Prices) -> Reduced {
        let multipliers = prices.rounded();
        let least: Vec<Femto> = (0..status.len())
            .map(|position| match status[position] {
                Status::Closed => 0,
                Status::Free | Status::Open => multipliers
                    .reduced_costs(self.service, self.classes, position)
                    .into_iter()
                    .min()
                    .unwrap_or(Femto::MAX / 4),
            })
            .collect();
        let added = |(status, least): (&Status, &Femto)| match status {
            Status::Closed => 0,
            Status::Free => (*least).min(0),
            Status::Open => *least,
        };
        let bound =
            multipliers.constant(self.service, self.classes) + status.iter().zip(&least).map(added).sum::<Femto>();
        Reduced { bound, least }
    }

    /// True if nothing below `bound` is worth looking for.
    fn is_cut(&mut self, bound: Femto) -> bool {
        let Some(best) = &self.best else { return false };
        let is_cut = bound >= best.cost - best.cost / 1_000_000 * self.slack_millionths;
        if is_cut && bound < best.cost {
            self.least_cut = self.least_cut.min(bound);
        }
        is_cut
    }

    /// Searches below a node; true if it was searched to the end.
    fn node(&mut self, mut status: Vec<Status>, prices: &Prices, mut reduced: Reduced) -> bool {
        let mut is_complete = true;
        loop {
            if self.work_left == 0 {
                return false;
            }
            self.work_left -= 1;
            if self.is_cut(reduced.bound) {
                return is_complete;
            }
            self.close_hopeless(&mut status, &reduced);
            let open = status.iter().filter(|status| **status == Status::Open).count();
            if !self.is_possible(&status, open) {
                return is_complete;
            }
            if open == self.service.max_regions {
                close_all(&mut status);
            }
            let Some(next) = self.next_free(&status, &reduced) else {
                return self.leaf(&status, prices) && is_complete;
            };
            // Open first: it leads to placements soonest. Then closed, in this loop, so that depth is the number of open regions.
            let mut opened = status.clone();
            opened[next] = Status::Open;
            let below = self.child(&opened, prices);
            is_complete &= self.node(opened, &below.0, below.1);
            self.close(&mut status, next);
            let (_, at_child) = self.child(&status, prices);
            reduced = at_child;
        }
    }

    /// Prices improved for a child, and its reduced costs.
    fn child(&self, status: &[Status], prices: &Prices) -> (Prices, Reduced) {
        let target = self.best.as_ref().map_or_else(|| upper_estimate(self.service), |best| best.cost);
        let prices = self.approximation.ascend(status, prices, target, ROUNDS);
        let reduced = self.reduced(status, &prices);
        (prices, reduced)
    }

    /// Closes free regions whose use would reach the best known cost.
    fn close_hopeless(&mut self, status: &mut [Status], reduced: &Reduced) {
        for position in 0..status.len() {
            if status[position] != Status::Free {
                continue;
            }
            let needs = &self.service.candidates[position].needs;
            let forced: Femto = needs
                .iter()
                .filter(|&&need| status[need] == Status::Free)
                .map(|&need| reduced.least[need].max(0))
                .sum();
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
        let is_next = |&position: &usize| {
            let needs = &self.service.candidates[position].needs;
            status[position] == Status::Free && needs.iter().all(|&need| status[need] == Status::Open)
        };
        (0..status.len()).filter(is_next).min_by_key(|&position| (reduced.least[position], position))
    }

    /// The cheapest loads of a fixed set of regions.
    fn leaf(&mut self, status: &[Status], prices: &Prices) -> bool {
        let open: Vec<usize> = (0..status.len()).filter(|&position| status[position] == Status::Open).collect();
        if open.is_empty() || open.len() < self.service.min_regions {
            return true;
        }
        // A placement that fills these regions to the brim shows whether they can serve at all, and is a first answer.
        let demand: Vec<u64> = self.classes.iter().map(|class| class.rate).collect();
        let brim: Vec<(usize, u64)> = open.iter().map(|&at| (at, self.service.candidates[at].curve.most())).collect();
        let Some(first) = evaluate(self.service, self.classes, &demand, &brim) else { return true };
        self.improve(first);
        if open.len() == 1 {
            return true;
        }
        let target = self.best.as_ref().map_or(Femto::MAX, |best| best.cost);
        let prices = self.approximation.ascend(status, prices, target, FIRST_ROUNDS);
        let cut = target - target / 1_000_000 * self.slack_millionths;
        let found =
            search_steps(self.service, self.classes, &open, &prices.rounded(), target, cut, &mut self.work_left);
        self.least_cut = self.least_cut.min(found.least_cut);
        if let Some(choice) = found.best {
            self.improve(choice);
        }
        found.is_complete
    }

    fn improve(&mut self, choice: Choice) {
        if self.best.as_ref().is_none_or(|best| choice.cost < best.cost) {
            self.best = Some(choice);
        }
    }
}

fn close_all(status: &mut [Status]) {
    for status in status.iter_mut().filter(|status| **status == Status::Free) {
        *status = Status::Closed;
    }
}
