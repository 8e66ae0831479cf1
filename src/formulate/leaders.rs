//! Offers that lead their region: no other is at least as large in everything at no greater cost.
//!
//! Whatever a replica asks for, an offer that does not lead holds no more replicas than one that costs no more, which replaces it (`machines`). So a
//! workload that selects no machine types need look at leaders only. They are found once for all workloads, a region when one first asks.

use std::sync::OnceLock;

use super::cost::{self, Femto};
use crate::model::{MachineType, Problem, Purchase, RegionId, TypeId};

/// Finding the leaders of a region is worth it for more workloads than this.
const FEW_WORKLOADS: usize = 4;

/// Monthly cost of an instance, and its type.
pub(super) type Leader = (Femto, TypeId);

/// The leaders of every region.
#[derive(Debug)]
pub(super) struct Leaders {
    /// By region, cheapest first, then by type.
    by_region: Vec<OnceLock<Option<Vec<Leader>>>>,
}

impl Leaders {
    /// Of a problem with few workloads none are found.
    pub(super) fn of(problem: &Problem) -> Self {
        let regions = if problem.workloads.len() > FEW_WORKLOADS { problem.regions.len() } else { 0 };
        Self { by_region: (0..regions).map(|_| OnceLock::new()).collect() }
    }

    /// The leaders of a region; `None` where more matters than size and cost: machines limited in number, quotas, limits on sums, other purchases.
    pub(super) fn in_region(&self, problem: &Problem, id: RegionId) -> Option<&[Leader]> {
        self.by_region.get(id.index())?.get_or_init(|| leaders(problem, id)).as_deref()
    }
}

fn leaders(problem: &Problem, id: RegionId) -> Option<Vec<Leader>> {
    let region = &problem.regions[id.index()];
    let is_plain = region.stock.is_empty()
        && !problem.counts_machines_in(id)
        && region.offers.iter().all(|offer| offer.purchase == Purchase::OnDemand);
    if !is_plain {
        return None;
    }
    let cost = |offer| cost::instance(offer, problem);
    let mut offers: Vec<Leader> =
        region.offers.iter().filter_map(|offer| Some((cost(offer)?, offer.machine_type))).collect();
    offers.sort_unstable();
    let machine = |(_, machine_type): &Leader| &problem.machine_types[machine_type.index()];
    let mut leaders: Vec<Leader> = Vec::new();
    for offer in offers {
        // Dear leaders are large: one of them is found soonest.
        if !leaders.iter().rev().any(|leader| is_as_large(machine(leader), machine(&offer))) {
            leaders.push(offer);
        }
    }
    Some(leaders)
}

/// Whether a machine holds whatever another one holds, for every workload that may use the other.
fn is_as_large(machine: &MachineType, other: &MachineType) -> bool {
    machine.vcpu >= other.vcpu
        && machine.memory >= other.memory
        && machine.gpus >= other.gpus
        && (other.is_burstable || !machine.is_burstable)
        && other.resources.iter().all(|(name, amount)| machine.resources.get(name) >= amount)
}
