//! Offers that lead their region: no other is at least as large in everything at no greater cost.
//!
//! Whatever a replica asks for, an offer that does not lead holds no more replicas than one that costs no more, which replaces it (`machines`). So a
//! workload that selects no machine types need look at leaders only. They are found once for all workloads, a region when one first asks.
//!
//! Of types of one size the cheapest leads all others: most offers are judged by one comparison, as there are several types of nearly every size.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::cost::{self, Femto};
use crate::model::{MachineType, Offer, Problem, Purchase, RegionId, TypeId};

/// Finding the leaders of a region is worth it for more workloads than this.
const FEW_WORKLOADS: usize = 4;

/// Monthly cost of an instance, and its type.
pub(super) type Leader = (Femto, TypeId);

/// Machine types of one size: what one of them holds, for every workload that may use it, each of them holds.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// By type.
    of_type: Vec<usize>,
    /// How many there are.
    count: usize,
}

impl Sizes {
    /// Looks at every machine type once.
    pub fn of(problem: &Problem) -> Self {
        let mut known = BTreeMap::new();
        let of_type = problem.machine_types.iter().map(|machine| {
            let next = known.len();
            let MachineType { vcpu, memory, gpus, is_burstable, resources, .. } = machine;
            *known.entry((vcpu, memory, gpus, is_burstable, resources)).or_insert(next)
        });
        let of_type = of_type.collect();
        Self { of_type, count: known.len() }
    }

    /// The offers on demand that lead, cheapest first, then by type. An offer without a cost is none.
    pub fn leaders<Cost: Copy + Ord>(
        &self,
        problem: &Problem,
        offers: &[Offer],
        cost: impl Fn(&Offer) -> Option<Cost>,
    ) -> Vec<(Cost, TypeId)> {
        let mut cheapest: Vec<Option<(Cost, TypeId)>> = vec![None; self.count];
        for offer in offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
            let Some(cost) = cost(offer) else { continue };
            let (own, cheapest) = ((cost, offer.machine_type), &mut cheapest[self.of_type[offer.machine_type.index()]]);
            if cheapest.is_none_or(|cheapest| own < cheapest) {
                *cheapest = Some(own);
            }
        }
        let mut offers: Vec<(Cost, TypeId)> = cheapest.into_iter().flatten().collect();
        offers.sort_unstable();
        let machine = |(_, machine_type): &(Cost, TypeId)| &problem.machine_types[machine_type.index()];
        let mut leaders: Vec<(Cost, TypeId)> = Vec::new();
        for offer in offers {
            // Dear leaders are large: one of them is found soonest.
            if !leaders.iter().rev().any(|leader| is_as_large(machine(leader), machine(&offer))) {
                leaders.push(offer);
            }
        }
        leaders
    }
}

/// The leaders of every region.
#[derive(Debug)]
pub(super) struct Leaders {
    /// Nothing if none are to be found.
    sizes: Option<Sizes>,
    /// By region, cheapest first, then by type.
    by_region: Vec<OnceLock<Option<Vec<Leader>>>>,
}

impl Leaders {
    /// Of a problem with few workloads none are found.
    pub(super) fn of(problem: &Problem) -> Self {
        let sizes = (problem.workloads.len() > FEW_WORKLOADS).then(|| Sizes::of(problem));
        Self { sizes, by_region: problem.regions.iter().map(|_| OnceLock::new()).collect() }
    }

    /// The leaders of a region; `None` where more matters than size and cost: machines limited in number, quotas, limits on sums, other purchases.
    pub(super) fn in_region(&self, problem: &Problem, id: RegionId) -> Option<&[Leader]> {
        let sizes = self.sizes.as_ref()?;
        self.by_region[id.index()].get_or_init(|| leaders(problem, sizes, id)).as_deref()
    }
}

fn leaders(problem: &Problem, sizes: &Sizes, id: RegionId) -> Option<Vec<Leader>> {
    let region = &problem.regions[id.index()];
    let is_plain = region.stock.is_empty()
        && !problem.counts_machines_in(id)
        && region.offers.iter().all(|offer| offer.purchase == Purchase::OnDemand);
    is_plain.then(|| sizes.leaders(problem, &region.offers, |offer| cost::instance(offer, problem)))
}

/// Whether a machine holds whatever another one holds, for every workload that may use the other.
fn is_as_large(machine: &MachineType, other: &MachineType) -> bool {
    machine.vcpu >= other.vcpu
        && machine.memory >= other.memory
        && machine.gpus >= other.gpus
        && (other.is_burstable || !machine.is_burstable)
        && other.resources.iter().all(|(name, amount)| machine.resources.get(name) >= amount)
}
