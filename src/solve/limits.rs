//! Limits on sums over everything, of money paid or carbon emitted: how little there can be of one of them, whatever it costs in the other.

use std::sync::Arc;

use super::{Effort, Ended, passes};
use crate::formulate::{floor_to_money, formulate};
use crate::model::{Link, LinkTable, Objective, Problem, RegionId};
use crate::units::{Carbon, Money, Ratio};

/// The least that can be paid each month, rounded down, with the other limits on sums left out; `None` if nothing can be placed at all.
fn least_paid(problem: &Problem) -> Option<Money> {
    let mut paid = without_sums(problem);
    paid.objective = Objective::default();
    least(&paid)
}

/// The least that can be emitted each month, rounded down, with the other limits on sums left out; `None` if nothing can be placed at all.
fn least_emitted(problem: &Problem) -> Option<Carbon> {
    least(&free_of_charge(problem)).map(|least| Carbon(least.micros()))
}

/// Pairs of workload and region that are few enough to be decided under limits on sums as one program.
const FEW_PAIRS: usize = 64;

/// Whether a problem with limits on sums is small enough to be decided as one program.
pub fn is_small(problem: &Problem) -> bool {
    problem.workloads.len() * problem.regions.len() <= FEW_PAIRS
}

/// False if it is proven that one of the limits on sums cannot hold, whatever the other.
pub fn can_hold_sums(problem: &Problem) -> bool {
    let limits = &problem.limits;
    limits.max_monthly_cost.is_none_or(|most| least_paid(problem).is_some_and(|least| least <= most))
        && limits.max_monthly_carbon.is_none_or(|most| least_emitted(problem).is_some_and(|least| least <= most))
}

/// The problem without limits on sums. What is of unknown emissions stays out if these are limited.
pub fn without_sums(problem: &Problem) -> Problem {
    Problem { limits: problem.limits.without_sums(), previous: None, ..problem.clone() }
}

/// The problem in which nothing costs money, and a milligram of carbon a micro-USD.
pub fn free_of_charge(problem: &Problem) -> Problem {
    let mut free = without_sums(problem);
    free.objective.carbon_per_tonne = Money::from_micros(1_000_000_000);
    free.objective.latency_per_rps_ms = Money::ZERO;
    free.objective.move_per_replica = Money::ZERO;
    for region in &mut free.regions {
        region.fixed_monthly = Money::ZERO;
        region.internet_egress_per_gb = region.internet_egress_per_gb.map(|_| Money::ZERO);
        region.zone_egress_per_gb = region.zone_egress_per_gb.map(|_| Money::ZERO);
        region.storage_per_gib = region.storage_per_gib.map(|_| Money::ZERO);
        for offer in Arc::make_mut(&mut region.offers) {
            offer.hourly = Money::ZERO;
        }
        for offer in &mut region.functions {
            (offer.million_requests, offer.million_gib_seconds) = (Money::ZERO, Money::ZERO);
            offer.million_vcpu_seconds = offer.million_vcpu_seconds.map(|_| Money::ZERO);
        }
    }
    if !free.links.is_empty() {
        let regions = || (0..problem.regions.len()).map(RegionId::at);
        let link = |from, to| {
            let link = problem.links.get(from, to);
            Link { egress_per_gb: link.egress_per_gb.map(|_| Money::ZERO), ..link }
        };
        free.links = LinkTable::from_rows(regions().map(|from| regions().map(|to| link(from, to)).collect()).collect());
    }
    free
}

fn least(problem: &Problem) -> Option<Money> {
    let formulation = formulate(problem);
    let effort = Effort { tolerance: Ratio(0), ..Effort::default() };
    let mut sum = 0;
    for ended in passes::solve(problem, &formulation, effort) {
        match ended {
            Ended::Optimal(found) | Ended::Feasible(found) => sum += found.bound,
            Ended::Infeasible => return None,
            Ended::Undecided => {}
        }
    }
    Some(floor_to_money(sum))
}
