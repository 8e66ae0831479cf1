//! What becomes of pools when a zone, a region, a cloud or a machine type is lost.
//!
//! | fate | |
//! |---|---|
//! | untouched | no node that is lost holds a replica of the workload |
//! | holds | the replicas on the other nodes are as many as are needed |
//! | rerouted | they are not, but all that the pool needs can be packed on the nodes that are left |
//! | fails | it cannot, or no packing was found |
//!
//! Nodes that are left are asked for all that members need with nothing more lost, under every rule of the pool: packing finds whether they hold it, or proves
//! that they do not. A pool stands in one region, so that nothing of it is left where that is lost.

use std::collections::BTreeMap;

use super::loss::{Fate, Struck, Whose};
use crate::model::{
    Assignment, Limits, Member, Offer, PoolId, PoolNodes, PooledNodes, Problem, Purchase, RegionId, Stock, TypeId,
    UserId,
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
        let hit: Vec<usize> = (0..members.len()).filter(|&at| held(&left, at) < held(placed, at)).collect();
        let short = |&at: &usize| held(&left, at) < members[at].needed();
        let is_repacked = hit.iter().any(short) && can_hold(problem, pool, &left)?;
        for member in hit {
            let whose = Whose::Member { pool, member };
            let missing = members[member].needed().saturating_sub(held(&left, member));
            let fate = match (missing, is_repacked) {
                (0, _) => Fate::Holds,
                (_, true) => Fate::Rerouted,
                (_, false) => Fate::Fails,
            };
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

/// Whether nodes hold all that a pool needs while nothing more is lost.
fn can_hold(problem: &Problem, id: PoolId, nodes: &PooledNodes) -> Result<bool, Disagreement> {
    if nodes.nodes.is_empty() {
        return Ok(false);
    }
    let mut pool = problem.pools[id.index()].clone();
    for member in &mut pool.members {
        member.workload.survive.zones = 0;
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
        let zones = region.zones.len();
        let types = || (0..problem.machine_types.len()).map(TypeId::at);
        let there = |machine_type: TypeId| Stock {
            machine_type,
            total: None,
            by_zone: Some((0..zones).map(|zone| count(nodes, zone, machine_type)).collect()),
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
