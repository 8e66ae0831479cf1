//! Demand: for every workload w and user group g, the requests answered over all regions are the requests sent.
//!
//! > sum over regions r of traffic(w, g, r) = demand(w, g)

use std::collections::BTreeMap;

use super::Violation;
use crate::model::{Assignment, Problem, UserId, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let mut answered: BTreeMap<(WorkloadId, UserId), u128> = BTreeMap::new();
    for (&(workload, _), group) in &assignment.groups {
        for (&user, rate) in &group.traffic {
            *answered.entry((workload, user)).or_default() += u128::from(rate.0);
        }
    }
    for (index, workload) in problem.workloads.iter().enumerate() {
        for demand in &workload.demand {
            let key = (WorkloadId::at(index), demand.user);
            let got = answered.remove(&key).unwrap_or(0);
            if got != u128::from(demand.rate.0) {
                violations.push(mismatch(key, demand.rate, got));
            }
        }
    }
    // What is left was answered though nobody sent it.
    violations
        .extend(answered.into_iter().filter(|&(_, got)| got > 0).map(|(key, got)| mismatch(key, MilliRps::ZERO, got)));
}

fn mismatch((workload, user): (WorkloadId, UserId), demanded: MilliRps, answered: u128) -> Violation {
    Violation::Demand { workload, user, demanded, answered: MilliRps(u64::try_from(answered).unwrap_or(u64::MAX)) }
}
