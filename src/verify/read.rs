//! The assignment that a certificate's groups describe: which machines, how bought, how many in which zone and period, and whose requests. Everything
//! else in a result follows from them and is compared later.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compare::Difference;
use crate::model::{
    Assignment, Environments, FunctionId, FunctionOffer, Group, MachineSet, Problem, Purchase, Region, RegionId,
    TypeId, UserId, WorkloadId,
};
use crate::units::{Decimal, MilliRps, Money};

type Read<T> = Result<T, Difference>;

/// The assignment of a certificate's `groups`, or everything in them that names nothing of the problem.
pub(super) fn assignment(certificate: &Value, problem: &Problem) -> Result<Assignment, Vec<Difference>> {
    let groups = certificate["groups"].as_object();
    let groups = groups.ok_or_else(|| vec![Difference::new("certificate.groups", "is no object")])?;
    let mut assignment = Assignment::default();
    let mut differences = Vec::new();
    for (key, value) in groups {
        match group(&format!("certificate.groups[{key:?}]"), key, value, problem) {
            Ok((ids, group)) => {
                assignment.groups.insert(ids, group);
            }
            Err(difference) => differences.push(difference),
        }
    }
    if differences.is_empty() { Ok(assignment) } else { Err(differences) }
}

/// An amount of USD.
pub(super) fn money(value: &Value) -> Option<Money> {
    decimal(value)?.exactly_in_units(6).map(Money::from_micros)
}

const NO_RATE: &str = "has traffic that is no rate in thousandths";

fn rate_of(value: &Value) -> Option<MilliRps> {
    let rate = decimal(value)?.exactly_in_units(3)?;
    u64::try_from(rate).ok().map(MilliRps)
}

fn group(path: &str, key: &str, value: &Value, problem: &Problem) -> Read<((WorkloadId, RegionId), Group)> {
    let fault = |message: &str| Difference::new(path, message);
    // Names of workloads hold no slash.
    let (name, place) = key.split_once('/').ok_or_else(|| fault("is no `workload/cloud/region`"))?;
    let workload = problem.workloads.iter().position(|workload| workload.name == name);
    let workload = WorkloadId::at(workload.ok_or_else(|| fault("names a workload that the problem does not have"))?);
    let index = problem.regions.iter().position(|region| region.key.to_string() == place);
    let index = index.ok_or_else(|| fault("names a region that the problem does not have"))?;
    let region = &problem.regions[index];
    let sets = value["machines"].as_array().ok_or_else(|| fault("has no list `machines`"))?;
    let machines: Read<Vec<MachineSet>> = sets.iter().map(|set| machine_set(path, set, region, problem)).collect();
    let mut traffic = BTreeMap::new();
    for (user, rate) in object(path, value, "traffic_rps")? {
        let id = problem.users.iter().position(|group| group.name == *user);
        let id = id.ok_or_else(|| fault("answers a user group that the problem does not have"))?;
        traffic.insert(UserId::at(id), rate_of(rate).ok_or_else(|| fault(NO_RATE))?);
    }
    let calls = calls(path, value, problem)?;
    let function = function(path, &value["function"], region)?;
    let copies = Some(&value["copies"]).filter(|copies| !copies.is_null()).map(|copies| {
        let copies = copies.as_u64().and_then(|copies| u32::try_from(copies).ok());
        copies.ok_or_else(|| fault("has copies that are no whole number"))
    });
    let copies = copies.transpose()?;
    Ok(((workload, RegionId::at(index)), Group { machines: machines?, function, traffic, calls, copies }))
}

/// The function of a group; groups without one say nothing of it.
fn function(path: &str, value: &Value, region: &Region) -> Read<Option<Environments>> {
    let fault = |message: &str| Difference::new(format!("{path}.function"), message);
    if value.is_null() {
        return Ok(None);
    }
    let is_it = |offer: &FunctionOffer| {
        value["service"].as_str() == Some(&offer.service)
            && value["architecture"].as_str() == Some(&offer.architecture.to_string())
    };
    let offer = region.functions.iter().position(is_it);
    let offer = offer.ok_or_else(|| fault("names a service that is not on sale there"))?;
    let rate = rate_of(&value["load_rps"]).ok_or_else(|| fault("answers what is no rate in thousandths"))?;
    let count = value["concurrency"].as_u64().ok_or_else(|| fault("has a concurrency that is no whole number"))?;
    Ok(Some(Environments { offer: FunctionId::at(offer), rate, count }))
}

/// The calls of a group; groups of problems without calls say nothing of them.
fn calls(path: &str, value: &Value, problem: &Problem) -> Read<BTreeMap<(WorkloadId, RegionId), MilliRps>> {
    let mut calls = BTreeMap::new();
    if value.get("calls_rps").is_none() {
        return Ok(calls);
    }
    let fault = |message: &str| Difference::new(format!("{path}.calls_rps"), message);
    for (name, regions) in object(path, value, "calls_rps")? {
        let callee =
            problem.workload_named(name).ok_or_else(|| fault("calls a workload that the problem does not have"))?;
        for (place, rate) in regions.as_object().ok_or_else(|| fault("has an entry that is no object"))? {
            let to = problem.regions.iter().position(|region| region.key.to_string() == *place);
            let to = to.ok_or_else(|| fault("calls a region that the problem does not have"))?;
            calls.insert((callee, RegionId::at(to)), rate_of(rate).ok_or_else(|| fault(NO_RATE))?);
        }
    }
    Ok(calls)
}

fn machine_set(path: &str, value: &Value, region: &Region, problem: &Problem) -> Read<MachineSet> {
    let path = format!("{path}.machines");
    let fault = |message: &str| Difference::new(path.as_str(), message);
    let (Some(name), Some(bought)) = (value["instance_type"].as_str(), value["purchase_model"].as_str()) else {
        return Err(fault("has an entry without `instance_type` or `purchase_model`"));
    };
    let (machine_type, purchase) = offered(name, bought, value["commitment"].as_str(), region, problem)
        .ok_or_else(|| fault("names machines that are not on sale there"))?;
    let by_zone = |value: &Value| -> Read<Vec<u64>> {
        let counts: Option<Vec<u64>> = value.as_array().and_then(|counts| counts.iter().map(Value::as_u64).collect());
        let counts = counts.ok_or_else(|| fault("has counts of instances that are no whole numbers"))?;
        // Sums of counts must stay sums; no placement comes near.
        if counts.len() != region.zones.len() || counts.iter().any(|&count| count > u64::from(u32::MAX)) {
            return Err(fault("has not one count of instances for each zone, or more than any placement"));
        }
        Ok(counts)
    };
    let periods = value["by_period"].as_array().ok_or_else(|| fault("has no list `by_period`"))?;
    let by_period: Read<Vec<Vec<u64>>> = periods.iter().map(by_zone).collect();
    Ok(MachineSet {
        machine_type,
        purchase,
        instances_by_zone: by_zone(&value["instances_by_zone"])?,
        by_period: by_period?,
    })
}

fn offered(
    name: &str,
    bought: &str,
    commitment: Option<&str>,
    region: &Region,
    problem: &Problem,
) -> Option<(TypeId, Purchase)> {
    let is_so_bought = |purchase: Purchase| {
        let label = match purchase {
            Purchase::Committed(id, _) => Some(problem.commitments[id.index()].label.as_str()),
            Purchase::OnDemand | Purchase::Spot => None,
        };
        purchase.to_string() == bought && label == commitment
    };
    let is_of = |machine: TypeId| problem.machine_types[machine.index()].name == name;
    let offer = region.offers.iter().find(|offer| is_so_bought(offer.purchase) && is_of(offer.machine_type))?;
    Some((offer.machine_type, offer.purchase))
}

fn object<'v>(path: &str, value: &'v Value, name: &str) -> Read<&'v Map<String, Value>> {
    value[name].as_object().ok_or_else(|| Difference::new(format!("{path}.{name}"), "is no object"))
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number()?.to_string().parse().ok()
}
