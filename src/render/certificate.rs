//! The certificate: what an answer must be checked against, what was decided, and every cost that follows.
//!
//! It adds no fact: decisions and lines are those of `check`, the bound is the one that was proven. What it adds is that a result can be checked alone,
//! years later, by whoever has the program of that version: the problem, its digest, the digest of the catalog, and rates that shares only round.
//!
//! Nodes of pools are not repeated here: a pool is checked by packing it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::group::{Group, Machines, RunsAs};
use super::result::{number, or_null, usd};
use crate::check::{CostLines, PlacedPool, Placement};
use crate::model::{Calendar, Pool, Problem, Region, TypeId};
use crate::units::{Decimal, HOURS_PER_MONTH, MilliRps, Money, SECONDS_PER_MONTH, hexadecimal};

/// The certificate of a result with these groups, as JSON text.
pub(super) fn certificate(problem: &Problem, groups: &[Group<'_>], placement: Option<(&Placement, Money)>) -> String {
    let stated = problem.stated.as_ref();
    let lines: Vec<Value> = placement.map(|(placement, _)| lines(problem, groups, placement)).unwrap_or_default();
    let decided: Map<String, Value> = groups.iter().map(|group| (group.key(), decisions(group))).collect();
    let certificate = Certificate {
        version: env!("CARGO_PKG_VERSION"),
        problem: stated.and_then(|stated| document(&stated.problem)),
        problem_sha256: stated.map(|stated| hexadecimal(&Sha256::digest(&stated.problem))),
        provider_catalog: stated.and_then(|stated| stated.provider_catalog.as_deref()).and_then(document),
        catalog_sha256: &problem.catalog.digest,
        groups: decided,
        lines,
        monthly_cost_usd: or_null(placement, |(placement, _)| usd(placement.cost())),
        bound_monthly_cost_usd: or_null(placement, |(_, bound)| usd(bound)),
    };
    serde_json::to_string(&certificate).unwrap_or_default()
}

#[derive(Serialize)]
struct Certificate<'a> {
    version: &'static str,
    problem: Option<&'a RawValue>,
    problem_sha256: Option<String>,
    provider_catalog: Option<&'a RawValue>,
    catalog_sha256: &'a str,
    groups: Map<String, Value>,
    lines: Vec<Value>,
    monthly_cost_usd: Value,
    bound_monthly_cost_usd: Value,
}

/// Canonical text as a part of a document, as it stands.
fn document(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// What was decided of a group; everything else said of it follows.
fn decisions(group: &Group<'_>) -> Value {
    let machines: Vec<Value> = group
        .machines
        .iter()
        .map(|machines| {
            json!({
                "instance_type": machines.machine.name,
                "purchase_model": machines.set.purchase.to_string(),
                "commitment": machines.commitment,
                "instances_by_zone": machines.set.instances_by_zone,
                "by_period": machines.set.by_period,
                "hourly_usd_per_instance": usd(machines.hourly),
            })
        })
        .collect();
    let rates = group.traffic.iter().map(|traffic| (traffic.user.name.clone(), number(traffic.rate.to_decimal())));
    let mut decided = json!({ "machines": machines, "traffic_rps": Value::Object(rates.collect()) });
    if let Some(function) = &group.function {
        decided["function"] = json!({
            "service": function.offer.service,
            "architecture": function.offer.architecture.to_string(),
            "concurrency": function.used.count,
            "load_rps": number(function.used.rate.to_decimal()),
        });
    }
    if !group.calls.is_empty() {
        let mut calls: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (callee, to, rate) in &group.calls {
            calls.entry(&callee.name).or_default().insert(to.key.to_string(), number(rate.to_decimal()));
        }
        decided["calls_rps"] = json!(calls);
    }
    if let Some(copies) = group.placed.group.copies {
        decided["copies"] = copies.into();
    }
    decided
}

fn lines(problem: &Problem, groups: &[Group<'_>], placement: &Placement) -> Vec<Value> {
    let mut lines = Lines(Vec::new());
    for group in groups {
        lines.of_group(problem, group);
    }
    for (id, placed) in placement.pools() {
        lines.of_pool(problem, &problem.pools[id.index()], placed);
    }
    let of_groups = placement.groups().keys().map(|&(_, region)| region);
    let used: BTreeSet<_> = of_groups.chain(placement.pools().values().map(|placed| placed.placed.region)).collect();
    for region in used {
        let region = &problem.regions[region.index()];
        lines.add(&region.key.to_string(), "fixed", region.fixed_monthly, "the region is used");
    }
    lines.0
}

/// Lines that are not zero, each with what it is made of.
struct Lines(Vec<Value>);

impl Lines {
    fn of_group(&mut self, problem: &Problem, group: &Group<'_>) {
        let (key, costs) = (group.key(), &group.placed.lines);
        let bought: Vec<String> = group.machines.iter().map(|machines| of_machines(group, machines)).collect();
        self.add(&key, "machines", costs.machines, &bought.join(" + "));
        let function = group.function.as_ref().map(of_function).unwrap_or_default();
        self.add(&key, "functions", costs.functions, &function);
        let load = mean_load(group);
        self.egress(
            &key,
            costs.egress,
            &format!("{load} requests/s × {} bytes", group.workload.response.0),
            group.region,
        );
        self.latency(&key, costs, problem);
        let sent: Vec<String> = group
            .calls
            .iter()
            .map(|(callee, to, rate)| format!("{} calls/s of {} in {}", mean_calls(group, *rate), callee.name, to.key))
            .collect();
        let of_calls =
            format!("({}) × {SECONDS_PER_MONTH} s × bytes there and back at the price of each way", sent.join(" + "));
        self.add(&key, "calls", costs.calls, &of_calls);
        self.state(&key, costs, group);
        let per_replica = number(problem.objective.move_per_replica.usd());
        self.add(&key, "moves", costs.moves, &format!("replicas beyond those that stood there × {per_replica} USD"));
        self.carbon(&key, costs, problem);
    }

    fn state(&mut self, of: &str, costs: &CostLines, group: &Group<'_>) {
        let Some(state) = &group.workload.state else { return };
        let copies = group.placed.kept.map_or(0, |kept| kept.copies);
        let per_gib = number(group.region.storage_per_gib.unwrap_or_default().usd());
        let from = format!("{copies} copies × {} bytes × {per_gib} USD/2^30 bytes", state.storage.0);
        self.add(of, "storage", costs.storage, &from);
        let (load, called) = (mean_load(group), mean_called(group));
        let price = number(group.region.zone_egress_per_gb.unwrap_or_default().usd());
        let crossing = group.placed.kept.map_or(0, |kept| kept.crossing);
        let elsewhere = if state.is_multi_region {
            let copies = u64::from(state.replication_factor) - copies;
            format!(", and {copies} copies in other regions at the price of each way")
        } else {
            String::new()
        };
        let from = format!(
            "({load} + {called}) requests/s × {} bytes × {SECONDS_PER_MONTH} s × {price} USD/10^9 bytes × {crossing}/{copies} copies in other zones{elsewhere}",
            state.write.0
        );
        self.add(of, "replication", costs.replication, &from);
    }

    fn of_pool(&mut self, problem: &Problem, pool: &Pool, placed: &PlacedPool) {
        let (key, costs) = (format!("pool {}", pool.name), &placed.lines);
        let region = &problem.regions[placed.placed.region.index()];
        let mut counts: BTreeMap<TypeId, u64> = BTreeMap::new();
        for nodes in &placed.placed.nodes {
            *counts.entry(nodes.machine_type).or_default() += nodes.count;
        }
        let bought: Vec<String> = counts
            .into_iter()
            .map(|(id, count)| {
                let price = number(super::pools::hourly(region, id).usd());
                let name = &problem.machine_types[id.index()].name;
                format!("{count} {name} on_demand × {HOURS_PER_MONTH} h × {price} USD/h")
            })
            .collect();
        self.add(&key, "machines", costs.machines, &bought.join(" + "));
        let sent = pool.members.iter().filter(|member| member.workload.response.0 > 0).map(|member| {
            let rate: MilliRps = member.workload.total_demand();
            format!("{} requests/s × {} bytes", rate.to_decimal(), member.workload.response.0)
        });
        let sent: Vec<String> = sent.collect();
        self.egress(&key, costs.egress, &format!("({})", sent.join(" + ")), region);
        self.latency(&key, costs, problem);
        self.carbon(&key, costs, problem);
    }

    fn egress(&mut self, of: &str, amount: Money, sent: &str, region: &Region) {
        let price = number(region.internet_egress_per_gb.unwrap_or_default().usd());
        self.add(of, "egress", amount, &format!("{sent} × {SECONDS_PER_MONTH} s × {price} USD/10^9 bytes"));
    }

    fn latency(&mut self, of: &str, costs: &CostLines, problem: &Problem) {
        let price = number(problem.objective.latency_per_rps_ms.usd());
        let from = format!("sum over user groups of requests/s × round trip in ms × {price} USD");
        self.add(of, "latency", costs.latency, &from);
    }

    fn carbon(&mut self, of: &str, costs: &CostLines, problem: &Problem) {
        let mass = costs.emissions.map_or(Value::Null, |mass| number(mass.to_decimal()));
        let price = number(problem.objective.carbon_per_tonne.usd());
        self.add(of, "carbon", costs.carbon, &format!("{mass} kg × {price} USD/1000 kg"));
    }

    fn add(&mut self, of: &str, item: &str, amount: Money, from: &str) {
        if amount != Money::ZERO {
            self.0.push(json!({ "of": of, "item": item, "usd": usd(amount), "from": from }));
        }
    }
}

/// `26 m7g.large on_demand × 730 h × 0.0816 USD/h`; where the number changes, its mean as a fraction.
fn of_machines(group: &Group<'_>, machines: &Machines<'_>) -> String {
    let calendar = group.workload.profile.calendar;
    let paid = (0..calendar.periods()).filter(|&period| calendar.is_paid(period));
    let count = if machines.set.by_period.is_empty() {
        machines.set.instances().to_string()
    } else {
        let run: u64 = paid.flat_map(|period| machines.set.in_period(period)).sum();
        format!("{run}/{}", calendar.hours)
    };
    let (name, bought, price) = (&machines.machine.name, machines.set.purchase, number(machines.hourly.usd()));
    format!("{count} {name} {bought} × {HOURS_PER_MONTH} h × {price} USD/h")
}

/// `5256000 requests × 0.2 USD/10^6 + 315360 GiB-seconds × 16.6667 USD/10^6`.
fn of_function(of: &RunsAs<'_>) -> String {
    let part = |amount: i128, what: &str, price: Money| {
        format!("{} {what} × {} USD/10^6", number(Decimal::new(amount, 3)), number(price.usd()))
    };
    let requests = part(of.usage.requests, "requests", of.offer.million_requests);
    let memory = part(of.usage.gib_seconds, "GiB-seconds", of.offer.million_gib_seconds);
    let vcpu = of.offer.million_vcpu_seconds.zip(of.usage.vcpu_seconds);
    let vcpu = vcpu.map(|(price, seconds)| part(seconds, "vCPU-seconds", price));
    [requests, memory].into_iter().chain(vcpu).collect::<Vec<_>>().join(" + ")
}

/// Requests per second, the mean of all paid hours: as a fraction where they change.
fn mean_load(group: &Group<'_>) -> String {
    let profile = &group.workload.profile;
    if profile.shapes.is_empty() {
        // Of a workload that nobody but others asks: nothing.
        return group.placed.group.load().to_decimal().to_string();
    }
    let sent = |(position, demand): (usize, &crate::model::Demand)| {
        let rate = group.placed.group.traffic.get(&demand.user).map_or(0, |rate| i128::from(rate.0));
        rate * i128::from(profile.paid_share(position))
    };
    let sum: i128 = group.workload.demand.iter().enumerate().map(sent).sum();
    format!("{}/{}", Decimal::new(sum, 9), profile.calendar.hours)
}

/// Calls per second of others, the mean of all paid hours.
fn mean_called(group: &Group<'_>) -> String {
    let (asked, calendar) = (&group.placed.asked, group.workload.profile.calendar);
    mean(asked.called, asked.paid_calls(calendar), calendar)
}

/// Calls per second that a group makes somewhere, the mean of all paid hours, where they are made so often at most.
fn mean_calls(group: &Group<'_>, most: MilliRps) -> String {
    let (asked, calendar) = (&group.placed.asked, group.workload.profile.calendar);
    mean(most, asked.paid_made(most, calendar), calendar)
}

/// A rate that never changes, or the mean of millionths of milli-rps, as a fraction.
fn mean(rate: MilliRps, sum: u128, calendar: Calendar) -> String {
    if calendar == Calendar::CONSTANT {
        return rate.to_decimal().to_string();
    }
    format!("{}/{}", Decimal::new(i128::try_from(sum).unwrap_or(i128::MAX), 9), calendar.hours)
}
