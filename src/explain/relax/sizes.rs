//! Smaller replicas and functions: the largest that something on sale holds.

use std::collections::BTreeSet;

use super::Change;
use crate::explain::conflict::is_placeable;
use crate::model::{Function, MachineType, Problem};
use crate::units::{Amount, Bytes, Duration, Millicores};

/// The function that a service takes in the place of the workload's, with as much of its memory and time as any takes.
pub(super) fn largest_function(problem: &Problem) -> Option<(Change, Problem)> {
    let function = problem.workloads[0].function?;
    let offers = problem.regions.iter().flat_map(|region| &region.functions);
    let sizes = offers.map(|offer| {
        let memory = offer.max_memory.map_or(function.memory, |most| most.min(function.memory));
        let duration = offer.max_duration.map_or(function.duration, |most| most.min(function.duration));
        (memory, duration, offer.million_vcpu_seconds.is_none() || function.vcpu.is_some())
    });
    let sizes: BTreeSet<(Bytes, Duration, bool)> = sizes.collect();
    let with = |memory: Bytes, duration: Duration, is_silent: bool| {
        let mut relaxed = problem.clone();
        let vcpu = function.vcpu.or((!is_silent).then_some(Millicores(1_000)));
        relaxed.workloads[0].function = Some(Function { memory, vcpu, duration, ..function });
        let change = Change::Function { memory, duration, states_vcpu: !is_silent };
        is_placeable(&relaxed).then_some((change, relaxed))
    };
    let found = sizes.iter().rev().find_map(|&(memory, duration, is_silent)| with(memory, duration, is_silent));
    found.or_else(|| {
        // Too few environments may run: requests that take less time need fewer.
        let &(memory, longest, is_silent) = sizes.last()?;
        let (mut enough, mut too_long) = (0, longest.0 / 1_000);
        while enough + 1 < too_long {
            let half = u32::midpoint(enough, too_long);
            let is_enough = with(memory, Duration(half * 1_000), is_silent).is_some();
            if is_enough { enough = half } else { too_long = half }
        }
        with(memory, Duration(enough.max(1) * 1_000), is_silent)
    })
}

/// The largest part of the replica that some machine on sale can hold, with every other rule in force.
pub(super) fn largest_replica(problem: &Problem) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    let shapes: BTreeSet<(Millicores, Bytes)> = offered(problem)
        .map(|machine| {
            let vcpu = machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0);
            let memory = machine.memory.0.saturating_sub(workload.reserved.memory.0);
            (workload.replica.vcpu.min(Millicores(vcpu)), workload.replica.memory.min(Bytes(memory)))
        })
        .filter(|(vcpu, memory)| vcpu.0 > 0 && memory.0 > 0)
        .collect();
    let mut shapes: Vec<_> = shapes.into_iter().collect();
    shapes.sort_by_key(|&(vcpu, memory)| std::cmp::Reverse((u128::from(vcpu.0) * u128::from(memory.0), vcpu)));
    shapes.into_iter().find_map(|(vcpu, memory)| {
        let mut relaxed = problem.clone();
        (relaxed.workloads[0].replica.vcpu, relaxed.workloads[0].replica.memory) = (vcpu, memory);
        is_placeable(&relaxed).then_some((Change::Replica { vcpu, memory }, relaxed))
    })
}

/// The largest amount of the first resource, by name, with which some machine on sale can hold a replica.
pub(super) fn most_of_a_resource(problem: &Problem) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    workload.replica.resources.iter().find_map(|(name, asked)| {
        let free = |machine: &MachineType| {
            machine.resources.get(name).0.saturating_sub(workload.reserved.resources.get(name).0)
        };
        let less: BTreeSet<u64> = offered(problem).map(free).chain([0]).filter(|&amount| amount < asked.0).collect();
        less.into_iter().rev().find_map(|amount| {
            let (mut relaxed, amount) = (problem.clone(), Amount(amount));
            relaxed.workloads[0].replica.resources.set(name, amount);
            is_placeable(&relaxed).then_some((Change::Resource { name: name.to_owned(), amount }, relaxed))
        })
    })
}

/// Machine types that some region sells.
fn offered(problem: &Problem) -> impl Iterator<Item = &MachineType> {
    let offered: BTreeSet<_> =
        problem.regions.iter().flat_map(|region| region.offers.iter()).map(|offer| offer.machine_type).collect();
    offered.into_iter().map(|id| &problem.machine_types[id.index()])
}
