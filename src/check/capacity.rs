//! Capacity: the replicas of a group carry the load sent to it.
//!
//! > load(w, r, t) <= sum over its machine sets of instances(t) × replicas per instance × rate per replica
//!
//! where the load is the traffic of users, but for the part that a function answers, and the calls of other workloads, in every period t, the hours and cases of the demand that are not paid for included.

use super::{Violation, machines::replicas_per_instance};
use crate::model::{Asked, AskedByGroup, Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, asked: &AskedByGroup, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let asked = &asked[&(workload, region)];
        for period in 0..problem.workloads[workload.index()].profile.calendar.periods() {
            let replicas = replicas_by_zone(problem, workload, group, period).iter().sum();
            violations.extend(shortfall(problem, (workload, region), group, asked, period, replicas, 0));
        }
    }
}

/// Replicas that all machine sets of a group hold in a period, in each zone.
pub(super) fn replicas_by_zone(problem: &Problem, workload: WorkloadId, group: &Group, period: usize) -> Vec<u128> {
    let zones = group.machines.iter().map(|set| set.instances_by_zone.len()).max().unwrap_or(0);
    let mut replicas = vec![0; zones];
    for set in &group.machines {
        let machine = &problem.machine_types[set.machine_type.index()];
        let each = u128::from(replicas_per_instance(&problem.workloads[workload.index()], machine));
        for (held, &instances) in replicas.iter_mut().zip(set.in_period(period)) {
            *held += each * u128::from(instances);
        }
    }
    replicas
}

/// The violation, if `replicas` of a group cannot carry its load in a period, calls to it included.
pub(super) fn shortfall(
    problem: &Problem,
    (workload, region): (WorkloadId, RegionId),
    group: &Group,
    asked: &Asked,
    period: usize,
    replicas: u128,
    zones_lost: u32,
) -> Option<Violation> {
    let own = &problem.workloads[workload.index()];
    let capacity = replicas * u128::from(own.rate_per_replica.0);
    let load = match group.function {
        None => asked.load(period),
        // Beside a function all user groups have one shape, which is that of calls too.
        Some(function) => {
            let asked_for = group.load().0.saturating_add(asked.called.0);
            MilliRps(own.profile.part(asked_for.saturating_sub(function.rate.0), period))
        }
    };
    (u128::from(load.0) > capacity).then(|| Violation::Capacity {
        workload,
        region,
        zones_lost,
        load,
        capacity: MilliRps(u64::try_from(capacity).unwrap_or(u64::MAX)),
    })
}

/// Whether every region of a workload still carries what is sent to it, at all times, when some zones are lost.
pub fn carries_in_place(
    problem: &Problem,
    assignment: &Assignment,
    workload: WorkloadId,
    is_lost: &dyn Fn(RegionId, usize) -> bool,
) -> bool {
    let asked = assignment.asked_of(problem, workload);
    assignment.groups_of(workload).all(|(region, group)| {
        let asked = &asked[&(workload, region)];
        let zones = problem.regions[region.index()].zones.len();
        (0..problem.workloads[workload.index()].profile.calendar.periods()).all(|period| {
            if group.function.is_some() && (0..zones).all(|zone| is_lost(region, zone)) {
                return false;
            }
            let by_zone = replicas_by_zone(problem, workload, group, period);
            let left = by_zone.iter().enumerate().filter(|(zone, _)| !is_lost(region, *zone));
            let left = left.map(|(_, replicas)| replicas).sum();
            shortfall(problem, (workload, region), group, asked, period, left, 0).is_none()
        })
    })
}
