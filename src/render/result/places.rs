//! What groups have in common, said once: the regions they are in and the machine types they consist of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{number, or_null, usd};
use crate::check::Placement;
use crate::model::{Coordinates, Problem, RegionId, UserGroup, UserId};
use crate::render::group::Group;
use crate::units::Decimal;

/// What a region holds and whom it answers.
#[derive(Debug, Default)]
struct Held<'a> {
    /// Names of workloads.
    workloads: BTreeSet<&'a str>,
    users: BTreeSet<UserId>,
}

/// The regions in use, by `cloud/region`.
pub(super) fn regions(problem: &Problem, placement: &Placement) -> Map<String, Value> {
    let mut held: BTreeMap<RegionId, Held<'_>> = BTreeMap::new();
    for (&(workload, region), placed) in placement.groups() {
        let here = held.entry(region).or_default();
        here.workloads.insert(&problem.workloads[workload.index()].name);
        here.users.extend(placed.group.traffic.keys());
    }
    for (id, placed) in placement.pools() {
        let here = held.entry(placed.placed.region).or_default();
        for member in &problem.pools[id.index()].members {
            here.workloads.insert(&member.workload.name);
            here.users.extend(member.workload.demand.iter().map(|demand| demand.user));
        }
    }
    let by_key: BTreeMap<String, Value> =
        held.iter().map(|(&id, held)| (problem.regions[id.index()].key.to_string(), of(problem, id, held))).collect();
    by_key.into_iter().collect()
}

fn of(problem: &Problem, id: RegionId, held: &Held<'_>) -> Value {
    let region = &problem.regions[id.index()];
    let degrees =
        |of: fn(Coordinates) -> i32| or_null(region.coordinates, |at| number(Decimal::new(i128::from(of(at)), 6)));
    let (mut rtt_ms, mut rtt_source) = (Map::new(), Map::new());
    let users = held.users.iter().map(|&user| (user, &problem.users[user.index()]));
    for (user, UserGroup { name, .. }) in users.filter(|(_, group)| !group.is_counted()) {
        if let Some(rtt) = problem.rtt.get(user, id) {
            rtt_ms.insert(name.clone(), number(rtt.round_trip.to_decimal()));
            rtt_source.insert(name.clone(), rtt.provenance.to_string().into());
        }
    }
    json!({
        "cloud": region.key.cloud,
        "region": region.key.region,
        "country": region.country,
        "latitude": degrees(|at| at.latitude_microdegrees),
        "longitude": degrees(|at| at.longitude_microdegrees),
        "fixed_usd": usd(region.fixed_monthly),
        "workloads": held.workloads,
        "rtt_ms": rtt_ms,
        "rtt_source": rtt_source,
    })
}

/// The machine types of groups, by `cloud/instance_type`.
pub(super) fn instance_types(groups: &[Group<'_>]) -> Map<String, Value> {
    let machines = groups.iter().flat_map(|group| &group.machines).map(|machines| machines.machine);
    let by_key: BTreeMap<String, Value> = machines
        .map(|machine| {
            let value = json!({
                "instance_family": machine.family,
                "architecture": machine.architecture.to_string(),
                "vcpu": number(machine.vcpu.to_decimal()),
                "memory_gib": number(machine.memory.gib()),
                "gpus": machine.gpus,
            });
            (format!("{}/{}", machine.cloud, machine.name), value)
        })
        .collect();
    by_key.into_iter().collect()
}
