//! Good multipliers for the Lagrangian bound, by subgradient ascent.
//!
//! The bound is concave in the prices. Where demand is served less than once by the best steps its price rises, where it is served more than once
//! it falls, by Polyak's step length (target − bound) / |violation|². Floating point is harmless here: prices are rounded to whole femto-USD
//! before a bound is computed from them, and the bound holds for any prices.

use super::lagrangian::Multipliers;
use crate::formulate::{Class, Femto, Reach, Service};

/// What a search has decided about a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// May be used or not.
    Free,
    /// Is used, on one of these steps of its curve.
    Open(Range),
    /// Is not used.
    Closed,
}

/// Steps of a curve, by position, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Status {
    /// The steps that a candidate with `steps` steps may take.
    pub(super) fn range(self, steps: usize) -> Range {
        match self {
            Self::Open(range) => range,
            Self::Free | Self::Closed => Range { first: 0, last: steps.saturating_sub(1) },
        }
    }
}

/// A service in floating point, for the ascent only.
pub(super) struct Approximation {
    demand: Vec<f64>,
    late_allowance: f64,
    candidates: Vec<Arcs>,
}

struct Arcs {
    /// (capacity, cost) by step.
    steps: Vec<(f64, f64)>,
    /// (class, cost of its traffic, is late).
    reach: Vec<(usize, f64, bool)>,
}

/// Lists that every round fills anew.
#[derive(Debug, Default)]
struct Scratch {
    /// Demand unserved by class.
    violation: Vec<f64>,
    /// What classes are worth to a candidate: profit, class, is late.
    profits: Vec<(f64, usize, bool)>,
}

/// A point of the ascent.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    class: Vec<f64>,
    late: f64,
}

impl Prices {
    /// Prices in USD per share of demand turned to whole femto-USD per milli-rps.
    #[expect(clippy::cast_possible_truncation, reason = "a multiplier may be any number near the given one")]
    pub(super) fn rounded(&self) -> Multipliers {
        let round = |price: f64| price.round() as Femto;
        Multipliers { class: self.class.iter().map(|&price| round(price)).collect(), late: round(self.late).max(0) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "approximation")]
fn float(amount: Femto) -> f64 {
    amount as f64
}

impl Approximation {
    pub(super) fn of(service: &Service, classes: &[Class]) -> Self {
        let arcs = |(position, candidate): (usize, &crate::formulate::Candidate)| Arcs {
            steps: candidate
                .curve
                .steps()
                .iter()
                .map(|step| (float(i128::from(step.capacity)), float(step.cost)))
                .collect(),
            reach: classes
                .iter()
                .enumerate()
                .filter(|(_, class)| class.reach[position] != Reach::No)
                .map(|(index, class)| (index, float(class.cost[position]), class.reach[position] == Reach::Late))
                .collect(),
        };
        Self {
            demand: classes.iter().map(|class| float(i128::from(class.rate))).collect(),
            late_allowance: float(i128::from(service.late_allowance)),
            candidates: service.candidates.iter().enumerate().map(arcs).collect(),
        }
    }

    /// A first guess: every class is worth the least it costs per unit anywhere.
    pub(super) fn first_prices(&self) -> Prices {
        let mut class = vec![f64::INFINITY; self.demand.len()];
        for arcs in &self.candidates {
            let per_unit = arcs.steps.iter().map(|(capacity, cost)| cost / capacity).fold(f64::INFINITY, f64::min);
            for &(index, traffic, is_late) in &arcs.reach {
                if !is_late {
                    class[index] = class[index].min(per_unit + traffic);
                }
            }
        }
        for price in &mut class {
            if !price.is_finite() {
                *price = 0.0;
            }
        }
        Prices { class, late: 0.0 }
    }

    /// The best prices seen in `rounds` rounds from `start`, aiming at `target` (a cost in femto-USD).
    pub(super) fn ascend(&self, status: &[Status], start: &Prices, target: Femto, rounds: u32) -> Prices {
        let target = float(target);
        let mut prices = start.clone();
        let mut best = (f64::NEG_INFINITY, prices.clone());
        let mut length = 1.0;
        let mut stalled = 0;
        let mut scratch = Scratch::default();
        for _ in 0..rounds {
            let (bound, late) = self.evaluate(status, &prices, &mut scratch);
            let violation = &scratch.violation;
            if bound > best.0 {
                best.0 = bound;
                best.1.class.copy_from_slice(&prices.class);
                best.1.late = prices.late;
                stalled = 0;
            } else {
                stalled += 1;
                if stalled == 4 {
                    length /= 2.0;
                    stalled = 0;
                }
            }
            let square = violation.iter().map(|v| v * v).sum::<f64>() + late * late;
            if square <= 0.0 || bound >= target {
                break;
            }
            let step = length * (target - bound) / square;
            for (price, violation) in prices.class.iter_mut().zip(violation) {
                *price += step * violation;
            }
            prices.late = (prices.late + step * late).max(0.0);
        }
        best.1
    }

    /// The bound at `prices`, and lateness beyond the allowance; demand unserved by class is written down in `scratch`.
    fn evaluate(&self, status: &[Status], prices: &Prices, scratch: &mut Scratch) -> (f64, f64) {
        let Scratch { violation, profits } = scratch;
        violation.clear();
        violation.extend_from_slice(&self.demand);
        let mut late = -self.late_allowance;
        let mut bound = -prices.late * self.late_allowance;
        for (demand, price) in self.demand.iter().zip(&prices.class) {
            bound += demand * price;
        }
        for (arcs, status) in self.candidates.iter().zip(status) {
            if *status == Status::Closed {
                continue;
            }
            profits.clear();
            for &(class, traffic, is_late) in &arcs.reach {
                let profit = prices.class[class] - traffic - if is_late { prices.late } else { 0.0 };
                if profit > 0.0 {
                    profits.push((profit, class, is_late));
                }
            }
            profits.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let (reduced, capacity) = self.best_step(arcs, status.range(arcs.steps.len()), profits);
            if matches!(status, Status::Open(_)) || reduced < 0.0 {
                bound += reduced;
                let mut left = capacity;
                for &(_, class, is_late) in &*profits {
                    let taken = left.min(self.demand[class]);
                    violation[class] -= taken;
                    late += if is_late { taken } else { 0.0 };
                    left -= taken;
                }
            }
        }
        (bound, late)
    }

    /// The least reduced cost of a candidate, and the capacity of its step.
    fn best_step(&self, arcs: &Arcs, range: Range, profits: &[(f64, usize, bool)]) -> (f64, f64) {
        let mut best = (f64::INFINITY, 0.0);
        let (mut at, mut filled_before, mut earned_before) = (0, 0.0, 0.0);
        for &(capacity, cost) in &arcs.steps[range.first..=range.last] {
            while at < profits.len() && filled_before + self.demand[profits[at].1] <= capacity {
                filled_before += self.demand[profits[at].1];
                earned_before += profits[at].0 * self.demand[profits[at].1];
                at += 1;
            }
            let partial = if at < profits.len() { profits[at].0 * (capacity - filled_before) } else { 0.0 };
            let reduced = cost - earned_before - partial;
            if reduced < best.0 {
                best = (reduced, capacity);
            }
            if at == profits.len() {
                // Further steps cost more and earn nothing.
                break;
            }
        }
        best
    }
}
