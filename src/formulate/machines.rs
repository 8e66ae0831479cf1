//! Machines: which types may hold a workload, how many replicas each, and which of them can be part of a cheapest group.
//!
//! > replicas per instance h(o) = min over resources of floor((capacity − reserved) / request)
//!
//! over processor, memory, GPUs and every resource that a replica names; a type has nothing of what it does not name.
//!
//! A type o is left out when another type p replaces it at no greater cost whatever the load: with j = ceil(h(o) / h(p)) machines of p
//! for each machine of o, where h is replicas per instance,
//!
//! > j × cost(p) <= cost(o)
//!
//! This holds for groups that survive zones too: n machines of o become at most j × n of p, and machines(j × n) <= j × machines(n).

use super::cost::{self, Femto};
use super::rejection::MachineRejections;
use crate::model::{MachineType, Problem, Region, TypeId, Workload};

/// A machine type that can hold a workload in some region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The type.
    pub machine_type: TypeId,
    /// Replicas one instance holds, at least 1.
    pub replicas: u64,
    /// Monthly cost of one instance, carbon included.
    pub cost: Femto,
}

/// What the workload says of one machine type, wherever it is on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeVerdict {
    /// Holds this many replicas.
    Holds(u64),
    Filtered,
    Burstable,
    TooSmall,
    /// Without a GPU or a named resource that a replica asks for.
    Lacking,
}

/// The verdict on every machine type of the problem, by [`TypeId`].
pub(super) fn verdicts(problem: &Problem, workload: &Workload) -> Vec<TypeVerdict> {
    problem.machine_types.iter().map(|machine| verdict(workload, machine)).collect()
}

fn verdict(workload: &Workload, machine: &MachineType) -> TypeVerdict {
    let part = |capacity: u64, reserved: u64, request: u64| capacity.saturating_sub(reserved) / request;
    let (replica, reserved) = (&workload.replica, &workload.reserved);
    let by_size = part(machine.vcpu.0, reserved.vcpu.0, replica.vcpu.0).min(part(
        machine.memory.0,
        reserved.memory.0,
        replica.memory.0,
    ));
    let by_gpus = machine.gpus.checked_div(replica.gpus).map_or(u64::MAX, u64::from);
    let by_name = replica
        .resources
        .iter()
        .map(|(name, amount)| part(machine.resources.get(name).0, reserved.resources.get(name).0, amount.0))
        .min();
    let replicas = by_size.min(by_gpus).min(by_name.unwrap_or(u64::MAX));
    if by_size == 0 {
        TypeVerdict::TooSmall
    } else if replicas == 0 {
        TypeVerdict::Lacking
    } else if machine.is_burstable && !workload.allow_burstable {
        TypeVerdict::Burstable
    } else if workload.machine_refusal(machine).is_some() {
        TypeVerdict::Filtered
    } else {
        TypeVerdict::Holds(replicas)
    }
}

/// The types on sale in `region` that can be part of a cheapest group, cheapest per replica first; or why there is none.
pub(super) fn frontier(
    problem: &Problem,
    region: &Region,
    verdicts: &[TypeVerdict],
) -> Result<Vec<Fit>, MachineRejections> {
    let mut refused = MachineRejections::default();
    let mut fits = Vec::with_capacity(region.offers.len());
    for offer in &region.offers {
        match verdicts[offer.machine_type.index()] {
            TypeVerdict::Holds(_) if is_sold_out(region, offer.machine_type) => refused.out_of_stock += 1,
            TypeVerdict::Holds(replicas) => match cost::instance(offer, &problem.objective) {
                Some(cost) => fits.push(Fit { machine_type: offer.machine_type, replicas, cost }),
                None => refused.unknown_carbon += 1,
            },
            TypeVerdict::Filtered => refused.filtered += 1,
            TypeVerdict::Burstable => refused.burstable += 1,
            TypeVerdict::TooSmall => refused.too_small += 1,
            TypeVerdict::Lacking => refused.lacking += 1,
        }
    }
    // The cheapest per replica replaces nearly all others: one pass with it alone saves sorting them.
    let per_replica = |a: &Fit, b: &Fit| {
        (a.cost * i128::from(b.replicas))
            .cmp(&(b.cost * i128::from(a.replicas)))
            .then(a.replicas.cmp(&b.replicas))
            .then(a.machine_type.cmp(&b.machine_type))
    };
    let Some(best) = fits.iter().copied().min_by(per_replica) else { return Err(refused) };
    // A type that is limited in number replaces nothing: there may be too little of it.
    let is_limited = |fit: &Fit| region.stock.iter().any(|stock| stock.machine_type == fit.machine_type);
    if !is_limited(&best) {
        fits.retain(|fit| fit.machine_type == best.machine_type || !replaces(&best, fit));
    }
    fits.sort_unstable_by(per_replica);
    let mut kept: Vec<Fit> = Vec::new();
    for fit in fits {
        if !kept.iter().any(|other| !is_limited(other) && replaces(other, &fit)) {
            kept.push(fit);
        }
    }
    Ok(kept)
}

/// True if there are no machines of the type in the region, though it has a price.
fn is_sold_out(region: &Region, machine_type: TypeId) -> bool {
    let stock = region.stock.iter().find(|stock| stock.machine_type == machine_type);
    stock.is_some_and(|stock| (0..region.zones.len()).all(|zone| stock.in_zone(zone) == 0))
}

/// True if machines of `other` replace those of `fit` at no greater cost, whatever the load.
fn replaces(other: &Fit, fit: &Fit) -> bool {
    i128::from(fit.replicas.div_ceil(other.replicas)) * other.cost <= fit.cost
}
