//! Number of regions: each workload between its `min_regions` and `max_regions`, all workloads together within `limits.max_regions`.

use std::collections::BTreeSet;

use super::Violation;
use crate::model::{Assignment, Problem, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        let used = assignment.groups.keys().filter(|(owner, _)| *owner == id).count();
        let mut broken = |limit, bound| violations.push(Violation::Regions { workload: Some(id), used, limit, bound });
        if used < workload.min_regions as usize {
            broken("min_regions", workload.min_regions);
        }
        if let Some(most) = workload.max_regions.filter(|&most| used > most as usize) {
            broken("max_regions", most);
        }
    }
    let pools = assignment.pools.values().map(|placed| placed.region);
    let used = assignment.groups.keys().map(|&(_, region)| region).chain(pools).collect::<BTreeSet<_>>().len();
    if let Some(most) = problem.limits.max_regions.filter(|&most| used > most as usize) {
        violations.push(Violation::Regions { workload: None, used, limit: "limits.max_regions", bound: most });
    }
}
