//! State over regions: every region in use holds some copies of every piece, all of them together are as many as asked for, and whichever regions or clouds
//! are lost, a quorum is left.
//!
//! > sum over regions r of copies(r) = n,   copies(r) >= 1 where the workload has machines
//! > sum over r outside L of copies(r) >= q     for every set L of k regions in use, and of k clouds
//! > sum over b with rtt(a, b) <= limit of copies(b) >= q     for every region a in use, where a write must not wait longer
//!
//! A write begins in the region that its user is answered from, where a copy is, and goes from there to all others: between regions each copy is paid for at
//! the price of its way, which must be known both ways for any two regions in use.

use std::collections::BTreeMap;

use super::super::Violation;
use super::here;
use crate::model::{Assignment, Group, Problem, RegionId, State, WorkloadId};
use crate::units::Money;

/// What a group's copies in other regions mean for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::check) struct Elsewhere {
    /// Copies of each piece that the worst loss of regions or clouds takes.
    pub(super) lost: u64,
    /// Price of 10^9 bytes, sent to every copy in another region.
    pub(super) price: Money,
}

/// The copies of a workload in other regions than `region`, and those it may lose.
pub(in crate::check) fn elsewhere(
    problem: &Problem,
    assignment: &Assignment,
    id: WorkloadId,
    region: RegionId,
) -> Elsewhere {
    let workload = &problem.workloads[id.index()];
    let Some(state) = workload.state.as_ref().filter(|state| state.is_multi_region) else {
        return Elsewhere::default();
    };
    let price = |(to, group): (RegionId, &Group)| -> i128 {
        let price = problem.links.get(region, to).egress_per_gb.unwrap_or_default();
        if to == region { 0 } else { price.micros() * i128::from(here(state, group)) }
    };
    let [of_regions, of_clouds] = largest_losses(problem, id, state, assignment);
    let price = Money::from_micros(assignment.groups_of(id).map(price).sum());
    Elsewhere { lost: of_regions.max(of_clouds), price }
}

/// Copies that the worst loss of regions takes, and that of clouds.
fn largest_losses(problem: &Problem, id: WorkloadId, state: &State, assignment: &Assignment) -> [u64; 2] {
    let survive = problem.workloads[id.index()].survive;
    let mut clouds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut regions = Vec::new();
    for (region, group) in assignment.groups_of(id) {
        let copies = here(state, group);
        regions.push(copies);
        *clouds.entry(&problem.regions[region.index()].key.cloud).or_default() += copies;
    }
    let largest = |mut copies: Vec<u64>, lost: u32| -> u64 {
        copies.sort_unstable_by(|a, b| b.cmp(a));
        copies.iter().take(lost as usize).sum()
    };
    [largest(regions, survive.regions), largest(clouds.into_values().collect(), survive.clouds)]
}

pub(super) fn check(problem: &Problem, id: WorkloadId, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let workload = &problem.workloads[id.index()];
    let Some(state) = &workload.state else { return };
    let groups: Vec<(RegionId, &Group)> = assignment.groups_of(id).collect();
    let (copies, quorum) = (u64::from(state.replication_factor), u64::from(state.quorum));
    let all: u64 = groups.iter().map(|(_, group)| here(state, group)).sum();
    let [of_regions, of_clouds] = largest_losses(problem, id, state, assignment);
    for &(region, group) in &groups {
        let mut broken = |reason| violations.push(Violation::State { workload: id, region, reason });
        if group.copies == Some(0) {
            broken("no copy is where its machines are");
        }
        if all != copies {
            broken("copies of all regions are more or fewer than asked for");
        }
        if copies.saturating_sub(of_regions) < quorum {
            broken("too few copies are left after the loss of regions");
        }
        if copies.saturating_sub(of_clouds) < quorum {
            broken("too few copies are left after the loss of clouds");
        }
        let is_near = |&&(other, _): &&(RegionId, &Group)| {
            let rtt = problem.links.get(region, other).rtt.map(|rtt| rtt.round_trip);
            let is_in_time = |limit| rtt.is_some_and(|rtt| rtt <= limit);
            other == region || state.max_quorum_rtt.is_none_or(is_in_time)
        };
        if groups.iter().filter(is_near).map(|(_, group)| here(state, group)).sum::<u64>() < quorum {
            broken("a write waits longer for a quorum than it may");
        }
        let is_unknown = |&(other, _): &(RegionId, &Group)| {
            other != region && problem.links.get(region, other).egress_per_gb.is_none()
        };
        if state.write.0 > 0 && groups.iter().any(is_unknown) {
            broken("writes go to other regions and have no known price");
        }
    }
}
