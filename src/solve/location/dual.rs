//! Good prices for the bound, by the volume algorithm.
//!
//! The relaxation takes "every class is answered once" out of the rules and puts a price on it: what answering all of a class is worth, in USD. Every region
//! then looks after itself. From the best prices known a step is taken along what is left unanswered, averaged over the rounds so far; where that
//! raises the bound the next step starts from there. The same average of what regions do is near a solution of the continuous relaxation: it says
//! which regions are undecided, and who answers whom.
//!
//! Floating point is harmless here: `bound` computes the bound again, in whole numbers, from whatever prices come out.

use super::knapsack::{Item, Knapsack};
use super::state::{Route, State, Use};
use crate::formulate::{Class, Femto, Reach, Service};
use crate::solve::rows::{float, usd};

/// Profits of a knapsack are whole multiples of what everything is worth, divided by this (2^44).
const PARTS: f64 = 17_592_186_044_416.0;

/// A service in floating point, for the ascent only. A class is counted as one, whatever its demand.
pub(super) struct Dual {
    rate: Vec<u64>,
    total: u64,
    is_undivided: bool,
    sites: Vec<Site>,
    values: Vec<f64>,
    served: Vec<Vec<(usize, f64)>>,
    profits: Vec<(f64, usize)>,
    knapsack: Knapsack,
    /// Pairs of class and region looked at so far.
    pub(super) looks: u64,
}

struct Site {
    /// (capacity, cost) by step.
    steps: Vec<(u64, f64)>,
    /// (class, what answering all of it costs).
    arcs: Vec<(usize, f64)>,
}

/// Where an ascent stands: prices by class, and averages over its rounds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prices {
    /// What all of a class is worth.
    pub(super) class: Vec<f64>,
    /// By region: how much it is in use.
    pub(super) in_use: Vec<f64>,
    /// By class, then region, where nobody may be divided: how much of the class it answers; else empty.
    pub(super) answered: Vec<f64>,
}

/// What the regions do at some prices.
pub(super) struct Round<'a> {
    /// Regions in use, ascending.
    pub(super) chosen: Vec<usize>,
    /// By region: the classes it would answer, and what part of each.
    pub(super) served: &'a [Vec<(usize, f64)>],
    /// What using a region changes, by region.
    pub(super) values: &'a [f64],
    /// Whether the bound was never higher.
    pub(super) is_best: bool,
}

impl Dual {
    pub(super) fn of(service: &Service, classes: &[Class]) -> Self {
        let site = |(position, candidate): (usize, &crate::formulate::Candidate)| Site {
            steps: candidate.curve.steps().iter().map(|step| (step.capacity, usd(step.cost))).collect(),
            arcs: classes
                .iter()
                .enumerate()
                .filter(|(_, class)| class.reach[position] != Reach::No)
                .map(|(index, class)| (index, usd(class.cost[position] * Femto::from(class.rate))))
                .collect(),
        };
        let regions = service.candidates.len();
        Self {
            rate: classes.iter().map(|class| class.rate).collect(),
            total: service.total,
            is_undivided: service.is_single_routed,
            sites: service.candidates.iter().enumerate().map(site).collect(),
            values: vec![0.0; regions],
            served: vec![Vec::new(); regions],
            profits: Vec::new(),
            knapsack: Knapsack::default(),
            looks: 0,
        }
    }

    /// A first guess: every class is worth what it costs where that is least, with its part of the region there at its cheapest.
    pub(super) fn first_prices(&self) -> Prices {
        let mut class = vec![f64::INFINITY; self.rate.len()];
        for site in &self.sites {
            let per_unit = site.steps.iter().map(|&(capacity, cost)| cost / float(capacity.min(self.total)));
            let per_unit = per_unit.fold(f64::INFINITY, f64::min);
            for &(index, cost) in &site.arcs {
                class[index] = class[index].min(cost + per_unit * float(self.rate[index]));
            }
        }
        let answered = if self.is_undivided { vec![0.0; class.len() * self.sites.len()] } else { Vec::new() };
        Prices { class, in_use: vec![0.0; self.sites.len()], answered }
    }

    /// Prices improved in at most `rounds` rounds, or until their bound is above `ceiling`; `seen` is shown every round and says which cost to aim at, if
    /// one is known.
    pub(super) fn ascend(
        &mut self,
        state: &State,
        prices: &mut Prices,
        rounds: u32,
        ceiling: f64,
        mut seen: impl FnMut(&Round<'_>) -> Option<f64>,
    ) {
        let classes = self.rate.len();
        let (mut length, mut weight) = (0.1, 0.1);
        let mut best = f64::NEG_INFINITY;
        let mut at = prices.class.clone();
        let mut average: Vec<f64> = Vec::new();
        let mut violation = vec![0.0; classes];
        let (mut stalled, mut best_before) = (0_u32, f64::NEG_INFINITY);
        for round in 0..rounds {
            let Some((bound, chosen)) = self.evaluate(state, &at) else { return };
            violation.fill(1.0);
            for &region in &chosen {
                for &(class, part) in &self.served[region] {
                    violation[class] -= part;
                }
            }
            let is_best = bound > best;
            let along: f64 = violation.iter().zip(&average).map(|(now, before)| now * before).sum();
            if average.is_empty() {
                average.clone_from(&violation);
                self.mix(&chosen, 1.0, prices);
            } else {
                let part = nearest(&violation, &average, weight);
                for (average, now) in average.iter_mut().zip(&violation) {
                    *average += part * (now - *average);
                }
                self.mix(&chosen, part, prices);
            }
            if is_best {
                best = bound;
                prices.class.clone_from(&at);
                stalled = 0;
                if along >= 0.0 {
                    length = f64::min(length * 1.1, 2.0);
                }
            } else {
                stalled += 1;
                if stalled.is_multiple_of(10) {
                    length = f64::max(length * 0.66, 1e-4);
                }
            }
            if round % 50 == 49 {
                // Little was gained: the average has to settle.
                if best - best_before < 1e-3 * best.abs() {
                    weight = f64::max(weight / 2.0, 1e-3);
                }
                best_before = best;
            }
            let target = seen(&Round { chosen, served: &self.served, values: &self.values, is_best });
            let square: f64 = average.iter().map(|v| v * v).sum();
            if best >= target.unwrap_or(ceiling) || square < 1e-12 {
                break;
            }
            let aim = target.unwrap_or_else(|| best + f64::max(0.05 * best.abs(), 1e-3 * ceiling));
            let step = length * (aim - best) / square;
            for ((at, center), along) in at.iter_mut().zip(&prices.class).zip(&average) {
                *at = center + step * along;
            }
        }
    }

    /// Mixes what the chosen regions do into the averages.
    fn mix(&self, chosen: &[usize], part: f64, prices: &mut Prices) {
        for value in prices.in_use.iter_mut().chain(&mut prices.answered) {
            *value *= 1.0 - part;
        }
        let regions = self.sites.len();
        for &region in chosen {
            prices.in_use[region] += part;
            if self.is_undivided {
                for &(class, share) in &self.served[region] {
                    prices.answered[class * regions + region] += part * share;
                }
            }
        }
    }

    /// The bound at `prices` and the regions it uses; `None` if there are too few of them.
    fn evaluate(&mut self, state: &State, prices: &[f64]) -> Option<(f64, Vec<usize>)> {
        let mut bound: f64 = prices.iter().sum();
        let unit = bound.max(1e-9) / PARTS;
        let mut chosen = Vec::new();
        let mut free = Vec::new();
        for region in 0..self.sites.len() {
            if state.uses[region] == Use::Closed {
                self.served[region].clear();
                continue;
            }
            let value = if self.is_undivided {
                self.fill_whole(state, region, prices, unit)
            } else {
                self.fill_divided(region, prices)
            };
            self.values[region] = value;
            self.looks += self.sites[region].arcs.len() as u64;
            if state.uses[region] == Use::Open {
                bound += value;
                chosen.push(region);
            } else {
                free.push(region);
            }
        }
        free.sort_by(|&a, &b| self.values[a].total_cmp(&self.values[b]).then(a.cmp(&b)));
        for region in free {
            if chosen.len() < state.least || (self.values[region] < 0.0 && chosen.len() < state.most) {
                bound += self.values[region];
                chosen.push(region);
            }
        }
        if chosen.len() < state.least {
            return None;
        }
        chosen.sort_unstable();
        Some((bound, chosen))
    }

    /// The least reduced cost of a region that may answer parts of classes.
    fn fill_divided(&mut self, region: usize, prices: &[f64]) -> f64 {
        let Site { steps, arcs } = &self.sites[region];
        let served = &mut self.served[region];
        served.clear();
        let (first, first_cost) = steps[0];
        if first >= self.total {
            let mut earned = 0.0;
            for &(class, cost) in arcs {
                let profit = prices[class] - cost;
                if profit > 0.0 {
                    earned += profit;
                    served.push((class, 1.0));
                }
            }
            return first_cost - earned;
        }
        self.profits.clear();
        for &(class, cost) in arcs {
            let profit = prices[class] - cost;
            if profit > 0.0 {
                self.profits.push((profit / float(self.rate[class]), class));
            }
        }
        self.profits.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut best = (f64::INFINITY, 0);
        let (mut at, mut filled, mut earned) = (0, 0, 0.0);
        for &(capacity, cost) in steps {
            while let Some(&(profit, class)) = self.profits.get(at)
                && filled + self.rate[class] <= capacity
            {
                filled += self.rate[class];
                earned += profit * float(self.rate[class]);
                at += 1;
            }
            let part = self.profits.get(at).map_or(0.0, |(profit, _)| profit * float(capacity - filled));
            if cost - earned - part < best.0 {
                best = (cost - earned - part, capacity);
            }
            if at == self.profits.len() {
                // Further steps cost more and earn nothing.
                break;
            }
        }
        let mut left = best.1;
        for &(_, class) in &self.profits {
            let taken = left.min(self.rate[class]);
            if taken == 0 {
                break;
            }
            served.push((class, float(taken) / float(self.rate[class])));
            left -= taken;
        }
        best.0
    }

    /// The least reduced cost of a region that answers classes as wholes.
    fn fill_whole(&mut self, state: &State, region: usize, prices: &[f64], unit: f64) -> f64 {
        let Site { steps, arcs } = &self.sites[region];
        let regions = self.sites.len();
        let served = &mut self.served[region];
        served.clear();
        let (mut forced, mut earned) = (0, 0.0);
        self.profits.clear();
        for &(class, cost) in arcs {
            let profit = prices[class] - cost;
            match state.routes[class * regions + region] {
                Route::Taken => {
                    forced += self.rate[class];
                    earned += profit;
                    served.push((class, 1.0));
                }
                Route::Free if profit > unit => self.profits.push((profit, class)),
                Route::Free | Route::Barred => {}
            }
        }
        let rate = &self.rate;
        self.knapsack.fill(self.profits.iter().map(|&(profit, class)| Item {
            profit: in_parts(profit / unit),
            weight: rate[class],
            class,
        }));
        let fixed = served.len();
        let mut best = f64::INFINITY;
        for &(capacity, cost) in steps.iter().filter(|&&(capacity, _)| capacity >= forced) {
            let left = capacity - forced;
            if cost - earned - from_parts(self.knapsack.relaxed(left)) * unit >= best {
                continue;
            }
            let value = cost - earned - from_parts(self.knapsack.solve(left)) * unit;
            if value < best {
                best = value;
                served.truncate(fixed);
                served.extend(self.knapsack.taken().map(|class| (class, 1.0)));
            }
        }
        best
    }
}

/// The weight of the newest in the average that makes it shortest, at most `most`.
fn nearest(now: &[f64], average: &[f64], most: f64) -> f64 {
    let (mut along, mut square) = (0.0, 0.0);
    for (now, before) in now.iter().zip(average) {
        let change = now - before;
        along -= before * change;
        square += change * change;
    }
    let shortest = if square > 0.0 { along / square } else { most };
    if shortest <= 0.0 { most / 10.0 } else { shortest.min(most) }
}

#[expect(clippy::cast_possible_truncation, reason = "profits are parts of what everything is worth: below 2^50")]
fn in_parts(profit: f64) -> i64 {
    profit.min(PARTS * 16.0) as i64
}

#[expect(clippy::cast_precision_loss, reason = "below 2^50")]
fn from_parts(profit: i64) -> f64 {
    profit as f64
}
