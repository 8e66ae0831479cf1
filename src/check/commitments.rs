//! Commitments: committed machines are used only by workloads that may, run at all times, and of each commitment no more are used, by all workloads
//! in all regions together, than it has. A workload that uses spot uses no commitments.
//!
//! > sum over w, r of instances(w, r, c)  <=  quantity(c)

use std::collections::BTreeMap;

use super::Violation;
use crate::model::{Assignment, CommitmentId, Problem, Purchase};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let mut used: BTreeMap<CommitmentId, u64> = BTreeMap::new();
    for (&(workload, region), group) in &assignment.groups {
        let mut broken = |reason| violations.push(Violation::Commitments { workload, region, reason });
        let asked = &problem.workloads[workload.index()];
        for set in &group.machines {
            let Purchase::Committed(commitment, _) = set.purchase else { continue };
            *used.entry(commitment).or_default() += set.instances();
            if !asked.uses_commitments || asked.spot.is_some() {
                broken("the workload does not use commitments");
            }
            let changes = |by_zone: &Vec<u64>| *by_zone != set.instances_by_zone;
            if set.by_period.iter().any(changes) {
                broken("committed machines do not run at all times");
            }
        }
    }
    for (commitment, used) in used {
        let quantity = problem.commitments[commitment.index()].quantity;
        if used > u64::from(quantity) {
            violations.push(Violation::Committed { commitment, used, quantity });
        }
    }
}
