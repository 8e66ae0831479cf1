//! The earlier placement, written down for the present problem.
//!
//! Machines stay what and where they were. Requests are divided as they were: where the demand of a user group has changed, each group gets
//!
//! > traffic(w, g, r) = demand(w, g) × traffic before(w, g, r) / sum over r' of traffic before(w, g, r')
//!
//! in whole milli-rps, by largest remainder; functions answer the part of a group's requests that they did, and the calls of each group as the group's were. Whether the machines carry that, and everything else, is for `check` to judge.

use std::collections::BTreeMap;

use super::functions;
use crate::model::{
    Assignment, CallParts, Commitment, Environments, FunctionId, FunctionOffer, Group, MachineSet, PoolId, PoolNodes,
    PooledNodes, Previous, PreviousFunction, PreviousGroup, PreviousMachines, PreviousNodes, Problem, Purchase, Region,
    RegionId, TypeId, UserId, Workload, WorkloadId, divided,
};
use crate::units::MilliRps;

/// What an earlier placement says of these workloads and pools, or why it cannot be one any more.
pub fn previous_assignment(
    problem: &Problem,
    previous: &Previous,
    workloads: &[WorkloadId],
    pools: &[PoolId],
) -> Result<Assignment, String> {
    let mut assignment = Assignment::default();
    for &id in workloads {
        groups(problem, previous, id, &mut assignment)?;
    }
    route_calls(problem, previous, &mut assignment)?;
    run_functions(problem, previous, &mut assignment)?;
    for &id in pools {
        let pool = &problem.pools[id.index()];
        let nodes = previous.nodes.get(&pool.name).ok_or_else(|| format!("the pool {} is new", pool.name))?;
        assignment.pools.insert(id, pooled(problem, id, nodes)?);
    }
    Ok(assignment)
}

fn groups(problem: &Problem, previous: &Previous, id: WorkloadId, assignment: &mut Assignment) -> Result<(), String> {
    let workload = &problem.workloads[id.index()];
    // Names hold no slash, so a name with one behind it begins no other name.
    let prefix = format!("{}/", workload.name);
    let own = previous.groups.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    let is_divided = workload.state.is_some_and(|state| state.is_multi_region);
    let mut places: Vec<(RegionId, Vec<MachineSet>, &PreviousGroup)> = Vec::new();
    for (key, group) in own {
        let region = region(problem, &key[prefix.len()..])?;
        let place = &problem.regions[region.index()];
        let periods = workload.profile.calendar.periods();
        let set = |machines| machine_set(problem, place, key, machines, if periods > 1 { periods } else { 0 });
        let mut sets = group.machines.iter().map(set).collect::<Result<Vec<_>, String>>()?;
        sets.sort_by_key(|set| (set.machine_type, set.purchase));
        places.push((region, sets, group));
    }
    if places.is_empty() {
        return Err(format!("{} is new", workload.name));
    }
    let mut routed = vec![BTreeMap::<UserId, MilliRps>::new(); places.len()];
    for demand in &workload.demand {
        let user = &problem.users[demand.user.index()].name;
        let before: Vec<u64> =
            places.iter().map(|(_, _, group)| group.traffic.get(user).copied().unwrap_or(0)).collect();
        let rates = divided(demand.rate.0, &before).ok_or_else(|| unanswered(workload, user))?;
        for (traffic, rate) in routed.iter_mut().zip(rates).filter(|(_, rate)| *rate > 0) {
            traffic.insert(demand.user, MilliRps(rate));
        }
    }
    for ((region, machines, before), traffic) in places.into_iter().zip(routed) {
        let copies = before.copies.filter(|_| is_divided);
        assignment.groups.insert((id, region), Group { machines, traffic, copies, ..Group::default() });
    }
    Ok(())
}

fn unanswered(workload: &Workload, user: &str) -> String {
    if workload.replicas.is_some() {
        format!("the replicas of {} were not counted before", workload.name)
    } else {
        format!("nothing answered {user} for {} before", workload.name)
    }
}

/// Lets functions answer the part of each group's load that they did, once the calls it receives are known.
fn run_functions(problem: &Problem, previous: &Previous, assignment: &mut Assignment) -> Result<(), String> {
    let asked = assignment.asked(problem);
    for (&(id, region), group) in &mut assignment.groups {
        let before = group_before(problem, previous, id, region).and_then(|before| before.function.as_ref());
        let Some((before, asked)) = before.zip(asked.get(&(id, region))) else { continue };
        let load = group.load().0.saturating_add(asked.called.0);
        let function = Some(environments(problem, (id, region), before, (load, asked.peak())));
        group.function = function.transpose()?;
    }
    Ok(())
}

fn group_before<'a>(
    problem: &Problem,
    previous: &'a Previous,
    id: WorkloadId,
    region: RegionId,
) -> Option<&'a PreviousGroup> {
    let key = format!("{}/{}", problem.workloads[id.index()].name, problem.regions[region.index()].key);
    previous.groups.get(&key)
}

/// Lets every group make its calls as it did.
fn route_calls(problem: &Problem, previous: &Previous, assignment: &mut Assignment) -> Result<(), String> {
    let mut parts = BTreeMap::new();
    for &(caller, from) in assignment.groups.keys() {
        let Some(group) = group_before(problem, previous, caller, from) else { continue };
        let mut of_group = CallParts::new();
        for (name, regions) in &group.calls {
            let Some(callee) = problem.workload_named(name) else { continue };
            for (place, &part) in regions {
                of_group.insert((callee, region(problem, place)?), part);
            }
        }
        parts.insert((caller, from), of_group);
    }
    assignment.route_calls(problem, &parts).map_err(|(caller, callee)| {
        let name = |workload: WorkloadId| &problem.workloads[workload.index()].name;
        format!("{} did not call {} before", name(caller), name(callee))
    })
}

fn region(problem: &Problem, key: &str) -> Result<RegionId, String> {
    let found = problem.regions.iter().position(|region| {
        key.split_once('/').is_some_and(|(cloud, name)| region.key.cloud == cloud && region.key.region == name)
    });
    found.map(RegionId::at).ok_or_else(|| format!("there is no region {key} any more"))
}

fn machine_set(
    problem: &Problem,
    place: &Region,
    key: &str,
    machines: &PreviousMachines,
    periods: usize,
) -> Result<MachineSet, String> {
    let name = &machines.instance_type;
    let label = |commitment: &Commitment| Some(commitment.label.as_str()) == machines.commitment.as_deref();
    let is_so_bought = |purchase: Purchase| {
        let is_of_label = match purchase {
            Purchase::Committed(id, _) => label(&problem.commitments[id.index()]),
            Purchase::OnDemand | Purchase::Spot => machines.commitment.is_none(),
        };
        is_of_label && purchase.to_string() == machines.purchase
    };
    let offer = place
        .offers
        .iter()
        .find(|offer| is_so_bought(offer.purchase) && problem.machine_types[offer.machine_type.index()].name == *name);
    let offer =
        offer.ok_or_else(|| format!("{name} {} is not on sale in {} any more", machines.purchase, place.key))?;
    let instances_by_zone = machines.instances.in_order_of(&place.zones);
    let instances_by_zone = instances_by_zone.ok_or_else(|| format!("{} has other zones now", place.key))?;
    if machines.by_period.len() != periods || machines.by_period.iter().any(|zones| zones.len() != place.zones.len()) {
        return Err(format!("{key} does not say how many machines run in each hour there is now"));
    }
    let by_period = machines.by_period.clone();
    Ok(MachineSet { machine_type: offer.machine_type, purchase: offer.purchase, instances_by_zone, by_period })
}

/// The function of a group that is sent `load` now, of which `peak` at one time, in millionths: it answers the part that it did, in as many environments as that
/// takes, or as stood by.
fn environments(
    problem: &Problem,
    (id, region): (WorkloadId, RegionId),
    function: &PreviousFunction,
    (load, peak): (u64, u128),
) -> Result<Environments, String> {
    let workload = &problem.workloads[id.index()];
    let place = &problem.regions[region.index()];
    let asked = workload.function.ok_or_else(|| format!("{} does not run as a function any more", workload.name))?;
    let is_it = |offer: &FunctionOffer| {
        offer.service == function.service && offer.architecture.to_string() == function.architecture
    };
    let index = place.functions.iter().position(is_it);
    let index = index.ok_or_else(|| format!("{} is not on sale in {} any more", function.service, place.key))?;
    let answered = u128::from(load) * u128::from(function.answered) / u128::from(function.of.max(1));
    let rate = u64::try_from(answered).unwrap_or(u64::MAX).min(load);
    // All user groups have one shape, or the function answers everything.
    let needed = functions::environments(&asked, &place.functions[index], peak.min(u128::from(rate) * 1_000_000));
    let count = if workload.survive.has_places() { needed.max(function.concurrency) } else { needed };
    Ok(Environments { offer: FunctionId::at(index), rate: MilliRps(rate), count })
}

fn pooled(problem: &Problem, id: PoolId, nodes: &[PreviousNodes]) -> Result<PooledNodes, String> {
    let pool = &problem.pools[id.index()];
    let first = nodes.first().ok_or_else(|| format!("the pool {} had no nodes", pool.name))?;
    let region = region(problem, &first.region)?;
    let place = &problem.regions[region.index()];
    let read = |alike: &PreviousNodes| -> Result<PoolNodes, String> {
        let zone = place.zones.iter().position(|zone| *zone == alike.zone);
        let zone = zone.ok_or_else(|| format!("{} has no zone {} any more", place.key, alike.zone))?;
        let types = place.offers.iter().map(|offer| offer.machine_type);
        let named = |id: &TypeId| problem.machine_types[id.index()].name == alike.instance_type;
        let machine_type = types.into_iter().find(named);
        let machine_type =
            machine_type.ok_or_else(|| format!("{} is not on sale in {} any more", alike.instance_type, place.key))?;
        let mut replicas = Vec::new();
        for (name, &count) in &alike.replicas {
            let member = pool.members.iter().position(|member| member.workload.name == *name);
            replicas.push((member.ok_or_else(|| format!("{name} is not in the pool {} any more", pool.name))?, count));
        }
        replicas.sort_unstable();
        Ok(PoolNodes { zone, machine_type, replicas, count: alike.count })
    };
    let mut nodes = nodes.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    nodes.sort();
    Ok(PooledNodes { region, nodes })
}
