//! Counted replicas: where their number is fixed, every region that holds machines for them holds at least one.
//!
//! > replicas(w, r) >= 1      for every region r in use, where `replicas.count` is given
//!
//! That they add up to the number is what `demand` says, and that machines hold them what `capacity` does: a replica is a thousandth of what is asked.

use super::Violation;
use crate::model::{Assignment, Problem, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, _) in problem.workloads.iter().enumerate().filter(|(_, workload)| workload.is_counted_exactly()) {
        let workload = WorkloadId::at(index);
        let idle = assignment.groups_of(workload).filter(|(_, group)| group.load() == MilliRps::ZERO);
        violations.extend(idle.map(|(region, _)| Violation::Replicas { workload, region }));
    }
}
