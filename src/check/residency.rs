//! Residency: every region that holds replicas of a workload passes every selector of that workload; one of restricted access is used only
//! if a selector names it.

use super::Violation;
use crate::model::{Assignment, Problem};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for &(workload, region) in assignment.groups.keys() {
        let place = &problem.regions[region.index()];
        if let Some(list) = problem.workloads[workload.index()].region_refusal(place) {
            violations.push(Violation::Residency { workload, region, list });
        }
    }
}
