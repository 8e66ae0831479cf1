//! Where a service whose user groups rise and fall apart sends its requests, and how that gets cheaper.

use std::collections::BTreeSet;

use super::Ground;
use crate::formulate::{Femto, Reach};
use crate::solve::Effort;

/// Times that all moves are looked at, at most.
const MOST_SWEEPS: usize = 60;

/// Machines that a move may empty or fill in an hour.
const MOST_MACHINES: u128 = 2;

/// What a region is sent.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) candidate: usize,
    /// By class, in milli-rps of its largest rate.
    pub(super) sent: Vec<u64>,
    /// The position of the cheapest type among the fits of the curve.
    pub(super) fit: usize,
    cost: Femto,
}

/// A placement over a few regions, in use or not.
#[derive(Clone)]
pub(super) struct Plan<'g, 'a> {
    ground: &'g Ground<'a>,
    regions: Vec<Region>,
}

/// Requests of a class that go elsewhere.
#[derive(Clone, Copy)]
struct Move {
    class: usize,
    from: usize,
    to: usize,
}

impl<'g, 'a> Plan<'g, 'a> {
    /// Nothing is sent anywhere.
    pub(super) fn empty(ground: &'g Ground<'a>, candidates: &[usize]) -> Self {
        let sent = vec![0; ground.classes.len()];
        let region = |&candidate: &usize| Region { candidate, sent: sent.clone(), fit: 0, cost: 0 };
        Self { ground, regions: candidates.iter().map(region).collect() }
    }

    pub(super) fn ground(&self) -> &'g Ground<'a> {
        self.ground
    }

    pub(super) fn cost(&self) -> Femto {
        self.regions.iter().map(|region| region.cost).sum()
    }

    /// The regions in use, by candidate.
    pub(super) fn used(&self) -> Vec<&Region> {
        self.regions.iter().filter(|region| is_used(&region.sent)).collect()
    }

    pub(super) fn in_use(&self) -> usize {
        self.used().len()
    }

    /// All demand divided in proportion to `parts`, by region and class; what is left of a class goes where most of it does. `None` if some class has no part.
    pub(super) fn divided(&self, parts: &[Vec<u128>]) -> Option<Self> {
        let mut plan = self.clone();
        for (class, of) in self.ground.classes.iter().enumerate() {
            let all: u128 = parts.iter().map(|parts| parts[class]).sum();
            let most = (0..parts.len()).rev().max_by_key(|&region| parts[region][class])?;
            let mut left = of.rate;
            for (region, parts) in plan.regions.iter_mut().zip(parts) {
                let share = (u128::from(of.rate) * parts[class]).checked_div(all)?;
                region.sent[class] = u64::try_from(share).unwrap_or(u64::MAX).min(left);
                left -= region.sent[class];
            }
            plan.regions[most].sent[class] += left;
        }
        (0..plan.regions.len()).for_each(|region| plan.reckon(region));
        Some(plan)
    }

    /// Every class where most of it goes.
    pub(super) fn whole(&self) -> Self {
        let mut plan = self.clone();
        for (class, of) in self.ground.classes.iter().enumerate() {
            let most = (0..self.regions.len()).rev().max_by_key(|&region| self.regions[region].sent[class]);
            for (at, region) in plan.regions.iter_mut().enumerate() {
                region.sent[class] = if Some(at) == most { of.rate } else { 0 };
            }
        }
        (0..plan.regions.len()).for_each(|region| plan.reckon(region));
        plan
    }

    /// Every class where it costs least beside those before it, the largest first; `None` if one can go nowhere.
    pub(super) fn greedy(&self) -> Option<Self> {
        let mut plan = self.clone();
        let classes = &self.ground.classes;
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by_key(|&class| std::cmp::Reverse(classes[class].rate));
        for class in order {
            let with = |region: usize| {
                let mut sent = plan.regions[region].sent.clone();
                sent[class] = classes[class].rate;
                self.ground.cost(plan.regions[region].candidate, &sent).1 - plan.regions[region].cost
            };
            let is_open = |region: &usize| {
                is_used(&plan.regions[*region].sent) || plan.in_use() < self.ground.service.max_regions
            };
            let may = |region: &usize| plan.may_send(class, *region) && is_open(region);
            let best = (0..plan.regions.len()).filter(may).min_by_key(|&region| with(region))?;
            plan.regions[best].sent[class] = classes[class].rate;
            plan.reckon(best);
        }
        Some(plan)
    }

    /// The same made cheaper by sending requests of one class elsewhere, so many that machines are emptied or filled in some hour, as long as that helps.
    pub(super) fn improved(mut self, effort: Effort<'_>) -> Self {
        for _ in 0..MOST_SWEEPS {
            let mut is_better = false;
            for class in 0..self.ground.classes.len() {
                for from in 0..self.regions.len() {
                    for to in 0..self.regions.len() {
                        is_better |= self.shift(Move { class, from, to });
                    }
                }
            }
            if !is_better || effort.interrupt.is_raised() {
                break;
            }
        }
        self
    }

    fn may_send(&self, class: usize, region: usize) -> bool {
        self.ground.classes[class].reach[self.regions[region].candidate] != Reach::No
    }

    /// Makes the best of the moves of a class between two regions, if it saves anything.
    fn shift(&mut self, of: Move) -> bool {
        let Move { class, from, to } = of;
        let (source, target) = (&self.regions[from], &self.regions[to]);
        let opens = !is_used(&target.sent);
        if from == to || source.sent[class] == 0 || !self.may_send(class, to) {
            return false;
        }
        let is_full = opens && self.in_use() >= self.ground.service.max_regions;
        let now = source.cost + target.cost;
        let moved = |amount: u64| {
            let (mut left, mut more) = (source.sent.clone(), target.sent.clone());
            left[class] -= amount;
            more[class] += amount;
            let costs = self.ground.cost(source.candidate, &left).1 + self.ground.cost(target.candidate, &more).1;
            (!is_full || !is_used(&left)).then_some((costs, amount))
        };
        let best = self.amounts(of).into_iter().filter_map(moved).min();
        let Some((_, amount)) = best.filter(|(cost, _)| *cost < now) else { return false };
        self.regions[from].sent[class] -= amount;
        self.regions[to].sent[class] += amount;
        self.reckon(from);
        self.reckon(to);
        true
    }

    /// How much of a class may go: all of it, or what empties machines in one region or fills them in the other in some hour.
    fn amounts(&self, Move { class, from, to }: Move) -> BTreeSet<u64> {
        let sent = self.regions[from].sent[class];
        let mut amounts = BTreeSet::from([sent]);
        let mut add = |parts: u128, share: u32, is_up: bool| {
            let share = u128::from(share);
            let amount = if is_up { parts.div_ceil(share) } else { parts / share };
            amounts.extend(u64::try_from(amount).ok().filter(|amount| (1..sent).contains(amount)));
        };
        for (shares, _) in self.ground.hours.iter().filter(|(shares, _)| shares[class] > 0) {
            let parts = |region: &Region| asked(&region.sent, shares);
            let of_machine = |region: &Region| self.ground.of_machine(region.candidate, region.fit);
            let (source, target) = (&self.regions[from], &self.regions[to]);
            let (each, asked) = (of_machine(source), parts(source));
            let over = asked - (asked.div_ceil(each).max(1) - 1) * each;
            for machines in 0..MOST_MACHINES {
                add(over + machines * each, shares[class], true);
            }
            let (each, asked) = (of_machine(target), parts(target));
            let room = asked.div_ceil(each) * each - asked;
            for machines in 0..MOST_MACHINES {
                add(room + machines * each, shares[class], false);
            }
        }
        amounts
    }

    fn reckon(&mut self, region: usize) {
        let of = &mut self.regions[region];
        (of.fit, of.cost) = self.ground.cost(of.candidate, &of.sent);
    }
}

fn is_used(sent: &[u64]) -> bool {
    sent.iter().any(|&rate| rate > 0)
}

/// What is asked in an hour, in millionths of a milli-rps.
fn asked(sent: &[u64], shares: &[u32]) -> u128 {
    sent.iter().zip(shares).map(|(&sent, &share)| u128::from(sent) * u128::from(share)).sum()
}

impl Ground<'_> {
    /// What a machine carries, in millionths of a milli-rps.
    fn of_machine(&self, candidate: usize, fit: usize) -> u128 {
        let curve = &self.curves[candidate];
        1_000_000 * u128::from(curve.rate_per_replica()) * u128::from(curve.fits()[fit].replicas)
    }

    /// The cheapest type in a region that is sent so much of each class, and what everything costs there.
    fn cost(&self, candidate: usize, sent: &[u64]) -> (usize, Femto) {
        if !is_used(sent) {
            return (0, 0);
        }
        let curve = &self.curves[candidate];
        let loads: Vec<(u64, Femto)> = self
            .hours
            .iter()
            .map(|(shares, paid)| {
                let load = asked(sent, shares).div_ceil(1_000_000);
                (u64::try_from(load).unwrap_or(u64::MAX), *paid)
            })
            .collect();
        let of_fit = |fit: usize| -> Femto {
            let paid: Femto = loads.iter().map(|&(load, paid)| curve.cost_of_type(fit, load, 0) * paid).sum();
            paid / self.all
        };
        let (fit, of_machines) =
            (0..curve.fits().len()).map(|fit| (fit, of_fit(fit))).min_by_key(|&(_, cost)| cost).unwrap_or_default();
        let on_the_way: Femto =
            sent.iter().zip(&self.classes).map(|(&sent, class)| class.cost[candidate] * Femto::from(sent)).sum();
        (fit, of_machines + on_the_way)
    }
}
