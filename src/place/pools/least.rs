//! What the workloads outside pools take at least of what is limited: pools that are packed as one do with the rest.
//!
//! Each amount is asked of a problem in which nothing else costs anything and nothing is limited, so that no placement takes less.

use std::sync::Arc;

use super::super::{Disagreement, cheapest};
use crate::formulate::{LeftOut, from_money};
use crate::model::{Objective, Problem, Quota};
use crate::solve::{Effort, free_of_charge, without_sums};
use crate::units::{Carbon, HOURS_PER_MONTH, Money};

/// What the workloads of `rest`, which has no pools, take at least of the limits of `problem`; nothing is to be paid for presence.
pub(super) fn least_taken(problem: &Problem, rest: &Problem, effort: Effort) -> Result<LeftOut, Disagreement> {
    let mut left_out = LeftOut { quotas: vec![0; problem.quotas.len()], ..LeftOut::default() };
    // Functions take of nothing but money and environments.
    if rest.workloads.is_empty() || rest.workloads.iter().any(|workload| workload.function.is_some()) {
        return Ok(left_out);
    }
    let unlimited = Problem { quotas: Vec::new(), objective: Objective::default(), ..without_sums(rest) };
    let bound = |problem: &Problem| -> Result<Money, Disagreement> {
        let found = cheapest(problem, None, effort)?;
        Ok(found.ok().and_then(|outcome| outcome.placement().map(|(_, bound)| bound)).unwrap_or(Money::ZERO))
    };
    if problem.limits.max_monthly_cost.is_some() {
        left_out.paid = from_money(bound(&unlimited)?);
    }
    if problem.limits.max_monthly_carbon.is_some() {
        left_out.emitted = bound(&free_of_charge(&unlimited))?.micros();
    }
    for (taken, quota) in left_out.quotas.iter_mut().zip(&problem.quotas).filter(|(_, quota)| quota.most < u64::MAX) {
        let counted = bound(&free_of_charge(&counting(&unlimited, quota)))?.micros();
        // What runs is counted once for each hour of the month.
        let hours = (counted + HOURS_PER_MONTH - 1) / HOURS_PER_MONTH;
        *taken = u64::try_from(hours).unwrap_or(0);
    }
    Ok(left_out)
}

/// The problem in which machines emit, each hour, what they take of a quota.
fn counting(problem: &Problem, quota: &Quota) -> Problem {
    let mut counting = problem.clone();
    for (index, region) in counting.regions.iter_mut().enumerate() {
        let is_there = index == quota.region.index();
        for offer in Arc::make_mut(&mut region.offers) {
            let taken = quota.taken_by(&counting.machine_types[offer.machine_type.index()]);
            offer.carbon_hourly = Some(Carbon(if is_there { taken.into() } else { 0 }));
        }
    }
    counting
}
