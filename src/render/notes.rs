//! What a reader of the totals should know: what is not counted, not known, or not measured.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, groups};
use super::words::{count, names};
use crate::check::Placement;
use crate::model::{Problem, Provenance, Purchase, RegionId, State};
use crate::place::Answer;
use crate::units::Money;

/// The notes on an answer, one sentence each; none without a placement.
pub fn notes(problem: &Problem, answer: &Answer) -> Vec<String> {
    let Some((placement, _)) = answer.outcome.placement() else { return Vec::new() };
    let groups = groups(problem, placement);
    [
        fixed_cost(problem, placement),
        egress(problem),
        replication(problem),
        carbon(&groups),
        burstable(&groups),
        spot(&groups),
        functions(&groups),
        round_trips(&groups),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn fixed_cost(problem: &Problem, placement: &Placement) -> Option<String> {
    let used = placement.regions();
    let free = |region: &&RegionId| problem.regions[region.index()].fixed_monthly == Money::ZERO;
    let without: Vec<&RegionId> = used.iter().filter(free).collect();
    if without.is_empty() {
        return None;
    }
    let which = if without.len() == used.len() {
        "none declared".to_owned()
    } else {
        format!("none declared for {}", names(without.iter().map(|id| problem.regions[id.index()].key.to_string())))
    };
    Some(format!(
        "Fixed cost of regions: {which}; load balancers, NAT gateways and control planes are not counted (catalog.fixed_monthly_usd)."
    ))
}

fn egress(problem: &Problem) -> Option<String> {
    let silent: Vec<&str> = problem
        .workloads
        .iter()
        .filter(|workload| workload.response.0 == 0 && !workload.demand.is_empty() && workload.replicas.is_none())
        .map(|workload| workload.name.as_str())
        .collect();
    if silent.is_empty() {
        return None;
    }
    let whose = if silent.len() == problem.workloads.len() { String::new() } else { format!(" of {}", names(silent)) };
    Some(format!("Egress{whose}: not counted, response_kib is 0."))
}

fn replication(problem: &Problem) -> Option<String> {
    let is_silent = |state: &State| state.write.0 == 0 && state.replication_factor > 1;
    let silent = problem.workloads.iter().filter(|workload| workload.state.as_ref().is_some_and(is_silent));
    let silent: Vec<&str> = silent.map(|workload| workload.name.as_str()).collect();
    (!silent.is_empty()).then(|| format!("Replication of {}: not counted, state.write_kib is 0.", names(silent)))
}

fn carbon(groups: &[Group<'_>]) -> Option<String> {
    let unknown: Vec<String> =
        groups.iter().filter(|group| group.placed.lines.emissions.is_none()).map(Group::key).collect();
    (!unknown.is_empty()).then(|| format!("Carbon: unknown for {}.", names(unknown)))
}

fn burstable(groups: &[Group<'_>]) -> Option<String> {
    let types: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| &group.machines)
        .map(|machines| machines.machine)
        .filter(|machine| machine.is_burstable)
        .map(|machine| machine.name.as_str())
        .collect();
    (!types.is_empty()).then(|| {
        format!("Burstable machines ({}) are counted in full; under lasting load they serve less.", names(types))
    })
}

fn spot(groups: &[Group<'_>]) -> Option<String> {
    let is_spot = |group: &&Group<'_>| group.machines.iter().any(|machines| machines.set.purchase == Purchase::Spot);
    let keys: Vec<String> = groups.iter().filter(is_spot).map(Group::key).collect();
    (!keys.is_empty()).then(|| {
        format!("Spot in {}: counted at the catalog's price; what the cloud asks changes by the hour.", names(keys))
    })
}

fn functions(groups: &[Group<'_>]) -> Option<String> {
    let keys: Vec<String> = groups.iter().filter(|group| group.function.is_some()).map(Group::key).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "Functions in {}: counted at list price, without free tiers; cold starts add to some answers.",
            names(keys)
        )
    })
}

fn round_trips(groups: &[Group<'_>]) -> Option<String> {
    let mut sources: BTreeMap<Option<Provenance>, usize> = BTreeMap::new();
    for traffic in groups.iter().flat_map(Group::answers) {
        *sources.entry(traffic.rtt.map(|rtt| rtt.provenance)).or_default() += 1;
    }
    let total: usize = sources.values().sum();
    let named =
        |source: Option<Provenance>, words: &str| sources.get(&source).map(|number| format!("{number} {words}"));
    let parts: Vec<String> = [
        named(Some(Provenance::Proxy), "measured between places near them"),
        named(Some(Provenance::Modelled), "modelled from the distance"),
        named(None, "unknown"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let of = count(total, "round trip", "round trips");
    (!parts.is_empty()).then(|| format!("Of {of} in use: {}.", parts.join(", ")))
}
