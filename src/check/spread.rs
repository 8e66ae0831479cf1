//! Spread: of a workload's requests no region, and no cloud, answers more than its share, in whole thousandths of a request per second rounded up.
//!
//! > sum over g and regions r of the domain of traffic(w, g, r)  <=  ceil(max_share × demand(w))
//!
//! Where domains have weights, each answers its part, within a tolerance and rounded away from it to whole thousandths; a region counts for itself if it has a weight,
//! else for its cloud:
//!
//! > | answered(w, d) − demand(w) × weight(d) / sum of weights |  <=  tolerance × demand(w)
//!
//! In every region where it has machines, at all times, at least `min_zones` zones have machines, and no two zones differ by more than `max_zone_skew` of them.

use std::collections::BTreeMap;

use super::Violation;
use crate::model::{Assignment, Problem, RegionId, WorkloadId};
use crate::units::{MilliRps, Ratio};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        let demand: u128 = workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
        let mut regions: BTreeMap<String, u128> = BTreeMap::new();
        let mut clouds: BTreeMap<String, u128> = BTreeMap::new();
        for (region, group) in assignment.groups_of(id) {
            let key = &problem.regions[region.index()].key;
            let answered: u128 = group.traffic.values().map(|rate| u128::from(rate.0)).sum();
            *regions.entry(key.to_string()).or_default() += answered;
            *clouds.entry(key.cloud.clone()).or_default() += answered;
        }
        let mut compare = |share: Option<Ratio>, domains: BTreeMap<String, u128>| {
            let Some(share) = share else { return };
            let most = (demand * u128::from(share.0)).div_ceil(1_000_000);
            let rate = |rate: u128| MilliRps(u64::try_from(rate).unwrap_or(u64::MAX));
            for (domain, answered) in domains.into_iter().filter(|(_, answered)| *answered > most) {
                violations.push(Violation::Share { workload: id, domain, answered: rate(answered), most: rate(most) });
            }
        };
        compare(workload.max_region_share, regions);
        compare(workload.max_cloud_share, clouds);
        weighed(problem, id, assignment, violations);
    }
    // A function spans the zones of its region.
    for (&(workload, region), group) in assignment.groups.iter().filter(|(_, group)| !group.machines.is_empty()) {
        let asked = &problem.workloads[workload.index()];
        let zones = problem.regions[region.index()].zones.len();
        for period in 0..asked.profile.calendar.periods() {
            let in_zone = |zone: usize| group.machines.iter().map(|set| set.in_period(period)[zone]).sum::<u64>();
            let by_zone: Vec<u64> = (0..zones).map(in_zone).collect();
            let in_use = by_zone.iter().filter(|machines| **machines > 0).count();
            let skew = by_zone.iter().max().zip(by_zone.iter().min()).map_or(0, |(most, least)| most - least);
            if in_use < asked.min_zones as usize || asked.max_zone_skew.is_some_and(|most| skew > most) {
                violations.push(Violation::Zones { workload, region, in_use, skew });
            }
        }
    }
}

/// Every domain answers what its weight says.
fn weighed(problem: &Problem, id: WorkloadId, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let workload = &problem.workloads[id.index()];
    let Some(weights) = &workload.weights else { return };
    let demand: i128 = workload.demand.iter().map(|demand| i128::from(demand.rate.0)).sum();
    let sum: i128 = weights.of.values().map(|&weight| i128::from(weight)).sum();
    for (domain, &weight) in &weights.of {
        let is_here = |region: RegionId| {
            let key = &problem.regions[region.index()].key;
            let is_cloud = *domain == key.cloud && !weights.of.contains_key(&key.to_string());
            is_cloud || *domain == key.to_string()
        };
        let groups = assignment.groups_of(id).filter(|(region, _)| is_here(*region));
        let rates = groups.flat_map(|(_, group)| group.traffic.values());
        let answered: i128 = rates.map(|rate| i128::from(rate.0)).sum();
        // A thousandth of a request per second is the least that can be moved.
        let off = (answered * sum - demand * i128::from(weight)).abs() * 1_000_000;
        let allowed = demand * sum * i128::from(weights.tolerance.0);
        if off - allowed >= sum * 1_000_000 {
            let answered = MilliRps(u64::try_from(answered).unwrap_or(u64::MAX));
            violations.push(Violation::Weight { workload: id, domain: domain.clone(), answered });
        }
    }
}
