//! A workload that says so answers each user group from one region.
//!
//! > number of regions r with traffic(w, g, r) > 0  <=  1     for every user group g

use std::collections::BTreeMap;

use super::Violation;
use crate::model::{Assignment, Problem, UserId, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let mut regions: BTreeMap<(WorkloadId, UserId), usize> = BTreeMap::new();
    for (&(workload, _), group) in &assignment.groups {
        if problem.workloads[workload.index()].single_region_per_user {
            for &user in group.traffic.keys() {
                *regions.entry((workload, user)).or_default() += 1;
            }
        }
    }
    for ((workload, user), regions) in regions.into_iter().filter(|&(_, regions)| regions > 1) {
        violations.push(Violation::Divided { workload, user, regions });
    }
}
