//! Curves whose steps say of which type their machines are: where quotas or sums limit what is used, the cheapest type for a load may use too much.

use std::cmp::Reverse;

use super::{Curve, Step};
use crate::formulate::demand::Hours;
use crate::formulate::machines::Fit;
use crate::formulate::moves::Moves;
use crate::formulate::spot::Rules;

impl Curve {
    /// The curve whose steps are of types of their own: those that no other replaces in the load carried, the replicas held (up to `held`, where that is
    /// above zero), the cost and what is taken. All machines are on demand. Steps that take more than `most_taken` are of no use.
    pub(in crate::formulate) fn by_type(
        fits: Vec<Fit>,
        rate_per_replica: u64,
        (rules, hours): (Rules, Hours),
        (most, held): (u64, u64),
        moves: Option<Moves>,
        most_taken: &[u64],
    ) -> Self {
        let mut curve = Self { moves, ..Self::without_steps(fits, rate_per_replica, rules, hours) };
        let mut points: Vec<(Step, usize)> = Vec::new();
        for at in 0..curve.fits.len() {
            let mut own = Vec::new();
            if held > 0 {
                curve.numbers(at, most, held, &mut own);
            } else {
                curve.staircase(at, most, &mut own);
            }
            if let Some(moves) = moves {
                own = moves.added_to(&own, rate_per_replica);
            }
            points.extend(own.into_iter().map(|step| (step, at)));
        }
        points.sort_unstable_by_key(|&(step, at)| (step.cost, Reverse((step.capacity, step.replicas)), at));
        let taken = |&(step, at): &(Step, usize)| -> Vec<i128> {
            let taken = (0..most_taken.len()).map(|quota| curve.taken_by(at, step, quota).into());
            let counted = (0..curve.fits[at].counted.len()).map(|sum| curve.counted_by(at, step, sum));
            taken.chain(counted).collect()
        };
        let mut kept: Vec<((Step, usize), Vec<i128>)> = Vec::new();
        for point in points {
            let used = taken(&point);
            let is_too_much = used.iter().zip(most_taken).any(|(taken, most)| *taken > i128::from(*most));
            let replaces = |((other, _), other_used): &((Step, usize), Vec<i128>)| {
                other.capacity >= point.0.capacity
                    && other.replicas >= point.0.replicas
                    && other_used.iter().zip(&used).all(|(other_used, used)| other_used <= used)
            };
            // A candidate has a step in any case; that it takes too much, the quota's row says.
            if (!is_too_much || kept.is_empty()) && !kept.iter().rev().any(replaces) {
                kept.push((point, used));
            }
        }
        (curve.steps, curve.types) = kept.into_iter().map(|(point, _)| point).unzip();
        curve
    }

    /// The position in [`fits`](Self::fits) of the type that a step is of; `None` where it is the cheapest for its load.
    pub fn type_of_step(&self, step: usize) -> Option<usize> {
        self.types.get(step).copied()
    }

    /// What the machines of a step take of the quota at position `quota` among those of the region.
    pub(in crate::formulate) fn taken(&self, step: usize, quota: usize) -> u64 {
        self.types.get(step).map_or(0, |&at| self.taken_by(at, self.steps[step], quota))
    }

    fn taken_by(&self, at: usize, step: Step, quota: usize) -> u64 {
        let fit = &self.fits[at];
        fit.taken[quota].saturating_mul(self.instances(fit, step.capacity, step.replicas))
    }

    /// What the machines of a step add each month to the sum at position `sum` of those that are limited, rounded up.
    pub(in crate::formulate) fn counted(&self, step: usize, sum: usize) -> i128 {
        self.types.get(step).map_or(0, |&at| self.counted_by(at, self.steps[step], sum))
    }

    fn counted_by(&self, at: usize, step: Step, sum: usize) -> i128 {
        let fit = &self.fits[at];
        let in_hours = |&(share, hours): &(u32, u64)| {
            let instances = self.instances(fit, Hours::load(step.capacity, share), step.replicas);
            i128::from(instances) * i128::from(hours)
        };
        let instances: i128 = self.hours.paid().iter().map(in_hours).sum();
        let beside = fit.layout.filter(|layout| layout.is_counted && sum == 0).map_or(0, |layout| layout.cost);
        beside - (-fit.counted[sum] * instances).div_euclid(self.hours.all())
    }
}
