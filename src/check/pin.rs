//! Pins: every region that a workload is pinned to holds replicas of it.

use super::Violation;
use crate::model::{Assignment, Problem, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        for pinned in &workload.pinned {
            if !assignment.groups_of(id).any(|(region, _)| problem.regions[region.index()].key == *pinned) {
                violations.push(Violation::Pin { workload: id, region: pinned.clone() });
            }
        }
    }
}
