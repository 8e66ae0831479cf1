//! Pools: every node holds what fits on it and what its rules allow, every zone too, and every member has the replicas it needs.
//!
//! Judged node by node: alike nodes are judged once. For a pool in region r, with n(m, z) replicas of member m in zone z:
//!
//! > node:      sum over members of size × count <= capacity − reserved, in every resource; limits, apart, together, daemons, exclusive
//! > machine:   on sale in r, passes the lists of the pool and of every member it holds; limits on nodes and types
//! > zone:      apart, together, max_zone_skew, spread.min_zones
//! > enough:    sum over z outside any k zones of n(m, z) >= replicas needed;   min <= sum over z of n(m, z) <= max
//! > ratios:    replicas(required) × every >= replicas(m) × count;   at_least;   one_of
//! > region:    passes every list, answers every user group of every member in time but for the share that may be late, at a known price

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use crate::model::{
    Assignment, MachineType, Member, Offer, Pool, PoolId, PoolNodes, PooledNodes, Problem, Purchase, Region, RegionId,
    TypeId,
};
use crate::units::Ratio;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, pool) in problem.pools.iter().enumerate() {
        let id = PoolId::at(index);
        let mut judge = Judge { problem, pool, id, left_out: BTreeSet::new(), violations };
        match assignment.pools.get(&id) {
            Some(placed) => judge.pool(placed),
            None => judge.broken("is nowhere"),
        }
    }
    if assignment.pools.keys().any(|id| id.index() >= problem.pools.len()) {
        violations.push(Violation::Pool {
            pool: PoolId::at(problem.pools.len()),
            reason: "is not in the problem".to_owned(),
        });
    }
}

struct Judge<'a> {
    problem: &'a Problem,
    pool: &'a Pool,
    id: PoolId,
    left_out: BTreeSet<usize>,
    violations: &'a mut Vec<Violation>,
}

impl Judge<'_> {
    fn broken(&mut self, reason: impl Into<String>) {
        self.violations.push(Violation::Pool { pool: self.id, reason: reason.into() });
    }

    fn pool(&mut self, placed: &PooledNodes) {
        let region = &self.problem.regions[placed.region.index()];
        let members = self.pool.members.len();
        let is_shaped = |nodes: &PoolNodes| {
            nodes.zone < region.zones.len()
                && nodes.count > 0
                && nodes.replicas.is_sorted_by(|a, b| a.0 < b.0)
                && nodes.replicas.iter().all(|&(member, count)| member < members && count > 0)
        };
        if !placed.nodes.iter().all(is_shaped) || !placed.nodes.is_sorted_by(|a, b| a < b) {
            self.broken("has nodes in no zone, of no number, out of order, or with unknown replicas");
            return;
        }
        let counts = by_zone(members, region.zones.len(), placed);
        let totals: Vec<u64> = counts.iter().map(|by_zone| by_zone.iter().sum()).collect();
        self.left_out = left_out(self.pool, &totals);
        self.region(placed.region, region);
        for nodes in &placed.nodes {
            self.machine(region, nodes);
            self.node(nodes);
        }
        self.limits(placed);
        self.zones(&counts);
        for (at, by_zone) in counts.iter().enumerate() {
            self.enough(at, by_zone);
        }
        self.ratios(&totals);
    }

    fn name(&self, member: usize) -> &str {
        &self.pool.members[member].workload.name
    }

    fn region(&mut self, id: RegionId, region: &Region) {
        let selectors = self.pool.selectors.iter();
        let selectors: Vec<_> =
            selectors.chain(self.pool.members.iter().flat_map(|member| &member.workload.selectors)).collect();
        if let Some(list) = selectors.iter().find_map(|selector| selector.region_refusal(region)) {
            self.broken(format!("region {} is refused by {list}", region.key));
        }
        let is_named = selectors.iter().any(|selector| selector.names(region));
        if region.access == crate::model::Access::Restricted && !is_named {
            self.broken(format!("region {} is restricted and no list names it", region.key));
        }
        for at in 0..self.pool.members.len() {
            self.reach(at, id, region);
        }
    }

    fn reach(&mut self, at: usize, id: RegionId, region: &Region) {
        let workload = &self.pool.members[at].workload;
        let sends = workload.response.0 > 0 && !workload.demand.is_empty();
        if sends && region.internet_egress_per_gb.is_none() {
            self.broken(format!("the egress price of {} is unknown", region.key));
        }
        let rtt = |user| self.problem.rtt.get(user, id).map(|rtt| rtt.round_trip);
        // Nobody waits for what stands by.
        let is_counted = self.problem.counts_latency() && self.pool.stands_by.is_none();
        if is_counted && workload.demand.iter().any(|demand| rtt(demand.user).is_none()) {
            self.broken(format!("a round trip from {} is unknown, though latency is counted", region.key));
        }
        let Some(limit) = workload.max_rtt else { return };
        let all: u128 = workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
        let in_time: u128 = workload
            .demand
            .iter()
            .filter(|demand| rtt(demand.user).is_some_and(|rtt| rtt <= limit))
            .map(|demand| u128::from(demand.rate.0))
            .sum();
        let is_known = workload.demand.iter().all(|demand| rtt(demand.user).is_some());
        if in_time * u128::from(Ratio::ONE.0) < all * u128::from(workload.rtt_share.0) || !is_known {
            let name = self.name(at).to_owned();
            self.broken(format!(
                "`{name}` answers too few requests in time, or over unknown round trips, from {}",
                region.key
            ));
        }
    }

    fn machine(&mut self, region: &Region, nodes: &PoolNodes) {
        let machine = &self.problem.machine_types[nodes.machine_type.index()];
        let Some(offer) = offer(region, nodes.machine_type) else {
            return self.broken(format!("machine type {} is not on sale in {}", machine.name, region.key));
        };
        let holding = nodes.replicas.iter().flat_map(|&(member, _)| &self.pool.members[member].workload.selectors);
        if let Some(list) =
            self.pool.selectors.iter().chain(holding).find_map(|selector| selector.machine_refusal(machine))
        {
            self.broken(format!("machine type {} is refused by {list}", machine.name));
        }
        if machine.is_burstable && !self.pool.allow_burstable {
            self.broken(format!("machine type {} is burstable, which the pool does not allow", machine.name));
        }
        if self.problem.counts_carbon() && offer.carbon_hourly.is_none() {
            self.broken(format!("the emissions of {} are unknown, though carbon has a price or a limit", machine.name));
        }
        if !fits(self.pool, machine, &nodes.replicas) {
            self.broken(format!("a node of type {} holds more than it has", machine.name));
        }
    }

    fn node(&mut self, nodes: &PoolNodes) {
        let pool = self.pool;
        let held: BTreeMap<usize, u64> = nodes.replicas.iter().copied().collect();
        for (&at, &count) in &held {
            let member = &pool.members[at];
            if member.max_per_node.is_some_and(|most| count > most) || (member.is_daemon && count > 1) {
                self.broken(format!("a node holds {count} replicas of `{}`", member.workload.name));
            }
            if member.apart_on_node.contains(&at) && count > 1 {
                self.broken(format!("a node holds two replicas of `{}`", member.workload.name));
            }
            for other in held.keys().filter(|&&other| other != at) {
                let is_apart =
                    member.apart_on_node.contains(other) || (member.is_exclusive && !pool.members[*other].is_daemon);
                if is_apart {
                    self.broken(format!(
                        "a node holds `{}` and `{}`",
                        member.workload.name, pool.members[*other].workload.name
                    ));
                }
            }
            // Both or neither, whichever of the two states it.
            let belongs = |other: &usize| {
                member.together_on_node.contains(other) || pool.members[*other].together_on_node.contains(&at)
            };
            let is_missing = |other: &usize| !held.contains_key(other) && !self.left_out.contains(other);
            if let Some(other) = (0..pool.members.len()).find(|other| belongs(other) && is_missing(other)) {
                let (name, other) = (&member.workload.name, &pool.members[other].workload.name);
                self.broken(format!("a node holds `{name}` without `{other}`"));
            }
        }
        for (at, member) in pool.members.iter().enumerate().filter(|(_, member)| member.is_daemon) {
            // A rule between two members may be stated at either.
            let keeps_off = |other: &usize| {
                *other != at
                    && (member.apart_on_node.contains(other) || pool.members[*other].apart_on_node.contains(&at))
            };
            let is_kept_off = held.keys().any(keeps_off);
            if held.contains_key(&at) == is_kept_off && !self.left_out.contains(&at) {
                self.broken(format!(
                    "a node is without daemon `{}`, or holds it beside a workload it is apart from",
                    member.workload.name
                ));
            }
        }
    }

    fn limits(&mut self, placed: &PooledNodes) {
        let mut by_type: BTreeMap<TypeId, u64> = BTreeMap::new();
        for nodes in &placed.nodes {
            *by_type.entry(nodes.machine_type).or_default() += nodes.count;
        }
        let all: u64 = by_type.values().sum();
        if self.pool.max_nodes.is_some_and(|most| all > most) {
            self.broken(format!("has {all} nodes"));
        }
        if self.pool.max_machine_types.is_some_and(|most| by_type.len() as u64 > most) {
            self.broken(format!("has {} machine types", by_type.len()));
        }
        for &(machine_type, most) in &self.pool.max_nodes_of {
            let count = by_type.get(&machine_type).copied().unwrap_or(0);
            if count > most {
                let name = &self.problem.machine_types[machine_type.index()].name;
                self.broken(format!("has {count} nodes of type {name}"));
            }
        }
    }

    fn zones(&mut self, counts: &[Vec<u64>]) {
        for (at, member) in self.pool.members.iter().enumerate() {
            let (most, least) = (counts[at].iter().max(), counts[at].iter().min());
            if let (Some(skew), Some(most), Some(least)) = (member.max_zone_skew, most, least)
                && most - least > skew
            {
                self.broken(format!("zones hold from {least} to {most} replicas of `{}`", member.workload.name));
            }
            let in_use = counts[at].iter().filter(|replicas| **replicas > 0).count();
            if in_use < member.workload.min_zones as usize
                && !self.left_out.contains(&at)
                && member.workload.min_zones > 1
            {
                self.broken(format!("{in_use} zones hold replicas of `{}`", member.workload.name));
            }
            for (zone, &here) in counts[at].iter().enumerate() {
                for &other in &member.apart_in_zone {
                    let is_broken = if other == at { here > 1 } else { here > 0 && counts[other][zone] > 0 };
                    if is_broken {
                        self.broken(format!(
                            "a zone holds `{}` and `{}`",
                            member.workload.name, self.pool.members[other].workload.name
                        ));
                    }
                }
                for &other in &member.together_in_zone {
                    let is_asked = !self.left_out.contains(&at) && !self.left_out.contains(&other);
                    if is_asked && (here > 0) != (counts[other][zone] > 0) {
                        self.broken(format!(
                            "a zone holds one of `{}` and `{}`",
                            member.workload.name, self.pool.members[other].workload.name
                        ));
                    }
                }
            }
        }
    }

    fn enough(&mut self, at: usize, by_zone: &[u64]) {
        let member = &self.pool.members[at];
        if self.left_out.contains(&at) {
            return;
        }
        // All replicas are alike, so the loss of the fullest zones leaves least.
        let mut sorted = by_zone.to_vec();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let left: u64 = sorted.iter().skip(member.workload.survive.zones as usize).sum();
        let demand: u128 = member.workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
        let carried = u128::from(left) * u128::from(member.workload.rate_per_replica.0);
        if carried < demand || left < member.replicas.min {
            let name = self.name(at).to_owned();
            self.broken(format!("{left} replicas of `{name}` are too few"));
        }
        let all: u64 = by_zone.iter().sum();
        if member.replicas.max.is_some_and(|most| all > most) {
            let name = self.name(at).to_owned();
            self.broken(format!("{all} replicas of `{name}` are too many"));
        }
    }

    fn ratios(&mut self, totals: &[u64]) {
        let pool = self.pool;
        for (at, member) in pool.members.iter().enumerate() {
            // Of alternatives the one that is not deployed is not required.
            for required in &member.requires {
                if self.left_out.contains(&required.member) {
                    continue;
                }
                let has = u128::from(totals[required.member]) * u128::from(required.every);
                let needs = u128::from(totals[at]) * u128::from(required.count);
                if has < needs {
                    let (name, other) = (&member.workload.name, &pool.members[required.member].workload.name);
                    self.broken(format!(
                        "{} replicas of `{name}` have {} of `{other}`",
                        totals[at], totals[required.member]
                    ));
                }
            }
        }
        for (list, least) in &pool.at_least {
            let together: u64 = list.iter().map(|&at| totals[at]).sum();
            if together < *least {
                self.broken(format!("{together} replicas are fewer than the {least} of an at_least rule"));
            }
        }
        for list in &pool.one_of {
            let deployed: BTreeSet<usize> = list.iter().copied().filter(|&at| totals[at] > 0).collect();
            if deployed.len() != 1 {
                self.broken(format!("{} workloads of a one_of list are deployed", deployed.len()));
            }
        }
    }
}

/// Members that are not deployed because another of their `one_of` list is.
fn left_out(pool: &Pool, totals: &[u64]) -> BTreeSet<usize> {
    let others = |list: &'_ Vec<usize>| list.iter().any(|&at| totals[at] > 0);
    let lists = pool.one_of.iter().filter(|list| others(list));
    lists.flatten().copied().filter(|&at| totals[at] == 0).collect()
}

/// The offer nodes are bought by.
pub(super) fn offer(region: &Region, machine_type: TypeId) -> Option<&Offer> {
    region.offers.iter().find(|offer| offer.machine_type == machine_type && offer.purchase == Purchase::OnDemand)
}

/// Replicas by member, then zone.
pub(super) fn by_zone(members: usize, zones: usize, placed: &PooledNodes) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; zones]; members];
    for nodes in &placed.nodes {
        for &(member, count) in &nodes.replicas {
            counts[member][nodes.zone] += count * nodes.count;
        }
    }
    counts
}

/// Whether a machine holds these replicas beside what is reserved, in every resource that any of them asks for.
fn fits(pool: &Pool, machine: &MachineType, replicas: &[(usize, u64)]) -> bool {
    let sum = |amount: &dyn Fn(&Member) -> u64| -> u128 {
        replicas.iter().map(|&(at, count)| u128::from(amount(&pool.members[at])) * u128::from(count)).sum()
    };
    let holds = |asked: u128, has: u64, reserved: u64| asked + u128::from(reserved) <= u128::from(has) || asked == 0;
    let reserved = &pool.reserved;
    let names: BTreeSet<&str> = replicas
        .iter()
        .flat_map(|&(at, _)| pool.members[at].workload.replica.resources.iter())
        .map(|(name, _)| name)
        .collect();
    holds(sum(&|member| member.workload.replica.vcpu.0), machine.vcpu.0, reserved.vcpu.0)
        && holds(sum(&|member| member.workload.replica.memory.0), machine.memory.0, reserved.memory.0)
        && holds(
            sum(&|member| u64::from(member.workload.replica.gpus)),
            u64::from(machine.gpus),
            u64::from(reserved.gpus),
        )
        && names.into_iter().all(|name| {
            holds(
                sum(&|member| member.workload.replica.resources.get(name).0),
                machine.resources.get(name).0,
                reserved.resources.get(name).0,
            )
        })
}
