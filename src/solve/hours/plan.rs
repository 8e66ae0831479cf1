//! Where a service whose user groups rise and fall apart sends its requests, and how that gets cheaper.

use std::collections::BTreeSet;

use super::{Ground, divided};
use crate::formulate::{Femto, Reach};
use crate::solve::Effort;

/// Hours in which what a move leads to is looked at, at most, over all moves.
const MOST_WORK: usize = 20_000_000;

/// Machines that a move may empty or fill in an hour.
const MOST_MACHINES: u128 = 2;

/// What a region is sent.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) candidate: usize,
    /// By class, in milli-rps of its largest rate.
    pub(super) sent: Vec<u64>,
    /// By hour: what is asked, in millionths of a milli-rps.
    asked: Vec<u128>,
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
        let none = |&candidate: &usize| (candidate, vec![0; ground.classes.len()]);
        Self::of(ground, candidates.iter().map(none))
    }

    /// What is sent to candidates, by class.
    fn of(ground: &'g Ground<'a>, sent: impl Iterator<Item = (usize, Vec<u64>)>) -> Self {
        Self { ground, regions: sent.map(|(candidate, sent)| Region::of(ground, candidate, sent)).collect() }
    }

    /// The same regions with what is sent to each changed.
    fn resent(&self, sent: Vec<Vec<u64>>) -> Self {
        Self::of(self.ground, self.regions.iter().map(|region| region.candidate).zip(sent))
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
        let mut sent = vec![vec![0; self.ground.classes.len()]; parts.len()];
        for (class, of) in self.ground.classes.iter().enumerate() {
            let parts: Vec<u128> = parts.iter().map(|parts| parts[class]).collect();
            for (sent, share) in sent.iter_mut().zip(divided(of.rate, &parts)?) {
                sent[class] = share;
            }
        }
        Some(self.resent(sent))
    }

    /// Every class where most of it goes.
    pub(super) fn whole(&self) -> Self {
        let mut sent = vec![vec![0; self.ground.classes.len()]; self.regions.len()];
        for (class, of) in self.ground.classes.iter().enumerate() {
            let most = (0..self.regions.len()).rev().max_by_key(|&region| self.regions[region].sent[class]);
            if let Some(most) = most {
                sent[most][class] = of.rate;
            }
        }
        self.resent(sent)
    }

    /// Every class where it costs least beside those before it, the largest first; `None` if one can go nowhere.
    pub(super) fn greedy(&self) -> Option<Self> {
        let mut plan = self.clone();
        let classes = &self.ground.classes;
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by_key(|&class| std::cmp::Reverse(classes[class].rate));
        for class in order {
            let with = |region: usize| {
                let of = &plan.regions[region];
                let mut with = of.clone();
                with.send(self.ground, class, classes[class].rate);
                with.cost - of.cost
            };
            let is_open = |region: &usize| {
                is_used(&plan.regions[*region].sent) || plan.in_use() < self.ground.service.max_regions
            };
            let may = |region: &usize| plan.may_send(class, *region) && is_open(region);
            let best = (0..plan.regions.len()).filter(may).min_by_key(|&region| with(region))?;
            plan.regions[best].send(self.ground, class, classes[class].rate);
        }
        Some(plan)
    }

    /// The same made cheaper by sending requests of one class elsewhere, so many that machines are emptied or filled in some hour, as long as that helps.
    pub(super) fn improved(mut self, effort: Effort<'_>) -> Self {
        let (regions, mut work) = (self.regions.len(), 0);
        let mut is_better = true;
        while is_better {
            is_better = false;
            for class in 0..self.ground.classes.len() {
                for way in 0..regions * regions {
                    let of = Move { class, from: way / regions, to: way % regions };
                    is_better |= self.shift(of, &mut work);
                }
                if work > MOST_WORK || effort.interrupt.is_raised() {
                    return self;
                }
            }
        }
        self
    }

    fn may_send(&self, class: usize, region: usize) -> bool {
        self.ground.classes[class].reach[self.regions[region].candidate] != Reach::No
    }

    /// Makes the best of the moves of a class between two regions, if it saves anything; adds to the work done.
    fn shift(&mut self, of: Move, work: &mut usize) -> bool {
        let Move { class, from, to } = of;
        let (source, target) = (&self.regions[from], &self.regions[to]);
        if from == to || source.sent[class] == 0 || !self.may_send(class, to) {
            return false;
        }
        let is_full = !is_used(&target.sent) && self.in_use() >= self.ground.service.max_regions;
        let amounts = self.amounts(of);
        *work += amounts.len() * self.ground.hours.len();
        let mut best: Option<(Region, Region)> = None;
        for amount in amounts {
            let (mut less, mut more) = (source.clone(), target.clone());
            less.send(self.ground, class, source.sent[class] - amount);
            more.send(self.ground, class, target.sent[class] + amount);
            let known = best.as_ref().map_or(source.cost + target.cost, |(less, more)| less.cost + more.cost);
            if less.cost + more.cost < known && !(is_full && is_used(&less.sent)) {
                best = Some((less, more));
            }
        }
        let Some((less, more)) = best else { return false };
        (self.regions[from], self.regions[to]) = (less, more);
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
        let of_machine = |region: &Region| self.ground.of_machine(region.candidate, region.fit);
        let (source, target) = (&self.regions[from], &self.regions[to]);
        let hours = self.ground.hours.iter().enumerate();
        for (hour, (shares, _)) in hours.filter(|(_, (shares, _))| shares[class] > 0) {
            let (each, asked) = (of_machine(source), source.asked[hour]);
            let over = asked - (asked.div_ceil(each).max(1) - 1) * each;
            for machines in 0..MOST_MACHINES {
                add(over + machines * each, shares[class], true);
            }
            let (each, asked) = (of_machine(target), target.asked[hour]);
            let room = asked.div_ceil(each) * each - asked;
            for machines in 0..MOST_MACHINES {
                add(room + machines * each, shares[class], false);
            }
        }
        amounts
    }
}

impl Region {
    fn of(ground: &Ground<'_>, candidate: usize, sent: Vec<u64>) -> Self {
        let asked = |(shares, _): &(Vec<u32>, Femto)| -> u128 {
            sent.iter().zip(shares).map(|(&sent, &share)| u128::from(sent) * u128::from(share)).sum()
        };
        let asked = ground.hours.iter().map(asked).collect();
        let mut region = Self { candidate, sent, asked, fit: 0, cost: 0 };
        (region.fit, region.cost) = ground.cost(&region);
        region
    }

    /// Changes what is sent of a class.
    fn send(&mut self, ground: &Ground<'_>, class: usize, rate: u64) {
        let before = std::mem::replace(&mut self.sent[class], rate);
        for (asked, (shares, _)) in self.asked.iter_mut().zip(&ground.hours) {
            let share = u128::from(shares[class]);
            *asked = *asked + u128::from(rate) * share - u128::from(before) * share;
        }
        (self.fit, self.cost) = ground.cost(self);
    }
}

fn is_used(sent: &[u64]) -> bool {
    sent.iter().any(|&rate| rate > 0)
}

impl Ground<'_> {
    /// What a machine carries, in millionths of a milli-rps.
    fn of_machine(&self, candidate: usize, fit: usize) -> u128 {
        let curve = &self.curves[candidate];
        1_000_000 * u128::from(curve.rate_per_replica()) * u128::from(curve.fits()[fit].replicas)
    }

    /// The cheapest type in a region for what is asked there, and what everything costs.
    fn cost(&self, region: &Region) -> (usize, Femto) {
        if !is_used(&region.sent) {
            return (0, 0);
        }
        let curve = &self.curves[region.candidate];
        let load = |asked: &u128| u64::try_from(asked.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let loads: Vec<u64> = region.asked.iter().map(load).collect();
        let of_fit = |fit: usize| -> Femto {
            let hours = loads.iter().zip(&self.hours);
            hours.map(|(&load, (_, paid))| curve.cost_of_type(fit, load, 0) * paid).sum::<Femto>() / self.all
        };
        let fits = (0..curve.fits().len()).map(|fit| (fit, of_fit(fit)));
        let (fit, of_machines) = fits.min_by_key(|&(_, cost)| cost).unwrap_or_default();
        let sent = region.sent.iter().zip(&self.classes);
        let on_the_way: Femto = sent.map(|(&sent, class)| class.cost[region.candidate] * Femto::from(sent)).sum();
        (fit, of_machines + on_the_way)
    }
}
