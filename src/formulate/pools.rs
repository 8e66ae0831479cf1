//! Pools: each region as a packing of the pool's members, or why the pool cannot stand there.
//!
//! > cost(pool, r) = packing(pool, r) + egress(pool, r),   and the fixed cost of r once for all that is there
//!
//! where egress is that of all demand of all members: everything is answered in the one region. Members become kinds, machine types node types. A
//! resource that no member asks for is left out. A machine type that a member's own lists refuse has none of a resource that this member alone
//! needs, so that the packing keeps them apart. An exclusive member is apart from all others but daemons.

mod joined;

use super::cost::{self, Femto, from_money};
use super::packing::{Kind, NodeType, Packing, Requires};
use super::{Reach, Rejection, budget, carbon, latency, quotas};
use crate::model::{MachineType, Member, Offer, Pool, Problem, Purchase, RegionId, Replica};

pub use joined::{JoinedPools, LeftOut, joined_pools};

/// A region in which a pool can stand, as far as can be seen before packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolCandidate {
    /// The region.
    pub region: RegionId,
    /// What is to be packed there.
    pub packing: Packing,
    /// Cost of the answers to the users.
    pub egress: Femto,
    /// How long all requests together are on their way, in units of [`Wait`](crate::units::Wait), where that is counted.
    pub wait: i128,
}

/// Why a pool cannot stand in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolRejection {
    /// A list of the pool or of a member refuses the region.
    Residency {
        /// The list.
        list: &'static str,
    },
    /// A member cannot be there.
    Member {
        /// Position of the member.
        member: usize,
        /// Why.
        rejection: Rejection,
    },
    /// No machine type on sale there may be a node and holds one replica of this member.
    NoNode {
        /// Position of the member.
        member: usize,
    },
}

/// What `pool` would be in `region`.
pub fn pool_candidate(problem: &Problem, pool: &Pool, id: RegionId) -> Result<PoolCandidate, PoolRejection> {
    let region = &problem.regions[id.index()];
    if let Some(list) = pool.region_refusal(region) {
        return Err(PoolRejection::Residency { list });
    }
    // An alternative that cannot be there is not chosen.
    let is_alternative = |at: &usize| pool.one_of.iter().any(|list| list.contains(at));
    let (mut egress, mut wait) = (0, 0);
    for (at, member) in pool.members.iter().enumerate() {
        let refused = |rejection| PoolRejection::Member { member: at, rejection };
        let traffic = member_traffic(problem, member, id, pool.stands_by.is_none()).map_err(refused)?;
        (egress, wait) = (egress + traffic.0, wait + traffic.1);
        let (zones, lost) = (region.zones.len(), member.workload.survive.zones);
        if zones <= lost as usize && member.needed() > 0 && !is_alternative(&at) {
            return Err(refused(Rejection::TooFewZones { zones, lost }));
        }
        let least = member.workload.min_zones;
        if zones < least as usize && !is_alternative(&at) {
            return Err(refused(Rejection::MinZones { zones, least }));
        }
    }
    let packing = packing(problem, pool, id);
    for (at, kind) in packing.kinds.iter().enumerate().filter(|(at, _)| !is_alternative(at)) {
        let holds = |node_type: &NodeType| kind.size.iter().zip(&node_type.capacity).all(|(size, free)| size <= free);
        if !packing.node_types.iter().any(holds) {
            return Err(PoolRejection::NoNode { member: at });
        }
    }
    Ok(PoolCandidate { region: id, packing, egress, wait })
}

/// What a member's traffic costs in a region, and how long it is on its way where that is counted, if the member can be there. What stands by sends nothing, and
/// nobody waits for it.
fn member_traffic(
    problem: &Problem,
    member: &Member,
    id: RegionId,
    is_answering: bool,
) -> Result<(Femto, i128), Rejection> {
    let workload = &member.workload;
    let region = &problem.regions[id.index()];
    let reach = latency::reach(problem, workload, id, false)?;
    let (mut latency, mut wait) = (0, 0);
    for demand in workload.demand.iter().filter(|_| is_answering) {
        let round_trip = problem.rtt.get(demand.user, id).map(|rtt| rtt.round_trip);
        let unknown = || Rejection::UnknownRoundTrip { user: problem.users[demand.user.index()].name.clone() };
        let price = cost::latency_per_millirps(workload, 0, &problem.objective, round_trip).ok_or_else(unknown)?;
        latency += price * Femto::from(demand.rate.0);
        if problem.counts_wait() {
            wait += i128::from(demand.rate.0) * i128::from(round_trip.ok_or_else(unknown)?.0);
        }
    }
    let late: u64 = workload
        .demand
        .iter()
        .zip(&reach)
        .filter(|(_, reach)| **reach == Reach::Late)
        .map(|(demand, _)| demand.rate.0)
        .sum();
    let limit = workload.max_rtt.unwrap_or_default();
    // The user groups from which it would be too far, the nearest of them first.
    let round_trips = workload.demand.iter().zip(&reach).filter(|(_, reach)| **reach != Reach::InTime);
    let nearest =
        round_trips.filter_map(|(demand, _)| problem.rtt.get(demand.user, id).map(|rtt| rtt.round_trip)).min();
    if reach.contains(&Reach::No) || late > latency::late_allowance(workload).0 {
        return Err(Rejection::TooFar { limit, nearest });
    }
    let price =
        cost::egress_per_millirps(workload, 0, region.internet_egress_per_gb).ok_or(Rejection::UnknownEgressPrice)?;
    Ok((price * Femto::from(workload.total_demand().0) + latency, wait))
}

/// The resources members ask for.
struct Resources {
    has_gpus: bool,
    names: Vec<String>,
    /// Members whose own lists refuse some machine type.
    choosy: Vec<usize>,
}

impl Resources {
    fn of(problem: &Problem, pool: &Pool) -> Self {
        let replicas = || pool.members.iter().map(|member| &member.workload.replica);
        let mut names: Vec<String> =
            replicas().flat_map(|replica| replica.resources.iter()).map(|(name, _)| name.to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        let refuses = |member: &Member| {
            problem.machine_types.iter().any(|machine| member.workload.machine_refusal(machine).is_some())
        };
        let choosy = (0..pool.members.len()).filter(|&at| refuses(&pool.members[at])).collect();
        Self { has_gpus: replicas().any(|replica| replica.gpus > 0), names, choosy }
    }

    fn size(&self, at: usize, replica: &Replica) -> Vec<u64> {
        let mut size = vec![replica.vcpu.0, replica.memory.0];
        size.extend(self.has_gpus.then_some(u64::from(replica.gpus)));
        size.extend(self.names.iter().map(|name| replica.resources.get(name).0));
        size.extend(self.choosy.iter().map(|&choosy| u64::from(choosy == at)));
        size
    }

    fn capacity(&self, pool: &Pool, machine: &MachineType) -> Option<Vec<u64>> {
        let reserved = &pool.reserved;
        let mut capacity =
            vec![machine.vcpu.0.checked_sub(reserved.vcpu.0)?, machine.memory.0.checked_sub(reserved.memory.0)?];
        if self.has_gpus {
            capacity.push(u64::from(machine.gpus.checked_sub(reserved.gpus)?));
        }
        for name in &self.names {
            capacity.push(machine.resources.get(name).0.saturating_sub(reserved.resources.get(name).0));
        }
        for &choosy in &self.choosy {
            let may_hold = pool.members[choosy].workload.machine_refusal(machine).is_none();
            capacity.push(if may_hold { u64::from(u32::MAX) } else { 0 });
        }
        Some(capacity)
    }
}

/// What is limited in sum over all nodes, by what a node adds to it: quotas, then money paid, then carbon.
fn sums(problem: &Problem, pool: &Pool, id: RegionId) -> Vec<i128> {
    let region = &problem.regions[id.index()];
    let mut sums: Vec<i128> = problem.quotas_in(id).map(|quota| i128::from(quota.most)).collect();
    if let Some(most) = problem.limits.max_monthly_cost {
        let sent = pool.members.iter().map(|member| {
            let price = cost::egress_per_millirps(&member.workload, 0, region.internet_egress_per_gb).unwrap_or(0);
            price * Femto::from(member.workload.total_demand().0)
        });
        sums.push(from_money(most) - from_money(region.fixed_monthly) - sent.sum::<Femto>());
    }
    sums.extend(problem.limits.max_monthly_carbon.map(|most| most.0));
    sums
}

/// What a node adds to each of [`sums`].
fn adds(problem: &Problem, id: RegionId, machine: &MachineType, offer: &Offer) -> Vec<i128> {
    let taken = quotas::taken(problem, id, machine).into_iter().map(i128::from);
    taken.chain(budget::paid(problem, offer)).chain(carbon::emitted(problem, offer)).collect()
}

fn packing(problem: &Problem, pool: &Pool, id: RegionId) -> Packing {
    let region = &problem.regions[id.index()];
    let resources = Resources::of(problem, pool);
    let kinds = pool.members.iter().enumerate().map(|(at, member)| Kind {
        size: resources.size(at, &member.workload.replica),
        least: member.needed(),
        most: member.replicas.max.unwrap_or(u64::MAX),
        lost: member.workload.survive.zones,
        max_skew: member.max_zone_skew,
        min_zones: u64::from(member.workload.min_zones),
        per_node: member.max_per_node.unwrap_or(u64::MAX),
        is_daemon: member.is_daemon,
    });
    let node_type = |offer: &Offer| {
        let machine = &problem.machine_types[offer.machine_type.index()];
        if offer.purchase != Purchase::OnDemand || pool.machine_refusal(machine).is_some() {
            return None;
        }
        let limit = pool.max_nodes_of.iter().find(|(limited, _)| *limited == offer.machine_type);
        let stock = region.stock.iter().find(|stock| stock.machine_type == offer.machine_type);
        let by_zone = stock.and_then(|stock| stock.by_zone.clone());
        let in_zones = by_zone.as_ref().map(|by_zone| by_zone.iter().sum());
        let limits = [limit.map(|&(_, most)| most), stock.and_then(|stock| stock.total), in_zones];
        Some(NodeType {
            machine_type: offer.machine_type,
            capacity: resources.capacity(pool, machine)?,
            cost: cost::instance(offer, problem)?,
            most: limits.into_iter().flatten().min(),
            most_by_zone: by_zone,
            adds: adds(problem, id, machine, offer),
        })
    };
    let pairs = |others: fn(&Member) -> &Vec<usize>| -> Vec<(usize, usize)> {
        let mut pairs: Vec<(usize, usize)> = pool
            .members
            .iter()
            .enumerate()
            .flat_map(|(at, member)| others(member).iter().map(move |&other| (at.min(other), at.max(other))))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    let mut apart = pairs(|member| &member.apart_on_node);
    for (at, _) in pool.members.iter().enumerate().filter(|(_, member)| member.is_exclusive) {
        let others = (0..pool.members.len()).filter(|&other| other != at && !pool.members[other].is_daemon);
        apart.extend(others.map(|other| (at.min(other), at.max(other))));
    }
    apart.sort_unstable();
    apart.dedup();
    let requires = |(of, member): (usize, &Member)| {
        let ratio = |required: &crate::model::Requirement| Requires {
            of,
            needs: required.member,
            count: required.count,
            every: required.every,
        };
        member.requires.iter().map(ratio).collect::<Vec<_>>()
    };
    Packing {
        zones: region.zones.len(),
        kinds: kinds.collect(),
        node_types: region.offers.iter().filter_map(node_type).collect(),
        apart,
        together: pairs(|member| &member.together_on_node),
        zone_apart: pairs(|member| &member.apart_in_zone),
        zone_together: pairs(|member| &member.together_in_zone),
        requires: pool.members.iter().enumerate().flat_map(requires).collect(),
        at_least: pool.at_least.clone(),
        one_of: pool.one_of.clone(),
        max_nodes: pool.max_nodes,
        max_types: pool.max_machine_types.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        sums: sums(problem, pool, id),
    }
}
