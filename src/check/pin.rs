//! Pins: every region that a workload is pinned to holds replicas of it.

use super::Violation;
use crate::model::{Assignment, Problem, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        for pinned in &workload.pinned {
            let holds = |&(owner, region): &(WorkloadId, crate::model::RegionId)| {
                owner == id && problem.regions[region.index()].key == *pinned
            };
            if !assignment.groups.keys().any(holds) {
                violations.push(Violation::Pin { workload: id, region: pinned.clone() });
            }
        }
    }
}
