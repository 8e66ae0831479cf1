//! Several pools as one packing: where they share what is limited, what each may take depends on the others.
//!
//! The members of all pools are the kinds of one packing. Every pool has node types of its own, which have none of the resources that members of other pools
//! take, so that no node holds two pools. What is limited over all of them is a sum over nodes:
//!
//! > quotas, money, carbon:   sum over pools p and types t of adds(t, i) × nodes(p, t) <= limit(i)
//! > stock:                   sum over pools p in r of nodes(p, t) <= count(r, t)
//! > max_nodes:               sum over t of nodes(p, t) <= max_nodes(p)
//!
//! Zones are numbered in each region from the first on; what is sold in a region of fewer zones is not sold in the others. Left out are the limits on the number of
//! machine types of a pool, and what two pools share of the machines of one zone: they only take packings away, so that bounds hold, and `check` tells
//! whether what was found keeps to them.

use std::collections::{BTreeMap, BTreeSet};

use super::PoolCandidate;
use crate::formulate::cost::{Femto, from_money};
use crate::formulate::packing::{Kind, Nodes, Packing, Requires};
use crate::model::{Pool, Problem, RegionId, TypeId};

/// More nodes than this in a zone are as good as any number.
const MANY: u64 = u32::MAX as u64;

/// What is limited and taken by others than pools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Of each quota of the problem.
    pub quotas: Vec<u64>,
    /// Of the limit on money.
    pub paid: Femto,
    /// Of the limit on carbon, in milligrams.
    pub emitted: i128,
}

/// Pools in regions as one packing.
#[derive(Clone, Debug)]
pub struct JoinedPools {
    /// The packing.
    pub packing: Packing,
    parts: Vec<Part>,
}

/// Where the kinds and node types of a pool begin.
#[derive(Clone, Copy, Debug)]
struct Part {
    kinds: usize,
    types: usize,
    resources: usize,
}

/// `pools` as one packing beside others that take `left_out`; `None` where a member asks for zones that are alike and regions have not as many zones.
pub fn joined_pools(problem: &Problem, pools: &[(&Pool, &PoolCandidate)], left_out: &LeftOut) -> Option<JoinedPools> {
    let zones = pools.iter().map(|(_, candidate)| candidate.packing.zones).max()?;
    let is_skewed = |packing: &Packing| packing.kinds.iter().any(|kind| kind.max_skew.is_some());
    if pools.iter().any(|(_, candidate)| candidate.packing.zones < zones && is_skewed(&candidate.packing)) {
        return None;
    }
    let mut packing = Packing { zones, ..Packing::default() };
    let mut parts = Vec::with_capacity(pools.len());
    // One more than a pool has: what tells its members from those of others.
    let width = |candidate: &PoolCandidate| candidate.packing.kinds.first().map_or(0, |kind| kind.size.len()) + 1;
    let all: usize = pools.iter().map(|(_, candidate)| width(candidate)).sum();
    let mut resources = 0;
    for (_, candidate) in pools {
        let own = &candidate.packing;
        let part = Part { kinds: packing.kinds.len(), types: packing.node_types.len(), resources };
        resources += width(candidate);
        let spread = |amounts: &[u64], mark: u64| {
            let before = std::iter::repeat_n(0, part.resources);
            let mut spread: Vec<u64> = before.chain(amounts.iter().copied()).chain([mark]).collect();
            spread.resize(all, 0);
            spread
        };
        for kind in &own.kinds {
            let size = spread(&kind.size, 1);
            packing.kinds.push(Kind { size, ..kind.clone() });
        }
        for node_type in &own.node_types {
            let mut sold = node_type.clone();
            sold.capacity = spread(&node_type.capacity, MANY);
            if own.zones < zones {
                let mut by_zone = node_type.most_by_zone.clone().unwrap_or_else(|| vec![MANY; own.zones]);
                by_zone.resize(zones, 0);
                sold.most_by_zone = Some(by_zone);
            }
            sold.adds.clear();
            packing.node_types.push(sold);
        }
        let pair = |&(a, b): &(usize, usize)| (a + part.kinds, b + part.kinds);
        packing.apart.extend(own.apart.iter().map(pair));
        packing.together.extend(own.together.iter().map(pair));
        packing.zone_apart.extend(own.zone_apart.iter().map(pair));
        packing.zone_together.extend(own.zone_together.iter().map(pair));
        packing.requires.extend(own.requires.iter().map(|ratio| Requires {
            of: ratio.of + part.kinds,
            needs: ratio.needs + part.kinds,
            ..*ratio
        }));
        let list = |kinds: &Vec<usize>| -> Vec<usize> { kinds.iter().map(|kind| kind + part.kinds).collect() };
        packing.at_least.extend(own.at_least.iter().map(|(kinds, least)| (list(kinds), *least)));
        packing.one_of.extend(own.one_of.iter().map(list));
        parts.push(part);
    }
    let mut joined = JoinedPools { packing, parts };
    joined.keep_daemons_off();
    joined.limit(problem, pools, left_out);
    Some(joined)
}

impl JoinedPools {
    /// A daemon is on the nodes of its own pool only.
    fn keep_daemons_off(&mut self) {
        let kinds = self.packing.kinds.len();
        let of = |kind: usize| self.parts.partition_point(|part| part.kinds <= kind);
        let mut apart: BTreeSet<(usize, usize)> = self.packing.apart.iter().copied().collect();
        for daemon in (0..kinds).filter(|&kind| self.packing.kinds[kind].is_daemon) {
            let others = (0..kinds).filter(|&other| of(other) != of(daemon));
            apart.extend(others.map(|other| (daemon.min(other), daemon.max(other))));
        }
        self.packing.apart = apart.into_iter().collect();
    }

    /// Adds a sum: at most so much of what `adds` says of each pool and its node types.
    fn add_sum(&mut self, most: i128, adds: impl Fn(usize, usize) -> i128) {
        self.packing.sums.push(most);
        let starts: Vec<usize> = self.parts.iter().map(|part| part.types).collect();
        for (at, node_type) in self.packing.node_types.iter_mut().enumerate() {
            let pool = starts.partition_point(|&start| start <= at) - 1;
            node_type.adds.push(adds(pool, at - starts[pool]));
        }
    }

    fn limit(&mut self, problem: &Problem, pools: &[(&Pool, &PoolCandidate)], left_out: &LeftOut) {
        let added = |pool: usize, node_type: usize, at: usize| pools[pool].1.packing.node_types[node_type].adds[at];
        let of_region = |region: RegionId| problem.quotas_in(region).count();
        for (at, quota) in problem.quotas.iter().enumerate().filter(|(_, quota)| quota.most < u64::MAX) {
            let within = problem.quotas[..at].iter().filter(|other| other.region == quota.region).count();
            let others = left_out.quotas.get(at).copied().unwrap_or(0);
            self.add_sum(i128::from(quota.most) - i128::from(others), |pool, node_type| {
                if pools[pool].1.region == quota.region { added(pool, node_type, within) } else { 0 }
            });
        }
        let limits = &problem.limits;
        if let Some(most) = limits.max_monthly_cost.map(from_money) {
            let fixed = |region: RegionId| from_money(problem.regions[region.index()].fixed_monthly);
            let regions: BTreeSet<RegionId> = pools.iter().map(|(_, candidate)| candidate.region).collect();
            // What each pool leaves alone is what it may pay for nodes.
            let sent = |(_, candidate): &(&Pool, &PoolCandidate)| {
                most - fixed(candidate.region) - candidate.packing.sums[of_region(candidate.region)]
            };
            let beside: Femto = regions.into_iter().map(fixed).sum::<Femto>() + pools.iter().map(sent).sum::<Femto>();
            self.add_sum(most - beside - left_out.paid, |pool, node_type| {
                added(pool, node_type, of_region(pools[pool].1.region))
            });
        }
        if let Some(most) = limits.max_monthly_carbon {
            let before = usize::from(limits.max_monthly_cost.is_some());
            self.add_sum(most.0 - left_out.emitted, |pool, node_type| {
                added(pool, node_type, of_region(pools[pool].1.region) + before)
            });
        }
        self.limit_stock(problem, pools);
        for (at, (pool, _)) in pools.iter().enumerate() {
            if let Some(most) = pool.max_nodes {
                self.add_sum(most.into(), |pool, _| i128::from(pool == at));
            }
        }
    }

    /// Machines of a site that more than one pool may take.
    fn limit_stock(&mut self, problem: &Problem, pools: &[(&Pool, &PoolCandidate)]) {
        let mut takers: BTreeMap<(RegionId, TypeId), usize> = BTreeMap::new();
        for (_, candidate) in pools {
            for node_type in &candidate.packing.node_types {
                *takers.entry((candidate.region, node_type.machine_type)).or_default() += 1;
            }
        }
        for ((region, machine_type), _) in takers.into_iter().filter(|(_, takers)| *takers > 1) {
            let stock = &problem.regions[region.index()].stock;
            let Some(stock) = stock.iter().find(|stock| stock.machine_type == machine_type) else { continue };
            let in_zones = stock
                .by_zone
                .as_ref()
                .map(|by_zone| by_zone.iter().fold(0, |sum: u64, &zone| sum.saturating_add(zone)));
            let Some(most) = stock.total.into_iter().chain(in_zones).min() else { continue };
            self.add_sum(most.into(), |pool, node_type| {
                let candidate = pools[pool].1;
                let is_it = candidate.packing.node_types[node_type].machine_type == machine_type;
                i128::from(candidate.region == region && is_it)
            });
        }
    }

    /// Nodes of the packing by pool, as each numbers its node types and members.
    pub fn apart(&self, nodes: Vec<Nodes>) -> Vec<Vec<Nodes>> {
        let mut by_pool = vec![Vec::new(); self.parts.len()];
        for mut group in nodes {
            let pool = self.parts.partition_point(|part| part.types <= group.node_type) - 1;
            let part = self.parts[pool];
            group.node_type -= part.types;
            for (kind, _) in &mut group.pattern {
                *kind -= part.kinds;
            }
            by_pool[pool].push(group);
        }
        by_pool
    }
}
