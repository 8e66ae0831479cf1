//! What becomes of pools when a zone, a region, a cloud or a machine type is lost.
//!
//! | fate | |
//! |---|---|
//! | untouched | no node that is lost holds a replica of the workload |
//! | holds | the replicas on the other nodes are as many as are needed |
//! | holds | or the pool stands by for another one, so that nothing is asked of it |
//! | rerouted | they are not, but the nodes that are left can hold as many, or a pool that stands by, of which nothing is lost, holds what is needed |
//! | fails | they cannot, or no packing was found |
//!
//! Members that are short are packed again in turn, by name: the nodes that are left are asked for what a member needs, beside what is left of the others and what
//! those before it got, under every rule on nodes, and on the zones that are left. A pool stands in one region, so that nothing of it is left where that is lost but what
//! stands by for it.

use std::collections::BTreeMap;

use super::loss::{Fate, Struck, Whose};
use crate::model::{
    Assignment, Limits, Member, Offer, PoolId, PoolNodes, PooledNodes, Problem, Purchase, RegionId, Stock, Survival,
    TypeId, UserId,
};
use crate::place::{Attempt, Disagreement, Interrupt, attempt};
use crate::units::MilliRps;

/// Whether nodes in a zone of a region, of a machine type, are lost.
pub(super) type IsLost<'a> = dyn Fn(RegionId, usize, TypeId) -> bool + 'a;

/// The members of pools that a loss strikes.
pub(super) fn struck(
    problem: &Problem,
    assignment: &Assignment,
    is_lost: &IsLost<'_>,
) -> Result<Vec<Struck>, Disagreement> {
    let mut struck = Vec::new();
    for (&pool, placed) in &assignment.pools {
        let is_gone = |nodes: &PoolNodes| is_lost(placed.region, nodes.zone, nodes.machine_type);
        if !placed.nodes.iter().any(is_gone) {
            continue;
        }
        let left = PooledNodes {
            nodes: placed.nodes.iter().filter(|nodes| !is_gone(nodes)).cloned().collect(),
            ..placed.clone()
        };
        let members = &problem.pools[pool.index()].members;
        let held = |nodes: &PooledNodes, member: usize| -> u64 {
            let of_member = |at: &&(usize, u64)| at.0 == member;
            let on =
                |nodes: &PoolNodes| nodes.replicas.iter().find(of_member).map_or(0, |&(_, count)| count * nodes.count);
            nodes.nodes.iter().map(on).sum()
        };
        let of_family = |other: &PoolId| problem.pools[other.index()].family() == problem.pools[pool.index()].name;
        let standing: Vec<(PoolId, &PooledNodes)> = assignment
            .pools
            .iter()
            .filter(|(other, placed)| {
                let is_gone = |nodes: &PoolNodes| is_lost(placed.region, nodes.zone, nodes.machine_type);
                **other != pool && of_family(other) && !placed.nodes.iter().any(is_gone)
            })
            .map(|(&other, placed)| (other, placed))
            .collect();
        // A pool that stands by has the same members. Nobody asks for anything where it is lost itself.
        let stands_by = |at: usize| {
            let holds = |&(other, placed): &(PoolId, &PooledNodes)| {
                let member = &problem.pools[other.index()].members[at];
                member.workload.survive.has_places() && held(placed, at) >= member.needed()
            };
            standing.iter().any(holds)
        };
        let is_answering = problem.pools[pool.index()].stands_by.is_none();
        let hit: Vec<usize> = (0..members.len()).filter(|&at| held(&left, at) < held(placed, at)).collect();
        let types = || (0..problem.machine_types.len()).map(TypeId::at);
        let is_left = |zone: &usize| !types().all(|machine_type| is_lost(placed.region, *zone, machine_type));
        let zones: Vec<usize> = (0..problem.regions[placed.region.index()].zones.len()).filter(is_left).collect();
        let needed: Vec<u64> = members.iter().map(Member::needed).collect();
        let mut packed: Vec<u64> = needed.iter().enumerate().map(|(at, &needed)| needed.min(held(&left, at))).collect();
        for member in hit {
            let whose = Whose::Member { pool, member };
            let missing = if is_answering { needed[member] - packed[member] } else { 0 };
            let mut fate = Fate::Holds;
            if missing > 0 && stands_by(member) {
                fate = Fate::Rerouted;
            } else if missing > 0 {
                let mut asked = packed.clone();
                asked[member] = needed[member];
                fate = Fate::Fails;
                if can_hold(problem, pool, (&left, &zones), &asked)? {
                    (fate, packed) = (Fate::Rerouted, asked);
                }
            }
            let fails = fate == Fate::Fails;
            let uncarried = if fails { uncarried(&members[member], held(&left, member)) } else { BTreeMap::new() };
            struck.push(Struck {
                whose,
                fate,
                uncarried,
                uncarried_calls: MilliRps::ZERO,
                missing_replicas: if fails { missing } else { 0 },
            });
        }
    }
    Ok(struck)
}

/// Requests that `replicas` do not carry, by user group; those first by name are served first.
fn uncarried(member: &Member, replicas: u64) -> BTreeMap<UserId, MilliRps> {
    let mut left = replicas.saturating_mul(member.workload.rate_per_replica.0);
    let mut uncarried = BTreeMap::new();
    for demand in &member.workload.demand {
        let served = demand.rate.0.min(left);
        left -= served;
        if served < demand.rate.0 {
            uncarried.insert(demand.user, MilliRps(demand.rate.0 - served));
        }
    }
    uncarried
}

/// Whether nodes in some zones hold so many replicas of each member of a pool.
fn can_hold(
    problem: &Problem,
    id: PoolId,
    (nodes, kept): (&PooledNodes, &[usize]),
    asked: &[u64],
) -> Result<bool, Disagreement> {
    if nodes.nodes.is_empty() {
        return Ok(false);
    }
    let mut pool = problem.pools[id.index()].clone();
    // Numbers are what is asked for here, and members that are not deployed have none.
    pool.at_least.clear();
    pool.one_of.clear();
    for (member, &min) in pool.members.iter_mut().zip(asked) {
        member.workload.demand.clear();
        (member.workload.survive, member.workload.min_zones) = (Survival::default(), 1);
        member.replicas.min = min;
    }
    let mut left = Problem {
        workloads: Vec::new(),
        pools: vec![pool],
        quotas: Vec::new(),
        limits: Limits::default(),
        order: None,
        previous: None,
        alternatives: 0,
        bindings: false,
        ..problem.clone()
    };
    for (at, region) in left.regions.iter_mut().enumerate() {
        let is_here = RegionId::at(at) == nodes.region;
        let is_left = |offer: &&Offer| {
            let is_node = nodes.nodes.iter().any(|nodes| nodes.machine_type == offer.machine_type);
            is_here && is_node && offer.purchase == Purchase::OnDemand
        };
        region.offers = region.offers.iter().filter(is_left).copied().collect();
        if is_here {
            region.zones = kept.iter().map(|&zone| region.zones[zone].clone()).collect();
        }
        let types = || (0..problem.machine_types.len()).map(TypeId::at);
        let there = |machine_type: TypeId| Stock {
            machine_type,
            total: None,
            by_zone: Some(kept.iter().map(|&zone| count(nodes, zone, machine_type)).collect()),
        };
        let used = types().filter(|&of| is_here && nodes.nodes.iter().any(|nodes| nodes.machine_type == of));
        region.stock = used.map(there).collect();
    }
    Ok(matches!(attempt(&left, Interrupt::NEVER)?, Attempt::Found { .. }))
}

fn count(nodes: &PooledNodes, zone: usize, machine_type: TypeId) -> u64 {
    let alike = nodes.nodes.iter().filter(|nodes| nodes.zone == zone && nodes.machine_type == machine_type);
    alike.map(|nodes| nodes.count).sum()
}
