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
//! and they take no more of any quota of the region (`quotas`).
//!
//! This holds for groups that survive zones too: n machines of o become at most j × n of p, and machines(j × n) <= j × machines(n).
//!
//! Where spot is allowed, machines of a group may differ in type and purchase, but all hold as many replicas. A [`Fit`] then stands for all offers of
//! one size: the cheapest on demand, and the spot offers by price. One size replaces another if that holds on demand and for each spot offer in turn:
//! pools become j times as full, and so does what their loss takes.

use std::collections::BTreeSet;

use super::commitments::Committed;
use super::cost::{self, Femto};
use super::leaders::{self, Leaders};
use super::rejection::MachineRejections;
use super::spot::Spot;
use super::state::Layout;
use super::{budget, carbon, mixed, quotas};
use crate::model::{MachineType, Offer, Problem, Purchase, Region, RegionId, TypeId, Workload};

/// A machine type that can hold a workload in some region, with the spot offers that may stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The type.
    pub machine_type: TypeId,
    /// Replicas one instance holds, at least 1.
    pub replicas: u64,
    /// Monthly cost of one instance on demand, carbon included.
    pub cost: Femto,
    /// Spot offers whose instances hold as many replicas, cheapest first; empty unless the workload may use spot.
    pub spot: Vec<Spot>,
    /// Committed machines that hold as many replicas, cheapest first; empty unless the workload may use commitments.
    pub committed: Vec<Committed>,
    /// What an instance takes of each quota of its region, in the problem's order.
    pub taken: Vec<u64>,
    /// What an instance adds each month to what is limited in sum: money paid (`budget`), then milligrams emitted (`carbon`).
    pub counted: Vec<i128>,
    /// How its machines stand if the workload keeps state.
    pub layout: Option<Layout>,
}

/// What the workload says of one machine type, wherever it is on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypeVerdict {
    /// Holds this many replicas.
    Holds(u64),
    Filtered,
    Burstable,
    TooSmall,
    /// Without a GPU or a named resource that a replica asks for.
    Lacking,
}

impl TypeVerdict {
    fn held(self) -> Option<u64> {
        if let Self::Holds(replicas) = self { Some(replicas) } else { None }
    }
}

/// What the workload says of every machine type of the problem.
#[derive(Clone, Debug)]
pub(super) struct Verdicts {
    /// By [`TypeId`].
    by_type: Vec<TypeVerdict>,
    /// The numbers of replicas that some type holds, ascending.
    sizes: Vec<u64>,
    /// Where in `sizes` a type's number stands, by [`TypeId`]; nothing is meant by that of a type that holds none.
    ranks: Vec<usize>,
}

impl Verdicts {
    /// Looks at every machine type once.
    pub(super) fn of(problem: &Problem, workload: &Workload) -> Self {
        let by_type: Vec<TypeVerdict> =
            problem.machine_types.iter().map(|machine| verdict(workload, machine)).collect();
        let mut sizes: Vec<u64> = by_type.iter().filter_map(|verdict| verdict.held()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let rank = |verdict: &TypeVerdict| {
            verdict.held().and_then(|replicas| sizes.binary_search(&replicas).ok()).unwrap_or(0)
        };
        let ranks = by_type.iter().map(rank).collect();
        Self { by_type, sizes, ranks }
    }

    /// Replicas that an instance holds; nothing if the type may hold none.
    fn held(&self, machine_type: TypeId) -> Option<u64> {
        self.by_type[machine_type.index()].held()
    }
}

fn verdict(workload: &Workload, machine: &MachineType) -> TypeVerdict {
    if !workload.runs_on_machines {
        return TypeVerdict::TooSmall;
    }
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

/// What is known of machines before a region is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machines<'a> {
    pub(super) verdicts: &'a Verdicts,
    pub(super) leaders: &'a Leaders<'a, Femto>,
}

/// The types on sale in `region` that can be part of a cheapest group, cheapest per replica first; or why there is none.
pub(super) fn frontier(
    problem: &Problem,
    workload: &Workload,
    id: RegionId,
    machines: Machines<'_>,
) -> Result<Vec<Fit>, MachineRejections> {
    let Machines { verdicts, leaders } = machines;
    let region = &problem.regions[id.index()];
    let leading = if workload.selectors.is_empty() {
        leaders.in_region(id, |sizes| leaders::by_cost(problem, sizes, id))
    } else {
        None
    };
    if let Some(leading) = leading {
        // They come cheapest first: what holds no more than one before it is replaced by that.
        let mut most = 0;
        let larger = |&(cost, machine_type): &(Femto, TypeId)| {
            let replicas = verdicts.held(machine_type).filter(|replicas| *replicas > most)?;
            most = replicas;
            Some(Fit::on_demand(machine_type, replicas, cost))
        };
        let fits: Vec<Fit> = leading.iter().filter_map(larger).collect();
        if !fits.is_empty() {
            return Ok(irreplaceable(fits, |_| false, false));
        }
        // All offers tell why there is no machine.
    }
    let mut refused = MachineRejections::default();
    // Of the types that hold as many replicas, the cheapest on demand replaces all others: most offers are judged by one comparison.
    let mut cheapest = Cheapest::of(verdicts);
    // But a type that is limited in number replaces nothing, as there may be too little of it; and under quotas, or limits on money and carbon, another may take less.
    let is_limited = |machine_type: TypeId| region.stock.iter().any(|stock| stock.machine_type == machine_type);
    let has_limits = problem.counts_machines_in(id);
    let mut single: Vec<Fit> = Vec::new();
    for offer in region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
        let machine_type = offer.machine_type;
        match verdicts.by_type[machine_type.index()] {
            TypeVerdict::Holds(_) if is_sold_out(region, machine_type) => refused.out_of_stock += 1,
            TypeVerdict::Holds(replicas) => match cost::instance(offer, problem) {
                Some(cost) if has_limits || is_limited(machine_type) => {
                    let taken = quotas::taken(problem, id, &problem.machine_types[machine_type.index()]);
                    let counted = budget::paid(problem, offer).into_iter().chain(carbon::emitted(problem, offer));
                    single.push(Fit {
                        taken,
                        counted: counted.collect(),
                        ..Fit::on_demand(machine_type, replicas, cost)
                    });
                }
                Some(cost) => cheapest.try_one(cost, machine_type),
                None => refused.unknown_carbon += 1,
            },
            TypeVerdict::Filtered => refused.filtered += 1,
            TypeVerdict::Burstable => refused.burstable += 1,
            TypeVerdict::TooSmall => refused.too_small += 1,
            TypeVerdict::Lacking => refused.lacking += 1,
        }
    }
    let mut fits = cheapest.fits();
    if fits.is_empty() && single.is_empty() {
        return Err(refused);
    }
    let is_mixed = mixed::is_needed(problem, workload, id);
    if is_mixed {
        // Kinds stand beside each type on demand.
        single.sort_by_key(|fit| fit.replicas);
        fits.append(&mut single);
    }
    if !region.offers.iter().all(|offer| offer.purchase == Purchase::OnDemand) {
        add_other_purchases(problem, workload, region, verdicts, &mut fits, is_mixed && has_limits);
    }
    fits.extend(single);
    let are_counted = workload.max_zone_skew.is_some() && !region.stock.is_empty();
    Ok(irreplaceable(fits, is_limited, are_counted))
}

/// The cheapest type on demand of each size.
struct Cheapest<'a> {
    verdicts: &'a Verdicts,
    /// By position in `sizes` of the verdicts.
    by_size: Vec<Option<(Femto, TypeId)>>,
}

impl<'a> Cheapest<'a> {
    fn of(verdicts: &'a Verdicts) -> Self {
        Self { verdicts, by_size: vec![None; verdicts.sizes.len()] }
    }

    /// Of equal cost the first type is kept. The type holds at least one replica.
    fn try_one(&mut self, cost: Femto, machine_type: TypeId) {
        let least = &mut self.by_size[self.verdicts.ranks[machine_type.index()]];
        if least.is_none_or(|least| (cost, machine_type) < least) {
            *least = Some((cost, machine_type));
        }
    }

    fn fits(self) -> Vec<Fit> {
        let by_size = self.verdicts.sizes.iter().zip(self.by_size);
        by_size.filter_map(|(&size, least)| least.map(|(cost, id)| Fit::on_demand(id, size, cost))).collect()
    }
}

/// Those that no other replaces, cheapest per replica first; what is limited in number replaces nothing.
/// Where zones are compared by their number of machines, and types are mixed, `are_counted` has one replaced by one only.
fn irreplaceable(mut fits: Vec<Fit>, is_limited: impl Fn(TypeId) -> bool, are_counted: bool) -> Vec<Fit> {
    fits.sort_unstable_by(|a, b| {
        (a.cost * i128::from(b.replicas))
            .cmp(&(b.cost * i128::from(a.replicas)))
            .then(a.replicas.cmp(&b.replicas))
            .then(a.machine_type.cmp(&b.machine_type))
    });
    let mut kept: Vec<Fit> = Vec::new();
    for fit in fits {
        let can_stand_for = |other: &Fit| !are_counted || other.replicas >= fit.replicas;
        let is_replaced =
            |other: &Fit| !is_limited(other.machine_type) && can_stand_for(other) && replaces(other, &fit);
        if !kept.iter().any(is_replaced) {
            kept.push(fit);
        }
    }
    kept
}

impl Fit {
    fn on_demand(machine_type: TypeId, replicas: u64, cost: Femto) -> Self {
        Self {
            machine_type,
            replicas,
            cost,
            spot: Vec::new(),
            committed: Vec::new(),
            taken: Vec::new(),
            counted: Vec::new(),
            layout: None,
        }
    }
}

/// True if there are no machines of the type in the region, though it has a price.
fn is_sold_out(region: &Region, machine_type: TypeId) -> bool {
    let stock = region.stock.iter().find(|stock| stock.machine_type == machine_type);
    stock.is_some_and(|stock| (0..region.zones.len()).all(|zone| stock.in_zone(zone) == 0))
}

/// True if machines of `other` replace those of `fit` at no greater cost, whatever the load.
fn replaces(other: &Fit, fit: &Fit) -> bool {
    let machines = i128::from(fit.replicas.div_ceil(other.replicas));
    let mut pairs = fit.spot.iter().zip(&other.spot);
    let takes_no_more = |(other, fit): (&u64, &u64)| machines * i128::from(*other) <= i128::from(*fit);
    // Beside what is limited, those that stand beside a type count too: they are the same only for one size.
    let is_counted = !fit.taken.is_empty() || !fit.counted.is_empty();
    let are_beside = |fit: &Fit| !fit.spot.is_empty() || !fit.committed.is_empty();
    let stands_beside_as_much = if is_counted && (are_beside(fit) || are_beside(other)) {
        other.replicas == fit.replicas
    } else {
        // A larger number of smaller machines would take more of a commitment.
        fit.committed.is_empty()
            && fit.spot.len() <= other.spot.len()
            && pairs.all(|(fit, other)| machines * other.cost <= fit.cost)
    };
    machines * other.cost <= fit.cost
        && other.taken.iter().zip(&fit.taken).all(takes_no_more)
        && other.counted.iter().zip(&fit.counted).all(|(other, fit)| machines * other <= *fit)
        && stands_beside_as_much
}

/// Adds to each of `fits`, which are sorted by size, what the workload may buy otherwise than on demand. Of one commitment the cheapest type of a size does
/// for all, unless more than cost is counted.
fn add_other_purchases(
    problem: &Problem,
    workload: &Workload,
    region: &Region,
    verdicts: &Verdicts,
    fits: &mut [Fit],
    are_counted: bool,
) {
    for offer in region.offers.iter().filter(|offer| is_allowed(workload, offer)) {
        let Some(replicas) = verdicts.held(offer.machine_type) else { continue };
        let Some(cost) = cost::instance(offer, problem) else { continue };
        let first = fits.partition_point(|fit| fit.replicas < replicas);
        for fit in fits[first..].iter_mut().take_while(|fit| fit.replicas == replicas) {
            match offer.purchase {
                Purchase::OnDemand => {}
                Purchase::Spot => fit.spot.push(Spot { machine_type: offer.machine_type, cost }),
                Purchase::Committed(commitment, _) => fit.committed.push(Committed {
                    commitment,
                    purchase: offer.purchase,
                    machine_type: offer.machine_type,
                    cost,
                    cap: u64::from(problem.commitments[commitment.index()].quantity),
                }),
            }
        }
    }
    for fit in fits {
        fit.spot.sort_unstable_by_key(|spot| (spot.cost, spot.machine_type));
        fit.committed.sort_unstable_by_key(|offer| (offer.cost, offer.commitment, offer.machine_type));
        let mut known = BTreeSet::new();
        fit.committed.retain(|offer| offer.cap > 0 && (known.insert(offer.commitment) || are_counted));
    }
}

/// Whether a workload may use an offer that is not on demand.
fn is_allowed(workload: &Workload, offer: &Offer) -> bool {
    match (offer.purchase, workload.spot) {
        (Purchase::OnDemand, _) => true,
        (Purchase::Spot, Some(terms)) => {
            let interrupted = offer.interruption_percent;
            terms.max_interruption_percent.is_none_or(|most| interrupted.is_some_and(|percent| percent <= most))
        }
        (Purchase::Committed(..), None) => workload.uses_commitments,
        (Purchase::Spot, None) | (Purchase::Committed(..), Some(_)) => false,
    }
}
