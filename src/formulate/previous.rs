//! The earlier placement, written down for the present problem.
//!
//! Machines stay what and where they were. Requests are divided as they were: where a user group's demand has changed, each of its groups gets
//!
//! > traffic(w, g, r) = demand(w, g) × traffic before(w, g, r) / sum over r' of traffic before(w, g, r')
//!
//! in whole milli-rps, by largest remainder. Whether the machines carry that, and everything else, is for `check` to judge.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{
    Assignment, Group, MachineSet, PreviousGroup, PreviousMachines, Problem, RegionId, UserId, Workload, WorkloadId,
};
use crate::units::MilliRps;

/// The earlier placement as an assignment, or why it cannot be one any more. Groups of workloads that are gone are left out.
pub fn assignment(problem: &Problem, groups: &BTreeMap<String, PreviousGroup>) -> Result<Assignment, String> {
    let mut assignment = Assignment::default();
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        let mut places = Vec::new();
        for (key, group) in groups {
            let Some(place) = key.strip_prefix(workload.name.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let region = problem.regions.iter().position(|region| region.key.to_string() == place);
            let region = region.ok_or_else(|| format!("{key}: the region is not there any more"))?;
            let machines = machines(problem, RegionId::at(region), key, &group.machines)?;
            places.push((RegionId::at(region), machines, group));
        }
        if places.is_empty() {
            return Err(format!("{} is new", workload.name));
        }
        let mut traffic = routed(problem, workload, &places.iter().map(|(_, _, group)| *group).collect::<Vec<_>>())?;
        for ((region, machines, _), traffic) in places.into_iter().zip(traffic.drain(..)) {
            assignment.groups.insert((id, region), Group { machines, traffic });
        }
    }
    Ok(assignment)
}

fn machines(
    problem: &Problem,
    region: RegionId,
    key: &str,
    previous: &[PreviousMachines],
) -> Result<Vec<MachineSet>, String> {
    let place = &problem.regions[region.index()];
    let mut sets = Vec::with_capacity(previous.len());
    for machines in previous {
        let name = &machines.instance_type;
        let offer = place.offers.iter().find(|offer| {
            problem.machine_types[offer.machine_type.index()].name == *name
                && offer.purchase.to_string() == machines.purchase
        });
        let offer = offer.ok_or_else(|| format!("{key}: {name} {} is not on sale there any more", machines.purchase))?;
        let mut instances_by_zone = vec![0; place.zones.len()];
        for (zone, &count) in &machines.zones {
            let at = place.zones.iter().position(|name| name == zone);
            instances_by_zone[at.ok_or_else(|| format!("{key}: there is no zone {zone} any more"))?] = count;
        }
        sets.push(MachineSet { machine_type: offer.machine_type, purchase: offer.purchase, instances_by_zone });
    }
    sets.sort_by_key(|set| (set.machine_type, set.purchase));
    Ok(sets)
}

/// The traffic of each group, by user group.
fn routed(
    problem: &Problem,
    workload: &Workload,
    groups: &[&PreviousGroup],
) -> Result<Vec<BTreeMap<UserId, MilliRps>>, String> {
    let mut routed = vec![BTreeMap::new(); groups.len()];
    for demand in &workload.demand {
        let user = &problem.users[demand.user.index()].name;
        let before: Vec<u128> =
            groups.iter().map(|group| group.traffic.get(user).map_or(0, |rate| u128::from(rate.0))).collect();
        let rates = divided(u128::from(demand.rate.0), &before)
            .ok_or_else(|| format!("{}: nothing answered {user} before", workload.name))?;
        for (traffic, rate) in routed.iter_mut().zip(rates) {
            if rate > 0 {
                traffic.insert(demand.user, MilliRps(rate));
            }
        }
    }
    Ok(routed)
}

/// `whole` divided in the proportions of `weights`, by largest remainder, of equal ones to the first; nothing if all weights are zero.
fn divided(whole: u128, weights: &[u128]) -> Option<Vec<u64>> {
    let total: u128 = weights.iter().sum();
    if total == 0 {
        return None;
    }
    let mut parts: Vec<u128> = weights.iter().map(|weight| whole * weight / total).collect();
    let left = whole - parts.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| (Reverse(whole * weights[index] % total), index));
    for index in order.into_iter().take(usize::try_from(left).ok()?) {
        parts[index] += 1;
    }
    parts.into_iter().map(|part| u64::try_from(part).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn demand_is_divided_as_before_and_sums_to_itself() {
        assert_eq!(divided(100, &[1, 3]), Some(vec![25, 75]));
        assert_eq!(divided(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
        assert_eq!(divided(0, &[2, 1]), Some(vec![0, 0]));
        assert_eq!(divided(5, &[0, 0]), None);
    }
}
