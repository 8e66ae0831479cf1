//! Residency: every region that holds replicas of a workload passes every selector of that workload.

use super::Violation;
use crate::model::{Assignment, Problem};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for &(workload, region) in assignment.groups.keys() {
        let place = &problem.regions[region.index()];
        for selector in &problem.workloads[workload.index()].selectors {
            if let Some(list) = selector.region_refusal(place) {
                violations.push(Violation::Residency { workload, region, list });
            }
        }
    }
}
