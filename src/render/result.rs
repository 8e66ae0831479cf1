//! The result for machines, as [`language::RESULT`](super::language::RESULT) declares it.

mod places;
mod shares;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use serde_json::{Map, Number, Value, json};
use sha2::{Digest, Sha256};

use super::group::{Group, Machines, RunsAs, groups};
use super::language::{Field, GROUP_OF_WORKLOAD};
use super::{alternatives, certificate, conflict, explanation, order, pools, stability};
use crate::check::{CostLines, Kept};
use crate::explain::{Conflict, ConflictingRule, PoolConflict};
use crate::model::{CatalogStamp, Problem, Workload};
use crate::place::{Answer, Outcome};
use crate::units::{Carbon, Decimal, MilliRps, Money, Ratio, hexadecimal};
use shares::{Shares, divided, shares};

/// Bytes of the digest in an `id`: 128 bits, so that two answers never share one by accident.
const ID_BYTES: usize = 16;

/// The result: an object with the fields of [`language::RESULT`](super::language::RESULT) in their order, maps in the order of their keys.
///
/// Money is in USD with at most six decimals, exactly; what is unknown is null. The same problem and answer give the same bytes.
pub fn result(problem: &Problem, answer: &Answer) -> Value {
    let placement = answer.outcome.placement();
    let totals = placement.map(|(placement, _)| *placement.totals());
    let groups = placement.map(|(placement, _)| groups(problem, placement)).unwrap_or_default();
    // The longest parts are written side by side.
    let (maps, (explanation, certificate)) = rayon::join(
        || group_maps(problem, &groups),
        || rayon::join(|| explanation(problem, answer), || certificate::certificate(problem, &groups, placement)),
    );
    let [of_pools, nodes, assignments] =
        placement.map_or_else(Default::default, |(placement, _)| pools::values(problem, placement));
    let mut result = object([
        ("outcome", answer.outcome.name().into()),
        ("monthly_cost_usd", or_null(totals, |totals| usd(totals.objective()))),
        ("monthly_paid_usd", or_null(totals, |totals| usd(totals.paid()))),
        ("bound_monthly_cost_usd", or_null(placement, |(_, bound)| usd(bound))),
        ("gap", or_null(answer.outcome.gap_millionths(), |gap| number(Ratio(gap).to_decimal()))),
        (
            "costs",
            or_null(totals, |totals| {
                json!({
                    "machines_usd": usd(totals.machines),
                    "functions_usd": usd(totals.functions),
                    "fixed_usd": usd(totals.fixed),
                    "egress_usd": usd(totals.egress),
                    "calls_usd": usd(totals.calls),
                    "storage_usd": usd(totals.storage),
                    "replication_usd": usd(totals.replication),
                    "moves_usd": usd(totals.moves),
                    "latency_usd": usd(totals.latency),
                    "carbon_usd": usd(totals.carbon),
                })
            }),
        ),
        ("monthly_carbon_kg", or_null(totals.and_then(|totals| totals.emissions), kilograms)),
        ("objectives", order::values(problem, answer).into()),
        ("groups", maps.all.into()),
        ("groups_by_workload", maps.by_workload.into()),
        ("groups_by_cloud", maps.by_cloud.into()),
        ("placed_pools", of_pools.into()),
        ("nodes", nodes.into()),
        ("assignments", assignments.into()),
        ("regions", placement.map_or_else(Map::new, |(placement, _)| places::regions(problem, placement)).into()),
        ("instance_types", places::instance_types(&groups).into()),
        ("conflict", conflict_of(problem, &answer.outcome)),
        ("stability", or_null(answer.stability.as_ref(), |found| stability::value(problem, answer, found))),
        (
            "binding_limits",
            answer.bindings.iter().map(|binding| explanation::binding_value(problem, binding)).collect(),
        ),
        ("next_best", alternatives::values(problem, answer).into()),
        ("explanation", explanation.into()),
        ("catalog", catalog(&problem.catalog)),
        ("certificate", certificate.into()),
    ]);
    let id = id(&result);
    result.insert("id".into(), id.into());
    Value::Object(result)
}

fn id(result: &Map<String, Value>) -> String {
    let mut bytes = BufWriter::new(Digested(Sha256::new()));
    // A digest takes all that is written to it.
    let _ = serde_json::to_writer(&mut bytes, result).map(|()| bytes.flush());
    hexadecimal(&bytes.get_ref().0.clone().finalize()[..ID_BYTES])
}

/// A digest of what is written.
struct Digested(Sha256);

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct GroupMaps {
    all: Map<String, Value>,
    by_workload: Map<String, Value>,
    by_cloud: Map<String, Value>,
}

fn group_maps(problem: &Problem, groups: &[Group<'_>]) -> GroupMaps {
    let shares = shares(groups);
    let mut all = BTreeMap::new();
    let mut by_workload: BTreeMap<String, BTreeMap<String, Value>> =
        problem.workloads.iter().map(|workload| (workload.name.clone(), BTreeMap::new())).collect();
    let mut by_cloud: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in groups {
        let (key, value) = (group.key(), of_group(group, &shares));
        let part = |field: &Field| Some((field.name.to_owned(), value.get(field.name)?.clone()));
        let view = GROUP_OF_WORKLOAD.iter().filter_map(part).collect();
        by_workload.entry(group.workload.name.clone()).or_default().insert(key.clone(), Value::Object(view));
        by_cloud.entry(group.region.key.cloud.clone()).or_default().push(key.clone());
        all.insert(key, Value::Object(value));
    }
    let sorted = |(cloud, mut keys): (String, Vec<String>)| {
        keys.sort();
        (cloud, keys.into())
    };
    let by_cloud = by_cloud.into_iter().map(sorted).collect();
    GroupMaps { all: map(all), by_workload: map_of_maps(by_workload), by_cloud }
}

fn of_group(group: &Group<'_>, shares: &Shares) -> Map<String, Value> {
    let instances = group.instances();
    let first = group.first();
    let architecture = first.map(|first| first.machine.architecture);
    let architecture = architecture.or(group.function.map(|function| function.offer.architecture));
    let lines = &group.placed.lines;
    let asked = Some(group).filter(|group| group.has_load());
    let zones = group.zones().map(|(zone, count)| (zone.to_owned(), count.into()));
    let traffic_share: Map<String, Value> = group
        .traffic
        .iter()
        .filter_map(|traffic| {
            let share = shares.get(&(group.ids.0, traffic.id, group.ids.1))?;
            Some((traffic.user.name.clone(), number(share.to_decimal())))
        })
        .collect();
    // Round trips, counts and types that are said above are not said again.
    let longest_path = if group.workload.calls.is_empty() { None } else { group.longest_path() };
    let machines = match group.machines.as_slice() {
        [Machines { commitment: None, .. }] => Value::Array(Vec::new()),
        several => several.iter().map(|machines| of_machines(group, machines)).collect(),
    };
    object([
        ("workload", group.workload.name.as_str().into()),
        ("cloud", group.region.key.cloud.as_str().into()),
        ("region", group.region.key.region.as_str().into()),
        ("zones", Value::Object(zones.collect())),
        ("instance_type", or_null(first, |first| first.machine.name.as_str().into())),
        ("architecture", or_null(architecture, |architecture| architecture.to_string().into())),
        ("purchase_model", or_null(first, |first| first.set.purchase.to_string().into())),
        ("instances", instances.into()),
        ("replicas", group.replicas().into()),
        ("min_size", group.sizes().into_iter().min().into()),
        ("max_size", instances.into()),
        ("desired_capacity", group.paid_sizes().into_iter().max().into()),
        ("hourly_instances", hourly_instances(group)),
        ("load_rps", number(asked.map_or(MilliRps::ZERO, Group::load).to_decimal())),
        ("capacity_rps", or_null(asked, |group| number(Decimal::new(group.capacity_milli_rps(), 3)))),
        ("traffic_share", traffic_share.into()),
        ("function", or_null(group.function.as_ref(), |function| of_function(group, function))),
        ("state", or_null(group.placed.kept, of_state)),
        ("calls_share", calls_share(group)),
        ("max_rtt_ms", or_null(group.longest_round_trip(), |rtt| number(rtt.to_decimal()))),
        ("max_path_rtt_ms", or_null(longest_path, |rtt| number(rtt.to_decimal()))),
        ("machines", machines),
        ("monthly_cost_usd", usd(lines.total())),
        ("costs", costs(lines)),
        ("monthly_carbon_kg", or_null(lines.emissions, kilograms)),
    ])
}

/// Instances by the hour; none where demand does not change by it.
fn hourly_instances(group: &Group<'_>) -> Value {
    let sizes = group.paid_sizes();
    if sizes.len() > 1 { sizes.into() } else { Value::Array(Vec::new()) }
}

fn of_state(kept: Kept) -> Value {
    json!({
        "copies": kept.copies,
        "storage_gib_per_replica": kept.volume.whole_gib(),
        "max_copies_per_zone": kept.copies_in_zone,
        "in_sync_after_loss": kept.left,
    })
}

/// By callee, then region: the share of the calls that goes there.
fn calls_share(group: &Group<'_>) -> Value {
    let mut callees: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    for (callee, to, rate) in &group.calls {
        callees.entry(callee.name.clone()).or_default().push((to.key.to_string(), rate.0));
    }
    let of_callee = |(callee, regions): (String, Vec<(String, u64)>)| {
        let rates: Vec<u64> = regions.iter().map(|(_, rate)| *rate).collect();
        let shares = regions.into_iter().zip(divided(&rates));
        let shares: Map<String, Value> =
            shares.map(|((region, _), share)| (region, number(share.to_decimal()))).collect();
        (callee, shares.into())
    };
    Value::Object(callees.into_iter().map(of_callee).collect())
}

/// The function of a group.
fn of_function(group: &Group<'_>, of: &RunsAs<'_>) -> Value {
    let load = group.placed.load().0;
    let share = divided(&[of.used.rate.0, load.saturating_sub(of.used.rate.0)]);
    json!({
        "service": of.offer.service,
        "architecture": of.offer.architecture.to_string(),
        "memory_gib": number(of.function.memory.gib()),
        "vcpu": or_null(of.function.vcpu, |vcpu| number(vcpu.to_decimal())),
        "requests_per_environment": of.offer.concurrency(&of.function),
        "concurrency": of.used.count,
        "load_rps": number(of.used.rate.to_decimal()),
        "load_share": number(share[0].to_decimal()),
        "monthly_requests": number(Decimal::new(of.usage.requests, 3)),
        "monthly_gib_seconds": number(Decimal::new(of.usage.gib_seconds, 3)),
        "monthly_vcpu_seconds": or_null(of.usage.vcpu_seconds, |seconds| number(Decimal::new(seconds, 3))),
        "monthly_cost_usd": usd(group.placed.lines.functions),
    })
}

/// One machine set of a group.
fn of_machines(group: &Group<'_>, machines: &Machines<'_>) -> Value {
    let counts = group.region.zones.iter().zip(&machines.set.instances_by_zone).filter(|(_, count)| **count > 0);
    let zones: Map<String, Value> = counts.map(|(zone, &count)| (zone.clone(), count.into())).collect();
    json!({
        "instance_type": machines.machine.name,
        "purchase_model": machines.set.purchase.to_string(),
        "commitment": machines.commitment,
        "instances": machines.set.instances(),
        "zones": zones,
        "replicas_per_instance": machines.replicas_per_instance,
        "hourly_usd_per_instance": usd(machines.hourly),
    })
}

/// The lines that are not zero.
pub(super) fn costs(lines: &CostLines) -> Value {
    let lines = [
        ("carbon_usd", lines.carbon),
        ("calls_usd", lines.calls),
        ("egress_usd", lines.egress),
        ("functions_usd", lines.functions),
        ("latency_usd", lines.latency),
        ("machines_usd", lines.machines),
        ("moves_usd", lines.moves),
        ("replication_usd", lines.replication),
        ("storage_usd", lines.storage),
    ];
    let paid = lines.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
    Value::Object(paid.map(|(name, amount)| (name.to_owned(), usd(amount))).collect())
}

fn conflict_of(problem: &Problem, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Infeasible(found) => conflict_value(problem, found),
        Outcome::Optimal { .. } | Outcome::Feasible { .. } | Outcome::Undecided => Value::Null,
    }
}

fn conflict_value(problem: &Problem, found: &Conflict) -> Value {
    let findings = conflict::findings(problem, found);
    let mut workloads = BTreeMap::new();
    for (workload, finding) in found.workloads.iter().zip(&findings) {
        let stated = &problem.workloads[workload.workload.index()];
        let rules: Vec<Value> = workload.rules.iter().map(|rule| conflicting_rule(Some(stated), rule)).collect();
        let value = json!({ "rules": rules, "text": finding.to_string() });
        workloads.insert(problem.workloads[workload.workload.index()].name.clone(), value);
    }
    let together = or_null(found.together.as_ref(), |together| {
        let names: Vec<&str> =
            together.workloads.iter().map(|workload| problem.workloads[workload.index()].name.as_str()).collect();
        let rules: Vec<Value> = together.rules.iter().map(|rule| conflicting_rule(None, rule)).collect();
        let pools: Vec<&str> = together.pools.iter().map(|pool| problem.pools[pool.index()].name.as_str()).collect();
        json!({ "workloads": names, "pools": pools, "rules": rules, "text": findings.last().map(ToString::to_string) })
    });
    let of_pool = |found: &PoolConflict| {
        let finding = pools::finding(problem, found);
        let rules: Vec<&str> = finding.rules.iter().map(|rule| rule.argument.as_str()).collect();
        (problem.pools[found.pool.index()].name.clone(), json!({ "rules": rules, "text": finding.to_string() }))
    };
    let stuck: BTreeMap<String, Value> = found.pools.iter().map(of_pool).collect();
    json!({ "workloads": map(workloads), "together": together, "pools": map(stuck), "text": conflict(problem, found) })
}

fn conflicting_rule(workload: Option<&Workload>, rule: &ConflictingRule) -> Value {
    let relaxation = rule.relaxation.as_ref();
    json!({
        "rule": rule.rule.to_string(),
        "change": relaxation.map(|relaxation| conflict::way_out(workload, rule.rule, &relaxation.change)),
        "monthly_cost_usd": or_null(relaxation.and_then(|relaxation| relaxation.cost), usd),
    })
}

pub(super) fn catalog(stamp: &CatalogStamp) -> Value {
    let sources: Vec<Value> = stamp
        .sources
        .iter()
        .map(|source| json!({ "facts": source.facts, "as_of": source.as_of, "origin": source.origin }))
        .collect();
    json!({
        "version": stamp.version,
        "as_of": stamp.as_of,
        "digest": stamp.digest,
        "overlaid": stamp.is_overlaid,
        "sources": sources,
    })
}

pub(super) fn usd(amount: Money) -> Value {
    number(amount.usd())
}

pub(super) fn kilograms(mass: Carbon) -> Value {
    number(mass.to_decimal())
}

/// A decimal as a JSON number, digit for digit.
pub(super) fn number(decimal: Decimal) -> Value {
    decimal.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

pub(super) fn or_null<T>(value: Option<T>, write: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, write)
}

pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn map(entries: BTreeMap<String, Value>) -> Map<String, Value> {
    entries.into_iter().collect()
}

fn map_of_maps(entries: BTreeMap<String, BTreeMap<String, Value>>) -> Map<String, Value> {
    entries.into_iter().map(|(key, entries)| (key, Value::Object(map(entries)))).collect()
}
