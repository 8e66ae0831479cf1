//! A lower bound of services that call each other, by prices of what each class of users leads to in each region.
//!
//! For any prices p(g, s, a) >= 0 of a milli-rps of load of service s that class g leads to in candidate a, weak duality gives
//!
//! > cost >= sum over g of rate(g) × (least over a of entry(g, a) + v(g, s(g), a))  +  sum over regions r of min(0, fixed(r) + sum over s of min(0, reduced(s, r)))
//! > v(g, s, a) = p(g, s, a) + sum over calls k of s of per_request(k) × (least over b of way(k, a, b) + v(g, callee(k), b))
//! > reduced(s, r) = least over steps v of cost(v) − max { sum over g of p(g, s, r) z(g) : 0 <= z(g) <= load(g, s), sum of z <= capacity(v) }
//!
//! Under quotas, cost(v) is raised by q × taken(v) for a price q >= 0 of each quota, and q × most is taken away. Where a service outlives regions or clouds, replicas that
//! are left after a loss have a price too, and its candidates are looked at together ([`loss`]).
//!
//! The first part lets every class go wherever that is cheapest at these prices, call after call; the second buys only machines that earn their cost. Both
//! are computed in whole numbers, rounded down, so that every set of prices proves a bound. Prices go up where more is sent than bought, and down
//! where less is, by the volume algorithm: along an average of what past prices led to, from the best prices known, as far as a known cost allows.

use std::collections::BTreeMap;

use rayon::prelude::*;

mod loss;

use super::market::{CLOSED, Market, Routing, Stair, capped};
use crate::formulate::{Entering, Femto, Left};
use crate::model::RegionId;
use crate::solve::Effort;
use loss::Losses;

/// Rounds of changing prices.
const ROUNDS: usize = 600;

/// Rounds without a better bound after which steps become shorter.
const PATIENCE: usize = 15;

/// The shortest step, as part of a full one, that is worth a round.
const LEAST_STEP: f64 = 1e-3;

/// The longest step.
const MOST_STEP: f64 = 2.0;

/// How much of the average of what is sent and bought is replaced in a round, at most: at the beginning, at the end, and by what it shrinks
/// after so many rounds.
const FRESH: (f64, f64, f64, usize) = (0.1, 0.005, 0.8, 100);

/// The gap that is small enough is so small a part of the tolerance.
const ENOUGH: Femto = 10;

/// A better bound is one that is better by this part.
const WORTHWHILE: f64 = 1e-5;

/// The highest price: of a thousand calls that follow from one request none costs as much as what nothing costs.
const HIGHEST: i64 = CLOSED / 1024;

/// The highest price of a replica that is left after a loss.
const HIGHEST_OF_REPLICA: Femto = 1 << 80;

/// What prices prove.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// Nothing costs less.
    pub(super) least: Femto,
    /// By service and candidate: what the bound grows by if it is in use.
    pub(super) lift: Vec<Vec<Femto>>,
    /// By service: its part of `least`, of classes that enter at it and of its machines; fixed costs and what is taken away for quotas left out.
    pub(super) of_service: Vec<Femto>,
    /// By service and candidate: the share of the service's load that is sent there, on average of many prices.
    pub(super) sent: Vec<Vec<f64>>,
}

/// Prices in femto-USD.
#[derive(Clone)]
struct Prices {
    /// Of a milli-rps, by class, service and candidate; none of services that the class does not lead to.
    load: Vec<Vec<Vec<i64>>>,
    /// Of a unit of each quota.
    quota: Vec<i64>,
    /// Of a replica that is left after a loss, by service.
    left: Vec<Femto>,
}

/// Shares of the load that a class leads to, by class, service and candidate.
type Shares = Vec<Vec<Vec<f64>>>;

/// What a service buys at some prices.
struct Purchase<'m> {
    /// By candidate.
    bought: Vec<Bought<'m>>,
    /// What is due for replicas that must be left after a loss.
    due: Femto,
    /// The part of these that is missing.
    short: f64,
}

/// The machines of a candidate that earn most at some prices.
struct Bought<'m> {
    reduced: Femto,
    /// The shares of classes' loads that they are for.
    parts: Vec<(usize, f64)>,
    /// What they take of quotas.
    taken: &'m [(usize, u64)],
}

/// What one set of prices leads to.
struct Priced {
    least: Femto,
    of_service: Vec<Femto>,
    reduced: Vec<Vec<Femto>>,
    sent: Shares,
    excess: Excess,
}

/// What is too much.
#[derive(Clone)]
struct Excess {
    /// Load sent, less load that machines are bought for.
    load: Shares,
    /// What is taken of each quota beyond the most there is, in parts of that.
    quota: Vec<f64>,
    /// By service: replicas that must be left after a loss, less those that are, in parts of what must be.
    left: Vec<f64>,
}

/// Where a class goes, or could, at some prices: price, load, class, the dearest first.
type Offers = Vec<(i64, u64, usize)>;

impl Market<'_> {
    /// The best bound found; `None` if some class can go nowhere. `target` is a cost that is known to be possible.
    pub(super) fn bound(&self, target: Option<Femto>, effort: Effort<'_>) -> Option<Bound> {
        let free = self.first_prices(|_, _| 0);
        let first = self.first_prices(|service, candidate| self.full_price(service, candidate));
        // Prices can be too high to be told from what nothing costs; without any, only what is impossible is.
        let (mut prices, mut best) = match self.priced(&first) {
            Some(priced) => (first, priced),
            None => self.priced(&free).map(|priced| (free, priced))?,
        };
        let (mut excess, mut sent) = (best.excess.clone(), best.sent.clone());
        let tolerance = Femto::from(effort.tolerance.0);
        let (mut step, mut stale, mut most) = (1.0, 0, FRESH.0);
        for round in 1..=ROUNDS {
            // Blocks may have gaps of different sizes: what one proves beyond its own tolerance is good for the whole.
            let is_enough =
                target.is_some_and(|target| (target - best.least) * ENOUGH < target / 1_000_000 * tolerance);
            let norm = product(&excess, &excess);
            if step < LEAST_STEP || norm <= 0.0 || is_enough || effort.interrupt.is_raised() {
                break;
            }
            // Without a known cost one that is a little above the bound is aimed at.
            let above = |part: Femto| best.least + best.least.abs() / part;
            let aim = target.unwrap_or(above(20)).max(above(2_000));
            let changed = self.changed(&prices, &excess, step * float(aim - best.least) / norm);
            let Some(seen) = self.priced(&changed) else { break };
            // As much of what is new as makes the average shortest.
            let along = product(&seen.excess, &excess);
            let shrinks = product(&seen.excess, &seen.excess) - 2.0 * along + norm;
            let shortest = if shrinks > 0.0 { (norm - along) / shrinks } else { most };
            let fresh = if shortest < 0.0 { most / 10.0 } else { shortest.min(most) };
            blend(excess.load.iter_mut().flatten().flatten(), seen.excess.load.iter().flatten().flatten(), fresh);
            blend(excess.quota.iter_mut(), seen.excess.quota.iter(), fresh);
            blend(excess.left.iter_mut(), seen.excess.left.iter(), fresh);
            blend(sent.iter_mut().flatten().flatten(), seen.sent.iter().flatten().flatten(), fresh);
            stale += 1;
            if seen.least > best.least {
                if along >= 0.0 {
                    step = f64::min(step * 1.1, MOST_STEP);
                }
                if float(seen.least - best.least) > WORTHWHILE * float(best.least.abs()) {
                    stale = 0;
                }
                (best, prices) = (seen, changed);
            } else if stale > PATIENCE {
                (step, stale) = (step * 0.66, 0);
            }
            if round % FRESH.3 == 0 {
                most = (most * FRESH.2).max(FRESH.1);
            }
        }
        let (lift, sent) = (self.lifts(&prices, &best.reduced), self.parts(&sent));
        Some(Bound { least: best.least, lift, of_service: best.of_service, sent })
    }

    /// What a milli-rps costs on machines that are full.
    fn full_price(&self, service: usize, candidate: usize) -> i64 {
        let last = self.steps(service, candidate).last();
        last.map_or(0, |stair| capped(stair.cost / Femto::from(stair.capacity.max(1))).min(HIGHEST))
    }

    /// Prices to begin with, by service and candidate: the same for all classes that reach it.
    fn first_prices(&self, price: impl Fn(usize, usize) -> i64) -> Prices {
        let of_class = |class: &Entering| {
            let of_service = |service: usize| -> Vec<i64> {
                if class.loads[service] == 0 {
                    return Vec::new();
                }
                let reached = class.reached[service].iter().enumerate();
                reached.map(|(at, &is_reached)| if is_reached { price(service, at) } else { CLOSED }).collect()
            };
            (0..self.services.len()).map(of_service).collect()
        };
        let load = self.flows.classes.iter().map(of_class).collect();
        Prices { load, quota: vec![0; self.quotas.len()], left: vec![0; self.services.len()] }
    }

    /// Prices further along what is sent too much.
    fn changed(&self, prices: &Prices, excess: &Excess, length: f64) -> Prices {
        let mut changed = prices.clone();
        for ((price, excess), &most) in changed.quota.iter_mut().zip(&excess.quota).zip(&self.quotas) {
            *price = whole(float((*price).into()) + length / float(most.max(1).into()) * excess);
        }
        for ((price, excess), left) in changed.left.iter_mut().zip(&excess.left).zip(&self.left) {
            let need = left.as_ref().map_or(1, |left| left.need);
            *price = whole_of_replica(float(*price) + length / float(need.into()) * excess);
        }
        for ((class, prices), excess) in self.flows.classes.iter().zip(&mut changed.load).zip(&excess.load) {
            for ((&load, prices), excess) in class.loads.iter().zip(prices).zip(excess) {
                let scale = length / float(load.max(1).into());
                for (price, excess) in prices.iter_mut().zip(excess).filter(|(price, _)| **price < CLOSED) {
                    *price = whole(float((*price).into()) + scale * excess);
                }
            }
        }
        changed
    }

    /// Everything that follows from prices; `None` if some class can go nowhere.
    fn priced(&self, prices: &Prices) -> Option<Priced> {
        let classes = &self.flows.classes;
        let routed: Vec<Option<(i64, Vec<Vec<f64>>)>> = classes
            .par_iter()
            .zip(&prices.load)
            .map(|(class, prices)| {
                let routing = self.cheapest(class, prices)?;
                Some((routing.least, self.shares(class, &routing)))
            })
            .collect();
        let mut of_service: Vec<Femto> = vec![0; self.services.len()];
        let mut sent = Vec::with_capacity(classes.len());
        for (class, routed) in classes.iter().zip(routed) {
            let (cheapest, shares) = routed?;
            of_service[class.service] += Femto::from(class.rate) * Femto::from(cheapest);
            sent.push(shares);
        }
        let purchases: Vec<Purchase> =
            (0..self.services.len()).into_par_iter().map(|at| self.purchase(at, prices)).collect();
        let of_purchase = |purchase: &Purchase| purchase.bought.iter().map(|bought| bought.reduced).collect();
        let reduced: Vec<Vec<Femto>> = purchases.iter().map(of_purchase).collect();
        let of_region = self.of_regions(&reduced);
        for (sum, purchase) in of_service.iter_mut().zip(&purchases) {
            *sum += purchase.due;
        }
        let mut least: Femto = of_service.iter().sum();
        least += of_region.values().map(|sum| sum.min(&0)).sum::<Femto>();
        let quotas = prices.quota.iter().zip(&self.quotas);
        least -= quotas.map(|(&price, &most)| Femto::from(price) * Femto::from(most)).sum::<Femto>();
        let left = purchases.iter().map(|purchase| purchase.short).collect();
        let mut excess = Excess { load: sent.clone(), quota: vec![-1.0; self.quotas.len()], left };
        for (at, purchase) in purchases.iter().enumerate() {
            for (position, bought) in purchase.bought.iter().enumerate() {
                let region = self.services[at].candidates[position].region;
                let is_open = of_region.get(&region).is_some_and(|sum| *sum < 0);
                if bought.reduced >= 0 || !is_open {
                    continue;
                }
                for &(class, share) in &bought.parts {
                    excess.load[class][at][position] -= share;
                }
                for &(quota, amount) in bought.taken {
                    excess.quota[quota] += float(amount.into()) / float(self.quotas[quota].max(1).into());
                }
            }
        }
        for (sum, reduced) in of_service.iter_mut().zip(&reduced) {
            *sum += reduced.iter().map(|reduced| reduced.min(&0)).sum::<Femto>();
        }
        Some(Priced { least, of_service, reduced, sent, excess })
    }

    /// By region: its fixed cost and what machines earn there.
    fn of_regions(&self, reduced: &[Vec<Femto>]) -> BTreeMap<RegionId, Femto> {
        let mut of_region = self.fixed.clone();
        for (service, reduced) in self.services.iter().zip(reduced) {
            for (candidate, reduced) in service.candidates.iter().zip(reduced) {
                *of_region.entry(candidate.region).or_default() += reduced.min(&0);
            }
        }
        of_region
    }

    /// Where a class goes by a routing.
    fn shares(&self, class: &Entering, routing: &Routing) -> Vec<Vec<f64>> {
        let of_size = |at: usize| vec![0.0; if class.loads[at] > 0 { self.services[at].candidates.len() } else { 0 }];
        let mut loads: Vec<Vec<f64>> = (0..self.services.len()).map(of_size).collect();
        loads[class.service][routing.entry] = float(class.rate.into());
        for &service in self.flows.order.iter().filter(|service| class.loads[**service] > 0) {
            for candidate in 0..loads[service].len() {
                let load = loads[service][candidate];
                for (call, to) in self.flows.calls[service].iter().zip(&routing.chosen[service]) {
                    if load > 0.0 {
                        loads[call.callee][to[candidate]] += load * f64::from(call.per_request.0) / 1e6;
                    }
                }
            }
        }
        for (loads, &all) in loads.iter_mut().zip(&class.loads) {
            for load in loads {
                *load /= float(all.max(1).into());
            }
        }
        loads
    }

    /// What a service buys.
    fn purchase(&self, at: usize, prices: &Prices) -> Purchase<'_> {
        let candidates = 0..self.services[at].candidates.len();
        let Some(left) = &self.left[at] else {
            let bought = candidates.map(|candidate| self.best_step(at, candidate, prices)).collect();
            return Purchase { bought, due: 0, short: 0.0 };
        };
        let (offers, losses) = self.losses(at, left, prices);
        let settled = losses.settled();
        let bought = candidates.zip(offers).zip(settled.steps);
        let bought = bought.map(|((candidate, offers), (reduced, step))| {
            let stair = self.steps(at, candidate).get(step);
            let (capacity, taken) = stair.map_or((0, &[][..]), |stair| (stair.capacity, &stair.taken));
            Bought { reduced, parts: parts(offers, capacity), taken }
        });
        Purchase { bought: bought.collect(), due: settled.due, short: float(settled.short) / float(left.need.into()) }
    }

    /// By candidate what a service is offered, and what its steps cost beside the price of what is left after a loss.
    fn losses<'l>(&self, at: usize, left: &'l Left, prices: &Prices) -> (Vec<Offers>, Losses<'l>) {
        let candidates = 0..self.services[at].candidates.len();
        let offers: Vec<Offers> = candidates.clone().map(|candidate| self.offers(at, candidate, prices)).collect();
        let of_candidate = |candidate: usize| {
            let mut reduced = Vec::with_capacity(self.steps(at, candidate).len());
            self.visit_steps(at, candidate, prices, &offers[candidate], |_, cost| reduced.push(cost));
            reduced
        };
        let reduced: Vec<Vec<Femto>> = candidates.clone().map(of_candidate).collect();
        let steps = candidates.map(|candidate| self.steps(at, candidate));
        (offers, Losses::of(left, prices.left[at], steps, &reduced))
    }

    /// What classes offer for load in a candidate.
    fn offers(&self, service: usize, candidate: usize, prices: &Prices) -> Offers {
        let of_class = |(number, prices): (usize, &Vec<Vec<i64>>)| {
            let price = prices[service].get(candidate).copied().filter(|price| (1..CLOSED).contains(price))?;
            Some((price, self.flows.classes[number].loads[service], number))
        };
        let mut offers: Offers = prices.load.iter().enumerate().filter_map(of_class).collect();
        offers.sort_unstable_by(|a, b| b.cmp(a));
        offers
    }

    /// Calls `visit` with every step of a candidate and its reduced cost.
    fn visit_steps<'m>(
        &'m self,
        service: usize,
        candidate: usize,
        prices: &Prices,
        offers: &Offers,
        mut visit: impl FnMut(&'m Stair, Femto),
    ) {
        // What offers that are taken whole earn and need, the dearest first.
        let (mut taken, mut earned, mut needed): (usize, Femto, u64) = (0, 0, 0);
        for stair in self.steps(service, candidate) {
            while let Some(&(price, load, _)) = offers.get(taken).filter(|offer| needed + offer.1 <= stair.capacity) {
                earned += Femto::from(price) * Femto::from(load);
                needed += load;
                taken += 1;
            }
            let part = offers.get(taken).map_or(0, |offer| Femto::from(offer.0) * Femto::from(stair.capacity - needed));
            let of_quotas =
                stair.taken.iter().map(|&(quota, taken)| Femto::from(prices.quota[quota]) * Femto::from(taken));
            visit(stair, stair.cost + of_quotas.sum::<Femto>() - earned - part);
        }
    }

    /// The least reduced cost of a candidate's steps, and the share of each class's load that its machines are for.
    fn best_step(&self, service: usize, candidate: usize, prices: &Prices) -> Bought<'_> {
        let offers = self.offers(service, candidate, prices);
        let mut best: (Femto, u64, &[(usize, u64)]) = (Femto::MAX / 4, 0, &[]);
        self.visit_steps(service, candidate, prices, &offers, |stair, reduced| {
            if reduced < best.0 {
                best = (reduced, stair.capacity, &stair.taken);
            }
        });
        let (reduced, capacity, taken) = best;
        Bought { reduced, parts: parts(offers, capacity), taken }
    }

    /// What the bound grows by if a candidate is in use.
    fn lifts(&self, prices: &Prices, reduced: &[Vec<Femto>]) -> Vec<Vec<Femto>> {
        let of_region = self.of_regions(reduced);
        let lifts = self.services.iter().zip(reduced).enumerate().map(|(at, (service, reduced))| {
            if let Some(left) = &self.left[at] {
                return self.losses(at, left, prices).1.lifts();
            }
            let lift = service.candidates.iter().zip(reduced).map(|(candidate, reduced)| {
                let sum = of_region.get(&candidate.region).copied().unwrap_or(0);
                sum + reduced.max(&0) - sum.min(0)
            });
            lift.collect()
        });
        lifts.collect()
    }

    /// By service and candidate: the part of the service's load that is sent there.
    fn parts(&self, sent: &Shares) -> Vec<Vec<f64>> {
        let of_service = |at: usize| {
            let mut parts = vec![0.0; self.services[at].candidates.len()];
            for (class, sent) in self.flows.classes.iter().zip(sent) {
                for (part, share) in parts.iter_mut().zip(&sent[at]) {
                    *part += share * float(class.loads[at].into());
                }
            }
            let all: f64 = parts.iter().sum();
            parts.iter_mut().filter(|_| all > 0.0).for_each(|part| *part /= all);
            parts
        };
        (0..self.services.len()).map(of_service).collect()
    }
}

/// The share of each class's load that so large a capacity is for, the dearest offers first.
fn parts(offers: Offers, capacity: u64) -> Vec<(usize, f64)> {
    let mut left = capacity;
    let of_offer = |(_, load, class): (i64, u64, usize)| {
        let share = load.min(left);
        left -= share;
        (class, float(share.into()) / float(load.max(1).into()))
    };
    offers.into_iter().map(of_offer).collect()
}

fn product(a: &Excess, b: &Excess) -> f64 {
    let of_load = a.load.iter().flatten().flatten().zip(b.load.iter().flatten().flatten());
    of_load.chain(a.quota.iter().zip(&b.quota)).chain(a.left.iter().zip(&b.left)).map(|(a, b)| a * b).sum()
}

/// Replaces a part of an average.
fn blend<'v>(average: impl Iterator<Item = &'v mut f64>, seen: impl Iterator<Item = &'v f64>, fresh: f64) {
    for (average, seen) in average.zip(seen) {
        *average += fresh * (seen - *average);
    }
}

#[expect(clippy::cast_precision_loss, reason = "prices may be any numbers near the given ones")]
fn float(amount: Femto) -> f64 {
    amount as f64
}

/// A price in whole femto-USD, not below zero.
#[expect(clippy::cast_possible_truncation, reason = "between zero and 2^50")]
fn whole(price: f64) -> i64 {
    price.clamp(0.0, float(HIGHEST.into())) as i64
}

/// The same of a replica.
#[expect(clippy::cast_possible_truncation, reason = "between zero and 2^80")]
fn whole_of_replica(price: f64) -> Femto {
    price.clamp(0.0, float(HIGHEST_OF_REPLICA)) as Femto
}
