//! Why a pool stands where it does, and why it can stand nowhere.
//!
//! A conflict is found by deletion, as for workloads: from all rules of the pool and its members, each in turn is taken away, for good if the pool still
//! can stand nowhere. What is left is irreducible.

use std::fmt;

use super::rule::List;
use crate::formulate::PoolRejection;
use crate::model::{Pool, PoolId, Problem, RegionId, Replica, Replicas};
use crate::units::{Bytes, Millicores, Money};

/// What became of a region for a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolReason {
    /// The pool stands there.
    Chosen,
    /// It could, perhaps: nodes, egress and the region's fixed cost come to at least this much.
    CostsAtLeast(Money),
    /// A rule refuses it.
    Refused(PoolRejection),
    /// No nodes hold the members as their rules ask.
    NoPacking,
}

/// What became of every region for one pool, by region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolReasons {
    /// The pool.
    pub pool: PoolId,
    /// By region.
    pub regions: Vec<(RegionId, PoolReason)>,
}

/// A rule that can make it impossible for a pool to stand anywhere. Members are positions in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PoolRule {
    /// `objective.carbon_usd_per_tonne`: machines without a carbon figure are out.
    CarbonPrice,
    /// `objective.latency_usd_per_rps_ms`: regions of unknown round trip are out.
    LatencyPrice,
    /// `allow_burstable = false` of the pool.
    NoBurstable,
    /// `replica` of a member, with the pool's `reserved`.
    ReplicaSize(usize),
    /// `response_kib` of a member: regions without an egress price are out.
    Response(usize),
    /// A list of selector number `selector`, of the pool or of a member.
    Listed {
        /// `None` for the pool's own.
        member: Option<usize>,
        /// Position among the selectors.
        selector: usize,
        /// True for `denied`.
        is_denied: bool,
        /// Which list.
        list: List,
    },
    /// `max_rtt_ms` of a member.
    MaxRtt(usize),
    /// `degraded_max_rtt_ms` of a member, in a pool that stands by.
    DegradedMaxRtt(usize),
    /// `survive.zones` of a member.
    SurviveZones(usize),
    /// `survive.regions` of a member, in a pool that stands by.
    SurviveRegions(usize),
    /// `survive.clouds` of a member, in a pool that stands by.
    SurviveClouds(usize),
    /// `max_zone_skew` of a member.
    MaxZoneSkew(usize),
    /// `spread.min_zones` of a member.
    MinZones(usize),
    /// `max_per_node` of a member.
    MaxPerNode(usize),
    /// `replicas` of a member.
    Replicas(usize),
    /// `daemon` of a member.
    Daemon(usize),
    /// `exclusive` of a member.
    Exclusive(usize),
    /// `apart.node` of a member.
    ApartOnNode(usize),
    /// `apart.zone` of a member.
    ApartInZone(usize),
    /// `together.node` of a member.
    TogetherOnNode(usize),
    /// `together.zone` of a member.
    TogetherInZone(usize),
    /// `requires` of a member.
    Requires(usize),
    /// `at_least` of the pool.
    AtLeast,
    /// `max_nodes_by_type` of the pool.
    MaxNodesByType,
    /// `max_machine_types` of the pool.
    MaxMachineTypes,
    /// `max_nodes` of the pool.
    MaxNodes,
    /// `limits.quotas`.
    Quotas,
    /// `limits.max_monthly_cost_usd`.
    MaxMonthlyCost,
    /// `limits.max_monthly_carbon_kg`.
    MaxMonthlyCarbon,
}

/// Rules of a pool that cannot hold together. Dropping any one of them lets the others hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConflict {
    /// The pool.
    pub pool: PoolId,
    /// The rules; empty if it can stand nowhere whatever its rules.
    pub rules: Vec<PoolRule>,
}

/// The conflict of a pool that can stand nowhere; `can_stand` tells whether the only pool of a problem can.
pub fn pool_conflict(problem: &Problem, id: PoolId, can_stand: &dyn Fn(&Problem) -> bool) -> PoolConflict {
    let mut thinned =
        Problem { workloads: Vec::new(), pools: vec![problem.pools[id.index()].clone()], ..problem.clone() };
    let mut rules = Vec::new();
    for rule in PoolRule::in_force(&thinned) {
        let mut without = thinned.clone();
        rule.drop_from(&mut without);
        if can_stand(&without) {
            rules.push(rule);
        } else {
            thinned = without;
        }
    }
    let mut none = thinned;
    for rule in &rules {
        rule.drop_from(&mut none);
    }
    if !can_stand(&none) {
        rules.clear();
    }
    PoolConflict { pool: id, rules }
}

impl PoolRule {
    /// The rules in force for the only pool of `problem`, those a reader expects least to be the cause first.
    fn in_force(problem: &Problem) -> Vec<Self> {
        let pool = &problem.pools[0];
        let is_answering = pool.stands_by.is_none();
        let mut rules = Vec::new();
        if problem.objective.carbon_per_tonne > Money::ZERO {
            rules.push(Self::CarbonPrice);
        }
        if problem.objective.latency_per_rps_ms > Money::ZERO {
            rules.push(Self::LatencyPrice);
        }
        if !pool.allow_burstable {
            rules.push(Self::NoBurstable);
        }
        for (at, member) in pool.members.iter().enumerate() {
            let workload = &member.workload;
            let stated = [
                (true, Self::ReplicaSize(at)),
                (workload.response > Bytes(0), Self::Response(at)),
                (member.is_daemon, Self::Daemon(at)),
                (!member.requires.is_empty(), Self::Requires(at)),
                (member.max_per_node.is_some(), Self::MaxPerNode(at)),
                (member.max_zone_skew.is_some(), Self::MaxZoneSkew(at)),
                (workload.min_zones > 1, Self::MinZones(at)),
                (!member.together_in_zone.is_empty(), Self::TogetherInZone(at)),
                (!member.together_on_node.is_empty(), Self::TogetherOnNode(at)),
                (!member.apart_in_zone.is_empty(), Self::ApartInZone(at)),
                (!member.apart_on_node.is_empty(), Self::ApartOnNode(at)),
                (member.is_exclusive, Self::Exclusive(at)),
                (workload.survive.zones > 0, Self::SurviveZones(at)),
                (member.replicas.max.is_some() || member.replicas.min > 0, Self::Replicas(at)),
                (workload.max_rtt.is_some() && is_answering, Self::MaxRtt(at)),
                (workload.max_rtt.is_some() && !is_answering, Self::DegradedMaxRtt(at)),
                (workload.survive.regions > 0 && !is_answering, Self::SurviveRegions(at)),
                (workload.survive.clouds > 0 && !is_answering, Self::SurviveClouds(at)),
            ];
            rules.extend(stated.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, rule)| rule));
        }
        rules.extend(lists(pool));
        let stated = [
            (!pool.at_least.is_empty(), Self::AtLeast),
            (!pool.max_nodes_of.is_empty(), Self::MaxNodesByType),
            (pool.max_machine_types.is_some(), Self::MaxMachineTypes),
            (pool.max_nodes.is_some(), Self::MaxNodes),
            (!problem.quotas.is_empty(), Self::Quotas),
            (problem.limits.max_monthly_cost.is_some(), Self::MaxMonthlyCost),
            (problem.limits.max_monthly_carbon.is_some(), Self::MaxMonthlyCarbon),
        ];
        rules.extend(stated.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, rule)| rule));
        rules
    }

    /// Takes the rule out of the only pool of `problem`.
    fn drop_from(self, problem: &mut Problem) {
        let (pool, limits) = (&mut problem.pools[0], &mut problem.limits);
        match self {
            Self::CarbonPrice => problem.objective.carbon_per_tonne = Money::ZERO,
            Self::LatencyPrice => problem.objective.latency_per_rps_ms = Money::ZERO,
            Self::Quotas => problem.quotas.clear(),
            Self::MaxMonthlyCost => limits.max_monthly_cost = None,
            Self::MaxMonthlyCarbon => limits.max_monthly_carbon = None,
            Self::NoBurstable => pool.allow_burstable = true,
            Self::ReplicaSize(at) => {
                pool.members[at].workload.replica =
                    Replica { vcpu: Millicores(1), memory: Bytes(1), ..Replica::default() };
            }
            Self::Response(at) => pool.members[at].workload.response = Bytes(0),
            Self::Listed { member, selector, is_denied, list } => {
                let selectors = match member {
                    Some(at) => &mut pool.members[at].workload.selectors,
                    None => &mut pool.selectors,
                };
                let selector = &mut selectors[selector];
                list.drop_from(if is_denied { &mut selector.denied } else { &mut selector.allowed });
            }
            Self::MaxRtt(at) | Self::DegradedMaxRtt(at) => pool.members[at].workload.max_rtt = None,
            Self::SurviveRegions(at) => {
                pool.members[at].workload.survive.regions = 0;
                pool.excuse();
            }
            Self::SurviveClouds(at) => {
                pool.members[at].workload.survive.clouds = 0;
                pool.excuse();
            }
            Self::SurviveZones(at) => pool.members[at].workload.survive.zones = 0,
            Self::MaxZoneSkew(at) => pool.members[at].max_zone_skew = None,
            Self::MinZones(at) => pool.members[at].workload.min_zones = 1,
            Self::MaxPerNode(at) => pool.members[at].max_per_node = None,
            Self::Replicas(at) => pool.members[at].replicas = Replicas { min: 0, max: None },
            Self::Daemon(at) => pool.members[at].is_daemon = false,
            Self::Exclusive(at) => pool.members[at].is_exclusive = false,
            Self::ApartOnNode(at) => pool.members[at].apart_on_node.clear(),
            Self::ApartInZone(at) => pool.members[at].apart_in_zone.clear(),
            Self::TogetherOnNode(at) => pool.members[at].together_on_node.clear(),
            Self::TogetherInZone(at) => pool.members[at].together_in_zone.clear(),
            Self::Requires(at) => pool.members[at].requires.clear(),
            Self::AtLeast => pool.at_least.clear(),
            Self::MaxNodesByType => pool.max_nodes_of.clear(),
            Self::MaxMachineTypes => pool.max_machine_types = None,
            Self::MaxNodes => pool.max_nodes = None,
        }
    }

    /// Whether it stands neither in a pool nor in a workload.
    pub fn is_of_problem(self) -> bool {
        let of_problem =
            [Self::CarbonPrice, Self::LatencyPrice, Self::Quotas, Self::MaxMonthlyCost, Self::MaxMonthlyCarbon];
        of_problem.contains(&self)
    }

    /// The member it is a rule of; `None` for the pool or the problem.
    pub fn member(self) -> Option<usize> {
        match self {
            Self::CarbonPrice
            | Self::LatencyPrice
            | Self::NoBurstable
            | Self::AtLeast
            | Self::MaxNodesByType
            | Self::MaxMachineTypes
            | Self::MaxNodes
            | Self::Quotas
            | Self::MaxMonthlyCost
            | Self::MaxMonthlyCarbon => None,
            Self::Listed { member, .. } => member,
            Self::ReplicaSize(at)
            | Self::Response(at)
            | Self::MaxRtt(at)
            | Self::DegradedMaxRtt(at)
            | Self::SurviveZones(at)
            | Self::SurviveRegions(at)
            | Self::SurviveClouds(at)
            | Self::MaxZoneSkew(at)
            | Self::MinZones(at)
            | Self::MaxPerNode(at)
            | Self::Replicas(at)
            | Self::Daemon(at)
            | Self::Exclusive(at)
            | Self::ApartOnNode(at)
            | Self::ApartInZone(at)
            | Self::TogetherOnNode(at)
            | Self::TogetherInZone(at)
            | Self::Requires(at) => Some(at),
        }
    }
}

impl fmt::Display for PoolRule {
    /// The argument, as it is written inside the pool or the workload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CarbonPrice => "objective.carbon_usd_per_tonne",
            Self::LatencyPrice => "objective.latency_usd_per_rps_ms",
            Self::NoBurstable => "allow_burstable",
            Self::ReplicaSize(_) => "replica",
            Self::Response(_) => "response_kib",
            Self::Listed { is_denied, list, .. } => {
                return write!(f, "{}.{}", if *is_denied { "denied" } else { "allowed" }, list.name());
            }
            Self::MaxRtt(_) => "max_rtt_ms",
            Self::DegradedMaxRtt(_) => "degraded_max_rtt_ms",
            Self::SurviveZones(_) => "survive.zones",
            Self::SurviveRegions(_) => "survive.regions",
            Self::SurviveClouds(_) => "survive.clouds",
            Self::MaxZoneSkew(_) => "max_zone_skew",
            Self::MinZones(_) => "spread.min_zones",
            Self::MaxPerNode(_) => "max_per_node",
            Self::Replicas(_) => "replicas",
            Self::Daemon(_) => "daemon",
            Self::Exclusive(_) => "exclusive",
            Self::ApartOnNode(_) => "apart.node",
            Self::ApartInZone(_) => "apart.zone",
            Self::TogetherOnNode(_) => "together.node",
            Self::TogetherInZone(_) => "together.zone",
            Self::Requires(_) => "requires",
            Self::AtLeast => "at_least",
            Self::MaxNodesByType => "max_nodes_by_type",
            Self::MaxMachineTypes => "max_machine_types",
            Self::MaxNodes => "max_nodes",
            Self::Quotas => "limits.quotas",
            Self::MaxMonthlyCost => "limits.max_monthly_cost_usd",
            Self::MaxMonthlyCarbon => "limits.max_monthly_carbon_kg",
        })
    }
}

/// The lists of the pool and of its members.
fn lists(pool: &Pool) -> Vec<PoolRule> {
    let of_members = pool.members.iter().enumerate().map(|(at, member)| (Some(at), &member.workload.selectors));
    let mut rules = Vec::new();
    for (member, selectors) in of_members.chain([(None, &pool.selectors)]) {
        for list in List::ALL {
            for (selector, filters) in selectors.iter().enumerate() {
                for (is_denied, filter) in [(true, &filters.denied), (false, &filters.allowed)] {
                    if list.is_given(filter) {
                        rules.push(PoolRule::Listed { member, selector, is_denied, list });
                    }
                }
            }
        }
    }
    rules
}
