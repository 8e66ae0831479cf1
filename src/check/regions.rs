//! Number of regions: each workload between its `min_regions`, not counting regions that answer nobody while nothing is lost, and `max_regions`; all workloads together within `limits.max_regions`, and in no
//! more clouds than `limits.max_clouds`.

use std::collections::BTreeSet;

use super::Violation;
use super::latency::can_answer;
use crate::model::{Assignment, Problem, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        let used = || assignment.groups_of(id).map(|(region, _)| region);
        let answering = used().filter(|&region| can_answer(problem, id, region)).count();
        let used = used().count();
        let mut broken =
            |used, limit, bound| violations.push(Violation::Regions { workload: Some(id), used, limit, bound });
        if answering < workload.min_regions as usize {
            broken(answering, "min_regions", workload.min_regions);
        }
        if let Some(most) = workload.max_regions.filter(|&most| used > most as usize) {
            broken(used, "max_regions", most);
        }
    }
    let pools = assignment.pools.values().map(|placed| placed.region);
    let regions: BTreeSet<_> = assignment.groups.keys().map(|&(_, region)| region).chain(pools).collect();
    let clouds: BTreeSet<&str> =
        regions.iter().map(|region| problem.regions[region.index()].key.cloud.as_str()).collect();
    let limits = [
        ("limits.max_regions", problem.limits.max_regions, regions.len()),
        ("limits.max_clouds", problem.limits.max_clouds, clouds.len()),
    ];
    for (limit, most, used) in limits {
        if let Some(bound) = most.filter(|&most| used > most as usize) {
            violations.push(Violation::Regions { workload: None, used, limit, bound });
        }
    }
}
