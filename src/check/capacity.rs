//! Capacity: the replicas of a group carry the load sent to it.
//!
//! > load(w, r, t) <= sum over its machine sets of instances(t) × replicas per instance × rate per replica
//!
//! where the load is the traffic of users, but for the part that a function answers, and the calls of other workloads, in every period t, the hours and cases of the demand that are not paid for included.

use super::{Violation, machines::replicas_per_instance};
use crate::model::{Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let called = assignment.called();
    for (&(workload, region), group) in &assignment.groups {
        let called = called.get(&(workload, region)).copied().unwrap_or_default();
        for period in 0..problem.workloads[workload.index()].profile.calendar.periods() {
            let replicas = replicas_by_zone(problem, workload, group, period).iter().sum();
            violations.extend(shortfall(problem, (workload, region), group, called, period, replicas, 0));
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
    called: MilliRps,
    period: usize,
    replicas: u128,
    zones_lost: u32,
) -> Option<Violation> {
    let asked = &problem.workloads[workload.index()];
    let capacity = replicas * u128::from(asked.rate_per_replica.0);
    let load = MilliRps(match group.function {
        None => asked.profile.load(&asked.demand, (&group.traffic, called), period).0,
        // Beside a function all user groups have one shape, which is that of calls too.
        Some(function) => {
            let asked_for = group.load().0.saturating_add(called.0);
            asked.profile.part(asked_for.saturating_sub(function.rate.0), period)
        }
    });
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
    let called = assignment.called();
    assignment.groups_of(workload).all(|(region, group)| {
        let called = called.get(&(workload, region)).copied().unwrap_or_default();
        let zones = problem.regions[region.index()].zones.len();
        (0..problem.workloads[workload.index()].profile.calendar.periods()).all(|period| {
            if group.function.is_some() && (0..zones).all(|zone| is_lost(region, zone)) {
                return false;
            }
            let by_zone = replicas_by_zone(problem, workload, group, period);
            let left = by_zone.iter().enumerate().filter(|(zone, _)| !is_lost(region, *zone));
            let left = left.map(|(_, replicas)| replicas).sum();
            shortfall(problem, (workload, region), group, called, period, left, 0).is_none()
        })
    })
}
