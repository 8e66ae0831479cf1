//! The assignment that a result's groups describe.
//!
//! Only decisions are read: which machines, how bought, how many in which zone, and whose requests. Everything else in a group follows from them
//! and is compared later.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compare::Difference;
use crate::model::{Assignment, Group, MachineSet, Problem, Purchase, Region, RegionId, TypeId, UserId, WorkloadId};
use crate::units::{Decimal, MilliRps, Money};

type Read<T> = Result<T, Difference>;

/// The assignment of `result["groups"]`, or everything in them that names nothing of the problem.
pub(super) fn assignment(result: &Value, problem: &Problem) -> Result<Assignment, Vec<Difference>> {
    let groups = result["groups"].as_object().ok_or_else(|| vec![Difference::new("groups", "is no object")])?;
    let mut assignment = Assignment::default();
    let mut differences = Vec::new();
    for (key, value) in groups {
        match group(&format!("groups[{key:?}]"), key, value, problem) {
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
        let rate = decimal(rate).and_then(|rate| rate.exactly_in_units(3)).and_then(|rate| u64::try_from(rate).ok());
        let rate = rate.ok_or_else(|| fault("has traffic that is no rate in thousandths"))?;
        traffic.insert(UserId::at(id), MilliRps(rate));
    }
    Ok(((workload, RegionId::at(index)), Group { machines: machines?, traffic }))
}

fn machine_set(path: &str, value: &Value, region: &Region, problem: &Problem) -> Read<MachineSet> {
    let fault = |message: &str| Difference::new(format!("{path}.machines"), message);
    let (Some(name), Some(bought)) = (value["instance_type"].as_str(), value["purchase_model"].as_str()) else {
        return Err(fault("has an entry without `instance_type` or `purchase_model`"));
    };
    let (machine_type, purchase) =
        offered(name, bought, region, problem).ok_or_else(|| fault("names machines that are not on sale there"))?;
    let mut instances_by_zone = vec![0; region.zones.len()];
    for (zone, count) in object(path, value, "zones")? {
        let at = region.zones.iter().position(|name| name == zone);
        let at = at.ok_or_else(|| fault("names a zone that the region does not have"))?;
        instances_by_zone[at] =
            count.as_u64().ok_or_else(|| fault("has a count of instances that is no whole number"))?;
    }
    // Sums of counts must stay sums; no placement comes near.
    if instances_by_zone.iter().any(|&count| count > u64::from(u32::MAX)) {
        return Err(fault("has more instances than any placement"));
    }
    Ok(MachineSet { machine_type, purchase, instances_by_zone })
}

fn offered(name: &str, bought: &str, region: &Region, problem: &Problem) -> Option<(TypeId, Purchase)> {
    let is_of = |machine: TypeId| problem.machine_types[machine.index()].name == name;
    let offer = region.offers.iter().find(|offer| offer.purchase.to_string() == bought && is_of(offer.machine_type))?;
    Some((offer.machine_type, offer.purchase))
}

fn object<'v>(path: &str, value: &'v Value, name: &str) -> Read<&'v Map<String, Value>> {
    value[name].as_object().ok_or_else(|| Difference::new(format!("{path}.{name}"), "is no object"))
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number()?.to_string().parse().ok()
}
