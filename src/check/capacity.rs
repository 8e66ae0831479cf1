//! Capacity: the replicas of a group carry the load sent to it.
//!
//! > load(w, r) <= sum over its machine sets of instances × replicas per instance × rate per replica

use super::{Violation, machines::replicas_per_instance};
use crate::model::{Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let replicas = replicas_by_zone(problem, workload, group).iter().sum();
        violations.extend(shortfall(problem, workload, region, group, replicas, 0));
    }
}

/// Replicas that all machine sets of a group hold, in each zone.
pub(super) fn replicas_by_zone(problem: &Problem, workload: WorkloadId, group: &Group) -> Vec<u128> {
    let zones = group.machines.iter().map(|set| set.instances_by_zone.len()).max().unwrap_or(0);
    let mut replicas = vec![0; zones];
    for set in &group.machines {
        let machine = &problem.machine_types[set.machine_type.index()];
        let each = u128::from(replicas_per_instance(&problem.workloads[workload.index()], machine));
        for (held, &instances) in replicas.iter_mut().zip(&set.instances_by_zone) {
            *held += each * u128::from(instances);
        }
    }
    replicas
}

/// The violation, if `replicas` of a group cannot carry its load.
pub(super) fn shortfall(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    group: &Group,
    replicas: u128,
    zones_lost: u32,
) -> Option<Violation> {
    let capacity = replicas * u128::from(problem.workloads[workload.index()].rate_per_replica.0);
    let load = group.load();
    (u128::from(load.0) > capacity).then(|| Violation::Capacity {
        workload,
        region,
        zones_lost,
        load,
        capacity: MilliRps(u64::try_from(capacity).unwrap_or(u64::MAX)),
    })
}
