//! Where requests and calls go, in shares that hold at all hours, and how that gets cheaper.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Application;
use crate::check;
use crate::model::{Assignment, CallParts, Group, RegionId, UserId, WorkloadId, divided};
use crate::solve::Effort;
use crate::units::{MilliRps, Money};

/// Routings that are looked at, at most.
const MOST_TRIED: usize = 40_000;

/// Regions that moves lead to, for each workload: those that most is sent to.
const MOST_REGIONS: usize = 12;

/// The largest part that is kept.
const MOST_PART: u64 = 1 << 50;

/// What goes where, in any parts of each whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Routing {
    /// Requests, by workload and user group.
    traffic: BTreeMap<(WorkloadId, UserId), BTreeMap<RegionId, u64>>,
    /// Calls of a group.
    calls: BTreeMap<(WorkloadId, RegionId), CallParts>,
}

/// A change of a routing.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// All requests of a user group go to one region.
    Users(WorkloadId, UserId, RegionId),
    /// A quarter of the requests of a user group that go to one region go to another one.
    SomeUsers(WorkloadId, UserId, RegionId, RegionId),
    /// All calls of a group to a workload go to one region.
    Calls((WorkloadId, RegionId), WorkloadId, RegionId),
    /// A quarter of the calls of a group to a workload that go to one region go to another one.
    SomeCalls((WorkloadId, RegionId), WorkloadId, RegionId, RegionId),
    /// Whatever a workload answers in a region, it answers in another one.
    All(WorkloadId, RegionId, RegionId),
    /// Whatever is answered in a region is answered in another one.
    Region(RegionId, RegionId),
}

impl Routing {
    /// The routes of an assignment.
    pub(super) fn of(assignment: &Assignment) -> Self {
        let mut routing = Self::default();
        routing.add(assignment, 1);
        routing
    }

    /// Adds the routes of an assignment so many times.
    pub(super) fn add(&mut self, assignment: &Assignment, times: u64) {
        for (&(workload, region), group) in &assignment.groups {
            for (&user, rate) in &group.traffic {
                let part = self.traffic.entry((workload, user)).or_default().entry(region).or_default();
                *part = part.saturating_add(rate.0.saturating_mul(times));
            }
            for (&way, rate) in &group.calls {
                let part = self.calls.entry((workload, region)).or_default().entry(way).or_default();
                *part = part.saturating_add(rate.0.saturating_mul(times));
            }
        }
    }

    /// Everything where most of it goes.
    pub(super) fn whole(&self) -> Self {
        let mut whole = self.clone();
        for parts in whole.traffic.values_mut() {
            let most = most(parts.iter().map(|(&region, &part)| (region, part)));
            parts.retain(|&region, _| Some(region) == most);
        }
        for parts in whole.calls.values_mut() {
            let callees: BTreeSet<WorkloadId> = parts.keys().map(|(callee, _)| *callee).collect();
            for callee in callees {
                let of_callee = parts.iter().filter(|((to, _), _)| *to == callee);
                let most = most(of_callee.map(|(&(_, region), &part)| (region, part)));
                parts.retain(|&(to, region), _| to != callee || Some(region) == most);
            }
        }
        whole
    }

    /// By workload: the regions that anything is sent to, with how much of it.
    fn regions(&self) -> BTreeMap<WorkloadId, BTreeMap<RegionId, u64>> {
        let users = self
            .traffic
            .iter()
            .flat_map(|(&(workload, _), parts)| parts.iter().map(move |(&region, &part)| ((workload, region), part)));
        let calls = self.calls.values().flatten().map(|(&to, &part)| (to, part));
        let mut regions: BTreeMap<WorkloadId, BTreeMap<RegionId, u64>> = BTreeMap::new();
        for ((workload, region), part) in users.chain(calls) {
            let sum = regions.entry(workload).or_default().entry(region).or_default();
            *sum = sum.saturating_add(part);
        }
        regions
    }

    /// The same with what is not said here taken from others: where users go who ask at other hours, and calls of groups that are used in others.
    fn completed(&self, others: &[Self]) -> Self {
        let mut complete = self.clone();
        for other in others {
            for (key, parts) in &other.traffic {
                complete.traffic.entry(*key).or_insert_with(|| parts.clone());
            }
            for (key, parts) in &other.calls {
                let own = complete.calls.entry(*key).or_default();
                let known: BTreeSet<WorkloadId> = own.keys().map(|(callee, _)| *callee).collect();
                own.extend(parts.iter().filter(|((callee, _), _)| !known.contains(callee)));
            }
        }
        complete
    }

    fn moved(&self, by: Move) -> Self {
        let mut moved = self.clone();
        match by {
            Move::Users(workload, user, to) => {
                moved.traffic.insert((workload, user), [(to, 1)].into());
            }
            Move::Calls(from, callee, to) => {
                let parts = moved.calls.entry(from).or_default();
                parts.retain(|(known, _), _| *known != callee);
                parts.insert((callee, to), 1);
            }
            Move::SomeUsers(workload, user, from, to) => {
                if let Some(parts) = moved.traffic.get_mut(&(workload, user)) {
                    shift(parts, from, to);
                }
            }
            Move::SomeCalls(group, callee, from, to) => {
                if let Some(parts) = moved.calls.get_mut(&group) {
                    shift(parts, (callee, from), (callee, to));
                }
            }
            Move::Region(from, to) => {
                let workloads = self.regions().into_iter().filter(|(_, regions)| regions.contains_key(&from));
                return workloads.fold(moved, |moved, (workload, _)| moved.moved(Move::All(workload, from, to)));
            }
            Move::All(workload, from, to) => {
                let of_workload = (workload, UserId(0))..=(workload, UserId(u32::MAX));
                for (_, parts) in moved.traffic.range_mut(of_workload) {
                    if let Some(part) = parts.remove(&from) {
                        *parts.entry(to).or_default() += part;
                    }
                }
                for parts in moved.calls.values_mut() {
                    if let Some(part) = parts.remove(&(workload, from)) {
                        *parts.entry((workload, to)).or_default() += part;
                    }
                }
                // It calls from there as it did from here, unless it does so already.
                if let Some(parts) = moved.calls.get(&(workload, from)).cloned() {
                    moved.calls.entry((workload, to)).or_insert(parts);
                }
            }
        }
        moved
    }
}

/// Sends a quarter of what goes one way another way.
fn shift<K: Ord + Copy>(parts: &mut BTreeMap<K, u64>, from: K, to: K) {
    // Parts are of any unit: a smaller one has quarters.
    for part in parts.values_mut() {
        *part = part.saturating_mul(4);
    }
    let whole: u64 = parts.values().copied().fold(0, u64::saturating_add);
    let Some(part) = parts.get_mut(&from) else { return };
    let quarter = (*part / 4).max(whole / 64).min(*part);
    *part -= quarter;
    *parts.entry(to).or_default() += quarter;
    parts.retain(|_, part| *part > 0);
    // They must not grow beyond all bounds.
    while parts.values().any(|part| *part > MOST_PART) {
        for part in parts.values_mut() {
            *part = part.div_ceil(2);
        }
    }
}

/// The region of the largest part, of equal ones the first.
fn most(parts: impl Iterator<Item = (RegionId, u64)>) -> Option<RegionId> {
    parts.max_by_key(|&(region, part)| (part, std::cmp::Reverse(region))).map(|(region, _)| region)
}

/// The cheapest assignment that is found from these routings; `None` if none of them keeps every rule. What is decided together with the application, and groups that
/// answer nothing, stay as they are in `start`.
pub(super) fn improved(
    application: &Application,
    start: &Assignment,
    routings: &[Routing],
    effort: Effort,
) -> Option<Assignment> {
    let complete: Vec<Routing> = routings.iter().map(|routing| routing.completed(routings)).collect();
    let regions = regions(&complete);
    let judged = |routing: Routing| Some((application.judged(start, &routing)?, routing));
    let tried = complete.into_par_iter().map(judged).collect::<Vec<_>>();
    let ((mut cost, mut best), mut routing) = tried.into_iter().flatten().min_by_key(|((cost, _), _)| *cost)?;
    let mut left = MOST_TRIED;
    loop {
        let moves = moves(&routing, &regions);
        left = left.saturating_sub(moves.len());
        if left == 0 || effort.interrupt.is_raised() {
            return Some(best);
        }
        let tried: Vec<_> = moves.into_par_iter().map(|by| judged(routing.moved(by))).collect();
        let found =
            tried.into_iter().flatten().min_by_key(|((cost, _), _)| *cost).filter(|((found, _), _)| *found < cost);
        let Some(((less, assignment), better)) = found else { return Some(best) };
        (cost, best, routing) = (less, assignment, better);
    }
}

/// By workload: the regions that most is sent to.
fn regions(routings: &[Routing]) -> BTreeMap<WorkloadId, Vec<RegionId>> {
    let mut sums: BTreeMap<WorkloadId, BTreeMap<RegionId, u64>> = BTreeMap::new();
    for (workload, parts) in routings.iter().flat_map(Routing::regions) {
        for (region, part) in parts {
            let sum = sums.entry(workload).or_default().entry(region).or_default();
            *sum = sum.saturating_add(part);
        }
    }
    let most = |parts: BTreeMap<RegionId, u64>| {
        let mut order: Vec<(RegionId, u64)> = parts.into_iter().collect();
        order.sort_by_key(|&(region, part)| (std::cmp::Reverse(part), region));
        order.into_iter().take(MOST_REGIONS).map(|(region, _)| region).collect()
    };
    sums.into_iter().map(|(workload, parts)| (workload, most(parts))).collect()
}

fn moves(routing: &Routing, regions: &BTreeMap<WorkloadId, Vec<RegionId>>) -> Vec<Move> {
    let of = |workload: WorkloadId| regions.get(&workload).into_iter().flatten().copied();
    let in_use = routing.regions();
    let mut moves = Vec::new();
    for (&(workload, user), parts) in &routing.traffic {
        for to in of(workload) {
            if parts.len() > 1 || !parts.contains_key(&to) {
                moves.push(Move::Users(workload, user, to));
            }
            let others = parts.keys().filter(|from| **from != to);
            moves.extend(others.map(|&from| Move::SomeUsers(workload, user, from, to)));
        }
    }
    for (&(caller, from), parts) in &routing.calls {
        if !in_use.get(&caller).is_some_and(|regions| regions.contains_key(&from)) {
            continue;
        }
        let callees: BTreeSet<WorkloadId> = parts.keys().map(|(callee, _)| *callee).collect();
        for callee in callees {
            let used: Vec<RegionId> = parts.keys().filter(|(to, _)| *to == callee).map(|(_, region)| *region).collect();
            for to in of(callee) {
                if used != [to] {
                    moves.push(Move::Calls((caller, from), callee, to));
                }
                let others = used.iter().filter(|other| **other != to);
                moves.extend(others.map(|&other| Move::SomeCalls((caller, from), callee, other, to)));
            }
        }
    }
    let all: BTreeSet<RegionId> = in_use.values().flat_map(BTreeMap::keys).copied().collect();
    for (&workload, used) in &in_use {
        let ways = used.keys().flat_map(|&from| of(workload).map(move |to| (from, to)));
        moves.extend(ways.filter(|(from, to)| from != to).map(|(from, to)| Move::All(workload, from, to)));
    }
    let known: BTreeSet<RegionId> = regions.values().flatten().copied().collect();
    let ways = all.iter().flat_map(|&from| known.iter().map(move |&to| (from, to)));
    moves.extend(ways.filter(|(from, to)| from != to).map(|(from, to)| Move::Region(from, to)));
    moves
}

impl Application {
    /// What a routing costs on the machines that carry it; `None` if some rule refuses it.
    fn judged(&self, start: &Assignment, routing: &Routing) -> Option<(Money, Assignment)> {
        let assignment = self.with_machines(self.routed(start, routing)?)?;
        let placement = check::placement(&self.problem, assignment).ok()?;
        Some((placement.cost(), placement.assignment()))
    }

    /// The groups of a routing, without machines but for those of whatever is decided together with the application.
    fn routed(&self, start: &Assignment, routing: &Routing) -> Option<Assignment> {
        let mut assignment = Assignment::default();
        let is_apart = |workload: WorkloadId| self.problem.workloads[workload.index()].profile.rises_apart;
        let is_kept = |asked: bool, workload: WorkloadId| !is_apart(workload) || !asked;
        let asked = start.asked(&self.full);
        for (&key, group) in &start.groups {
            let is_asked = asked.get(&key).is_some_and(|asked| asked.peak() > 0);
            if is_kept(is_asked, key.0) {
                assignment.groups.insert(key, group.clone());
            }
        }
        for (index, workload) in
            self.problem.workloads.iter().enumerate().filter(|(at, _)| is_apart(WorkloadId::at(*at)))
        {
            let id = WorkloadId::at(index);
            for demand in &workload.demand {
                let parts = routing.traffic.get(&(id, demand.user))?;
                let rates = divided(demand.rate.0, &parts.values().copied().collect::<Vec<_>>())?;
                for (&region, rate) in parts.keys().zip(rates).filter(|(_, rate)| *rate > 0) {
                    assignment.groups.entry((id, region)).or_default().traffic.insert(demand.user, MilliRps(rate));
                }
            }
        }
        let mut called: BTreeMap<(WorkloadId, RegionId), u64> = BTreeMap::new();
        for caller in self.problem.callers_first().into_iter().filter(|&caller| is_apart(caller)) {
            let own: Vec<RegionId> = assignment.groups_of(caller).map(|(region, _)| region).collect();
            for region in own {
                let key = (caller, region);
                let load = assignment.groups[&key].load().0.saturating_add(called.get(&key).copied().unwrap_or(0));
                for (callee, call) in self.problem.calls_of(caller).filter(|_| load > 0) {
                    let ways = (callee, RegionId(0))..=(callee, RegionId(u32::MAX));
                    let parts = routing.calls.get(&key)?.range(ways);
                    let (ways, parts): (Vec<_>, Vec<u64>) = parts.map(|(way, part)| (*way, *part)).unzip();
                    for (way, rate) in
                        ways.into_iter().zip(divided(call.made_by(load), &parts)?).filter(|(_, rate)| *rate > 0)
                    {
                        assignment.groups.entry(way).or_insert_with(Group::default);
                        assignment.groups.entry(key).or_default().calls.insert(way, MilliRps(rate));
                        let sum = called.entry(way).or_default();
                        *sum = sum.saturating_add(rate);
                    }
                }
            }
        }
        Some(assignment)
    }
}
