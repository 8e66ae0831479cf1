//! Pools for readers: rows of tables, values of results, lines of explanations, and why one can stand nowhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::conflict::{Finding, FoundRule, Scope};
use super::result::{costs, kilograms, map, number, object, or_null, usd};
use super::words::{count, monthly, ms_exact, names, rps};
use crate::check::{PlacedPool, Placement};
use crate::explain::{PoolConflict, PoolReason, PoolReasons, PoolRule};
use crate::formulate::{PoolRejection, Rejection};
use crate::model::{Member, Offer, Pool, PoolId, PoolNodes, Problem, Purchase, Region, TypeId};
use crate::place::Answer;
use crate::units::{Decimal, HOURS_PER_MONTH, MilliRps, Money};

/// Regions named in an explanation beside the chosen one.
const FEW: usize = 5;

/// The rows of pools in tables: one for each machine type of each pool; load and egress are on the first.
pub(super) fn rows(problem: &Problem, placement: &Placement) -> Vec<[String; 7]> {
    placement.pools().iter().flat_map(|(id, placed)| rows_of(problem, *id, placed)).collect()
}

fn rows_of(problem: &Problem, id: PoolId, placed: &PlacedPool) -> Vec<[String; 7]> {
    let (pool, region) = of(problem, id, placed);
    let mut by_type: BTreeMap<TypeId, BTreeMap<usize, u64>> = BTreeMap::new();
    for nodes in &placed.placed.nodes {
        *by_type.entry(nodes.machine_type).or_default().entry(nodes.zone).or_default() += nodes.count;
    }
    let load: u64 = pool.members.iter().map(|member| load(pool, member).0).sum();
    let mut other = placed.lines.egress + placed.lines.carbon + placed.lines.latency;
    let mut rows = Vec::new();
    for (at, (machine_type, zones)) in by_type.into_iter().enumerate() {
        let nodes: u64 = zones.values().sum();
        let zones: Vec<String> =
            zones.iter().map(|(zone, count)| format!("{}:{count}", short(&region.zones[*zone], region))).collect();
        let cost = hourly(region, machine_type).times(i128::from(nodes) * HOURS_PER_MONTH) + other;
        other = Money::ZERO;
        rows.push([
            format!("pool {}", pool.name),
            region.key.to_string(),
            problem.machine_types[machine_type.index()].name.clone(),
            format!("{nodes} ({})", zones.join(" ")),
            if at == 0 && load > 0 { rps(MilliRps(load)) } else { "-".to_owned() },
            "-".to_owned(),
            cost.to_string(),
        ]);
    }
    rows
}

/// A zone's name without that of its region, where it begins with it.
fn short<'z>(zone: &'z str, region: &Region) -> &'z str {
    let rest = zone.strip_prefix(region.key.region.as_str()).map(|rest| rest.trim_start_matches('-'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(zone)
}

fn of<'a>(problem: &'a Problem, id: PoolId, placed: &PlacedPool) -> (&'a Pool, &'a Region) {
    (&problem.pools[id.index()], &problem.regions[placed.placed.region.index()])
}

/// What users ask of a member where it is: nothing of what stands by.
fn load(pool: &Pool, member: &Member) -> MilliRps {
    if pool.stands_by.is_some() { MilliRps::ZERO } else { member.workload.total_demand() }
}

/// Price of a node for one hour. `check` has refused placements of machines that are not on sale.
pub(super) fn hourly(region: &Region, machine_type: TypeId) -> Money {
    let is_of = |offer: &&Offer| offer.machine_type == machine_type && offer.purchase == Purchase::OnDemand;
    region.offers.iter().find(is_of).map_or(Money::ZERO, |offer| offer.hourly)
}

/// The values of `placed_pools`, `nodes` and `assignments`.
pub(super) fn values(problem: &Problem, placement: &Placement) -> [Map<String, Value>; 3] {
    let mut pools = BTreeMap::new();
    let mut nodes = BTreeMap::new();
    let mut assignments = BTreeMap::new();
    for (&id, placed) in placement.pools() {
        let (pool, region) = of(problem, id, placed);
        let all: u64 = placed.placed.nodes.iter().map(|nodes| nodes.count).sum();
        let value = object([
            ("cloud", region.key.cloud.as_str().into()),
            ("region", region.key.region.as_str().into()),
            ("stands_by_for", or_null(pool.stands_by.as_ref(), |by| by.pool.as_str().into())),
            ("nodes", all.into()),
            ("monthly_cost_usd", usd(placed.lines.total())),
            ("costs", costs(&placed.lines)),
            ("monthly_carbon_kg", or_null(placed.lines.emissions, kilograms)),
        ]);
        pools.insert(pool.name.clone(), Value::Object(value));
        let mut alike: BTreeMap<(usize, TypeId), Vec<&PoolNodes>> = BTreeMap::new();
        for group in &placed.placed.nodes {
            alike.entry((group.zone, group.machine_type)).or_default().push(group);
        }
        for ((zone, machine_type), groups) in alike {
            let machine = &problem.machine_types[machine_type.index()];
            let key = format!("{}/{}/{}", pool.name, region.zones[zone], machine.name);
            nodes.insert(key, node_value(problem, pool, region, (zone, machine_type), &groups));
        }
        for (member, by_zone) in pool.members.iter().zip(&placed.replicas) {
            let replicas: u64 = by_zone.iter().sum();
            let zones = region.zones.iter().zip(by_zone).filter(|(_, count)| **count > 0);
            let capacity = i128::from(replicas) * i128::from(member.workload.rate_per_replica.0);
            let has_demand = !member.workload.demand.is_empty();
            let value = object([
                ("pool", pool.name.as_str().into()),
                ("cloud", region.key.cloud.as_str().into()),
                ("region", region.key.region.as_str().into()),
                ("replicas", replicas.into()),
                ("zones", Value::Object(zones.map(|(zone, count)| (zone.clone(), (*count).into())).collect())),
                ("load_rps", number(load(pool, member).to_decimal())),
                ("capacity_rps", or_null(has_demand.then_some(capacity), |rate| number(Decimal::new(rate, 3)))),
            ]);
            let name = &member.workload.name;
            let is_standing_by = pool.stands_by.is_some();
            if !is_standing_by || replicas > 0 {
                let key = if is_standing_by { format!("{name}/{}", region.key) } else { name.clone() };
                assignments.insert(key, Value::Object(value));
            }
        }
    }
    [map(pools), map(nodes), map(assignments)]
}

fn node_value(
    problem: &Problem,
    pool: &Pool,
    region: &Region,
    (zone, machine_type): (usize, TypeId),
    groups: &[&PoolNodes],
) -> Value {
    let machine = &problem.machine_types[machine_type.index()];
    let nodes: u64 = groups.iter().map(|group| group.count).sum();
    let hourly = hourly(region, machine_type);
    let holds: Vec<Value> = groups
        .iter()
        .map(|group| {
            let held = group.replicas.iter();
            let replicas: Map<String, Value> =
                held.map(|&(at, count)| (pool.members[at].workload.name.clone(), count.into())).collect();
            json!({ "nodes": group.count, "replicas": replicas })
        })
        .collect();
    Value::Object(object([
        ("pool", pool.name.as_str().into()),
        ("cloud", region.key.cloud.as_str().into()),
        ("region", region.key.region.as_str().into()),
        ("zone", region.zones[zone].as_str().into()),
        ("instance_type", machine.name.as_str().into()),
        ("instance_family", machine.family.as_str().into()),
        ("architecture", machine.architecture.to_string().into()),
        ("purchase_model", Purchase::OnDemand.to_string().into()),
        ("vcpu_per_node", number(machine.vcpu.to_decimal())),
        ("memory_gib_per_node", number(machine.memory.gib())),
        ("nodes", nodes.into()),
        ("hourly_usd_per_node", usd(hourly)),
        ("monthly_cost_usd", usd(hourly.times(i128::from(nodes) * HOURS_PER_MONTH))),
        ("holds", holds.into()),
    ]))
}

/// What an explanation says of the pools of a placement.
pub(super) fn explained(problem: &Problem, answer: &Answer, placement: &Placement) -> String {
    let mut text = String::new();
    for (&id, placed) in placement.pools() {
        let (pool, region) = of(problem, id, placed);
        let nodes: u64 = placed.placed.nodes.iter().map(|nodes| nodes.count).sum();
        let members = count(pool.members.len(), "workload", "workloads");
        let _ = writeln!(text, "\npool {}: {members} on {nodes} nodes in {}", pool.name, region.key);
        if let Some(by) = &pool.stands_by {
            let _ = writeln!(text, "  stands by for pool {}: nothing is sent here before that is lost", by.pool);
        }
        let _ = writeln!(text, "  here: {} for nodes, egress and emissions", monthly(placed.lines.total()));
        for (member, by_zone) in pool.members.iter().zip(&placed.replicas) {
            let replicas: u64 = by_zone.iter().sum();
            let needed = member.needed();
            let why = if member.is_daemon { "one on every node".to_owned() } else { format!("{needed} needed") };
            let _ = writeln!(text, "    {}: {replicas} replicas, {why}", member.workload.name);
        }
        if let Some(reasons) = answer.pools.get(id.index()) {
            elsewhere(&mut text, problem, pool, reasons);
        }
    }
    text
}

fn elsewhere(text: &mut String, problem: &Problem, pool: &Pool, reasons: &PoolReasons) {
    let mut dearer: Vec<_> = Vec::new();
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (region, reason) in &reasons.regions {
        let key = problem.regions[region.index()].key.to_string();
        match reason {
            PoolReason::Chosen => {}
            PoolReason::CostsAtLeast(cost) => dearer.push((*cost, key)),
            PoolReason::Refused(rejection) => refused.entry(refusal(pool, rejection)).or_default().push(key),
            PoolReason::NoPacking => refused.entry("no nodes hold all of it".to_owned()).or_default().push(key),
        }
    }
    dearer.sort();
    if !dearer.is_empty() {
        let regions = count(dearer.len(), "region", "regions");
        let _ = writeln!(text, "  elsewhere: {regions} could hold it; nearest in cost, with the region's fixed cost:");
    }
    for (cost, key) in dearer.iter().take(FEW) {
        let _ = writeln!(text, "    {key}: at least {}", monthly(*cost));
    }
    for (reason, keys) in refused {
        let named = if keys.len() <= FEW { format!(": {}", keys.join(", ")) } else { String::new() };
        let _ = writeln!(text, "  refused: {}, {reason}{named}", count(keys.len(), "region", "regions"));
    }
}

fn refusal(pool: &Pool, rejection: &PoolRejection) -> String {
    match rejection {
        PoolRejection::Residency { list } => (*list).to_owned(),
        PoolRejection::NoNode { member } => {
            format!("no machine type that may be a node holds a replica of `{}`", pool.members[*member].workload.name)
        }
        PoolRejection::Member { member, rejection } => {
            let name = &pool.members[*member].workload.name;
            match rejection {
                Rejection::TooFar { limit, .. } => {
                    format!("too few requests for `{name}` within {} ms", ms_exact(*limit))
                }
                Rejection::UnknownRoundTrip { user } => format!("unknown round trip from `{user}` to `{name}`"),
                Rejection::UnknownEgressPrice => format!("unknown egress price for the answers of `{name}`"),
                Rejection::TooFewZones { lost, .. } => format!("too few zones for `{name}` to lose {lost}"),
                Rejection::Residency { list } => format!("{list} of `{name}`"),
                Rejection::MinZones { .. } => format!("too few zones for `{name}`"),
                Rejection::LeavesOut { .. }
                | Rejection::Quorum { .. }
                | Rejection::UnknownStoragePrice
                | Rejection::UnknownZoneEgressPrice => format!("state of `{name}`"),
                Rejection::NoMachine(_) | Rejection::NoFunction(_) => format!("no machine for `{name}`"),
            }
        }
    }
}

/// Why a pool can stand nowhere.
pub(super) fn finding(problem: &Problem, found: &PoolConflict) -> Finding {
    let pool = &problem.pools[found.pool.index()];
    let written = |rule: &PoolRule| match rule.member() {
        Some(at) => format!("{rule} of `{}`", pool.members[at].workload.name),
        None => rule.to_string(),
    };
    let rules: Vec<FoundRule> = found
        .rules
        .iter()
        .map(|rule| FoundRule {
            scope: Scope::Problem,
            argument: match rule.member() {
                Some(at) => format!("workloads.{}.{rule}", pool.members[at].workload.name),
                None if rule.is_of_problem() => rule.to_string(),
                None => format!("pools.{}.{rule}", pool.family()),
            },
            stated: stated(pool, *rule),
            fact: None,
        })
        .collect();
    let (message, help) = if found.rules.is_empty() {
        let message = format!("pool `{}` can stand in no region, whatever its rules", pool.name);
        (message, "offer more machine types or regions".to_owned())
    } else {
        let message = format!("no nodes hold pool `{}` as its rules ask", pool.name);
        (message, format!("loosen one of {}", names(found.rules.iter().map(written))))
    };
    Finding { workload: None, message, rules, because: None, help: Some(help) }
}

/// A rule as it would be written.
fn stated(pool: &Pool, rule: PoolRule) -> String {
    let at = |at: usize| &pool.members[at];
    let listed =
        |others: &[usize]| names(others.iter().map(|&other| format!("`{}`", pool.members[other].workload.name)));
    let text = match rule {
        PoolRule::MaxNodes => format!("max_nodes = {}", pool.max_nodes.unwrap_or_default()),
        PoolRule::MaxMachineTypes => format!("max_machine_types = {}", pool.max_machine_types.unwrap_or_default()),
        PoolRule::MaxRtt(member) => {
            format!("max_rtt_ms = {}", ms_exact(at(member).workload.max_rtt.unwrap_or_default()))
        }
        PoolRule::DegradedMaxRtt(member) => {
            format!("degraded_max_rtt_ms = {}", ms_exact(at(member).workload.max_rtt.unwrap_or_default()))
        }
        PoolRule::SurviveZones(member) => format!("survive.zones = {}", at(member).workload.survive.zones),
        PoolRule::SurviveRegions(member) => format!("survive.regions = {}", at(member).workload.survive.regions),
        PoolRule::SurviveClouds(member) => format!("survive.clouds = {}", at(member).workload.survive.clouds),
        PoolRule::MaxZoneSkew(member) => format!("max_zone_skew = {}", at(member).max_zone_skew.unwrap_or_default()),
        PoolRule::MinZones(member) => format!("spread.min_zones = {}", at(member).workload.min_zones),
        PoolRule::MaxPerNode(member) => format!("max_per_node = {}", at(member).max_per_node.unwrap_or_default()),
        PoolRule::Replicas(member) => {
            let replicas = at(member).replicas;
            match replicas.max {
                Some(max) if max == replicas.min => format!("replicas.count = {max}"),
                Some(max) => format!("replicas from {} to {max}", replicas.min),
                None => format!("replicas.min = {}", replicas.min),
            }
        }
        PoolRule::ApartOnNode(member) => format!("apart.node from {}", listed(&at(member).apart_on_node)),
        PoolRule::ApartInZone(member) => format!("apart.zone from {}", listed(&at(member).apart_in_zone)),
        PoolRule::TogetherOnNode(member) => format!("together.node with {}", listed(&at(member).together_on_node)),
        PoolRule::TogetherInZone(member) => format!("together.zone with {}", listed(&at(member).together_in_zone)),
        PoolRule::NoBurstable => "allow_burstable = false".to_owned(),
        PoolRule::Daemon(_) | PoolRule::Exclusive(_) => format!("{rule} = true"),
        PoolRule::CarbonPrice
        | PoolRule::LatencyPrice
        | PoolRule::Quotas
        | PoolRule::MaxMonthlyCost
        | PoolRule::MaxMonthlyCarbon
        | PoolRule::ReplicaSize(_)
        | PoolRule::Response(_)
        | PoolRule::Listed { .. }
        | PoolRule::Requires(_)
        | PoolRule::AtLeast
        | PoolRule::MaxNodesByType => rule.to_string(),
    };
    match rule.member() {
        Some(member) => format!("{text}, of `{}`", at(member).workload.name),
        None => text,
    }
}
