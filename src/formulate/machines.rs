//! Machines: which types may hold a workload, how many replicas each, and which of them can be part of a cheapest group.
//!
//! A type o is left out when another type p replaces it at no greater cost whatever the load: with j = ceil(h(o) / h(p)) machines of p
//! for each machine of o, where h is replicas per instance,
//!
//! > j × cost(p) <= cost(o)
//!
//! This holds for groups that survive zones too: n machines of o become at most j × n of p, and machines(j × n) <= j × machines(n).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::cost::{self, Femto};
use super::rejection::MachineRejections;
use crate::model::{MachineType, Problem, Region, RegionId, TypeId, Workload, WorkloadId};

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
enum TypeVerdict {
    /// Holds this many replicas.
    Holds(u64),
    Filtered,
    Burstable,
    TooSmall,
}

/// Frontiers that several workloads share: those whose replicas are of one size, under the same filters. Each is made when first needed.
pub(super) struct Frontiers<'a> {
    problem: &'a Problem,
    /// By workload, its shape; none if no other workload has it.
    shape: Vec<Option<usize>>,
    shapes: Vec<Shape>,
}

type Frontier = Result<Vec<Fit>, MachineRejections>;

#[derive(Default)]
struct Shape {
    verdicts: OnceLock<Vec<TypeVerdict>>,
    by_region: Vec<OnceLock<Frontier>>,
}

/// The frontiers of one workload, by region.
pub(super) struct OfWorkload<'a> {
    problem: &'a Problem,
    verdicts: Cow<'a, [TypeVerdict]>,
    shared: Option<&'a Shape>,
}

impl<'a> Frontiers<'a> {
    /// For all workloads of `problem`.
    pub(super) fn of_all(problem: &'a Problem) -> Self {
        let size = |workload: &Workload| {
            let Workload { replica, reserved, allow_burstable, .. } = workload;
            (replica.vcpu, replica.memory, reserved.vcpu, reserved.memory, *allow_burstable)
        };
        // By size, the workloads with different filters; for each of them, who is like it.
        let mut by_size: BTreeMap<_, Vec<Vec<usize>>> = BTreeMap::new();
        for (index, workload) in problem.workloads.iter().enumerate() {
            let alike = by_size.entry(size(workload)).or_default();
            let is_alike = |group: &&mut Vec<usize>| problem.workloads[group[0]].selectors == workload.selectors;
            match alike.iter_mut().find(is_alike) {
                Some(group) => group.push(index),
                None => alike.push(vec![index]),
            }
        }
        let mut frontiers = Self::of_one(problem);
        for group in by_size.into_values().flatten().filter(|group| group.len() > 1) {
            for index in group {
                frontiers.shape[index] = Some(frontiers.shapes.len());
            }
            let by_region = problem.regions.iter().map(|_| OnceLock::new()).collect();
            frontiers.shapes.push(Shape { by_region, ..Shape::default() });
        }
        frontiers
    }

    /// For few workloads: nothing is shared.
    pub(super) fn of_one(problem: &'a Problem) -> Self {
        Self { problem, shape: vec![None; problem.workloads.len()], shapes: Vec::new() }
    }

    pub(super) fn of_workload(&self, id: WorkloadId) -> OfWorkload<'_> {
        let verdicts = || verdicts(self.problem, &self.problem.workloads[id.index()]);
        let shared = self.shape[id.index()].map(|shape| &self.shapes[shape]);
        let verdicts = match shared {
            Some(shape) => Cow::Borrowed(&shape.verdicts.get_or_init(verdicts)[..]),
            None => Cow::Owned(verdicts()),
        };
        OfWorkload { problem: self.problem, verdicts, shared }
    }
}

impl OfWorkload<'_> {
    /// The frontier in a region.
    pub(super) fn in_region(&self, region: RegionId) -> Frontier {
        let make = || frontier(self.problem, &self.problem.regions[region.index()], &self.verdicts);
        match self.shared {
            Some(shape) => shape.by_region[region.index()].get_or_init(make).clone(),
            None => make(),
        }
    }
}

/// The verdict on every machine type of the problem, by [`TypeId`].
fn verdicts(problem: &Problem, workload: &Workload) -> Vec<TypeVerdict> {
    problem.machine_types.iter().map(|machine| verdict(workload, machine)).collect()
}

fn verdict(workload: &Workload, machine: &MachineType) -> TypeVerdict {
    let part = |capacity: u64, reserved: u64, request: u64| capacity.saturating_sub(reserved) / request;
    let replicas = part(machine.vcpu.0, workload.reserved.vcpu.0, workload.replica.vcpu.0).min(part(
        machine.memory.0,
        workload.reserved.memory.0,
        workload.replica.memory.0,
    ));
    if replicas == 0 {
        TypeVerdict::TooSmall
    } else if machine.is_burstable && !workload.allow_burstable {
        TypeVerdict::Burstable
    } else if workload.machine_refusal(machine).is_some() {
        TypeVerdict::Filtered
    } else {
        TypeVerdict::Holds(replicas)
    }
}

/// The types on sale in `region` that can be part of a cheapest group, cheapest per replica first; or why there is none.
fn frontier(problem: &Problem, region: &Region, verdicts: &[TypeVerdict]) -> Frontier {
    let mut refused = MachineRejections::default();
    let mut fits = Vec::with_capacity(region.offers.len());
    for offer in &region.offers {
        match verdicts[offer.machine_type.index()] {
            TypeVerdict::Holds(replicas) => match cost::instance(offer, &problem.objective) {
                Some(cost) => fits.push(Fit { machine_type: offer.machine_type, replicas, cost }),
                None => refused.unknown_carbon += 1,
            },
            TypeVerdict::Filtered => refused.filtered += 1,
            TypeVerdict::Burstable => refused.burstable += 1,
            TypeVerdict::TooSmall => refused.too_small += 1,
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
    fits.retain(|fit| fit.machine_type == best.machine_type || !replaces(&best, fit));
    fits.sort_unstable_by(per_replica);
    let mut kept: Vec<Fit> = Vec::new();
    for fit in fits {
        if !kept.iter().any(|other| replaces(other, &fit)) {
            kept.push(fit);
        }
    }
    Ok(kept)
}

/// True if machines of `other` replace those of `fit` at no greater cost, whatever the load.
fn replaces(other: &Fit, fit: &Fit) -> bool {
    i128::from(fit.replicas.div_ceil(other.replicas)) * other.cost <= fit.cost
}
