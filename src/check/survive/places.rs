//! Survival of regions and clouds: for every set of k regions in use, and for every set of k clouds in use, the replicas outside the set carry the
//! load of every user group of the workload, in every period of its demand.
//!
//! While something is lost a user group may be answered from any region left that holds replicas and, if `degraded_max_rtt_ms` is given, whose round
//! trip is known and within it; a replica carries the degraded rate, the environments of a function what they always carry, and all zones are up. Whether everything can be carried is a matter of flow:
//! loads are pushed to regions, and pushed on from there to others, until all are carried or no region that can be reached has room.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Violation;
use super::super::capacity::replicas_by_zone;
use super::super::functions::carried_at_most;
use super::called::asked_without;
use crate::model::{Assignment, Problem, RegionId, UserId, Workload, WorkloadId};
use crate::units::MilliRps;

/// What the replicas in a region carry while others are lost, and whom they may answer, by position in the workload's demand.
pub(super) struct Standing<'a> {
    pub(super) region: RegionId,
    cloud: &'a str,
    pub(super) capacity: u128,
    answers: Vec<bool>,
}

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        for period in 0..workload.profile.calendar.periods() {
            let standing = standing(problem, id, assignment, period);
            let loads = loads(workload, period);
            let regions: Vec<_> = standing.iter().map(|place| BTreeSet::from([place.region])).collect();
            let mut clouds: BTreeMap<&str, BTreeSet<RegionId>> = BTreeMap::new();
            for place in &standing {
                clouds.entry(place.cloud).or_default().insert(place.region);
            }
            let clouds: Vec<_> = clouds.into_values().collect();
            violations.extend(first_loss(id, &loads, &standing, workload.survive.regions, &regions));
            violations.extend(first_loss(id, &loads, &standing, workload.survive.clouds, &clouds));
        }
    }
}

/// Requests that what is left of a workload does not carry when some zones are lost, by user group, the most of all periods: served in the order of
/// the user groups, at the degraded rate, from wherever may answer while something is lost. And calls that are made then, which come last and are answered anywhere.
pub fn uncarried_without(
    problem: &Problem,
    assignment: &Assignment,
    id: WorkloadId,
    is_lost: &dyn Fn(RegionId, usize) -> bool,
) -> (BTreeMap<UserId, MilliRps>, MilliRps) {
    let regions = (0..problem.regions.len()).map(RegionId::at);
    // A region is there, and with it a function, while one of its zones is.
    let is_gone =
        |region: &RegionId| (0..problem.regions[region.index()].zones.len()).all(|zone| is_lost(*region, zone));
    let gone: BTreeSet<RegionId> = regions.filter(is_gone).collect();
    let called = asked_without(problem, assignment, id, &gone);
    let rate = |rate: u128| MilliRps(u64::try_from(rate).unwrap_or(u64::MAX));
    let mut most_called = MilliRps::ZERO;
    let workload = &problem.workloads[id.index()];
    let mut most: BTreeMap<UserId, MilliRps> = BTreeMap::new();
    for period in 0..workload.profile.calendar.periods() {
        let mut left = standing(problem, id, assignment, period);
        for place in &mut left {
            let Some(group) = assignment.groups.get(&(id, place.region)) else { continue };
            let by_zone = replicas_by_zone(problem, id, group, period);
            let kept = by_zone.iter().enumerate().filter(|(zone, _)| !is_lost(place.region, *zone));
            let kept: u128 = kept.map(|(_, replicas)| replicas).sum();
            let function =
                if gone.contains(&place.region) { 0 } else { carried_at_most(problem, id, place.region, group) };
            place.capacity = kept * u128::from(workload.degraded_rate_per_replica.0) + function;
        }
        for place in &mut left {
            place.answers.push(true);
        }
        let left: Vec<&Standing<'_>> = left.iter().collect();
        let mut loads = loads(workload, period);
        loads.push(called);
        let mut carried = 0;
        for (position, demand) in workload.demand.iter().enumerate() {
            // What the first groups together leave uncarried, each new one adds to.
            let so_far: Vec<u128> =
                loads.iter().enumerate().map(|(at, load)| if at <= position { *load } else { 0 }).collect();
            let uncarried = uncarried(&so_far, &left);
            let own = rate(uncarried - carried);
            carried = uncarried;
            if own > MilliRps::ZERO {
                let known = most.entry(demand.user).or_default();
                *known = own.max(*known);
            }
        }
        most_called = most_called.max(rate(uncarried(&loads, &left) - carried));
    }
    (most, most_called)
}

/// What each user group asks for in a period.
fn loads(workload: &Workload, period: usize) -> Vec<u128> {
    let asked = workload.demand.iter().map(|demand| {
        let alone = BTreeMap::from([(demand.user, demand.rate)]);
        u128::from(workload.profile.load(&workload.demand, (&alone, MilliRps::ZERO), period).0)
    });
    asked.collect()
}

/// The regions in use, as they stand in for others in a period.
pub(super) fn standing<'p>(
    problem: &'p Problem,
    id: WorkloadId,
    assignment: &Assignment,
    period: usize,
) -> Vec<Standing<'p>> {
    let workload = &problem.workloads[id.index()];
    let groups = assignment.groups_of(id);
    groups
        .map(|(region, group)| Standing {
            region,
            cloud: &problem.regions[region.index()].key.cloud,
            capacity: replicas_by_zone(problem, id, group, period).iter().sum::<u128>()
                * u128::from(workload.degraded_rate_per_replica.0)
                + carried_at_most(problem, id, region, group),
            answers: workload.demand.iter().map(|demand| answers(problem, workload, demand.user, region)).collect(),
        })
        .collect()
}

/// True if the region answers some user group of a workload while other regions or clouds are lost that must be outlived.
pub(in crate::check) fn stands_in_for_somebody(problem: &Problem, workload: &Workload, region: RegionId) -> bool {
    workload.survive.has_places()
        && workload.demand.iter().any(|demand| answers(problem, workload, demand.user, region))
}

fn answers(problem: &Problem, workload: &Workload, user: UserId, region: RegionId) -> bool {
    let Some(limit) = workload.degraded_max_rtt else { return true };
    problem.rtt.get(user, region).is_some_and(|rtt| rtt.round_trip <= limit)
}

/// The first set of `lost` domains whose loss leaves too little, if there is one.
fn first_loss(
    id: WorkloadId,
    loads: &[u128],
    standing: &[Standing<'_>],
    lost: u32,
    domains: &[BTreeSet<RegionId>],
) -> Option<Violation> {
    if lost == 0 {
        return None;
    }
    first_among_sets(domains.len(), lost as usize, |chosen| {
        let gone: BTreeSet<RegionId> = chosen.iter().flat_map(|&domain| domains[domain].iter().copied()).collect();
        let left: Vec<&Standing<'_>> = standing.iter().filter(|place| !gone.contains(&place.region)).collect();
        let uncarried = uncarried(loads, &left);
        let rate = MilliRps(u64::try_from(uncarried).unwrap_or(u64::MAX));
        (uncarried > 0).then(|| Violation::Loss { workload: id, regions: gone.into_iter().collect(), uncarried: rate })
    })
}

/// What `find` finds first among the sets of `size` positions below `count`, or of all of them if there are fewer.
pub(super) fn first_among_sets<T>(count: usize, size: usize, find: impl Fn(&[usize]) -> Option<T>) -> Option<T> {
    let size = count.min(size);
    let mut chosen: Vec<usize> = (0..size).collect();
    loop {
        if let Some(found) = find(&chosen) {
            return Some(found);
        }
        // The next set in lexicographic order: the last member that can move on does, and the others follow it.
        let movable = (0..size).rev().find(|&at| chosen[at] < count - size + at)?;
        chosen[movable] += 1;
        for at in movable + 1..size {
            chosen[at] = chosen[at - 1] + 1;
        }
    }
}

/// Load that the places left cannot carry, at the least.
fn uncarried(asked: &[u128], left: &[&Standing<'_>]) -> u128 {
    // Groups that the same places answer are one.
    let mut loads: BTreeMap<Vec<bool>, u128> = BTreeMap::new();
    for (position, rate) in asked.iter().enumerate() {
        let by = left.iter().map(|place| place.answers[position]).collect();
        *loads.entry(by).or_default() += rate;
    }
    let answered: Vec<&Vec<bool>> = loads.keys().collect();
    let mut waiting: Vec<u128> = loads.values().copied().collect();
    let mut room: Vec<u128> = left.iter().map(|place| place.capacity).collect();
    let mut sent = vec![vec![0_u128; room.len()]; waiting.len()];
    for load in 0..waiting.len() {
        while waiting[load] > 0 && push(load, &answered, &mut waiting, &mut room, &mut sent) {}
    }
    waiting.iter().sum()
}

/// Sends more of a load to a place with room, moving other loads on where that makes room; false if that is impossible.
fn push(load: usize, answered: &[&Vec<bool>], waiting: &mut [u128], room: &mut [u128], sent: &mut [Vec<u128>]) -> bool {
    // Breadth first: for each place, the load that would be sent there, and the place that load would leave.
    let mut reached: Vec<Option<(usize, Option<usize>)>> = vec![None; room.len()];
    let mut moved = vec![false; waiting.len()];
    let mut queue = vec![(load, None)];
    moved[load] = true;
    let mut at = 0;
    while let Some(&(mover, from)) = queue.get(at) {
        at += 1;
        for place in 0..room.len() {
            if reached[place].is_some() || !answered[mover][place] {
                continue;
            }
            reached[place] = Some((mover, from));
            if room[place] > 0 {
                carry(place, &reached, waiting, room, sent);
                return true;
            }
            for other in 0..waiting.len() {
                if !moved[other] && sent[other][place] > 0 {
                    moved[other] = true;
                    queue.push((other, Some(place)));
                }
            }
        }
    }
    false
}

/// Moves as much as goes along the chain of loads that ends at `last`.
fn carry(
    last: usize,
    reached: &[Option<(usize, Option<usize>)>],
    waiting: &mut [u128],
    room: &mut [u128],
    sent: &mut [Vec<u128>],
) {
    let mut chain = Vec::new();
    let mut place = Some(last);
    while let Some((to, (mover, from))) = place.and_then(|place| Some((place, reached[place]?))) {
        chain.push((mover, from, to));
        place = from;
    }
    let most =
        |&(mover, from, _): &(usize, Option<usize>, usize)| from.map_or(waiting[mover], |from| sent[mover][from]);
    let amount = chain.iter().map(most).chain([room[last]]).min().unwrap_or(0);
    for (mover, from, to) in chain {
        sent[mover][to] += amount;
        match from {
            Some(from) => sent[mover][from] -= amount,
            None => waiting[mover] -= amount,
        }
    }
    room[last] -= amount;
}
