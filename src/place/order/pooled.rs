//! A stage where there are pools: the search of pools keeps every limit itself, so that one search settles a stage.
//!
//! Money that is limited is paid for in it too, and the target weighs so much more that money makes no difference: with M the limit on money and a weight p of the target
//!
//! > value >= (least over all placements within the limits of (money + p × value) − M) / p
//!
//! Where money is not limited, nothing costs anything.

use super::super::{Disagreement, Outcome, pools};
use super::search::Search;
use super::weights::Weights;
use crate::model::{Problem, Target};
use crate::solve::free_of_charge;
use crate::units::Money;

/// So much more the target weighs than all money that may be paid.
const MUCH: i128 = 1_000_000;

impl Search<'_> {
    /// Looks for less of `target` within the limits, in a problem with pools.
    pub(super) fn minimise_with_pools(&mut self, target: Target) -> Result<(), Disagreement> {
        let most_paid = self.limits()[Target::Cost as usize];
        let weights = match most_paid {
            Some(most) if target != Target::Cost => {
                Weights::balanced((Target::Cost, most.max(1) * MUCH), (target, self.value(target).max(1)))
            }
            _ => Weights::of(target),
        };
        let mut weighed = if weights.money {
            self.within.clone()
        } else {
            Problem { limits: self.within.limits, ..free_of_charge(&self.within) }
        };
        weighed.objective.carbon_per_tonne = Money::from_micros(weights.carbon);
        weighed.objective.latency_per_rps_ms = Money::from_micros(weights.latency);
        let outcome = pools::outcome(&weighed, self.effort)?;
        let Some((placement, bound)) = outcome.as_ref().and_then(Outcome::placement) else { return Ok(()) };
        self.prove(weights, target, bound.micros());
        self.offer(target, placement.assignment());
        Ok(())
    }
}
