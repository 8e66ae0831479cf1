//! Offers that lead their region: no other is at least as large in everything at no greater cost.
//!
//! Whatever a replica asks for, an offer that does not lead holds no more replicas than one that costs no more, which replaces it (`machines`). So a
//! workload that selects no machine types need look at leaders only. They are found once for all workloads, a region when one first asks.
//!
//! Of types of one size the cheapest leads all others: most offers are judged by one comparison, as there are several types of nearly every size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::cost::{self, Femto};
use crate::model::{MachineType, Offer, Problem, Purchase, RegionId, Resources, TypeId};
use crate::units::{Bytes, Millicores};

/// Finding the leaders of a region is worth it for more workloads than this.
const FEW_WORKLOADS: usize = 4;

/// What an instance costs, and its type.
pub(super) type Priced<Cost> = (Cost, TypeId);

/// Machine types of one size: what one of them holds, for every workload that may use it, each of them holds.
#[derive(Clone, Debug)]
pub struct Sizes<'a> {
    /// By type.
    of_type: Vec<usize>,
    distinct: Vec<Size<'a>>,
    /// By size: how many smaller amounts of vCPU there are.
    ranks: Vec<usize>,
}

/// All of a machine that decides what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Size<'a> {
    vcpu: Millicores,
    memory: Bytes,
    gpus: u32,
    is_burstable: bool,
    resources: &'a Resources,
}

impl Size<'_> {
    /// Whether a machine holds whatever another one holds, for every workload that may use the other.
    fn is_as_large_as(&self, other: &Self) -> bool {
        self.vcpu >= other.vcpu
            && self.memory >= other.memory
            && self.gpus >= other.gpus
            && (other.is_burstable || !self.is_burstable)
            && other.resources.iter().all(|(name, amount)| self.resources.get(name) >= amount)
    }
}

impl<'a> Sizes<'a> {
    /// Looks at every machine type once.
    pub fn of(problem: &'a Problem) -> Self {
        let mut known = BTreeMap::new();
        let mut sizes = Vec::new();
        let of_type = problem.machine_types.iter().map(|machine| {
            let &MachineType { vcpu, memory, gpus, is_burstable, ref resources, .. } = machine;
            let size = Size { vcpu, memory, gpus, is_burstable, resources };
            *known.entry(size).or_insert_with(|| {
                sizes.push(size);
                sizes.len() - 1
            })
        });
        let of_type = of_type.collect();
        let amounts: BTreeSet<Millicores> = sizes.iter().map(|size| size.vcpu).collect();
        let rank: BTreeMap<Millicores, usize> = amounts.into_iter().zip(0..).collect();
        let ranks = sizes.iter().map(|size| rank[&size.vcpu]).collect();
        Self { of_type, distinct: sizes, ranks }
    }

    /// The offers on demand that lead, cheapest first, then by type. An offer without a cost is none.
    pub fn leaders<Cost: Copy + Ord>(
        &self,
        offers: &[Offer],
        cost: impl Fn(&Offer) -> Option<Cost>,
    ) -> Vec<Priced<Cost>> {
        let mut cheapest: Vec<Option<Priced<Cost>>> = vec![None; self.distinct.len()];
        for offer in offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
            let Some(cost) = cost(offer) else { continue };
            let (own, cheapest) = ((cost, offer.machine_type), &mut cheapest[self.of_type[offer.machine_type.index()]]);
            if cheapest.is_none_or(|cheapest| own < cheapest) {
                *cheapest = Some(own);
            }
        }
        let sized = self.distinct.iter().zip(&self.ranks).zip(cheapest);
        let mut offers: Vec<_> = sized.filter_map(|(sized, cheapest)| Some((cheapest?, sized))).collect();
        offers.sort_unstable_by_key(|(offer, _)| *offer);
        // By rank: the most memory of a steady leader with as much vCPU or more. What asks for nothing beyond these two is led by one of them if by any
        // steady one.
        let mut most_memory = vec![None; self.ranks.iter().max().map_or(0, |last| last + 1)];
        let mut leaders: Vec<(Priced<Cost>, &Size<'_>)> = Vec::new();
        for (offer, (size, &rank)) in offers {
            let is_plain = size.gpus == 0 && size.resources.is_empty();
            let is_led = (is_plain && most_memory[rank] >= Some(size.memory))
                // Dear leaders are large: one of them is found soonest.
                || (!is_plain || size.is_burstable)
                    && leaders.iter().rev().any(|(_, leader)| leader.is_as_large_as(size));
            if is_led {
                continue;
            }
            if !size.is_burstable {
                most_memory[..=rank].iter_mut().for_each(|most| *most = (*most).max(Some(size.memory)));
            }
            leaders.push((offer, size));
        }
        leaders.into_iter().map(|(offer, _)| offer).collect()
    }
}

/// The leaders of every region by what they cost.
#[derive(Debug)]
pub struct Leaders<'a, Cost> {
    /// Nothing if none are to be found.
    sizes: Option<Sizes<'a>>,
    /// By region, cheapest first, then by type.
    by_region: Vec<OnceLock<Option<Vec<Priced<Cost>>>>>,
}

impl<'a, Cost> Leaders<'a, Cost> {
    /// Of a problem with few workloads none are found.
    pub fn of(problem: &'a Problem) -> Self {
        let sizes = (problem.workloads.len() > FEW_WORKLOADS).then(|| Sizes::of(problem));
        Self { sizes, by_region: problem.regions.iter().map(|_| OnceLock::new()).collect() }
    }

    /// The leaders of a region, which `find` finds when it is first asked for, if any.
    pub fn in_region(
        &self,
        id: RegionId,
        find: impl FnOnce(&Sizes<'a>) -> Option<Vec<Priced<Cost>>>,
    ) -> Option<&[Priced<Cost>]> {
        let sizes = self.sizes.as_ref()?;
        self.by_region[id.index()].get_or_init(|| find(sizes)).as_deref()
    }
}

/// Leaders by the monthly cost of an instance; `None` where more matters than size and cost: machines limited in number, quotas, limits on sums, other purchases.
pub(super) fn by_cost(problem: &Problem, sizes: &Sizes<'_>, id: RegionId) -> Option<Vec<Priced<Femto>>> {
    let region = &problem.regions[id.index()];
    let is_plain = region.stock.is_empty()
        && !problem.counts_machines_in(id)
        && region.offers.iter().all(|offer| offer.purchase == Purchase::OnDemand);
    is_plain.then(|| sizes.leaders(&region.offers, |offer| cost::instance(offer, problem)))
}
