//! Capacity: the replicas of a group carry the load sent to it.
//!
//! > load(w, r) <= instances(w, r) × replicas per instance × rate per replica

use super::{Violation, machines::replicas_per_instance};
use crate::model::{Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        violations.extend(shortfall(problem, workload, region, group, group.instances(), 0));
    }
}

/// The violation, if `instances` of a group's machines cannot carry its load.
pub(super) fn shortfall(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    group: &Group,
    instances: u64,
    zones_lost: u32,
) -> Option<Violation> {
    let asked = &problem.workloads[workload.index()];
    let per_instance = replicas_per_instance(asked, &problem.machine_types[group.machine_type.index()]);
    let capacity = u128::from(instances) * u128::from(per_instance) * u128::from(asked.rate_per_replica.0);
    let load = group.load();
    (u128::from(load.0) > capacity).then(|| Violation::Capacity {
        workload,
        region,
        zones_lost,
        load,
        capacity: MilliRps(u64::try_from(capacity).unwrap_or(u64::MAX)),
    })
}
