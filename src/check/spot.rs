//! Spot: machines that the cloud may take back are used only by workloads that allow them, on their terms.
//!
//! In every period, of a group that has any spot machine:
//!
//! > spot instances <= max_share × instances
//! > pools with spot instances >= min_pools                a pool is one machine type in one zone
//! > load(t) <= what is left when the survive_pools fullest pools are taken back
//!
//! An offer is used only if it is known to be interrupted no more often than the workload accepts; a region with fewer zones than
//! `survive_pools` holds no spot, since all of a type could go at once.

use super::machines::{offer, replicas_per_instance};
use super::{Violation, capacity};
use crate::model::{
    Asked, AskedByGroup, Assignment, Group, MachineSet, Problem, Purchase, RegionId, SpotTerms, WorkloadId,
};

pub(super) fn check(
    problem: &Problem,
    assignment: &Assignment,
    asked_by_group: &AskedByGroup,
    violations: &mut Vec<Violation>,
) {
    for (&(workload, region), group) in &assignment.groups {
        let load = &asked_by_group[&(workload, region)];
        let mut broken = |reason| violations.push(Violation::Spot { workload, region, reason });
        if !group.machines.iter().any(is_spot) {
            continue;
        }
        let asked = &problem.workloads[workload.index()];
        let Some(terms) = asked.spot else {
            broken("the workload does not allow it");
            continue;
        };
        if problem.regions[region.index()].zones.len() < terms.survive_pools as usize {
            broken("the region has fewer zones than pools may be taken back");
        }
        let may_be_interrupted = |set: &MachineSet| {
            let interrupted = offer(problem, region, set).and_then(|offer| offer.interruption_percent);
            let accepts = |most| interrupted.is_some_and(|percent| percent <= most);
            terms.max_interruption_percent.is_none_or(accepts)
        };
        if !group.machines.iter().filter(|set| is_spot(set)).all(may_be_interrupted) {
            broken("a type is interrupted more often than accepted, or nobody knows how often");
        }
        for period in 0..asked.profile.calendar.periods() {
            in_period(problem, (workload, region), group, load, terms, period, violations);
        }
    }
}

fn is_spot(set: &MachineSet) -> bool {
    set.purchase == Purchase::Spot
}

fn in_period(
    problem: &Problem,
    (workload, region): (WorkloadId, RegionId),
    group: &Group,
    load: &Asked,
    terms: SpotTerms,
    period: usize,
    violations: &mut Vec<Violation>,
) {
    let asked = &problem.workloads[workload.index()];
    let mut pools: Vec<u128> = Vec::new();
    let mut instances: u64 = 0;
    for set in group.machines.iter().filter(|set| is_spot(set)) {
        let each = replicas_per_instance(asked, &problem.machine_types[set.machine_type.index()]);
        let full = set.in_period(period).iter().copied().filter(|&instances| instances > 0);
        pools.extend(full.map(|instances| u128::from(instances) * u128::from(each)));
        instances += set.in_period(period).iter().sum::<u64>();
    }
    if pools.is_empty() {
        return;
    }
    let mut broken = |reason| violations.push(Violation::Spot { workload, region, reason });
    let all = group.instances_in_period(period);
    if u128::from(instances) * 1_000_000 > u128::from(all) * u128::from(terms.max_share.0) {
        broken("more of the instances are spot than max_share");
    }
    if pools.len() < terms.min_pools as usize {
        broken("spot is spread over fewer pools than min_pools");
    }
    pools.sort_unstable_by(|a, b| b.cmp(a));
    let lost: u128 = pools.iter().take(terms.survive_pools as usize).sum();
    let held: u128 = capacity::replicas_by_zone(problem, workload, group, period).iter().sum();
    if capacity::shortfall(problem, (workload, region), group, load, period, held - lost, 0).is_some() {
        broken("what is left after the loss of survive_pools pools does not carry the load");
    }
}
