//! The steps of a curve: the lower envelope over its types, or every number of machines that no other replaces.

use super::{Curve, Step};
use crate::formulate::commitments::Savings;
use crate::formulate::cost::Femto;
use crate::formulate::demand::Hours;
use crate::formulate::machines::Fit;

/// Steps are exact up to this many machines of a type; beyond it one step stands for 1/32,768 of the load, at the cost of its lower
/// end. Such a curve is nowhere above the true one, so bounds stay valid, and the error is far below the gap tolerance.
const EXACT_MACHINES: u64 = 32_768;

/// The same where machines may be spot, whose cheapest mix is searched for and not computed.
const EXACT_MIXES: u64 = 4_096;

/// Envelopes over more replicas than this are sorted instead of tabulated. Below it every step is exact.
const MOST_TABULATED: usize = 32_768;

/// Beyond this many machines of a type, steps of curves with two capacities stand for 1/512 of them each: such curves are part of programs, whose
/// columns are many.
const EXACT_MACHINES_HELD: u64 = 512;

/// The same beside spot where no zone is outlived: what must be left when pools are taken back makes many steps of one number of machines.
const EXACT_MIXES_HELD: u64 = 64;

/// Steps of one number of machines, at most, where more than [`EXACT_MIXES_HELD`] may have to be left of it.
const MOST_MIXES: u64 = 16;

impl Curve {
    /// Machines of a type up to which steps are exact.
    pub(super) const fn exact_machines(&self) -> u64 {
        if self.rules.allow_spot() { EXACT_MIXES } else { EXACT_MACHINES }
    }

    /// The lower envelope of the staircases of all types, up to the step that reaches `most`.
    pub(super) fn envelope(&self, most: u64) -> Vec<Step> {
        let is_plain = self.hours.is_constant()
            && !self.rules.allow_spot()
            && self.fits.iter().all(|fit| fit.committed.is_empty());
        match usize::try_from(most.div_ceil(self.rate_per_replica).max(1)) {
            Ok(replicas) if is_plain && replicas <= MOST_TABULATED => self.tabulated(most, replicas),
            Ok(_) | Err(_) => self.sorted(most),
        }
    }

    /// The envelope by way of a table of the least cost of every number of replicas, where demand is constant and all machines are on demand:
    /// quicker than sorting.
    fn tabulated(&self, most: u64, replicas: usize) -> Vec<Step> {
        let mut least: Vec<Femto> = vec![Femto::MAX; replicas + 1];
        for fit in &self.fits {
            let held = usize::try_from(fit.replicas).unwrap_or(replicas).min(replicas);
            let mut reached = 0;
            for needed in 1.. {
                reached = replicas.min(reached + held);
                let cost = fit.cost * Femto::from(self.surviving(fit, needed)) + self.beside(fit);
                least[reached] = least[reached].min(cost);
                if reached == replicas {
                    break;
                }
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        for (reached, &cost) in least.iter().enumerate().filter(|&(_, &cost)| cost < Femto::MAX).rev() {
            // What carries more and costs no more replaces it.
            if steps.last().is_none_or(|next| cost < next.cost) {
                let capacity = (reached as u64).saturating_mul(self.rate_per_replica).min(most);
                steps.push(Step { capacity, cost, replicas: 0 });
            }
        }
        steps.reverse();
        steps
    }

    pub(super) fn sorted(&self, most: u64) -> Vec<Step> {
        let mut points: Vec<Step> = Vec::new();
        for at in 0..self.fits.len() {
            self.staircase(at, most, &mut points);
        }
        points.sort_unstable_by(|a, b| a.cost.cmp(&b.cost).then(b.capacity.cmp(&a.capacity)));
        let mut reached = 0;
        points.retain(|point| {
            let extends = point.capacity > reached;
            reached = reached.max(point.capacity);
            extends
        });
        points
    }

    /// Numbers of machines of all types that no other replaces in capacity, replicas held and cost.
    pub(super) fn frontier(&self, most: u64, held: u64) -> Vec<Step> {
        let mut points: Vec<Step> = Vec::new();
        for at in 0..self.fits.len() {
            self.numbers(at, most, held, &mut points);
        }
        points.sort_unstable_by(|a, b| {
            a.cost.cmp(&b.cost).then(b.capacity.cmp(&a.capacity)).then(b.replicas.cmp(&a.replicas))
        });
        // By capacity: the most replicas that a cheaper point of at least this capacity holds, while both grow apart.
        let mut kept: Vec<Step> = Vec::new();
        let mut front: Vec<(u64, u64)> = Vec::new();
        for point in points {
            let at = front.partition_point(|&(capacity, _)| capacity < point.capacity);
            if front.get(at).is_some_and(|&(_, replicas)| replicas >= point.replicas) {
                continue;
            }
            // Those it replaces carry no more and hold no more: they are no use for comparisons from here on.
            let from = front[..at].iter().rposition(|&(_, replicas)| replicas > point.replicas).map_or(0, |at| at + 1);
            let to = at + front[at..].iter().take_while(|&&(capacity, _)| capacity == point.capacity).count();
            front.splice(from..to, [(point.capacity, point.replicas)]);
            kept.push(point);
        }
        kept
    }

    /// Numbers of machines of one type, up to those that carry `most` and hold `held` replicas.
    pub(super) fn numbers(&self, at: usize, most: u64, held: u64, points: &mut Vec<Step>) {
        let fit = &self.fits[at];
        if self.rules.allow_spot() && !fit.spot.is_empty() {
            return self.mixes(fit, most, held, points);
        }
        let rules = self.rules_of(fit);
        let machines = self.instances(fit, most, held);
        let mut instances = self.surviving(fit, 1);
        while instances <= machines {
            let wider = (instances / EXACT_MACHINES_HELD).min(machines - instances);
            let last = instances + wider - wider % rules.step();
            let left = rules.left_of(last);
            let capacity = u128::from(left) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
            let capacity = u64::try_from(capacity.min(u128::from(most))).unwrap_or(most);
            let replicas = last.saturating_mul(fit.replicas).min(held);
            let cost = fit.cost * Femto::from(instances) + self.beside(fit);
            points.push(Step { capacity, cost, replicas });
            instances = last + rules.step();
        }
    }

    /// Numbers of machines on demand and spot ones of one size, up to those that carry `most` and hold `held` replicas. Of a number of machines, the fewer must
    /// be left when pools are taken back, the less they cost; of many such numbers a step stands for several, at the least of their costs.
    fn mixes(&self, fit: &Fit, most: u64, held: u64, points: &mut Vec<Step>) {
        let (rules, step) = (&self.rules, self.rules.step());
        let wanted = self.needed(fit, most);
        let all = rules.cheapest_from(fit.cost, &fit.spot, wanted, held.div_ceil(fit.replicas));
        let enough = all.on_demand + all.spot.iter().sum::<u64>();
        let floor = |total: u64| rules.floor(fit.cost, &fit.spot, total);
        // Where zones are outlived, what is left after their loss is seldom less than after that of pools: a number of machines is one step.
        let exact = if rules.lost_zones() > 0 { EXACT_MACHINES_HELD } else { EXACT_MIXES_HELD };
        let mut total = rules.surviving(1);
        // Beyond what is enough of everything, more machines are of use while they may cost less because more of them are spot.
        while total <= enough || floor(total) < all.cost {
            let wider = total / exact;
            let last = total + wider - wider % step;
            let mut left = rules.left_of(last).min(wanted);
            let alike = if left <= EXACT_MIXES_HELD { 1 } else { left.div_ceil(MOST_MIXES) };
            let mut known = Femto::MAX;
            while left > 0 && known > floor(total) {
                let fewest = (left + 1).saturating_sub(alike).max(1);
                let cost =
                    |total: u64| rules.cheapest_of(fit.cost, &fit.spot, total, fewest.min(rules.left_of(total))).cost;
                let totals = (0..=(last - total) / step).map(|more| total + more * step);
                let cost = totals.map(cost).min().unwrap_or(known);
                if cost < known {
                    let capacity = u128::from(left) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
                    let capacity = u64::try_from(capacity.min(u128::from(most))).unwrap_or(most);
                    let replicas = last.saturating_mul(fit.replicas).min(held);
                    points.push(Step { capacity, cost: cost + self.beside(fit), replicas });
                    known = cost;
                }
                left = fewest - 1;
            }
            total = last + step;
        }
    }

    /// The steps of one type: one ends wherever another machine is needed in some period.
    pub(super) fn staircase(&self, at: usize, most: u64, points: &mut Vec<Step>) {
        let fit = &self.fits[at];
        let exact = self.exact_machines();
        let mut ends: Vec<(u64, usize, u64)> = Vec::new();
        for (period, &(share, _)) in self.hours.paid().iter().enumerate() {
            let mut needed = 1;
            loop {
                let last = needed + needed / exact;
                let carried = u128::from(last) * u128::from(fit.replicas) * u128::from(self.rate_per_replica);
                let end = Hours::largest(u64::try_from(carried).unwrap_or(u64::MAX), share).min(most);
                ends.push((end, period, last));
                if end == most {
                    break;
                }
                needed = last + 1;
            }
        }
        ends.sort_unstable();
        let cost =
            |period: usize, needed: u64| self.cost_of_machines(at, needed) * Femto::from(self.hours.paid()[period].1);
        // The cost of each period at the load at hand, and of all.
        let mut costs: Vec<Femto> = (0..self.hours.paid().len()).map(|period| cost(period, 1)).collect();
        let mut sum: Femto = costs.iter().sum();
        let mut savings = Savings::new(&fit.committed, fit.cost, self.hours.all());
        let mut running: Vec<u64> = vec![self.surviving(fit, 1); costs.len()];
        for (&(_, hours), &machines) in self.hours.paid().iter().zip(&running) {
            savings.add(hours, 0, machines);
        }
        let mut reached = 0;
        for (end, period, last) in ends {
            // Of several periods that end a step at one load the first tells what the step costs.
            if end > reached {
                points.push(Step { capacity: end, cost: self.monthly(fit, sum - savings.sum), replicas: 0 });
                reached = end;
            }
            if end < most {
                sum -= costs[period];
                costs[period] = cost(period, last + 1);
                sum += costs[period];
                let machines = self.surviving(fit, last + 1);
                savings.add(self.hours.paid()[period].1, running[period], machines);
                running[period] = machines;
            }
        }
    }

    /// The cost of up to [`EXACT_MIXES`] machines needed.
    pub(super) fn table(&self, fit: &Fit, most: u64) -> Vec<Femto> {
        let needed = self.needed(fit, most).min(EXACT_MIXES);
        (0..=needed).map(|needed| self.rules.cheapest(fit.cost, &fit.spot, needed).cost).collect()
    }
}
