//! State: all copies of a workload's data are in one region, or so many as the group says in each, where they may be in several (`regions`); in a region they
//! are as even over its zones in use as they can be; enough of them are left after the loss of any zones that must be outlived; no machine holds two copies
//! of a piece, and no replica stores more than it may.
//!
//! Copies are put into the zones in turn, so that the fullest zones are the first. What a zone stores is between its share of the pieces of which it
//! holds least and of those of which it holds most:
//!
//! > floor(n / Z) × data <= stored(z) <= ceil(n / Z) × data,   stored(z) <= machines(z) × data,   stored(z) <= replicas(z) × volume
//! > sum over z of stored(z) = n × data
//!
//! with n copies in the region. The volume of a group is the least with which that can be; the machines are the same at all hours.

mod regions;

use super::Violation;
use super::capacity::replicas_by_zone;
use crate::model::{Assignment, Group, Problem, RegionId, State, WorkloadId};
use crate::units::{Bytes, Money, SECONDS_PER_MONTH};

pub(super) use regions::{Elsewhere, elsewhere};

/// How a group keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Copies of a piece in the region.
    pub copies: u64,
    /// Most copies of a piece in one zone.
    pub copies_in_zone: u64,
    /// Copies of a write in other zones of the region than the one it reaches first, summed over the copies that it may reach first.
    pub crossing: u64,
    /// Copies of each piece left after the loss of the fullest zones, regions or clouds that must be outlived.
    pub left: u64,
    /// Least that every replica has to be able to store.
    pub volume: Bytes,
}

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let Some(state) = &workload.state else { continue };
        let id = WorkloadId::at(index);
        let groups: Vec<(RegionId, &Group)> = assignment.groups_of(id).collect();
        for &(region, group) in &groups {
            let mut broken = |reason| violations.push(Violation::State { workload: id, region, reason });
            let place = &problem.regions[region.index()];
            if groups.len() > 1 && !state.is_multi_region {
                broken("its state is in several regions");
            }
            if group.copies.is_some() != state.is_multi_region {
                broken("its copies are counted if they may be in several regions, and only then");
            }
            if place.storage_per_gib.is_none() {
                broken("storage has no known price");
            }
            if state.write.0 > 0
                && crossing(&copies(here(state, group), zones(group).len())) > 0
                && place.zone_egress_per_gb.is_none()
            {
                broken("writes go to other zones and have no known price");
            }
            if group.machines.iter().any(|set| set.by_period.iter().any(|by_zone| *by_zone != set.instances_by_zone)) {
                broken("machines that keep state come and go");
            }
            let is_counted = |machine_type| place.stock.iter().any(|stock| stock.machine_type == machine_type);
            if group.machines.iter().any(|set| is_counted(set.machine_type)) {
                broken("machines that are limited in number keep state");
            }
            match kept(problem, id, group, Elsewhere::default()) {
                None => broken("its machines are too few for all copies to be on different ones"),
                Some(kept) if kept.left < u64::from(state.quorum) => {
                    broken("too few copies are left after the loss of zones");
                }
                Some(kept) if state.max_storage.is_some_and(|most| kept.volume > most) => {
                    broken("replicas store more than they may");
                }
                Some(_) => {}
            }
        }
        if state.is_multi_region {
            regions::check(problem, id, assignment, violations);
        }
    }
}

/// How a group keeps its workload's state, with copies elsewhere, if any; nothing if there is none, or it cannot.
pub(super) fn kept(problem: &Problem, workload: WorkloadId, group: &Group, elsewhere: Elsewhere) -> Option<Kept> {
    let asked = &problem.workloads[workload.index()];
    let state = asked.state.as_ref()?;
    let zones = zones(group);
    let all = here(state, group);
    let copies = copies(all, zones.len());
    let replicas = replicas_by_zone(problem, workload, group, 0);
    let by_zone: Vec<(u128, u128)> =
        zones.iter().map(|&zone| (u128::from(group.instances_in_zone(zone)), replicas[zone])).collect();
    let (least, most) = (*copies.last()?, *copies.first()?);
    let data = u128::from(state.storage.0);
    let is_enough = |volume: u64| {
        let stored = by_zone.iter().map(|&(machines, replicas)| {
            (data * u128::from(most)).min(data * machines).min(replicas * u128::from(volume))
        });
        let stored: Vec<u128> = stored.collect();
        let all = data * u128::from(all);
        stored.iter().all(|&stored| stored >= data * u128::from(least)) && stored.iter().sum::<u128>() >= all
    };
    // A replica that stores everything is large enough, if any is.
    let (mut too_small, mut enough) = (0, state.storage.0);
    if !is_enough(enough) {
        return None;
    }
    while too_small + 1 < enough {
        let half = too_small + (enough - too_small) / 2;
        if is_enough(half) { enough = half } else { too_small = half }
    }
    let lost: u64 = copies.iter().take(asked.survive.zones as usize).sum();
    let left = u64::from(state.replication_factor).saturating_sub(lost.max(elsewhere.lost));
    Some(Kept { copies: all, copies_in_zone: most, crossing: crossing(&copies), left, volume: Bytes(enough) })
}

/// Copies of each piece that a group holds.
fn here(state: &State, group: &Group) -> u64 {
    group.copies.unwrap_or(state.replication_factor).into()
}

/// Whether a quorum of all copies of a workload's data is left when some zones are lost, whichever of them hold most; true if it keeps none.
pub fn keeps_quorum(
    problem: &Problem,
    assignment: &Assignment,
    workload: WorkloadId,
    is_lost: &dyn Fn(RegionId, usize) -> bool,
) -> bool {
    let Some(state) = &problem.workloads[workload.index()].state else { return true };
    let left = |(region, group): (RegionId, &Group)| -> u64 {
        let zones = zones(group);
        let lost = zones.iter().filter(|&&zone| is_lost(region, zone)).count();
        copies(here(state, group), zones.len()).iter().skip(lost).sum()
    };
    assignment.groups_of(workload).map(left).sum::<u64>() >= u64::from(state.quorum)
}

/// What the copies of the data in a group cost each month.
pub(super) fn storage(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> Money {
    let Some(state) = &problem.workloads[workload.index()].state else { return Money::ZERO };
    let bytes = i128::from(state.storage.0) * i128::from(here(state, group));
    problem.regions[region.index()].storage_per_gib.unwrap_or_default().scaled(bytes, 1 << 30)
}

/// What writes that begin in a group cost each month, to copies in other zones and elsewhere, where `requests` are those of all paid hours, in millionths of
/// thousandths of a request per second, and `hours` is the number of these hours.
pub(super) fn replication(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    (group, elsewhere): (&Group, Elsewhere),
    (requests, hours): (i128, i128),
) -> Money {
    let Some(state) = &problem.workloads[workload.index()].state else { return Money::ZERO };
    let copies_here = i128::from(here(state, group)).max(1);
    let sent = i128::from(crossing(&copies(here(state, group), zones(group).len())));
    let bytes = requests * i128::from(state.write.0) * SECONDS_PER_MONTH;
    let to_zone = problem.regions[region.index()].zone_egress_per_gb.unwrap_or_default();
    let price = Money::from_micros(to_zone.micros() * sent + elsewhere.price.micros() * copies_here);
    price.scaled(bytes, hours * copies_here * 1_000_000_000_000_000_000)
}

/// The zones in which a group has machines.
fn zones(group: &Group) -> Vec<usize> {
    let all = group.machines.iter().map(|set| set.instances_by_zone.len()).max().unwrap_or(0);
    (0..all).filter(|&zone| group.instances_in_zone(zone) > 0).collect()
}

/// `all` copies of a piece by zone, put into `zones` zones in turn.
fn copies(all: u64, zones: usize) -> Vec<u64> {
    let mut copies = vec![0; zones];
    for (_, at) in (0..all).zip((0..zones).cycle()) {
        copies[at] += 1;
    }
    copies
}

/// The copies of a write in other zones than the one it reaches first, summed over the copies it may reach first.
fn crossing(copies: &[u64]) -> u64 {
    let all: u64 = copies.iter().sum();
    copies.iter().map(|&here| here * (all - here)).sum()
}
