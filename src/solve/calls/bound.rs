//! A lower bound of services that call each other, by prices of what each class of users leads to in each region.
//!
//! For any prices p(g, s, a) >= 0 of a milli-rps of load of service s that class g leads to in candidate a, weak duality gives
//!
//! > cost >= sum over g of rate(g) × (least over a of entry(g, a) + v(g, s(g), a))  +  sum over regions r of min(0, fixed(r) + sum over s of min(0, reduced(s, r)))
//! > v(g, s, a) = p(g, s, a) + sum over calls k of s of per_request(k) × (least over b of way(k, a, b) + v(g, callee(k), b))
//! > reduced(s, r) = least over steps v of cost(v) − max { sum over g of p(g, s, r) z(g) : 0 <= z(g) <= load(g, s), sum of z <= capacity(v) }
//!
//! The first part lets every class go wherever that is cheapest at these prices, call after call; the second buys only machines that earn their cost. Both
//! are computed in whole numbers, rounded down, so that every set of prices proves a bound. Prices go up where more is sent than bought, and down
//! where less is (subgradient ascent, Polyak steps).

use std::collections::BTreeMap;

use crate::formulate::{Block, Candidate, Entering, Femto, Flows, Outgoing, Service};
use crate::model::RegionId;
use crate::solve::Effort;

/// Rounds of changing prices.
const ROUNDS: usize = 600;

/// Rounds without a better bound after which steps become shorter.
const PATIENCE: usize = 20;

/// The shortest step, as part of a full one, that is worth a round.
const LEAST_STEP: f64 = 1e-3;

/// How much of the average of what is sent where is replaced in a round.
const FRESH: f64 = 0.03;

/// As much as nothing costs: what does not go anywhere.
const CLOSED: i64 = 1 << 60;

/// What prices prove.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// Nothing costs less.
    pub(super) least: Femto,
    /// By service and candidate: what the bound grows by if it is in use.
    pub(super) lift: Vec<Vec<Femto>>,
    /// By service and candidate: the share of the service's load that is sent there, on average of many prices.
    pub(super) sent: Vec<Vec<f64>>,
    prices: Prices,
}

/// Prices in femto-USD per milli-rps, by class, service and candidate; none of services that the class does not lead to.
type Prices = Vec<Vec<Vec<i64>>>;

/// What one set of prices leads to.
#[derive(Clone)]
struct Priced {
    least: Femto,
    reduced: Vec<Vec<Femto>>,
    /// By class, service and candidate: load sent, less load that machines are bought for, as shares of the class's load.
    excess: Vec<Vec<Vec<f64>>>,
    sent: Vec<Vec<f64>>,
}

/// Services, ways and fixed costs, ready to be priced.
pub(super) struct Market<'a> {
    services: &'a [&'a Service],
    flows: &'a Flows,
    fixed: &'a BTreeMap<RegionId, Femto>,
    /// By service, call and candidate of the caller: cost by candidate of the callee.
    ways: Vec<Vec<Vec<Vec<i64>>>>,
}

impl<'a> Market<'a> {
    pub(super) fn of(block: &'a Block, services: &'a [&'a Service], flows: &'a Flows) -> Self {
        let row = |row: &Vec<Option<Femto>>| row.iter().map(|cost| cost.map_or(CLOSED, capped)).collect();
        let of_call = |call: &Outgoing| call.cost.iter().map(row).collect();
        let ways = flows.calls.iter().map(|calls| calls.iter().map(of_call).collect()).collect();
        Self { services, flows, fixed: &block.fixed, ways }
    }

    /// The best bound found, beginning with the prices of one that is known; `None` if some class can go nowhere. `target` is a cost that is known to be
    /// possible.
    pub(super) fn bound(&self, target: Option<Femto>, known: Option<Bound>, effort: Effort<'_>) -> Option<Bound> {
        let mut prices = known.map_or_else(|| self.first_prices(), |known| known.prices);
        let mut best: Option<(Priced, Prices)> = None;
        let mut average: Option<Vec<Vec<f64>>> = None;
        let (mut step, mut stale) = (1.0, 0);
        for _ in 0..ROUNDS {
            let mut seen = self.priced(&prices)?;
            let blend = |average: &mut f64, sent: &f64| *average += FRESH * (sent - *average);
            let average = average.get_or_insert_with(|| seen.sent.clone());
            average
                .iter_mut()
                .flatten()
                .zip(seen.sent.iter().flatten())
                .for_each(|(average, sent)| blend(average, sent));
            let known = best.as_ref().map(|(best, _)| best.least);
            let is_better = known.is_none_or(|known| seen.least > known + known.abs() / 1_000_000);
            stale = if is_better { 0 } else { stale + 1 };
            if known.is_none_or(|known| seen.least > known) {
                best = Some((seen.clone(), prices.clone()));
            }
            let Some((leader, of_leader)) = &best else { break };
            if stale > PATIENCE {
                // Back to what was best, in smaller steps.
                (step, stale) = (step / 2.0, 0);
                (seen, prices) = (leader.clone(), of_leader.clone());
            }
            let is_enough = target.is_some_and(|target| effort.accepts(target, leader.least));
            if step < LEAST_STEP || is_enough || effort.interrupt.is_raised() {
                break;
            }
            // Without a known cost one that is a little above the bound is aimed at.
            let above = |part: Femto| leader.least + leader.least.abs() / part;
            let aim = target.unwrap_or(above(20)).max(above(1_000));
            self.change(&mut prices, &seen, aim, step);
        }
        let (seen, prices) = best?;
        let lift = self.lifts(&seen);
        Some(Bound { least: seen.least, lift, sent: average.unwrap_or(seen.sent), prices })
    }

    /// What machines cost where all of a service's load is in one region.
    fn first_prices(&self) -> Prices {
        let of_class = |class: &Entering| {
            let of_service = |at: usize| -> Vec<i64> {
                let candidates = &self.services[at].candidates;
                let of_candidate = |(candidate, is_reached): (&Candidate, &bool)| {
                    let last = candidate.curve.steps().last();
                    let price = last.map_or(0, |step| step.cost / Femto::from(step.capacity.max(1)));
                    if *is_reached { capped(price) } else { CLOSED }
                };
                if class.loads[at] == 0 {
                    return Vec::new();
                }
                candidates.iter().zip(&class.reached[at]).map(of_candidate).collect()
            };
            (0..self.services.len()).map(of_service).collect()
        };
        self.flows.classes.iter().map(of_class).collect()
    }

    /// Moves prices along what is sent too much, by a Polyak step.
    fn change(&self, prices: &mut Prices, seen: &Priced, aim: Femto, step: f64) {
        let norm: f64 = seen.excess.iter().flatten().flatten().map(|excess| excess * excess).sum();
        if norm <= 0.0 {
            return;
        }
        let length = step * float(aim - seen.least) / norm;
        for ((class, prices), excess) in self.flows.classes.iter().zip(prices).zip(&seen.excess) {
            for ((&load, prices), excess) in class.loads.iter().zip(prices).zip(excess) {
                let scale = length / float(load.max(1).into());
                for (price, excess) in prices.iter_mut().zip(excess).filter(|(price, _)| **price < CLOSED) {
                    *price = whole(float((*price).into()) + scale * excess);
                }
            }
        }
    }

    /// Everything that follows from prices; `None` if some class can go nowhere.
    fn priced(&self, prices: &Prices) -> Option<Priced> {
        let of_size = |service: &&Service| vec![0.0; service.candidates.len()];
        let mut least: Femto = 0;
        let mut sent: Vec<Vec<f64>> = self.services.iter().map(of_size).collect();
        let mut excess = Vec::with_capacity(prices.len());
        for (class, prices) in self.flows.classes.iter().zip(prices) {
            let (cheapest, shares) = self.cheapest(class, prices)?;
            least += Femto::from(class.rate) * Femto::from(cheapest);
            for ((sent, shares), &load) in sent.iter_mut().zip(&shares).zip(&class.loads) {
                for (sent, share) in sent.iter_mut().zip(shares) {
                    *sent += share * float(load.into());
                }
            }
            excess.push(shares);
        }
        for sent in &mut sent {
            let all: f64 = sent.iter().sum();
            sent.iter_mut().filter(|_| all > 0.0).for_each(|sent| *sent /= all);
        }
        let mut of_region: BTreeMap<RegionId, Femto> = self.fixed.clone();
        let mut bought = Vec::with_capacity(self.services.len());
        for (at, service) in self.services.iter().enumerate() {
            let of_candidate = |candidate: usize| self.best_step(at, candidate, prices);
            let best: Vec<_> = (0..service.candidates.len()).map(of_candidate).collect();
            for (candidate, (reduced, _)) in service.candidates.iter().zip(&best) {
                *of_region.entry(candidate.region).or_default() += reduced.min(&0);
            }
            bought.push(best);
        }
        least += of_region.values().map(|sum| sum.min(&0)).sum::<Femto>();
        let mut reduced = Vec::with_capacity(bought.len());
        for (at, (service, bought)) in self.services.iter().zip(bought).enumerate() {
            for (position, (candidate, (reduced, parts))) in service.candidates.iter().zip(&bought).enumerate() {
                let is_open = of_region.get(&candidate.region).is_some_and(|sum| *sum < 0);
                for &(class, share) in parts.iter().filter(|_| *reduced < 0 && is_open) {
                    excess[class][at][position] -= share;
                }
            }
            reduced.push(bought.into_iter().map(|(reduced, _)| reduced).collect());
        }
        Some(Priced { least, reduced, excess, sent })
    }

    /// The least that a milli-rps of a class costs, all its calls included, and where it goes then: shares by service and candidate.
    fn cheapest(&self, class: &Entering, prices: &[Vec<i64>]) -> Option<(i64, Vec<Vec<f64>>)> {
        let services = self.services.len();
        let mut values: Vec<Vec<i64>> = vec![Vec::new(); services];
        let mut chosen: Vec<Vec<Vec<usize>>> = vec![Vec::new(); services];
        for &service in self.flows.order.iter().rev().filter(|service| class.loads[**service] > 0) {
            let mut value = prices[service].clone();
            for (call, ways) in self.flows.calls[service].iter().zip(&self.ways[service]) {
                let mut to = Vec::with_capacity(value.len());
                for (value, ways) in value.iter_mut().zip(ways) {
                    let (least, best) = least_sum(ways, &values[call.callee]);
                    to.push(best);
                    let made = i128::from(least) * i128::from(call.per_request.0) / 1_000_000;
                    *value = if least >= CLOSED { CLOSED } else { capped(i128::from(*value) + made) };
                }
                chosen[service].push(to);
            }
            values[service] = value;
        }
        let entered = class.service;
        let entry = |candidate: usize| capped(i128::from(values[entered][candidate]) + class.cost[candidate]);
        let best = (0..values[entered].len()).min_by_key(|&candidate| entry(candidate))?;
        if entry(best) >= CLOSED {
            return None;
        }
        let mut shares: Vec<Vec<f64>> = values.iter().map(|values| vec![0.0; values.len()]).collect();
        let mut loads: Vec<Vec<f64>> = shares.clone();
        loads[entered][best] = float(class.rate.into());
        for &service in self.flows.order.iter().filter(|service| class.loads[**service] > 0) {
            for candidate in 0..loads[service].len() {
                let load = loads[service][candidate];
                if load > 0.0 {
                    shares[service][candidate] = load / float(class.loads[service].into());
                    for (call, to) in self.flows.calls[service].iter().zip(&chosen[service]) {
                        loads[call.callee][to[candidate]] += load * f64::from(call.per_request.0) / 1e6;
                    }
                }
            }
        }
        Some((entry(best), shares))
    }

    /// The least reduced cost of a candidate's steps, and the share of each class's load that its machines are for.
    fn best_step(&self, service: usize, candidate: usize, prices: &Prices) -> (Femto, Vec<(usize, f64)>) {
        let of_class = |(number, prices): (usize, &Vec<Vec<i64>>)| {
            let price = prices[service].get(candidate).copied().filter(|price| *price < CLOSED)?;
            Some((price, self.flows.classes[number].loads[service], number))
        };
        let mut offers: Vec<(i64, u64, usize)> = prices.iter().enumerate().filter_map(of_class).collect();
        offers.sort_unstable_by(|a, b| b.cmp(a));
        let earned = |capacity: u64| -> Femto {
            let mut left = capacity;
            let mut sum = 0;
            for &(price, load, _) in &offers {
                let taken = load.min(left);
                sum += Femto::from(price) * Femto::from(taken);
                left -= taken;
            }
            sum
        };
        let steps = self.services[service].candidates[candidate].curve.steps().iter();
        let best = steps.map(|step| (step.cost - earned(step.capacity), step.capacity)).min();
        let (reduced, capacity) = best.unwrap_or((Femto::MAX / 4, 0));
        let mut left = capacity;
        let mut parts = Vec::new();
        for &(_, load, class) in offers.iter().filter(|(price, _, _)| *price > 0) {
            let taken = load.min(left);
            left -= taken;
            parts.push((class, float(taken.into()) / float(load.max(1).into())));
        }
        (reduced, parts)
    }

    /// What the bound grows by if a candidate is in use.
    fn lifts(&self, seen: &Priced) -> Vec<Vec<Femto>> {
        let mut of_region: BTreeMap<RegionId, Femto> = self.fixed.clone();
        for (service, reduced) in self.services.iter().zip(&seen.reduced) {
            for (candidate, reduced) in service.candidates.iter().zip(reduced) {
                *of_region.entry(candidate.region).or_default() += reduced.min(&0);
            }
        }
        let of_service = |(service, reduced): (&&Service, &Vec<Femto>)| {
            let lift = |(candidate, reduced): (&Candidate, &Femto)| {
                let sum = of_region.get(&candidate.region).copied().unwrap_or(0);
                sum + reduced.max(&0) - sum.min(0)
            };
            service.candidates.iter().zip(reduced).map(lift).collect()
        };
        self.services.iter().zip(&seen.reduced).map(of_service).collect()
    }
}

/// The least sum of two lists, position by position, and where it is.
fn least_sum(ways: &[i64], values: &[i64]) -> (i64, usize) {
    let least = ways.iter().zip(values).map(|(way, value)| way + value).min().unwrap_or(CLOSED);
    let at = ways.iter().zip(values).position(|(way, value)| way + value == least).unwrap_or(0);
    (least.min(CLOSED), at)
}

/// An amount as far as it can be told from what nothing costs; less is a bound all the same.
fn capped(amount: Femto) -> i64 {
    i64::try_from(amount).unwrap_or(CLOSED).min(CLOSED)
}

#[expect(clippy::cast_precision_loss, reason = "prices may be any numbers near the given ones")]
fn float(amount: Femto) -> f64 {
    amount as f64
}

/// A price in whole femto-USD, not below zero and not as much as nothing costs.
#[expect(clippy::cast_possible_truncation, reason = "between zero and 2^59")]
fn whole(price: f64) -> i64 {
    price.clamp(0.0, float((CLOSED / 2).into())) as i64
}
