//! Machines: a type that is used is on sale in the region in the way it is bought, passes every selector, is no part-time processor unless that is allowed,
//! has a known carbon figure if carbon is priced or limited, and holds at least one replica.
//!
//! All instances of a group hold equally many replicas, so that their number says what the group carries.
//!
//! > replicas per instance = min over resources of floor((capacity − reserved) / request)
//!
//! over processor, memory, GPUs and every resource by name that a replica asks for.

use super::Violation;
use crate::model::{Assignment, MachineSet, MachineType, Offer, Problem, RegionId, Workload};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let zones = problem.regions[region.index()].zones.len();
        let mut broken = |reason| violations.push(Violation::Shape { workload, region, reason });
        if group.machines.iter().any(|set| set.instances_by_zone.len() != zones) {
            broken("one count per zone is required");
        }
        if group.machines.is_empty() && group.function.is_some() {
            continue;
        }
        if group.instances() == 0 {
            broken("a group without instances");
        }
        if group.machines.iter().any(|set| set.instances() == 0) {
            broken("a machine set without instances");
        }
        if !group.machines.is_sorted_by_key(|set| (set.machine_type, set.purchase)) {
            broken("machine sets out of order");
        }
        if group
            .machines
            .windows(2)
            .any(|pair| (pair[0].machine_type, pair[0].purchase) == (pair[1].machine_type, pair[1].purchase))
        {
            broken("two machine sets alike");
        }
        let periods = problem.workloads[workload.index()].profile.calendar.periods();
        if !group.machines.iter().all(|set| is_most_of_its_periods(set, periods)) {
            broken("instances by zone are not the most of all periods");
        } else if (0..periods).any(|period| group.instances_in_period(period) == 0) {
            broken("a period without instances");
        }
        let held = |set: &MachineSet| {
            let machine = &problem.machine_types[set.machine_type.index()];
            replicas_per_instance(&problem.workloads[workload.index()], machine)
        };
        // Where machines are limited in number there may be too few of one size.
        let may_mix = !problem.regions[region.index()].stock.is_empty();
        if !may_mix && group.machines.windows(2).any(|pair| held(&pair[0]) != held(&pair[1])) {
            broken("instances of one group hold different numbers of replicas");
        }
        for set in &group.machines {
            if let Some(reason) = refusal(problem, &problem.workloads[workload.index()], region, set) {
                violations.push(Violation::Machines { workload, region, machine_type: set.machine_type, reason });
            }
        }
    }
}

/// Whether a set says what it holds in each of `periods`, and its `instances_by_zone` are the most of them.
fn is_most_of_its_periods(set: &MachineSet, periods: usize) -> bool {
    if periods == 1 {
        return set.by_period.is_empty();
    }
    let zones = set.instances_by_zone.len();
    let most = |zone: usize| set.by_period.iter().map(|by_zone| by_zone[zone]).max();
    set.by_period.len() == periods
        && set.by_period.iter().all(|by_zone| by_zone.len() == zones)
        && set.instances_by_zone.iter().enumerate().all(|(zone, &count)| most(zone) == Some(count))
}

fn refusal(problem: &Problem, workload: &Workload, region: RegionId, set: &MachineSet) -> Option<&'static str> {
    let Some(offer) = offer(problem, region, set) else { return Some("not on sale in this region") };
    if !workload.runs_on_machines {
        return Some("the workload runs as a function only");
    }
    let machine = &problem.machine_types[set.machine_type.index()];
    if let Some(list) = workload.machine_refusal(machine) {
        return Some(list);
    }
    if machine.is_burstable && !workload.allow_burstable {
        return Some("burstable, which the workload does not allow");
    }
    if problem.counts_carbon() && offer.carbon_hourly.is_none() {
        return Some("its emissions are unknown, though carbon has a price or a limit");
    }
    (replicas_per_instance(workload, machine) == 0).then_some("too small for one replica")
}

/// The offer that a machine set is bought by in a region.
pub(super) fn offer<'a>(problem: &'a Problem, region: RegionId, set: &MachineSet) -> Option<&'a Offer> {
    let is_of = |offer: &&Offer| offer.machine_type == set.machine_type && offer.purchase == set.purchase;
    problem.regions[region.index()].offers.iter().find(is_of)
}

/// How many replicas of a workload one machine holds.
pub(super) fn replicas_per_instance(workload: &Workload, machine: &MachineType) -> u64 {
    if !workload.runs_on_machines {
        return 0;
    }
    let by_vcpu = machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0) / workload.replica.vcpu.0;
    let by_memory = machine.memory.0.saturating_sub(workload.reserved.memory.0) / workload.replica.memory.0;
    let mut replicas = by_vcpu.min(by_memory);
    if let Some(by_gpus) = machine.gpus.checked_div(workload.replica.gpus) {
        replicas = replicas.min(u64::from(by_gpus));
    }
    for (name, asked) in workload.replica.resources.iter() {
        let free = machine.resources.get(name).0.saturating_sub(workload.reserved.resources.get(name).0);
        replicas = replicas.min(free / asked.0);
    }
    replicas
}
