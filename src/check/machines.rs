//! Machines: a type that is used is on sale in the region, passes every selector, is no part-time processor unless that is allowed,
//! has a known carbon figure if carbon is priced, and holds at least one replica.
//!
//! > replicas per instance = min over resources of floor((capacity − reserved) / request)
//!
//! over processor, memory, GPUs and every resource by name that a replica asks for.

use super::Violation;
use crate::model::{Assignment, MachineType, Offer, Problem, RegionId, TypeId, Workload};
use crate::units::Money;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let zones = problem.regions[region.index()].zones.len();
        if group.instances_by_zone.len() != zones {
            violations.push(Violation::Shape { workload, region, reason: "one count per zone is required" });
        }
        if group.instances() == 0 {
            violations.push(Violation::Shape { workload, region, reason: "a group without instances" });
        }
        if let Some(reason) = refusal(problem, &problem.workloads[workload.index()], region, group.machine_type) {
            violations.push(Violation::Machines { workload, region, machine_type: group.machine_type, reason });
        }
    }
}

fn refusal(problem: &Problem, workload: &Workload, region: RegionId, machine_type: TypeId) -> Option<&'static str> {
    let Some(offer) = offer(problem, region, machine_type) else { return Some("not on sale in this region") };
    let machine = &problem.machine_types[machine_type.index()];
    if let Some(list) = workload.machine_refusal(machine) {
        return Some(list);
    }
    if machine.is_burstable && !workload.allow_burstable {
        return Some("burstable, which the workload does not allow");
    }
    if problem.objective.carbon_per_tonne > Money::ZERO && offer.carbon_hourly.is_none() {
        return Some("its emissions are unknown, though carbon has a price");
    }
    (replicas_per_instance(workload, machine) == 0).then_some("too small for one replica")
}

/// The offer of a machine type in a region.
pub(super) fn offer(problem: &Problem, region: RegionId, machine_type: TypeId) -> Option<&Offer> {
    problem.regions[region.index()].offers.iter().find(|offer| offer.machine_type == machine_type)
}

/// How many replicas of a workload one machine holds.
pub(super) fn replicas_per_instance(workload: &Workload, machine: &MachineType) -> u64 {
    let by_vcpu = machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0) / workload.replica.vcpu.0;
    let by_memory = machine.memory.0.saturating_sub(workload.reserved.memory.0) / workload.replica.memory.0;
    let mut replicas = by_vcpu.min(by_memory);
    if workload.replica.gpus > 0 {
        replicas = replicas.min(u64::from(machine.gpus / workload.replica.gpus));
    }
    for (name, asked) in workload.replica.resources.iter() {
        let free = machine.resources.get(name).0.saturating_sub(workload.reserved.resources.get(name).0);
        replicas = replicas.min(free / asked.0);
    }
    replicas
}
